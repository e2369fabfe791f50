"""Signatures and encryption of the callback: who says so, and what was said.

wechatpy 1.8.18 is our reference for the format (the tests read its messages and it reads ours),
but its `WeChatCrypto` compares signatures with `!=`, takes any age, raises a handful of unrelated
exceptions on hostile input and draws its random bytes from `random`. Hence the few lines below.
"""

import base64
import hashlib
import hmac
import json
import logging
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.ciphers import Cipher as BlockCipher
from cryptography.hazmat.primitives.ciphers import algorithms, modes

from bot.channels.wechat.account import Mode, WeChatAccount
from bot.channels.wechat.documents import Fields, Wire, read_document
from bot.channels.wechat.refusals import Refused

logger = logging.getLogger(__name__)

# Freshness is the whole defence against replays here, and it is enough. A store of nonces would
# refuse the platform's own retries; a replayed message inside the window has a known MsgId
# and gets the stored reply, with no second effect.
FRESH_FOR = timedelta(minutes=5)

_PAD_TO = 32  # PKCS#7, but to 32 bytes instead of AES's 16
_HEAD = 20  # 16 random bytes and the length


@dataclass(frozen=True, slots=True)
class Push:
    """An authenticated callback. `cipher` is what opened it and must seal its answer."""

    fields: Fields
    wire: Wire
    cipher: "Cipher | None" = None


def signature_of(*parts: str) -> str:
    """WeChat's signature: SHA-1 of the sorted parts, in hexadecimal."""
    return hashlib.sha1("".join(sorted(parts)).encode("utf-8", "surrogatepass")).hexdigest()


class Cipher:
    """The AES envelope of WeChat and WeCom for one key and one receiver (app id, corp id)."""

    __slots__ = ("_cipher", "_key", "_receiver")

    def __init__(self, key: bytes, receiver: str) -> None:
        self._key = key
        self._receiver = receiver.encode()
        self._cipher = BlockCipher(algorithms.AES(key), modes.CBC(key[:16]))

    def open(self, encrypted: str) -> bytes:
        """Decrypt; raises ValueError for anything that this key and receiver did not seal."""
        sealed = base64.b64decode(encrypted, validate=True)
        if not sealed or len(sealed) % 16:
            raise ValueError("not whole blocks")
        decryptor = self._cipher.decryptor()
        padded = decryptor.update(sealed) + decryptor.finalize()
        pad = padded[-1]
        if not 1 <= pad <= _PAD_TO or padded[-pad:] != bytes([pad]) * pad:
            raise ValueError("bad padding")
        content = padded[:-pad]
        if len(content) < _HEAD:
            raise ValueError("too short")
        (length,) = struct.unpack_from(">I", content, 16)
        if length > len(content) - _HEAD:
            raise ValueError("length beyond the end")
        if not hmac.compare_digest(content[_HEAD + length :], self._receiver):
            raise ValueError("meant for another app id")
        return content[_HEAD : _HEAD + length]

    def seal(self, plain: bytes, salt: bytes) -> str:
        """Encrypt; `salt` is the 16 bytes that make equal messages look different."""
        assert len(salt) == 16
        content = salt + struct.pack(">I", len(plain)) + plain + self._receiver
        pad = _PAD_TO - len(content) % _PAD_TO
        encryptor = self._cipher.encryptor()
        sealed = encryptor.update(content + bytes([pad]) * pad) + encryptor.finalize()
        return base64.b64encode(sealed).decode("ascii")

    def derive(self, *parts: bytes) -> bytes:
        """32 bytes that only holders of the key can compute, the same in every process."""
        mac = hmac.new(self._key, b"kebao passive reply", hashlib.sha256)
        for part in parts:
            mac.update(struct.pack(">I", len(part)) + part)
        return mac.digest()


