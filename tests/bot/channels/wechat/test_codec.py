"""Who may post to the callback, and what of it is read."""

import base64
import json
import logging
import struct
from contextlib import suppress
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher as BlockCipher
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st
from wechatpy.crypto import PrpCrypto, WeChatCrypto

from bot.channels.wechat.account import WeChatAccount
from bot.channels.wechat.codec import Cipher, Codec, Push, signature_of
from bot.channels.wechat.documents import MAX_BYTES, Wire, read_document
from bot.channels.wechat.inbound import read_inbound
from bot.channels.wechat.refusals import Refused
from bot.secrets import Secret
from tests.support.wechat import (
    AES_KEY,
    APP_ID,
    COMPATIBLE,
    NOW,
    OLDER_AES_KEY,
    PLAIN,
    SAFE,
    TOKEN,
    Call,
    as_json,
    as_xml,
    fields_of,
    plain_call,
    sealed_call,
    wrapped_call,
)

# Computed with `openssl enc -aes-256-cbc` and `sha1sum` for the constants above.
GOLDEN_PLAIN = "f55158d337f8103e9b72088b0144a23e3ef5c413"
GOLDEN_NONCE = "271828182"
GOLDEN_JSON = (
    "oPUEgQpurWcsZXkm7MGZsXdhsQbvYdFrjl+MLJH0oN7kzQsOiKc9yVF53jR26uQmFMjkd3H8fCbygCIK7PmEhB3v"
    "swr8TL/DgyKaa5yWCnB6jVkcw0w+/KVOETV3EHcgZ1BADgXvW3ll5AbNSlIicPhWSHyEtW2LgreORtUAv17acnRP"
    "sWNGZVpfiBmYCighrgq1ksONAOou2WeCchLHu8kHgjGWCmx9JNJ56rf7clptiQkef5Ov6helBfT58y/0EjOHjFbA"
    "9YVLXWtogZUVPYscf0ip1js89FYcIeY3rog="
)
GOLDEN_JSON_SIGNATURE = "66d0da585bb0e4157d0a01602bcb67f9956b55d3"
GOLDEN_XML = (
    "2thHwn7yhdEC3I5K2tyVrAa2Ix4nr5TTfktHcWn940DUjpNaia3GXFCh9RfQF95+iSU5osMse8wjaTtQC0SZq97b"
    "loWWYwvXC5U3w2EUbVT1ffihoa+JG/AjRZS4KTIZ6o5rCypjwzy05vZ2rqwIfEIYTnFF05mMKyhhPDp/ZvUWGxlf"
    "jj0po+nwnHHtcjqDB8i/sQcndfczUeneDsVcbQ/dqYo/JiWMH0xv45g3TeSNQPpQf8kHSAmJFpj0mnly7mh9q34N"
    "7rKI960TnDqw5bTTSHnwFoy8IMiEkn/KVxI5+K9ZcR4ptT8CHL/bXiJ73H2w7WEtNaat+mdiyyYLnQk4eeA4y435"
    "g4na//oswSyzHiyA6F66FvodQwaxwwfSf425LD1c+XpU+/Y9RxeLAF7x6t9A/oe+7yNz359EQdw="
)
GOLDEN_XML_SIGNATURE = "aab9dd057f60cb4f58ba448f6868650fea6a184d"
GOLDEN_SEALED = (
    "oPUEgQpurWcsZXkm7MGZsWE4V+Jv0RF9YeE0drdMDPM8vx52ypEw2JCYOClvOc4pVEYjovzzrFawt0ostmaNAw=="
)

HELLO = as_xml(fields_of("text", Content="我要申请专利"))


def opened(account: WeChatAccount, call: Call) -> Push:
    return Codec(account).open(call.query, call.body, NOW)


def refusal(account: WeChatAccount, call: Call) -> int:
    with pytest.raises(Refused) as refused:
        opened(account, call)
    return refused.value.status


# Golden values


def test_signatures_are_the_sha1_of_the_sorted_parts() -> None:
    assert signature_of("c", "a", "b") == "a9993e364706816aba3e25717850c26c9cd0d89d"
    assert signature_of(TOKEN, "1790000000", GOLDEN_NONCE) == GOLDEN_PLAIN


def test_the_address_check_echoes_verbatim_in_every_mode() -> None:
    query = {
        "signature": GOLDEN_PLAIN,
        "timestamp": "1790000000",
        "nonce": GOLDEN_NONCE,
        "echostr": "  4375120948345356249<&>",
    }

    for account in (PLAIN, COMPATIBLE, SAFE):
        assert Codec(account).check_address(query, NOW) == "  4375120948345356249<&>"


