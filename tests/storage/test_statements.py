"""What a compiled statement promises: the same values, errors and transactions as SQLAlchemy's."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError

from storage.conversations import conversations
from storage.inbox import inbox
from storage.parties import people
from storage.statements import Statement, insert_of
from tests.support.databases import Database

NOW = datetime(2026, 5, 6, 1, 30, tzinfo=UTC)

ADD = Statement(insert_of(inbox, "channel", "message_id", "taken_at"))
ALL = Statement(select(inbox.c.message_id, inbox.c.taken_at, inbox.c.reply).order_by("message_id"))
ANSWER = Statement(
    update(inbox).where(inbox.c.message_id == bindparam("id")).values(reply=bindparam("reply"))
)


def test_moments_and_truths_come_back_as_they_went_in(database: Database) -> None:
    add = Statement(insert_of(people, "name", "marketing", "created_at").returning(people.c.id))
    read = Statement(
        select(people.c.marketing, people.c.erased, people.c.created_at).where(
            people.c.id == bindparam("id")
        )
    )

    with database.engine.begin() as conn:
        person_id = add.value(conn, name="林", marketing=False, created_at=NOW)

        # `erased` was not named: a column's own default fills it in.
        assert read.one(conn, id=person_id) == (False, False, NOW)
        assert read.one(conn, id=person_id + 1) is None


def test_it_counts_the_rows_it_touched(database: Database) -> None:
    with database.engine.begin() as conn:
        ADD.run(conn, channel="wechat", message_id="m1", taken_at=NOW)

        assert ANSWER.run(conn, id="m1", reply="好") == 1
        assert ANSWER.run(conn, id="m2", reply="好") == 0
        assert ALL.all(conn) == [("m1", NOW, "好")]


def test_it_belongs_to_the_transaction_of_its_connection(database: Database) -> None:
    with database.engine.connect() as conn:
        ADD.run(conn, channel="wechat", message_id="m1", taken_at=NOW)
        conn.rollback()
        ADD.run(conn, channel="wechat", message_id="m2", taken_at=NOW)
        conn.commit()

        assert [row[0] for row in ALL.all(conn)] == ["m2"]


def test_errors_are_those_of_sqlalchemy_and_show_no_values(database: Database) -> None:
    with database.engine.begin() as conn:
        ADD.run(conn, channel="wechat", message_id="m1", taken_at=NOW)
        with pytest.raises(IntegrityError) as raised, conn.begin_nested():
            ADD.run(conn, channel="wechat", message_id="m1", taken_at=NOW)

        assert "[parameters" not in str(raised.value)
        assert len(ALL.all(conn)) == 1


def test_a_list_of_unknown_length_is_refused_when_it_is_compiled(database: Database) -> None:
    statement = Statement(
        select(conversations.c.account).where(conversations.c.account.in_(["a", "b"]))
    )

    with database.engine.begin() as conn, pytest.raises(AssertionError, match="no fixed text"):
        statement.all(conn)
