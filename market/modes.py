"""Modes: how a deal can be looked for, each as a table of its steps."""

from dataclasses import replace
from enum import StrEnum
from typing import TypeAlias

from market.processes import Party, Process, Way


class DemandStatus(StrEnum):
    IN_REVIEW = "in_review"  # staff look at it
    UNPAID = "unpaid"  # its reward or deposit is still to be paid
    OPEN = "open"  # providers may bid; prices sealed
    OPENED = "opened"  # prices visible to the buyer, who chooses
    AWARDED = "awarded"
    REJECTED = "rejected"  # by staff, with a reason
    WITHDRAWN = "withdrawn"  # by the buyer
    EXPIRED = "expired"  # no bids, or nobody chosen
    DECLINED = "declined"  # by the one provider who was asked


class DemandStep(StrEnum):
    APPROVE = "approve"
    PUBLISH = "publish"  # the pot is paid
    REJECT = "reject"
    EDIT = "edit"
    OPEN_BIDS = "open_bids"
    GIVE = "give"  # a prize, and more are left
    AWARD = "award"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    EXTEND = "extend"  # staff give more time
    DECLINE = "decline"


_D, _BUYER, _STAFF, _GROUPS = DemandStatus, Party.BUYER, Party.STAFF, Party.GROUPS
_PROVIDER = Party.PROVIDER

_Way: TypeAlias = Way[DemandStatus, DemandStep]

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


_BACK = ("refund", "payout")  # what is left of a pot, by its rule
_SHARED = {
    (_D.OPEN, DemandStep.WITHDRAW),
    (_D.OPENED, DemandStep.WITHDRAW),
    (_D.OPENED, DemandStep.EXPIRE),
}


def _behind_a_pot(ways: tuple[_Way, ...], *tells: Party) -> list[_Way]:
    """The same ways, with the pot to be paid between the approval and the publication."""
    approve, *others = ways
    assert approve.step is DemandStep.APPROVE
    return [
        replace(approve, to=_D.UNPAID, tells=(_BUYER,)),
        Way(
            _D.UNPAID, DemandStep.PUBLISH, _D.OPEN, by=(Party.GATEWAY, _STAFF),
            says="付款 O…", staff="收款 O… 金额，另一人 确认收款 O…",
            tells=(_BUYER, _GROUPS, *tells), money=("funding",),
        ),
        Way(_D.UNPAID, DemandStep.WITHDRAW, _D.WITHDRAWN, by=(_BUYER,), says="撤 D…"),
        Way(
            _D.UNPAID, DemandStep.EXPIRE, _D.EXPIRED, by=(Party.CLOCK,),
            tells=(_BUYER,), after="pay_within",
        ),
        *others,
    ]  # fmt: skip


# 定金招标: a tender that begins when a part of the budget is paid.
DEPOSIT = Process(
    "deposit",
    DemandStatus.IN_REVIEW,
    tuple(
        replace(way, tells=(_BUYER, *(to for to in way.tells if to is not _BUYER)), money=_BACK)
        if (way.at, way.step) in _SHARED
        else replace(way, money=("refund",))
        if (way.at, way.step) == (_D.OPEN, DemandStep.EXPIRE)  # nobody has bid
        else way
        for way in _behind_a_pot(TENDER.ways)
    ),
)


def _rewarded(
    name: str,
    takes: str,
    after: str,
    *,
    pays: tuple[str, ...] = ("allotted",),
    several: bool = True,
    asks: tuple[Party, ...] = (),
) -> Process[DemandStatus, DemandStep]:
    """悬赏, 计件 and 提问: the buyer sees what is sent as it comes, and takes what is good."""
    given = tuple(
        Way(at, DemandStep.GIVE, at, by=(_BUYER,), says=takes, tells=(_PROVIDER,), money=pays)
        for at in (_D.OPEN, _D.OPENED)
        if several
    )
    return Process(
        name,
        DemandStatus.IN_REVIEW,
        (
            *_behind_a_pot(TENDER.ways[:4], *asks),
            *given,
            Way(
                _D.OPEN, DemandStep.AWARD, _D.AWARDED, by=(_BUYER,),
                says=takes, tells=(_PROVIDER, Party.BIDDERS, _GROUPS), money=pays,
            ),
            Way(
                _D.OPEN, DemandStep.OPEN_BIDS, _D.OPENED, by=(_BUYER, Party.CLOCK),
                says="截稿 D…", tells=(_BUYER,), after=after,
            ),
            Way(
                _D.OPEN, DemandStep.EXTEND, _D.OPEN, by=(_STAFF,),
                staff="延期 D… 1天", tells=(_BUYER,),
            ),
            Way(
                _D.OPEN, DemandStep.EXPIRE, _D.EXPIRED, by=(Party.CLOCK,),
                tells=(_BUYER,), money=("refund",), after=after,
            ),
            Way(
                _D.OPEN, DemandStep.WITHDRAW, _D.WITHDRAWN, by=(_BUYER,),
                says="撤 D…", tells=(_BUYER, Party.BIDDERS, _GROUPS), money=_BACK,
            ),
            Way(
                _D.OPENED, DemandStep.AWARD, _D.AWARDED, by=(_BUYER,),
                says=takes, tells=(_PROVIDER, Party.BIDDERS, _GROUPS), money=pays,
            ),
            Way(
                _D.OPENED, DemandStep.EXTEND, _D.OPENED, by=(_STAFF,),
                staff="延期 D… 1天", tells=(_BUYER,),
            ),
            Way(
                _D.OPENED, DemandStep.EXPIRE, _D.EXPIRED, by=(Party.CLOCK,),
                tells=(_BUYER, Party.BIDDERS), money=_BACK, after="choose_within",
            ),
            Way(
                _D.OPENED, DemandStep.WITHDRAW, _D.WITHDRAWN, by=(_BUYER,),
                says="撤 D…", tells=(_BUYER, Party.BIDDERS, _GROUPS), money=_BACK,
            ),
        ),
    )  # fmt: skip


_DONE = ("allotted", "payout", "commission", "points")  # where nothing is handed over
BOUNTY = _rewarded("bounty", "选A D…", "submission_window")
PIECE = _rewarded("piece", "选A D…", "submission_window", pays=_DONE)
QUESTION = _rewarded(
    "question", "采纳A D…", "question_window", pays=_DONE, several=False, asks=(_PROVIDER,)
)
PROCESSES = {
    process.name: process
    for process in (TENDER, DIRECT, DEPOSIT, BOUNTY, PIECE, QUESTION, PURCHASE)
}
