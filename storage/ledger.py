"""The ledger: accounts, the transfers between them, and money held for a purpose.

What SQL can forbid it forbids (`storage.ledger_triggers` keeps the rest): balances are moved by
the insertion of a transfer and by nothing else, no account falls below what it may owe, and
neither transfers nor holds are ever changed. The repository finds a refusal before it happens
and names it, so that an ordinary "not enough" leaves the transaction usable.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any

from sqlalchemy import Column, Connection, Select, bindparam, desc, func, select, union_all
from sqlalchemy.dialects.postgresql import insert as upsert

from market.errors import IdempotencyMismatch, InsufficientFunds, NotFound, StepNotAllowed
from market.ledger import Account, Currency, Transfer
from storage.ledger_tables import HoldStatus, ledger_accounts, ledger_holds, ledger_transfers
from storage.statements import Statement, Values, numbered, rows_of


@dataclass(frozen=True, slots=True)
class Hold:
    """An amount set aside in an account. `amount` and the account's name never change."""

    key: str
    account: str
    currency: Currency
    amount: int
    status: HoldStatus
    at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a statement: `change` is signed, `balance` is what it left behind."""

    key: str
    code: str
    counterpart: str
    change: int
    balance: int
    at: datetime


_name = attrgetter("name")
_ACCOUNT = ("name", "currency", "may_owe")
_TRANSFER = ("key", "code", "debit", "credit", "currency", "amount", "at")


@cache  # by how many accounts: few, because a post is one business fact
def _lock_accounts(count: int) -> Statement:
    """Create what is missing, lock all in the order given, and read them: all in one statement.

    Only an update both locks a row that is there and returns it; it changes nothing.
    """
    new = upsert(ledger_accounts).values(rows_of(ledger_accounts, _ACCOUNT, count))
    locked = new.on_conflict_do_update(
        index_elements=["name"], set_={"held": ledger_accounts.c.held}
    )
    return Statement(locked.returning(*ledger_accounts.columns))


@cache
def _add_or_lock_accounts(count: int) -> Statement:
    """The same on PostgreSQL, whose accounts need two unique keys, of which DO UPDATE forgives one.

    The missing ones are made, then those that are there are locked in their order, all in one trip.
    If a twin in another process made one meanwhile, nothing is locked: ask again, to lock it in
    its place among the others.
    """
    new = upsert(ledger_accounts).values(rows_of(ledger_accounts, _ACCOUNT, count))
    added = new.on_conflict_do_nothing().returning(*ledger_accounts.columns).cte("added")
    names = [bindparam(f"name{at}", type_=ledger_accounts.c.name.type) for at in range(count)]
    seen = ledger_accounts.alias("seen")
    made = select(func.count()).select_from(added).scalar_subquery()
    known = select(func.count()).select_from(seen).where(seen.c.name.in_(names)).scalar_subquery()
    there = (
        select(ledger_accounts)
        .where(ledger_accounts.c.name.in_(names), made + known == count)
        .order_by(ledger_accounts.c.name)
        .with_for_update()
        .subquery("there")
    )
    return Statement(union_all(select(there), select(added)))


@cache
def _add_transfers(count: int) -> Statement:
    return Statement(
        upsert(ledger_transfers)
        .values(rows_of(ledger_transfers, _TRANSFER, count))
        .on_conflict_do_nothing()
        .returning(ledger_transfers.c.key)
    )


_add_hold = upsert(ledger_holds).on_conflict_do_nothing().returning(ledger_holds.c.id)


class LedgerRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def post(self, transfers: Sequence[Transfer], at: datetime) -> None:
        """Make the transfers happen, in this order, each once.

        Two statements when nothing is repeated and every debit is covered by what the account
        already has. A transfer whose key was posted before, with the same parameters, has no
        effect, alone or among new ones.

        Raises:
            InsufficientFunds: an account would fall below what it may owe (and holds).
            IdempotencyMismatch: a key was posted before with other parameters.
        """
        wanted = _by_key(transfers)
        if not wanted:
            return
        available = self._lock(
            {side for move in wanted.values() for side in (move.debit, move.credit)}
        )
        if not _surely_covered(wanted.values(), available):
            # Repeats may be among them, and those need no cover: look before refusing.
            for key in self._posted(wanted):
                del wanted[key]
            _require_cover(wanted.values(), available)
            if not wanted:
                return
        rows = [_row(move, at) for move in wanted.values()]
        fresh = _add_transfers(len(rows)).all(self._conn, **numbered(rows))
        repeated = wanted.keys() - {key for (key,) in fresh}
        if repeated:
            self._posted({key: wanted[key] for key in repeated})

    def hold(
        self,
        key: str,
        account: Account,
        amount: int,
        at: datetime,
        *,
        expires_at: datetime | None = None,
    ) -> None:
        """Set an amount aside in the account, once per key, until it is captured or given back.

        Raises:
            InsufficientFunds: less than the amount is free.
            IdempotencyMismatch: the key holds something else.
        """
        free = self._lock({account})[account]
        before = self.find_hold(key)
        if before is not None:
            if (before.account, before.amount) != (account.name, amount):
                raise IdempotencyMismatch(key)
            return
        if free is not None and free < amount:
            raise InsufficientFunds(account.name, needed=amount)
        added = self._conn.scalars(
            _add_hold,
            {
                "key": key,
                "status": HoldStatus.RESERVED,
                "account": account.name,
                "currency": account.currency,
                "amount": amount,
                "at": at,
                "expires_at": expires_at,
            },
        ).one_or_none()
        if added is None:  # the same key, in another account, in a turn that just ended
            raise IdempotencyMismatch(key)

    def capture(self, key: str, transfer: Transfer, at: datetime) -> None:
        """Turn a hold into a transfer out of its account; what it does not need becomes free.

        Raises:
            NotFound: nothing was ever held under this key.
            StepNotAllowed: it was given back.
            IdempotencyMismatch: it was captured by another transfer.
            ValueError: the transfer leaves another account, or takes more than was held.
        """
        hold = self._reserved(key)
        if transfer.debit.name != hold.account:
            raise ValueError(f"{key} is held in {hold.account}, not in {transfer.debit.name}")
        if transfer.amount > hold.amount:
            raise ValueError(f"{key} holds {hold.amount}, not {transfer.amount}")
        self._lock({transfer.debit, transfer.credit})
        ended = self._resolve(hold, HoldStatus.POSTED, at)
        if ended is None:
            self.post([transfer], at)
        elif ended is not HoldStatus.POSTED:
            raise StepNotAllowed(key, status=ended, step="capture")
        elif not self._posted({transfer.key: transfer}):
            raise IdempotencyMismatch(key)

    def void(self, key: str, at: datetime) -> None:
        """Give back what was held; again, or after it expired, has no effect.

        Raises:
            NotFound: nothing was ever held under this key.
            StepNotAllowed: it was captured.
        """
        self._give_back(key, HoldStatus.VOIDED, at)

    def expire(self, key: str, at: datetime) -> None:
        """Give back what was held because its time is over; raises as `void` does."""
        self._give_back(key, HoldStatus.EXPIRED, at)

    def overdue_holds(self, now: datetime, *, limit: int) -> list[str]:
        """Keys of reservations whose time is over, the longest overdue first."""
        resolution = ledger_holds.alias()
        statement = (
            select(ledger_holds.c.key)
            .outerjoin(resolution, resolution.c.resolves == ledger_holds.c.key)
            .where(ledger_holds.c.expires_at <= now, resolution.c.id.is_(None))
            .order_by(ledger_holds.c.expires_at, ledger_holds.c.id)
            .limit(limit)
        )
        return [key for key in self._conn.scalars(statement) if key is not None]

    def find_hold(self, key: str) -> Hold | None:
        """The hold as it is now; None if there never was one."""
        resolution = ledger_holds.alias()
        row = self._conn.execute(
            select(ledger_holds, resolution.c.status.label("outcome"))
            .outerjoin(resolution, resolution.c.resolves == ledger_holds.c.key)
            .where(ledger_holds.c.key == key)
        ).one_or_none()
        if row is None:
            return None
        return Hold(
            key=row.key,
            account=row.account,
            currency=Currency(row.currency),
            amount=row.amount,
            status=HoldStatus(row.outcome or row.status),
            at=row.at,
            expires_at=row.expires_at,
        )

    def balance(self, account: Account) -> int:
        """Credits less debits; what is held is still in it. An unknown account has 0."""
        found = self._conn.scalar(
            select(ledger_accounts.c.credits - ledger_accounts.c.debits).where(
                ledger_accounts.c.name == account.name
            )
        )
        return found or 0

    def available(self, account: Account) -> int:
        """Credits less debits less what is held."""
        found = self._conn.scalar(
            select(
                ledger_accounts.c.credits - ledger_accounts.c.debits - ledger_accounts.c.held
            ).where(ledger_accounts.c.name == account.name)
        )
        return found or 0

    def statement(self, account: Account, *, limit: int | None = None) -> list[Entry]:
        """The account's movements with the balance after each, newest first.

        It goes back from the balance of now, so that the last lines of an account with a million
        movements cost as much as those of a new one.
        """
        both = union_all(
            _side(ledger_transfers.c.credit, ledger_transfers.c.debit, account, limit, sign=1),
            _side(ledger_transfers.c.debit, ledger_transfers.c.credit, account, limit, sign=-1),
        ).subquery()
        now = (
            select(ledger_accounts.c.credits - ledger_accounts.c.debits)
            .where(ledger_accounts.c.name == account.name)
            .scalar_subquery()
        )
        rows = self._conn.execute(
            select(both, now.label("balance")).order_by(desc(both.c.id)).limit(limit)
        )
        lines: list[Entry] = []
        later = 0  # what all newer lines changed
        for row in rows:
            balance = row.balance - later
            lines.append(Entry(row.key, row.code, row.counterpart, row.change, balance, row.at))
            later += row.change
        return lines

    def _lock(self, accounts: set[Account]) -> dict[Account, int | None]:
        """Create what is missing, lock all, and return what is free in each (None: may owe).

        It goes by name. Two turns that need the same accounts, new or old, therefore wait for
        each other in one direction only.
        """
        ordered = sorted(accounts, key=_name)
        on_postgresql = self._conn.dialect.name == "postgresql"
        lock = (_add_or_lock_accounts if on_postgresql else _lock_accounts)(len(ordered))
        wanted: dict[str, object] = {}
        for at, each in enumerate(ordered):  # `numbered`, without a dictionary for each of them
            wanted[f"name{at}"] = each.name
            wanted[f"currency{at}"] = each.currency
            wanted[f"may_owe{at}"] = each.may_owe
        rows = lock.all(self._conn, **wanted)
        if len(rows) < len(ordered):
            rows = lock.all(self._conn, **wanted)
        return _free(ordered, {row[0]: row for row in rows})

    def _posted(self, wanted: Mapping[str, Transfer]) -> set[str]:
        """Which of the keys were posted before, all with the same parameters.

        Raises:
            IdempotencyMismatch: one was not the same.
        """
        rows = self._conn.execute(
            select(ledger_transfers).where(ledger_transfers.c.key.in_(list(wanted)))
        ).all()
        for row in rows:
            again = wanted[row.key]
            first = (row.code, row.debit, row.credit, row.currency, row.amount)
            if first != (
                again.code,
                again.debit.name,
                again.credit.name,
                again.debit.currency,
                again.amount,
            ):
                raise IdempotencyMismatch(row.key)
        return {row.key for row in rows}

    def _reserved(self, key: str) -> Hold:
        hold = self.find_hold(key)
        if hold is None:
            raise NotFound(key)
        return hold

    def _give_back(self, key: str, status: HoldStatus, at: datetime) -> None:
        hold = self._reserved(key)
        # As who captures it does: otherwise two that end it at once wait for each other.
        held_in = select(ledger_accounts.c.name).where(ledger_accounts.c.name == hold.account)
        self._conn.execute(held_in.with_for_update())
        ended = self._resolve(hold, status, at)
        if ended is HoldStatus.POSTED:
            raise StepNotAllowed(key, status=ended, step=status)

    def _resolve(self, hold: Hold, status: HoldStatus, at: datetime) -> HoldStatus | None:
        """End the hold with this status: None if that happened now, else how it had ended."""
        added = self._conn.scalars(
            _add_hold,
            {
                "resolves": hold.key,
                "status": status,
                "account": hold.account,
                "currency": hold.currency,
                "amount": hold.amount,
                "at": at,
            },
        ).one_or_none()
        return None if added is not None else self._reserved(hold.key).status


def _side(
    whose: Column[str], others: Column[str], account: Account, limit: int | None, *, sign: int
) -> Select[Any]:
    """The newest movements on one side of the account, found by that side's index."""
    moves = ledger_transfers.c
    lines = select(
        moves.id,
        moves.key,
        moves.code,
        moves.at,
        others.label("counterpart"),
        (sign * moves.amount).label("change"),
    ).where(whose == account.name)
    newest = lines.order_by(desc(moves.id)).limit(limit).subquery()
    return select(newest)