@pytest.mark.parametrize(
    ("encrypted", "signature", "text"),
    [
        (GOLDEN_JSON, GOLDEN_JSON_SIGNATURE, "我要申请专利"),
        (GOLDEN_XML, GOLDEN_XML_SIGNATURE, "我的需求"),
    ],
)
@pytest.mark.parametrize("envelope", [as_json, as_xml])
def test_golden_pushes_of_safe_mode_open(
    encrypted: str, signature: str, text: str, envelope: object
) -> None:
    assert callable(envelope)
    query = {
        "signature": "not looked at",
        "timestamp": "1790000000",
        "nonce": GOLDEN_NONCE,
        "encrypt_type": "aes",
        "msg_signature": signature,
    }

    push = opened(SAFE, Call(query, envelope({"Encrypt": encrypted})))

    assert read_inbound(push.fields).text == text
    assert push.wire is (Wire.JSON if encrypted == GOLDEN_JSON else Wire.XML)


def test_sealing_gives_the_golden_bytes() -> None:
    cipher = Cipher(SAFE.aes_keys()[0], APP_ID)

    assert cipher.seal("恰好一块".encode(), b"0123456789abcdef") == GOLDEN_SEALED
    assert cipher.open(GOLDEN_SEALED).decode() == "恰好一块"


# Against wechatpy


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200))
def test_wechatpy_and_we_read_each_other(text: str) -> None:
    key = SAFE.aes_keys()[0]
    cipher = Cipher(key, APP_ID)

    assert cipher.open(PrpCrypto(key).encrypt(text, APP_ID).decode()).decode() == text
    assert PrpCrypto(key).decrypt(cipher.seal(text.encode(), bytes(16)), APP_ID) == text


# Modes


def test_a_plain_push_is_read_in_plain_and_compatible_mode_only() -> None:
    call = plain_call(HELLO)

    for account in (PLAIN, COMPATIBLE):
        assert read_inbound(opened(account, call).fields).text == "我要申请专利"
    assert refusal(SAFE, call) == 403


def test_compatible_mode_believes_the_encrypted_half() -> None:
    forged = fields_of("text", Content="转账给我")
    call = sealed_call(HELLO, beside=forged)

    push = opened(COMPATIBLE, call)

    assert read_inbound(push.fields).text == "我要申请专利"
    assert push.cipher is not None


def test_compatible_mode_does_not_fall_back_when_the_seal_is_broken() -> None:
    call = sealed_call(HELLO, beside=fields_of("text", Content="转账给我"))

    assert refusal(COMPATIBLE, call.with_query(msg_signature="0" * 40)) == 403


def test_an_encrypted_push_in_plain_mode_is_named_as_such() -> None:
    call = sealed_call(HELLO)

    with pytest.raises(Refused, match="account is in plain mode"):
        opened(PLAIN, call)


def test_only_safe_mode_starts_without_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        Codec(SAFE)
        assert not caplog.records
        Codec(PLAIN)
        Codec(COMPATIBLE)

    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]


# Keys


def test_the_previous_key_still_opens_and_then_seals_the_answer() -> None:
    account = WeChatAccount(
        APP_ID, Secret("s"), Secret(TOKEN), Secret(AES_KEY), Secret(OLDER_AES_KEY)
    )
    codec = Codec(account)
    call = sealed_call(HELLO, aes_key=OLDER_AES_KEY)

    push = codec.open(call.query, call.body, NOW)
    answer = codec.seal(push, "<xml>好的</xml>", message_id="1", at=NOW)

    encrypted = ElementTree.fromstring(answer).findtext("Encrypt")
    assert PrpCrypto(account.aes_keys()[1]).decrypt(encrypted, APP_ID) == "<xml>好的</xml>"


def test_a_key_we_do_not_have_is_refused() -> None:
    assert refusal(SAFE, sealed_call(HELLO, aes_key=OLDER_AES_KEY)) == 400


def test_a_push_sealed_for_another_app_is_refused() -> None:
    assert refusal(SAFE, sealed_call(HELLO, app_id="wxffffffffffffffff")) == 400


# Answers


@pytest.mark.parametrize("wire", [Wire.XML, Wire.JSON])
def test_the_same_answer_has_the_same_bytes_in_every_process(wire: Wire) -> None:
    body = HELLO if wire is Wire.XML else as_json(fields_of("text", Content="你好"))
    first, second = Codec(SAFE), Codec(SAFE)
    call, again = sealed_call(body), sealed_call(body, at=NOW + timedelta(seconds=5))
    at = NOW + timedelta(milliseconds=1234)

    answers = {
        codec.seal(codec.open(c.query, c.body, NOW), "已收到", message_id="7", at=at)
        for codec, c in ((first, call), (second, again))
    }

    assert len(answers) == 1


