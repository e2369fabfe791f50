"""Which notices of WeChat Pay are believed: those it signed, for us, now; and what others get."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from bot.gateways.account import NOTIFY_PATH
from bot.gateways.notices import MOST_BYTES, Forged, Notice, Unusable, read_notice
from bot.gateways.wechat import WeChatPay
from market.policy import Policy
from tests.support.chat import Chat, open_chat
from tests.support.databases import Database
from tests.support.till import Till, open_till
from tests.support.wechat_pay import (
    KEY_ID,
    MCH_ID,
    FakeWeChatPay,
    SignedNotice,
    account_at,
)

pytestmark = pytest.mark.pay
PRICE = 3_200_000


@pytest.fixture
async def chat(sqlite: Database, tmp_path: Path) -> AsyncIterator[Chat]:
    policy = Policy(auto_review_below_fen=100_000_000)
    async with open_chat(sqlite.url, tmp_path, policy) as chat:
        yield chat


@pytest.fixture
async def till(chat: Chat, tmp_path: Path) -> AsyncIterator[Till]:
    async with open_till(chat, tmp_path) as till:
        yield till


@pytest.fixture
async def waiting(chat: Chat, till: Till) -> str:
    """The trade number of a code that waits to be paid."""
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await chat.awarded_order(buyer, provider)
    return await till.hands_out(buyer)


def changed(notice: SignedNotice, **headers: str) -> SignedNotice:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return replace(notice, headers={**notice.headers, **named})


def tampered(notice: SignedNotice, old: bytes, new: bytes) -> SignedNotice:
    assert old in notice.body
    return replace(notice, body=notice.body.replace(old, new))


Forger = Callable[[FakeWeChatPay, SignedNotice, dict[str, Any]], SignedNotice]
FORGERIES: dict[str, Forger] = {
    "algorithm": lambda _, good, __: changed(good, Wechatpay_Signature_Type="none"),
    "serial": lambda _, good, __: changed(good, Wechatpay_Serial="PUB_KEY_ID_somebody"),
    "serial of a certificate": lambda _, good, __: changed(good, Wechatpay_Serial="5157F09E"),
    "timestamp": lambda _, good, __: changed(good, Wechatpay_Timestamp="now"),
    "no timestamp": lambda _, good, __: changed(good, Wechatpay_Timestamp=""),
    "stale": lambda fake, _, paid: fake.notice(
        "TRANSACTION.SUCCESS", paid, age=timedelta(seconds=301)
    ),
    "stale of tomorrow": lambda fake, _, paid: fake.notice(
        "TRANSACTION.SUCCESS", paid, age=-timedelta(seconds=301)
    ),
    "probe": lambda _, good, __: changed(
        good,
        Wechatpay_Signature="WECHATPAY/SIGNTEST/" + good.headers["Wechatpay-Signature"][19:],
    ),
    "signature": lambda fake, _, paid: fake.notice("TRANSACTION.SUCCESS", paid, signer="stranger"),
    "signature of another moment": lambda _, good, __: changed(
        good, Wechatpay_Timestamp=str(int(good.headers["Wechatpay-Timestamp"]) + 1)
    ),
    "signature over another body": lambda _, good, __: tampered(good, b"TRANSACTION", b"REFUND"),
    "broken: no base64": lambda _, good, __: changed(good, Wechatpay_Signature="%%%"),
    "key": lambda fake, _, paid: fake.notice("TRANSACTION.SUCCESS", paid, key="f" * 32),
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_what_wechat_pay_did_not_say_now_is_refused(
    chat: Chat, till: Till, waiting: str, forgery: str
) -> None:
    good = till.platform.pays(waiting)
    order = till.platform.orders[waiting]
    resource = {
        "appid": "wx0123456789abcdef",
        "mchid": MCH_ID,
        "out_trade_no": waiting,
        "trade_state": "SUCCESS",
        "transaction_id": order.transaction_id,
        "amount": {"total": PRICE, "currency": "CNY"},
    }
    asked = len(till.platform.asked)

    assert await till.delivers(FORGERIES[forgery](till.platform, good, resource)) == 401

    assert await till.statuses() == ["waiting"]
    assert len(till.platform.asked) == asked, "a stranger made us call somebody"
    assert await till.delivers(good) == 204
    chat.everybody_has_read()
    assert await till.statuses() == ["settled"]


NOT_OURS: dict[str, dict[str, object]] = {
    "another merchant": {"mchid": "1900000110"},
    "another app": {"appid": "wxffffffffffffffff"},
    "no number": {"out_trade_no": None},
    "a number of numbers": {"out_trade_no": {"$ne": ""}},
    "no amount": {"amount": None},
    "an amount in words": {"amount": {"total": "3200000", "currency": "CNY"}},
    "an amount that is true": {"amount": {"total": True, "currency": "CNY"}},
    "no transaction": {"transaction_id": ""},
}


@pytest.mark.parametrize("what", NOT_OURS)
async def test_what_is_signed_but_not_for_us_is_refused(
    chat: Chat, till: Till, waiting: str, what: str
) -> None:
    till.platform.pays(waiting)
    notice = till.platform.paid_notice(till.platform.orders[waiting], **NOT_OURS[what])

    assert await till.delivers(notice) == 400

    assert await till.statuses() == ["waiting"]


@pytest.mark.parametrize("number", ["O2048", "R20481", "T20481-0000000000", "T1-x", "T99999999999"])
async def test_a_number_that_no_payment_has_is_not_taken(
    chat: Chat, till: Till, waiting: str, number: str
) -> None:
    till.platform.pays(waiting)
    notice = till.platform.paid_notice(till.platform.orders[waiting], out_trade_no=number)

    assert await till.delivers(notice) == 503

    assert await till.statuses() == ["waiting"]


async def test_a_payment_that_failed_or_is_of_no_interest_is_taken_and_changes_nothing(
    chat: Chat, till: Till, waiting: str
) -> None:
    resource: dict[str, object] = {"mchid": MCH_ID, "appid": "wx0123456789abcdef"}
    for event in ("TRANSACTION.FAIL", "PROFITSHARING.SUCCESS", "COMPLAINT.CREATE", ""):
        assert await till.delivers(till.platform.notice(event, resource)) == 204

    assert await till.statuses() == ["waiting"]


async def test_a_refund_nobody_asked_for_is_not_booked(
    chat: Chat, till: Till, waiting: str
) -> None:
    refund: dict[str, object] = {
        "mchid": MCH_ID,
        "out_trade_no": waiting,
        "out_refund_no": f"{waiting}-refund",
        "refund_status": "SUCCESS",
        "amount": {"total": PRICE, "refund": PRICE},
    }

    assert await till.delivers(till.platform.notice("REFUND.SUCCESS", refund)) == 503


async def test_a_body_that_is_too_large_is_not_read(till: Till) -> None:
    async with till.http.post(till.url + NOTIFY_PATH, data=b"x" * (MOST_BYTES + 1)) as response:
        assert response.status == 413


async def test_every_refusal_is_counted_by_its_reason(chat: Chat, till: Till, waiting: str) -> None:
    good = till.platform.pays(waiting)
    await till.delivers(changed(good, Wechatpay_Serial="x"))
    await till.delivers(good)
    chat.everybody_has_read()

    counted = till.metrics.notices
    assert counted.labels("serial")._value.get() == 1
    assert counted.labels("taken")._value.get() == 1


@pytest.fixture
async def reader() -> AsyncIterator[WeChatPay]:
    gateway = WeChatPay(account_at("http://127.0.0.1:9"), "https://kebao.example/x")
    await gateway.open()
    yield gateway
    await gateway.close()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
_RESOURCES = st.dictionaries(
    st.sampled_from(
        ["appid", "mchid", "out_trade_no", "trade_state", "transaction_id", "amount",
         "out_refund_no", "refund_status"]
    ),
    _JSON | st.sampled_from([MCH_ID, "wx0123456789abcdef", "SUCCESS"]),
)  # fmt: skip


@examples(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["TRANSACTION.SUCCESS", "REFUND.SUCCESS", "x"]), _RESOURCES)
async def test_whatever_a_signed_notice_holds_it_is_read_or_refused(
    chat: Chat, reader: WeChatPay, event: str, resource: dict[str, object]
) -> None:
    notice = FakeWeChatPay(chat.clock.now).notice(event, resource)
    now = chat.clock.now()
    try:
        read = read_notice(notice.headers, notice.body, reader=reader, key_id=KEY_ID, now=now)
    except Unusable:  # and nothing else: it is signed, and of this moment
        return
    assert isinstance(read, Notice)


@examples(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | _JSON.map(lambda value: json.dumps(value).encode()))
async def test_whatever_a_stranger_sends_is_forged(
    chat: Chat, reader: WeChatPay, body: bytes
) -> None:
    good = FakeWeChatPay(chat.clock.now).notice("x", {})
    with pytest.raises(Forged):
        read_notice(good.headers, body, reader=reader, key_id=KEY_ID, now=chat.clock.now())
