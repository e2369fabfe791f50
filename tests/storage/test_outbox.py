"""What the outbox promises to whoever writes to it and whoever empties it, on both databases."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from itertools import count, islice

import pytest
from sqlalchemy import Connection, select

from market.doors import Priority
from storage.outbox import OutboxRepository, OutboxRow, OutboxStatus, Recovered, outbox, shard_of
from storage.parties import PartyRepository
from tests.support.crowds import at_once
from tests.support.databases import Database

NOW = datetime(2026, 5, 6, 1, 30, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
LEASE = timedelta(minutes=2)


class Desk:
    """An outbox with short words for what these tests do all the time."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        self.outbox = OutboxRepository(conn)

    def person(self, name: str) -> int:
        return PartyRepository(self.conn).add_person(name, NOW)

    def push(self, person: int, key: str, *, priority: Priority = Priority.STATUS) -> None:
        self.outbox.push(person, f"内容 {key}", key=key, priority=priority, now=NOW)

    def claim(self, person: int, at: datetime = NOW) -> list[str]:
        return [row.key for row in self.claim_rows(person, at)]

    def claim_rows(self, person: int, at: datetime = NOW) -> tuple[OutboxRow, ...]:
        return self.outbox.claim(shard_of(f"p{person}"), at, lease=LEASE, limit=10)

    def settle(self, key: str, status: OutboxStatus = OutboxStatus.SENT) -> None:
        self.outbox.settle(self.id_of(key), status, NOW)

    def begin_sending(self, key: str, at: datetime = NOW) -> None:
        found = self.conn.execute(select(outbox).where(outbox.c.key == key)).one()
        row = OutboxRow(**{each.name: getattr(found, each.name) for each in fields(OutboxRow)})
        assert self.outbox.begin_sending(row, at, lease=LEASE)

    def id_of(self, key: str) -> int:
        return int(self.conn.execute(select(outbox.c.id).where(outbox.c.key == key)).scalar_one())

    def status_of(self, key: str) -> str:
        status = select(outbox.c.status).where(outbox.c.key == key)
        return str(self.conn.execute(status).scalar_one())

    def waiting_for(self, person: int, limit: int = 10) -> list[str]:
        return [row.key for row in self.outbox.waiting_for(person, limit)]


@contextmanager
def open_desk(database: Database) -> Iterator[Desk]:
    with database.engine.begin() as conn:
        yield Desk(conn)


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    with open_desk(database) as desk:
        yield desk


@pytest.fixture
def lin(desk: Desk) -> int:
    return desk.person("小林")


# --- writing to it ------------------------------------------------------------------------


def test_a_message_to_a_person_leaves_the_door_open(desk: Desk, lin: int) -> None:
    desk.outbox.push(lin, "已验收", key="O2048:done", priority=Priority.MONEY, now=NOW)

    (row,) = desk.claim_rows(lin)

    assert row == OutboxRow(
        id=row.id,
        key="O2048:done",
        person_id=lin,
        channel=None,
        account=None,
        room=None,
        via="",
        body="已验收",
        priority=Priority.MONEY,
        attempts=0,
        recovered=0,
        created_at=NOW,
    )


def test_an_answer_goes_exactly_where_somebody_spoke_and_before_all_else(
    desk: Desk, lin: int
) -> None:
    desk.outbox.push_to_account(
        "wechat", "oLin", "好的", person_id=lin, key="reply:1", via="gh_1", now=NOW
    )

    (row,) = desk.outbox.claim(shard_of("awechat:oLin"), NOW, lease=LEASE, limit=10)

    assert (row.channel, row.account, row.room, row.via) == ("wechat", "oLin", None, "gh_1")
    assert (row.person_id, row.priority) == (lin, Priority.REPLY)


def test_a_line_for_a_room_is_for_nobody_in_particular(desk: Desk) -> None:
    desk.outbox.push_to_room(
        "onebot", "777", "新需求 D1024", key="D1024:room", priority=Priority.BID, now=NOW
    )

    (row,) = desk.outbox.claim(shard_of("ronebot:777"), NOW, lease=LEASE, limit=10)

    assert (row.channel, row.account, row.room) == ("onebot", None, "777")
    assert row.person_id is None


def test_a_key_is_told_once_however_often_it_is_decided(desk: Desk, lin: int) -> None:
    desk.push(lin, "O2048:paid")
    desk.outbox.push(lin, "另一种说法", key="O2048:paid", priority=Priority.BID, now=NOW)

    assert [row.body for row in desk.claim_rows(lin)] == ["内容 O2048:paid"]

    desk.settle("O2048:paid")
    desk.push(lin, "O2048:paid")
    assert desk.claim(lin) == []


