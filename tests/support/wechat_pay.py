"""A stand-in for WeChat Pay: it believes our signatures or refuses, and signs its own answers.

It keeps payments and refunds as the platform does – one for each number, however often it is asked
– and can be slow, down, forgetful of its notices, or play somebody who forges them.
"""

import asyncio
import base64
import gzip
import hashlib
import json
import re
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from bot.gateways.account import WeChatPayAccount
from bot.secrets import Secret

APP_ID, MCH_ID, SERIAL = "wx0123456789abcdef", "1900000109", "5157F09EFDC096DE15EBE81A47057A72"
KEY_ID = "PUB_KEY_ID_0119000001092024061700382000"
API_V3_KEY = "0123456789abcdef0123456789ABCDEF"
ALGORITHM = "WECHATPAY2-SHA256-RSA2048"

_AUTHORIZATION = re.compile(r'(\w+)="([^"]*)"')


@cache
def key_of(whose: str) -> RSAPrivateKey:
    """Key material of this run of the tests: the merchant's, the platform's, a stranger's."""
    return generate_private_key(public_exponent=65_537, key_size=2_048)


def private_pem(whose: str, form: PrivateFormat = PrivateFormat.PKCS8) -> str:
    return key_of(whose).private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def public_pem(whose: str) -> str:
    public = key_of(whose).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def account_at(url: str) -> WeChatPayAccount:
    return WeChatPayAccount(
        app_id=APP_ID,
        mch_id=MCH_ID,
        serial_no=SERIAL,
        api_v3_key=Secret(API_V3_KEY),
        private_key=Secret(private_pem("merchant")),
        public_key=public_pem("platform"),
        public_key_id=KEY_ID,
        api_base_url=url,
    )


def section(folder: Path, url: str) -> str:
    """[pay] and [pay.wechat] as an operator writes them, with the files they name."""
    (folder / "apiclient_key.pem").write_text(private_pem("merchant"))
    (folder / "pub_key.pem").write_text(public_pem("platform"))
    return f"""
[pay]
gateway = "wechat"
[pay.wechat]
app_id = "{APP_ID}"
mch_id = "{MCH_ID}"
serial_no = "{SERIAL}"
api_v3_key = "{API_V3_KEY}"
private_key_file = "{folder / "apiclient_key.pem"}"
public_key_file = "{folder / "pub_key.pem"}"
public_key_id = "{KEY_ID}"
api_base_url = "{url}"
"""


@dataclass
class Ordered:
    """A payment as the platform knows it."""

    request: dict[str, Any]
    state: str = "NOTPAY"
    transaction_id: str = ""
    paid_fen: int = 0
    currency: str = "CNY"
    paid_at: datetime | None = None

    @property
    def no(self) -> str:
        return str(self.request["out_trade_no"])


@dataclass
class SignedNotice:
    """A notice on its way; tests tamper with it."""

    headers: dict[str, str]
    body: bytes


