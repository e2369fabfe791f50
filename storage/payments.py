"""Payments: attempts to fund an order, through a gateway or entered and confirmed by staff."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    ForeignKey,
    Identity,
    Index,
    Row,
    Table,
    Text,
    insert,
    select,
    text,
    update,
)

from market.errors import NotFound
from market.payments import Payment, PaymentStatus
from storage.tables import Id, Moment, metadata, number_from

FIRST_NO = 20481  # where receipts begin too: once they were the same numbers

payments = Table(
    "payments",
    metadata,
    Column("id", Id, Identity(start=FIRST_NO), primary_key=True),
    Column("order_id", ForeignKey("orders.id"), nullable=False, index=True),
    Column("gateway", Text, nullable=False),
    Column("token", Text, nullable=False, unique=True),  # the unguessable part of its page
    Column("amount_fen", Id, CheckConstraint("amount_fen > 0", name="amount"), nullable=False),
    Column("status", Text, nullable=False),
    Column("entered_by", ForeignKey("people.id")),
    Column("confirmed_by", ForeignKey("people.id")),
    Column("created_at", Moment, nullable=False),
    Column("settled_at", Moment),
    Column("code", Text, nullable=False, server_default=""),
    Column("picture", Text, nullable=False, server_default=""),
    Column("expires_at", Moment),
    Column("transaction_id", Text, nullable=False, server_default=""),
    # Whatever races: an order is paid once, and by two different people if by hand.
    Index(
        "uq_payments_settled",
        "order_id",
        unique=True,
        sqlite_where=text("status = 'settled'"),
        postgresql_where=text("status = 'settled'"),
    ),
    CheckConstraint("confirmed_by IS NULL OR confirmed_by <> entered_by", name="two_keys"),
    sqlite_autoincrement=True,
)
number_from(payments, FIRST_NO)


def _payment(row: Row[Any]) -> Payment:
    return Payment(**{**row._mapping, "status": PaymentStatus(row.status)})


class PaymentRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def add(self, payment: Payment) -> Payment:
        row = self._conn.execute(
            insert(payments)
            .values(
                {
                    column.name: getattr(payment, column.name)
                    for column in payments.columns
                    if column.name != "id"
                }
            )
            .returning(payments)
        ).one()
        return _payment(row)

    def lock_by_token(self, token: str) -> Payment:
        """Raises NotFound."""
        return self._one(payments.c.token == token, token)

    def by_token(self, token: str) -> Payment | None:
        row = self._conn.execute(select(payments).where(payments.c.token == token)).one_or_none()
        return None if row is None else _payment(row)

    def lock(self, payment_id: int) -> Payment:
        """Raises NotFound."""
        return self._one(payments.c.id == payment_id, f"T{payment_id}")

    def find(self, payment_id: int) -> Payment | None:
        row = self._conn.execute(select(payments).where(payments.c.id == payment_id)).one_or_none()
        return None if row is None else _payment(row)

    def first_at(self, gateway: str) -> datetime | None:
        """When this gateway was first asked to take a payment."""
        return self._conn.scalar(
            select(payments.c.created_at)
            .where(payments.c.gateway == gateway)
            .order_by(payments.c.id)
            .limit(1)
        )

    def latest(self, order_id: int, gateway: str) -> Payment | None:
        """The newest attempt to pay this order through this gateway, whatever became of it."""
        row = self._conn.execute(
            select(payments)
            .where(payments.c.order_id == order_id, payments.c.gateway == gateway)
            .order_by(payments.c.id.desc())
            .limit(1)
        ).one_or_none()
        return None if row is None else _payment(row)

    def settled_for(self, order_id: int) -> Payment | None:
        """The payment that funded this order."""
        row = self._conn.execute(
            select(payments).where(
                payments.c.order_id == order_id, payments.c.status == PaymentStatus.SETTLED
            )
        ).one_or_none()
        return None if row is None else _payment(row)

    def waiting(self, order_id: int, gateway: str) -> Payment | None:
        """The order's payment through this gateway that is still to be settled."""
        row = self._conn.execute(
            select(payments)
            .where(
                payments.c.order_id == order_id,
                payments.c.gateway == gateway,
                payments.c.status == PaymentStatus.WAITING,
            )
            .order_by(payments.c.id.desc())
            .limit(1)
            .with_for_update()
        ).one_or_none()
        return None if row is None else _payment(row)

    def save(self, payment: Payment) -> None:
        self._conn.execute(
            update(payments)
            .where(payments.c.id == payment.id)
            .values(
                status=payment.status,
                amount_fen=payment.amount_fen,
                entered_by=payment.entered_by,
                confirmed_by=payment.confirmed_by,
                settled_at=payment.settled_at,
                code=payment.code,
                picture=payment.picture,
                expires_at=payment.expires_at,
                transaction_id=payment.transaction_id,
            )
        )

    def _one(self, condition: Any, no: str) -> Payment:
        row = self._conn.execute(select(payments).where(condition).with_for_update()).one_or_none()
        if row is None:
            raise NotFound(no)
        return _payment(row)
