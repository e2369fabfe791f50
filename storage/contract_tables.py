"""The tables of contracts: versions, their instalments, what each side said. All append-only."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    Table,
    Text,
)

from storage.append_only import (
    attach,
    postgresql_refusal,
    postgresql_refuser,
    sqlite_refusal,
)
from storage.tables import Id, Moment, metadata

_HASH = "length(hash) = 64"

contracts = Table(
    "contracts",
    metadata,
    Column("order_id", ForeignKey("orders.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("title", Text, nullable=False),
    Column("price_fen", Id, CheckConstraint("price_fen > 0", name="price"), nullable=False),
    Column("duration", Integer),
    Column("in_workdays", Boolean, nullable=False),
    Column("included", Text, nullable=False),  # JSON lists
    Column("excluded", Text, nullable=False),
    Column("tax", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("steps", Text, nullable=False),
    Column("drafted_by", Text, nullable=False),
    Column("drafted_at", Moment, nullable=False),
    Column("hash", Text, CheckConstraint(_HASH, name="hash"), nullable=False),
)

milestones = Table(
    "milestones",
    metadata,
    Column("order_id", Id, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("title", Text, nullable=False),
    Column("share_fen", Id, CheckConstraint("share_fen > 0", name="share"), nullable=False),
    Column("days", Integer),
    CheckConstraint("number BETWEEN 1 AND 6", name="number"),
    ForeignKeyConstraint(["order_id", "version"], ["contracts.order_id", "contracts.version"]),
)

# A side answers a version once.
contract_answers = Table(
    "contract_answers",
    metadata,
    Column("order_id", Id, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column(
        "side",
        Text,
        CheckConstraint("side IN ('buyer', 'provider')", name="side"),
        primary_key=True,
    ),
    Column("agrees", Boolean, nullable=False),
    Column("person_id", ForeignKey("people.id"), nullable=False),
    Column("hash", Text, CheckConstraint(_HASH, name="hash"), nullable=False),
    Column("at", Moment, nullable=False),
    ForeignKeyConstraint(["order_id", "version"], ["contracts.order_id", "contracts.version"]),
)

_REFUSE = "contracts_refuse_change"

for _table in (contracts, milestones, contract_answers):
    attach(
        _table,
        "sqlite",
        (sqlite_refusal(_table.name, "UPDATE"), sqlite_refusal(_table.name, "DELETE")),
    )
    attach(
        _table,
        "postgresql",
        (postgresql_refuser(_REFUSE), *postgresql_refusal(_table.name, _REFUSE)),
    )