@dataclass
class FakeWeChatPay:
    """The platform's API on loopback."""

    now: Callable[[], datetime]
    url: str = ""
    orders: dict[str, Ordered] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    released: dict[str, dict[str, Any]] = field(default_factory=dict)
    bills: dict[str, bytes] = field(default_factory=dict)  # of which day: the file, unpacked
    announces: Callable[[bytes], bytes] = lambda bill: bill  # what the hash is said to be of
    released_something: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[str] = field(default_factory=list)  # "POST /v3/pay/transactions/native"
    unsigned: int = 0  # requests whose signature was wrong
    down: bool = False  # hangs up
    trouble: tuple[int, str] | None = None  # answers everything with this status and code
    forges: bool = False  # signs its answers with a stranger's key
    closes: bool = True  # or answers that it cannot, for now
    late_s: float = 0.0
    refund_state: str = "SUCCESS"
    release_state: str = "FINISHED"
    on_order: Callable[[], None] = lambda: None  # between making a code and answering

    # What a payer does

    def pays(self, no: str, paid_fen: int | None = None, currency: str = "CNY") -> SignedNotice:
        """Somebody scans the code and pays; the notice of it is returned, not sent."""
        order = self.orders[no]
        assert order.state == "NOTPAY", f"nobody can pay {no} now: {order.state}"
        order.state = "SUCCESS"
        order.transaction_id = f"42000{len(self.asked):07d}{secrets.randbelow(10**8):08d}"
        order.paid_fen = order.request["amount"]["total"] if paid_fen is None else paid_fen
        order.currency = currency
        order.paid_at = self.now()
        return self.paid_notice(order)

    def the_order(self) -> Ordered:
        """The only one that can be paid."""
        (order,) = [order for order in self.orders.values() if order.state == "NOTPAY"]
        return order

    def order_by_code(self, code: str) -> Ordered:
        return next(one for one in self.orders.values() if _code_of(one.no) == code)

    # Notices

    def paid_notice(self, order: Ordered, **changed: object) -> SignedNotice:
        return self.notice("TRANSACTION.SUCCESS", {**_transaction(order), **changed})

    def refund_notice(self, no: str, status: str = "SUCCESS", **changed: object) -> SignedNotice:
        refund = self.refunds[no]
        refund["status"] = status
        resource = {
            "mchid": MCH_ID,
            "out_trade_no": refund["out_trade_no"],
            "transaction_id": "4200000000000000000000000001",
            "out_refund_no": no,
            "refund_id": "50000000000000000000000000001",
            "refund_status": status,
            "amount": refund["amount"],
        }
        return self.notice(f"REFUND.{status}", {**resource, **changed})

    def notice(
        self,
        event: str,
        resource: dict[str, object],
        *,
        signer: str = "platform",
        serial: str = KEY_ID,
        age: timedelta = timedelta(0),
        key: str = API_V3_KEY,
    ) -> SignedNotice:
        nonce = secrets.token_hex(6)
        sealed = AESGCM(key.encode()).encrypt(
            nonce.encode(), json.dumps(resource).encode(), b"transaction"
        )
        body = json.dumps(
            {
                "id": secrets.token_hex(16),
                "create_time": self.now().isoformat(),
                "resource_type": "encrypt-resource",
                "event_type": event,
                "summary": "支付成功",
                "resource": {
                    "original_type": "transaction",
                    "algorithm": "AEAD_AES_256_GCM",
                    "ciphertext": base64.b64encode(sealed).decode(),
                    "associated_data": "transaction",
                    "nonce": nonce,
                },
            },
            ensure_ascii=False,
        ).encode()
        headers = self._signed(body, signer=signer, at=self.now() - age)
        return SignedNotice({**headers, "Wechatpay-Serial": serial}, body)

    # The API

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.asked.append(f"{request.method} {request.path}")
        if self.late_s:
            await asyncio.sleep(self.late_s)
        if self.down:
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        if self.trouble is not None:
            return self._says(*self.trouble)
        if not _is_signed(request, body):
            self.unsigned += 1
            return self._says(401, "SIGN_ERROR")
        fields = json.loads(body) if body else {}
        return self._route(request, fields)

    def _route(self, request: web.Request, fields: dict[str, Any]) -> web.Response:
        path = request.path
        if path == "/v3/pay/transactions/native":
            return self._order(fields)
        if path == "/v3/refund/domestic/refunds":
            return self._refund(fields)
        if path == "/v3/profitsharing/orders/unfreeze":
            return self._release(fields)
        if path == "/v3/bill/tradebill":
            return self._bill(request.query["bill_date"])
        if path == "/v3/billdownload/file":
            return web.Response(body=gzip.compress(self.bills[request.query["token"]]))
        found = re.fullmatch(r"/v3/pay/transactions/out-trade-no/([\w-]+)(/close)?", path)
        order = self.orders.get(found[1]) if found else None
        if found is None or order is None:
            return self._says(404, "ORDER_NOT_EXIST")
        if found[2]:
            return self._close(order)
        if request.query["mchid"] != MCH_ID:
            return self._says(403, "NO_AUTH")
        return self._signs(_transaction(order))

    def _order(self, fields: dict[str, Any]) -> web.Response:
        if (fields["appid"], fields["mchid"]) != (APP_ID, MCH_ID):
            return self._says(400, "APPID_MCHID_NOT_MATCH")
        known = self.orders.setdefault(fields["out_trade_no"], Ordered(fields))
        if known.request != fields:
            return self._says(400, "INVALID_REQUEST")  # one number, one order
        if known.state == "SUCCESS":
            return self._says(400, "ORDERPAID")
        self.on_order()
        return self._signs({"code_url": _code_of(known.no)})

    def _close(self, order: Ordered) -> web.Response:
        if order.state == "SUCCESS":
            return self._says(400, "ORDERPAID")
        if not self.closes:
            return self._says(500, "SYSTEM_ERROR")
        order.state = "CLOSED"
        return self._signs(None, status=204)

    def _refund(self, fields: dict[str, Any]) -> web.Response:
        order = self.orders[fields["out_trade_no"]]
        total, part = fields["amount"]["total"], fields["amount"]["refund"]
        if order.state not in {"SUCCESS", "REFUND"} or total != order.paid_fen or part > total:
            return self._says(400, "PARAM_ERROR")
        first = {**fields, "status": self.refund_state, "at": self.now()}
        known = self.refunds.setdefault(fields["out_refund_no"], first)
        if known["amount"] != fields["amount"]:
            return self._says(400, "PARAM_ERROR")
        order.state = "REFUND"
        told = {name: value for name, value in known.items() if name != "at"}
        return self._signs({**told, "transaction_id": order.transaction_id})

    def _release(self, fields: dict[str, Any]) -> web.Response:
        known = {order.transaction_id: order for order in self.orders.values()}
        order = known.get(fields["transaction_id"])
        if order is None or not order.request["settle_info"]["profit_sharing"]:
            return self._says(400, "PARAM_ERROR")
        given_back = sum(
            refund["amount"]["refund"]
            for refund in self.refunds.values()
            if refund["out_trade_no"] == order.no
        )
        if given_back == order.paid_fen:
            return self._says(403, "NOT_ENOUGH")  # 分账金额不足
        self.released[fields["out_order_no"]] = fields
        self.released_something.set()
        return self._signs({**fields, "state": self.release_state})

    def _bill(self, day: str) -> web.Response:
        if day not in self.bills:
            return self._says(400, "NO_STATEMENT_EXIST")
        hashed = hashlib.sha1(self.announces(self.bills[day]), usedforsecurity=False).hexdigest()
        address = f"https://api.mch.weixin.qq.com/v3/billdownload/file?token={day}"
        return self._signs({"hash_type": "SHA1", "hash_value": hashed, "download_url": address})

    def _signs(self, fields: object, *, status: int = 200) -> web.Response:
        body = b"" if fields is None else json.dumps(fields, ensure_ascii=False).encode()
        headers = self._signed(
            body, signer="stranger" if self.forges else "platform", at=self.now()
        )
        headers["Content-Type"] = "application/json; charset=utf-8"
        return web.Response(status=status, body=body, headers=headers)

    def _says(self, status: int, code: str) -> web.Response:
        return web.json_response({"code": code, "message": "不行"}, status=status)

    def _signed(self, body: bytes, *, signer: str, at: datetime) -> dict[str, str]:
        stamp, nonce = str(int(at.timestamp())), secrets.token_hex(16)
        message = f"{stamp}\n{nonce}\n".encode() + body + b"\n"
        signature = key_of(signer).sign(message, PKCS1v15(), SHA256())
        return {
            "Wechatpay-Timestamp": stamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": base64.b64encode(signature).decode(),
            "Wechatpay-Signature-Type": ALGORITHM,
            "Wechatpay-Serial": KEY_ID,
        }


