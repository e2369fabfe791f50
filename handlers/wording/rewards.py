"""Words about rewards: 悬赏, 计件 and 提问, what is sent for them, and who has won."""

from collections.abc import Collection, Sequence
from zoneinfo import ZoneInfo

from handlers.wording.dates import lasting, when
from handlers.wording.receipts import all_named
from market.bids import Bid, BidStatus
from market.completion import Completion
from market.demands import Demand, Terms, bidding_window
from market.money import yuan
from market.orders import Order
from market.policy import Policy
from market.receipts import Receipt
from market.rewards import Reward, RewardKind

SHOWN = 4  # works in one list: a reply has six lines
CLIP = 40

WHAT = (
    "好，悬赏多少、要什么？一句话说就行，例如“悬赏 3000 元 征集公司 LOGO 设计”，"
    "几个人分就说“悬赏 3000 元 3 名 …”；小问题可以“提问 50 元 …”。"
)
WHAT_QUESTION = "好，想问什么、出多少？例如“提问 50 元 高企认定要几个专利？”。"
WHICH = "投给哪一条？把编号带上，例如“投稿 D1024 内容”。回“我的线索”看开着的。"


def no_amount(kind: RewardKind) -> str:
    head = {"question": "提问", "piece": "计件"}.get(str(kind), "悬赏")
    unit = " 50 份" if kind is RewardKind.PIECE else ""
    return f"出多少钱没听清。把金额放在前面，例如“{head} 300 元{unit} 要办的事”。"


def no_matter(kind: RewardKind) -> str:
    return WHAT_QUESTION if kind is RewardKind.QUESTION else WHAT


def too_little(least_fen: int) -> str:
    return f"这样每份不到 {yuan(least_fen)}，太少了。金额大一点，或名额少一点再发一次。"


def too_many(most: int) -> str:
    return f"最多 {most} 份，再多请分几条发。"


def promised(reward: Reward) -> str:
    """``悬赏 ¥3,000``, ``悬赏 ¥1,000，3 名：¥500、¥300、¥200``, ``计件 ¥20 × 50``."""
    match reward.kind:
        case RewardKind.QUESTION:
            return f"提问悬赏 {yuan(reward.total_fen)}"
        case RewardKind.PIECE:
            return f"计件 {yuan(reward.prizes_fen[0])} × {len(reward.prizes_fen)}"
        case _ if len(reward.prizes_fen) == 1:
            return f"悬赏 {yuan(reward.total_fen)}"
        case _ if len(set(reward.prizes_fen)) == 1:
            many = len(reward.prizes_fen)
            return f"悬赏 {yuan(reward.total_fen)}，{many} 名各 {yuan(reward.prizes_fen[0])}"
        case _:
            parts = "、".join(yuan(prize) for prize in reward.prizes_fen[:5])
            return f"悬赏 {yuan(reward.total_fen)}，{len(reward.prizes_fen)} 名：{parts}"


def ready(terms: Terms, policy: Policy) -> str:
    """What 确认 means, with the rule for the money before anything is paid."""
    reward = terms.reward
    assert reward is not None
    asks = reward.kind is RewardKind.QUESTION
    thing, given, send = ("答案", "采纳", "答") if asks else ("稿件", "选中", "投")
    after = "验收后才付给中选的" if reward.hands_over else f"{given}了马上付给对方"
    share = (10_000 - policy.unchosen_back_bp) / 100
    return (
        f"草稿：【{terms.title}】{promised(reward)}\n"
        f"发布前先付 {yuan(reward.total_fen)} 进托管，{after}；"
        f"{lasting(bidding_window(terms, policy))}内收{thing}，来一份给您看一份。\n"
        f"如果没人{send}：全退。如果有人{send}、您一份也没{given}"
        f"或中途撤回：退 {policy.unchosen_back_bp / 100:g}%，{share:g}% 分给他们。\n"
        "对吗？回“确认”，要改就重说一遍。"
    )


