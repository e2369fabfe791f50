"""The access token: fetched once for all who need it, renewed when the platform says so.

`stable_token` returns the same token to every process that asks, so processes need not share
one; the older `token` endpoint, which wechatpy calls, invalidates the others' token with each call.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable
from datetime import datetime

from bot.channels.errors import Misconfigured, OutcomeUnknown, Unavailable
from bot.channels.wechat.account import WeChatAccount
from bot.channels.wechat.failures import REFUSALS, failure
from bot.channels.wechat.transport import Transport
from bot.secrets import Secret

logger = logging.getLogger(__name__)

_PATH = "/cgi-bin/stable_token"
_DEFAULT_LIFE_S = 7200.0
# The platform renews five minutes before the end and both tokens live on for those.
_ASK_BEFORE_END_S = 240.0
# The platform allows 20 forced renewals a day, 30 s apart. We keep some for other processes.
_MAX_FORCED = 10
_FORCED_PERIOD_S = 86_400.0
_FORCED_GAP_S = 30.0


class StableTokens:
    """The current access token of one account; a single flight however many wait."""

    def __init__(
        self, transport: Transport, account: WeChatAccount, now: Callable[[], datetime]
    ) -> None:
        self._transport = transport
        self._account = account
        self._now = now
        self._token: Secret | None = None
        self._ask_at = 0.0  # on the loop's monotonic clock
        self._flight: asyncio.Task[Secret] | None = None
        self._forced: deque[float] = deque(maxlen=_MAX_FORCED)

    async def current(self) -> Secret:
        """A token that should work. Raises a ChannelError if none can be had."""
        if self._token is not None and asyncio.get_running_loop().time() < self._ask_at:
            return self._token
        return await self._join(None)

    async def replacement(self, bad: Secret) -> Secret:
        """Another token than the one the platform has just refused.

        Raises:
            ChannelError: the platform gives none.
        """
        if self._token is not None and self._token != bad:
            return self._token  # somebody was faster
        token = await self._join(bad)
        # We may have joined a flight that knew nothing of the refusal.
        return token if token != bad else await self._join(bad)

    async def _join(self, bad: Secret | None) -> Secret:
        if self._flight is None:
            self._flight = asyncio.create_task(self._fetch(bad))
            self._flight.add_done_callback(self._landed)
        # Shielded: one caller that gives up must not take the token from the others.
        return await asyncio.shield(self._flight)

    def _landed(self, flight: asyncio.Task[Secret]) -> None:
        self._flight = None
        if not flight.cancelled():
            flight.exception()  # looked at, in case every caller gave up

    async def _fetch(self, bad: Secret | None) -> Secret:
        # First without force, even after a refusal: another process may have renewed already,
        # and forced renewals are few.
        token = await self._ask(force=False)
        if token == bad:
            self._spend_forced()
            token = await self._ask(force=True)
        self._token = token
        return token

    def _spend_forced(self) -> None:
        at = asyncio.get_running_loop().time()
        if self._forced:
            full = len(self._forced) == _MAX_FORCED
            if at - self._forced[-1] < _FORCED_GAP_S or (
                full and at - self._forced[0] < _FORCED_PERIOD_S
            ):
                raise Unavailable("the access token is refused and may not be renewed yet")
        self._forced.append(at)

    async def _ask(self, *, force: bool) -> Secret:
        question = {
            "grant_type": "client_credential",
            "appid": self._account.app_id,
            "secret": self._account.app_secret.reveal(),
            "force_refresh": force,
        }
        try:
            answer = await self._transport.exchange(
                "POST", _PATH, data=json.dumps(question).encode()
            )
        except OutcomeUnknown as error:
            raise Unavailable(f"no token: {error.reason}") from error  # asking again is harmless
        fields = answer.fields()
        token, life = fields.get("access_token"), fields.get("expires_in", _DEFAULT_LIFE_S)
        if not isinstance(token, str) or not token or not isinstance(life, int | float):
            raise self._no_token(fields)
        asked_at = asyncio.get_running_loop().time()
        self._ask_at = asked_at + max(life - _ASK_BEFORE_END_S, life / 2)
        logger.info("WeChat access token fetched, force=%s, for %s s", force, life)
        return Secret(token)

    def _no_token(self, fields: dict[str, object]) -> Exception:
        code = fields.get("errcode")
        said = str(fields.get("errmsg", ""))
        if not isinstance(code, int):
            return Unavailable("neither a token nor an error code")
        if code not in REFUSALS:
            # Nothing gets through without a token: somebody must look.
            return Misconfigured(f"WeChat {code}: {said[:200]}")
        return failure(code, said, self._now())
