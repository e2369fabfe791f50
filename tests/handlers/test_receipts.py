"""Receipts in chat: where money moved there is one, it can be verified, and the chain is public."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection, text

from handlers.actions.payments import settle_payment
from handlers.actions.receipts import ROOT_DUE, issue
from handlers.jobs.deadlines import act_on
from market.ledger import COMMISSION_INCOME, cash_at, escrow, transfers
from market.receipts import GENESIS, Kind, Receipt, holds
from storage.audit import audit_receipts
from storage.deadlines import Deadline
from storage.unit_of_work import UnitOfWork
from tests.support.chat import Chat, Person
from tests.support.crowds import at_once
from tests.support.databases import Database
from tests.support.deals import agreed, both_accept, delivered, disputed

_NAMED = re.compile(r"(R\d{5}) ([0-9a-f]{4}·[0-9a-f]{4})")


async def chain_of(chat: Chat) -> tuple[Receipt, ...]:
    return await chat.runner.read(lambda uow: uow.receipts.between(0, 10**6))


def named(text: str) -> list[str]:
    """The numbers of the receipts in a text, each with its fingerprint behind it."""
    return [number for number, _ in _NAMED.findall(text)]


async def forge(chat: Chat, change: str) -> None:
    """What somebody with the database's password could do."""

    def work(uow: UnitOfWork) -> None:
        _without_rules(uow.conn, change)

    await chat.runner.run(work)


def _without_rules(conn: Connection, change: str) -> None:
    if conn.dialect.name == "sqlite":
        conn.execute(text("DROP TRIGGER receipts_no_update"))
        conn.execute(text("DROP TRIGGER receipts_no_delete"))
    else:
        conn.execute(text("DROP TRIGGER receipts_append_only ON receipts"))
    conn.execute(text(change))


