"""Receipts: each states one movement of money, has a number, and holds the hash of the one before.

Whoever keeps the hash of one receipt can prove every receipt up to it: none can be altered, taken
out or put in without changing all hashes that follow.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from market.ledger import Transfer

FIRST_NO = 20481
FORM = "kebao receipt 1"  # the first line of the canonical form; another form, another number


class Kind(StrEnum):
    """What a receipt states; all but VOID are named as the transfers that they stand for."""

    FUNDING = "funding"  # a client's money arrived: it is in the order's escrow
    ALLOTTED = "allotted"  # what was paid in advance is in the order's escrow now
    PUBLIC = "public"  # public money: it is in the order's escrow
    PUBLIC_BACK = "public-back"  # out of the escrow, to the public programme it came from
    APPROPRIATED = "appropriated"  # public money arrived, for orders to come
    REFUND = "refund"  # out of the escrow, owed to the client
    EARNINGS = "payout"  # out of the escrow, owed to the provider
    COMMISSION = "commission"  # out of the escrow, ours
    SPLIT = "split"  # a part of the commission, owed to whoever has it
    REFUND_PAID = "refund-paid"  # the client has it back
    SURPLUS = "surplus"  # a client's money arrived that was not due: it goes back
    REFUND_RETURNED = "refund-returned"  # the gateway gave it back by itself
    EARNINGS_PAID = "payout-paid"  # the provider has it
    VOID = "void"  # a number that was used up before receipts had numbers of their own


_OF_CODE = {str(kind): kind for kind in Kind if kind is not Kind.VOID}

# Whom a receipt concerns: (the buyer, the provider). What we take from a provider, and where
# either of them has their money sent, is no concern of the other.
_CONCERNS: dict[Kind, tuple[bool, bool]] = {
    Kind.FUNDING: (True, True),
    Kind.ALLOTTED: (True, True),
    Kind.PUBLIC: (True, True),
    Kind.PUBLIC_BACK: (True, True),
    Kind.APPROPRIATED: (False, False),
    Kind.REFUND: (True, True),
    Kind.EARNINGS: (False, True),
    Kind.COMMISSION: (False, True),
    Kind.SPLIT: (False, True),
    Kind.REFUND_PAID: (True, False),
    Kind.SURPLUS: (True, False),
    Kind.REFUND_RETURNED: (True, False),
    Kind.EARNINGS_PAID: (False, True),
    Kind.VOID: (False, False),
}


@dataclass(frozen=True, slots=True)
class Parties:
    """Between whom money moved, and for which order: numbers, never names."""

    order_id: int | None = None
    buyer_id: int | None = None
    provider_id: int | None = None


@dataclass(frozen=True, slots=True)
class Movement:
    """What a receipt will state: `cause` is the key of the transfer it stands for."""

    kind: Kind
    cause: str
    amount_fen: int
    parties: Parties
    gateway: str  # where money came in or went out; "" if it only changed its owner
    at: datetime

    def concerns(self, *, person_id: int, provider_id: int | None) -> bool:
        buyer = self.parties.buyer_id == person_id
        return buyer or (provider_id is not None and self.parties.provider_id == provider_id)


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends: the number and the hash of its last receipt."""

    number: int
    hash: str


GENESIS = Head(FIRST_NO - 1, "0" * 64)  # what the first receipt follows


@dataclass(frozen=True, slots=True)
class Receipt:
    """A movement with its place in the chain. `hash` is SHA-256, 64 lower-case hex digits."""

    number: int
    movement: Movement
    previous: str  # the hash of the receipt before
    hash: str

    @property
    def no(self) -> str:
        return f"R{self.number}"

    @property
    def fingerprint(self) -> str:
        return short(self.hash)

    @property
    def head(self) -> Head:
        """The chain's end as it was with this receipt."""
        return Head(self.number, self.hash)


def movements(
    transfers: Iterable[Transfer], parties: Parties, *, gateway: str = "", at: datetime
) -> tuple[Movement, ...]:
    """What deserves a receipt among these transfers: money that came, went or changed its owner.

    Points and whatever else the table of kinds does not name get none.
    """
    return tuple(
        Movement(
            kind=kind,
            cause=move.key,
            amount_fen=move.amount,
            parties=_concerned(kind, parties),
            gateway=gateway,
            at=at,
        )
        for move in transfers
        if (kind := _OF_CODE.get(move.code)) is not None
    )


def kind_of(code: str) -> Kind | None:
    """The kind of receipt that a transfer with this code must have; None if it needs none."""
    return _OF_CODE.get(code)


def canonical(number: int, movement: Movement, previous: str) -> str:
    """What is hashed: eleven lines of UTF-8, each a name and a value, ``-`` for nothing.

    The moment is UTC with six decimals; every line ends with a line feed.
    """
    who = movement.parties
    lines = (
        FORM,
        f"number R{number}",
        f"kind {movement.kind}",
        f"cause {movement.cause}",
        f"amount_fen {movement.amount_fen}",
        f"order {_no('O', who.order_id)}",
        f"buyer {_no('P', who.buyer_id)}",
        f"provider {_no('V', who.provider_id)}",
        f"gateway {movement.gateway or '-'}",
        f"at {movement.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
        f"previous {previous}",
    )
    assert all("\n" not in line for line in lines), "a value of two lines could pretend a third"
    return "".join(f"{line}\n" for line in lines)


def digest(number: int, movement: Movement, previous: str) -> str:
    """SHA-256 of the canonical form."""
    return hashlib.sha256(canonical(number, movement, previous).encode()).hexdigest()


def short(hashed: str) -> str:
    """The first 32 bits as people compare them: ``7f3a·91c2``."""
    return f"{hashed[:4]}·{hashed[4:8]}"


def seal(wanted: Iterable[Movement], head: Head) -> tuple[Receipt, ...]:
    """The receipts of these movements, in this order, behind the chain that ends with `head`."""
    sealed: list[Receipt] = []
    for movement in wanted:
        number = head.number + 1
        hashed = digest(number, movement, head.hash)
        sealed.append(Receipt(number, movement, head.hash, hashed))
        head = sealed[-1].head
    return tuple(sealed)


def is_unaltered(receipt: Receipt) -> bool:
    """Whether a receipt still says what it said when it was sealed."""
    return receipt.hash == digest(receipt.number, receipt.movement, receipt.previous)


def follows(receipt: Receipt, head: Head) -> bool:
    """Whether the receipt is the next after that end of a chain."""
    return (receipt.number, receipt.previous) == (head.number + 1, head.hash)


def holds(chain: Sequence[Receipt], before: Head) -> bool:
    """Whether these receipts are unaltered and hang together, the first behind `before`."""
    for receipt in chain:
        if not (is_unaltered(receipt) and follows(receipt, before)):
            return False
        before = receipt.head
    return True


def _concerned(kind: Kind, parties: Parties) -> Parties:
    buyer, provider = _CONCERNS[kind]
    return Parties(
        order_id=parties.order_id,
        buyer_id=parties.buyer_id if buyer else None,
        provider_id=parties.provider_id if provider else None,
    )


def _no(letter: str, number: int | None) -> str:
    return "-" if number is None else f"{letter}{number}"
