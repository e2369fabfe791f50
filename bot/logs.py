"""Logs: to stderr as text or JSON lines, with the turn they belong to and without secrets."""

import json
import logging
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO

from bot.secrets import Secret

_turn: ContextVar[str] = ContextVar("turn", default="")

# What looks like a secret, whoever logged it: our libraries put addresses into their messages.
_PARAMETER = re.compile(
    r"(?i)((?:access_token|app_?secret|secret|password|token|signature|encoding_?aes_?key)"
    r"[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;}<]{4,}"
)
_BEARER = re.compile(r"(?i)\b(bearer|qqbot)\s+[^\s\"',;]{4,}")
_URL_PASSWORD = re.compile(r"(://[^\s:/@]*:)[^\s@/]+@")
# PostgreSQL quotes the row or key it refuses: words and sealed prices of people.
_REFUSED_ROW = re.compile(
    r"(?s)(\bDETAIL:\s+)\S.*?(?=\n\s*\[SQL:|\n\s*\n|\n(?:CONTEXT|HINT|SCHEMA NAME):|\Z)"
)
_MOBILE = re.compile(r"(?<![0-9])(1[3-9][0-9])[0-9]{4}([0-9]{4})(?![0-9])")
_SHORTEST_SECRET = 4  # a shorter value would mask half the log


@contextmanager
def turn(turn_id: str) -> Iterator[None]:
    """Everything logged inside, in this task and what it awaits, carries the id."""
    token = _turn.set(turn_id)
    try:
        yield
    finally:
        _turn.reset(token)


@dataclass(frozen=True, slots=True)
class Body:
    """What a person wrote, for a log line: shown at DEBUG only, above that just its length.

    ``logger.info("received %s", Body(text))``
    """

    text: str

    def __str__(self) -> str:
        return f"({len(self.text)} characters)"

    __repr__ = __str__


class ShowBodies(logging.Filter):
    """Puts the text of a `Body` into DEBUG lines, shortened to one line."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno <= logging.DEBUG and isinstance(record.args, tuple):
            record.args = tuple(
                repr(arg.text[:500]) if isinstance(arg, Body) else arg for arg in record.args
            )
        return True


class Masker:
    """Takes known secrets, and what looks like one, out of a text."""

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        known = {secret.reveal() for secret in secrets}
        # The longest first: one secret may be part of another.
        parts = sorted(
            (re.escape(value) for value in known if len(value) >= _SHORTEST_SECRET),
            key=len,
            reverse=True,
        )
        self._known = re.compile("|".join(parts)) if parts else None

    def mask(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub("***", text)
        text = _PARAMETER.sub(r"\1***", text)
        text = _BEARER.sub(r"\1 ***", text)
        text = _URL_PASSWORD.sub(r"\1***@", text)
        text = _REFUSED_ROW.sub(r"\1***", text)
        return _MOBILE.sub(r"\1****\2", text)


class TextFormatter(logging.Formatter):
    """``2026-11-22T02:36:18.123Z INFO bot.ingest [turn] message``"""

    def __init__(self, masker: Masker) -> None:
        super().__init__("%(moment)s %(levelname)s %(name)s%(turn)s %(message)s")
        self._masker = masker

    def format(self, record: logging.LogRecord) -> str:
        record.moment = _moment(record)
        record.turn = f" [{_turn.get()}]" if _turn.get() else ""
        # Masked as a whole, tracebacks included. A line end in a message must not
        # look like the beginning of another record.
        return self._masker.mask(super().format(record)).replace("\n", "\n    ")


class JsonFormatter(logging.Formatter):
    """One object per line: at, level, logger, turn, message, error."""

    def __init__(self, masker: Masker) -> None:
        super().__init__()
        self._masker = masker

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "turn": _turn.get(),
            "message": self._masker.mask(record.getMessage()),
            "error": self._masker.mask(self.formatException(record.exc_info))
            if record.exc_info
            else "",
        }
        return json.dumps({key: value for key, value in line.items() if value}, ensure_ascii=False)


class _Handler(logging.StreamHandler[IO[str]]):
    """Ours, as against a handler that a test or a debugger has added."""


def configure(
    level: str = "info",
    form: str = "text",
    *,
    secrets: Iterable[Secret] = (),
    stream: IO[str] | None = None,
) -> None:
    """Send all logs to stderr; `form` is "text" or "json". Called again, it starts afresh."""
    masker = Masker(secrets)
    handler = _Handler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter(masker) if form == "json" else TextFormatter(masker))
    handler.addFilter(ShowBodies())
    root = logging.getLogger()
    for old in [one for one in root.handlers if isinstance(one, _Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    # Each request with its address and each tick of the clockwork: noise, and addresses
    # carry tokens. Their warnings still come through.
    for noisy in (
        "aiohttp.access", "alembic", "apscheduler", "sqlalchemy", "urllib3", "asyncio",
        "openai", "httpx", "httpx2", "httpcore", "httpcore2",
    ):  # fmt: skip
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _moment(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
