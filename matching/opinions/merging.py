"""Merge an opinion with the rules' reading: agreement is assumed and echoed, the rest is asked."""

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

from matching.catalog.search import ANSWER_FROM, Search
from matching.opinions.doubts import DEMAND
from matching.opinions.values import NONE, About, Opinion
from matching.text.bids import BidReading
from matching.text.found import Confidence
from matching.text.slots import Slots

ASKED_AT_MOST = 3


def merge_search(found: Search, opinion: Opinion | None) -> Search:
    """What the catalogue and the opinion say together.

    | rules  | opinion                | together                                   |
    |--------|------------------------|--------------------------------------------|
    | choose | the likeliest          | match: a draft that names it               |
    | choose | another                | choose, with that one among the first      |
    | choose | none, and rules unsure | none: no draft, the person is asked openly |
    | choose | none, but rules sure   | choose                                     |
    | none   | a need, in these words | choose: its service, then where they lead  |
    """
    if opinion is None:
        return found
    if opinion.about is About.SERVICE and found.decision == "choose":
        return _chosen(found, opinion)
    if opinion.about is About.INTENT and opinion.says == DEMAND and found.decision == "none":
        return replace(found, decision="choose", services=opinion.services)
    return found


def _chosen(found: Search, opinion: Opinion) -> Search:
    if opinion.agrees:
        return replace(found, decision="match")
    if opinion.says == NONE:
        # The rules doubt either whether a service is meant at all, or only which one.
        return found if found.confidence >= ANSWER_FROM else replace(found, decision="none")
    said = [one for one in found.services if one.code == opinion.says]
    others = [one for one in found.services if one.code != opinion.says]
    keep = others[: ASKED_AT_MOST - 1]
    return replace(found, services=(*keep, *said, *others[len(keep) :]))


def merge_slots(slots: Slots, opinion: Opinion | None) -> Slots:
    """The slots without those the two read differently; two sums are kept to be asked about."""
    if opinion is None or opinion.about is not About.INTENT:
        return slots
    if opinion.budgets_fen:
        slots = replace(
            slots, budget_min_fen=None, budget_max_fen=None, budget_ambiguous=opinion.budgets_fen
        )
    if "deadline" in opinion.unsure:
        slots = replace(slots, deadline=None)
    if "region" in opinion.unsure:
        slots = replace(slots, region="", region_zone="")
    doubted = [*(["budget"] if opinion.budgets_fen else []), *opinion.unsure]
    found = {
        slot: replace(one, value=None, confidence=Confidence.ASK, rule="two-readings")
        if slot in doubted
        else one
        for slot, one in slots.found.items()
    }
    ambiguous = tuple(dict.fromkeys((*slots.ambiguous, *doubted)))
    return replace(slots, ambiguous=ambiguous, found=MappingProxyType(found))


def merge_bids(bids: Sequence[BidReading], opinion: Opinion | None) -> tuple[BidReading, ...]:
    """The readings of a group line after an opinion about its kind.

    What only one of the two takes for an offer is `unsure`: nobody hears of it but the provider,
    who is asked. An offer that only the opinion sees has no price: that is for its author to say.
    """
    if opinion is None or opinion.about is not About.KIND or opinion.agrees:
        return tuple(bids)
    if opinion.prices_fen:
        return tuple(
            replace(bid, price_fen=None, price_max_fen=None, price_ambiguous=opinion.prices_fen)
            for bid in bids
        )
    if opinion.says == "bid":
        return (BidReading("bid", bids[0].demand_no, unsure=True),)
    return tuple(replace(bid, unsure=True) for bid in bids)
