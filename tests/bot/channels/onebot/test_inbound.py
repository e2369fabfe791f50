"""Events of implementations become inbound messages."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.onebot.frames import BrokenFrame, Fields
from bot.channels.onebot.inbound import normal_name, read_event
from handlers.message import Inbound, Kind, Media, Place
from tests.support.onebot import AT, BOT, OTHER_BOT, PERSON, ROOM, event, group, private, segment

CALL = segment("at", qq=BOT)


def read(raw: dict[str, object], *, ours: tuple[str, ...] = (BOT,)) -> Inbound | None:
    return read_event(Fields(raw), ours=ours)


def said(raw: dict[str, object], *, ours: tuple[str, ...] = (BOT,)) -> Inbound:
    inbound = read(raw, ours=ours)
    assert inbound is not None
    return inbound


@pytest.mark.parametrize(
    "message", ["想注册商标 &amp; 版权", [segment("text", text="想注册商标 & 版权")]]
)
def test_a_private_message_is_always_meant_for_us(message: object) -> None:
    assert said(private(message)) == Inbound(
        channel="onebot",
        message_id=f"{BOT}:311",
        account=PERSON,
        kind=Kind.TEXT,
        sent_at=datetime.fromtimestamp(AT, UTC),
        text="想注册商标 & 版权",
        via=BOT,
        addressed=True,
        nickname="小林",
    )


@pytest.mark.parametrize("number", [int, str])
def test_numbers_may_be_sent_as_text(number: type) -> None:
    raw = group("在吗", user_id=number(PERSON), group_id=number(ROOM), message_id=number(-5))

    inbound = said(raw | {"self_id": number(BOT), "time": number(AT)})

    assert (inbound.account, inbound.room, inbound.via) == (PERSON, ROOM, BOT)
    assert inbound.message_id == f"{BOT}:-5"


def test_group_talk_is_not_meant_for_us() -> None:
    inbound = said(group("报价 D1024 32000 15天"))

    assert (inbound.room, inbound.addressed) == (ROOM, False)


@pytest.mark.parametrize(
    "message",
    [
        [CALL, segment("text", text=" 报价 D1024 8k")],
        [segment("at", qq=int(BOT)), segment("text", text=" 报价 D1024 8k ")],
        f"[CQ:at,qq={BOT}] 报价 D1024 8k",
        [segment("text", text="报价 D1024 8k "), CALL],
    ],
)
def test_calling_the_bot_addresses_it_and_is_no_part_of_the_text(message: object) -> None:
    inbound = said(group(message))

    assert (inbound.addressed, inbound.text) == (True, "报价 D1024 8k")


@pytest.mark.parametrize("called", ["all", "30003", OTHER_BOT])
def test_calling_others_or_everybody_does_not_address_us(called: str) -> None:
    inbound = said(group([segment("at", qq=called), segment("text", text="看一下")]))

    assert (inbound.addressed, inbound.text, inbound.kind) == (False, "看一下", Kind.TEXT)


def test_calling_the_bot_without_a_word_is_text() -> None:
    inbound = said(group([CALL]))

    assert (inbound.addressed, inbound.kind, inbound.text) == (True, Kind.TEXT, "")


def test_words_that_look_like_a_call_are_words() -> None:
    inbound = said(group([segment("text", text=f"[CQ:at,qq={BOT}] 在吗")]))

    assert (inbound.addressed, inbound.text) == (False, f"[CQ:at,qq={BOT}] 在吗")


@pytest.mark.parametrize("quoted", [901, "901"])
def test_a_quotation_names_what_was_quoted_as_its_receipt_did(quoted: object) -> None:
    inbound = said(private([segment("reply", id=quoted), segment("text", text="就这个")]))

    assert (inbound.quoted_id, inbound.text) == (f"{BOT}:901", "就这个")


@pytest.mark.parametrize(
    ("part", "kind", "media"),
    [
        (
            segment("image", file="A1.png", url="https://pic.example.cn/A1?x=1", file_size="9"),
            Kind.IMAGE,
            Media("image", "https://pic.example.cn/A1?x=1", "A1.png"),
        ),
        (segment("record", file="b.amr"), Kind.VOICE, Media("voice", "b.amr", "b.amr")),
        (segment("video", file="c.mp4", url=""), Kind.VIDEO, Media("video", "c.mp4", "c.mp4")),
        (
            segment("file", file="../../专利 初稿.docx", file_id="/f-77"),
            Kind.FILE,
            Media("file", "/f-77", "专利 初稿.docx"),
        ),
        (
            segment("image", file="https://pic.example.cn/d"),
            Kind.IMAGE,
            Media("image", "https://pic.example.cn/d"),
        ),
    ],
)
def test_pictures_and_files_are_media(part: object, kind: Kind, media: Media) -> None:
    alone, with_words = said(private([part])), said(private([part, segment("text", text="看图")]))

    assert (alone.kind, alone.media) == (kind, (media,))
    assert (with_words.kind, with_words.text, with_words.media) == (Kind.TEXT, "看图", (media,))


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        (segment("share", url="https://example.cn", title="x"), Kind.LINK),
        (segment("json", data="{}"), Kind.LINK),
        (segment("face", id="14"), Kind.OTHER),
        (segment("dice"), Kind.OTHER),
    ],
)
def test_what_says_nothing_has_a_kind_of_its_own(part: object, kind: Kind) -> None:
    assert said(private([part])).kind is kind


def test_a_location_is_a_place() -> None:
    inbound = said(private([segment("location", lat="30.27", lon=120.15, title="城西科创")]))

    assert (inbound.kind, inbound.place) == (Kind.LOCATION, Place(30.27, 120.15, "城西科创"))


def test_the_card_goes_before_the_nickname() -> None:
    card = {"user_id": 1, "nickname": "abc", "card": "华知\u200b王工"}

    assert said(group("好", sender=card)).nickname == "华知王工"
    assert said(group("好", sender=card | {"card": "\u3164\u200d"})).nickname == "abc"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("小\u202e林\u2066", "小林"),
        ("  管\x00理\n员\t ", "管理 员"),
        ("\ufeff\u2800\u115f", ""),
        ("长" * 90, "长" * 32),
    ],
)
def test_names_show_nothing_invisible(name: str, shown: str) -> None:
    assert normal_name(name) == shown


@given(st.text())
def test_a_normal_name_is_normal(name: str) -> None:
    assert normal_name(normal_name(name)) == normal_name(name)


@pytest.mark.parametrize("bots", [(BOT,), (BOT, OTHER_BOT)])
def test_a_number_of_the_group_names_the_message_for_every_bot(bots: tuple[str, ...]) -> None:
    here = group("好", message_id=1, message_seq=1, real_seq="4711")
    there = here | {"self_id": int(OTHER_BOT), "message_id": 2, "message_seq": 2}
    elsewhere = group("好", message_id=3, message_seq=4711)

    ids = {said(raw, ours=bots).message_id for raw in (here, there, elsewhere)}

    assert ids == {f"{ROOM}:{PERSON}:4711"}


def test_a_sequence_that_repeats_the_message_id_is_no_number_of_the_group() -> None:
    assert said(group("好", message_id=8, message_seq=8)).message_id == f"{BOT}:8"
    assert said(group("好", message_id=8, message_seq=0)).message_id == f"{BOT}:8"


def test_two_bots_without_numbers_hear_one_message() -> None:
    ours = (BOT, OTHER_BOT)
    here = group([CALL, segment("text", text="有人吗")])
    there = here | {"self_id": int(OTHER_BOT), "message_id": 999}

    first, second = said(here, ours=ours), said(there, ours=ours)

    assert first == second  # the one that was called answers, whoever brings the message
    assert (first.via, first.addressed) == (BOT, True)
    later = said(here | {"time": AT + 1}, ours=ours)
    other = said(group("没人"), ours=ours)
    assert len({first.message_id, later.message_id, other.message_id}) == 3


def test_a_private_message_is_named_by_its_bot_even_with_two() -> None:
    assert said(private("好", real_seq="1"), ours=(BOT, OTHER_BOT)).message_id == f"{BOT}:311"


@pytest.mark.parametrize(
    "raw",
    [
        private("我说的", user_id=int(BOT)),
        group("另一个我说的", user_id=int(OTHER_BOT)),
        private("我说的") | {"post_type": "message_sent"},
        group("匿名", user_id=80_000_000, sub_type="anonymous"),
        private("频道", message_type="guild"),
        event("meta_event", meta_event_type="lifecycle", sub_type="connect"),
        event("notice", notice_type="group_recall", group_id=1, user_id=2, message_id=3),
        event("notice", notice_type="group_decrease", sub_type="kick", group_id=1, user_id=2),
        event("notice", notice_type="group_upload", group_id=1, user_id=int(BOT), file={"id": "x"}),
        event("of_the_future", user_id=1),
    ],
)
def test_our_own_words_and_what_concerns_nobody_are_ignored(raw: dict[str, object]) -> None:
    assert read(raw, ours=(BOT, OTHER_BOT)) is None


def test_a_file_in_the_group_is_a_file_in_the_room() -> None:
    file = {"id": "/a-b-c", "name": "营业执照.pdf", "size": 5, "busid": 102}

    inbound = said(
        event("notice", notice_type="group_upload", group_id=int(ROOM), user_id=2, file=file)
    )

    assert (inbound.kind, inbound.room, inbound.account) == (Kind.FILE, ROOM, "2")
    assert inbound.media == (Media("file", "/a-b-c", "营业执照.pdf"),)
    assert (inbound.addressed, inbound.event) == (False, "group_upload")


def test_a_private_file_is_meant_for_us() -> None:
    file = {"name": "方案.docx", "size": 5, "url": "https://file.example.cn/1"}

    inbound = said(event("notice", notice_type="offline_file", user_id=int(PERSON), file=file))

    assert (inbound.kind, inbound.room, inbound.addressed) == (Kind.FILE, None, True)
    assert inbound.media == (Media("file", "https://file.example.cn/1", "方案.docx"),)


def test_a_new_friend_has_subscribed() -> None:
    inbound = said(event("notice", notice_type="friend_add", user_id=int(PERSON)))

    assert (inbound.kind, inbound.account, inbound.via) == (Kind.SUBSCRIBE, PERSON, BOT)


def test_being_removed_from_a_group_is_a_notice() -> None:
    inbound = said(
        event(
            "notice",
            notice_type="group_decrease",
            sub_type="kick_me",
            group_id=int(ROOM),
            user_id=int(BOT),
            operator_id=30003,
        )
    )

    assert (inbound.kind, inbound.event) == (Kind.NOTICE, "group_decrease.kick_me")
    assert (inbound.room, inbound.account) == (ROOM, "30003")


def test_a_request_is_a_notice_with_its_flag() -> None:
    inbound = said(
        event(
            "request",
            request_type="group",
            sub_type="invite",
            group_id=int(ROOM),
            user_id=int(PERSON),
            comment="我是管理员",
            flag="f-1",
        )
    )

    assert (inbound.kind, inbound.event) == (Kind.NOTICE, "request.group.invite")
    assert (inbound.scene, inbound.text) == ("f-1", "")


def test_events_are_told_apart_and_repetitions_are_not() -> None:
    def friend(user_id: int, at: int = AT) -> str:
        raw = event("notice", notice_type="friend_add", user_id=user_id, time=at)
        return said(raw).message_id

    assert friend(2) == friend(2)
    assert len({friend(2), friend(3), friend(2, AT + 1)}) == 3


def test_a_time_in_milliseconds_is_understood() -> None:
    assert said(private("好", time=AT * 1000 + 7)).sent_at == datetime.fromtimestamp(AT, UTC)


def test_what_no_database_can_hold_is_replaced() -> None:
    inbound = said(private([segment("text", text="a\x00b\ud83dc")], sender={"nickname": "\udc00x"}))

    assert inbound.text == "a\ufffdb\ufffdc"
    assert inbound.nickname.encode()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"self_id": None}, "self_id"),
        ({"self_id": True}, "self_id"),
        ({"self_id": "10001; drop"}, "self_id"),
        ({"user_id": 1.5}, "user_id"),
        ({"user_id": -3}, "user_id"),
        ({"user_id": [2]}, "user_id"),
        ({"group_id": "all"}, "group_id"),
        ({"message_id": None}, "message_id"),
        ({"message_id": "x" * 200}, "message_id"),
        ({"message_id": 10**40}, "message_id"),
        ({"message_seq": {}}, "message_seq"),
        ({"time": "now"}, "time"),
        ({"time": 0}, "time"),
        ({"time": 10**18}, "time"),
        ({"message_type": 1}, "message_type"),
        ({"sub_type": 1}, "sub_type"),
        ({"message": 5}, "message"),
        ({"message": [segment("image")]}, "image.url"),
        ({"message": [segment("reply", id=None)]}, "reply.id"),
        ({"message": [segment("at")]}, "at.qq"),
        ({"message": [segment("location", lat="nan", lon="1")]}, "location.lat"),
        ({"message": [segment("location", lat="x", lon="1")]}, "location.lat"),
        ({"sender": "小林"}, "sender"),
        ({"sender": {"nickname": 7}}, "sender.nickname"),
    ],
)
def test_a_wrong_type_names_its_field(change: dict[str, object], field: str) -> None:
    with pytest.raises(BrokenFrame) as broken:
        read(group("好") | change)

    assert broken.value.field == field


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
FULL = group(
    [CALL, segment("image", file="a"), segment("reply", id=1)],
    notice_type="offline_file",
    request_type="friend",
    file={"id": "1", "name": "x"},
    real_seq="9",
    flag="f",
)


def is_read_or_refused(raw: dict[str, object]) -> bool:
    try:
        inbound = read(raw)
    except BrokenFrame as broken:
        return broken.field != ""
    return inbound is None or bool(f"{inbound}".encode())


@given(
    st.sampled_from(["message", "notice", "request"]),
    st.dictionaries(st.sampled_from(sorted(FULL)), JSON, max_size=3),
)
def test_whatever_a_field_holds_the_event_is_read_or_refused(
    post_type: str, changes: dict[str, object]
) -> None:
    assert is_read_or_refused(FULL | {"post_type": post_type} | changes)


@given(st.sampled_from(["text", "at", "reply", "image", "location", "face"]), JSON)
def test_whatever_a_segment_holds_the_message_is_read_or_refused(kind: str, data: object) -> None:
    assert is_read_or_refused(group([{"type": kind, "data": data}]))
