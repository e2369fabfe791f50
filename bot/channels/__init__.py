"""Channels: one file set per platform with the same parts.

Each receives (bytes → `Inbound`) and sends (`Delivery` → `Receipt`); failures of sending are
the classes of `errors`, named by what to do next.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from handlers.message import Inbound, Message, Reply

TakeTurn = Callable[[Inbound], Awaitable[Reply]]
"""Runs one message to its end and returns what to answer; given to channels by the app."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message on its way out. Exactly one of `account` and `room` is set."""

    key: str  # the outbox key, for logs
    message: Message
    account: str | None = None
    room: str | None = None
    via: str = ""  # which account of ours should speak; "" for any


@dataclass(frozen=True, slots=True)
class Receipt:
    """The platform took the message. `platform_id` is its id there, "" if it has none."""

    platform_id: str = ""


class Channel(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def is_open(self) -> bool:
        """Whether this process can send by it now; another one may hold the connection."""
        ...

    async def send(self, delivery: Delivery) -> Receipt:
        """Hand the delivery to the platform; raises a ChannelError of `errors`."""
        ...
