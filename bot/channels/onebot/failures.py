"""Failed answers of an implementation → errors named by what to do next.

OneBot v11 fixes only 1400, 1401, 1403 and 1404; everything else is custom. NapCat answers 200 or
1200 to nearly all and repeats QQ's own result in the text, go-cqhttp answers 100. So QQ's
result is asked first, then the words, then the code.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.channels.errors import (
    ChannelError,
    ContentRefused,
    Misconfigured,
    OutcomeUnknown,
    PermanentlyRefused,
    Throttled,
    Unavailable,
)

MAX_REASON = 200

_Failure = Callable[[str], ChannelError]


@dataclass(frozen=True, slots=True)
class Answer:
    """What an implementation answered to a call. `data` is whatever JSON it sent."""

    self_id: str
    retcode: int
    is_done: bool
    data: object = None
    words: str = ""

    def failure(self) -> ChannelError | None:
        """Why nothing was sent; None if it was."""
        return None if self.is_done else _failure(self.retcode, self.words[: MAX_REASON * 5])


def _slow_down(reason: str) -> Throttled:
    # QQ does not say how long; a minute has let groups recover, seconds have not.
    return Throttled(reason, retry_after=timedelta(minutes=1))


# `result` of QQ's own send call, as NapCat and others pass it on.
_QQ_RESULTS: dict[int, _Failure] = {
    34: ContentRefused,  # too long
    110: PermanentlyRefused,  # removed from the group
    120: Unavailable,  # muted: ends by itself, backing off is enough
    241: _slow_down,
    299: _slow_down,  # more than the group allows
}
_QQ_RESULT = re.compile(r'"?result"?\s*[:=]\s*(-?[0-9]{1,6})\b')

# The first that occurs decides. A timeout stands first: NapCat reports "failed" when QQ did not
# confirm in time, and the message is often there.
_WORDS: tuple[tuple[re.Pattern[str], _Failure], ...] = tuple(
    (re.compile(words, re.IGNORECASE), failure)
    for words, failure in (
        (r"time[ds]?[ _-]?out|超时", OutcomeUnknown),
        (
            r"移出|已退出|不在(?:该|此)?群|群(?:聊)?不存在|已解散|GROUP_NOT_FOUND",
            PermanentlyRefused,
        ),
        (r"不是(?:你|您|对方)?的?好友|非好友|FRIEND_NOT_FOUND|拉黑|屏蔽|拒收", PermanentlyRefused),
        (r"用户不存在|无法获取用户信息|USER_NOT_FOUND", PermanentlyRefused),
        (r"频繁|频率|太快|rate limit", _slow_down),
        (r"敏感|违规|过长|不能为空|EMPTY_MSG|too long", ContentRefused),
        (r"禁言|muted", Unavailable),
        (r"未登录|掉线|离线|offline|not logged in", Unavailable),
    )
)

_RETCODES: dict[int, _Failure] = {
    100: Unavailable,  # go-cqhttp: QQ did not take it, most often for suspicion of spam
    102: Unavailable,  # empty answer from the client
    103: Unavailable,  # operation failed: no permission at the moment, or its disk
    104: Misconfigured,  # its credentials expired: somebody must log in again
    201: Unavailable,  # its workers are not up yet
    1400: ContentRefused,  # it cannot read what we ask: retrying asks the same
    1401: Misconfigured,
    1403: Misconfigured,
    1404: Misconfigured,  # it does not know the action
}


def _failure(retcode: int, words: str) -> ChannelError:
    reason = f"retcode {retcode}: {' '.join(words.split())[:MAX_REASON]}".rstrip(": ")
    result = _QQ_RESULT.search(words)
    if result and (known := _QQ_RESULTS.get(int(result[1]))):
        return known(reason)
    for pattern, failure in _WORDS:
        if pattern.search(words):
            return failure(reason)
    return _RETCODES.get(retcode, Unavailable)(reason)
