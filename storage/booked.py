"""What our books say of the money at a gateway, in the words of its bills."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, or_, select

from market.errands import BY_CODE, Errand, ErrandKind, errand_no, payment_id_of, trade_no
from market.ledger import cash_at
from market.payments import Payment, PaymentStatus
from market.payouts import PayoutKind
from market.programmes import OFFLINE, Appropriation
from market.reconciliation import Kind, Record, RecordState, begin_of, end_of
from storage.errands import errands
from storage.ledger_tables import ledger_transfers
from storage.payments import payments
from storage.payouts import payouts
from storage.programmes import appropriations

_AT_ONCE = 500
_KINDS = {
    "funding": Kind.PAYMENT,
    "surplus": Kind.PAYMENT,
    "refund-returned": Kind.REFUND,
    "refund-paid": Kind.REFUND,
    "payout-paid": Kind.PAYOUT,
    "appropriated": Kind.PAYMENT,
}
_Move = tuple[int, datetime, str]  # how much, when, by which code
_ORDER, _PROVIDER = re.compile(r"O(\d{1,18})"), re.compile(r"V(\d{1,18})")


class BookedRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def records(self, gateway: str, day: date, numbers: Iterable[str]) -> tuple[Record, ...]:
        """What was booked there on that day, and all that is known under these numbers."""
        keys = self._keys_of_day(gateway, day)
        if gateway == BY_CODE:
            found = self._by_code(gateway, numbers, keys)
        else:
            found = self._by_hand(gateway, numbers, keys)
        return tuple({record.key: record for record in found}.values())

    def _keys_of_day(self, gateway: str, day: date) -> list[str]:
        cash = cash_at(gateway).name
        moves = ledger_transfers.c
        return list(
            self._conn.scalars(
                select(moves.key)
                .where(
                    or_(moves.debit == cash, moves.credit == cash),
                    moves.at >= begin_of(day),
                    moves.at < end_of(day),
                )
                .order_by(moves.id)
            )
        )

    def _by_code(
        self, gateway: str, numbers: Iterable[str], keys: Sequence[str]
    ) -> Iterator[Record]:
        """Payments by code and their refunds: the gateway repeats the numbers we gave it."""
        ids = set(filter(None, map(payment_id_of, set(numbers))))
        ids |= {int(key[1:].partition(":")[0]) for key in keys if key.startswith("T")}
        of_orders = {int(key[1:].partition(":")[0]) for key in keys if key.startswith("O")}
        found = self._payments(gateway, ids, of_orders)
        refunds = self._refunds(payment.id for payment in found)
        moved = self._moved({key for payment in found for key in _keys(payment)} | set(keys))
        for payment in found:
            yield from _of_payment(payment, refunds.get(payment.id), moved)
        # What colleagues paid out by hand though it lay at this gateway.
        yield from self._paid_by_hand(gateway, moved)

    def _by_hand(
        self, gateway: str, numbers: Iterable[str], keys: Sequence[str]
    ) -> Iterator[Record]:
        """Payments, refunds and payouts whose remark is the order's or the provider's number."""
        named = [*numbers, *(key.partition(":")[0] for key in keys)]
        of_orders, providers = _ids(_ORDER, named), _ids(_PROVIDER, named)
        found = self._payments(gateway, set(), of_orders)
        moved = self._moved({key for payment in found for key in _keys(payment)} | set(keys))
        for payment in found:
            funded = payment.status is PaymentStatus.SETTLED
            if funded or payment.status is PaymentStatus.WAITING:
                yield _record(payment, Kind.PAYMENT, f"O{payment.order_id}", moved)
        yield from self._payouts(gateway, of_orders, providers)
        yield from self._appropriations(gateway, named, moved)

    def _appropriations(
        self, gateway: str, named: Iterable[str], moved: Mapping[str, _Move]
    ) -> Iterator[Record]:
        """What authorities paid in, by the code of the programme in the remark."""
        if gateway != OFFLINE:
            return
        codes = {name.partition("/")[0] for name in named}
        asked = select(appropriations).where(appropriations.c.programme.in_(sorted(codes)))
        for row in self._conn.execute(asked):
            entry = Appropriation(**row._mapping)
            amount, at, _ = moved.get(entry.transfer.key) or (entry.amount_fen, None, "")
            booked = entry.confirmed_by is not None
            yield Record(
                key=entry.transfer.key,
                number=entry.programme,
                kind=Kind.PAYMENT,
                amount_fen=amount,
                state=RecordState.BOOKED if booked else RecordState.WAITING,
                subject=entry.programme,
                booked_at=at,
            )

    def _payments(
        self, gateway: str, ids: Iterable[int], of_orders: Iterable[int]
    ) -> list[Payment]:
        by_id, by_order = sorted(ids), sorted(of_orders)
        found: dict[int, Payment] = {}
        for column, wanted in ((payments.c.id, by_id), (payments.c.order_id, by_order)):
            for at in range(0, len(wanted), _AT_ONCE):
                rows = self._conn.execute(
                    select(payments).where(
                        payments.c.gateway == gateway, column.in_(wanted[at : at + _AT_ONCE])
                    )
                )
                for row in rows:
                    status = PaymentStatus(row.status)
                    found[row.id] = Payment(**{**row._mapping, "status": status})
        return [found[number] for number in sorted(found)]

    def _refunds(self, payment_ids: Iterable[int]) -> dict[int, Errand]:
        wanted, found = sorted(payment_ids), dict[int, Errand]()
        for at in range(0, len(wanted), _AT_ONCE):
            rows = self._conn.execute(
                select(errands).where(
                    errands.c.kind == ErrandKind.REFUND,
                    errands.c.payment_id.in_(wanted[at : at + _AT_ONCE]),
                )
            )
            for row in rows:
                values = {k: v for k, v in row._mapping.items() if k != "leased_until"}
                found[row.payment_id] = Errand(**{**values, "kind": ErrandKind.REFUND})
        return found

    def _moved(self, keys: Iterable[str]) -> dict[str, _Move]:
        """Amount, moment and code of the transfers with these keys."""
        wanted, found = sorted(keys), dict[str, _Move]()
        moves = ledger_transfers.c
        for at in range(0, len(wanted), _AT_ONCE):
            rows = self._conn.execute(
                select(moves.key, moves.amount, moves.at, moves.code).where(
                    moves.key.in_(wanted[at : at + _AT_ONCE])
                )
            )
            found |= {row.key: (row.amount, row.at, row.code) for row in rows}
        return found

    def _paid_by_hand(self, gateway: str, moved: Mapping[str, _Move]) -> Iterator[Record]:
        for key, (amount, at, code) in moved.items():
            if code in {"refund-paid", "payout-paid"}:
                subject = key.partition(":")[0]
                booked = RecordState.BOOKED
                yield Record(key, subject, _KINDS[code], amount, booked, subject, at)

    def _payouts(
        self, gateway: str, of_orders: Iterable[int], providers: Iterable[int]
    ) -> Iterator[Record]:
        kinds = {PayoutKind.REFUND: Kind.REFUND, PayoutKind.EARNINGS: Kind.PAYOUT}
        for kind, ids in (
            (PayoutKind.REFUND, sorted(of_orders)),
            (PayoutKind.EARNINGS, sorted(providers)),
        ):
            for at in range(0, len(ids), _AT_ONCE):
                rows = self._conn.execute(
                    select(payouts)
                    .where(
                        payouts.c.kind == kind,
                        payouts.c.gateway == gateway,
                        payouts.c.subject_id.in_(ids[at : at + _AT_ONCE]),
                    )
                    .order_by(payouts.c.id)
                )
                for row in rows:
                    subject = f"{'O' if kind is PayoutKind.REFUND else 'V'}{row.subject_id}"
                    yield Record(
                        key=f"{subject}:payout:{row.id}:{kind}-paid",
                        number=subject,
                        kind=kinds[kind],
                        amount_fen=row.amount_fen,
                        state=RecordState.WAITING if row.paid_at is None else RecordState.BOOKED,
                        subject=subject,
                        booked_at=row.paid_at,
                    )


def _ids(shape: re.Pattern[str], numbers: Iterable[str]) -> set[int]:
    return {int(found[1]) for found in map(shape.fullmatch, numbers) if found}


def _keys(payment: Payment) -> tuple[str, ...]:
    """The keys of the transfers that this payment may have caused."""
    if payment.status is PaymentStatus.SETTLED:
        return f"O{payment.order_id}:funding", f"O{payment.order_id}:refund-returned"
    return f"{payment.no}:surplus", f"{payment.no}:refund-returned"


def _of_payment(
    payment: Payment, refund: Errand | None, moved: Mapping[str, _Move]
) -> Iterator[Record]:
    yield _record(payment, Kind.PAYMENT, trade_no(payment), moved)
    _, back = _keys(payment)
    if back in moved or (refund is not None and refund.done_at is None):
        amount, at, _ = moved.get(back, (refund.amount_fen if refund else 0, None, ""))
        yield Record(
            key=back,
            number=errand_no(payment, ErrandKind.REFUND),
            kind=Kind.REFUND,
            amount_fen=amount,
            state=RecordState.BOOKED if back in moved else RecordState.WAITING,
            subject=f"O{payment.order_id}",
            booked_at=at,
        )


def _record(payment: Payment, kind: Kind, number: str, moved: Mapping[str, _Move]) -> Record:
    came, _ = _keys(payment)
    amount, at, _ = moved.get(came, (payment.amount_fen, None, ""))
    state = RecordState.BOOKED if came in moved else RecordState.WAITING
    if payment.status is PaymentStatus.MISPAID:
        state = RecordState.SET_ASIDE
    return Record(
        # An attempt that brought nothing has no transfer whose key could name it.
        key=came if came in moved else f"{payment.no}:payment",
        number=number,
        kind=kind,
        amount_fen=amount,
        state=state,
        subject=f"O{payment.order_id}",
        booked_at=at,
        transaction_id=payment.transaction_id,
    )
