"""After a ruling: both may accept, either may appeal once, and silence counts only when warned."""

from datetime import timedelta

import pytest

from bot.channels.errors import WindowClosed
from market.ledger import escrow, provider_payable, refund_payable
from storage.audit import audit
from tests.support.chat import Chat, Person
from tests.support.deals import both_accept, disputed, judge, ruled
from tests.support.steps import steps_of

PRICE_FEN = 800_000


@pytest.fixture
async def huang(chat: Chat) -> Person:
    return await chat.staff("小黄")


@pytest.fixture
async def wang(chat: Chat) -> Person:
    return await chat.staff("王主任")


async def refunded(chat: Chat) -> int:
    return await chat.balance(refund_payable("O2048"))


async def held(chat: Chat) -> int:
    return await chat.balance(escrow("O2048"))


async def test_a_ruling_is_carried_out_when_nobody_appeals_in_time(
    chat: Chat, people: tuple[Person, Person], huang: Person
) -> None:
    buyer, provider = people
    await disputed(chat, buyer, provider, 8_000)
    await judge([huang], "J88", "退60% 缺对应表")
    for person in people:
        told = person.sees(
            "J88", "退客户 ¥4,800", "钱还在托管", "到 11 月 21 日(周六) 10:00 没人复议"
        )
        assert "如果回“接受 J88”，会放弃您这一方的复议" in told
        assert "如果回“复议 J88 理由”，会让原裁决作废" in told
    huang.ignores_the_rest()

    await chat.pass_(hours=71)
    buyer.sees_nothing()
    assert await held(chat) == PRICE_FEN
    await chat.pass_(hours=1)

    provider.sees("J88", "已裁决并执行", "退客户 ¥4,800", "最终结果")
    buyer.sees_nothing()  # WeChat lets nobody write after 48 hours; what waits comes with a reply
    assert (await held(chat), await refunded(chat)) == (0, 480_000)
    await buyer.says("复议 J88 我不服")
    buyer.sees("复议的时间已经过了", "已裁决并执行")
    chat.staff_group.ignores_the_rest()
    assert ("execute", "") in await steps_of(chat, "J88")


async def test_an_appeal_is_decided_by_somebody_else_once_and_for_all(
    chat: Chat, people: tuple[Person, Person], huang: Person, wang: Person
) -> None:
    buyer, provider = people
    await ruled(chat, buyer, provider, [huang], 8_000)

    await provider.says("复议 J88 对应表在附件二，没有被看到")
    provider.sees("复议收到", "原裁决不执行", "会马上按裁决分钱，不能撤回，也不能再复议")
    buyer.sees("对方申请了复议", "对应表在附件二", "轮到您")
    chat.staff_group.sees("J88", "要复议", "没判过的同事")
    await chat.pass_(days=5)
    assert await held(chat) == PRICE_FEN, "the clock of the first ruling is off"

    await huang.says("判 J88 退60% 还是这样")
    huang.sees("小黄要回避", "没判过的人")
    await wang.says("待办")
    wang.sees("J88", "复议（原裁决退 60%）")
    await wang.says("判 J88 退20% 对应表有，费用表要改")
    wang.sees("客户退 ¥1,600", "也不能再复议", "确认？")
    await wang.says("确认")
    wang.sees("已执行")
    provider.sees("复议 J88", "已裁决并执行", "退客户 ¥1,600", "最终结果")
    await buyer.says("复议 J88 还是不服")
    buyer.sees("一件申诉只有一次", "已裁决并执行", "退客户 ¥1,600")
    chat.staff_group.ignores_the_rest()

    assert (await held(chat), await refunded(chat)) == (0, 160_000)


async def test_two_who_ruled_have_no_part_in_the_appeal(
    chat: Chat, people: tuple[Person, Person], huang: Person, wang: Person
) -> None:
    buyer, provider = people
    wei, qin = await chat.staff("小韦"), await chat.staff("小覃")
    await ruled(chat, buyer, provider, [huang, wang], 31_000)
    chat.staff_group.ignores_the_rest()
    await buyer.says("复议 J88 应该全退")
    chat.staff_group.sees("J88", "要复议", "两位没判过的同事")
    chat.everybody_has_read()

    await judge([wei, wang], "J88", "退80% 大部分没做")
    wei.ignores_the_rest()
    wang.sees("王主任要回避")
    await huang.says("驳回 J88 我判得对")
    huang.sees("小黄要回避")
    assert await held(chat) == 3_100_000
    await qin.says("同意 J88")
    qin.sees("已执行", "客户退 ¥24,800")

    chat.everybody_has_read()
    assert await refunded(chat) == 2_480_000


