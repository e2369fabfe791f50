"""Where a talk stands: the question just asked, the draft being filled, what was put aside.

A conversation is data, stored as JSON between turns, so that it survives restarts and days.
"""

import json
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from typing import Any

from handlers.message import Choice, Media, to_json

SCHEMA = 1
PARKED_MOST = 3


@dataclass(frozen=True, slots=True)
class Question:
    """Something we asked and may now be answered: `kind` names who understands the answer.

    `choices` are what 1, 2, 3 stand for; `confirms` says whether 确认 answers it.
    """

    kind: str
    args: dict[str, Any] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    confirms: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A demand being put together: a form of optional slots, filled in any order."""

    text: str = ""
    service_code: str | None = None
    service_name: str = ""
    budget_min_fen: int | None = None
    budget_max_fen: int | None = None
    budget_note: str = ""  # "约", "面议"; any note means that the question is settled
    region: str = ""
    needed_by: date | None = None
    urgent: bool = False
    details: tuple[str, ...] = ()
    editing: int | None = None  # id of a published demand that is being changed
    utterance_id: int | None = None  # the words it began with, as they are kept to learn from
    named_id: int | None = None  # the provider that is asked alone
    named: str = ""
    reward: str = ""  # which kind of prizes is promised
    prizes_fen: tuple[int, ...] = ()
    deposit_fen: int | None = None  # None: no deposit; 0: what the rule makes it

    @property
    def is_bare(self) -> bool:
        """Whether nothing is known but how a deal is looked for: whom is asked, a deposit."""
        bare = Draft(named_id=self.named_id, named=self.named, deposit_fen=self.deposit_fen)
        return self == bare and (bool(self.named) or self.deposit_fen is not None)

    @property
    def has_budget(self) -> bool:
        return (
            bool(self.budget_note)
            or self.budget_min_fen is not None
            or (self.budget_max_fen is not None)
        )


def missing_slots(draft: Draft) -> tuple[str, ...]:
    """What to ask next, in this order; budget and region may stay open if the buyer says so."""
    if draft.reward:
        return ()  # the reward is the budget, and the buyer's words are the title
    slots = []
    if draft.service_code is None:
        slots.append("service")
    if not draft.has_budget:
        slots.append("budget")
    if not draft.region:
        slots.append("region")
    return tuple(slots)


@dataclass(slots=True)
class Conversation:
    """The state of one account's talk; a turn changes it, the end of the turn stores it."""

    question: Question | None = None
    draft: Draft | None = None
    parked: tuple[Draft, ...] = ()
    order_id: int | None = None  # what "这单" means
    demand_id: int | None = None
    cards: tuple[dict[str, Any], ...] = ()  # bids said, not submitted yet: see chat/bid_cards
    files: tuple[Media, ...] = ()  # received, not yet handed on
    misses: int = 0  # turns in a row that were not understood
    with_human: bool = False  # staff have taken over: the bot is silent
    colleague_id: int | None = None  # who has taken over
    client_id: int | None = None  # of staff: whom they are talking to through us
    asked_in: str = ""  # the group the question was asked in; "" in private
    asked_at: datetime | None = None

    def ask(
        self, kind: str, *choices: Choice, confirms: bool = False, **args: Any
    ) -> tuple[Choice, ...]:
        """Remember what is being asked; returns the choices, for `say`."""
        self.question = Question(kind, args, choices, confirms)
        return choices

    def park(self) -> None:
        """Put the draft aside for later, dropping the oldest when there are too many."""
        if self.draft is not None and self.draft.editing is None:
            self.parked = (self.draft, *self.parked)[:PARKED_MOST]
        self.draft, self.question = None, None

    def resume(self) -> Draft | None:
        """Take the draft that was put aside last."""
        if not self.parked:
            return None
        self.draft, self.parked = self.parked[0], self.parked[1:]
        return self.draft

    def to_json(self) -> str:
        """ "" for a talk that stands nowhere, which is most of them."""
        raw = {name: value for name in _SLOTS if (value := getattr(self, name))}
        return to_json({"schema": SCHEMA, **raw}) if raw else ""

    @classmethod
    def from_json(cls, text: str) -> "Conversation":
        """Raises ValueError for a state that a newer version wrote."""
        if not text:
            return cls()
        raw = json.loads(text)
        if raw.pop("schema") > SCHEMA:
            raise ValueError("this conversation was stored by a newer version of kebao")
        if question := raw.get("question"):
            raw["question"] = Question(
                **{**question, "choices": tuple(Choice(**c) for c in question["choices"])}
            )
        if draft := raw.get("draft"):
            raw["draft"] = _draft(draft)
        raw["parked"] = tuple(_draft(item) for item in raw.get("parked", ()))
        raw["cards"] = tuple(raw.get("cards", ()))
        raw["files"] = tuple(Media(**item) for item in raw.get("files", ()))
        if asked_at := raw.get("asked_at"):
            raw["asked_at"] = datetime.fromisoformat(asked_at)
        return cls(**raw)


_SLOTS = tuple(each.name for each in fields(Conversation))


def _draft(raw: dict[str, Any]) -> Draft:
    needed_by = date.fromisoformat(raw["needed_by"]) if raw["needed_by"] else None
    lists = {name: tuple(raw.get(name, ())) for name in ("details", "prizes_fen")}
    return Draft(**{**raw, **lists, "needed_by": needed_by})


def with_terms(draft: Draft, **slots: Any) -> Draft:
    """The draft with these slots filled; None leaves a slot as it is."""
    return replace(draft, **{key: value for key, value in slots.items() if value is not None})