def _code_of(no: str) -> str:
    return f"weixin://wxpay/bizpayurl?pr={no}"


def _transaction(order: Ordered) -> dict[str, object]:
    fields: dict[str, object] = {
        "appid": APP_ID,
        "mchid": MCH_ID,
        "out_trade_no": order.no,
        "trade_state": order.state,
        "trade_type": "NATIVE",
    }
    if order.state == "SUCCESS":
        fields["transaction_id"] = order.transaction_id
        fields["amount"] = {
            "total": order.paid_fen,
            "payer_total": order.paid_fen,
            "currency": order.currency,
        }
    return fields


def _is_signed(request: web.Request, body: bytes) -> bool:
    """Whether the merchant signed this request as it arrived: the raw path and the raw body."""
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    said = dict(_AUTHORIZATION.findall(rest))
    if scheme != ALGORITHM or (said.get("mchid"), said.get("serial_no")) != (MCH_ID, SERIAL):
        return False
    head = f"{request.method}\n{request.raw_path}\n{said['timestamp']}\n{said['nonce_str']}\n"
    try:
        key_of("merchant").public_key().verify(
            base64.b64decode(said["signature"]), head.encode() + body + b"\n", PKCS1v15(), SHA256()
        )
    except InvalidSignature:
        return False
    return True


@asynccontextmanager
async def fake_wechat_pay(now: Callable[[], datetime]) -> AsyncIterator[FakeWeChatPay]:
    platform = FakeWeChatPay(now)
    app = web.Application()
    app.router.add_route("*", "/v3/{path:.*}", platform.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    platform.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield platform
    finally:
        await runner.cleanup()
