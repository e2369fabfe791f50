"""What a process holds in memory of the database, and how it keeps up with the others.

Catalogue, providers and what people confirmed are read into a matcher, so that no turn asks for
them. Commands and other processes change them: every process looks now and then.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from bot.runner import Runner
from handlers.actions.utterances import confirmed
from market.services import ProviderProfile, Service
from matching import Accepted, Matcher
from storage.unit_of_work import UnitOfWork

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 20.0


@dataclass(frozen=True, slots=True)
class State:
    """Differs whenever there is something new to read; two short statements."""

    revisions: tuple[tuple[str, int], ...]  # of catalogue and providers
    confirmed: tuple[int, datetime | None]

    @classmethod
    def of(cls, uow: UnitOfWork) -> "State":
        return cls(uow.revisions.all(), uow.utterances.state_of_accepted())


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The rows, as they were at `state`, and the matcher made of them."""

    state: State
    services: tuple[Service, ...]
    matcher: Matcher


@dataclass(frozen=True, slots=True)
class _Rows:
    state: State
    accepted: tuple[Accepted, ...]
    catalogue: tuple[tuple[Service, ...], tuple[ProviderProfile, ...]] | None


async def refreshed(runner: Runner, known: Knowledge | None) -> Knowledge:
    """What the database knows by now; `known` itself if nothing has changed.

    Making a matcher takes a third of a second, so it is done in a thread, and a catalogue that
    is as it was is not indexed again.
    """
    rows = await runner.read(lambda uow: _changed_rows(uow, known))
    if rows is None:
        assert known is not None
        return known
    return await asyncio.to_thread(_made_of, rows, known)


async def keep_fresh(refresh: Callable[[], Awaitable[bool]]) -> None:
    """Look for something new for as long as the process runs."""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            if await refresh():
                logger.info("took up a changed catalogue, or what people confirmed")
        except Exception:  # edge of a loop: what is in memory still serves
            logger.exception("looking for news failed")


def _changed_rows(uow: UnitOfWork, known: Knowledge | None) -> _Rows | None:
    state = State.of(uow)
    if known is not None and state == known.state:
        return None
    if known is not None and state.revisions == known.state.revisions:
        return _Rows(state, confirmed(uow), None)
    return _Rows(state, confirmed(uow), (uow.services.all(), uow.providers.all()))


def _made_of(rows: _Rows, known: Knowledge | None) -> Knowledge:
    if rows.catalogue is None:
        assert known is not None
        matcher = known.matcher.remembering(rows.accepted)
        return Knowledge(rows.state, known.services, matcher)
    services, providers = rows.catalogue
    if known is None:
        return Knowledge(rows.state, services, Matcher(services, providers, rows.accepted))
    matcher = known.matcher.updated(services, providers).remembering(rows.accepted)
    return Knowledge(rows.state, services, matcher)
