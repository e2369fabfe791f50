"""Vouchers (创新券): asked for by a firm, granted by two colleagues, spent on parts of prices."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from market.errors import OverBudget
from market.ledger import Account, Transfer, transfers
from market.processes import Party, Process, Way
from market.programmes import Programme, budget, voucher_account


class VoucherStatus(StrEnum):
    ASKED = "asked"
    PROPOSED = "proposed"  # one colleague has named the sum
    GRANTED = "granted"
    REFUSED = "refused"
    LAPSED = "lapsed"


class VoucherStep(StrEnum):
    PROPOSE = "propose"
    GRANT = "grant"
    REFUSE = "refuse"
    LAPSE = "lapse"


_V, _STAFF = VoucherStatus, Party.STAFF

VOUCHER = Process(
    "voucher",
    VoucherStatus.ASKED,
    (
        Way(
            _V.ASKED, VoucherStep.PROPOSE, _V.PROPOSED, by=(_STAFF,),
            says="发券 Q… 金额", tells=(_STAFF,),
        ),
        Way(
            _V.ASKED, VoucherStep.REFUSE, _V.REFUSED, by=(_STAFF,),
            says="不发券 Q… 理由", tells=(Party.BUYER,),
        ),
        Way(  # somebody else
            _V.PROPOSED, VoucherStep.GRANT, _V.GRANTED, by=(_STAFF,),
            says="确认发券 Q…", tells=(Party.BUYER,), money=("granted",),
        ),
        Way(
            _V.PROPOSED, VoucherStep.REFUSE, _V.REFUSED, by=(_STAFF,),
            says="不发券 Q… 理由", tells=(Party.BUYER,),
        ),
        Way(  # the day after its last one
            _V.GRANTED, VoucherStep.LAPSE, _V.LAPSED, by=(Party.CLOCK,),
            tells=(Party.BUYER,), money=("lapsed",),
        ),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Voucher:
    """`amount_fen` is what was granted; what is left of it says the ledger."""

    id: int  # number: Q{id}
    programme: str
    person_id: int
    firm: str
    credit_code: str
    status: VoucherStatus
    asked_at: datetime
    amount_fen: int = 0
    proposed_by: int | None = None
    granted_by: int | None = None
    ends_on: date | None = None
    reason: str = ""

    @property
    def no(self) -> str:
        return f"Q{self.id}"

    @property
    def account(self) -> Account:
        """What of it can be spent: owed to its holder, never below zero."""
        return voucher_account(self.id)


def propose(
    voucher: Voucher, programme: Programme, *, amount_fen: int, had_fen: int, by: int
) -> Voucher:
    """The first key: how much it shall be. `had_fen` is what the firm was granted before.

    Raises:
        StepNotAllowed: it is granted, or refused.
        OverBudget: more than a firm may have of this programme.
    """
    status = VOUCHER.advance(voucher.no, voucher.status, VoucherStep.PROPOSE)
    most = programme.per_firm_fen - had_fen
    if not 0 < amount_fen <= most:
        raise OverBudget(voucher.no, most_fen=max(most, 0))
    return replace(
        voucher, status=status, amount_fen=amount_fen, proposed_by=by, ends_on=programme.ends_on
    )


@dataclass(frozen=True, slots=True)
class Grant:
    voucher: Voucher
    transfers: tuple[Transfer, ...]


def grant(voucher: Voucher, *, by: int) -> Grant:
    """The second key. Raises StepNotAllowed."""
    status = VOUCHER.advance(voucher.no, voucher.status, VoucherStep.GRANT)
    return Grant(
        replace(voucher, status=status, granted_by=by),
        transfers(
            (
                f"{voucher.no}:granted",
                budget(voucher.programme),
                voucher.account,
                voucher.amount_fen,
            )
        ),
    )


def refuse(voucher: Voucher, reason: str) -> Voucher:
    """Raises StepNotAllowed: it is granted already."""
    status = VOUCHER.advance(voucher.no, voucher.status, VoucherStep.REFUSE)
    return replace(voucher, status=status, reason=reason)


def lapse(voucher: Voucher, left_fen: int) -> Grant:
    """Its last day is over: what is free in it can be granted to others. Raises StepNotAllowed."""
    status = VOUCHER.advance(voucher.no, voucher.status, VoucherStep.LAPSE)
    return Grant(
        replace(voucher, status=status),
        transfers((f"{voucher.no}:lapsed", voucher.account, budget(voucher.programme), left_fen)),
    )


def lapse_again(voucher: Voucher, order_no: str, fen: int) -> tuple[Transfer, ...]:
    """What came back to a voucher whose last day is over goes where its rest went."""
    key = f"{voucher.no}/{order_no}:lapsed"
    return transfers((key, voucher.account, budget(voucher.programme), fen))
