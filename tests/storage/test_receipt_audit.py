"""The audit finds every damage to receipts and names the row, on both databases."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Connection, text

from market.ledger import provider_payable
from market.orders import Order
from market.payouts import Payout, PayoutKind, confirm
from market.receipts import GENESIS, Parties, movements, seal
from storage.audit import Finding, audit
from storage.ledger_tables import ledger_transfers
from storage.receipts import ReceiptRepository
from storage.unit_of_work import UnitOfWork
from tests.support.databases import Database
from tests.support.markets import NOW, awarded, completed, delivered, funded

# R20481 funding, R20482 earnings, R20483 commission, R20484 earnings paid.
COUNT = 4


@pytest.fixture
def conn(database: Database) -> Iterator[Connection]:
    with database.engine.begin() as conn:
        yield conn


@pytest.fixture
def uow(conn: Connection) -> UnitOfWork:
    return UnitOfWork(conn)


@pytest.fixture
def order(uow: UnitOfWork) -> Order:
    """An order from its payment to the provider's own account."""
    order = completed(uow, delivered(uow, funded(uow, awarded(uow))))
    payout = uow.payouts.add(
        Payout(
            id=0,
            kind=PayoutKind.EARNINGS,
            subject_id=order.provider_id,
            gateway="offline",
            amount_fen=uow.ledger.balance(provider_payable(order.provider_id)),
            asked_at=NOW,
            asked_by=order.provider_person_id,
        )
    )
    assert payout is not None
    uow.ledger.hold(payout.key, payout.account, payout.amount_fen, NOW)
    done = confirm(replace(payout, entered_by=1), staff_id=2, now=NOW)
    uow.payouts.save(done.payout)
    uow.ledger.capture(payout.key, done.transfer, NOW)
    parties = Parties(provider_id=order.provider_id)
    issued = uow.receipts.issue(movements([done.transfer], parties, gateway="offline", at=NOW))
    assert [each.number for each in issued] == [20480 + COUNT]
    return order


def without_rules(conn: Connection) -> None:
    """What protects the tables from honest mistakes does not stop somebody who owns them."""
    if conn.dialect.name == "sqlite":
        for table in ("receipts", "receipt_roots", "ledger_transfers"):
            conn.execute(text(f"DROP TRIGGER {table}_no_update"))
            conn.execute(text(f"DROP TRIGGER {table}_no_delete"))
    else:
        for table in ("receipts", "receipt_roots", "ledger_transfers"):
            conn.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))


def found(conn: Connection) -> set[tuple[str, str]]:
    return {(finding.subject, finding.what) for finding in audit(conn)}


