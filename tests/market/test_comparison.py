"""Offers are compared by what they cost in all, and every part of the sum is known by name."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.bids import Bid, BidStatus, Offer, letter_of
from market.comparison import (
    USUAL_COSTS,
    Basis,
    Comparable,
    Extra,
    LossReason,
    all_promise,
    compare,
    extras,
    loss_reasons,
    median_fen,
)

NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)
ITEMS = st.sampled_from([*USUAL_COSTS, "税费", "服务器"])
OFFERS = st.builds(
    Offer,
    price_fen=st.integers(1, 10**10),
    days=st.none() | st.integers(1, 400),
    workdays=st.none() | st.integers(1, 400),
    excluded=st.lists(ITEMS, max_size=6).map(tuple),
    tax=st.sampled_from(["", "incl", "excl"]),
)


def bid(offer: Offer, number: int = 1) -> Bid:
    return Bid(
        number, 1024, number, number, letter_of(number - 1), 1, offer, "", BidStatus.PLACED, NOW
    )


def comparable(offer: Offer, number: int = 1) -> Comparable:
    return Comparable(bid(offer, number), extras(offer))


@pytest.mark.parametrize(
    ("offer", "total_fen"),
    [
        (Offer(3_200_000, included=("官费",)), 3_200_000),
        (Offer(2_950_000, excluded=("官费", "审计")), 3_640_000),
        (Offer(2_950_000, excluded=("官费", "官费")), 3_040_000),
        (Offer(2_950_000, excluded=("服务器",)), 2_950_000),
        (Offer(1_000_000, tax="excl"), 1_060_000),
        (Offer(1_000_000, tax="excl", excluded=("税费",)), 1_060_000),
        (Offer(1_000_000, tax="incl"), 1_000_000),
    ],
)
def test_what_an_offer_leaves_out_is_added(offer: Offer, total_fen: int) -> None:
    assert comparable(offer).total_fen == total_fen


def test_what_nobody_knows_the_cost_of_is_named_and_not_counted() -> None:
    assert extras(Offer(100, excluded=("服务器",))) == (Extra("服务器", 0, Basis.UNKNOWN),)


@given(OFFERS)
def test_the_parts_add_up_to_the_total(offer: Offer) -> None:
    one = comparable(offer)

    assert one.total_fen == offer.price_fen + sum(extra.cost_fen for extra in one.extras)
    assert one.total_fen >= offer.price_fen
    assert len({extra.item for extra in one.extras}) == len(one.extras)


@given(st.lists(OFFERS, min_size=1, max_size=8))
def test_the_cheapest_in_all_comes_first_and_nobody_is_lost(offers: list[Offer]) -> None:
    bids = [bid(offer, number) for number, offer in enumerate(offers, start=1)]
    compared = compare(bids)

    assert {one.bid for one in compared} == set(bids)
    totals = [one.total_fen for one in compared]
    assert totals == sorted(totals)
    assert totals[0] <= median_fen(compared) <= totals[-1]
    assert compare(reversed(bids)) == compared, "the order of arrival decides between equals"


@pytest.mark.parametrize(
    ("lost", "chosen", "reasons"),
    [
        (
            Offer(2_950_000, excluded=("官费", "审计")),
            Offer(3_100_000, included=("官费",)),
            (LossReason.TOTAL, LossReason.INCLUDED),
        ),
        (Offer(300), Offer(200), (LossReason.TOTAL,)),
        (Offer(300, excluded=("服务器",)), Offer(300), (LossReason.INCLUDED,)),
        (Offer(300, workdays=15), Offer(400, workdays=12), (LossReason.DURATION,)),
        (Offer(300, days=15), Offer(400, workdays=12), (LossReason.CHOICE,)),
        (Offer(300), Offer(400), (LossReason.CHOICE,)),
    ],
)
def test_why_a_bid_lost(lost: Offer, chosen: Offer, reasons: tuple[LossReason, ...]) -> None:
    assert loss_reasons(comparable(lost), comparable(chosen)) == reasons


@given(OFFERS, OFFERS)
def test_a_loser_always_hears_a_reason_and_price_only_if_it_was_dearer(
    lost: Offer, chosen: Offer
) -> None:
    reasons = loss_reasons(comparable(lost), comparable(chosen))

    assert reasons
    dearer = comparable(lost).total_fen > comparable(chosen).total_fen
    assert (LossReason.TOTAL in reasons) == dearer


DAY = date(2026, 12, 25)


@pytest.mark.parametrize(
    ("dues", "needed_by", "promised"),
    [
        ([date(2026, 12, 9), DAY], DAY, True),
        ([date(2026, 12, 9), date(2026, 12, 26)], DAY, False),
        ([date(2026, 12, 9), None], DAY, False),
        ([date(2026, 12, 9)], None, False),
        ([], DAY, False),
    ],
)
def test_what_all_promise(dues: list[date | None], needed_by: date | None, promised: bool) -> None:
    assert all_promise(dues, needed_by) is promised
