"""Contacts are found however they are spelt, and nothing else is taken for one."""

import pytest

from matching import find_contacts, mask_contacts


@pytest.mark.parametrize(
    ("text", "contacts"),
    [
        ("打我13900001111", ["13900001111"]),
        ("139-0000-1111 或 139 0000 2222", ["139-0000-1111", "139 0000 2222"]),
        ("加我微信 一三八 零零一二 三四五六", ["一三八 零零一二 三四五六"]),
        ("幺三九零零零零一一一一", ["幺三九零零零零一一一一"]),
        ("１３９００００１１１１", ["１３９００００１１１１"]),
        ("1️⃣3️⃣9️⃣0️⃣0️⃣0️⃣0️⃣1️⃣1️⃣1️⃣1️⃣", ["1️⃣3️⃣9️⃣0️⃣0️⃣0️⃣0️⃣1️⃣1️⃣1️⃣1️⃣"]),
        ("+86 139 0000 1111", ["+86 139 0000 1111"]),
        ("座机0772-5551234", ["0772-5551234"]),
        ("400-123-4567", ["400-123-4567"]),
        ("发 wang.wu@example.com 谢谢", ["wang.wu@example.com"]),
        ("我QQ 二八六七零零一一", ["二八六七零零一一"]),
        ("qq：12345678", ["12345678"]),
        ("vx: keji_2026", ["keji_2026"]),
    ],
)
def test_a_contact_is_found(text: str, contacts: list[str]) -> None:
    assert list(find_contacts(text)) == contacts


@pytest.mark.parametrize(
    "text",
    [
        "按GB/T 19001认证",
        "专利号 ZL201910123456.7",
        "申请号202610123456789",
        "¥13800",
        "预算13800000000元",
        "报价 D1024 8000 15天",
        "8000 2026-12-10前",
        "O2048 付款",
        "单号20261122000123",
        "2026年11月到2027年3月",
        "统一社会信用代码91450200MA5K123456",
        "1024 我们3万2，15个工作日",
    ],
)
def test_other_numbers_are_no_contact(text: str) -> None:
    assert find_contacts(text) == ()


def test_a_contact_is_covered_and_the_rest_stays() -> None:
    masked = mask_contacts("方案见附件，电话１３９００００１１１１，８折")

    assert masked.text == "方案见附件，电话▇▇▇，８折"
    assert masked.spans == ("１３９００００１１１１",)
