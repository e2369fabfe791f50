"""Demands: what a buyer asks for, from review to the chosen bid."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from difflib import SequenceMatcher
from enum import StrEnum

from market.policy import Policy
from market.processes import Party, Process, Way

_SAME_WORDS = 0.9  # the share of characters that stay when only a slip is mended
_HOUR, _MARGIN = timedelta(hours=1), timedelta(minutes=5)


class DemandStatus(StrEnum):
    IN_REVIEW = "in_review"  # staff look at it
    OPEN = "open"  # providers may bid; prices sealed
    OPENED = "opened"  # prices visible to the buyer, who chooses
    AWARDED = "awarded"
    REJECTED = "rejected"  # by staff, with a reason
    WITHDRAWN = "withdrawn"  # by the buyer
    EXPIRED = "expired"  # no bids, or nobody chosen
    DECLINED = "declined"  # by the one provider who was asked


class DemandStep(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    EDIT = "edit"
    OPEN_BIDS = "open_bids"
    AWARD = "award"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    EXTEND = "extend"  # staff give more time
    DECLINE = "decline"


_D, _BUYER, _STAFF, _GROUPS = DemandStatus, Party.BUYER, Party.STAFF, Party.GROUPS
_PROVIDER = Party.PROVIDER

# 招标 and 邀标: sealed bids, from everybody or from whom staff invite.
TENDER = Process(
    "tender",
    DemandStatus.IN_REVIEW,
    (
        Way(
            _D.IN_REVIEW, DemandStep.APPROVE, _D.OPEN, by=(_STAFF, _BUYER),
            says="确认", staff="审 D… 通过，或 邀 D… 1 3 5", tells=(_BUYER, _GROUPS),
        ),
        Way(
            _D.IN_REVIEW, DemandStep.REJECT, _D.REJECTED, by=(_STAFF,),
            staff="审 D… 驳回 理由", tells=(_BUYER,),
        ),
        Way(
            _D.IN_REVIEW, DemandStep.EDIT, _D.IN_REVIEW, by=(_BUYER,),
            says="改 D… 内容", staff="审 D… 改 新的文字，客户 同意修改 D…",
        ),
        Way(
            _D.IN_REVIEW, DemandStep.WITHDRAW, _D.WITHDRAWN, by=(_BUYER,), says="撤 D…",
        ),
        Way(
            _D.OPEN, DemandStep.EDIT, _D.OPEN, by=(_BUYER,),
            says="改 D… 内容", tells=(Party.BIDDERS, _GROUPS),
        ),
        Way(
            _D.OPEN, DemandStep.OPEN_BIDS, _D.OPENED, by=(_BUYER, Party.CLOCK),
            says="现在开标 D…", tells=(_BUYER, _GROUPS), after="bidding_window",
        ),
        Way(
            _D.OPEN, DemandStep.EXTEND, _D.OPEN, by=(_STAFF,),
            staff="延期 D… 1天", tells=(_BUYER,),
        ),
        Way(
            _D.OPEN, DemandStep.EXPIRE, _D.EXPIRED, by=(_BUYER, Party.CLOCK),
            says="现在开标 D…", tells=(_BUYER,), after="bidding_window",
        ),
        Way(
            _D.OPEN, DemandStep.WITHDRAW, _D.WITHDRAWN, by=(_BUYER,),
            says="撤 D…", tells=(Party.BIDDERS, _GROUPS),
        ),
        Way(
            _D.OPENED, DemandStep.AWARD, _D.AWARDED, by=(_BUYER,),
            says="选A D…", tells=(Party.PROVIDER, Party.BIDDERS, _GROUPS),
        ),
        Way(
            _D.OPENED, DemandStep.EXTEND, _D.OPENED, by=(_STAFF,),
            staff="延期 D… 1天", tells=(_BUYER,),
        ),
        Way(
            _D.OPENED, DemandStep.EXPIRE, _D.EXPIRED, by=(Party.CLOCK,),
            tells=(_BUYER, Party.BIDDERS), after="choose_within",
        ),
        Way(
            _D.OPENED, DemandStep.WITHDRAW, _D.WITHDRAWN, by=(_BUYER,),
            says="撤 D…", tells=(Party.BIDDERS, _GROUPS),
        ),
    ),
)  # fmt: skip

# 点名: one provider is asked, nobody else hears of it; the offer is the buyer's to see at once.
DIRECT = Process(
    "direct",
    DemandStatus.IN_REVIEW,
    (
        Way(
            _D.IN_REVIEW, DemandStep.APPROVE, _D.OPEN, by=(_STAFF, _BUYER),
            says="点名 服务商 要办的事，确认", staff="审 D… 通过", tells=(_BUYER, _PROVIDER),
        ),
        Way(
            _D.IN_REVIEW, DemandStep.REJECT, _D.REJECTED, by=(_STAFF,),
            staff="审 D… 驳回 理由", tells=(_BUYER,),
        ),
        Way(
            _D.IN_REVIEW, DemandStep.EDIT, _D.IN_REVIEW, by=(_BUYER,),
            says="改 D… 内容", staff="审 D… 改 新的文字，客户 同意修改 D…",
        ),
        Way(
            _D.IN_REVIEW, DemandStep.WITHDRAW, _D.WITHDRAWN, by=(_BUYER,), says="撤 D…",
        ),
        Way(
            _D.OPEN, DemandStep.EDIT, _D.OPEN, by=(_BUYER,),
            says="改 D… 内容", tells=(_PROVIDER,),
        ),
        Way(
            _D.OPEN, DemandStep.OPEN_BIDS, _D.OPENED, by=(_PROVIDER,),
            says="报价 D… 28000 15天，再回 1", tells=(_BUYER,),
        ),
        Way(
            _D.OPEN, DemandStep.DECLINE, _D.DECLINED, by=(_PROVIDER,),
            says="不接 D… 理由", tells=(_BUYER,),
        ),
        Way(
            _D.OPEN, DemandStep.EXTEND, _D.OPEN, by=(_STAFF,),
            staff="延期 D… 1天", tells=(_BUYER,),
        ),
        Way(
            _D.OPEN, DemandStep.EXPIRE, _D.EXPIRED, by=(Party.CLOCK,),
            tells=(_BUYER,), after="urgent_window",
        ),
        Way(
            _D.OPEN, DemandStep.WITHDRAW, _D.WITHDRAWN, by=(_BUYER,),
            says="撤 D…", tells=(_PROVIDER,),
        ),
        Way(
            _D.OPENED, DemandStep.AWARD, _D.AWARDED, by=(_BUYER,),
            says="选A D…", tells=(_PROVIDER,),
        ),
        Way(
            _D.OPENED, DemandStep.EXTEND, _D.OPENED, by=(_STAFF,),
            staff="延期 D… 1天", tells=(_BUYER,),
        ),
        Way(
            _D.OPENED, DemandStep.EXPIRE, _D.EXPIRED, by=(Party.CLOCK,),
            tells=(_BUYER, _PROVIDER), after="choose_within",
        ),
        Way(
            _D.OPENED, DemandStep.WITHDRAW, _D.WITHDRAWN, by=(_BUYER,),
            says="撤 D…", tells=(_PROVIDER,),
        ),
    ),
)  # fmt: skip


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

    @property
    def mode(self) -> str:
        """How a deal is looked for: the name of its process."""
        if self.listing_id is not None:
            return "purchase"
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
    def process(self) -> Process[DemandStatus, DemandStep]:
        return PROCESSES[self.terms.mode]

    def is_for(self, provider_id: int | None) -> bool:
        """Whether this provider may know of it and bid on it."""
        return self.terms.named_id in (None, provider_id)


# 直接购买: there is nothing to wait for; submitted and awarded in one turn.
PURCHASE = Process(
    "purchase",
    DemandStatus.IN_REVIEW,
    (
        Way(
            _D.IN_REVIEW, DemandStep.AWARD, _D.AWARDED, by=(_BUYER,),
            says="买 L… 加急 上门，确认", tells=(_PROVIDER,),
        ),
    ),
)  # fmt: skip
PROCESSES = {process.name: process for process in (TENDER, DIRECT, PURCHASE)}


def advance(demand: Demand, step: DemandStep) -> DemandStatus:
    """Where the step leads. Raises StepNotAllowed where the table has no way."""
    return demand.process.advance(demand.no, demand.status, step)


def needs_review(terms: Terms, policy: Policy) -> bool:
    """Staff look at every demand whose budget is not known to be below the threshold."""
    top = terms.budget_max_fen or terms.budget_min_fen
    return top is None or top >= policy.auto_review_below_fen


def bidding_window(terms: Terms, policy: Policy) -> timedelta:
    """How long bids are taken; one provider alone answers as fast as many on something urgent."""
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
    status = advance(demand, DemandStep.APPROVE)
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
    """Unseal: with bids the buyer chooses until `choose_by`; with none the demand expires."""
    if bids == 0:
        return replace(demand, status=advance(demand, DemandStep.EXPIRE), closes_at=now)
    return replace(
        demand,
        status=advance(demand, DemandStep.OPEN_BIDS),
        closes_at=now,
        choose_by=now + policy.choose_within,
    )


def takes_bids(demand: Demand, now: datetime) -> bool:
    """Whether a bid received at `now` counts: the closing instant itself is still inside."""
    return (
        demand.status is DemandStatus.OPEN and demand.closes_at is not None
    ) and now <= demand.closes_at