def test_a_transaction_says_which_shards_it_gave_work_to(desk: Desk, lin: int) -> None:
    assert desk.outbox.pushed == set()

    desk.push(lin, "one")
    desk.push(lin, "two")

    assert desk.outbox.pushed == {shard_of(f"p{lin}")}
    assert desk.outbox.busy_shards(NOW) == (shard_of(f"p{lin}"),)


def test_a_shard_is_not_busy_before_its_messages_are_due(desk: Desk, lin: int) -> None:
    desk.push(lin, "one")
    desk.outbox.retry(desk.id_of("one"), NOW + MINUTE)

    assert desk.outbox.busy_shards(NOW) == ()
    assert desk.outbox.busy_shards(NOW + MINUTE) == (shard_of(f"p{lin}"),)


# --- emptying it --------------------------------------------------------------------------


def test_a_person_hears_one_thing_after_the_other(desk: Desk, lin: int) -> None:
    for key in ("first", "second", "third"):
        desk.push(lin, key)

    heard = []
    for _ in range(3):
        (key,) = desk.claim(lin)
        desk.begin_sending(key)
        assert desk.claim(lin) == [], "the one before is still on its way"
        desk.settle(key)
        heard.append(key)

    assert heard == ["first", "second", "third"]
    assert desk.claim(lin) == []


def test_a_message_that_must_wait_keeps_back_the_later_ones(desk: Desk, lin: int) -> None:
    desk.push(lin, "first")
    desk.push(lin, "second")
    desk.claim(lin)
    desk.begin_sending("first")

    desk.outbox.retry(desk.id_of("first"), NOW + MINUTE, error="throttled")

    assert desk.claim(lin) == []
    assert desk.claim(lin, NOW + MINUTE) == ["first"]


@pytest.mark.parametrize(
    "end", [OutboxStatus.SENT, OutboxStatus.HELD, OutboxStatus.UNKNOWN, OutboxStatus.FAILED]
)
def test_once_it_is_known_what_became_of_a_message_the_next_may_go(
    desk: Desk, lin: int, end: OutboxStatus
) -> None:
    desk.push(lin, "first")
    desk.push(lin, "second")
    desk.claim(lin)
    desk.begin_sending("first")

    desk.settle("first", end)

    assert desk.claim(lin) == ["second"]


def test_people_of_one_shard_do_not_wait_for_each_other(desk: Desk) -> None:
    rooms = list(islice(rooms_of_shard(0), 3))
    for key in ("one", "two"):
        for room in rooms:
            desk.outbox.push_to_room(
                "onebot", room, "", key=f"{room}:{key}", priority=Priority.BID, now=NOW
            )

    claimed = desk.outbox.claim(0, NOW, lease=LEASE, limit=10)

    assert [row.key for row in claimed] == [f"{room}:one" for room in rooms]


def test_no_more_is_claimed_than_was_asked_for(desk: Desk) -> None:
    for room in islice(rooms_of_shard(0), 5):
        desk.outbox.push_to_room("onebot", room, "", key=room, priority=Priority.BID, now=NOW)

    assert len(desk.outbox.claim(0, NOW, lease=LEASE, limit=3)) == 3
    assert len(desk.outbox.claim(0, NOW, lease=LEASE, limit=3)) == 2


def test_a_claim_holds_until_its_lease_ends(desk: Desk, lin: int) -> None:
    desk.push(lin, "one")

    assert desk.claim(lin) == ["one"]
    assert desk.claim(lin, NOW + LEASE - SECOND) == []
    assert desk.claim(lin, NOW + LEASE) == ["one"]


def test_every_attempt_counts(desk: Desk, lin: int) -> None:
    desk.push(lin, "one")
    for at in (NOW, NOW + MINUTE):
        desk.claim(lin, at)
        desk.begin_sending("one", at)
        desk.outbox.retry(desk.id_of("one"), at + MINUTE)

    (row,) = desk.claim_rows(lin, NOW + 2 * MINUTE)

    assert row.attempts == 2


