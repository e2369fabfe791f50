"""Months: sums of the ledger's transfers, and the addresses under which statements are fetched."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Table,
    Text,
    and_,
    case,
    delete,
    func,
    insert,
    or_,
    select,
)

from market.ledger import Currency, provider_payable
from market.months import GROUPED, Earning, Flow, Month, ProviderMonth, Statement
from market.months import state as stated
from storage.ledger_tables import ledger_transfers
from storage.orders import orders
from storage.tables import Moment, metadata

month_links = Table(
    "month_links",
    metadata,
    Column("token", Text, primary_key=True),  # unguessable; part of the address
    Column("month", Text, nullable=False),  # 2026-10
    Column("provider_id", ForeignKey("providers.id")),  # NULL: of the whole market
    Column("asked_by", ForeignKey("people.id"), nullable=False),
    Column("expires_at", Moment, nullable=False),
)

_MOVES = ledger_transfers.c
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class MonthLink:
    token: str
    month: Month
    provider_id: int | None
    asked_by: int
    expires_at: datetime


class MonthRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def statement(self, month: Month) -> Statement:
        """All money over the month, in one pass over the transfers up to its end."""
        before = case((_MOVES.at < month.begins, 1), else_=0)
        by = (_kind(_MOVES.debit), _kind(_MOVES.credit), _MOVES.code, before)
        rows = self._conn.execute(
            select(*by, func.sum(_MOVES.amount), func.count())
            .where(_MOVES.currency == Currency.FEN, _MOVES.at < month.ends)
            .group_by(*by)
        )
        return stated(
            month,
            [
                Flow(debit, credit, code, int(amount), count, before=bool(earlier))
                for debit, credit, code, earlier, amount, count in rows
            ],
        )

    def of_provider(self, provider_id: int, month: Month) -> ProviderMonth:
        """What this provider earned and was paid in the month: nobody else's figures."""
        account = provider_payable(provider_id).name
        change = case((_MOVES.credit == account, _MOVES.amount), else_=-_MOVES.amount)
        mine = or_(_MOVES.credit == account, _MOVES.debit == account)
        opening = self._conn.scalar(select(func.sum(change)).where(mine, _MOVES.at < month.begins))
        in_month = and_(_MOVES.at >= month.begins, _MOVES.at < month.ends)
        paid = self._conn.scalar(
            select(func.sum(_MOVES.amount)).where(_MOVES.debit == account, in_month)
        )
        payouts = self._by_escrow(and_(_MOVES.credit == account, in_month))
        # Of a joint bid the lead's statement names the commission, for the whole order.
        commissions = self._commissions(self._led_by(provider_id, list(payouts)), in_month)
        titles = self._titles(list(payouts))
        return ProviderMonth(
            month=month,
            opening_fen=int(opening or 0),
            earnings=tuple(
                Earning(
                    order_no=(number := escrow.partition(":")[2]),
                    title=titles.get(number, ""),
                    payout_fen=payout_fen,
                    commission_fen=commissions.get(escrow, 0),
                )
                for escrow, payout_fen in sorted(payouts.items())
            ),
            paid_out_fen=int(paid or 0),
        )

    def _by_escrow(self, condition: ColumnElement[bool]) -> dict[str, int]:
        rows = self._conn.execute(
            select(_MOVES.debit, func.sum(_MOVES.amount)).where(condition).group_by(_MOVES.debit)
        )
        return {row[0]: int(row[1]) for row in rows}

    def _commissions(self, escrows: list[str], in_month: ColumnElement[bool]) -> dict[str, int]:
        found: dict[str, int] = {}
        for at in range(0, len(escrows), _AT_ONCE):
            of_orders = _MOVES.debit.in_(escrows[at : at + _AT_ONCE])
            found |= self._by_escrow(and_(of_orders, _MOVES.code == "commission", in_month))
        return found

    def _led_by(self, provider_id: int, escrows: list[str]) -> list[str]:
        ids = [int(escrow.partition(":O")[2]) for escrow in escrows]
        found: list[str] = []
        for at in range(0, len(ids), _AT_ONCE):
            mine = (orders.c.provider_id == provider_id) & orders.c.id.in_(ids[at : at + _AT_ONCE])
            found += [f"escrow:O{no}" for no in self._conn.scalars(select(orders.c.id).where(mine))]
        return found

    def _titles(self, escrows: list[str]) -> dict[str, str]:
        ids = [int(escrow.partition(":O")[2]) for escrow in escrows]
        found: dict[str, str] = {}
        for at in range(0, len(ids), _AT_ONCE):
            rows = self._conn.execute(
                select(orders.c.id, orders.c.title).where(orders.c.id.in_(ids[at : at + _AT_ONCE]))
            )
            found |= {f"O{row.id}": row.title for row in rows}
        return found

    def add_link(self, link: MonthLink, now: datetime) -> None:
        """Keep the address; those that have run out go."""
        self._conn.execute(delete(month_links).where(month_links.c.expires_at <= now))
        self._conn.execute(
            insert(month_links).values(
                token=link.token,
                month=str(link.month),
                provider_id=link.provider_id,
                asked_by=link.asked_by,
                expires_at=link.expires_at,
            )
        )

    def link(self, token: str, now: datetime) -> MonthLink | None:
        """What is fetched under this address; None if it is none, or has run out."""
        row = self._conn.execute(
            select(month_links).where(month_links.c.token == token, month_links.c.expires_at > now)
        ).one_or_none()
        if row is None:
            return None
        year, _, number = row.month.partition("-")
        month = Month(int(year), int(number))
        return MonthLink(row.token, month, row.provider_id, row.asked_by, row.expires_at)


def _kind(account: Column[str]) -> ColumnElement[str]:
    """`market.months.kind_of` in SQL."""
    return case(*((account.like(f"{kind}:%"), kind) for kind in GROUPED), else_=account)