async def test_who_accepted_cannot_appeal_but_the_other_still_can(
    chat: Chat, people: tuple[Person, Person], huang: Person
) -> None:
    buyer, provider = people
    await ruled(chat, buyer, provider, [huang], 8_000)

    await buyer.says("同意 J88")
    buyer.sees("您接受 J88 的裁决", "轮到对方")
    await buyer.says("接受裁决")
    buyer.sees("您接受 J88 的裁决")
    provider.sees_nothing()
    await buyer.says("复议 J88 想想还是不服")
    buyer.sees("您已经接受裁决")
    await provider.says("不同意 J88 附件二没有被看到")
    provider.sees("复议收到")
    buyer.sees("对方申请了复议", "附件二没有被看到")

    chat.staff_group.sees("要复议")
    assert await held(chat) == PRICE_FEN


async def test_a_ruling_stands_in_everybodys_list_until_they_have_spoken(
    chat: Chat, people: tuple[Person, Person], huang: Person
) -> None:
    buyer, provider = people
    await ruled(chat, buyer, provider, [huang], 8_000)

    for person in people:
        await person.says("待办")
        person.sees("J88 裁决等您接受或复议，到 11 月 21 日(周六) 10:00", "进度 J88")
        await person.says("进度 O2048")
        person.sees("已裁决退 60%，还没执行，等客户、服务商接受或复议", "复议 J88 理由")
    await buyer.says("接受 J88")
    buyer.ignores_the_rest()
    await buyer.says("待办")
    buyer.sees("没有等您办的事")
    await provider.says("进度 O2048")
    provider.sees("等服务商接受或复议")


async def test_when_both_accept_the_money_moves_at_once(
    chat: Chat, people: tuple[Person, Person], huang: Person
) -> None:
    buyer, provider = people
    await ruled(chat, buyer, provider, [huang], 8_000)

    await both_accept(buyer, provider, "J88")

    provider.sees("双方都接受了", "付服务商 ¥3,008", "R20483")
    buyer.sees("已裁决并执行", "退客户 ¥4,800", "R20482")
    assert (await held(chat), await refunded(chat)) == (0, 480_000)
    await provider.says("接受 J88")
    provider.sees("已裁决并执行", "不能这样操作")
    await chat.pass_(days=4)
    buyer.sees_nothing()
    chat.staff_group.ignores_the_rest()


async def test_silence_of_somebody_who_was_not_reached_is_no_consent(
    chat: Chat, people: tuple[Person, Person], huang: Person
) -> None:
    buyer, provider = people
    await disputed(chat, buyer, provider, 8_000)
    chat.wechat.trouble = WindowClosed("45015")
    await judge([huang], "J88", "退60% 缺对应表")
    chat.everybody_has_read()

    await chat.pass_(days=3)
    assert await held(chat) == PRICE_FEN
    provider.sees("J88", "到 11 月 22 日(周日) 10:00 没人复议")
    await huang.says("待办")
    huang.sees("☎ 要打电话 J88")
    await huang.says("1")
    huang.sees("裁决通知没送达，请致电客户", "11 月 22 日(周日) 10:00 到期")
    chat.wechat.trouble = None
    await buyer.says("复议 J88 我刚看到，不服")
    assert any("复议收到" in message.text for message in buyer.unread), "still in time"

    chat.everybody_has_read()
    assert await held(chat) == PRICE_FEN


async def test_somebody_reached_by_telephone_is_warned(
    chat: Chat, people: tuple[Person, Person], huang: Person
) -> None:
    buyer, provider = people
    await disputed(chat, buyer, provider, 8_000)
    chat.wechat.trouble = WindowClosed("45015")
    await judge([huang], "J88", "退60% 缺对应表")
    await chat.pass_(days=3)
    await huang.says("已联系 J88")
    chat.everybody_has_read()

    await chat.pass_(days=1)

    provider.sees("已裁决并执行")
    chat.everybody_has_read()
    assert await refunded(chat) == 480_000


async def test_a_small_claim_is_decided_by_one_person_at_once(
    chat: Chat, people: tuple[Person, Person], huang: Person
) -> None:
    buyer, provider = people
    dispute = await disputed(chat, buyer, provider, 2_000)
    assert any(
        "如果同事裁决，会马上按裁决分钱，不能撤回，也不能再复议" in text for text in chat.said
    )
    assert any("裁决，不收费" in text for text in chat.said)

    await huang.says(f"判 {dispute} 退50% 各一半")
    huang.sees("如果同事裁决，会马上按裁决分钱，不能撤回，也不能再复议", "确认？")
    await huang.says("确认")
    huang.sees("已执行")
    for person in people:
        person.sees("已裁决并执行", "退客户 ¥1,000")
    await buyer.says(f"复议 {dispute} 不服")
    buyer.sees("小额速裁", "裁决就是最终的")

    assert await refunded(chat) == 100_000


