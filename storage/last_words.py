"""What every turn writes last: where the talk stands, what was answered, whom to tell.

Nobody waits for the outcome of these three, so PostgreSQL gets them as one statement: each trip
there costs as much as the rest of a turn's work in Python.
"""

from functools import cache

from sqlalchemy import Connection

from storage.conversations import SAVING
from storage.inbox import ANSWERING
from storage.outbox import adding
from storage.statements import Statement, numbered

Values = dict[str, object]


def write(conn: Connection, saved: Values, answered: Values | None, told: list[Values]) -> None:
    """Save a conversation, keep the reply if there is one, add rows to the outbox.

    Each takes the values of its own module: `saved_values`, `answer_values`, gathered rows.
    """
    if conn.dialect.name == "postgresql":
        values = {**saved, **(answered or {}), **numbered(told)}
        _at_once(len(told), answered is not None).run(conn, **values)
        return
    if told:
        _tell(len(told)).run(conn, **numbered(told))
    _SAVE.run(conn, **saved)
    if answered is not None:
        _ANSWER.run(conn, **answered)


_SAVE = Statement(SAVING)
_ANSWER = Statement(ANSWERING)


@cache  # by how many are told: a handful
def _tell(rows: int) -> Statement:
    return Statement(adding(rows))


@cache
def _at_once(told: int, answered: bool) -> Statement:
    """SQLite has no writing CTEs, PostgreSQL runs each of them once, in one trip."""
    whole = SAVING
    if answered:
        whole = whole.add_cte(ANSWERING.cte("answered"))
    if told:
        whole = whole.add_cte(adding(told).cte("told"))
    return Statement(whole)
