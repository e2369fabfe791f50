"""A bank's list against what two colleagues entered by hand: by the number in the remark."""

from datetime import datetime
from functools import partial

from handlers.actions.reconciliation import take_bill
from market.reconciliation import Kind, Line, LineState, business_day
from storage.differences import Found
from tests.handlers.test_refunds_and_payouts import audited
from tests.support.chat import Chat, Person
from tests.support.deals import agreed


async def takes(chat: Chat, *lines: Line) -> list[str]:
    """What a bill of this day finds; read twice, it finds the same."""

    def take() -> "partial[tuple[Found, ...]]":
        return partial(
            take_bill,
            gateway="offline",
            day=business_day(chat.clock.now()),
            lines=lines,
            now=chat.clock.now(),
        )

    first, second = await chat.runner.run(take()), await chat.runner.run(take())
    assert first == second
    return [f"{row.sort} {row.kind} {row.subject or row.number}" for row in first]


def line(number: str, kind: Kind, yuan: int, at: datetime, *, own: str = "") -> Line:
    return Line(own or f"B-{number}-{kind}", number, kind, yuan * 100, at, LineState.DONE)


async def paid_by_bank(chat: Chat, buyer: Person, staff: tuple[Person, Person]) -> None:
    await buyer.says("对公转账")
    await staff[0].says("收款 O2048 25000")
    await staff[1].says("确认收款 O2048")
    chat.everybody_has_read()
    chat.staff_group.ignores_the_rest()


async def test_a_banks_list_finds_what_was_not_entered_and_what_never_came(
    chat: Chat, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    huang, wang = await chat.staff("小黄"), await chat.staff("王主任")
    await agreed(chat, buyer, provider, 25_000)
    now = chat.clock.now()
    came = line("O2048", Kind.PAYMENT, 25_000, now)

    assert await takes(chat) == []
    assert await takes(chat, came) == ["only_bill payment O2048"]
    await huang.says("待办")
    huang.sees_among("账单有 ¥25,000，账上没有")

    await paid_by_bank(chat, buyer, (huang, wang))
    assert await takes(chat, came) == []
    await huang.says("对账")
    huang.sees("银行 已对", "都对得上")
    assert await takes(chat) == ["only_books payment O2048"]
    assert await takes(chat, line("O2048", Kind.PAYMENT, 24_985, now)) == ["amount payment O2048"]


async def test_payouts_and_refunds_are_found_by_their_numbers_too(
    chat: Chat, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    huang, wang = await chat.staff("小黄"), await chat.staff("王主任")
    await agreed(chat, buyer, provider, 25_000)
    await paid_by_bank(chat, buyer, (huang, wang))
    for person, words in (
        (provider, "开工"),
        (provider, "交付 O2048 都做好了"),
        (buyer, "验收 O2048"),
        (buyer, "确认"),
        (provider, "提现"),
    ):
        await person.says(words)
    firm = f"V{await chat.provider_id(provider)}"
    now = chat.clock.now()
    came, went = line("O2048", Kind.PAYMENT, 25_000, now), line(firm, Kind.PAYOUT, 23_500, now)

    assert await takes(chat, came, went) == [f"state payout {firm}"], "sent, and nobody entered it"
    await huang.says(f"已打款 {firm} 23500")
    await wang.says(f"确认打款 {firm}")
    chat.everybody_has_read()
    chat.staff_group.ignores_the_rest()
    assert await takes(chat, came, went) == []
    assert await takes(chat, came) == [f"only_books payout {firm}"]
    assert await takes(chat, came, went, line(firm, Kind.PAYOUT, 23_500, now, own="again")) == [
        f"only_bill payout {firm}"
    ]
    assert await audited(chat) == []
