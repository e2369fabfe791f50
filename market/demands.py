"""Demands: what a buyer asks for, from review to the chosen bid."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from difflib import SequenceMatcher

from market.modes import PROCESSES, DemandStatus, DemandStep
from market.policy import Policy
from market.processes import Process
from market.rewards import Reward, RewardKind

_SAME_WORDS = 0.9  # the share of characters that stay when only a slip is mended
_HOUR, _MARGIN = timedelta(hours=1), timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the buyer asks for. `region` is province|city|county as far as known."""

    title: str
    text: str  # the buyer's own words, contacts masked
    service_code: str | None = None
    budget_min_fen: int | None = None
    budget_max_fen: int | None = None
    budget_note: str = ""  # "面议", "约"
    region: str = ""
    needed_by: date | None = None
    urgent: bool = False
    details: tuple[str, ...] = ()  # further facts, one each: "专利 5 件"
    named_id: int | None = None  # the one provider that is asked, alone (点名)
    named: str = ""  # its name
    listing_id: int | None = None  # what is bought as it is, at a fixed price (直接购买)
    reward: Reward | None = None  # what is paid for works or answers (悬赏, 计件, 提问)
    deposit_fen: int = 0  # what is paid before a tender begins (定金招标)

    @property
    def mode(self) -> str:
        """How a deal is looked for: the name of its process."""
        if self.listing_id is not None:
            return "purchase"
        if self.reward is not None:
            return str(self.reward.kind)
        if self.deposit_fen:
            return "deposit"
        return "tender" if self.named_id is None else "direct"


@dataclass(frozen=True, slots=True)
class Demand:
    id: int  # number: D{id}
    buyer_id: int
    terms: Terms
    status: DemandStatus
    version: int
    published_at: datetime | None
    closes_at: datetime | None  # bidding ends; bids arriving at this instant still count
    choose_by: datetime | None
    created_at: datetime
    reason: str = ""  # why rejected

    @property
    def no(self) -> str:
        return f"D{self.id}"

    @property
    def is_public(self) -> bool:
        """Whether every provider may know of it once it is published."""
        return self.terms.named_id is None

    @property
    def needs_pot(self) -> bool:
        """Whether something is paid before it is published."""
        return self.terms.reward is not None or self.terms.deposit_fen > 0

    @property
    def is_sealed(self) -> bool:
        """Whether offers are hidden until the opening."""
        return self.is_public and self.terms.reward is None

    @property
    def process(self) -> Process[DemandStatus, DemandStep]:
        return PROCESSES[self.terms.mode]

    def is_for(self, provider_id: int | None) -> bool:
        """Whether this provider may know of it and bid on it."""
        return self.terms.named_id in (None, provider_id)


def advance(demand: Demand, step: DemandStep) -> DemandStatus:
    """Where the step leads. Raises StepNotAllowed where the table has no way."""
    return demand.process.advance(demand.no, demand.status, step)


def needs_review(terms: Terms, policy: Policy) -> bool:
    """Staff look at every demand whose budget is not known to be below the threshold."""
    top = terms.budget_max_fen or terms.budget_min_fen
    if terms.reward is not None:
        top = terms.reward.total_fen
    return top is None or top >= policy.auto_review_below_fen


def bidding_window(terms: Terms, policy: Policy) -> timedelta:
    """How long bids are taken; one provider alone answers as fast as many on something urgent."""
    if terms.reward is not None:
        asks = terms.reward.kind is RewardKind.QUESTION
        return policy.question_window if asks else policy.submission_window
    soon = terms.urgent or terms.named_id is not None
    return policy.urgent_window if soon else policy.bidding_window


def publish(
    demand: Demand, policy: Policy, now: datetime, *, closes_at: datetime | None = None
) -> Demand:
    """Open the bidding window; it closes on the hour, a little before its full length.

    So the time is easy to say, and the news of the closing still fits into a platform's send
    window of the same 48 hours, which the buyer's own message has opened. A `closes_at` that
    staff have set stands instead, unless it has passed.
    """
    is_paid = demand.status is DemandStatus.UNPAID
    status = advance(demand, DemandStep.PUBLISH if is_paid else DemandStep.APPROVE)
    if closes_at is not None and closes_at > now:
        return replace(demand, status=status, published_at=now, closes_at=closes_at)
    window = bidding_window(demand.terms, policy)
    closes_at = now + window
    if window >= 2 * _HOUR:
        closes_at = (closes_at - _MARGIN).replace(minute=0, second=0, microsecond=0)
    return replace(demand, status=status, published_at=now, closes_at=closes_at)


def is_substantial(old: Terms, new: Terms) -> bool:
    """Whether an offer on the old terms may not fit the new ones.

    A higher budget harms nobody, nor does a slip of the pen that is mended.
    """
    before, after = replace(old, text="", named=""), replace(new, text="", named="")
    if before == after:
        # Nothing that is told apart has changed: what was said besides may have.
        return _differs(old.text, new.text)
    top, most = old.budget_max_fen, new.budget_max_fen
    if most is not None and (top is None or most < top):
        return True
    if (old.service_code, old.region, old.needed_by, old.urgent) != (
        new.service_code,
        new.region,
        new.needed_by,
        new.urgent,
    ):
        return True
    return _differs("；".join(old.details), "；".join(new.details))


def _differs(before: str, after: str) -> bool:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return before != after and matcher.ratio() < _SAME_WORDS


def times_after_a_change(demand: Demand, now: datetime) -> tuple[datetime, datetime]:
    """Until when providers confirm their bids on changed terms, and when the bidding ends then.

    Noon of the next day and of the day after, in the zone of `now`; a later end stands.
    """
    confirm_by = (now + timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
    closes_at = confirm_by + timedelta(days=1)
    if demand.closes_at is not None and demand.closes_at > closes_at:
        closes_at = demand.closes_at
    return confirm_by, closes_at


def runs_until(demand: Demand) -> datetime | None:
    """When the time ends that runs now, for bids or for choosing; None if none runs."""
    if demand.status is DemandStatus.OPEN:
        return demand.closes_at
    return demand.choose_by if demand.status is DemandStatus.OPENED else None


def extend(demand: Demand, *, until: datetime) -> Demand:
    """Move the time that runs now, for bids or for choosing.

    Raises:
        StepNotAllowed: no time is running.
    """
    status = advance(demand, DemandStep.EXTEND)
    if status is DemandStatus.OPEN:
        return replace(demand, closes_at=until)
    return replace(demand, choose_by=until)


def open_bids(demand: Demand, *, bids: int, policy: Policy, now: datetime) -> Demand:
    """Unseal: with bids the buyer chooses until `choose_by`; with none the demand expires.

    Raises:
        StepNotAllowed: there is nothing that could be opened.
    """
    opened = advance(demand, DemandStep.OPEN_BIDS)
    if bids == 0:
        return replace(demand, status=advance(demand, DemandStep.EXPIRE), closes_at=now)
    return replace(
        demand,
        status=opened,
        closes_at=now,
        choose_by=now + policy.choose_within,
    )


def takes_bids(demand: Demand, now: datetime) -> bool:
    """Whether a bid received at `now` counts: the closing instant itself is still inside."""
    return (
        demand.status is DemandStatus.OPEN and demand.closes_at is not None
    ) and now <= demand.closes_at