ALTERED = [
    (f"UPDATE receipts SET {change} WHERE number = 20482", {("R20482", "hash"), *more})
    for change, more in (
        ("amount_fen = amount_fen + 1", {("R20482", "amount beside O2048:payout")}),
        ("kind = 'refund'", {("R20482", "kind beside O2048:payout")}),
        ("at = at + 1", {("R20482", "moment beside O2048:payout")}),
        ("order_id = NULL", set()),
        ("buyer_id = 1", set()),
        ("provider_id = 1", set()),
        ("gateway = 'offline'", {("R20482", "gateway beside O2048:payout")}),
        (
            "cause = 'O2048:bribe'",
            {("O2048:payout", "receipt"), ("R20482", "transfer it stands for")},
        ),
    )
]


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        *ALTERED,
        (
            "UPDATE receipts SET kind = 'gift' WHERE number = 20482",
            {("R20482", "kind"), ("R20482", "kind beside O2048:payout")},
        ),
        (
            "UPDATE receipts SET hash = '" + "f" * 64 + "' WHERE number = 20482",
            {("R20482", "hash"), ("R20483", "hash of the one before")},
        ),
        (
            "UPDATE receipts SET previous = '" + "f" * 64 + "' WHERE number = 20483",
            {("R20483", "hash"), ("R20483", "hash of the one before")},
        ),
        (
            "DELETE FROM receipts WHERE number = 20482",
            {("R20482", "receipt"), ("O2048:payout", "receipt")},
        ),
        (
            "DELETE FROM receipts WHERE number IN (20482, 20483)",
            {
                ("R20482–R20483", "receipt"),
                ("O2048:payout", "receipt"),
                ("O2048:commission", "receipt"),
            },
        ),
        (
            "DELETE FROM receipts WHERE number = 20481",
            {("R20481", "receipt"), ("O2048:funding", "receipt")},
        ),
        (
            "DELETE FROM receipts WHERE number = 20484",
            {("R20484", "receipt"), ("V2:payout:1:payout-paid", "receipt")},
        ),
        (
            "UPDATE receipts SET number = 20490 WHERE number = 20484",
            {("R20484–R20489", "receipt"), ("R20490", "hash"), ("receipt_head", "number")},
        ),
        (
            "UPDATE receipt_head SET number = 20482",
            {("receipt_head", "number")},
        ),
        (
            "UPDATE receipt_head SET hash = '" + "f" * 64 + "'",
            {("receipt_head", "hash of R20484")},
        ),
        ("DELETE FROM receipt_head", {("receipt_head", "row")}),
        ("DELETE FROM deadlines", {("R20484", "deadline when new")}),
    ],
    ids=lambda value: value.replace("f" * 64, "fff") if isinstance(value, str) else "",
)
@pytest.mark.usefixtures("order")
def test_damage_is_found_and_the_row_named(
    conn: Connection, damage: str, expected: set[tuple[str, str]]
) -> None:
    assert list(audit(conn)) == []
    without_rules(conn)

    conn.execute(text(damage))

    assert found(conn) == expected


@pytest.mark.usefixtures("order")
def test_an_amount_that_differs_from_its_transfer_is_found_on_both_sides(conn: Connection) -> None:
    without_rules(conn)

    conn.execute(
        ledger_transfers.update()
        .where(ledger_transfers.c.key == "O2048:commission")
        .values(amount=1)
    )

    (finding,) = (each for each in audit(conn) if each.subject == "R20483")
    assert finding == Finding("R20483", "amount beside O2048:commission", 1, 179_994)


@pytest.mark.usefixtures("order")
def test_a_chain_sealed_anew_is_found_by_what_was_published(conn: Connection) -> None:
    """Who rewrites everything, hashes too, still cannot call back what people have heard."""
    repository = ReceiptRepository(conn)
    repository.publish(repository.lock_head(), NOW)
    chain = repository.between(20481, 20480 + COUNT)
    assert list(audit(conn)) == []
    without_rules(conn)

    stated = [receipt.movement for receipt in chain]
    stated[0] = replace(stated[0], gateway="")  # as if nobody knew where the money came in
    anew = seal(stated, GENESIS)
    for receipt in reversed(anew):
        conn.execute(
            text(
                "UPDATE receipts SET gateway = :gateway, previous = :previous, hash = :hash"
                " WHERE number = :number"
            ),
            {
                "gateway": receipt.movement.gateway,
                "previous": receipt.previous,
                "hash": receipt.hash,
                "number": receipt.number,
            },
        )
    conn.execute(text("UPDATE receipt_head SET hash = :hash"), {"hash": anew[-1].hash})

    assert list(audit(conn)) == [Finding("root R20484", "hash", chain[-1].hash, anew[-1].hash)]


@pytest.mark.usefixtures("order")
def test_a_published_end_that_is_gone_is_found(conn: Connection) -> None:
    repository = ReceiptRepository(conn)
    head = repository.lock_head()
    repository.publish(head, NOW)
    without_rules(conn)

    conn.execute(text("DELETE FROM receipts WHERE number = 20484"))

    assert Finding("root R20484", "hash", head.hash, "nothing") in list(audit(conn))