class Codec:
    """Opens the pushes of one account and seals their answers."""

    def __init__(self, account: WeChatAccount) -> None:
        self._mode = account.mode
        self._token = account.token
        self._ciphers = tuple(Cipher(key, account.app_id) for key in account.aes_keys())
        if account.mode is not Mode.SAFE:
            logger.warning(
                "WeChat %s mode does not authenticate message bodies: whoever saw one callback "
                "address can post any message for five minutes; use safe mode",
                account.mode,
            )

    def check_address(self, query: Mapping[str, str], now: datetime) -> str:
        """Answer the console's check of our address: the echostr, verbatim, in every mode.

        Raises:
            Refused: 403 not signed by our token, 400 without echostr.
        """
        self._check_signature(query, "signature", now)
        try:
            return query["echostr"]
        except KeyError:
            raise Refused(400, "no echostr") from None

    def open(self, query: Mapping[str, str], body: bytes, now: datetime) -> Push:
        """Authenticate a push and return its fields.

        Raises:
            Refused: and nothing else, whatever the request holds.
        """
        # In compatible mode the encrypted half counts whenever it is announced: the plain half
        # beside it is not covered by any signature.
        encrypted = query.get("encrypt_type", "raw") == "aes" or "msg_signature" in query
        if self._mode is Mode.SAFE or (self._mode is Mode.COMPATIBLE and encrypted):
            return self._open_sealed(query, body, now)
        self._check_signature(query, "signature", now)
        document = read_document(body)
        if "Encrypt" in document.fields and "MsgType" not in document.fields:
            raise Refused(400, f"an encrypted push, but the account is in {self._mode} mode")
        return Push(document.fields, document.wire)

    def seal(self, push: Push, answer: str, *, message_id: str, at: datetime) -> bytes:
        """The answer as the platform wants it: sealed if the push was, in the push's notation.

        The same answer to the same message gives the same bytes in every process: the platform
        may hear the reply to its second try from another one. So nothing here is random; salt,
        nonce and time derive from the key, the message, the turn's time and the answer
        (a synthetic IV: a different answer never meets the same salt).
        """
        plain = answer.encode()
        if push.cipher is None:
            return plain
        timestamp = str(int(at.timestamp()))
        derived = push.cipher.derive(message_id.encode(), timestamp.encode(), plain)
        encrypted = push.cipher.seal(plain, derived[:16])
        nonce = str(int.from_bytes(derived[16:20], "big"))
        signature = signature_of(self._token.reveal(), timestamp, nonce, encrypted)
        if push.wire is Wire.JSON:
            envelope = {
                "Encrypt": encrypted,
                "MsgSignature": signature,
                "TimeStamp": int(timestamp),
                "Nonce": nonce,
            }
            return json.dumps(envelope, separators=(",", ":")).encode()
        return (
            f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt>"
            f"<MsgSignature><![CDATA[{signature}]]></MsgSignature>"
            f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
        ).encode()

    def _open_sealed(self, query: Mapping[str, str], body: bytes, now: datetime) -> Push:
        if not query.get("msg_signature"):
            raise Refused(403, "no msg_signature")
        encrypted = read_document(body).fields.get("Encrypt")
        if not isinstance(encrypted, str) or not encrypted:
            raise Refused(400, "nothing encrypted in the body")
        self._check_signature(query, "msg_signature", now, encrypted)
        for cipher in self._ciphers:
            try:
                plain = cipher.open(encrypted)
            except ValueError:
                continue
            document = read_document(plain)
            return Push(document.fields, document.wire, cipher)
        raise Refused(400, "no key of ours opens it for our app id")

    def _check_signature(
        self, query: Mapping[str, str], name: str, now: datetime, *more: str
    ) -> None:
        given, timestamp = query.get(name, ""), query.get("timestamp", "")
        expected = signature_of(self._token.reveal(), timestamp, query.get("nonce", ""), *more)
        # Bytes, because compare_digest raises TypeError for str beyond ASCII.
        if not hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
            raise Refused(403, f"wrong or absent {name}")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 11):
            raise Refused(403, "timestamp is not a number of seconds")
        if abs(now.timestamp() - int(timestamp)) > FRESH_FOR.total_seconds():
            raise Refused(403, "stale timestamp")
