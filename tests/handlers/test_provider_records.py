"""What staff hear of a provider's orders is what happened to them, and nothing if it is little."""

import re

from market.track_records import TrackRecord
from tests.support.chat import Chat, Person
from tests.support.deals import agreed, delivered

GUIZHI, CODE = "桂知源知识产权代理有限公司", "914502030000010114"


async def record_of(chat: Chat) -> TrackRecord:
    found = await chat.runner.read(
        lambda uow: uow.orders.track_records([CODE, "unknown"], chat.clock.now())
    )
    assert set(found) <= {CODE}
    return found.get(CODE, TrackRecord())


async def test_orders_in_time_late_and_open_are_counted_and_told(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工", GUIZHI)
    staff, asking = await chat.staff("小黄"), chat.buyer("韦姐")
    assert await record_of(chat) == TrackRecord()
    for _ in range(3):
        first = await delivered(chat, buyer, provider, 30_000)
    assert await record_of(chat) == TrackRecord(due=3, on_time=3)
    assert "· 准时" not in await why(chat, staff, asking)

    late, forgotten = [await begun(chat, buyer, provider) for _ in range(2)]
    assert await record_of(chat) == TrackRecord(due=3, on_time=3, open_orders=2)
    await chat.pass_(days=20)
    chat.everybody_has_read()
    assert await record_of(chat) == TrackRecord(due=5, on_time=3, open_orders=2)
    await provider.says(f"交付 {late} 申报书齐了")
    # A newer version answers new wishes: it does not make the first one late.
    await provider.says(f"交付 {first} 又补了一份")
    chat.everybody_has_read()
    assert await record_of(chat) == TrackRecord(due=5, on_time=3, open_orders=1)

    assert forgotten != late
    reasons = await why(chat, staff, asking)
    for reason in ("案例", " · 同在柳州 · ", "评分 4.8", "准时 60%（5 单）", "手上 1 单"):
        assert reason in reasons


async def begun(chat: Chat, buyer: Person, provider: Person) -> str:
    """An order that is paid and begun; returns its number."""
    order = await agreed(chat, buyer, provider, 30_000)
    await buyer.says("1")
    await chat.pay(buyer.sees("/sandbox/pay/").split("/sandbox/pay/")[1].split()[0])
    await provider.says(f"开工 {order}")
    chat.everybody_has_read()
    return order


async def why(chat: Chat, staff: Person, buyer: Person) -> str:
    """What staff hear when they ask why this provider fits a fresh demand."""
    await buyer.says("我们想做高新技术企业认定，在柳州，预算3万左右")
    await buyer.says("确认")
    demand = re.search(r"D\d+ 已发布", " ".join(message.text for message in buyer.unread))
    assert demand is not None, chat.story("the demand is published")
    chat.everybody_has_read()
    await staff.says(f"审 {demand.group().split()[0]}")
    shown = staff.sees("推荐：")
    number = next(number for number in range(1, 6) if f"{number} {GUIZHI}" in shown)
    await staff.says(f"为什么{number}")
    return staff.sees(GUIZHI, "匹配分")
