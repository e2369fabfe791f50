"""How an audit reads: row by row, however many there are, and counting them for a progress line."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Column, Connection, Row, Select, Table, func, select

Meter = Callable[[int, int], None]  # rows read so far, of how many
_AT_ONCE = 5_000  # rows fetched from the server


class Look:
    """One reading of a database. Nothing of a result is kept here but its count."""

    def __init__(self, conn: Connection, meter: Meter | None = None) -> None:
        self.conn = conn
        self._meter = meter
        self._read = self._expected = 0

    def expect(self, *tables: Table) -> int:
        """Count what an area will read; returns how much that is."""
        many = sum(self.conn.scalar(select(func.count()).select_from(t)) or 0 for t in tables)
        self._expected += many
        return many

    def rows(self, query: Select[Any]) -> Iterator[Row[Any]]:
        """The rows of a query, fetched as they are needed."""
        streamed = {"stream_results": True, "yield_per": _AT_ONCE}
        for row in self.conn.execute(query, execution_options=streamed):
            self._read += 1
            if self._read % _AT_ONCE == 0:
                self._show()
            yield row

    def finished(self, upto: int) -> None:
        """An area is done: what SQL counted for it without showing rows is done, too."""
        self._read = upto
        self._show()

    def sums(self, by: Column[Any], amount: Any) -> dict[str, int]:
        # PostgreSQL adds bigints up to a numeric.
        rows = self.conn.execute(select(by, func.sum(amount)).group_by(by))
        return {name: int(total) for name, total in rows}

    def _show(self) -> None:
        if self._meter is not None and self._expected:
            self._meter(min(self._read, self._expected), self._expected)
