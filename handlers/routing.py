"""Routing: the first parser that understands a message chooses its handler.

A parser takes `Heard` and returns an intent, or None for "not this". A handler asks for what it
needs by type; a type nobody can supply fails when the module is imported, not at a message.
"""

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, get_type_hints

from handlers.conversation import Conversation, Question
from handlers.desk import Desk, Say
from handlers.message import Inbound
from market.parties import Sender
from market.policy import Policy
from matching import Reading
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Heard:
    """One message with all that is known while it is being understood."""

    inbound: Inbound
    reading: Reading
    command: str  # the words as a command: normal, upper case, or what a tapped number says
    sender: Sender
    conversation: Conversation
    room_role: str | None = None  # "provider" or "staff" in a group of ours, None in private

    @property
    def private(self) -> bool:
        return self.inbound.room is None


Intent = TypeVar("Intent")
Parser = Callable[[Heard], Intent | None]
Handler = Callable[..., None]

# What a handler may ask for, beside its intent.
SUPPLIED = (
    Heard,
    Inbound,
    Reading,
    Sender,
    Conversation,
    UnitOfWork,
    Desk,
    Say,
    Policy,
    datetime,
    Question,
)


@dataclass(frozen=True, slots=True)
class Route:
    parser: Parser[Any]
    handler: Handler
    wants: dict[str, type]  # parameter → supplied type; the intent's own is left out
    intent_parameter: str | None

    def call(self, intent: Any, supplies: dict[type, Any]) -> None:
        arguments = {name: supplies[wanted] for name, wanted in self.wants.items()}
        if self.intent_parameter is not None:
            arguments[self.intent_parameter] = intent
        self.handler(**arguments)


class Router:
    """An ordered list of routes for one noun."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.routes: list[Route] = []

    def __iter__(self) -> Iterator[Route]:
        return iter(self.routes)

    def on(self, parser: Parser[Intent]) -> Callable[[Handler], Handler]:
        """Register a handler for what `parser` understands.

        Raises:
            TypeError: the handler asks for something that nobody supplies.
        """

        def register(handler: Handler) -> Handler:
            self.routes.append(_route(parser, handler))
            return handler

        return register

    def confirmed(self, kind: str) -> Callable[[Handler], Handler]:
        """Register what happens when the question of this kind is answered with 确认."""
        return self.on(_Confirmed(kind))

    def answered(self, kind: str) -> Callable[[Handler], Handler]:
        """Register what happens with any other words while the question of this kind is open."""
        return self.on(_Answered(kind))


CONFIRMATIONS = frozenset(
    [
        "确认",
        "1",
        "好的",
        "好",
        "是",
        "是的",
        "对",
        "对的",
        "可以",
        "行",
        "没问题",
        "OK",
        "嗯",
        "发布",
        "同意",
        "确定",
        "提交",
        "要",
        "YES",
        "Y",
        "发",
        "发吧",
    ]
)


# 嗯嗯可以的, 好滴, 行吧; 对吧 and 是吗 ask instead.
_ALSO_YES = re.compile(
    r"(?:嗯|恩|好|行|可以|成|没问题|没毛病|OK|同意|确认|提交|就这样|就这么办)+"
    r"(?:的|滴|哒|吧|呀|啊|嘞|勒|哈|哦|喔)?"
)


def confirms(command: str) -> bool:
    """Whether somebody who is asked in private says yes."""
    said = command.strip("。，,.!！~～… ")
    return said in CONFIRMATIONS or _ALSO_YES.fullmatch(said) is not None


@dataclass(frozen=True, slots=True)
class _Confirmed:
    kind: str

    def __call__(self, heard: Heard) -> Question | None:
        question = heard.conversation.question
        if question is None or question.kind != self.kind or not question.confirms:
            return None
        # In a group people say 好的 to each other: there only the word itself confirms.
        if not (confirms(heard.command) if heard.private else heard.command == "确认"):
            return None
        # A confirmation answers its question once, whatever comes of it.
        heard.conversation.question = None
        return question


@dataclass(frozen=True, slots=True)
class _Answered:
    kind: str

    def __call__(self, heard: Heard) -> Question | None:
        question = heard.conversation.question
        return question if question is not None and question.kind == self.kind else None


def _route(parser: Parser[Any], handler: Handler) -> Route:
    hints = get_type_hints(handler)
    hints.pop("return", None)
    intent_type = _intent_type(parser)
    wants: dict[str, type] = {}
    intent_parameter = None
    for name in inspect.signature(handler).parameters:
        wanted = hints.get(name)
        if intent_type is not None and wanted is intent_type and intent_parameter is None:
            intent_parameter = name
        elif wanted in SUPPLIED:
            wants[name] = wanted
        else:
            raise TypeError(f"{handler.__module__}.{handler.__name__}: nobody supplies {name}")
    return Route(parser, handler, wants, intent_parameter)


def _intent_type(parser: Parser[Any]) -> type | None:
    """The type in the parser's `-> Intent | None`."""
    function = parser if inspect.isfunction(parser) else type(parser).__call__
    returned = get_type_hints(function).get("return")
    kinds = [kind for kind in getattr(returned, "__args__", ()) if kind is not type(None)]
    return kinds[0] if len(kinds) == 1 else None
