"""WeChat Pay v3 behind the port, by the SDK of the extra `pay`; money stays frozen until released.

The SDK signs what we say and verifies what is answered. It is given no platform certificates: in
its public-key mode it fetches nothing on its own.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from bot.extras import lacks_pay
from bot.gateways import (
    Found,
    Misconfigured,
    PaymentState,
    Refunded,
    Refused,
    Unreachable,
)
from bot.gateways.account import NOTIFY_PATH, WeChatPayAccount
from bot.gateways.bill_files import address_of, check_hash, unpacked
from market.arrivals import Arrival, RefundState

logger = logging.getLogger(__name__)

CONNECT_WITHIN_S, ANSWER_WITHIN_S, FILE_WITHIN_S = 5, 10, 120
CHINA = ZoneInfo("Asia/Shanghai")
LONGEST_DESCRIPTION = 40  # characters; the platform takes 127 bytes

_STATES = {
    "NOTPAY": PaymentState.OPEN,
    "USERPAYING": PaymentState.OPEN,
    "ACCEPT": PaymentState.OPEN,
    "CLOSED": PaymentState.GONE,
    "REVOKED": PaymentState.GONE,
    "PAYERROR": PaymentState.GONE,
    "REFUND": PaymentState.GONE,
}
REFUND_STATES = {
    "SUCCESS": RefundState.DONE,
    "PROCESSING": RefundState.RUNNING,
    "ABNORMAL": RefundState.ABNORMAL,
    "CLOSED": RefundState.CLOSED,
}
_UNKNOWN_ORDER = {"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"}
_ALREADY_CLOSED = {"ORDER_CLOSED", "ORDERCLOSED"}
_LATER = {
    "SYSTEM_ERROR", "FREQUENCY_LIMITED", "FREQUENCY_LIMIT_EXCEED", "RATELIMIT_EXCEEDED",
    "STATEMENT_CREATING",
}  # fmt: skip
_NO_BILL = "NO_STATEMENT_EXIST"
_OURS_TO_MEND = {"SIGN_ERROR", "NO_AUTH", "MCH_NOT_EXISTS", "APPID_MCHID_NOT_MATCH"}

_Method = Callable[..., Awaitable[tuple[int, str | bytes]]]


class WeChatPay:
    """One merchant. Use it between `open` and `close`."""

    def __init__(self, account: WeChatPayAccount, notify_url: str) -> None:
        self._account = account
        self._notify_url = notify_url
        self._sdk: Any = None  # AsyncWeChatPay, which mypy may not know here

    async def open(self) -> None:
        """Import the SDK, which takes a while, and make its client. Raises ImportError."""
        self._sdk = await asyncio.to_thread(_make_sdk, self._account, self._notify_url)
        await self._sdk.__aenter__()

    async def close(self) -> None:
        if self._sdk is not None:
            await self._sdk.__aexit__(None, None, None)

    def decrypt(self, headers: Mapping[str, str], body: bytes) -> object:
        """A notice with its resource in clear; None unless its signature is right.

        It may raise whatever it likes: what it is given comes from strangers.
        """
        return self._sdk.callback(headers, body)

    async def open_code(
        self, no: str, *, amount_fen: int, description: str, expires_at: datetime
    ) -> str:
        answer = await self._ask(
            self._sdk.pay,
            description=description[:LONGEST_DESCRIPTION],
            out_trade_no=no,
            amount={"total": amount_fen, "currency": "CNY"},
            time_expire=expires_at.astimezone(CHINA).isoformat(timespec="seconds"),
            settle_info={"profit_sharing": True},  # frozen there until the work is accepted
        )
        code = answer.get("code_url")
        if not isinstance(code, str) or not code:
            raise Unreachable("the answer holds no code_url")
        return code

    async def find(self, no: str) -> Found:
        try:
            answer = await self._ask(self._sdk.query, out_trade_no=no)
        except Refused as refused:
            if refused.code in _UNKNOWN_ORDER:
                return Found(PaymentState.GONE)
            raise
        if answer.get("out_trade_no") != no or not self.is_ours(answer):
            raise Unreachable("the answer is about another payment")
        state = answer.get("trade_state")
        if state == "SUCCESS":
            return Found(PaymentState.PAID, arrival_of(answer))
        if state not in _STATES:
            raise Unreachable("the answer holds a state that is not known")
        return Found(_STATES[state])

    async def close_code(self, no: str) -> None:
        try:
            await self._ask(self._sdk.close, out_trade_no=no)
        except Refused as refused:
            if refused.code not in _UNKNOWN_ORDER | _ALREADY_CLOSED:
                raise

    async def refund(
        self, no: str, *, trade_no: str, amount_fen: int, total_fen: int, reason: str
    ) -> Refunded:
        answer = await self._ask(
            self._sdk.refund,
            out_refund_no=no,
            out_trade_no=trade_no,
            amount={"refund": amount_fen, "total": total_fen, "currency": "CNY"},
            reason=reason[:LONGEST_DESCRIPTION],
        )
        if answer.get("out_refund_no") != no:
            raise Unreachable("the answer is about another refund")
        return refunded_of(answer, answer.get("status"))

    async def release(self, no: str, *, transaction_id: str, reason: str) -> bool:
        answer = await self._ask(
            self._sdk.profitsharing_unfreeze,
            transaction_id=transaction_id,
            out_order_no=no,
            description=reason[:LONGEST_DESCRIPTION],
        )
        return answer.get("state") == "FINISHED"

    async def trade_bill(self, day: date) -> bytes | None:
        """The bill of all payments and refunds of a day, as it was announced; None: no movement.

        The file itself is not signed: its hash is in the answer that is.
        """
        try:
            announced = await self._ask(self._sdk.trade_bill, bill_date=day.isoformat())
        except Refused as refused:
            if refused.code == _NO_BILL:
                return None
            raise
        download = partial(self._sdk.download_bill, url=address_of(announced))
        content = await self._request(download, FILE_WITHIN_S)
        packed = content.encode() if isinstance(content, str) else content
        raw = await asyncio.to_thread(unpacked, packed)
        check_hash(raw, announced)
        return raw

    def is_ours(self, fields: Mapping[str, object]) -> bool:
        """Whether it is about this merchant, and this app where it says so."""
        return fields.get("mchid") == self._account.mch_id and (
            fields.get("appid", self._account.app_id) == self._account.app_id
        )

    async def _ask(self, method: _Method, **about: object) -> dict[str, Any]:
        return _fields(await self._request(partial(method, **about), ANSWER_WITHIN_S))

    async def _request(self, asks: _Method, within_s: float) -> str | bytes:
        """A good answer as it came; everything else is raised as a GatewayError."""
        try:
            # The SDK's own limit is for each read: a trickle of bytes could outlast it.
            async with asyncio.timeout(CONNECT_WITHIN_S + within_s):
                status, body = await asks()
        except TimeoutError as error:
            raise Unreachable("no answer in time") from error
        except Exception as error:  # the SDK says "not signed" with a bare Exception
            logger.info("WeChat Pay was not reached: %s", type(error).__name__)
            raise Unreachable(_why(error)) from error
        if 200 <= status < 300:
            return body
        fields = _fields(body)
        code, said = str(fields.get("code", "")), str(fields.get("message", ""))[:80]
        logger.warning("WeChat Pay answers %d %s", status, code or "-")
        if status >= 500 or status == 429 or code in _LATER:
            raise Unreachable(f"HTTP {status} {code}".strip())
        if status == 401 or code in _OURS_TO_MEND:
            raise Misconfigured(f"{code or f'HTTP {status}'}：{said}")
        raise Refused(code or f"HTTP {status}", said)


@asynccontextmanager
async def wechat_pay(
    account: WeChatPayAccount | None, public_url: str
) -> AsyncIterator[WeChatPay | None]:
    """WeChat Pay, if there is a merchant and the extra: what was paid by it goes back by it.

    Also while new payments take another way.
    """
    if account is None or lacks_pay():
        yield None
        return
    gateway = WeChatPay(account, public_url + NOTIFY_PATH)
    await gateway.open()
    try:
        yield gateway
    finally:
        await gateway.close()


def arrival_of(fields: Mapping[str, object]) -> Arrival:
    """The money in a paid transaction. Raises Unreachable if it does not say."""
    amount, transaction_id = fields.get("amount"), fields.get("transaction_id")
    total = amount.get("total") if isinstance(amount, dict) else None
    currency = amount.get("currency", "CNY") if isinstance(amount, dict) else None
    if type(total) is not int or not isinstance(transaction_id, str) or not transaction_id:
        raise Unreachable("a paid transaction without its amount or number")
    # A sum in another currency is never what we asked for, whatever its number.
    return Arrival(transaction_id, total if currency == "CNY" else 0)


def refunded_of(fields: Mapping[str, object], status: object) -> Refunded:
    """Raises Unreachable if it does not say how far it is, or of how much."""
    amount = fields.get("amount")
    refund = amount.get("refund") if isinstance(amount, dict) else None
    if type(refund) is not int or status not in REFUND_STATES:
        raise Unreachable("a refund without its amount or state")
    return Refunded(REFUND_STATES[str(status)], refund)


def _make_sdk(account: WeChatPayAccount, notify_url: str) -> Any:
    # Here and not above: importing kebao must not import the SDK, nor need it. Of its two
    # enumerations only the asynchronous one is understood by the asynchronous client.
    from wechatpayv3.async_ import AsyncWeChatPay, WeChatPayType

    sdk = AsyncWeChatPay(
        wechatpay_type=WeChatPayType.NATIVE,
        mchid=account.mch_id,
        private_key=account.private_key.reveal(),
        cert_serial_no=account.serial_no,
        appid=account.app_id,
        apiv3_key=account.api_v3_key.reveal(),
        notify_url=notify_url,
        timeout=(CONNECT_WITHIN_S, ANSWER_WITHIN_S),
        public_key=account.public_key,
        public_key_id=account.public_key_id,
    )
    sdk._core._gate_way = account.api_base_url  # it has no parameter for it
    return sdk


def _why(error: Exception) -> str:
    """What went wrong, without the address: it may hold what the operator keeps to himself."""
    if "signature" in str(error):
        return "the answer is not signed by WeChat Pay"
    return f"cannot be reached ({type(error).__name__})"


def _fields(body: str | bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body) if body else {}
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}