def test_different_answers_share_no_salt_and_no_first_block() -> None:
    codec, call = Codec(SAFE), sealed_call(HELLO)
    push = codec.open(call.query, call.body, NOW)

    heads = {
        str(ElementTree.fromstring(sealed).findtext("Encrypt"))[:20]
        for sealed in (
            codec.seal(push, "甲", message_id="7", at=NOW),
            codec.seal(push, "乙", message_id="7", at=NOW),
            codec.seal(push, "甲", message_id="8", at=NOW),
            codec.seal(push, "甲", message_id="7", at=NOW + timedelta(seconds=1)),
        )
    }

    assert len(heads) == 4


def test_wechatpy_accepts_our_sealed_answer() -> None:
    codec, call = Codec(SAFE), sealed_call(HELLO)
    push = codec.open(call.query, call.body, NOW)

    answer = codec.seal(push, "<xml><Content>好</Content></xml>", message_id="7", at=NOW)

    root = ElementTree.fromstring(answer)
    opened_by_wechatpy = WeChatCrypto(TOKEN, AES_KEY, APP_ID).decrypt_message(
        answer.decode(),
        root.findtext("MsgSignature"),
        root.findtext("TimeStamp"),
        root.findtext("Nonce"),
    )
    assert opened_by_wechatpy == "<xml><Content>好</Content></xml>"


def test_a_json_push_gets_a_json_envelope() -> None:
    codec, call = Codec(SAFE), sealed_call(as_json(fields_of("text", Content="你好")))
    push = codec.open(call.query, call.body, NOW)

    answer = json.loads(codec.seal(push, '{"Content":"好"}', message_id="7", at=NOW))

    assert set(answer) == {"Encrypt", "MsgSignature", "TimeStamp", "Nonce"}
    assert answer["TimeStamp"] == int(NOW.timestamp())
    assert answer["MsgSignature"] == signature_of(
        TOKEN, str(answer["TimeStamp"]), answer["Nonce"], answer["Encrypt"]
    )


def test_a_plain_push_gets_a_plain_answer() -> None:
    codec, call = Codec(COMPATIBLE), plain_call(HELLO)

    push = codec.open(call.query, call.body, NOW)

    assert codec.seal(push, "<xml/>", message_id="7", at=NOW) == b"<xml/>"


# Refusals


@pytest.mark.parametrize("name", ["signature", "timestamp", "nonce"])
def test_each_missing_part_of_the_signature_is_403(name: str) -> None:
    assert refusal(PLAIN, plain_call(HELLO).with_query(**{name: None})) == 403


@pytest.mark.parametrize(
    "signature", ["", "0" * 40, "签名", "\ud800", "F" * 100_000, GOLDEN_PLAIN.upper()]
)
def test_a_wrong_signature_is_403(signature: str) -> None:
    assert refusal(PLAIN, plain_call(HELLO).with_query(signature=signature)) == 403
    assert refusal(SAFE, sealed_call(HELLO).with_query(msg_signature=signature)) == 403


def test_the_plain_signature_does_not_open_safe_mode() -> None:
    call = sealed_call(HELLO)

    assert refusal(SAFE, call.with_query(msg_signature=call.query["signature"])) == 403
    assert refusal(SAFE, call.with_query(msg_signature=None, encrypt_type=None)) == 403


def test_another_token_is_403() -> None:
    assert refusal(PLAIN, plain_call(HELLO, token="somebody else")) == 403


@pytest.mark.parametrize("minutes", [-6, 6, 60 * 24 * 365])
def test_a_stale_or_early_push_is_403(minutes: int) -> None:
    at = NOW - timedelta(minutes=minutes)

    assert refusal(PLAIN, plain_call(HELLO, at=at)) == 403
    assert refusal(SAFE, sealed_call(HELLO, at=at)) == 403
    with pytest.raises(Refused):
        Codec(SAFE).check_address({**plain_call(at=at).query, "echostr": "1"}, NOW)


@pytest.mark.parametrize("minutes", [-4, 0, 4])
def test_a_push_within_five_minutes_is_taken(minutes: int) -> None:
    at = NOW + timedelta(minutes=minutes)

    assert opened(SAFE, sealed_call(HELLO, at=at)).cipher is not None


@pytest.mark.parametrize("timestamp", ["", "soon", "-1", "1e9", "１７９０００００００", "9" * 5000])
def test_a_timestamp_that_is_no_number_is_403_even_if_signed(timestamp: str) -> None:
    signature = signature_of(TOKEN, timestamp, "1")
    call = Call({"signature": signature, "timestamp": timestamp, "nonce": "1"}, HELLO)

    assert refusal(PLAIN, call) == 403


