"""What a push says somebody did."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.wechat.documents import Fields, read_document
from bot.channels.wechat.inbound import MAX_TEXT, read_inbound
from bot.channels.wechat.refusals import Refused
from handlers.message import Inbound, Kind, Media, Place
from tests.support.wechat import NOW, OPENID, as_json, as_xml, fields_of

Notation = Callable[[dict[str, object]], bytes]


@pytest.fixture(params=[as_xml, as_json], ids=["xml", "json"])
def read(request: pytest.FixtureRequest) -> Callable[[dict[str, object]], Inbound]:
    """Reads fields as they come over the wire, in both notations."""
    notation: Notation = request.param
    return lambda fields: read_inbound(read_document(notation(fields)).fields)


Read = Callable[[dict[str, object]], Inbound]


def event(name: str, **more: object) -> dict[str, object]:
    return fields_of("event", Event=name, **more)


# Messages


def test_text_is_read_whole(read: Read) -> None:
    assert read(fields_of("text", Content="我要申请专利 <急> & 商标")) == Inbound(
        channel="wechat",
        message_id="24000000000000001",
        account=OPENID,
        kind=Kind.TEXT,
        sent_at=NOW,
        text="我要申请专利 <急> & 商标",
        via="gh_kebao",
    )


def test_a_picture_is_known_by_its_id_alone(read: Read) -> None:
    said = read(fields_of("image", PicUrl="http://127.0.0.1/x.jpg", MediaId="media-1_A"))

    assert (said.kind, said.media) == (Kind.IMAGE, (Media("image", "media-1_A"),))


@pytest.mark.parametrize("recognition", [None, "", "  "])
def test_voice_without_a_transcript_stays_voice(read: Read, recognition: str | None) -> None:
    said = read(fields_of("voice", MediaId="v1", Format="amr", Recognition=recognition))

    assert (said.kind, said.text, said.media) == (Kind.VOICE, "", (Media("voice", "v1"),))


def test_voice_with_a_transcript_is_text(read: Read) -> None:
    said = read(fields_of("voice", MediaId="v1", Format="amr", Recognition="我要办高企认定。"))

    assert (said.kind, said.text) == (Kind.TEXT, "我要办高企认定。")
    assert said.media == (Media("voice", "v1"),)


@pytest.mark.parametrize("kind", ["video", "shortvideo"])
def test_video(read: Read, kind: str) -> None:
    said = read(fields_of(kind, MediaId="m1", ThumbMediaId="t1"))

    assert (said.kind, said.media) == (Kind.VIDEO, (Media("video", "m1"),))


def test_a_place(read: Read) -> None:
    said = read(
        fields_of("location", Location_X="23.134521", Location_Y=113, Scale=20, Label="海珠区")
    )

    assert (said.kind, said.place) == (Kind.LOCATION, Place(23.134521, 113.0, "海珠区"))


def test_a_link(read: Read) -> None:
    said = read(fields_of("link", Title="通知", Description="", Url="https://example.org/a"))

    assert (said.kind, said.text) == (Kind.LINK, "通知\nhttps://example.org/a")


def test_a_mini_program_card(read: Read) -> None:
    said = read(fields_of("miniprogrampage", Title="报名", AppId="wx1", PagePath="p", ThumbUrl=""))

    assert (said.kind, said.text) == (Kind.LINK, "报名")


def test_a_file(read: Read) -> None:
    said = read(fields_of("file", Title="交底书.docx", FileKey="key-1", FileTotalLen=2048))

    assert said.kind is Kind.FILE
    assert said.media == (Media("file", "key-1", "交底书.docx", size_bytes=2048),)


def test_an_unknown_type_is_other_and_machines_are_notices(read: Read) -> None:
    assert read(fields_of("hologram")).kind is Kind.OTHER
    assert read(fields_of("device_text", DeviceID="1")).kind is Kind.NOTICE


def test_an_unknown_type_without_an_id_gets_one(read: Read) -> None:
    said = read(fields_of("hologram", MsgId=None))

    assert said.message_id == f"{OPENID}:1790000000:hologram:"


def test_a_tap_in_our_menu_message_says_what_the_choice_says(read: Read) -> None:
    said = read(fields_of("text", Content="验收", bizmsgmenuid="say:验收 O2048"))

    assert (said.kind, said.text, said.scene) == (Kind.TEXT, "验收 O2048", "say:验收 O2048")


def test_a_tap_in_somebody_elses_menu_message_says_its_label(read: Read) -> None:
    said = read(fields_of("text", Content="满意", bizmsgmenuid=101))

    assert (said.text, said.scene) == ("满意", "101")


# Events


def test_a_menu_click_says_its_key(read: Read) -> None:
    said = read(event("CLICK", EventKey="我的需求"))

    assert (said.kind, said.text, said.event) == (Kind.TEXT, "我的需求", "CLICK")
    assert said.message_id == f"{OPENID}:1790000000:CLICK:我的需求"


@pytest.mark.parametrize(
    ("key", "scene"),
    [
        (None, ""),
        ("qrscene_provider-7", "provider-7"),
        ("qrscene_123123", "123123"),
        ("last_trade_no_400807", "last_trade_no_400807"),
        ("scanbarcode|standard|key", "scanbarcode|standard|key"),
    ],
)
def test_following_tells_the_code_that_led_here(read: Read, key: str | None, scene: str) -> None:
    said = read(event("subscribe", EventKey=key, Ticket="T"))

    assert (said.kind, said.scene) == (Kind.SUBSCRIBE, scene)


def test_a_follower_scans(read: Read) -> None:
    said = read(event("SCAN", EventKey=123123, Ticket="T"))

    assert (said.kind, said.scene) == (Kind.SCAN, "123123")


def test_unfollowing(read: Read) -> None:
    assert read(event("unsubscribe", EventKey="")).kind is Kind.UNSUBSCRIBE


NOTICES: list[dict[str, object]] = [
    event("VIEW", EventKey="https://example.org/" + "x" * 900),
    event("LOCATION", Latitude="23.1", Longitude="113.3", Precision="119.0"),
    event("TEMPLATESENDJOBFINISH", MsgID=200163836, Status="success"),
    event(
        "MASSSENDJOBFINISH",
        MsgID=1000001625,
        Status="err(30003)",
        SentCount=0,
        CopyrightCheckResult={
            "Count": 2,
            "ResultList": {"item": [{"ArticleIdx": 1}, {"ArticleIdx": 2}]},
        },
    ),
    event("subscribe_msg_popup_event", SubscribeMsgPopupEvent={"List": [{"TemplateId": "a"}] * 2}),
    event("subscribe_msg_change_event", SubscribeMsgChangeEvent={"List": {"TemplateId": "a"}}),
    event("subscribe_msg_sent_event", SubscribeMsgSentEvent={"List": {"MsgID": 17008}}),
    event("scancode_push", EventKey=6, ScanCodeInfo={"ScanType": "qrcode", "ScanResult": 1}),
    event("scancode_waitmsg", EventKey=6, ScanCodeInfo={"ScanType": "qrcode"}),
    event("pic_sysphoto", EventKey=6, SendPicsInfo={"Count": 1, "PicList": {"item": {"a": "b"}}}),
    event("pic_photo_or_album", EventKey=6, SendPicsInfo={"Count": 1}),
    event("pic_weixin", EventKey=6, SendPicsInfo={"Count": 1}),
    event("location_select", EventKey=6, SendLocationInfo={"Location_X": 23}),
    event("kf_create_session", KfAccount="a@b"),
    event("kf_close_session", KfAccount="a@b"),
    event("kf_switch_session", FromKfAccount="a@b", ToKfAccount="c@d"),
    event("annual_renew", ExpiredTime=1),
    event("verify_expired", ExpiredTime=1),
    event("naming_verify_success", ExpiredTime=1),
    event("naming_verify_fail", FailTime=1, FailReason="by time"),
    event("qualification_verify_success", ExpiredTime=1),
    event("qualification_verify_fail", FailTime=1, FailReason="by time"),
    event("WifiConnected", ConnectTime=0, VendorId="1"),
    event("ShakearoundUserShake", ChosenBeacon={"Major": "m"}, AroundBeacons={"A": [{"M": "1"}]}),
    event("merchant_order", OrderId="1", OrderStatus=2),
    event("submit_invoice_title", title="公司", attach="at"),
    event("update_invoice_status", Status="INVOICE_REIMBURSE_INIT"),
    event("user_authorize_invoice", SuccOrderId="1", FailOrderId=""),
    event("debug_demo", debug_str="hello"),
    event("an_event_of_tomorrow", Whatever={"a": [{"b": "c"}]}),
]


@pytest.mark.parametrize("fields", NOTICES, ids=lambda fields: fields["Event"])
def test_what_nobody_said_is_a_notice(read: Read, fields: dict[str, object]) -> None:
    said = read(fields)

    assert (said.kind, said.event) == (Kind.NOTICE, fields["Event"])


def test_event_ids_tell_events_apart_and_stay_short(read: Read) -> None:
    ids = {read(fields).message_id for fields in NOTICES}

    assert len(ids) == len(NOTICES)
    assert max(map(len, ids)) <= 64 + 1 + 10 + 1 + 64 + 1 + 128


def test_two_reports_of_one_second_differ(read: Read) -> None:
    first, second = (read(event("TEMPLATESENDJOBFINISH", MsgID=no)) for no in (1, 2))

    assert first.message_id != second.message_id


# What cannot be right


@pytest.mark.parametrize(
    "changes",
    [
        {"MsgType": None},
        {"MsgType": ""},
        {"MsgType": {"a": "text"}},
        {"MsgType": ["text", "image"]},
        {"FromUserName": None},
        {"FromUserName": ["a", "b"]},
        {"FromUserName": "a b"},
        {"FromUserName": "a:1:CLICK"},
        {"FromUserName": "x" * 65},
        {"ToUserName": None},
        {"CreateTime": None},
        {"CreateTime": "soon"},
        {"CreateTime": "-1"},
        {"CreateTime": "1.5"},
        {"CreateTime": "１７９"},
        {"CreateTime": "9" * 19},
        {"CreateTime": ["1", "2"]},
        {"MsgId": None},
        {"MsgId": "abc"},
        {"MsgId": "1" * 21},
        {"MsgId": {"a": "1"}},
        {"Content": None},
        {"Content": ["a", "b"]},
        {"Content": {"a": "b"}},
        {"bizmsgmenuid": ["1", "2"]},
    ],
)
def test_missing_repeated_and_mistyped_fields_are_400(
    read: Read, changes: dict[str, object]
) -> None:
    with pytest.raises(Refused) as refused:
        read(fields_of("text", **{"Content": "你好", **changes}))

    assert refused.value.status == 400


@pytest.mark.parametrize(
    "fields",
    [
        fields_of("image"),
        fields_of("image", MediaId="../../etc/passwd?x"),
        fields_of("voice", MediaId=["a", "b"]),
        fields_of("voice", MediaId="a", Recognition={"a": "b"}),
        fields_of("location", Location_X="1"),
        fields_of("location", Location_X="north", Location_Y="1"),
        fields_of("location", Location_X="91", Location_Y="1"),
        fields_of("location", Location_X="NaN", Location_Y="1"),
        fields_of("location", Location_X="1e3", Location_Y="1"),
        fields_of("file", FileKey="k", FileTotalLen="big"),
        fields_of("event"),
        event("CLICK", EventKey={"a": "b"}),
        event("CLICK", EventKey=["a", "b"]),
        event("CLICK", FromUserName=None),
    ],
)
def test_impossible_parts_are_400(read: Read, fields: dict[str, object]) -> None:
    with pytest.raises(Refused) as refused:
        read(fields)

    assert refused.value.status == 400


@pytest.mark.parametrize("number", ["1e999", str(10**400), "-91", "true", "null", "[]"])
def test_json_numbers_that_are_no_degrees_are_400(number: str) -> None:
    fields = fields_of("location", Location_X=0, Location_Y=1, Label="")
    body = as_json(fields).replace(b'"Location_X": 0', f'"Location_X": {number}'.encode())

    with pytest.raises(Refused):
        read_inbound(read_document(body).fields)


def test_long_text_is_cut(read: Read) -> None:
    assert len(read(fields_of("text", Content="长" * 100_000)).text) == MAX_TEXT


def test_what_no_database_can_hold_is_left_out() -> None:
    body = as_json(fields_of("text")).replace(b"{", b'{"Content": "a\\u0000b\\ud800c\\u0008", ', 1)

    assert read_inbound(read_document(body).fields).text == "abc"


def test_times_are_utc() -> None:
    fields = fields_of("text", Content="你好", CreateTime=123456789)

    assert read_inbound(fields).sent_at == datetime(1973, 11, 29, 21, 33, 9, tzinfo=UTC)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
NAMES = [
    *("ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId", "Content", "MediaId"),
    *("Recognition", "Event", "EventKey", "Location_X", "Location_Y", "Label", "Title", "Url"),
    *("FileKey", "FileTotalLen", "bizmsgmenuid", "Status", "MsgID"),
]
KINDS = ["text", "image", "voice", "video", "location", "link", "file", "event", "hologram"]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(NAMES), values, max_size=4))
def test_no_field_whatever_raises_anything_but_refused(kind: str, odd: Fields) -> None:
    usual = fields_of(
        kind, Content="好", MediaId="m", Location_X="1", Location_Y="2", Event="CLICK"
    )
    try:
        said = read_inbound({**usual, **odd})
    except Refused:
        return
    said.text.encode()
    said.message_id.encode()
    assert len(said.text) <= MAX_TEXT
