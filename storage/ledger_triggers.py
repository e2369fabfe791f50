"""The ledger's rules that only triggers can keep, in the words of each database.

`storage.ledger_tables` attaches them to the tables, so that `metadata.create_all` makes them; a
migration executes the same lists.
"""

from storage.append_only import (
    postgresql_function,
    postgresql_refusal,
    postgresql_refuser,
    sqlite_refusal,
)

_REFUSE = "ledger_refuse_change"

# One trigger moves both sides in one statement. With a trigger per side the order of the two
# would be undefined in SQLite and alphabetical in PostgreSQL: what one accepts the other refuses.
_MOVE_BOTH_SIDES = """
UPDATE ledger_accounts SET
    debits = debits + CASE WHEN name = NEW.debit THEN NEW.amount ELSE 0 END,
    credits = credits + CASE WHEN name = NEW.credit THEN NEW.amount ELSE 0 END
WHERE name IN (NEW.debit, NEW.credit);
"""

_MOVE_HELD = """
UPDATE ledger_accounts SET
    held = held + CASE WHEN NEW.resolves IS NULL THEN NEW.amount ELSE -NEW.amount END
WHERE name = NEW.account;
"""


POSTGRESQL_FUNCTIONS: tuple[str, ...] = (
    postgresql_refuser(_REFUSE),
    postgresql_function("ledger_apply_transfer", _MOVE_BOTH_SIDES),
    postgresql_function("ledger_apply_hold", _MOVE_HELD),
)

TRANSFER_TRIGGERS: dict[str, tuple[str, ...]] = {
    "sqlite": (
        sqlite_refusal("ledger_transfers", "UPDATE"),
        sqlite_refusal("ledger_transfers", "DELETE"),
        "CREATE TRIGGER ledger_transfers_apply AFTER INSERT ON ledger_transfers\n"
        f"BEGIN {_MOVE_BOTH_SIDES} END",
    ),
    "postgresql": (
        *postgresql_refusal("ledger_transfers", _REFUSE),
        "CREATE TRIGGER ledger_transfers_apply AFTER INSERT ON ledger_transfers\n"
        "FOR EACH ROW EXECUTE FUNCTION ledger_apply_transfer()",
    ),
}

HOLD_TRIGGERS: dict[str, tuple[str, ...]] = {
    "sqlite": (
        sqlite_refusal("ledger_holds", "UPDATE"),
        sqlite_refusal("ledger_holds", "DELETE"),
        f"CREATE TRIGGER ledger_holds_apply AFTER INSERT ON ledger_holds\nBEGIN {_MOVE_HELD} END",
    ),
    "postgresql": (
        *postgresql_refusal("ledger_holds", _REFUSE),
        "CREATE TRIGGER ledger_holds_apply AFTER INSERT ON ledger_holds\n"
        "FOR EACH ROW EXECUTE FUNCTION ledger_apply_hold()",
    ),
}

# For a migration: after the three tables exist, execute the list of the dialect in order.
CREATE: dict[str, tuple[str, ...]] = {
    "sqlite": (*TRANSFER_TRIGGERS["sqlite"], *HOLD_TRIGGERS["sqlite"]),
    "postgresql": (
        *POSTGRESQL_FUNCTIONS,
        *TRANSFER_TRIGGERS["postgresql"],
        *HOLD_TRIGGERS["postgresql"],
    ),
}

# For a migration back: after the three tables are dropped (which takes their triggers along).
DROP: dict[str, tuple[str, ...]] = {
    "sqlite": (),
    "postgresql": (
        "DROP FUNCTION IF EXISTS ledger_apply_hold()",
        "DROP FUNCTION IF EXISTS ledger_apply_transfer()",
        "DROP FUNCTION IF EXISTS ledger_refuse_change()",
    ),
}
