"""The Official Account cipher and signatures.

Written apart from the bot's own, so that each checks the other.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_BLOCK = 32  # WeChat pads to 32, not to the cipher's 16


class BadEnvelope(ValueError):
    """A sealed text that was not made with this account's key."""


def sign(*parts: str) -> str:
    """sha1 over the sorted parts, as every WeChat callback signature is made."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


class Envelope:
    """Seals and opens texts between the platform and one Official Account."""

    def __init__(self, *, token: str, encoding_aes_key: str, app_id: str) -> None:
        self._token = token
        self._app_id = app_id.encode()
        self._key = base64.b64decode(encoding_aes_key + "=")
        if len(self._key) != 32:
            raise ValueError("an EncodingAESKey has 43 characters and stands for 32 bytes")

    def sign(self, *, timestamp: str, nonce: str, sealed: str) -> str:
        return sign(self._token, timestamp, nonce, sealed)

    def signature_is_good(self, signature: str, *, timestamp: str, nonce: str, sealed: str) -> bool:
        expected = self.sign(timestamp=timestamp, nonce=nonce, sealed=sealed)
        return hmac.compare_digest(signature.encode(), expected.encode())

    def seal(self, text: str) -> str:
        body = text.encode()
        plain = secrets.token_bytes(16) + struct.pack(">I", len(body)) + body + self._app_id
        padding = _BLOCK - len(plain) % _BLOCK
        encryptor = self._cipher().encryptor()
        sealed = encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()
        return base64.b64encode(sealed).decode()

    def open(self, sealed: str) -> str:
        """Return the text inside; raises BadEnvelope for another key, account or a damaged text."""
        try:
            decryptor = self._cipher().decryptor()
            plain = decryptor.update(base64.b64decode(sealed, validate=True)) + decryptor.finalize()
        except (binascii.Error, ValueError) as error:
            raise BadEnvelope("not base64 of whole blocks") from error
        if not plain or not 1 <= plain[-1] <= _BLOCK:
            raise BadEnvelope("bad padding")
        plain = plain[: -plain[-1]]
        if len(plain) < 20:
            raise BadEnvelope("too short")
        (length,) = struct.unpack(">I", plain[16:20])
        body, app_id = plain[20 : 20 + length], plain[20 + length :]
        if app_id != self._app_id:
            raise BadEnvelope("made for another account")
        return body.decode()

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))
