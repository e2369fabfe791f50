"""Words around a colleague talking to somebody in the bot's place."""

import re
from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from handlers.wording.dates import lasting, when
from handlers.wording.demands import brief_state
from market.demands import Demand, runs_until
from market.modes import DemandStatus
from market.orders import Order
from market.parties import Sender
from storage.history import Entry
from storage.parties import Person

STILL_NOBODY = (
    "抱歉让您久等，同事都在忙，您还排在前面，等待从您第一次叫人算起。\n"
    "可以接着等；留个电话（回“电话 号码”）1 小时内回您；或直接说要办的事，我先帮您看看。"
)
PHONE_KEPT = "电话记下了，只给同事看。同事 1 小时内打给您；要办什么可以先写一句，我一起交过去。"
NOBODY_TAKEN = "您现在没有接管中的对话。回“待办”看要处理的。"

# What a colleague can have done for a client, as the history calls it.
OPERATIONS: dict[str, str] = {
    "extend": "",  # said with the new time
    "approve": "{no} 审核通过并发布了",
    "reject": "{no} 审核没有通过，原因见前面的消息",
    "edit": "{no} 的要求改了",
    "open_bids": "{no} 开标了",
    "award": "{no} 选定了服务商",
    "withdraw": "{no} 撤回了",
    "fund": "{no} 的款项入了托管",
    "settle": "{no} 的申诉裁决执行了",
    "cancel": "{no} 取消了",
    "accept": "{no} 验收了",
    "return": "{no} 退回修改了",
}
# Words in a colleague's note, and the steps of which one must have been taken.
_CLAIMS: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = (
    (re.compile(r"延|顺延|推迟|改到|截标|选标时间"), frozenset({"extend"})),
    (re.compile(r"发布|审过|审核通过"), frozenset({"approve"})),
    (re.compile(r"已?退款|退了|裁决|判了"), frozenset({"settle", "cancel"})),
    (re.compile(r"到账|入账|收到款"), frozenset({"fund"})),
    (re.compile(r"撤回|撤了|取消了"), frozenset({"withdraw", "cancel"})),
)


def taken_over(
    person: Person,
    demands: Sequence[Demand],
    orders: Sequence[Order],
    *,
    waited: timedelta | None,
) -> str:
    waits = f"（从第一次叫人算起等了 {lasting(waited)}）" if waited is not None else ""
    lines = [f"已静默。{name(person)}{waits}："]
    lines += [f"· {order.no} {order.title}：{brief_state(order)}" for order in orders]
    lines += [f"· {d.no} {d.terms.title}：{brief_state(d)}" for d in demands]
    lines = lines[:5]
    lines.append("直接打字就转给对方，对方的话我也转给您；办事的口令照常。谈完回“归还”。")
    return "\n".join(lines)


def taken_line(person: Person) -> str:
    return f"P{person.id} 已接管，请到私聊里和对方说。"


def one_at_a_time(person: Person) -> str:
    return f"您正在接待 {name(person)}，谈完先回“归还”，再接管下一位。"


def talking_note(colleague: str) -> str:
    return f"{colleague} 正在谈"


def several(people: Sequence[Person], who: str) -> str:
    listed = "　".join(
        f"P{person.id} {name(person)}{f'·{person.company}' if person.company else ''}"
        for person in people
    )
    return f"叫“{who}”的有 {len(people)} 位：{listed}。回“接管 P{people[0].id}”这样点名。"


def from_client(client: Sender, text: str) -> str:
    return f"{client.name or f'P{client.id}'}：{text}"


def from_colleague(colleague: Sender, text: str) -> str:
    return f"{colleague.name}：{text}"


def passed_on(client: Person) -> str:
    return f"已转给 {name(client)}。"


def thing(kind: str) -> str:
    """What somebody sent that is no text."""
    named = {
        "image": "图片",
        "voice": "语音",
        "video": "视频",
        "file": "文件",
        "location": "位置",
        "link": "链接",
    }
    return f"〔发来{named.get(kind, '一条消息')}〕"


def operation(entry: Entry) -> str:
    return OPERATIONS[entry.step].format(no=entry.subject)


def time_moved(demand: Demand, zone: ZoneInfo) -> str:
    until = runs_until(demand)
    if until is None:
        return f"{demand.no} 的时间延过，现在{brief_state(demand)}"
    what = "选标" if demand.status is DemandStatus.OPENED else "截标"
    return f"{demand.no} {what}时间延到 {when(until, zone)}"


def back_again(happened: Sequence[str]) -> str:
    if not happened:
        return "我是小科，我回来接着帮您。回“待办”看等您办的事。"
    return f"我是小科，我回来接着帮您。刚才同事帮您：{'；'.join(happened)}。回“待办”看等您办的事。"


def is_unfounded(note: str, steps: Sequence[str]) -> bool:
    """Whether a note claims something that nobody did."""
    taken = set(steps)
    return any(claim.search(note) and not proof & taken for claim, proof in _CLAIMS)


def handed_back(client: Person, happened: Sequence[str], note: str, *, unfounded: bool) -> str:
    told = f"告诉对方：{'；'.join(happened)}。" if happened else "这段时间没有改动单子。"
    lines = [f"已归还 {name(client)}，我接着回话了。{told}"]
    if unfounded:
        lines.append(
            f"⚠ 您写的“{note[:60]}”在系统里没有对应的操作，没有转给对方；"
            "要办请用口令，例如“延期 D1024 1 天”。"
        )
    lines.append("回“待办”看下一件。")
    return "\n".join(lines)


def handed_back_line(client: Person) -> str:
    return f"P{client.id} 已归还。"


def unanswered_note(client: Person) -> str:
    return f"{name(client)} 等了 2 小时没有回话"


def client_waits(client: Person) -> str:
    return (
        f"⏰ {name(client)} 等了 2 小时没有收到您的话。"
        "直接打字就转过去；谈完了回“归还”，我接着帮对方。"
    )


def name(person: Person) -> str:
    return person.name or f"P{person.id}"