def test_what_somebody_else_has_begun_to_send_is_not_begun_again(desk: Desk, lin: int) -> None:
    desk.push(lin, "one")
    (mine,) = desk.claim_rows(lin)
    (theirs,) = desk.claim_rows(lin, NOW + LEASE)  # mine waited too long for its turn
    assert desk.outbox.begin_sending(theirs, NOW + LEASE, lease=LEASE)

    assert not desk.outbox.begin_sending(mine, NOW + LEASE, lease=LEASE)
    desk.outbox.give_back(mine)
    assert desk.status_of("one") == OutboxStatus.SENDING

    desk.outbox.retry(theirs.id, NOW + LEASE)  # they were refused for now
    assert not desk.outbox.begin_sending(mine, NOW + LEASE, lease=LEASE)


def test_what_was_put_off_untried_holds_up_nothing(desk: Desk, lin: int) -> None:
    desk.push(lin, "for the morning")
    (row,) = desk.claim_rows(lin)
    desk.outbox.retry(row.id, NOW + MINUTE)
    desk.push(lin, "answer", priority=Priority.REPLY)

    assert desk.claim(lin) == ["answer"]


# --- after a crash ------------------------------------------------------------------------


def test_what_was_claimed_but_not_begun_is_simply_taken_back(desk: Desk, lin: int) -> None:
    desk.push(lin, "one")
    desk.claim(lin)

    assert desk.outbox.recover(NOW, everything=True) == Recovered(1, ())

    (row,) = desk.claim_rows(lin)
    assert (row.key, row.recovered) == ("one", 0)


def test_what_was_being_sent_is_tried_once_more_and_then_given_up_as_unknown(
    desk: Desk, lin: int
) -> None:
    desk.push(lin, "one")
    desk.push(lin, "two")
    desk.claim(lin)
    desk.begin_sending("one")

    assert desk.outbox.recover(NOW, everything=True) == Recovered(1, ())
    (row,) = desk.claim_rows(lin)
    assert (row.key, row.recovered) == ("one", 1)

    desk.begin_sending("one")
    (unknown,) = desk.outbox.recover(NOW, everything=True).unknown
    assert (unknown.key, unknown.person_id) == ("one", lin)
    assert desk.status_of("one") == OutboxStatus.UNKNOWN
    assert desk.waiting_for(lin) == ["one"]
    assert desk.claim(lin) == ["two"]


def test_the_living_keep_what_they_are_sending(desk: Desk, lin: int) -> None:
    desk.push(lin, "one")
    desk.claim(lin)
    desk.begin_sending("one")

    assert desk.outbox.recover(NOW + LEASE - SECOND, everything=False) == Recovered(0, ())
    assert desk.status_of("one") == OutboxStatus.SENDING

    assert desk.outbox.recover(NOW + LEASE, everything=False) == Recovered(1, ())
    assert desk.claim(lin, NOW + LEASE) == ["one"]


def test_recovering_leaves_alone_what_is_settled_or_merely_queued(desk: Desk, lin: int) -> None:
    for end in (OutboxStatus.SENT, OutboxStatus.HELD, OutboxStatus.UNKNOWN, OutboxStatus.FAILED):
        desk.push(lin, end)
        desk.claim(lin)
        desk.begin_sending(end)
        desk.settle(end, end)
    desk.push(lin, "queued")

    assert desk.outbox.recover(NOW + LEASE, everything=True) == Recovered(0, ())
    assert desk.claim(lin) == ["queued"]


# --- what somebody may not have seen ------------------------------------------------------


def test_what_waits_comes_with_the_next_message_the_important_first(desk: Desk, lin: int) -> None:
    wang = desk.person("王师傅")
    for key, priority in (
        ("points", Priority.POINTS),
        ("refund", Priority.MONEY),
        ("payout", Priority.MONEY),
    ):
        desk.push(lin, key, priority=priority)
        desk.settle(key, OutboxStatus.HELD)
    desk.push(lin, "deadline", priority=Priority.DEADLINE)
    desk.settle("deadline", OutboxStatus.UNKNOWN)
    desk.push(lin, "sent")
    desk.settle("sent")
    desk.push(lin, "queued")
    desk.push(wang, "of somebody else")
    desk.settle("of somebody else", OutboxStatus.HELD)

    assert desk.waiting_for(lin) == ["refund", "payout", "deadline", "points"]
    assert desk.waiting_for(lin, limit=2) == ["refund", "payout"]
    assert desk.outbox.count_waiting(lin) == 4
    assert desk.outbox.count_waiting(wang) == 1


def test_what_was_shown_waits_no_longer(desk: Desk, lin: int) -> None:
    for key in ("one", "two"):
        desk.push(lin, key)
        desk.settle(key, OutboxStatus.HELD)

    desk.outbox.mark_shown([desk.id_of("one")], NOW)

    assert desk.waiting_for(lin) == ["two"]
    assert desk.status_of("one") == OutboxStatus.SHOWN
    assert desk.claim(lin) == []


