"""The terms of the market as the operator writes them: keys of [market], fields of `Policy`."""

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

from bot.fees import read_fees
from bot.sections import Section
from bot.splits import read_splits
from market.disputes import TWO_KEYS_ABOVE_FEN
from market.policy import Policy


class Term(NamedTuple):
    """How a key of [market] sets a field of `Policy`."""

    field: str
    low: float
    high: float
    unit: timedelta | None = None  # None: a plain integer


_HOUR, _DAY, _MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
_YEAR_H, _YEARS_D = 24 * 366, 3660
_FEN = 10**13  # a hundred billion yuan: larger than any budget, small enough for every database

TERMS: dict[str, Term] = {
    "commission_bp": Term("commission_bp", 0, 10_000),
    "points_per_yuan": Term("points_per_yuan", 0, 1_000),
    "review_points": Term("review_points", 0, 100_000),
    "bidding_window_h": Term("bidding_window", 0.01, _YEAR_H, _HOUR),
    "urgent_window_h": Term("urgent_window", 0.01, _YEAR_H, _HOUR),
    "choose_within_h": Term("choose_within", 0.01, _YEAR_H, _HOUR),
    "purchase_within_days": Term("purchase_within", 0.01, _YEARS_D, _DAY),
    "standstill_days": Term("standstill", 0, _YEARS_D, _DAY),
    "pay_within_h": Term("pay_within", 0.01, _YEAR_H, _HOUR),
    "start_within_h": Term("start_within", 0.01, _YEAR_H, _HOUR),
    "acceptance_days": Term("acceptance_window", 0.01, _YEARS_D, _DAY),
    "appeal_days": Term("appeal_window", 0.01, _YEARS_D, _DAY),
    "small_claim_most_fen": Term("small_claim_most_fen", 0, TWO_KEYS_ABOVE_FEN),
    "panel_above_fen": Term("panel_above_fen", TWO_KEYS_ABOVE_FEN, _FEN),
    "draft_kept_days": Term("draft_kept", 0.01, _YEARS_D, _DAY),
    "utterances_kept_days": Term("utterances_kept", 0.01, _YEARS_D, _DAY),
    "bid_merge_minutes": Term("bid_merge", 0, 24 * 60, _MINUTE),
    "submission_days": Term("submission_window", 0.01, _YEARS_D, _DAY),
    "question_window_h": Term("question_window", 0.01, _YEAR_H, _HOUR),
    "submission_cap": Term("submission_cap", 1, 10_000),
    "prizes_most": Term("prizes_most", 1, 1_000),
    "hand_over_days": Term("hand_over_days", 1, 365),
    "unchosen_back_bp": Term("unchosen_back_bp", 0, 10_000),
    "deposit_bp": Term("deposit_bp", 0, 10_000),
    "deposit_floor_fen": Term("deposit_floor_fen", 1, _FEN),
    "deposit_back_bp": Term("deposit_back_bp", 0, 10_000),
    "bid_cap": Term("bid_cap", 1, 1_000),
    "counter_rounds": Term("counter_rounds", 0, 100),
    "revisions_included": Term("revisions_included", 0, 100),
    "auto_review_below_fen": Term("auto_review_below_fen", 0, _FEN),
    "remind_before_choice_h": Term("remind_before_choice", 0.01, _YEAR_H, _HOUR),
    "remind_before_acceptance_h": Term("remind_before_acceptance", 0.01, _YEAR_H, _HOUR),
    "withdrawal_limit": Term("withdrawal_limit", 0, 1_000),
    "open_orders_most": Term("open_orders_most", 1, 10_000),
}


def read_terms(section: Section) -> Policy:
    """The policy the section asks for; what it leaves out keeps its default."""
    default = Policy()
    found: dict[str, object] = {}
    for key, term in TERMS.items():
        current = getattr(default, term.field)
        if term.unit is None:
            found[term.field] = section.integer(
                key, current, low=int(term.low), high=int(term.high)
            )
        elif isinstance(current, tuple):
            many = tuple(one / term.unit for one in current)
            lengths = section.numbers(key, many, low=term.low, high=term.high)
            # Counted down: the first reminder is the one furthest from the deadline.
            found[term.field] = tuple(sorted({one * term.unit for one in lengths}, reverse=True))
        else:
            length = section.number(key, current / term.unit, low=term.low, high=term.high)
            found[term.field] = length * term.unit
    return _policy({**found, "fee_rules": read_fees(section), "split_rules": read_splits(section)})


def _policy(found: Mapping[str, object]) -> Policy:
    return Policy(**found)  # type: ignore[arg-type]  # TERMS gives every field its own type
