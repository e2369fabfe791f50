"""Errands: what must be done at a payment gateway, outside of any turn, until it is done."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from market.payments import Payment


class ErrandKind(StrEnum):
    OPEN = "open"  # a code that the buyer can pay by
    QUERY = "query"  # whether it was paid, when no notice comes
    CLOSE = "close"  # the code must not be paid any more
    REFUND = "refund"
    RELEASE = "release"  # nothing of the payment stays frozen


@dataclass(frozen=True, slots=True)
class Errand:
    """One thing to do about one payment. Doing it twice is harmless: its number makes it one."""

    id: int
    kind: ErrandKind
    payment_id: int
    due_at: datetime
    amount_fen: int = 0  # of a refund
    tries: int = 0  # that came to nothing
    error: str = ""  # what the last of them met
    done_at: datetime | None = None
    given_up: bool = False  # done, but not achieved: staff have to see to it

    def after(self, pause: timedelta, now: datetime) -> "Errand":
        """The same, later; nothing went wrong."""
        return replace(self, due_at=now + pause)

    def failed(self, error: str, now: datetime, *, pause: timedelta | None = None) -> "Errand":
        """The same, later, after a failure: each pause is twice the last, up to ten minutes."""
        wait = min(FIRST_PAUSE * (1 << min(self.tries, 12)), LONGEST_PAUSE)
        return replace(self, tries=self.tries + 1, error=error[:200], due_at=now + (pause or wait))

    def done(self, now: datetime, *, given_up: bool = False, error: str = "") -> "Errand":
        return replace(self, done_at=now, given_up=given_up, error=error[:200])


BY_CODE = "wechat"  # the gateway that is paid by a code of its own making

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=10)
ASK_STAFF_AFTER = 5  # failures in a row: about three minutes
CODE_LASTS = timedelta(hours=2)
# "资金冻结期最长是30天": then WeChat Pay lets an ordinary merchant have the money by itself.
FROZEN_FOR = timedelta(days=30)
WARN_BEFORE = timedelta(days=2)
LEAST_LIFE = timedelta(minutes=10)  # a code with less than that is not worth handing out


def errand_no(payment: Payment, kind: ErrandKind) -> str:
    """The number that the gateway knows a refund or release by: the same at every try."""
    return f"{trade_no(payment)}-{kind}"


def trade_no(payment: Payment) -> str:
    """The number that the gateway knows the payment by: 6 to 32 of ``0-9A-Za-z-``.

    With a part of its token, because a merchant may have had another kebao, whose numbers began
    where ours do.
    """
    return f"{payment.no}-{payment.trade_key}"


def payment_id_of(number: str) -> int | None:
    """Which payment a trade or errand number may be of; None if it is none of ours."""
    head = number.partition("-")[0]
    digits = head.removeprefix("T")
    if head == digits or not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        return None
    return int(digits)


def pause_before_asking(asked_before: int) -> timedelta:
    """How long to wait for a notice before asking (again): two minutes, four … up to ten."""
    return min(timedelta(minutes=2) * (asked_before + 1), timedelta(minutes=10))
