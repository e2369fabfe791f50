"""The ledger by itself: accounts, transfers and holds, and whom the accounts belong to."""

from collections.abc import Iterator

from sqlalchemy import case, select

from storage.audit.findings import Finding, differing
from storage.audit.look import Look
from storage.ledger_tables import ledger_accounts, ledger_holds, ledger_transfers
from storage.orders import orders
from storage.parties import people
from storage.programmes import programmes
from storage.providers import providers
from storage.vouchers import vouchers


def accounts(look: Look) -> Iterator[Finding]:
    """Credits, debits and held of each account, from its transfers and holds."""
    amount = ledger_transfers.c.amount
    reserved = case((ledger_holds.c.resolves.is_(None), 1), else_=-1) * ledger_holds.c.amount
    sums = {
        "credits": look.sums(ledger_transfers.c.credit, amount),
        "debits": look.sums(ledger_transfers.c.debit, amount),
        "held": look.sums(ledger_holds.c.account, reserved),
    }
    known = set()
    for row in look.rows(select(ledger_accounts).order_by(ledger_accounts.c.name)):
        known.add(row.name)
        for what, moved in sums.items():
            yield from differing(row.name, what, moved.get(row.name, 0), row._mapping[what])
        free = row.credits - row.debits - row.held
        if free < 0 and not row.may_owe:
            yield Finding(row.name, "free", "at least 0", free)
    for name in sorted(set().union(*sums.values()) - known):
        yield Finding(name, "account", "exists", "missing")


def currencies(look: Look) -> Iterator[Finding]:
    """Every currency adds up to nothing, and no transfer joins two of them."""
    accounts = ledger_accounts.c
    balances = look.sums(accounts.currency, accounts.credits - accounts.debits)
    for currency, total in sorted(balances.items()):
        yield from differing(currency, "sum of all balances", 0, total)
    mixed = select(
        ledger_transfers.c.key, ledger_transfers.c.currency, accounts.currency.label("kept_in")
    ).join(
        ledger_accounts,
        accounts.name.in_([ledger_transfers.c.debit, ledger_transfers.c.credit])
        & (accounts.currency != ledger_transfers.c.currency),
    )
    for row in look.rows(mixed):
        yield Finding(row.key, "currency", row.currency, row.kept_in)


def owners(look: Look) -> Iterator[Finding]:
    """Every account that is somebody's or an order's belongs to one that is there."""
    known = {
        "escrow": {f"O{no}" for no in look.conn.scalars(select(orders.c.id))},
        "payable": {str(no) for no in look.conn.scalars(select(providers.c.id))},
        "points": {str(no) for no in look.conn.scalars(select(people.c.id))} | {"issued"},
    }
    known["refund"] = known["escrow"]
    codes = set(look.conn.scalars(select(programmes.c.code)))
    known |= dict.fromkeys(("promise", "budget", "funds"), codes)
    known["voucher"] = {f"Q{no}" for no in look.conn.scalars(select(vouchers.c.id))}
    for row in look.rows(select(ledger_accounts.c.name).order_by(ledger_accounts.c.name)):
        kind, _, whose = row.name.partition(":")
        if kind in known and whose not in known[kind] and not _is_surplus(kind, whose):
            yield Finding(row.name, "owner", "exists", "missing")


def _is_surplus(kind: str, whose: str) -> bool:
    """Money that came when nothing was due is owed under the number of its payment."""
    return kind == "refund" and whose.startswith("T")
