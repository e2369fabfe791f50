"""Notices of WeChat Pay: nothing in one is believed before all of it has been checked.

The SDK verifies the signature and decrypts. It accepts a notice of any age, fetches certificates
when a stranger names a serial, and raises what it likes: so what can be checked is checked first,
and whatever rises means "not from WeChat Pay".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.gateways import Refunded, Unreachable
from bot.gateways.wechat import arrival_of, refunded_of
from market.arrivals import Arrival

FRESH = timedelta(seconds=300)
MOST_BYTES = 65_536
ALGORITHM = "WECHATPAY2-SHA256-RSA2048"
PROBE = "WECHATPAY/SIGNTEST/"  # a wrong signature, sent to see whether we look

_SECONDS = re.compile(r"[0-9]{1,12}")


class Forged(Exception):
    """Not to be believed; the argument is a word for the metrics and the log."""


class Unusable(Exception):
    """From WeChat Pay, and not for us, or not what we know; the argument is such a word."""


@dataclass(frozen=True, slots=True)
class Paid:
    number: str  # trade number
    arrival: Arrival


@dataclass(frozen=True, slots=True)
class Returned:
    number: str  # of the refund
    refunded: Refunded


@dataclass(frozen=True, slots=True)
class Other:
    """Something that we did not ask to hear; `event` is the platform's word for it."""

    event: str


Notice = Paid | Returned | Other


class Reader(Protocol):
    """The part of the gateway that holds the keys."""

    def decrypt(self, headers: Mapping[str, str], body: bytes) -> object: ...

    def is_ours(self, fields: Mapping[str, object]) -> bool: ...


def read_notice(
    headers: Mapping[str, str], body: bytes, *, reader: Reader, key_id: str, now: datetime
) -> Notice:
    """What a notice says, after all checks.

    Raises:
        Forged: wrong key, stale, not signed, altered, or not to be decrypted.
        Unusable: for another merchant or app, or without what it should hold.
    """
    _check_envelope(headers, body, key_id=key_id, now=now)
    try:
        opened = reader.decrypt(headers, body)
    except Exception as error:  # the SDK's own kinds and those of all it is built on
        raise Forged("broken") from error
    if not isinstance(opened, dict):
        raise Forged("signature")
    event, resource = str(opened.get("event_type", "")), opened.get("resource")
    if not isinstance(resource, dict):
        raise Unusable("form")
    if not reader.is_ours(resource):
        raise Unusable("merchant")
    return _said(event, resource)


def _check_envelope(headers: Mapping[str, str], body: bytes, *, key_id: str, now: datetime) -> None:
    if len(body) > MOST_BYTES:
        raise Forged("size")
    if headers.get("Wechatpay-Signature-Type", "") != ALGORITHM:
        raise Forged("algorithm")
    if headers.get("Wechatpay-Serial", "") != key_id:
        raise Forged("serial")
    if headers.get("Wechatpay-Signature", "").startswith(PROBE):
        raise Forged("probe")
    stamp = headers.get("Wechatpay-Timestamp", "")
    if not _SECONDS.fullmatch(stamp):
        raise Forged("timestamp")
    if abs(datetime.fromtimestamp(int(stamp), UTC) - now) > FRESH:
        raise Forged("stale")


def _said(event: str, resource: Mapping[str, object]) -> Notice:
    try:
        if event.startswith("TRANSACTION."):
            if event != "TRANSACTION.SUCCESS" or resource.get("trade_state") != "SUCCESS":
                return Other(event)
            if "appid" not in resource:
                raise Unusable("app")
            return Paid(_number(resource, "out_trade_no"), arrival_of(resource))
        if event.startswith("REFUND."):
            number = _number(resource, "out_refund_no")
            return Returned(number, refunded_of(resource, resource.get("refund_status")))
    except Unreachable as error:
        raise Unusable("form") from error
    return Other(event)


def _number(resource: Mapping[str, object], key: str) -> str:
    number = resource.get(key)
    if not isinstance(number, str) or not number:
        raise Unusable("form")
    return number
