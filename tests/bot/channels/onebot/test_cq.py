"""CQ strings, compared with the two codecs that most bots use."""

import time
from itertools import pairwise

import aiocqhttp
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from nonebot.adapters.onebot.v11 import Message as NonebotMessage
from nonebot.adapters.onebot.v11 import MessageSegment as NonebotSegment

from bot.channels.onebot.cq import Segment, parse_cq, plain_text, read_segments, text, to_cq
from bot.channels.onebot.frames import BrokenFrame, Fields

NAMES = st.text("abcXYZ019_.-", min_size=1, max_size=8)
VALUES = st.text(max_size=20)
CODES = st.builds(
    Segment, NAMES.filter(lambda name: name != "text"), st.dictionaries(NAMES, VALUES)
)
TEXTS = st.builds(text, st.text(min_size=1, max_size=20))
PIECES = st.sampled_from([*"[],=&你", "[CQ:", "CQ:", "at", "qq=1", ",qq=1", "&amp;", "&#91;", " "])


def as_pairs(segments: object) -> list[tuple[str, dict[str, str]]]:
    return [(one.type, dict(one.data)) for one in segments]  # type: ignore[attr-defined]  # three libraries' segments


@pytest.mark.parametrize(
    ("string", "segments"),
    [
        ("", []),
        ("要做商标注册", [text("要做商标注册")]),
        ("[CQ:at,qq=10001] 你好", [Segment("at", {"qq": "10001"}), text(" 你好")]),
        ("看[CQ:face,id=14]看", [text("看"), Segment("face", {"id": "14"}), text("看")]),
        ("&#91;CQ:at,qq=1&#93; A&amp;B", [text("[CQ:at,qq=1] A&B")]),
        ("&amp;#91;", [text("&#91;")]),
        (
            "[CQ:image,file=a.png,url=https://x.cn/?p=1&amp;q=2&#44;3]",
            [Segment("image", {"file": "a.png", "url": "https://x.cn/?p=1&q=2,3"})],
        ),
        ("[CQ:shake]", [Segment("shake")]),
        ("[CQ:shake,]", [Segment("shake")]),
        ("[CQ:at,qq=10001", [text("[CQ:at,qq=10001")]),
        ("[CQ:at qq=10001]", [text("[CQ:at qq=10001]")]),
        (
            "报价 [CQ:at,qq=1[CQ:face,id=2]",
            [text("报价 [CQ:at,qq=1"), Segment("face", {"id": "2"})],
        ),
    ],
)
def test_a_string_is_read_as_segments(string: str, segments: list[Segment]) -> None:
    assert list(parse_cq(string)) == segments


@given(st.lists(CODES | TEXTS, max_size=6))
def test_what_is_written_is_read_again(segments: list[Segment]) -> None:
    assume(not any(one.type == next_.type == "text" for one, next_ in pairwise(segments)))

    assert list(parse_cq(to_cq(segments))) == segments


@given(st.lists(CODES | TEXTS, max_size=6))
def test_others_read_what_we_write(segments: list[Segment]) -> None:
    written, ours = to_cq(segments), as_pairs(parse_cq(to_cq(segments)))

    assert as_pairs(NonebotMessage(written)) == ours
    assert as_pairs(aiocqhttp.Message(written)) == ours


@given(st.lists(CODES | TEXTS, max_size=6))
def test_we_read_what_others_write(segments: list[Segment]) -> None:
    theirs = NonebotMessage([NonebotSegment(one.type, dict(one.data)) for one in segments])

    assert as_pairs(parse_cq(str(theirs))) == as_pairs(NonebotMessage(str(theirs)))


@given(st.lists(PIECES, max_size=14).map("".join))
def test_odd_strings_are_read_as_others_read_them(string: str) -> None:
    # They allow a raw bracket inside a parameter. No writer leaves one there, and allowing it
    # makes a frame full of unclosed codes take minutes.
    theirs = as_pairs(NonebotMessage(string))
    assume(
        not any("[" in value for kind, data in theirs if kind != "text" for value in data.values())
    )

    assert as_pairs(parse_cq(string)) == theirs == as_pairs(aiocqhttp.Message(string))


@given(st.text())
def test_plain_text_survives(string: str) -> None:
    assert plain_text(parse_cq(to_cq([text(string)]))) == string


@pytest.mark.parametrize("piece", ["[CQ:a,b=", "[CQ:", "[CQ:a", "[", "[CQ:a,b=c,", "[CQ:a]"])
def test_a_frame_full_of_codes_is_read_in_no_time(piece: str) -> None:
    began = time.perf_counter()

    parse_cq(piece * (500_000 // len(piece)))

    assert time.perf_counter() - began < 2


def test_an_array_is_read_with_numbers_as_text() -> None:
    raw = [
        {"type": "at", "data": {"qq": 10001}},
        {"type": "text", "data": {"text": "[CQ:at,qq=all]"}},
        {"type": "image", "data": {"file": "a.png", "sub": {"x": 1}, "flash": True, "none": None}},
        {"type": "shake"},
        {"type": "dice", "data": None},
    ]

    assert read_segments(Fields({"message": raw})) == (
        Segment("at", {"qq": "10001"}),
        text("[CQ:at,qq=all]"),
        Segment("image", {"file": "a.png", "flash": "1"}),
        Segment("shake"),
        Segment("dice"),
    )


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (None, "message"),
        (5, "message"),
        ({"type": "text"}, "message"),
        (["你好"], "message[0]"),
        ([{"type": "text", "data": {"text": "好"}}, {"type": 7}], "message[1].type"),
        ([{"data": {}}], "message[0].type"),
        ([{"type": "text", "data": {"text": 1}}], "message[0].data.text"),
        ([{"type": "text", "data": []}], "message[0].data"),
    ],
)
def test_a_broken_array_names_the_field(message: object, field: str) -> None:
    with pytest.raises(BrokenFrame) as broken:
        read_segments(Fields({"message": message}))

    assert broken.value.field == field
