"""Vouchers: the table and what is asked of it."""

from datetime import date
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
    func,
    insert,
    select,
    text,
    update,
)

from market.errors import NotFound
from market.vouchers import Voucher, VoucherStatus
from storage.tables import Id, Moment, metadata, number_from

FIRST_NO = 7731
_OPEN = text("status IN ('asked', 'proposed')")

vouchers = Table(
    "vouchers",
    metadata,
    Column("id", Id, Identity(start=FIRST_NO), primary_key=True),
    Column("programme", ForeignKey("programmes.code"), nullable=False),
    Column("person_id", ForeignKey("people.id"), nullable=False, index=True),
    Column("firm", Text, nullable=False),
    Column("credit_code", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("amount_fen", Id, nullable=False),
    Column("proposed_by", ForeignKey("people.id")),
    Column("granted_by", ForeignKey("people.id")),
    Column("ends_on", Text),
    Column("reason", Text, nullable=False),
    CheckConstraint("amount_fen >= 0", name="amount"),
    CheckConstraint("granted_by IS NULL OR granted_by <> proposed_by", name="two_keys"),
    # Whatever races: a firm asks a programme for one at a time.
    Index(
        "uq_vouchers_open",
        "programme",
        "credit_code",
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    ),
    sqlite_autoincrement=True,
)
number_from(vouchers, FIRST_NO)


class VoucherRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def add(self, voucher: Voucher) -> Voucher:
        """Store a request; its number is given here."""
        row = self._conn.execute(
            insert(vouchers)
            .values(
                programme=voucher.programme,
                person_id=voucher.person_id,
                firm=voucher.firm,
                credit_code=voucher.credit_code,
                status=voucher.status,
                asked_at=voucher.asked_at,
                amount_fen=0,
                reason="",
            )
            .returning(vouchers)
        ).one()
        return _voucher(row)

    def lock(self, voucher_id: int) -> Voucher:
        """The voucher, locked until the turn ends. Raises NotFound."""
        query = select(vouchers).where(vouchers.c.id == voucher_id).with_for_update()
        row = self._conn.execute(query).one_or_none()
        if row is None:
            raise NotFound(f"Q{voucher_id}")
        return _voucher(row)

    def save(self, voucher: Voucher) -> None:
        self._conn.execute(
            update(vouchers)
            .where(vouchers.c.id == voucher.id)
            .values(
                status=voucher.status,
                amount_fen=voucher.amount_fen,
                proposed_by=voucher.proposed_by,
                granted_by=voucher.granted_by,
                ends_on=None if voucher.ends_on is None else voucher.ends_on.isoformat(),
                reason=voucher.reason,
            )
        )

    def of_person(self, person_id: int, limit: int) -> tuple[Voucher, ...]:
        """Newest first."""
        return self._all(vouchers.c.person_id == person_id, limit)

    def granted_to(self, person_id: int, limit: int) -> tuple[Voucher, ...]:
        """Those that can be spent, as far as something is left of them; newest first."""
        granted = vouchers.c.status == VoucherStatus.GRANTED
        return self._all((vouchers.c.person_id == person_id) & granted, limit)

    def open_for(self, programme: str, credit_code: str) -> Voucher | None:
        """What this firm has asked for, and nobody has answered."""
        waiting = vouchers.c.status.in_([VoucherStatus.ASKED, VoucherStatus.PROPOSED])
        found = self._all(
            (vouchers.c.programme == programme) & (vouchers.c.credit_code == credit_code) & waiting,
            1,
        )
        return found[0] if found else None

    def had_fen(self, programme: str, credit_code: str) -> int:
        """What this firm was granted of a programme, whatever became of it."""
        granted = vouchers.c.status.in_([VoucherStatus.GRANTED, VoucherStatus.LAPSED])
        total = self._conn.scalar(
            select(func.sum(vouchers.c.amount_fen)).where(
                vouchers.c.programme == programme, vouchers.c.credit_code == credit_code, granted
            )
        )
        return int(total or 0)

    def _all(self, which: ColumnElement[bool], limit: int) -> tuple[Voucher, ...]:
        query = select(vouchers).where(which).order_by(vouchers.c.id.desc()).limit(limit)
        return tuple(_voucher(row) for row in self._conn.execute(query))


def _voucher(row: Row[Any]) -> Voucher:
    values = {
        **row._mapping,
        "status": VoucherStatus(row.status),
        "ends_on": None if row.ends_on is None else date.fromisoformat(row.ends_on),
    }
    return Voucher(**values)