def test_delivered_is_what_was_sent_or_shown(desk: Desk, lin: int) -> None:
    for key, end in (
        ("O2048:deadline:1", OutboxStatus.SENT),
        ("O2049:deadline:1", OutboxStatus.SHOWN),
        ("O2050:deadline:1", OutboxStatus.UNKNOWN),
        ("O2051:deadline:1", OutboxStatus.HELD),
    ):
        desk.push(lin, key)
        desk.settle(key, end)

    delivered = [no for no in range(2048, 2053) if desk.outbox.was_delivered(f"O{no}:deadline")]

    assert delivered == [2048, 2049]


def test_a_wildcard_in_a_key_is_only_a_letter(desk: Desk, lin: int) -> None:
    desk.push(lin, "O2048:a")
    desk.settle("O2048:a")

    assert not desk.outbox.was_delivered("O%")
    assert not desk.outbox.was_delivered("O____:")


def test_the_counts_are_of_what_still_needs_attention(desk: Desk, lin: int) -> None:
    for status in (OutboxStatus.SENT, OutboxStatus.SHOWN, OutboxStatus.HELD, OutboxStatus.FAILED):
        desk.push(lin, status)
        desk.settle(status, status)
    for key in ("one", "two", "three"):
        desk.push(lin, key)
    desk.begin_sending("one")

    assert desk.outbox.counts() == {"held": 1, "failed": 1, "queued": 2, "sending": 1}


# --- eight at once ------------------------------------------------------------------------


def rooms_of_shard(shard: int) -> Iterator[str]:
    return (room for room in map(str, count()) if shard_of(f"ronebot:{room}") == shard)


def fill(database: Database, *, rooms: int, lines: int) -> set[str]:
    """Put so many lines for each of so many rooms into one shard; returns their keys."""
    keys = set()
    with open_desk(database) as desk:
        for line in range(lines):
            for room in islice(rooms_of_shard(0), rooms):
                key = f"{room}:{line}"
                desk.outbox.push_to_room(
                    "onebot", room, "", key=key, priority=Priority.BID, now=NOW
                )
                keys.add(key)
    return keys


def test_eight_that_claim_at_once_get_each_message_exactly_once(database: Database) -> None:
    keys = fill(database, rooms=30, lines=1)

    def claim_all(_index: int) -> list[str]:
        mine: list[str] = []
        # Nothing to be had may mean that the others hold it: only what is left says the end.
        while True:
            with open_desk(database) as desk:
                claimed = desk.outbox.claim(0, NOW, lease=LEASE, limit=3)
            if not claimed:
                return mine
            mine += [row.key for row in claimed]

    claimed = [key for mine in at_once(claim_all) for key in mine]

    assert len(claimed) == len(set(claimed))
    assert set(claimed) <= keys
    with open_desk(database) as desk:
        claimed += [row.key for row in desk.outbox.claim(0, NOW, lease=LEASE, limit=30)]
    assert sorted(claimed) == sorted(keys)


def test_eight_that_send_at_once_keep_the_order_in_every_room(database: Database) -> None:
    keys = fill(database, rooms=3, lines=5)
    sent: list[str] = []

    def send_all(_index: int) -> None:
        while len(sent) < len(keys):
            with open_desk(database) as desk:
                claimed = desk.outbox.claim(0, NOW, lease=LEASE, limit=2)
            for row in claimed:
                with open_desk(database) as desk:
                    assert desk.outbox.begin_sending(row, NOW, lease=LEASE)
                sent.append(row.key)
                with open_desk(database) as desk:
                    desk.outbox.settle(row.id, OutboxStatus.SENT, NOW)

    at_once(send_all)

    heard = defaultdict(list)
    for key in sent:
        room, line = key.split(":")
        heard[room].append(int(line))
    assert len(sent) == len(keys)
    assert set(map(tuple, heard.values())) == {(0, 1, 2, 3, 4)}


def test_eight_that_decide_the_same_at_once_tell_it_once(database: Database) -> None:
    def push(_index: int) -> None:
        with open_desk(database) as desk:
            desk.outbox.push_to_room(
                "onebot", "777", "一次", key="D1024:room", priority=Priority.BID, now=NOW
            )

    at_once(push)

    with open_desk(database) as desk:
        assert desk.outbox.counts() == {"queued": 1}
