"""Invoices: what was asked for and done, and to whom it was made out the last time."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Identity,
    Index,
    Row,
    Table,
    Text,
    delete,
    insert,
    select,
    text,
    update,
)

from market.errors import NotFound
from market.invoices import ALIVE, Heading, Invoice, InvoiceStatus, Kind
from storage.tables import Id, Moment, metadata, number_from, upsert

FIRST_NO = 3001
_ALIVE = text("status IN ('requested', 'issued', 'reversing')")

invoices = Table(
    "invoices",
    metadata,
    Column("id", Id, Identity(start=FIRST_NO), primary_key=True),
    Column("order_id", ForeignKey("orders.id"), nullable=False),
    Column("buyer_id", ForeignKey("people.id"), nullable=False),
    Column("provider_id", ForeignKey("providers.id"), nullable=False),
    Column("person_id", ForeignKey("people.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("tax_no", Text, nullable=False),
    Column("address_phone", Text, nullable=False),
    Column("bank", Text, nullable=False),
    Column("amount_fen", Id, nullable=False),
    Column("status", Text, nullable=False),
    Column("requested_at", Moment, nullable=False),
    Column("number", Text, nullable=False),
    Column("issued_at", Moment),
    Column("reason", Text, nullable=False),
    Column("reversed_at", Moment),
    CheckConstraint("amount_fen > 0", name="amount"),
    # Whatever races: an order has one invoice that counts.
    Index(
        "uq_invoices_alive",
        "order_id",
        unique=True,
        sqlite_where=_ALIVE,
        postgresql_where=_ALIVE,
    ),
    Index("ix_invoices_buyer_id", "buyer_id", "id"),
    sqlite_autoincrement=True,
)
number_from(invoices, FIRST_NO)

headings = Table(
    "headings",
    metadata,
    Column("person_id", ForeignKey("people.id"), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("tax_no", Text, nullable=False),
    Column("address_phone", Text, nullable=False),
    Column("bank", Text, nullable=False),
)


class InvoiceRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def add(self, invoice: Invoice) -> Invoice:
        """Store a request; its number is given here. The order is locked by the caller."""
        row = self._conn.execute(
            insert(invoices)
            .values(
                order_id=invoice.order_id,
                buyer_id=invoice.buyer_id,
                provider_id=invoice.provider_id,
                person_id=invoice.person_id,
                **asdict(invoice.heading),
                amount_fen=invoice.amount_fen,
                status=invoice.status,
                requested_at=invoice.requested_at,
                number="",
                reason="",
            )
            .returning(invoices)
        ).one()
        return _invoice(row)

    def lock(self, invoice_id: int) -> Invoice:
        """The invoice, locked until the turn ends. Raises NotFound."""
        query = select(invoices).where(invoices.c.id == invoice_id).with_for_update()
        row = self._conn.execute(query).one_or_none()
        if row is None:
            raise NotFound(f"F{invoice_id}")
        return _invoice(row)

    def save(self, invoice: Invoice) -> None:
        """What can change of an invoice; to whom it is made out stays as it was asked for."""
        self._conn.execute(
            update(invoices)
            .where(invoices.c.id == invoice.id)
            .values(
                status=invoice.status,
                number=invoice.number,
                issued_at=invoice.issued_at,
                reason=invoice.reason,
                reversed_at=invoice.reversed_at,
            )
        )

    def alive_of(self, order_id: int) -> Invoice | None:
        """The one invoice of the order that counts."""
        found = self._newest(
            (invoices.c.order_id == order_id) & invoices.c.status.in_(list(ALIVE)), 1
        )
        return found[0] if found else None

    def of_buyer(self, buyer_id: int, limit: int) -> tuple[Invoice, ...]:
        return self._newest(invoices.c.buyer_id == buyer_id, limit)

    def waiting_for(self, provider_id: int, limit: int) -> tuple[Invoice, ...]:
        """What this provider still has to issue, newest first."""
        asked = invoices.c.status == InvoiceStatus.REQUESTED
        return self._newest((invoices.c.provider_id == provider_id) & asked, limit)

    def heading_of(self, person_id: int) -> Heading | None:
        """To whom it was made out the last time."""
        row = self._conn.execute(
            select(headings).where(headings.c.person_id == person_id)
        ).one_or_none()
        return None if row is None else _heading(row)

    def remember(self, person_id: int, heading: Heading) -> None:
        values = asdict(heading)
        self._conn.execute(
            upsert(headings)
            .values(person_id=person_id, **values)
            .on_conflict_do_update(index_elements=["person_id"], set_=values)
        )

    def forget_heading(self, person_id: int) -> None:
        """Not what was issued, which the books must keep, but what is remembered for the next."""
        self._conn.execute(delete(headings).where(headings.c.person_id == person_id))

    def _newest(self, which: ColumnElement[bool], limit: int) -> tuple[Invoice, ...]:
        query = select(invoices).where(which).order_by(invoices.c.id.desc()).limit(limit)
        return tuple(_invoice(row) for row in self._conn.execute(query))


def _heading(row: Row[Any]) -> Heading:
    return Heading(Kind(row.kind), row.title, row.tax_no, row.address_phone, row.bank)


def _invoice(row: Row[Any]) -> Invoice:
    return Invoice(
        id=row.id,
        order_id=row.order_id,
        buyer_id=row.buyer_id,
        provider_id=row.provider_id,
        person_id=row.person_id,
        heading=_heading(row),
        amount_fen=row.amount_fen,
        status=InvoiceStatus(row.status),
        requested_at=row.requested_at,
        number=row.number,
        issued_at=row.issued_at,
        reason=row.reason,
        reversed_at=row.reversed_at,
    )
