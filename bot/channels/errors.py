"""Failures of sending, by what to do next.

ChannelError
├── Throttled            wait `retry_after`, then again
├── Unavailable          certainly not delivered; again with backoff
├── WindowClosed         no send window: another door, or hold until the person speaks
├── PermanentlyRefused   this recipient cannot be reached until they come back
├── ContentRefused       this text cannot be sent; staff must look
├── Misconfigured        the operator must mend something (`hint` says what)
└── OutcomeUnknown       perhaps delivered; must not be sent again blindly
"""

from datetime import timedelta


class ChannelError(Exception):
    """A message could not be handed to a platform."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Throttled(ChannelError):
    """The platform asks for patience."""

    def __init__(self, reason: str, retry_after: timedelta) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Unavailable(ChannelError):
    """The platform was not reached, or said it is busy: nothing was delivered."""


class WindowClosed(ChannelError):
    """The platform's send window for this person is closed or used up."""


class PermanentlyRefused(ChannelError):
    """Not following, blocked, gone: no retry until the person comes back."""


class ContentRefused(ChannelError):
    """The platform refuses this content."""


class Misconfigured(ChannelError):
    """Wrong secret, missing permission: nothing gets through until the operator mends it."""


class OutcomeUnknown(ChannelError):
    """The request left, no answer came: perhaps delivered."""
