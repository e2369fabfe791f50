"""Forbidden promises are found and replaced; honest words are left alone."""

import pytest

from market.demands import Terms
from market.moderation import Doubt, completeness, doubts, reworded


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("专利布局，要求保证授权", "保证授权"),
        ("高企认定，包过", "包过"),
        ("高企认定 保过的来", "保过"),
        ("商标注册包下证", "包下证"),
        ("必须保证通过", "保证通过"),
        ("不过退款", "不过退款"),
        ("最好有内部关系", "有内部关系"),
    ],
)
def test_a_forbidden_promise_is_found_and_replaced(text: str, words: str) -> None:
    terms = Terms(title="认定", text=text, details=(text,))

    (doubt,) = doubts(terms)
    after = reworded(terms)

    assert doubt.words == words
    assert after.text == text.replace(words, doubt.instead)
    assert after.details == (after.text,)
    assert doubts(after) == ()


@pytest.mark.parametrize(
    "text",
    [
        "打包过程中的包装检测",
        "承包过市政工程",
        "包过滤网的材质检测",
        "确保过程留痕",
        "保证金多少",
        "环保过滤设备检测",
        "专利授权后的年费代缴",
        "检测通过了才付款",
        "产学研关系协调",
    ],
)
def test_honest_words_are_left_alone(text: str) -> None:
    terms = Terms(title="检测", text=text)

    assert doubts(terms) == ()
    assert reworded(terms) is terms


def test_several_promises_are_told_in_their_order_and_once() -> None:
    terms = Terms(title="专利", text="包下证，保证授权，一定要包下证")

    assert [doubt.words for doubt in doubts(terms)] == ["包下证", "保证授权"]
    assert Doubt("保证授权", "提交并答复审查意见") in doubts(terms)


def test_completeness_counts_what_providers_ask_about() -> None:
    assert completeness(Terms(title="x", text="x")) == 0
    assert completeness(Terms(title="x", text="x", service_code="A1", region="广西|柳州")) == 40
