"""创新券 and mixed checkout: asked for, granted with two keys, used, spent, given back, over."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text

from market.invoices import check_character
from market.ledger import escrow, provider_payable, refund_payable
from market.programmes import Programme, budget, funds, promise, voucher_account
from market.vouchers import VOUCHER
from storage.audit import audit
from storage.unit_of_work import UnitOfWork
from tests.handlers.test_refunds_and_payouts import audited
from tests.support.chat import STAFF_ROOM, Chat, Person
from tests.support.deals import agreed, both_accept
from tests.support.programmes import (
    FIRM,
    FIRM_CODE,
    SUBSIDY,
    VOUCHERS,
    granted,
    paid_in,
    register,
)
from tests.support.watching import promised, watched

PRICE = 42_000


@pytest.fixture
async def staff(chat: Chat) -> tuple[Person, Person]:
    return await chat.staff("小黄"), await chat.staff("王主任")


async def balances(chat: Chat, *numbers: str) -> dict[str, int]:
    """What is left of the programme and of these vouchers, in yuan."""
    accounts = {"budget": budget("LZ-CXQ"), "funds": funds("LZ-CXQ"), "promise": promise("LZ-CXQ")}
    accounts |= {no: voucher_account(int(no[1:])) for no in numbers}
    return {name: await chat.balance(account) // 100 for name, account in accounts.items()}


async def pays(chat: Chat, buyer: Person) -> None:
    await buyer.says("在线支付")
    await chat.pay(buyer.sees_among("/sandbox/pay/").split("/sandbox/pay/")[1].split()[0])


async def test_an_order_is_paid_by_a_voucher_and_in_money(
    chat: Chat, people: tuple[Person, Person], staff: tuple[Person, Person]
) -> None:
    """Dialogue E9: four kinds of money side by side, and what each rests on."""
    buyer, provider = people
    await register(chat, VOUCHERS, SUBSIDY)
    await paid_in(chat, staff, "LZ-CXQ", 300_000)
    number = await granted(chat, buyer, staff, 12_000)
    await agreed(chat, buyer, provider, PRICE)

    await buyer.says("这单能不能政府报销一部分")
    buyer.sees(
        f"1 柳州市科技创新券（{number}）：本单抵 ¥12,000，2026 年 12 月 20 日(周日)前用",
        "高企认定后补助（后补助，先付后补）：做完另行申请，最多 ¥9,000",
        "应付 ¥42,000 = 创新券 ¥12,000 + 自付 ¥30,000（其中 ¥9,000 日后可申请后补助）",
        "2 只用现金　3 看依据",
    )
    await buyer.says("3")
    buyer.sees(
        "柳科规〔2026〕3 号 https://kjj.example/cxq", "桂科高字〔2026〕8 号", "拿不准回“人工”"
    )
    await buyer.says("用券 O2048")
    buyer.sees(
        f"应付 ¥42,000 = 创新券 {number} ¥12,000 + 自付 ¥30,000",
        "付到才核销",
        "O2048 高新技术企业培育服务与认定咨询，应付 ¥30,000",
        "1 在线支付　2 对公转账",
    )
    assert await balances(chat, number) == {
        "budget": 488_000, "funds": 300_000, "promise": -500_000, number: 12_000,
    }  # fmt: skip
    await pays(chat, buyer)
    buyer.sees("O2048 已付 ¥30,000，财政资金 ¥12,000 同时到位", "都在托管里")
    provider.sees("¥42,000 已托管，其中财政资金 ¥12,000", "开工 O2048")
    assert await chat.balance(escrow("O2048")) == PRICE * 100
    assert await balances(chat, number) == {
        "budget": 488_000, "funds": 288_000, "promise": -488_000, number: 0,
    }  # fmt: skip

    for person, words in (
        (provider, "开工"),
        (provider, "交付 O2048 申报书齐了"),
        (buyer, "验收 O2048"),
    ):
        await person.says(words)
    chat.everybody_has_read()
    await buyer.says("确认")
    buyer.sees("这单能申请 高企认定后补助（最多 ¥9,000", "申请补助 O2048", "已完成")
    provider.ignores_the_rest()
    fee = PRICE * 6  # 6 %, in fen
    earned = provider_payable(await chat.provider_id(provider))
    assert await chat.balance(earned) == PRICE * 100 - fee
    assert await audited(chat) == []


async def test_cancelling_gives_everything_back_to_where_it_came_from(
    chat: Chat, people: tuple[Person, Person], staff: tuple[Person, Person]
) -> None:
    buyer, provider = people
    await register(chat, VOUCHERS)
    await paid_in(chat, staff, "LZ-CXQ", 300_000)
    number = await granted(chat, buyer, staff, 15_000)
    await agreed(chat, buyer, provider, PRICE)
    await buyer.says("用券")
    buyer.sees("创新券", "¥15,000 + 自付 ¥27,000")
    await pays(chat, buyer)
    chat.everybody_has_read()

    await buyer.says("取消 O2048")
    buyer.sees("全额退给您（其中财政资金按比例退回原处，可以再用）")
    await buyer.says("确认")
    buyer.sees("退款中：应退 ¥27,000", "财政资金 ¥15,000 已退回原处")
    chat.everybody_has_read()

    assert await balances(chat, number) == {
        "budget": 485_000, "funds": 300_000, "promise": -500_000, number: 15_000,
    }  # fmt: skip
    assert await chat.balance(refund_payable("O2048")) == 2_700_000
    await buyer.says("创新券")
    buyer.sees(f"{number} 柳州市科技创新券：剩 ¥15,000")
    assert await audited(chat) == []


async def test_a_ruling_divides_public_money_in_proportion(
    chat: Chat, people: tuple[Person, Person], staff: tuple[Person, Person]
) -> None:
    buyer, provider = people
    await register(chat, VOUCHERS)
    await paid_in(chat, staff, "LZ-CXQ", 300_000)
    number = await granted(chat, buyer, staff, 3_000)
    await agreed(chat, buyer, provider, 8_000)
    await buyer.says("用券")
    await pays(chat, buyer)
    await provider.says("开工")
    await provider.says("交付 O2048 申报书齐了")
    await buyer.says("申诉 O2048 缺知识产权对应表，费用表是别家公司的数据")
    await buyer.says("确认")
    chat.everybody_has_read()
    await staff[0].says("判 J88 退60% 缺对应表")
    staff[0].sees("客户退 ¥4,800（其中财政资金 ¥1,800 退回原处），服务商得 ¥3,008")
    await staff[0].says("确认")
    chat.everybody_has_read()
    assert (await balances(chat, number))[number] == 0, "a ruling waits for its appeal"
    await both_accept(buyer, provider, "J88")
    chat.everybody_has_read()

    assert await chat.balance(refund_payable("O2048")) == 300_000
    assert (await balances(chat, number))[number] == 1_800
    await buyer.says("进度 O2048")
    buyer.sees("应退 ¥3,000", "另退回财政资金 ¥1,800")
    assert await audited(chat) == []


async def test_before_paying_a_voucher_can_be_left_and_an_old_payment_is_void(
    chat: Chat, people: tuple[Person, Person], staff: tuple[Person, Person]
) -> None:
    buyer, provider = people
    await register(chat, VOUCHERS)
    await paid_in(chat, staff, "LZ-CXQ", 300_000)
    number = await granted(chat, buyer, staff, 12_000)
    await agreed(chat, buyer, provider, PRICE)
    await buyer.says("付款 O2048")
    buyer.sees("3 用创新券抵 ¥12,000")
    await buyer.says("1")
    old = buyer.sees("¥42,000", "/sandbox/pay/").split("/sandbox/pay/")[1].split()[0]

    await buyer.says("用券 O2048")
    buyer.sees("自付 ¥30,000")
    with pytest.raises(Exception, match="settle"):
        await chat.pay(old)
    await buyer.says("用券 O2048")
    buyer.sees("O2048", "不能这样操作")
    await buyer.says("不用券 O2048")
    buyer.sees("占着的额度已放回，应付 ¥42,000")
    await buyer.says("用券")
    buyer.sees("自付 ¥30,000")
    await chat.pass_(hours=49)  # nobody pays
    chat.everybody_has_read()

    assert await balances(chat, number) == {
        "budget": 488_000, "funds": 300_000, "promise": -500_000, number: 12_000,
    }  # fmt: skip
    assert await audited(chat) == []


async def test_a_transfer_that_a_colleague_has_entered_is_not_made_another_sum(
    chat: Chat, people: tuple[Person, Person], staff: tuple[Person, Person]
) -> None:
    buyer, provider = people
    await register(chat, VOUCHERS)
    await paid_in(chat, staff, "LZ-CXQ", 300_000)
    await granted(chat, buyer, staff, 12_000)
    await agreed(chat, buyer, provider, PRICE)
    await buyer.says("对公转账")
    await staff[0].says(f"收款 O2048 {PRICE}")
    chat.everybody_has_read()

    await buyer.says("用券 O2048")

    buyer.sees("转账已由同事录入", "付款方式不能再变")


@pytest.mark.parametrize(
    ("programme", "paid_in_yuan", "why"),
    [
        (replace(VOUCHERS, services=("09",)), 300_000, "不适用这一单的服务、地区或金额"),
        (replace(VOUCHERS, regions=("桂林",)), 300_000, "不适用这一单的服务、地区或金额"),
        (replace(VOUCHERS, least_fen=5_000_000), 300_000, "不适用这一单的服务、地区或金额"),
        (VOUCHERS, 0, "财政款还没拨到"),
    ],
)
async def test_why_a_voucher_cannot_be_used_is_said(
    chat: Chat,
    people: tuple[Person, Person],
    staff: tuple[Person, Person],
    programme: Programme,
    paid_in_yuan: int,
    why: str,
) -> None:
    buyer, provider = people
    await register(chat, programme)
    if paid_in_yuan:
        await paid_in(chat, staff, "LZ-CXQ", paid_in_yuan)
    await granted(chat, buyer, staff, 12_000)
    await agreed(chat, buyer, provider, PRICE)

    await buyer.says("用券 O2048")

    buyer.sees("O2048 抵不了", why)


async def test_granting_takes_two_colleagues_and_keeps_within_its_limits(
    chat: Chat, people: tuple[Person, Person], staff: tuple[Person, Person]
) -> None:
    buyer, _ = people
    huang, wang = staff
    await register(chat, VOUCHERS)
    await buyer.says("我的券")
    buyer.sees("还没有创新券", "申请创新券")
    await buyer.says("申请创新券")
    buyer.sees("企业名称和统一社会信用代码")
    await buyer.says(f"{FIRM} 91450200MA5N000009")
    buyer.sees("抄错一位就不对")
    await buyer.says(f"{FIRM}，{FIRM_CODE}")
    buyer.sees(FIRM, FIRM_CODE, "每家最多 ¥15,000", "确认？")
    await buyer.says("确认")
    buyer.sees("Q7731 已提交")
    await buyer.says(f"申请创新券 {VOUCHERS.code}")
    await buyer.says(f"{FIRM} {FIRM_CODE}")
    await buyer.says("确认")
    buyer.sees_among("Q7731 已经在审核了")
    buyer.ignores_the_rest()

    await huang.says("待办")
    huang.sees("创新券待审 Q7731")
    await wang.says("确认发券 Q7731")
    wang.sees("还没有人录入")
    await huang.says("发券 Q7731")
    huang.sees("发多少")
    await huang.says("发券 Q7731 三千块")
    huang.sees("发多少")
    await huang.says("发券 Q7731 15001")
    huang.sees("最多还能发 ¥15,000")
    await huang.says("发券 Q7731 15000", room=STAFF_ROOM)
    huang.sees("拟发 ¥15,000", "确认发券 Q7731")
    assert "15,000" not in chat.staff_group.sees("Q7731 有同事拟发创新券", "确认发券 Q7731")
    await huang.says("确认发券 Q7731")
    huang.sees("第二位同事")
    await wang.says("确认发券 Q7731")
    wang.sees("已发 ¥15,000")
    buyer.sees("Q7731 批了", "¥15,000", "每单最多抵 50%")
    await wang.says("确认发券 Q7731")
    wang.sees("Q7731 现在可用", "不能这样操作")

    await buyer.says("申请创新券")
    await buyer.says(f"{FIRM} {FIRM_CODE}")
    await buyer.says("确认")
    buyer.sees_among("贵司的额度已经发满")
    buyer.ignores_the_rest()
    await huang.says("财政资金")
    huang.sees("LZ-CXQ 柳州市科技创新券：额度余 ¥485,000", "到账未用 ¥0")
    assert await audited(chat) == []


async def test_a_request_is_refused_with_a_reason(
    chat: Chat, people: tuple[Person, Person], staff: tuple[Person, Person]
) -> None:
    buyer, _ = people
    await register(chat, VOUCHERS)
    await buyer.says("申请创新券")
    await buyer.says(f"{FIRM} {FIRM_CODE}")
    await buyer.says("确认")
    buyer.ignores_the_rest()
    await staff[0].says("不发券 Q7731")
    staff[0].sees("写明原因")
    await staff[0].says("不发券 Q7731 材料缺研发费用说明")
    staff[0].sees("没批")
    buyer.sees("Q7731 没批：材料缺研发费用说明")
    await buyer.says("创新券")
    buyer.sees("没批（材料缺研发费用说明）")
    await buyer.says("导出我的数据")
    buyer.sees("另有 1 张创新券。")
    await buyer.says("发券 Q7731 100")
    assert "Q7731" not in buyer.unread[-1].text or "同事" in buyer.unread[-1].text
    buyer.ignores_the_rest()


async def test_a_voucher_is_over_on_its_day_and_what_comes_back_later_too(
    chat: Chat, people: tuple[Person, Person], staff: tuple[Person, Person]
) -> None:
    buyer, provider = people
    await register(chat, replace(VOUCHERS, ends_on=date(2026, 12, 4)))
    await paid_in(chat, staff, "LZ-CXQ", 300_000)
    number = await granted(chat, buyer, staff, 15_000)
    await agreed(chat, buyer, provider, 8_000)
    await buyer.says("用券")
    await pays(chat, buyer)
    chat.everybody_has_read()
    await buyer.says("在吗")
    chat.everybody_has_read()
    assert (await balances(chat, number))[number] == 11_000

    await chat.pass_(days=3)
    chat.everybody_has_read()
    await chat.pass_(days=14)
    await buyer.says("待办")
    assert any("11,000" in message.text for message in buyer.unread)
    chat.everybody_has_read()
    assert (await balances(chat, number))[number] == 0
    await buyer.says("取消 O2048")
    await buyer.says("确认")
    chat.everybody_has_read()

    assert await balances(chat, number) == {
        "budget": 500_000, "funds": 300_000, "promise": -500_000, number: 0,
    }  # fmt: skip
    assert await audited(chat) == []


async def test_its_table_tells_who_hears_of_it_and_what_moves(
    chat: Chat, staff: tuple[Person, Person]
) -> None:
    watch = watched(chat)
    await register(chat, VOUCHERS)
    for number, words in enumerate(((), ("发券 {no} 100",), ("发券 {no} 100", "确认发券 {no}"))):
        buyer = chat.buyer(f"客户{number}")
        await buyer.says("申请创新券")
        await buyer.says(f"{FIRM}{number} {tax_no(number)}")
        await buyer.says("确认")
        no = f"Q{7731 + number}"
        for colleague, said in zip(staff, words, strict=False):
            await colleague.says(said.format(no=no))
        if len(words) < 2:
            await staff[0].says(f"不发券 {no} 材料不全")
    await chat.pass_(days=40)
    chat.everybody_has_read()

    assert watch.seen() == promised((VOUCHER,))


def tax_no(number: int) -> str:
    head = f"91450200MA5N{number:05}"
    return head + check_character(head)


async def test_the_words_work_only_for_whom_they_are(
    chat: Chat, people: tuple[Person, Person], staff: tuple[Person, Person]
) -> None:
    buyer, provider = people
    await register(chat, VOUCHERS)
    await buyer.says("确认拨款 LZ-CXQ")
    buyer.sees("在岗同事")
    await staff[0].says("拨款 LZ-CXQ")
    staff[0].sees("到了多少")
    await staff[0].says("拨款 NO-SUCH 5")
    staff[0].sees("没找到NO-SUCH")
    await staff[0].says("拨款 LZ-CXQ 5")
    staff[0].sees("¥5 已录入")
    await staff[1].says("拨款 LZ-CXQ 6")
    staff[1].sees("另一笔拨款在等第二位同事")
    chat.staff_group.ignores_the_rest()
    await staff[0].says("确认拨款 LZ-CXQ")
    staff[0].sees("第二位同事")
    await agreed(chat, buyer, provider, PRICE)
    other = chat.buyer("小覃")
    await other.says("用券 O2048")
    other.sees("没找到")
    await buyer.says("用 Q7731")
    buyer.sees("没找到创新券 Q7731")
    await buyer.says("能用券吗")
    buyer.sees("柳州市科技创新券：可以申请，最多抵成交价的 50%")
    await buyer.says("1")
    buyer.sees("企业名称")


async def test_the_audit_finds_public_money_that_was_touched(
    chat: Chat, people: tuple[Person, Person], staff: tuple[Person, Person]
) -> None:
    buyer, provider = people
    await register(chat, VOUCHERS)
    await paid_in(chat, staff, "LZ-CXQ", 300_000)
    await granted(chat, buyer, staff, 12_000)
    await agreed(chat, buyer, provider, PRICE)
    await buyer.says("用券")
    chat.everybody_has_read()
    assert await audited(chat) == []
    for touch, found in (
        ("UPDATE orders SET public_fen = public_fen - 1", "O2048: public part"),
        ("UPDATE public_parts SET status = 'spent'", "O2048: public part"),
        ("UPDATE vouchers SET amount_fen = amount_fen + 1", "Q7731:granted: amount"),
        ("UPDATE programmes SET budget_fen = budget_fen + 1", "LZ-CXQ: budget"),
        ("UPDATE appropriations SET amount_fen = amount_fen + 1", "LZ-CXQ/1:appropriated: amount"),
        ("DELETE FROM deadlines WHERE kind = 'voucher_lapses'", "Q7731: deadline when granted"),
    ):
        assert found in await audited_after(chat, touch)
    assert await audited(chat) == []


class _Undo(Exception):
    pass


async def audited_after(chat: Chat, touch: str) -> list[str]:
    """What the audit would find if somebody did this by hand; it is not done."""
    found: list[str] = []

    def look(uow: UnitOfWork) -> None:
        uow.conn.execute(text(touch))
        found.extend(f"{one.subject}: {one.what}" for one in audit(uow.conn))
        raise _Undo

    with pytest.raises(_Undo):
        await chat.runner.run(look)
    return found
