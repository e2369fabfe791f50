"""The platform's error codes, by what to do next: a table to check against its documentation."""

from datetime import datetime, timedelta, timezone
from typing import Final

from bot.channels.errors import (
    ChannelError,
    ContentRefused,
    Misconfigured,
    PermanentlyRefused,
    Throttled,
    Unavailable,
    WindowClosed,
)

BAD_TOKEN: Final = frozenset({40001, 40014, 42001})
"""The access token is wrong or expired: renew it and try once more."""

ALREADY_DONE: Final = frozenset({45065})
"""The clientmsgid was used before; the answer holds the first one's msg_id. That is success."""

DAILY_QUOTA: Final = 45009

REFUSALS: Final[dict[int, type[ChannelError]]] = {
    -1: Unavailable,  # busy
    # What only the operator can mend
    40001: Misconfigured,  # wrong secret, or a new token is refused too
    40002: Misconfigured,  # grant_type
    40013: Misconfigured,  # app id
    40014: Misconfigured,
    40125: Misconfigured,  # app secret
    40164: Misconfigured,  # our address is not on the allow-list
    40243: Misconfigured,  # the secret is frozen
    41002: Misconfigured,  # app id missing
    41004: Misconfigured,  # secret missing
    42001: Misconfigured,
    48001: Misconfigured,  # the account may not use this API
    48004: Misconfigured,  # the API is banned
    50002: Misconfigured,  # the account is limited
    # Who cannot be reached until they come back
    40003: PermanentlyRefused,  # no such openid
    43004: PermanentlyRefused,  # not following
    43019: PermanentlyRefused,  # on the account's blacklist
    43101: PermanentlyRefused,  # refuses this notice
    48002: PermanentlyRefused,  # turned messages off
    # What cannot be said like this
    40007: ContentRefused,  # media id unknown or past its three days
    40009: ContentRefused,  # picture too large
    40033: ContentRefused,  # illegal characters
    44004: ContentRefused,  # empty
    45001: ContentRefused,  # file too large
    45002: ContentRefused,  # too long
    87014: ContentRefused,  # risky
    # When it cannot be said
    45015: WindowClosed,  # 48 hours are over, or no longer following
    45028: WindowClosed,  # no mass messages left
    45047: WindowClosed,  # the window's messages are used up
    # How fast
    45009: Throttled,  # the day's calls are used up
    45011: Throttled,  # too many this minute
    45066: Throttled,  # the same clientmsgid within a minute
}

_A_MINUTE = timedelta(seconds=60)
_BEIJING = timezone(timedelta(hours=8))  # no summer time since 1991


def failure(code: int, said: str, now: datetime) -> ChannelError:
    """The error for a code. An unknown one is for people to look at, not for repeating."""
    reason = f"WeChat {code}: {said[:200]}"
    kind = REFUSALS.get(code, ContentRefused)
    if kind is Throttled:
        wait = until_quotas_reset(now) if code == DAILY_QUOTA else _A_MINUTE
        return Throttled(reason, wait)
    return kind(reason)


def until_quotas_reset(now: datetime) -> timedelta:
    """Daily quotas are counted anew at midnight in Beijing."""
    there = now.astimezone(_BEIJING)
    midnight = there.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return midnight - there