def lead(demand: Demand, zone: ZoneInfo) -> str:
    """One line for the groups of providers: what it brings is no secret here."""
    reward = demand.terms.reward
    assert reward is not None
    assert demand.closes_at is not None
    return (
        f"📣 {demand.no} {promised(reward)}｜{demand.terms.title}｜"
        f"{when(demand.closes_at, zone)} 截止。赏金已托管，"
        f"私聊我“{how_to_answer(demand)}”，只有客户看得到。"
    )


def asked(demand: Demand, zone: ZoneInfo) -> str:
    """To those who would know."""
    reward = demand.terms.reward
    assert reward is not None
    assert demand.closes_at is not None
    return (
        f"❓ {demand.no} 有客户悬赏 {yuan(reward.total_fen)} 提问：{demand.terms.title}\n"
        f"您对口，{when(demand.closes_at, zone)} 前回“{how_to_answer(demand)}”，先被采纳先得。"
    )


def published(demand: Demand, zone: ZoneInfo) -> str:
    assert demand.closes_at is not None
    assert demand.terms.reward is not None
    thing = "答案" if demand.terms.reward.kind is RewardKind.QUESTION else "稿件"
    return (
        f"{demand.no} 已发给服务商，{when(demand.closes_at, zone)} 前收{thing}，"
        f"来一份我给您看一份。\n回“进度 {demand.no}”看到几份，够了回“截稿 {demand.no}”。"
    )


def how_to_answer(demand: Demand) -> str:
    """What a provider types: a price, a work, an answer."""
    if demand.terms.reward is None:
        return f"报价 {demand.id} 价格 工期"
    asks = demand.terms.reward.kind is RewardKind.QUESTION
    return f"{'回答' if asks else '投稿'} {demand.no} 内容"


def _verb(demand: Demand) -> str:
    reward = demand.terms.reward
    return "采纳" if reward is not None and reward.kind is RewardKind.QUESTION else "选"


def clip(text: str, most: int = CLIP) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= most else f"{one_line[: most - 1]}…"


def arrived(demand: Demand, bid: Bid, *, revised: bool) -> str:
    new = "更新了" if revised else "来了"
    return (
        f"✉ {demand.no} {new}一份（{bid.letter}）：{clip(bid.offer.note, 300)}\n"
        f"满意就回“{_verb(demand)}{bid.letter} {demand.no}”，全部回“看稿 {demand.no}”。"
    )


def taken(demand: Demand, mark: str, zone: ZoneInfo, *, revised: bool) -> str:
    assert demand.closes_at is not None
    head = "已换成新的一份" if revised else "已送到客户那里"
    return (
        f"{demand.no} {head}，指纹 {mark}，以后能证明今天写了什么。\n"
        f"{when(demand.closes_at, zone)} 前想改就再发一遍，有结果我告诉您。"
    )


def taken_in_group(demand: Demand) -> str:
    return f"{demand.no} 收到一份，已转给客户。下次私聊我发，别人就看不到内容。"


def works(demand: Demand, bids: Sequence[Bid], names: dict[int, str]) -> str:
    """The works that wait, and those that were chosen."""
    if not bids:
        return f"{demand.no} 还没有人投。来了我马上给您看；不等了回“撤 {demand.no}”。"
    shown = bids[:SHOWN]
    lines = [f"{demand.no} 收到 {len(bids)} 份："]
    for bid in shown:
        won = "✓ " if bid.status is BidStatus.CHOSEN else ""
        lines.append(f"{won}{bid.letter} {names.get(bid.provider_id, '')}：{clip(bid.offer.note)}")
    rest = f"其余 {len(bids) - SHOWN} 份回“看 E”“看 F”…；" if len(bids) > SHOWN else ""
    lines.append(f"{rest}回“看{shown[0].letter}”看全文，定了回“{_verb(demand)}A {demand.no}”。")
    return "\n".join(lines)


