"""Learning from what people say: kept without names, contacts and sums, and never from groups."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from handlers.conversation import Draft
from market.parties import Sender
from market.policy import Policy
from market.services import Service
from matching import Accepted, Reading, impersonal, telling
from matching.memory import KEPT_MOST
from matching.proposals import Astray, Pile, piles
from storage.unit_of_work import UnitOfWork

SAID_MOST = 200  # characters; what is longer tells a story


def note_need(
    uow: UnitOfWork, sender: Sender, reading: Reading, offered: Iterable[str], now: datetime
) -> int | None:
    """Keep a sentence that becomes a draft, and what was offered for it; None if it is not kept.

    Colleagues try things out: nothing is learnt from them.
    """
    if sender.is_staff:
        return None
    return _note(uow, sender, reading, offered, now)


def note_missed(uow: UnitOfWork, sender: Sender, reading: Reading, now: datetime) -> None:
    """Keep a sentence that nobody understood; what providers say among bids is no need."""
    if not sender.is_staff and not sender.is_provider:
        _note(uow, sender, reading, (), now)


def settle(uow: UnitOfWork, sender: Sender, draft: Draft, now: datetime) -> None:
    """The person confirmed the draft's service: for the words it began with, it is right."""
    if draft.utterance_id is not None and draft.service_code is not None:
        uow.utterances.settle(draft.utterance_id, sender.id, draft.service_code, now)


def correct(uow: UnitOfWork, sender: Sender, draft: Draft, code: str | None) -> None:
    """The person wanted another service than the draft's; None if they have not said which."""
    if draft.utterance_id is not None:
        uow.utterances.correct(draft.utterance_id, sender.id, code)


def nothing_fits(uow: UnitOfWork, sender: Sender, draft: Draft | None) -> None:
    """None of the services that were offered was meant."""
    if draft is not None and draft.utterance_id is not None:
        uow.utterances.nothing_fits(draft.utterance_id, sender.id)


def confirmed(uow: UnitOfWork) -> tuple[Accepted, ...]:
    """What a matcher should remember, the newest first."""
    return tuple(
        Accepted(words.told, words.code, words.people)
        for words in uow.utterances.accepted(KEPT_MOST)
    )


def astray(
    uow: UnitOfWork, services: Mapping[str, Service], *, since: datetime, most: int
) -> tuple[Pile, ...]:
    """What was missed or corrected since then, near-duplicates together; `most` utterances."""
    wordings = {code: (one.name, *one.aliases) for code, one in services.items()}
    rows = uow.utterances.astray(since, most)
    return piles(
        (Astray(row.said, row.told, row.person_id, row.code, row.asked_person) for row in rows),
        wordings,
    )


def prune(uow: UnitOfWork, policy: Policy, now: datetime) -> int:
    """Forget what has been kept long enough; returns how many utterances that were."""
    return uow.utterances.prune(
        kept_since=now - policy.utterances_kept, open_since=now - policy.draft_kept
    )


def _note(
    uow: UnitOfWork, sender: Sender, reading: Reading, offered: Iterable[str], now: datetime
) -> int | None:
    said = impersonal(reading.normal, reading.slots, (sender.name,))[:SAID_MOST]
    told = telling(said, reading.slots)
    if not told:
        return None
    codes = tuple(offered)
    decision = "none" if not codes else "match" if len(codes) == 1 else "choose"
    return uow.utterances.add(
        sender.id, said=said, told=told, decision=decision, offered=codes, now=now
    )