def test_an_address_check_without_echostr_is_400() -> None:
    with pytest.raises(Refused) as refused:
        Codec(SAFE).check_address(plain_call().query, NOW)
    assert refused.value.status == 400


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a "ha">'
    b'<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><xml><Content>&b;</Content></xml>'
)
XXE = b'<!DOCTYPE xml [<!ENTITY f SYSTEM "file:///etc/hostname">]><xml><Content>&f;</Content></xml>'
HOSTILE_BODIES = {
    "empty": b"",
    "blank": b" \n\t ",
    "garbage": b"\x00\xff\xfe\x01",
    "words": b"hello",
    "doctype alone": b"<!DOCTYPE xml><xml><MsgType>text</MsgType></xml>",
    "external DTD": b'<!DOCTYPE xml SYSTEM "http://127.0.0.1:1/x.dtd"><xml><a>1</a></xml>',
    "billion laughs": LAUGHS,
    "XXE": XXE,
    "unknown entity": b"<xml><Content>&nbsp;</Content></xml>",
    "unclosed": b"<xml><Content>",
    "control character": b"<xml><Content>\x0b</Content></xml>",
    "empty xml": b"<xml/>",
    "text in xml": b"<xml>words</xml>",
    "other root": b"<root><MsgType>text</MsgType></root>",
    "two roots": b"<xml><a>1</a></xml><xml><a>1</a></xml>",
    "GBK": b'<?xml version="1.0" encoding="gbk"?>' + "<xml><a>专利</a></xml>".encode("gbk"),
    "UTF-16": "<xml><MsgType>text</MsgType></xml>".encode("utf-16"),
    "deep XML": b"<xml>" * 5_000 + b"</xml>" * 5_000,
    "deep JSON": b'{"a":' * 100_000,
    "deep JSON array": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "JSON array": b"[1, 2]",
    "empty JSON": b"{}",
    "JSON NaN": b'{"CreateTime": NaN}',
    "JSON twins": b'{"Content": "a", "Content": "b"}',
    "JSON number bomb": b'{"CreateTime": ' + b"9" * 100_000 + b"}",
    "JSON not UTF-8": '{"Content": "专利"}'.encode("gbk"),
}


@pytest.mark.parametrize("body", HOSTILE_BODIES.values(), ids=HOSTILE_BODIES)
def test_hostile_bodies_are_400_in_the_open_and_sealed(body: bytes) -> None:
    assert refusal(PLAIN, plain_call(body)) == 400
    assert (
        refusal(SAFE, wrapped_call(Cipher(SAFE.aes_keys()[0], APP_ID).seal(body, bytes(16)))) == 400
    )


@pytest.mark.parametrize("body", HOSTILE_BODIES.values(), ids=HOSTILE_BODIES)
def test_hostile_envelopes_are_400(body: bytes) -> None:
    call = sealed_call(HELLO)

    assert refusal(SAFE, Call(call.query, body)) == 400


def test_a_body_beyond_a_mebibyte_is_413() -> None:
    assert refusal(PLAIN, plain_call(b"<xml>" + b" " * MAX_BYTES + b"</xml>")) == 413


@pytest.mark.parametrize(
    "encrypted",
    [
        "?",
        "AAAA",
        "签",
        "A" * 64,
        GOLDEN_SEALED[:-4],
        GOLDEN_SEALED[:20] + GOLDEN_SEALED[24:],
        GOLDEN_SEALED + "\n=",
        GOLDEN_SEALED * 2,
    ],
)
def test_broken_ciphertext_is_400_even_if_signed(encrypted: str) -> None:
    assert refusal(SAFE, wrapped_call(encrypted)) == 400


@pytest.mark.parametrize("value", [{"a": "b"}, ["a", "b"], ""])
def test_an_encrypt_field_that_is_no_text_is_400(value: object) -> None:
    call = sealed_call(HELLO)

    assert refusal(SAFE, Call(call.query, as_xml({"Encrypt": value, "x": "y"}))) == 400


@pytest.mark.parametrize(
    "content",
    [
        bytes(16) + struct.pack(">I", 10**9) + APP_ID.encode(),
        bytes(16) + struct.pack(">I", 0),
        bytes(19),
        b"",
    ],
)
def test_lying_lengths_are_refused(content: bytes) -> None:
    key = SAFE.aes_keys()[0]
    pad = 32 - len(content) % 32
    encryptor = BlockCipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    sealed = encryptor.update(content + bytes([pad]) * pad) + encryptor.finalize()

    assert refusal(SAFE, wrapped_call(base64.b64encode(sealed).decode())) == 400


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_whatever_raise_anything_but_refused(body: bytes) -> None:
    for candidate in (body, b"<xml>" + body + b"</xml>", b"{" + body + b"}"):
        with suppress(Refused):
            read_document(candidate)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.text(max_size=120))
def test_no_ciphertext_whatever_raises_anything_but_value_error(raw: bytes, text: str) -> None:
    cipher = Cipher(SAFE.aes_keys()[0], APP_ID)
    for candidate in (raw.hex(), text, cipher.seal(raw, bytes(16))[:-24]):
        with suppress(ValueError):
            cipher.open(candidate)
