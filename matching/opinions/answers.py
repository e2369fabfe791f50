"""Check an answer: first its form and its honesty, then what our own grammar makes of it."""

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from matching.catalog.search import Candidate
from matching.opinions.doubts import DEMAND, OTHER
from matching.opinions.values import NONE, About, Answer, Doubt, Opinion, Option, Unusable
from matching.text.amounts import Amount
from matching.text.bids import prices_in
from matching.text.contacts import MASK
from matching.text.demands import read_slots
from matching.text.normalize import letters_only
from matching.text.numbers import Span
from matching.text.slots import Slots

if TYPE_CHECKING:
    from datetime import datetime

    from matching import Reading

LONGEST_ANSWER = 4000  # characters
_FENCE = re.compile(r"\s*```(?:json)?\s*(.*?)\s*```\s*", re.S)
_HAN = "零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟"
_NUMBER = re.compile(rf"(?:\d++(?:,\d{{3}}(?!\d))*(?:\.\d++)?|[{_HAN}])+[{_HAN}wWkK%]*")


def read_answer(content: str | None, doubt: Doubt) -> Answer:
    """The answer in a model's words.

    Raises:
        Unusable: "empty", "json", "schema", or "evidence" that the message does not say.
    """
    raw = _object(content)
    if raw.keys() != _keys(doubt):
        raise Unusable("schema")
    says, evidence = raw[doubt.about.value], raw.get("evidence", {})
    service = raw["service"] if doubt.services else NONE
    if not (_is_one_of(doubt.options, says) and _is_one_of(doubt.services, service, NONE)):
        raise Unusable("schema")
    if not isinstance(evidence, dict) or evidence.keys() != {one.value for one in doubt.slots}:
        raise Unusable("schema")
    if not all(isinstance(words, str) for words in evidence.values()):
        raise Unusable("schema")
    for words in evidence.values():
        if words and not _is_said(words, doubt.text):
            raise Unusable("evidence")
    said = tuple((slot, words) for slot, words in evidence.items() if words)
    return Answer(str(says), said, str(service))


def accept(answer: Answer, doubt: Doubt, reading: "Reading", now: "datetime") -> Opinion:
    """The opinion an answer amounts to when our grammar has read the words it points at.

    Raises:
        Unusable: "grammar": the words do not say what they are pointed at for.
    """
    match doubt.about:
        case About.SERVICE:
            return Opinion(doubt.about, answer.says, answer.says == doubt.rules)
        case About.INTENT:
            return _intent(answer, doubt, reading, now)
        case About.KIND:
            return _kind(answer, doubt, now)


def _object(content: str | None) -> dict[str, object]:
    text = (content or "").strip()
    if not text:
        raise Unusable("empty")
    if len(text) > LONGEST_ANSWER:
        raise Unusable("schema")
    if fenced := _FENCE.fullmatch(text):
        text = fenced[1]
    try:
        raw = json.loads(text, object_pairs_hook=_without_twins)
    except Unusable:
        raise
    except (ValueError, RecursionError) as error:
        raise Unusable("json") from error
    if not isinstance(raw, dict):
        raise Unusable("schema")
    return raw


def _keys(doubt: Doubt) -> set[str]:
    optional = {"service": doubt.services, "evidence": doubt.slots}
    return {doubt.about.value, *(key for key, options in optional.items() if options)}


def _is_one_of(options: Sequence[Option], value: object, *more: str) -> bool:
    return isinstance(value, str) and value in {*more, *(one.value for one in options)}


def _without_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Of two values for one key nobody knows which was meant."""
    if len(dict(pairs)) != len(pairs):
        raise Unusable("schema")
    return dict(pairs)


def _is_said(words: str, text: str) -> bool:
    return bool(words.strip()) and MASK[0] not in words and bool(_places(words, text))


def _places(words: str, text: str) -> list[Span]:
    """Where the words stand whole: "8000" is not said in 18000, nor 3 in 3万."""
    found = []
    numbers = [number.span() for number in _NUMBER.finditer(text)]
    at = text.find(words)
    while at >= 0:
        end = at + len(words)
        if not any(start < edge < stop for start, stop in numbers for edge in (at, end)):
            found.append((at, end))
        at = text.find(words, at + 1)
    return found


def _intent(answer: Answer, doubt: Doubt, reading: "Reading", now: "datetime") -> Opinion:
    words = answer.words("words")
    if answer.says != OTHER and len(letters_only(words)) < 2:
        raise Unusable("grammar")
    services = _services(answer, words, reading) if answer.says == DEMAND else ()
    if answer.says == DEMAND and not services:
        raise Unusable("grammar")
    said = {slot: read_slots(answer.words(slot), now) for slot in ("budget", "deadline", "region")}
    for slot, read in said.items():
        if answer.words(slot) and not _fills(slot, read):
            raise Unusable("grammar")
    ours = reading.slots
    budgets = tuple(dict.fromkeys((*_budget(ours), *_budget(said["budget"]))))
    unsure = tuple(
        slot
        for slot in ("deadline", "region")
        if _fills(slot, ours) and _fills(slot, said[slot])
        if getattr(ours, slot) != getattr(said[slot], slot)
    )
    return Opinion(
        doubt.about,
        answer.says,
        answer.says == doubt.rules and not unsure,
        services=services,
        budgets_fen=budgets if _budget(ours) and len(budgets) > 1 else (),
        unsure=unsure,
    )


def _services(answer: Answer, words: str, reading: "Reading") -> tuple[Candidate, ...]:
    """The service that was chosen, then where the words of the need lead."""
    chosen = [one for one in reading.search.services if one.code == answer.service]
    led = [one for one in reading.services_for(words) if one.code != answer.service]
    return (*chosen, *led)


def _fills(slot: str, slots: Slots) -> bool:
    if slot == "budget":
        return bool(_budget(slots)) or slots.budget_negotiable or slots.budget_vague
    return bool(getattr(slots, slot))


def _budget(slots: Slots) -> tuple[int, ...]:
    """The budget as one sum to compare and to ask about: its upper bound, else its lower."""
    fen = slots.budget_max_fen if slots.budget_max_fen is not None else slots.budget_min_fen
    return slots.budget_ambiguous if fen is None else (fen,)


def _kind(answer: Answer, doubt: Doubt, now: "datetime") -> Opinion:
    offers, price = answer.says == "bid", answer.words("price")
    if offers and not letters_only(answer.words("words") or price):
        raise Unusable("grammar")
    pointed = _prices(price, doubt, now) if offers and price else ()
    if offers and price and not pointed:
        raise Unusable("grammar")  # a sum that our grammar does not read there is no price
    differs = bool(doubt.prices_fen and pointed and not set(pointed) & set(doubt.prices_fen))
    return Opinion(
        doubt.about,
        answer.says,
        offers == (doubt.rules == "bid") and not differs,
        prices_fen=tuple(dict.fromkeys((*doubt.prices_fen, *pointed))) if differs else (),
    )


def _prices(words: str, doubt: Doubt, now: "datetime") -> tuple[int, ...]:
    """The sums that our grammar finds in the whole message where the words stand."""
    places = _places(words, doubt.text)
    return tuple(
        fen
        for amount in prices_in(doubt.text, now, but=doubt.state)
        if any(start <= amount.start and amount.end <= end for start, end in places)
        for fen in _sums(amount)
    )


def _sums(amount: Amount) -> tuple[int, ...]:
    if amount.ambiguous:
        return amount.ambiguous
    return tuple(fen for fen in (amount.low, amount.high) if fen)
