"""The part of a price that public money pays: by a voucher, or as a purchase by the authority.

It is set aside at checkout, joins the buyer's own money in the escrow when the order is funded,
and comes back in proportion when money goes back. A purchase (政府购买) pays the whole price for
a beneficiary, and counts once all three have agreed: beneficiary, authority and provider.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from market.errors import StepNotAllowed
from market.ledger import Account, Transfer, escrow, transfers
from market.orders import Order, OrderStatus
from market.programmes import Programme, budget, funds, promise, voucher_account

OWN_LEAST_FEN = 100  # beside a voucher the buyer pays something: there has to be a payment


class PartStatus(StrEnum):
    HELD = "held"  # set aside until the order is funded
    SPENT = "spent"
    RELEASED = "released"  # the order was not paid, or is paid in other ways


@dataclass(frozen=True, slots=True)
class PublicPart:
    """`voucher_id` is None where the authority buys; then `payer_id` and `provider_id` are the
    people who have agreed for the authority and the provider."""

    id: int
    order_id: int
    programme: str
    voucher_id: int | None
    amount_fen: int
    status: PartStatus
    payer_id: int | None = None
    provider_id: int | None = None
    stands_still_until: datetime | None = None  # other bidders may object to a purchase

    @property
    def order_no(self) -> str:
        return f"O{self.order_id}"

    @property
    def source(self) -> Account:
        """Whose claim on the authority is used up."""
        return (
            budget(self.programme) if self.voucher_id is None else voucher_account(self.voucher_id)
        )

    @property
    def is_purchase(self) -> bool:
        return self.voucher_id is None

    @property
    def is_agreed(self) -> bool:
        """Nobody else has to say yes."""
        return not self.is_purchase or None not in (self.payer_id, self.provider_id)

    @property
    def hold_keys(self) -> tuple[str, str]:
        """What is set aside for it: of the claim, and of the programme's funds."""
        stem = f"{self.order_no}/{self.id}"
        return f"{stem}:claim-held", f"{stem}:funds-held"

    @property
    def spending(self) -> tuple[Transfer, Transfer]:
        """Of the claim's hold, and of the funds': the promise is kept, the money is there."""
        kept, paid = transfers(
            (
                f"{self.order_no}:promise-kept",
                self.source,
                promise(self.programme),
                self.amount_fen,
            ),
            (
                f"{self.order_no}:public",
                funds(self.programme),
                escrow(self.order_no),
                self.amount_fen,
            ),
        )
        return kept, paid

    def back(self, fen: int) -> tuple[Transfer, ...]:
        """A part of what was spent comes back out of the escrow, and can be spent again."""
        return transfers(
            (f"{self.order_no}:public-back", escrow(self.order_no), funds(self.programme), fen),
            (f"{self.order_no}:promise-renewed", promise(self.programme), self.source, fen),
        )


def back(part: PublicPart | None, fen: int) -> tuple[Transfer, ...]:
    """What of a refund goes back to public money.

    Raises:
        ValueError: public money has paid nothing of it, or not so much.
    """
    if fen == 0:
        return ()
    if part is None or part.status is not PartStatus.SPENT or fen > part.amount_fen:
        raise ValueError(f"public money has not paid {fen} fen of it")
    return part.back(fen)


def usable_fen(order: Order, programme: Programme, *, left_fen: int, paid_in_fen: int) -> int:
    """How much of an order a voucher can pay: by its rule, its rest, and what was paid in.

    0 if nothing can be used.
    """
    own = max(order.due_fen - OWN_LEAST_FEN, 0)
    return max(min(programme.share_of(order.price_fen), left_fen, paid_in_fen, own), 0)


def with_public(order: Order, amount_fen: int) -> Order:
    """The order with public money in its price; the amount is to be set aside by the caller.

    Raises:
        StepNotAllowed: there is nothing to pay any more, or there is public money in it already.
    """
    if order.status is not OrderStatus.AWAITING_PAYMENT or order.public_fen:
        raise StepNotAllowed(order.no, status=order.status, step="public")
    return replace(order, public_fen=amount_fen)
