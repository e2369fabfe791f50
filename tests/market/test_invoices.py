"""To whom an invoice may be made out, and how much it says."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.chat.invoices import read_heading
from market.errors import HeadingRefused, NothingToInvoice
from market.invoices import (
    Heading,
    Kind,
    amount_due,
    check_character,
    check_heading,
    is_tax_no,
)
from market.orders import OrderStatus
from tests.market.test_steps import NOW, ORDER

TAX_NO = "91450100MA5K3A4B7" + check_character("91450100MA5K3A4B7")
TITLE = "南宁某某科技有限公司"
LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def test_a_published_code_has_its_check_character() -> None:
    assert is_tax_no("91350100M000100Y43")  # the example of GB 32100-2015
    assert is_tax_no("450100123456789")
    assert not is_tax_no("91350100M000100Y44")
    assert not is_tax_no("91350100M000100I43")
    assert not is_tax_no("9135")


@given(st.text(LETTERS, min_size=17, max_size=17), st.integers(0, 17), st.sampled_from(LETTERS))
def test_one_wrong_character_is_always_noticed(head: str, place: int, other: str) -> None:
    code = head + check_character(head)
    assert is_tax_no(code)
    slip = code[:place] + other + code[place + 1 :]
    assert is_tax_no(slip) == (slip == code)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"抬头 {TITLE} 税号 {TAX_NO}", Heading(Kind.ORDINARY, TITLE, TAX_NO)),
        (f"{TITLE}\n{TAX_NO}", Heading(Kind.ORDINARY, TITLE, TAX_NO)),
        (f"{TITLE}，{TAX_NO.lower()}", Heading(Kind.ORDINARY, TITLE, TAX_NO)),
        (f"税号：{TAX_NO}；公司名称：{TITLE}", Heading(Kind.ORDINARY, TITLE, TAX_NO)),
        ("抬头：韦小燕", Heading(Kind.ORDINARY, "韦小燕")),
        (
            f"抬头 南宁电话设备有限公司 税号 {TAX_NO}",
            Heading(Kind.ORDINARY, "南宁电话设备有限公司", TAX_NO),
        ),
        (f"南宁地址测绘有限公司 {TAX_NO}", Heading(Kind.ORDINARY, "南宁地址测绘有限公司", TAX_NO)),
        (
            f"名称：{TITLE}\n纳税人识别号：{TAX_NO}\n地址、电话：高新区科园大道 1 号 0771-5550000\n"
            "开户行及账号：工行高新支行 4510000000001",
            Heading(
                Kind.ORDINARY,
                TITLE,
                TAX_NO,
                "高新区科园大道 1 号 0771-5550000",
                "工行高新支行 4510000000001",
            ),
        ),
    ],
)
def test_a_heading_is_read_as_people_paste_it(text: str, wanted: Heading) -> None:
    assert read_heading(text, Kind.ORDINARY) == wanted


@pytest.mark.parametrize(
    ("text", "kind", "fields"),
    [
        ("", Kind.ORDINARY, ("title",)),
        (f"抬头 {TITLE} 税号 9145", Kind.ORDINARY, ("tax_no",)),
        (f"抬头 {TITLE}", Kind.SPECIAL, ("tax_no", "address_phone", "bank")),
        (f"抬头 {TITLE} 税号 {TAX_NO} 开户行 工行 1", Kind.SPECIAL, ("address_phone",)),
        ("抬头 " + "长" * 61, Kind.ORDINARY, ("title",)),
    ],
)
def test_what_is_missing_is_named(text: str, kind: Kind, fields: tuple[str, ...]) -> None:
    with pytest.raises(HeadingRefused) as refusal:
        read_heading(text, kind)
    assert refusal.value.fields == fields


@given(st.text(max_size=200))
def test_any_text_is_a_heading_or_refused(text: str) -> None:
    try:
        heading = read_heading(text, Kind.ORDINARY)
    except HeadingRefused:
        return
    assert check_heading(heading) == heading


@pytest.mark.parametrize(
    ("status", "refunded", "due"),
    [
        (OrderStatus.COMPLETED, 0, 3_200_000),
        (OrderStatus.REFUNDED, 1_200_000, 2_000_000),
        (OrderStatus.REFUNDED, 3_200_000, None),
        (OrderStatus.DELIVERED, 0, None),
        (OrderStatus.AWAITING_PAYMENT, 0, None),
    ],
)
def test_an_invoice_says_what_was_paid_and_kept(
    status: OrderStatus, refunded: int, due: int | None
) -> None:
    order = replace(ORDER, status=status, funded_at=NOW)
    if due is None:
        with pytest.raises(NothingToInvoice):
            amount_due(order, refunded)
    else:
        assert amount_due(order, refunded) == due
