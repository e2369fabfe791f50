"""Words between the bot and people about themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from market.parties import Sender, StaffRole

ROBOT = "是，我是小科，一个机器人；要找人回“人工”。您要办什么直接说就行。"
CANCELLED = "好，刚才那步先不做了。还要办什么，直接说就行。"
DRAFT_KEPT = "好，先放下，草稿帮您存 30 天。回“继续”接着写。"
NOTHING_TO_CANCEL = "现在没有进行到一半的事。想办什么直接说，或回“帮助”。"
BOARD = "排行榜还没开放，积分照常累计。回“积分”看余额。"
UNSUBSCRIBED = "好，营销消息不再发给您；订单和报价的通知照常。回“我的需求”看进展。"
CLOSE_QUESTION = (
    "如果注销：姓名、公司、电话、说法记录会清除，积分作废，不能恢复；"
    "依法要留的交易凭证只留编号。确认？"
)
CLOSED = "已注销，您的姓名、公司、电话、说法记录都清除了。以后想用，直接发消息给我就行。"
WELCOME = "不客气。还要办什么，直接说就行。"
VOICE = "这条语音我暂时听不了，打几个字就行；或回“人工”让同事听。"
VIDEO = "视频收到了，我暂时看不了。打几个字说说要办什么；或回“人工”让同事看。"
LINK = "链接收到了，我不会点开。打几个字说说要办什么；或回“人工”让同事看。"
UNKNOWN_KIND = "这种消息我还看不懂。打几个字说说要办什么，或回“帮助”。"
NOTHING_SAID = "我在。想办什么直接说，例如“做高企认定，预算 3 万”，或回“帮助”。"
NOTHING_SAID_TO_QUESTION = "我在。刚才的问题等您一句话；想放下回“取消”。"
PRIVACY = "不会。服务商只看到服务、城市和预算；名字、公司、电话、详细地址签约后才给。接着说就行。"
TRUST = (
    "该问。钱先进托管，您验收后才付给服务商；开工前取消全额退；群里和私聊里我们从不收款。\n"
    "先办一小单试试也行，直接说要办什么；要跟人谈回“人工”。"
)
CALM = "是我没帮上忙，抱歉。要不要同事来接？或者告诉我卡在哪一步，我重新来。"
WHICH_PRICE = "想问哪项服务的价？直接说名字，例如“发明专利申请多少钱”，我报参考价。或回“目录”挑。"
OPEN_BUSINESS = (
    "欢迎入驻。请把机构名称、服务领域、联系人发给我，同事核对资质后会给您一个绑定码。\n"
    "有码了直接发“绑定 码”。急的话回“人工”。"
)


@dataclass(frozen=True, slots=True)
class Joined:
    name: str
    staff_role: StaffRole | None
    provider: str  # "" for staff


def hello(sender: Sender, operator: str) -> str:
    if sender.is_staff:
        return f"{sender.name}，我在。回“待办”看要处理的，回“帮助”看能做什么。"
    if sender.is_provider:
        return "我在。回“我的线索”看开着的需求，报价直接发“报价 1024 8000 10天”。"
    return (
        f"您好，我是小科，{operator}的机器人。查新、检测、专利、高企、项目申报……要办什么，"
        "像跟人说话一样说就行。\n例如：“想做高企认定，柳州，预算 3 万”。\n"
        "1 发需求　2 逛服务目录　3 我是服务商"
    )


def help_for(sender: Sender) -> str:
    if sender.is_staff:
        return (
            "能做的：待办｜审 D1024 通过 / 驳回 理由 / 改 新的文字｜邀 D1024 1 3，截标周四\n"
            "收款 O2048 32000（另一位回“确认收款 O2048”）｜显示 D1024｜延期 D1024 1天\n"
            "案卷 J88｜判 J88 退60% 理由（大额另一位回“同意 J88”，更大的 专家组 J88）｜"
            "接管 人 / 归还。\n"
            "对账｜月结 2026-10｜财政资金｜发券 Q7731 金额｜没听懂。群发还没开放。先回“待办”看看。"
        )
    if sender.is_expert:
        return (
            "请您评申诉时我会私聊您：案卷 J88 看材料｜投票 J88 退60% 理由｜回避 J88\n"
            "双方看得到比例和理由，看不到是谁。小额的请您一个人裁：判 J88 退60% 理由。\n"
            "进度 J88 看结果。找人回“人工”。"
        )
    if sender.is_provider:
        return (
            "报价：报价 1024 32000 15天 含官费（群里、私聊都行，价格密封）\n"
            "我的线索｜改价 D1024 数｜撤标 D1024｜不接 D1024｜投稿 D1024 内容｜回答 D1024 内容\n"
            "固定价的：上架 科技查新 800元 3天｜我的上架｜下架 L501\n"
            "一起投：联合投标 D1024 信达 30%。中标后：开工 O2048｜交付 O2048 说明（文件直接发）\n"
            "提现｜月结。被申诉了：答辩 J88 说明｜接受 J88｜复议 J88 理由\n"
            "问钱在哪就说“钱啥时候到”。找人回“人工”。"
        )
    return (
        "要办什么直接说，例如“做高企认定，柳州，预算 3 万”；只想问一家，前面加“点名 名字”。\n"
        "我的需求｜进度 D1024｜比一比 D1024｜选A D1024｜一口价｜悬赏｜提问｜定金招标\n"
        "付款｜验收｜退回 理由｜申诉 理由｜接受 J88｜复议 J88 理由｜评价 5 文字\n"
        "合同 O2048｜分期 O2048 3｜发票｜创新券｜积分｜待办｜取消｜退订｜人工。"
        "先说一句您要办的事吧。"
    )


def bound(joined: Joined) -> str:
    if joined.staff_role is StaffRole.EXPERT:
        return (
            f"{joined.name}，绑定好了，您是平台请的专家。有申诉请您评，我私聊找您；"
            "先回“帮助”看怎么评。"
        )
    if joined.staff_role is not None:
        return f"{joined.name}，绑定好了，您现在是服务中心的同事。回“待办”看要处理的。"
    return f"绑定好了，您代表 {joined.provider}。回“我的线索”看开着的需求。"


def already_provider(name: str) -> str:
    return f"您已经代表 {name}。回“我的线索”看开着的需求。"


def human_coming(hours: str, working: bool) -> str:
    if working:
        return (
            f"好，正在叫人（工作时间 {hours}）。等的时候可以先写一句要办什么，我一起交给同事。\n"
            "想先让我看看，直接说要办的事就行。"
        )
    return (
        f"现在没人值班（工作时间 {hours}），上班第一个回您；急单已提醒值班手机。\n"
        "可以先写一句要办什么，我一起交给同事。"
    )


def human_wanted(sender: Sender) -> str:
    who = sender.name or f"客户 P{sender.id}"
    return f"🙋 {who} 找人工。回“接管 P{sender.id}”开始，谈完回“归还”。"


def points(balance: int) -> str:
    return (
        f"您有 {balance} 积分，24 个月内有效。每成交 1 元得 1 分，评价一次 +30。\n"
        "回“我的需求”看进行中的单子。"
    )


def redeem(balance: int) -> str:
    return f"兑换的礼品和券还没上架，您的 {balance} 积分照常有效。上架了我会说。回“积分”看余额。"


def overview(
    name: str,
    *,
    demands: int,
    orders: int,
    points: int,
    accounts: int,
    papers: Mapping[str, int],
    utterances: str,
) -> str:
    """`papers`: how many of which sort; what there is none of is not named."""
    others = "，".join(f"{count} {what}" for what, count in papers.items() if count)
    more = f"另有 {others}。\n" if others else ""
    return (
        f"我们存着您的：称呼“{name or '未填'}”，{accounts} 个账号，"
        f"{demands} 条需求，{orders} 个订单，{points} 积分。\n"
        f"{more}{utterances}完整文件由同事核身后发给您，回“人工”领取；要删除回“注销”。"
    )


def utterances(kept: int, last: Sequence[str], kept_for: timedelta) -> str:
    """A line on the words kept to learn from; "" if there are none."""
    if not kept:
        return ""
    shown = "、".join(f"“{said[:20]}”" for said in last)
    hidden = f"隐去姓名、电话、金额，存 {kept_for.days} 天"
    return f"还有您怎么说需求的记录 {kept} 句（{hidden}），最近：{shown}。\n"


def image(*, provider: bool) -> str:
    if provider:
        return "图片里的字我暂时读不了。报价请打成字，例如“报价 1024 29500 12天 不含官费”。"
    return "图片收到了，里面的字我暂时读不了。把关键的打给我就行，例如证书号或要办的事。"
