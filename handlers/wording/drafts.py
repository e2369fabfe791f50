"""Words while a demand is being put together."""

from collections.abc import Sequence

from handlers.conversation import Draft
from handlers.wording import rewards
from handlers.wording.dates import lasting
from handlers.wording.demands import card
from market.demands import Terms, bidding_window
from market.money import yuan
from market.policy import Policy
from market.services import Service

WHAT_NEED = "好，要办什么？一句话说就行，例如“做高企认定，柳州，预算 3 万，月底前”。"
RESUMED = "好，接上次的草稿："
NOTHING_TO_PUBLISH = "现在没有等您确认的事。要办什么直接说，或回“我的需求”看进展。"

_ASK = {
    "service": "想办的是哪一类服务？一句话说就行，不确定就说说情况。",
    "budget": "预算大概多少？回“面议”也行；回“确认”就这样发布。",
    "region": "在哪个城市？不限就回“不限”；回“确认”就这样发布。",
}


def question(slot: str, terms: Terms, service: Service | None) -> str:
    lines = [f"记下了 ✍ {card(terms)}"]
    if slot == "budget" and service is not None and service.price_rule:
        lines.append(f"参考价位：{service.price_rule}")
    lines.append(_ASK[slot])
    return "\n".join(lines)


def ready(terms: Terms, policy: Policy) -> str:
    window = bidding_window(terms, policy)
    if terms.reward is not None:
        return rewards.ready(terms, policy)
    if terms.deposit_fen:
        return _ready_with_deposit(terms, policy)
    if terms.named:
        return (
            f"需求草稿：{card(terms)}\n"
            f"只发给{terms.named}，等它 {lasting(window)}内答复，报价直接给您看。对吗？\n"
            "要改就直接说，如“预算改 5 万”；请大家报价回“不点名”。"
        )
    return (
        f"需求草稿：{card(terms)}\n"
        f"发布后 {lasting(window)}截标，报价密封，开标前谁都看不到价格。对吗？\n"
        "要改就直接说，如“预算改 5 万”。"
    )


def _ready_with_deposit(terms: Terms, policy: Policy) -> str:
    """The fate of the deposit is told before it is paid."""
    back, rest = policy.deposit_back_bp / 100, (10_000 - policy.deposit_back_bp) / 100
    return (
        f"需求草稿：{card(terms)}\n"
        f"先付定金 {yuan(terms.deposit_fen)} 再发布，{lasting(bidding_window(terms, policy))}截标；"
        "选定后定金抵货款，只付余款。\n"
        "如果没人报价：定金全退。如果有人报价、您没选、撤回，或选了不付余款："
        f"退 {back:g}%，{rest:g}% 给投标（或中标）的服务商。\n"
        "对吗？要改就直接说，不交定金回“不要定金”。"
    )


def which_service(names: Sequence[str]) -> str:
    options = "　".join(f"{index} {name}" for index, name in enumerate(names, start=1))
    return f"您是想要：{options}？\n回数字，或换个说法讲讲情况。"


def which_amount(amounts: Sequence[int]) -> str:
    options = "　".join(f"{index}）{yuan(fen)}" for index, fen in enumerate(amounts, start=1))
    return f"这个我拿不准，是：{options}？回数字就行。"


def put_aside(draft: Draft) -> str:
    return f"好，{draft.service_name or '刚才的'}草稿帮您存着（30 天）。先办这个："


def corrected(was: Draft, now: Draft) -> str:
    return f"好，不是{was.service_name}，改成{now.service_name}，其余照旧。"


def go_on_with(draft: Draft) -> str:
    return f"要不要接着弄{draft.service_name or '刚才的草稿'}？草稿还在，回“继续”。"


def place(shown: str) -> str:
    return f"收到位置：{shown}。需要上门吗？1 要，就在这里　2 不要，只是告诉你们在哪"


def place_without_draft(shown: str) -> str:
    return f"收到位置：{shown}。要在这里办什么？一句话说就行。"


def heard_voice(terms: Terms) -> str:
    return f"听到的是：{card(terms)}"


HOW_TO_CHANGE = "要改哪里？直接说，例如“预算改 5 万”“改到柳州”“月底前要”。改好回“确认”。"

HEARD = "听到的是："
NOT_ABOUT_THE_DRAFT = "这句我没记进需求。刚才的问题等您一句话；不办了回“取消”，找人回“人工”。"
NOT_ABOUT_THE_DRAFT_AGAIN = (
    "我没跟上您的意思。草稿还在：回“确认”就这样发布，回“取消”先放下，回“人工”找同事。"
)
NONE_OF_THESE = "好，那换个说法讲讲：公司遇到了什么事、要拿到什么结果？或回“人工”。"


def several(names: Sequence[str]) -> str:
    others = "、".join(names[1:])
    return f"{len(names)} 件事分开记：先办{names[0]}，{others}的草稿也存好了，办完回“继续”。"