def whole(demand: Demand, bid: Bid, name: str, mark: str) -> str:
    text = clip(bid.offer.note, 900)
    won = "（已选中）" if bid.status is BidStatus.CHOSEN else ""
    return (
        f"{demand.no} {bid.letter} {name}{won}，指纹 {mark}：\n{text}\n"
        f"定了回“{_verb(demand)}{bid.letter} {demand.no}”，看别的回“看稿 {demand.no}”。"
    )


def closed(demand: Demand, bids: Sequence[Bid], zone: ZoneInfo) -> str:
    assert demand.choose_by is not None
    return (
        f"{demand.no} 已截稿，共 {len(bids)} 份，等您{_verb(demand)}，"
        f"{when(demand.choose_by, zone)} 前；到时一份也没{_verb(demand)}，"
        "就按付款前说好的规则分。\n"
        f"回“看稿 {demand.no}”看全部，定了回“{_verb(demand)}A {demand.no}”。"
    )


def close_question(demand: Demand, count: int) -> str:
    return f"如果现在截稿 {demand.no}：不再收新的，您从已到的 {count} 份里挑。确认？"


def choose_question(demand: Demand, bid: Bid, name: str, prize_fen: int, left: int) -> str:
    reward = demand.terms.reward
    assert reward is not None
    then = (
        "对方把成品交付给您，您验收后才付款，不满意可以退回改"
        if reward.hands_over
        else "马上付给对方，不能撤回"
    )
    more = f"还剩 {left} 份赏金。" if left else "这是最后一份赏金，其他人会收到通知。"
    return (
        f"如果{_verb(demand)} {bid.letter}（{name}）：给 {yuan(prize_fen)}，{then}。{more}\n"
        "回“确认”就定了，想再看回“看稿”。"
    )


def chosen(demand: Demand, order: Order, left: int) -> str:
    more = f"还剩 {left} 份，接着回“看稿 {demand.no}”挑。" if left else ""
    reward = demand.terms.reward
    if reward is not None and reward.hands_over:
        return (
            f"定了，订单 {order.no}，{yuan(order.price_fen)} 已在托管。\n"
            f"轮到对方交成品，交来后由您验收。{more}回“进度 {order.no}”随时看。"
        )
    return (
        f"好，{yuan(order.price_fen)} 已付给对方（订单 {order.no}）。{more}\n"
        f"觉得怎么样？回“评价 {order.no} 5 几句话”。"
    )


def earned(done: Completion, receipts: Collection[Receipt]) -> str:
    order = done.order
    return (
        f"🎉 {order.no} {order.title} 客户选中了您的，到账 {yuan(done.payout_fen)}"
        f"（佣金 {yuan(done.commission_fen)}）。\n{all_named(receipts)}回“提现”可以取。"
    )


def not_chosen(demand: Demand) -> str:
    return f"{demand.no} {demand.terms.title} 这次没选上您的，谢谢。回“我的线索”看别的。"


def wants_work(demand_no: str) -> str:
    return (
        f"{demand_no} 是悬赏，赏金已经定好，要的是稿件或答案，不用报价。"
        f"私聊我“投稿 {demand_no} 内容”。"
    )


def choice_reminder(demand: Demand, count: int, zone: ZoneInfo) -> str:
    assert demand.choose_by is not None
    return (
        f"⏰ {demand.no} 有 {count} 份等您{_verb(demand)}，"
        f"{when(demand.choose_by, zone)} 前一份也没"
        f"{_verb(demand)}就按付款前说好的规则分。回“看稿 {demand.no}”看，"
        f"回“{_verb(demand)}A {demand.no}”定。"
    )


def progress(demand: Demand, count: int, zone: ZoneInfo) -> str:
    """While works come in."""
    assert demand.closes_at is not None
    return (
        f"{demand.no} {demand.terms.title}：已收 {count} 份，{when(demand.closes_at, zone)} 截稿；"
        "到点一份也没有就全退。\n"
        f"回“看稿 {demand.no}”看内容，够了回“截稿 {demand.no}”，不要了回“撤 {demand.no}”。"
    )
