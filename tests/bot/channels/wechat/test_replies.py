"""What people see, and that no words of theirs can break it."""

import json
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wechatpy.parser import parse_message

from bot.channels.wechat.documents import Wire, legal, read_document
from bot.channels.wechat.replies import (
    MAX_TEXT_BYTES,
    fits_passively,
    numbered,
    passive_reply,
    shorten,
    shown_text,
)
from handlers.message import Choice, Media, Message
from tests.support.wechat import NOW, OPENID

PUBLISH, CHANGE = Choice("发布", "确认"), Choice("改", "改")


def reply(text: str, wire: Wire = Wire.XML) -> str:
    return passive_reply(text, to=OPENID, sender="gh_kebao", at=NOW, wire=wire)


def test_a_reply_as_xml() -> None:
    assert reply("好的") == (
        f"<xml><ToUserName><![CDATA[{OPENID}]]></ToUserName>"
        "<FromUserName><![CDATA[gh_kebao]]></FromUserName><CreateTime>1790000000</CreateTime>"
        "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[好的]]></Content></xml>"
    )


def test_a_reply_as_json() -> None:
    assert json.loads(reply("好的", Wire.JSON)) == {
        "ToUserName": OPENID,
        "FromUserName": "gh_kebao",
        "CreateTime": 1_790_000_000,
        "MsgType": "text",
        "Content": "好的",
    }


def test_wechatpy_reads_our_reply() -> None:
    assert parse_message(reply("好的")).content == "好的"


# The second strategy meets the dangerous sequences far more often than chance would.
anything = st.text() | st.lists(
    st.sampled_from(["]]>", "]", ">", "<![CDATA[", "</Content>", "&", "\x00", "\r", "专", "\ud800"])
).map("".join)


@settings(deadline=None)
@given(anything)
def test_any_string_round_trips_and_adds_no_element(text: str) -> None:
    document = reply(text)

    root = ElementTree.fromstring(document.encode())
    names = [child.tag for child in root]
    assert names == ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Content"]
    assert (root.findtext("Content") or "") == legal(text)
    ours = read_document(document.encode()).fields
    assert ours["Content"] == legal(text)


@settings(deadline=None)
@given(anything)
def test_any_string_round_trips_as_json(text: str) -> None:
    assert json.loads(reply(text, Wire.JSON).encode())["Content"] == legal(text)


@settings(deadline=None)
@given(st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0xD7FF)))
def test_words_of_people_are_legal_as_they_are(text: str) -> None:
    assert legal(text) == text


def test_choices_are_numbered_on_one_line() -> None:
    assert numbered((PUBLISH, CHANGE)) == "1 发布　2 改"
    assert shown_text(Message("草稿好了。", (PUBLISH, CHANGE))) == "草稿好了。\n1 发布　2 改"
    assert shown_text(Message("草稿好了。", (PUBLISH,)), with_choices=False) == "草稿好了。"


def test_files_are_named_below_the_words() -> None:
    files = (
        Media("file", "https://example.org/r/1", "报告.pdf"),
        Media("file", "2026/11/x", "合同.docx"),
        Media("image", "2026/11/y", "图.png"),
    )

    assert shown_text(Message("已交付。", (PUBLISH,), files)) == (
        "已交付。\n报告.pdf https://example.org/r/1\n合同.docx\n1 发布"
    )
    assert shown_text(Message("", (), files[1:2]), lambda media: f"《{media.name}》") == (
        "《合同.docx》"
    )


def test_pictures_do_not_fit_into_a_passive_reply() -> None:
    assert fits_passively(Message("好", media=(Media("file", "x"),)))
    assert not fits_passively(Message("好", media=(Media("image", "x"),)))


def test_long_text_ends_with_a_sentence_and_keeps_the_choices() -> None:
    shown = shown_text(Message("这是一句话。" * 300, (PUBLISH, CHANGE)))

    assert len(shown.encode()) <= MAX_TEXT_BYTES
    assert shown.endswith("这是一句话。…\n1 发布　2 改")


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("好。", 6, "好。"),
        ("第一句。第二句。", 24, "第一句。第二句。"),
        ("第一句。第二句。", 23, "第一句。…"),
        ("一二，三四五", 15, "一二，…"),
        ("一二三四五", 14, "一二三…"),
        ("好。很长很长很长很长很长的一句", 30, "好。很长很长很长很…"),
    ],
)
def test_where_text_is_cut(text: str, limit: int, short: str) -> None:
    assert shorten(text, limit) == short


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.integers(3, 60))
def test_shortened_text_always_fits(text: str, limit: int) -> None:
    short = shorten(text, limit)

    assert len(short.encode()) <= limit
    assert short == text or short.endswith("…")


@settings(deadline=None)
@given(
    st.text(max_size=3_000),
    st.lists(st.text(max_size=200), max_size=9),
    st.lists(st.text(max_size=300), max_size=5),
)
def test_whatever_is_shown_fits(text: str, labels: list[str], files: list[str]) -> None:
    message = Message(
        text * 3,
        tuple(Choice(label, label) for label in labels),
        tuple(Media("file", "x", name) for name in files),
    )

    assert len(shown_text(message).encode()) <= MAX_TEXT_BYTES