async def test_an_appeal_needs_a_reason_and_a_private_chat(
    chat: Chat, people: tuple[Person, Person], huang: Person
) -> None:
    buyer, provider = people
    await buyer.says("复议")
    buyer.sees("没有等您答复的裁决")
    await ruled(chat, buyer, provider, [huang], 8_000)

    await buyer.says("复议")
    buyer.sees("J88 哪里裁错了", "只有这一次，结果是最终的")
    await buyer.says("费用表的数据是别家公司的，没有看")
    buyer.sees("复议收到")
    provider.sees("对方申请了复议", "费用表的数据")

    chat.staff_group.sees("要复议")
    await provider.says("复议 J88")
    provider.sees("一件申诉只有一次")


async def test_a_ruling_is_nobody_elses_to_accept_or_appeal_against(
    chat: Chat, people: tuple[Person, Person], huang: Person
) -> None:
    buyer, provider = people
    await disputed(chat, buyer, provider, 8_000)
    stranger, rival = chat.buyer("路人"), await chat.provider("周工", "信达科技咨询有限公司")
    await buyer.says("接受 J88")
    buyer.sees("申诉处理中", "不能这样操作")
    await judge([huang], "J88", "退60% 缺对应表")
    chat.everybody_has_read()

    for person in (stranger, rival):
        for words in ("接受 J88", "复议 J88 我也有话说", "复议 J88", "同意 J88"):
            await person.says(words)
            person.sees("没找到申诉 J88")

    assert await held(chat) == PRICE_FEN


@pytest.mark.parametrize("words", ["复议 J999999999999999999 不服", "接受 J999999999999999999"])
async def test_a_number_that_is_none_means_no_other_ruling(
    chat: Chat, people: tuple[Person, Person], huang: Person, words: str
) -> None:
    buyer, provider = people
    await ruled(chat, buyer, provider, [huang], 8_000)

    await buyer.says(words)
    assert buyer.unread, "it is answered"
    buyer.ignores_the_rest()

    assert [step for step, _ in await steps_of(chat, "J88")][-1] == "rule"


async def test_reasons_of_many_lines_are_read_on_one(
    chat: Chat, people: tuple[Person, Person], huang: Person, wang: Person
) -> None:
    buyer, provider = people
    many = "\n".join(f"第{number}条不对" for number in range(1, 9))
    await disputed(chat, buyer, provider, 8_000)
    await judge([huang], "J88", f"退60% {many}")
    provider.sees("理由：第1条不对 第2条不对")
    await buyer.says(f"复议 J88 {many}")
    provider.sees("对方申请了复议：第1条不对 第2条不对")
    await judge([wang], "J88", f"退70% {many}")

    provider.sees("已裁决并执行", "理由：第1条不对 第2条不对")
    chat.everybody_has_read()


async def test_what_is_delivered_twice_counts_once(
    chat: Chat, people: tuple[Person, Person], huang: Person
) -> None:
    buyer, provider = people
    await ruled(chat, buyer, provider, [huang], 8_000)

    for _ in range(2):
        await provider.says("接受 J88", message_id="q-1")
        await buyer.says("接受 J88", message_id="w-1")
    replies = [message.text for message in buyer.unread if "双方都接受了" in message.text]
    assert len(set(replies)) == 1
    chat.everybody_has_read()

    steps = [step for step, _ in await steps_of(chat, "J88")]
    assert steps.count("accept") == 1
    assert steps.count("execute") == 1
    assert await refunded(chat) == 480_000
    assert await chat.runner.read(lambda uow: list(audit(uow.conn))) == []


async def test_a_colleague_with_an_interest_does_not_decide(
    chat: Chat, people: tuple[Person, Person], huang: Person
) -> None:
    buyer, provider = people
    dispute = await disputed(chat, buyer, provider, 8_000)
    firm_id, huang_id = await chat.provider_id(provider), await chat.person_id(huang)
    await chat.runner.run(
        lambda uow: uow.parties.join_provider(huang_id, firm_id, chat.clock.now())
    )

    await huang.says(f"判 {dispute} 不退 我们做得很好")
    huang.sees("小黄要回避", "是这件申诉的一方")

    assert await held(chat) == PRICE_FEN
    assert await chat.balance(provider_payable(firm_id)) == 0


async def test_both_sides_may_add_evidence_to_an_appeal_but_not_to_a_ruling(
    chat: Chat, people: tuple[Person, Person], huang: Person
) -> None:
    buyer, provider = people
    await ruled(chat, buyer, provider, [huang], 8_000)
    await provider.says("补证据 J88 附件二")
    provider.sees("已裁决，还没执行", "不能这样操作")
    await provider.says("复议 J88 附件二没有被看到")
    chat.everybody_has_read()

    chat.clock.advance(timedelta(hours=1))
    await buyer.says("补证据 J88 附件二是空的")
    buyer.sees("已记入 J88")
    await buyer.says("进度 J88")
    buyer.sees("复议中", "材料 1 条", "之后轮到同事裁决")
