"""One spelling for every way of typing the same."""

import pytest

from matching.text.normalize import command, fold, normalize


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ＩＳＯ９００１　认证", "ISO9001 认证"),
        ("高新技術企業認定", "高新技术企业认定"),
        ("[CQ:at,qq=123] 专利\u200b申请👍🎉", "专利申请"),
        ("  查新\n\n报告。。。", "查新 报告"),
        ("1️⃣", "1"),
        ("「好的」", "好的"),
        ("🙏", ""),
    ],
)
def test_every_spelling_becomes_the_same(written: str, meant: str) -> None:
    assert normalize(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("验受 o-2048", "验收 O2048"),
        ("待半", "待办"),
        ("报介 d 1024 8k", "报价 D1024 8K"),
        ("确人", "确认"),
        ("選A D－1024", "选A D1024"),
        ("  积份  ", "积分"),
    ],
)
def test_slips_of_command_words_are_mended(written: str, meant: str) -> None:
    assert command(normalize(written)) == meant


def test_a_word_that_only_begins_like_a_slip_is_left_alone() -> None:
    assert command(normalize("代办专利")) == "代办专利"


def test_a_span_leads_back_to_the_exact_original() -> None:
    folded = fold("預算３．５万👍左右")
    start = folded.text.index("3.5万")

    assert folded.original(start, start + 4) == "３．５万"


def test_a_lone_surrogate_is_dropped() -> None:
    assert normalize("专利\ud83d申请") == "专利申请"
