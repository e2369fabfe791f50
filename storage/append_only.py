"""Triggers that keep history as it was written, in the words of each database.

None of the statements contains a colon or a percent sign, so every one means the same to
`sqlalchemy.text`, `sqlalchemy.DDL` and the drivers.
"""

from collections.abc import Iterable

from sqlalchemy import DDL, Table, event


def sqlite_refusal(table: str, operation: str) -> str:
    """Refuse UPDATE or DELETE on a table."""
    return f"""
CREATE TRIGGER {table}_no_{operation.lower()} BEFORE {operation} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""


def postgresql_refusal(table: str, function: str) -> tuple[str, str]:
    """The same by a function that `postgresql_refuser` made."""
    return (
        f"""
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION {function}()
""",
        # TRUNCATE asks no row triggers.
        f"""
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION {function}()
""",
    )


def postgresql_refuser(name: str) -> str:
    """What refuses; as restrict_violation, so that drivers report an integrity error.

    So does SQLite's RAISE.
    """
    return postgresql_function(
        name,
        "RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only', ERRCODE = '23001';",
    )


def postgresql_function(name: str, body: str) -> str:
    return f"""
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN {body} RETURN NULL; END
$$
"""


def attach(table: Table, dialect: str, statements: Iterable[str]) -> None:
    """Execute the statements whenever the table is created on this database."""
    for statement in statements:
        rule = DDL(statement)  # type: ignore[no-untyped-call]  # SQLAlchemy gives it no types
        event.listen(table, "after_create", rule.execute_if(dialect=dialect))
