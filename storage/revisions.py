"""How often something shared was changed, so that every process sees when to read it anew."""

from sqlalchemy import BigInteger, Column, Connection, Table, Text, select

from storage.tables import metadata, upsert

CATALOGUE, PROVIDERS = "catalogue", "providers"

revisions = Table(
    "revisions",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
)


class RevisionRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def all(self) -> tuple[tuple[str, int], ...]:
        rows = self._conn.execute(select(revisions).order_by(revisions.c.topic))
        return tuple((row.topic, row.number) for row in rows)


def changed(conn: Connection, topic: str) -> None:
    """Say that this transaction changes what a topic's readers hold in memory."""
    conn.execute(
        upsert(revisions)
        .values(topic=topic, number=1)
        .on_conflict_do_update(index_elements=["topic"], set_={"number": revisions.c.number + 1})
    )