def _by_key(transfers: Iterable[Transfer]) -> dict[str, Transfer]:
    wanted: dict[str, Transfer] = {}
    for move in transfers:
        if wanted.setdefault(move.key, move) != move:
            raise IdempotencyMismatch(move.key)
    return wanted


def _row(move: Transfer, at: datetime) -> dict[str, object]:
    return {
        "key": move.key,
        "code": move.code,
        "debit": move.debit.name,
        "credit": move.credit.name,
        "currency": move.debit.currency,
        "amount": move.amount,
        "at": at,
    }


def _free(accounts: Iterable[Account], rows: Mapping[str, Values]) -> dict[Account, int | None]:
    """What is free in each account; None for those that may owe.

    Raises:
        ValueError: an account was created as something else; its name means two things.
    """
    free: dict[Account, int | None] = {}
    for account in accounts:
        _, currency, may_owe, credits_, debits, held = rows[account.name]
        if (currency, may_owe) != (account.currency, account.may_owe):
            raise ValueError(f"{account} exists with {currency}, may_owe={may_owe}")
        free[account] = None if may_owe else credits_ - debits - held
    return free


def _surely_covered(moves: Iterable[Transfer], free: Mapping[Account, int | None]) -> bool:
    """Whether any part of the moves could happen: counting on no credit among them."""
    debits: dict[Account, int] = {}  # a Counter takes four times as long to make
    for move in moves:
        debits[move.debit] = debits.get(move.debit, 0) + move.amount
    return all((limit := free[each]) is None or limit >= sum_ for each, sum_ in debits.items())


def _require_cover(moves: Iterable[Transfer], free: Mapping[Account, int | None]) -> None:
    """Play the moves in order, as the database will. Raises InsufficientFunds."""
    left = dict(free)
    for move in moves:
        if (before := left[move.debit]) is not None:
            if before < move.amount:
                raise InsufficientFunds(move.debit.name, needed=move.amount)
            left[move.debit] = before - move.amount
        if (before := left[move.credit]) is not None:
            left[move.credit] = before + move.amount
