"""The body of a push as plain fields: XML without DTD or entities, or JSON.

wechatpy's `parse_message` is not used here: hostile input makes it raise six kinds of
exception, fields are converted when they are read, and reading a missing one changes the message.
"""

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn
from xml.parsers import expat

from bot.channels.wechat.refusals import Refused

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 16  # real pushes nest four deep

Fields = dict[str, object]
"""Values are str, int, float or bool, or dicts and lists of these; readers check which."""

# What XML 1.0 cannot carry, which is also what PostgreSQL (NUL) and UTF-8 (surrogates) cannot.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Wire(StrEnum):
    """The notation of a push; its answer is given in the same one."""

    XML = "xml"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Document:
    fields: Fields
    wire: Wire


def legal(text: str) -> str:
    """The text without characters XML cannot carry, lines ended by \\n as XML ends them."""
    if text.isprintable():
        return text  # nearly always, and told apart five times as fast
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _ILLEGAL.sub("", text)


def read_document(body: bytes) -> Document:
    """Parse XML or JSON, whichever it is: the console lets the operator choose.

    Raises:
        Refused: 413 too large, 400 anything that is not one well-formed flat document.
    """
    if len(body) > MAX_BYTES:
        raise Refused(413, "body too large")
    body = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if body.startswith(b"<"):
        return Document(_from_xml(body), Wire.XML)
    if body.startswith(b"{"):
        return Document(_from_json(body), Wire.JSON)
    raise Refused(400, "neither XML nor JSON")


def _from_xml(body: bytes) -> Fields:
    reader = _XmlReader()
    # The encoding is ours to say: WeChat sends UTF-8, whatever a declaration claims.
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.words
    # Without a DTD there are no entities: neither XXE nor a billion laughs.
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError) as error:
        raise Refused(400, "malformed XML") from error
    root = reader.root.get("xml")
    if not isinstance(root, dict):
        raise Refused(400, "no fields under <xml>")
    return root


def _refuse_doctype(*_: object) -> NoReturn:
    raise Refused(400, "DOCTYPE is not accepted")


class _XmlReader:
    """Builds the fields: an element is its text or a dict of its children, twins are a list."""

    __slots__ = ("_open", "_texts", "root")

    def __init__(self) -> None:
        self.root: Fields = {}
        self._open: list[Fields] = [self.root]
        self._texts: list[str] = [""]

    def start(self, _name: str, _attributes: dict[str, str]) -> None:
        if len(self._open) > MAX_DEPTH:
            raise Refused(400, "nested too deep")
        self._open.append({})
        self._texts.append("")

    def words(self, text: str) -> None:
        self._texts[-1] += text

    def end(self, name: str) -> None:
        children, text = self._open.pop(), self._texts.pop()
        value: object = children or text
        parent = self._open[-1]
        if name not in parent:
            parent[name] = value
        elif isinstance(twins := parent[name], list):
            twins.append(value)
        else:
            parent[name] = [twins, value]


def _from_json(body: bytes) -> Fields:
    try:
        value = json.loads(
            body.decode("utf-8"), object_pairs_hook=_distinct, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError) as error:
        raise Refused(400, "malformed JSON") from error
    if not isinstance(value, dict) or not value:
        raise Refused(400, "no fields in the JSON object")
    return value


def _distinct(pairs: list[tuple[str, object]]) -> Fields:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        # Readers disagree on which twin counts; whoever signed may have meant the other one.
        raise Refused(400, "a JSON name is repeated")
    return fields


def _refuse_constant(_name: str) -> NoReturn:
    raise Refused(400, "NaN and Infinity are not JSON")
