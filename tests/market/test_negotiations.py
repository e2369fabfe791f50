"""Who may do what while a price is haggled over, and between which prices."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from market.bids import Bid, BidStatus, Offer
from market.errors import CounterLimitReached, CounterPriceRefused, MoveNotAllowed
from market.negotiations import (
    ASKABLE,
    LIVE,
    RULES,
    Move,
    Negotiation,
    NegotiationStatus,
    Side,
    advance,
    agreed_offer,
    ask,
    counter,
    rounds_left,
)
from market.policy import Policy

NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)
POLICY = Policy()
BID = Bid(7, 1024, 3, 5, "A", 1, Offer(3_200_000, workdays=15), "salt", BidStatus.PLACED, NOW)
ASKED = Negotiation(1, BID.id, 1, NegotiationStatus.ASKED, 3_000_000, NOW, NOW + timedelta(days=1))
PRICES = st.integers(-10, 10**9)


def begin(latest: Negotiation | None, price_fen: int, bid: Bid = BID) -> Negotiation:
    answer_by = NOW + timedelta(days=1)
    return ask(bid, latest, price_fen=price_fen, answer_by=answer_by, policy=POLICY, now=NOW)


@pytest.mark.parametrize("status", NegotiationStatus)
@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("move", Move)
def test_whatever_the_table_does_not_name_is_refused(
    status: NegotiationStatus, side: Side, move: Move
) -> None:
    negotiation = replace(ASKED, status=status)
    to = RULES.get((status, side, move))
    if to is not None:
        assert advance(negotiation, BID, side, move).status is to
        return

    with pytest.raises(MoveNotAllowed) as refusal:
        advance(negotiation, BID, side, move)

    assert (refusal.value.demand_no, refusal.value.letter) == ("D1024", "A")


def test_only_live_rounds_go_on_and_each_can_be_ended() -> None:
    assert {status for status, _, _ in RULES} == LIVE
    for status in LIVE:
        assert RULES[status, Side.MARKET, Move.END] is NegotiationStatus.ENDED


def test_the_provider_only_answers_and_the_buyer_never_answers_himself() -> None:
    assert {status for status, side, _ in RULES if side is Side.PROVIDER} == {
        NegotiationStatus.ASKED
    }
    assert (NegotiationStatus.ASKED, Side.BUYER, Move.ACCEPT) not in RULES


@pytest.mark.parametrize("status", NegotiationStatus)
def test_when_another_round_can_begin(status: NegotiationStatus) -> None:
    latest = replace(ASKED, status=status)
    if status in ASKABLE:
        assert begin(latest, 2_900_000).round == 2
        return

    with pytest.raises(MoveNotAllowed):
        begin(latest, 2_900_000)


def test_three_rounds_are_the_most() -> None:
    latest = None
    for expected in (1, 2, 3):
        latest = replace(begin(latest, 2_900_000), status=NegotiationStatus.REFUSED)
        assert latest.round == expected

    assert rounds_left(latest, POLICY) == 0
    with pytest.raises(CounterLimitReached):
        begin(latest, 2_900_000)


@given(st.integers(1, 10**9), PRICES)
def test_a_price_that_is_asked_is_below_the_bid_and_no_slip(bid_fen: int, asked_fen: int) -> None:
    bid = replace(BID, offer=Offer(bid_fen))
    if max(bid_fen // 10, 1) <= asked_fen < bid_fen:
        assert begin(None, asked_fen, bid).price_fen == asked_fen
        return

    with pytest.raises(CounterPriceRefused):
        begin(None, asked_fen, bid)


@given(st.integers(2, 10**9), st.data())
def test_a_counter_offer_lies_between_both_prices(bid_fen: int, data: st.DataObject) -> None:
    asked_fen = data.draw(st.integers(1, bid_fen - 1))
    said_fen = data.draw(st.integers(0, bid_fen * 2))
    bid = replace(BID, offer=Offer(bid_fen))
    asked = replace(ASKED, asked_fen=asked_fen)
    if not asked_fen <= said_fen <= bid_fen:
        with pytest.raises(CounterPriceRefused):
            counter(asked, bid, price_fen=said_fen, note="", person_id=5)
        return

    answered = counter(asked, bid, price_fen=said_fen, note="多送一次修改", person_id=5)

    assert asked_fen <= answered.price_fen <= bid_fen
    assert agreed_offer(bid.offer, answered).price_fen == said_fen
    assert agreed_offer(bid.offer, answered).note == "多送一次修改"


@given(st.text(max_size=300), st.text(max_size=80))
def test_what_was_added_last_is_never_cut_off(before: str, added: str) -> None:
    assume(added)
    offer = replace(BID.offer, note=before)
    agreed = agreed_offer(offer, replace(ASKED, answer_note=added))

    assert len(agreed.note) <= 200
    assert agreed.note.endswith(added)
    assert replace(agreed, note="", price_fen=1) == replace(offer, note="", price_fen=1)
