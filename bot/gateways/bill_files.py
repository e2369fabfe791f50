"""The file behind a bill's address: announced with a hash, sent packed, believed if it fits."""

import hashlib
import hmac
import zlib
from collections.abc import Mapping
from urllib.parse import urlsplit

from bot.gateways import Unreachable

MOST_BYTES = 64 << 20  # unpacked: some 200 000 payments in a day
_PATH = "/v3/billdownload/"
_GZIP = b"\x1f\x8b"


def address_of(announced: Mapping[str, object]) -> str:
    """Path and query of the file; whatever host is named, we ask the gateway we know.

    Raises:
        Unreachable: it is no address of a bill.
    """
    url = announced.get("download_url")
    parts = urlsplit(url if isinstance(url, str) else "")
    if not parts.path.startswith(_PATH):
        raise Unreachable("the bill has no usable download_url")
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def unpacked(content: bytes) -> bytes:
    """What was packed with gzip, or is not packed. Raises Unreachable."""
    if not content.startswith(_GZIP):
        return content
    unpacking = zlib.decompressobj(wbits=31)
    try:
        raw = unpacking.decompress(content, MOST_BYTES)
    except zlib.error as error:
        raise Unreachable("the bill is not readable gzip") from error
    if not unpacking.eof:
        raise Unreachable("the bill is cut off, or unpacks to more than 64 MiB")
    return raw


def check_hash(raw: bytes, announced: Mapping[str, object]) -> None:
    """Whether the file is the one that was announced in a signed answer. Raises Unreachable."""
    kind, value = announced.get("hash_type"), announced.get("hash_value")
    if kind != "SHA1" or not isinstance(value, str):
        raise Unreachable("the bill was announced without its SHA1")
    found = hashlib.sha1(raw, usedforsecurity=False).hexdigest()
    if not hmac.compare_digest(found.encode(), value.lower().encode()):
        raise Unreachable("the bill is not the one that was announced: its hash differs")