async def test_where_money_moved_there_is_a_receipt_with_its_fingerprint(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    huang, wang = await chat.staff("小黄"), await chat.staff("王主任")
    order = await agreed(chat, buyer, provider, 25_000)
    await buyer.says("在线支付")
    await chat.pay(buyer.sees("/sandbox/pay/").split("/sandbox/pay/")[1].split()[0])
    assert named(buyer.sees("收据 R20481", "¥25,000")) == ["R20481"]
    assert named(provider.sees("已托管（收据 R20481", "开工")) == ["R20481"]
    await provider.says("开工")
    await provider.says(f"交付 {order} 都做好了")
    chat.everybody_has_read()
    await provider.says("钱啥时候到")
    provider.sees("¥25,000 在托管（收据 R20481）", "¥23,500")

    await buyer.says(f"验收 {order}")
    await buyer.says("确认")
    buyer.ignores_the_rest()
    assert named(provider.sees("入账 ¥23,500", "提现")) == ["R20482", "R20483"]
    await provider.says("提现")
    provider.ignores_the_rest()
    firm = f"V{await chat.provider_id(provider)}"
    await huang.says(f"已打款 {firm} 23500")
    await wang.says(f"确认打款 {firm}")
    assert named(provider.sees("已打款")) == ["R20484"]
    assert named(wang.sees_among("已入账")) == ["R20484"]

    chain = await chain_of(chat)
    assert holds(chain, GENESIS)
    assert [(each.movement.kind, each.movement.amount_fen) for each in chain] == [
        (Kind.FUNDING, 2_500_000),
        (Kind.EARNINGS, 2_350_000),
        (Kind.COMMISSION, 150_000),
        (Kind.EARNINGS_PAID, 2_350_000),
    ]
    chat.everybody_has_read()


async def test_a_transfer_confirmed_by_two_a_cancellation_and_its_refund_have_theirs(
    chat: Chat,
) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    huang, wang = await chat.staff("小黄"), await chat.staff("王主任")
    order = await agreed(chat, buyer, provider, 400)
    await buyer.says("对公转账")
    await huang.says(f"收款 {order} 400")
    await wang.says(f"确认收款 {order}")
    assert named(wang.sees_among("已入托管")) == ["R20481"]
    chat.everybody_has_read()

    await buyer.says(f"取消 {order}")
    buyer.sees("全额退")
    await buyer.says("确认")
    assert named(buyer.sees("应退 ¥400")) == ["R20482"]
    await huang.says(f"退款 {order} 400")
    await wang.says(f"确认退款 {order}")
    assert named(buyer.sees("已退款 ¥400")) == ["R20483"]
    chat.everybody_has_read()

    await provider.says("验证 R20483")  # how the buyer gets it back is the buyer's
    provider.sees("没有查到收据 R20483")
    await buyer.says("验证 R20483")
    buyer.sees("R20483 是真的", "已退给客户 ¥400", "对公转账")


async def test_a_ruling_names_each_side_its_receipts(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    huang = await chat.staff("小黄")
    dispute = await disputed(chat, buyer, provider, 8_000)

    await huang.says(f"判 {dispute} 退60% 缺对应表")
    await huang.says("确认")
    chat.everybody_has_read()
    await both_accept(buyer, provider, dispute)

    assert named(buyer.sees("已裁决并执行", "¥4,800")) == ["R20482"]
    assert named(provider.sees("双方都接受", "¥3,008")) == ["R20482", "R20483", "R20484"]
    chat.everybody_has_read()


async def test_a_final_ruling_names_the_receipts_to_who_made_it(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    huang = await chat.staff("小黄")
    dispute = await disputed(chat, buyer, provider, 2_000)

    await huang.says(f"判 {dispute} 退60% 缺对应表")
    huang.ignores_the_rest()
    await huang.says("确认")

    assert named(huang.sees("已执行", "凭证 R20482")) == ["R20482", "R20483", "R20484"]
    assert named(buyer.sees("已裁决并执行", "¥1,200")) == ["R20482"]
    chat.everybody_has_read()


async def test_a_receipt_can_be_verified_by_those_it_concerns(chat: Chat) -> None:
    buyer, provider, stranger = chat.buyer("小林"), await chat.provider("陈工"), chat.buyer("路人")
    rival, huang = await chat.provider("李工", "信达科技咨询有限公司"), await chat.staff("小黄")
    await delivered(chat, buyer, provider, 32_000)
    (receipt,) = await chain_of(chat)

    for person in (buyer, provider, huang):
        await person.says("验证 R20481")
        said = person.sees("R20481 是真的，没有改动", "O2048", "¥32,000", "11 月 18 日(周三) 10:00")
        assert receipt.fingerprint in said
        assert receipt.hash in said
        assert f"客户 P{await chat.person_id(buyer)}" in said
        assert "小林" not in said
    for person in (stranger, rival):
        await person.says("验证 R20481")
        person.sees("没有查到收据 R20481")
    await stranger.says("验证 收据 R99999")
    stranger.sees("没有查到收据 R99999")


async def test_who_has_number_and_whole_hash_hears_yes_or_nothing(chat: Chat) -> None:
    buyer, provider, stranger = chat.buyer("小林"), await chat.provider("陈工"), chat.buyer("路人")
    await delivered(chat, buyer, provider, 32_000)
    (receipt,) = await chain_of(chat)
    nobody = await refusal(stranger, "验证 R20499")

    await stranger.says(f"验证 R20481 {receipt.hash}")
    said = stranger.sees("R20481 和这个全指纹一致", "没有改动")
    for told in ("32,000", "O2048", "P1", "V", "小林", "桂知源"):
        assert told not in said, told
    for other in (receipt.fingerprint, receipt.hash[:-1] + "0", receipt.previous, "7f3a·91c2"):
        assert await refusal(stranger, f"验证 R20481 {other}") == nobody
    assert await refusal(stranger, f"验证 R20499 {receipt.hash}") == nobody


async def refusal(person: Person, words: str) -> str:
    await person.says(words)
    return re.sub(r"R\d+", "R…", person.sees("没有查到收据"))


async def test_what_somebody_holds_is_compared_with_the_chain(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await delivered(chat, buyer, provider, 32_000)
    (receipt,) = await chain_of(chat)

    for held in (receipt.fingerprint, receipt.fingerprint.replace("·", ""), receipt.hash.upper()):
        await buyer.says(f"验证 R-20481 {held}")
        buyer.sees("R20481 是真的", "您给的指纹也一致")
    await buyer.says("验证 R20481 7f3a·91c2")
    buyer.sees("指纹不对", receipt.fingerprint, "可能被改过")


async def test_a_receipt_that_was_altered_is_denounced_and_staff_look(chat: Chat) -> None:
    buyer, provider, huang = (
        chat.buyer("小林"),
        await chat.provider("陈工"),
        await chat.staff("小黄"),
    )
    await delivered(chat, buyer, provider, 32_000)
    await forge(chat, "UPDATE receipts SET amount_fen = 99")

    await buyer.says("验证 R20481")
    said = buyer.sees("R20481 和链上记的对不上", "请同事核对")
    assert "0.99" not in said
    await huang.says("待办")
    huang.sees("风险提示 R20481")
    await huang.says("1")
    huang.sees("R20481", "kebao audit", "已联系 R20481")
    await huang.says("已联系 R20481")
    huang.ignores_the_rest()
    await huang.says("待办")
    huang.sees("没有待办")


async def test_a_receipt_whose_neighbour_is_gone_does_not_hang_in_the_chain(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    order = await delivered(chat, buyer, provider, 32_000)
    await buyer.says(f"验收 {order}")
    await buyer.says("确认")
    chat.everybody_has_read()
    await provider.says("验证 R20483")
    provider.sees("R20483 是真的", "接在 R20482 后面")

    await forge(chat, "DELETE FROM receipts WHERE number = 20482")

    for number in ("R20481", "R20483"):
        await provider.says(f"验证 {number}")
        provider.sees(f"{number} 自己没有改动，但链在它旁边断了", "请同事核对")


async def test_after_midnight_the_end_of_the_chain_is_told_once(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await delivered(chat, buyer, provider, 32_000)
    await buyer.says("验证 R20481")
    buyer.sees("现在是最后一张，今晚公布链头")
    (receipt,) = await chain_of(chat)

    await chat.pass_(hours=14)  # midnight in the operator's zone: sealed, but nobody is rung up
    chat.staff_group.sees_nothing()
    await buyer.says("验证 R20481")
    buyer.sees("11 月 19 日(周四) 00:00 公布的链头")
    await chat.pass_(hours=8)

    said = chat.staff_group.sees("截至 11 月 19 日(周四) 00:00", "新增 1 张", "到 R20481")
    assert receipt.hash in said
    await chat.pass_(hours=60)  # two days without money: nothing new, nothing said
    chat.staff_group.sees_nothing()
    chat.everybody_has_read()


async def test_missed_ticks_make_it_late_and_not_twice(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    order = await delivered(chat, buyer, provider, 32_000)
    chat.clock.advance(timedelta(hours=50))  # nobody swept for two nights
    await buyer.says(f"验收 {order}")
    await buyer.says("确认")
    chat.everybody_has_read()

    await asyncio.gather(*(chat.clockwork.sweep() for _ in range(8)))
    await chat.settle()

    chat.staff_group.sees("截至 11 月 20 日(周五) 12:00", "新增 3 张", "到 R20483")
    await chat.pass_(hours=24)
    chat.everybody_has_read()
    await provider.says("验证 R20482")
    provider.sees("逐张核到 R20483（11 月 20 日(周五) 12:00 公布的链头）")


async def test_eight_clocks_at_once_publish_one_end(chat: Chat, database: Database) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await delivered(chat, buyer, provider, 32_000)
    now = chat.clock.now() + timedelta(hours=14)

    def tick(_index: int) -> bool:
        with database.engine.begin() as conn:
            return act_on(UnitOfWork(conn), Deadline(ROOT_DUE, 0, now), chat.desk, now)

    assert sum(await asyncio.to_thread(at_once, tick)) == 1
    chat.clock.advance(timedelta(hours=23))
    await chat.settle()
    chat.staff_group.sees("收据链", "新增 1 张")
    chat.staff_group.sees_nothing()
    chat.everybody_has_read()


async def test_money_that_moves_while_the_end_is_published_waits_in_one_direction_only(
    chat: Chat, database: Database
) -> None:
    """Eight that post to the same accounts, state it and publish: no deadlock, no gap."""
    now = chat.clock.now()

    def move(index: int) -> None:
        for round_ in range(5):
            with database.engine.begin() as conn:
                uow = UnitOfWork(conn)
                moves = transfers(
                    (f"O{index}:{round_}:funding", cash_at("sandbox"), escrow("O1"), 700),
                    (f"O{index}:{round_}:commission", escrow("O1"), COMMISSION_INCOME, 42),
                )
                uow.ledger.post(moves, now)
                issue(uow, moves, gateway="", desk=chat.desk, now=now)
            with database.engine.begin() as conn:
                act_on(
                    UnitOfWork(conn), Deadline(ROOT_DUE, 0, now), chat.desk, now + timedelta(days=1)
                )

    await asyncio.to_thread(at_once, move)

    chain = await chain_of(chat)
    assert [each.number for each in chain] == list(range(20481, 20481 + 8 * 5 * 2))
    assert holds(chain, GENESIS)
    with database.engine.begin() as conn:
        assert list(audit_receipts(conn)) == []
    chat.everybody_has_read()


async def test_another_group_may_hear_of_it_too(chat: Chat) -> None:
    chat.desk.rooms = replace(
        chat.desk.rooms, roots=(*chat.desk.rooms.provider, *chat.desk.rooms.staff)
    )
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await delivered(chat, buyer, provider, 32_000)

    await chat.pass_(hours=23)

    for room in (chat.group, chat.staff_group):
        room.sees("收据链", "R20481")
        room.sees_nothing()
    chat.everybody_has_read()


async def test_eight_notices_at_once_are_one_receipt(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await agreed(chat, buyer, provider, 32_000)
    await buyer.says("在线支付")
    token = buyer.sees("/sandbox/pay/").split("/sandbox/pay/")[1].split()[0]
    now = chat.clock.now()

    await asyncio.gather(
        *(chat.runner.run(lambda uow: settle_payment(uow, token, chat.desk, now)) for _ in range(8))
    )
    await chat.settle()

    assert named(buyer.sees("收据 R20481")) == ["R20481"]
    buyer.sees_nothing()
    provider.sees("收据 R20481")
    provider.sees_nothing()
    assert [each.no for each in await chain_of(chat)] == ["R20481"]


async def test_eight_second_keys_at_once_are_one_receipt(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    huang = await chat.staff("小黄")
    crowd = [await chat.staff(f"同事{number}") for number in range(8)]
    order = await agreed(chat, buyer, provider, 400)
    await buyer.says("对公转账")
    await huang.says(f"收款 {order} 400")
    chat.everybody_has_read()

    await asyncio.gather(*(colleague.says(f"确认收款 {order}") for colleague in crowd))

    assert sum("R20481" in colleague.sees(order) for colleague in crowd) == 1
    assert [each.no for each in await chain_of(chat)] == ["R20481"]
    chat.everybody_has_read()


async def test_a_payment_that_comes_to_nothing_uses_no_number(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    order = await agreed(chat, buyer, provider, 400)
    for words in ("在线支付", "对公转账", f"在线支付 {order}"):
        await buyer.says(words)
    await chat.pay(buyer.unread[-1].text.split("/sandbox/pay/")[1].split()[0])

    buyer.sees_among("收据 R20481")
    assert [each.no for each in await chain_of(chat)] == ["R20481"]
    chat.everybody_has_read()
