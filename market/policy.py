"""The operator's rules as numbers: rates, windows, caps. Data, so that a term is found here."""

from dataclasses import dataclass
from datetime import timedelta

from market.fees import Fee, Rule, Schedule
from market.splits import SplitRule


@dataclass(frozen=True, slots=True)
class Policy:
    """Defaults of the market; every field can be set in the section [market]."""

    commission_bp: int = 600  # where no rule of `fee_rules` fits
    fee_rules: tuple[Rule, ...] = ()
    split_rules: tuple[SplitRule, ...] = ()
    points_per_yuan: int = 1
    review_points: int = 30
    bidding_window: timedelta = timedelta(hours=48)
    urgent_window: timedelta = timedelta(hours=24)
    choose_within: timedelta = timedelta(hours=72)
    pay_within: timedelta = timedelta(hours=48)
    purchase_within: timedelta = timedelta(days=10)  # for an authority and a provider to agree
    standstill: timedelta = timedelta(days=3)  # in which other bidders may object to a purchase
    start_within: timedelta = timedelta(hours=24)
    acceptance_window: timedelta = timedelta(days=7)
    appeal_window: timedelta = timedelta(days=3)  # after a ruling, before its money moves
    small_claim_most_fen: int = 200_000  # up to this one person's ruling is final at once
    panel_above_fen: int = 5_000_000  # from there on a panel of three decides
    draft_kept: timedelta = timedelta(days=30)
    utterances_kept: timedelta = timedelta(days=180)  # what was asked for, masked, to learn from
    bid_merge: timedelta = timedelta(minutes=30)  # further bids: one push in this time
    bid_cap: int = 8
    counter_rounds: int = 3  # how often the buyer may name a price for one bid
    revisions_included: int = 2
    auto_review_below_fen: int = 0  # budgets below this are published without staff
    remind_before_choice: tuple[timedelta, ...] = (timedelta(hours=24), timedelta(hours=4))
    remind_before_acceptance: tuple[timedelta, ...] = (
        timedelta(hours=72),
        timedelta(hours=24),
        timedelta(hours=4),
    )
    withdrawal_limit: int = 3  # bids withdrawn in 90 days before bidding is suspended
    submission_window: timedelta = timedelta(days=7)  # for works; answers have a day
    question_window: timedelta = timedelta(hours=24)
    submission_cap: int = 50
    prizes_most: int = 50
    hand_over_days: int = 3  # for a winner to deliver what was chosen
    unchosen_back_bp: int = 7_000  # of a reward when works came and none was chosen
    deposit_bp: int = 3_000  # of the budget
    deposit_floor_fen: int = 10_000
    deposit_back_bp: int = 7_000  # when bids came and none was taken, or it was not paid
    open_orders_most: int = 10  # a provider with so many is suggested after all others

    @property
    def fees(self) -> Schedule:
        return Schedule(Fee(self.commission_bp), self.fee_rules)
