"""What operators and people teach at the same time is all there."""

from datetime import UTC, datetime, timedelta

from storage.engine import open_engine
from storage.unit_of_work import UnitOfWork
from tests.support.catalogue import SERVICES
from tests.support.crowds import at_once
from tests.support.databases import Database

AT = datetime(2026, 11, 22, tzinfo=UTC)
PATENT = "05.01.03"


def test_eight_aliases_added_at_once_are_all_there(database: Database) -> None:
    with database.engine.begin() as conn:
        UnitOfWork(conn).services.replace_all(SERVICES)

    def learn(index: int) -> None:
        engine = open_engine(database.url)
        with engine.begin() as conn:
            UnitOfWork(conn).services.add_alias(PATENT, f"别名{index}")
        engine.dispose()

    at_once(learn)

    with database.engine.begin() as conn:
        uow = UnitOfWork(conn)
        known = next(service for service in uow.services.all() if service.code == PATENT)
        assert {f"别名{index}" for index in range(8)} <= set(known.aliases)
        assert uow.revisions.all() == (("catalogue", 9),)


def test_the_same_words_of_one_person_are_there_once_and_the_newest_first(
    database: Database,
) -> None:
    with database.engine.begin() as conn:
        uow = UnitOfWork(conn)
        first, second = uow.parties.add_person("", AT), uow.parties.add_person("", AT)
        for hours, (person, told) in enumerate(
            [(first, "写专利"), (second, "写专利"), (first, "写专利"), (first, "画图纸")]
        ):
            at = AT + timedelta(hours=hours)
            kept = uow.utterances.add(
                person, said=told, told=told, decision="match", offered=(PATENT,), now=at
            )
            uow.utterances.settle(kept, person, PATENT, at)
        before = uow.utterances.state_of_accepted()

        accepted = uow.utterances.accepted(9)
        assert [(words.told, words.people) for words in accepted] == [
            ("画图纸", (first,)),
            ("写专利", (first, second)),
        ]
        assert len(uow.utterances.accepted(1)) == 1

        uow.utterances.forget(first)
        assert [words.people for words in uow.utterances.accepted(9)] == [(second,)]
        assert uow.utterances.state_of_accepted() != before


def test_nobody_settles_the_words_of_somebody_else(database: Database) -> None:
    with database.engine.begin() as conn:
        uow = UnitOfWork(conn)
        whose, other = uow.parties.add_person("", AT), uow.parties.add_person("", AT)
        kept = uow.utterances.add(
            whose, said="写专利", told="写专利", decision="match", offered=(PATENT,), now=AT
        )
        uow.utterances.settle(kept, other, PATENT, AT)

        assert uow.utterances.accepted(9) == ()


def test_what_was_wanted_after_a_day_is_another_matter(database: Database) -> None:
    with database.engine.begin() as conn:
        uow = UnitOfWork(conn)
        for hours in (2, 30):
            person = uow.parties.add_person("", AT)
            uow.utterances.add(
                person, said="上户口", told="上户口", decision="none", offered=(), now=AT
            )
            later = AT + timedelta(hours=hours)
            wanted = uow.utterances.add(
                person, said="专利", told="专利", decision="match", offered=(PATENT,), now=later
            )
            uow.utterances.settle(wanted, person, PATENT, later)
            uow.tasks.open("human", f"P{person}", later)

        astray = uow.utterances.astray(AT, 9)
        assert [(each.code, each.asked_person) for each in astray] == [
            (None, False),
            (PATENT, True),
        ]
