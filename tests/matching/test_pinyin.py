"""What sounds alike is found alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.text.pinyin import fuzzy, heard_pairs, split


@pytest.mark.parametrize(
    ("spoken", "heard"),
    [
        ("zhi", "zi"), ("chan", "can"), ("sheng", "sen"), ("ning", "lin"), ("ren", "len"),
        ("lin", "lin"), ("yang", "yan"), ("an", "an"),
    ],
)  # fmt: skip
def test_southern_slips_are_one_sound(spoken: str, heard: str) -> None:
    assert fuzzy(spoken) == heard


@pytest.mark.parametrize(
    ("letters", "syllables"),
    [
        ("gaoxin", ["gao", "xin"]),
        ("zhuanli", ["zhuan", "li"]),
        ("shenqing", ["shen", "qing"]),
        ("iso", []),
        ("x", []),
        ("", []),
    ],
)
def test_pinyin_is_split_and_other_latin_is_not(letters: str, syllables: list[str]) -> None:
    assert split(letters) == syllables


@pytest.mark.parametrize(
    "text", ["高新企业", "高薪企业", "gaoxin企业", "gao xin qi ye", "告新起业"]
)
def test_homophones_and_pinyin_are_heard_as_the_term(text: str) -> None:
    assert [sound for sound, _ in heard_pairs(text)] == ["gao'xin", "xin'qi", "qi'ye"]


def test_a_pair_keeps_its_characters_only_where_both_are_written() -> None:
    assert heard_pairs("高xin企业") == [("gao'xin", ""), ("xin'qi", ""), ("qi'ye", "企业")]


def test_what_cannot_be_spoken_parts_the_words() -> None:
    assert heard_pairs("专iso利，高 9 新") == []


@given(st.text(max_size=300))
def test_any_text_is_heard(text: str) -> None:
    assert all("'" in sound for sound, _ in heard_pairs(text.lower()))
