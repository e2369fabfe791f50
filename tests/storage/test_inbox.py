"""What the inbox promises: every message counts once, on both databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from storage.inbox import Answered, InboxRepository
from tests.support.crowds import CROWD, at_once
from tests.support.databases import Database

NOW = datetime(2026, 5, 6, 1, 30, tzinfo=UTC)
LATER = NOW + timedelta(seconds=5)


@contextmanager
def open_inbox(database: Database) -> Iterator[InboxRepository]:
    with database.engine.begin() as conn:
        yield InboxRepository(conn)


@pytest.fixture
def inbox(database: Database) -> Iterator[InboxRepository]:
    with open_inbox(database) as inbox:
        yield inbox


def test_a_repeated_message_gets_the_reply_of_the_first(inbox: InboxRepository) -> None:
    assert inbox.claim("wechat", "24361", NOW) is None
    inbox.answer("wechat", "24361", '{"text": "好的"}')

    assert inbox.claim("wechat", "24361", LATER) == Answered('{"text": "好的"}', NOW)


def test_silence_is_kept_too(inbox: InboxRepository) -> None:
    inbox.claim("wechat", "24361", NOW)

    assert inbox.claim("wechat", "24361", LATER) == Answered(None, NOW)


def test_the_same_number_on_another_platform_is_another_message(inbox: InboxRepository) -> None:
    inbox.claim("wechat", "24361", NOW)

    assert inbox.claim("onebot", "24361", NOW) is None


def test_a_message_that_was_never_taken_has_no_answer(inbox: InboxRepository) -> None:
    assert inbox.answered("wechat", "24361") is None


def test_a_turn_that_is_rolled_back_leaves_its_message_to_the_next(database: Database) -> None:
    with database.engine.connect() as conn:
        assert InboxRepository(conn).claim("wechat", "24361", NOW) is None
        conn.rollback()

    with open_inbox(database) as inbox:
        assert inbox.claim("wechat", "24361", LATER) is None


def test_failures_are_counted_for_each_message(inbox: InboxRepository) -> None:
    assert [inbox.count_failure("wechat", "24361", NOW) for _ in range(3)] == [1, 2, 3]
    assert inbox.count_failure("wechat", "24362", NOW) == 1


def test_what_no_platform_repeats_any_more_is_forgotten(inbox: InboxRepository) -> None:
    inbox.claim("wechat", "old", NOW - timedelta(days=8))
    inbox.count_failure("wechat", "old", NOW - timedelta(days=8))
    inbox.claim("wechat", "new", NOW)
    inbox.count_failure("wechat", "new", NOW)

    assert inbox.forget_before(NOW - timedelta(days=7)) == 1

    assert inbox.answered("wechat", "old") is None
    assert inbox.answered("wechat", "new") == Answered(None, NOW)
    assert inbox.count_failure("wechat", "old", NOW) == 1
    assert inbox.count_failure("wechat", "new", NOW) == 2


def test_of_eight_that_take_a_message_at_once_one_answers_and_all_say_the_same(
    database: Database,
) -> None:
    def take(index: int) -> Answered | None:
        with open_inbox(database) as inbox:
            before = inbox.claim("wechat", "24361", NOW)
            if before is None:
                inbox.answer("wechat", "24361", f"from {index}")
            return before

    taken = at_once(take)

    (winner,) = [index for index, before in enumerate(taken) if before is None]
    told = [before for before in taken if before is not None]
    assert told == [Answered(f"from {winner}", NOW)] * (CROWD - 1)


def test_eight_failures_at_once_are_all_counted(database: Database) -> None:
    def fail(_index: int) -> int:
        with open_inbox(database) as inbox:
            return inbox.count_failure("wechat", "24361", NOW)

    assert sorted(at_once(fail)) == list(range(1, CROWD + 1))
