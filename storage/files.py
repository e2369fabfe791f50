"""Files: what people sent, stored once by content under names of our own."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, Table, Text, select

from storage.tables import Id, Moment, metadata, upsert

files = Table(
    "files",
    metadata,
    Column("token", Text, primary_key=True),  # unguessable; part of the link
    Column("sha256", Text, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("size_bytes", Id, nullable=False),
    Column("stored_at", Moment, nullable=False),
)


@dataclass(frozen=True, slots=True)
class StoredFile:
    token: str
    sha256: str
    name: str
    size_bytes: int
    stored_at: datetime


class FileRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def add(self, file: StoredFile) -> None:
        self._conn.execute(
            upsert(files)
            .values(
                token=file.token,
                sha256=file.sha256,
                name=file.name,
                size_bytes=file.size_bytes,
                stored_at=file.stored_at,
            )
            .on_conflict_do_nothing()
        )

    def by_token(self, token: str) -> StoredFile | None:
        row = self._conn.execute(select(files).where(files.c.token == token)).one_or_none()
        return None if row is None else StoredFile(*row)
