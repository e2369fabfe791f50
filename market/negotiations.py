"""Negotiations: after the opening the buyer names a price, the provider answers, in few rounds.

Each round is a row of its own. Until both agree the bid stays as it was.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from market.bids import Bid, Offer
from market.errors import CounterLimitReached, CounterPriceRefused, MoveNotAllowed
from market.money import split_bp
from market.policy import Policy

LEAST_ASKED_BP = 1_000  # a price below a tenth of the bid is a slip: 3 for 30 000
NOTE_MOST = 200  # characters of an offer's note


class NegotiationStatus(StrEnum):
    ASKED = "asked"  # the buyer named a price; the provider's move
    ANSWERED = "answered"  # the provider named another; the buyer's move
    AGREED = "agreed"
    REFUSED = "refused"  # by the provider
    DROPPED = "dropped"  # by the buyer
    LAPSED = "lapsed"  # no answer in time
    ENDED = "ended"  # the demand was awarded, withdrawn or expired


class Side(StrEnum):
    BUYER = "buyer"
    PROVIDER = "provider"
    MARKET = "market"  # the clock, or the end of the demand


class Move(StrEnum):
    ASK = "ask"
    ACCEPT = "accept"
    COUNTER = "counter"
    REFUSE = "refuse"
    DROP = "drop"
    LAPSE = "lapse"
    END = "end"


RULES: dict[tuple[NegotiationStatus, Side, Move], NegotiationStatus] = {
    (NegotiationStatus.ASKED, Side.PROVIDER, Move.ACCEPT): NegotiationStatus.AGREED,
    (NegotiationStatus.ASKED, Side.PROVIDER, Move.COUNTER): NegotiationStatus.ANSWERED,
    (NegotiationStatus.ASKED, Side.PROVIDER, Move.REFUSE): NegotiationStatus.REFUSED,
    (NegotiationStatus.ASKED, Side.BUYER, Move.DROP): NegotiationStatus.DROPPED,
    (NegotiationStatus.ASKED, Side.MARKET, Move.LAPSE): NegotiationStatus.LAPSED,
    (NegotiationStatus.ASKED, Side.MARKET, Move.END): NegotiationStatus.ENDED,
    (NegotiationStatus.ANSWERED, Side.BUYER, Move.ACCEPT): NegotiationStatus.AGREED,
    (NegotiationStatus.ANSWERED, Side.BUYER, Move.DROP): NegotiationStatus.DROPPED,
    (NegotiationStatus.ANSWERED, Side.BUYER, Move.ASK): NegotiationStatus.DROPPED,  # a new round
    (NegotiationStatus.ANSWERED, Side.MARKET, Move.END): NegotiationStatus.ENDED,
}

LIVE = frozenset({NegotiationStatus.ASKED, NegotiationStatus.ANSWERED})
# From here the buyer may begin another round; an agreed price is not haggled over again.
ASKABLE = frozenset(
    {
        NegotiationStatus.ANSWERED,
        NegotiationStatus.REFUSED,
        NegotiationStatus.DROPPED,
        NegotiationStatus.LAPSED,
    }
)


@dataclass(frozen=True, slots=True)
class Negotiation:
    """One round about one bid."""

    id: int
    bid_id: int
    round: int  # 1, 2, 3
    status: NegotiationStatus
    asked_fen: int
    asked_at: datetime
    answer_by: datetime
    answered_fen: int | None = None  # what the provider named instead
    answer_note: str = ""  # "多送一次修改"
    answered_by: int | None = None  # the person who spoke for the provider

    @property
    def price_fen(self) -> int:
        """The price on the table: the provider's if there is one, else the buyer's."""
        return self.asked_fen if self.answered_fen is None else self.answered_fen


def advance(negotiation: Negotiation, bid: Bid, side: Side, move: Move) -> Negotiation:
    """The round after this move. Raises MoveNotAllowed where the table has no way."""
    to = RULES.get((negotiation.status, side, move))
    if to is None:
        raise MoveNotAllowed(
            f"D{bid.demand_id}", bid.letter, status=negotiation.status, side=side, move=move
        )
    return replace(negotiation, status=to)


def rounds_left(latest: Negotiation | None, policy: Policy) -> int:
    return policy.counter_rounds - (latest.round if latest is not None else 0)


def check_may_ask(bid: Bid, latest: Negotiation | None, policy: Policy) -> None:
    """Whether the buyer may name a price for this bid now.

    Raises:
        MoveNotAllowed: the provider's answer is awaited, or the price is agreed.
        CounterLimitReached: all rounds are used.
    """
    number = f"D{bid.demand_id}"
    if latest is not None and latest.status not in ASKABLE:
        raise MoveNotAllowed(
            number, bid.letter, status=latest.status, side=Side.BUYER, move=Move.ASK
        )
    if rounds_left(latest, policy) <= 0:
        raise CounterLimitReached(number, bid.letter, policy.counter_rounds)


def ask(
    bid: Bid,
    latest: Negotiation | None,
    *,
    price_fen: int,
    answer_by: datetime,
    policy: Policy,
    now: datetime,
) -> Negotiation:
    """The buyer names a price below the bid's: a new round.

    Raises:
        MoveNotAllowed, CounterLimitReached: no round can begin, see `check_may_ask`.
        CounterPriceRefused: not below the bid, or so far below that it must be a slip.
    """
    check_may_ask(bid, latest, policy)
    least = max(split_bp(bid.offer.price_fen, LEAST_ASKED_BP).part, 1)
    most = bid.offer.price_fen - 1
    _check_price(bid, price_fen, least_fen=least, most_fen=most)
    return Negotiation(
        id=0,
        bid_id=bid.id,
        round=1 if latest is None else latest.round + 1,
        status=NegotiationStatus.ASKED,
        asked_fen=price_fen,
        asked_at=now,
        answer_by=answer_by,
    )


def counter(
    negotiation: Negotiation, bid: Bid, *, price_fen: int, note: str, person_id: int
) -> Negotiation:
    """The provider names another price, between what was asked and what was bid.

    Raises:
        MoveNotAllowed: nothing is asked.
        CounterPriceRefused: outside of these two.
    """
    answered = advance(negotiation, bid, Side.PROVIDER, Move.COUNTER)
    most = bid.offer.price_fen
    _check_price(bid, price_fen, least_fen=negotiation.asked_fen, most_fen=most)
    return replace(answered, answered_fen=price_fen, answer_note=note, answered_by=person_id)


def _check_price(bid: Bid, price_fen: int, *, least_fen: int, most_fen: int) -> None:
    if not least_fen <= price_fen <= most_fen:
        raise CounterPriceRefused(
            f"D{bid.demand_id}", price_fen=price_fen, least_fen=least_fen, most_fen=most_fen
        )


def agreed_offer(offer: Offer, negotiation: Negotiation) -> Offer:
    """The bid's offer at the agreed price, with what the provider added for it."""
    notes = [note for note in (offer.note, negotiation.answer_note) if note]
    # What was added last must not be what is cut off.
    note = "；".join(dict.fromkeys(notes))[-NOTE_MOST:]
    return replace(offer, price_fen=negotiation.price_fen, note=note)
