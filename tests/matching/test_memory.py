"""What people confirmed decides near-duplicates, and hurts nobody else's words."""

from datetime import datetime
from pathlib import Path
from random import Random

import pytest

from bot.benchmarks.variants import typo
from bot.commands.match import shipped
from matching import Accepted, Matcher, telling
from matching.memory import KEPT_MOST, NEARBY, SAME_FROM, Likeness, Memory, likeness, vector
from tests.support.catalogue import SERVICES

DATA = Path(__file__).parent / "data"
MOMENT = datetime.fromisoformat("2026-11-22T10:00+08:00")
PATENT, TRADEMARK = "05.01.03", "05.05.01"
ODD = "家里老伙计捣鼓的小玩意怕被隔壁学了去"
NEAR_ODD = "家里老伙计捣鼓的小玩意，怕被别人学了去"


def told(text: str) -> str:
    reading = Matcher(()).read(text, MOMENT)
    return telling(reading.normal, reading.slots)


def remembering(*accepted: Accepted) -> Matcher:
    return Matcher(SERVICES, (), accepted)


def test_what_was_confirmed_once_decides_as_good_as_the_same_words() -> None:
    assert Matcher(SERVICES).search(NEAR_ODD).decision == "none"

    found = remembering(Accepted(told(ODD), PATENT)).search(NEAR_ODD)

    assert (found.decision, found.remembered) == ("match", True)
    assert (found.services[0].code, found.services[0].name) == (PATENT, "专利申请代理")
    assert found.services[0].why in {"专利申请代理", *SERVICES[4].aliases}


def test_budget_place_date_and_the_words_of_asking_do_not_tell_utterances_apart() -> None:
    said = told("我们想找人做个金蟾牌子，南宁，预算5万，月底前")
    assert remembering(Accepted(said, TRADEMARK)).search("做个金蟾牌子，柳州，三千块").remembered


def test_other_words_are_left_to_the_search() -> None:
    plain, taught = Matcher(SERVICES), remembering(Accepted(told(ODD), PATENT))
    for text in ("想申请专利", "帮测一下水质", "今天天气不错", "小玩意", ""):
        assert taught.search(text) == plain.search(text)


def test_another_service_confirmed_nearby_leaves_it_open() -> None:
    both = remembering(Accepted(told(ODD), PATENT), Accepted(told(NEAR_ODD), TRADEMARK))

    assert both.search(NEAR_ODD) == Matcher(SERVICES).search(NEAR_ODD)


def test_one_person_against_a_sure_search_only_makes_us_ask() -> None:
    said = "申请发明专利"
    assert Matcher(SERVICES).search(said).decision == "match"

    again = Accepted(f"{told(said)}书", TRADEMARK, (7,))
    one = remembering(Accepted(told(said), TRADEMARK, (7,)), again).search(said)
    two = remembering(Accepted(told(said), TRADEMARK, (8,)), again).search(said)

    assert one.decision == "choose"
    assert [found.code for found in one.services[:2]] == [TRADEMARK, PATENT]
    assert (two.decision, two.services[0].code) == ("match", TRADEMARK)


def test_what_the_search_is_sure_of_itself_is_not_called_remembered() -> None:
    said = "申请发明专利"
    assert not remembering(Accepted(told(said), PATENT)).search(said).remembered


def test_a_service_that_is_gone_is_forgotten() -> None:
    assert not remembering(Accepted(told(ODD), "99.01.01")).search(NEAR_ODD).remembered


def test_the_version_follows_the_memory_and_the_catalogue_is_shared() -> None:
    plain = Matcher(SERVICES)
    taught = plain.remembering([Accepted(told(ODD), PATENT)])

    assert taught.version != plain.version
    assert taught.search(NEAR_ODD).remembered
    assert not plain.search(NEAR_ODD).remembered
    assert taught.remembering(()).version == plain.version


def test_the_newest_are_kept() -> None:
    memory = Memory(Accepted(f"机关{n:05}号", PATENT) for n in range(KEPT_MOST + 5))
    assert len(memory.accepted) == KEPT_MOST
    assert memory.accepted[0].telling == "机关00000号"


# ── the labelled utterances ──────────────────────────────────────────────────────────────────────


def labelled() -> dict[str, list[tuple[str, str]]]:
    """Author → (telling part, code); "outside" for what asks for no service of ours."""
    lines = (DATA / "utterances.tsv").read_text("utf-8").splitlines()[1:]
    rows = [[*line.split("\t"), ""][:3] for line in filter(None, lines)]
    other = [row[2] for row in rows].index("another author")
    authors: dict[str, list[tuple[str, str]]] = {}
    for at, (utterance, code, note) in enumerate(rows):
        if code in {"NONE", "NEAR"}:
            author = "outside"
        elif note == "another author":
            author = note
        else:
            author = "first" if at < other else "third"
        authors.setdefault(author, []).append((told(utterance), code))
    return authors


@pytest.fixture(scope="module")
def authors() -> dict[str, list[tuple[str, str]]]:
    return labelled()


def without(author: str, authors: dict[str, list[tuple[str, str]]]) -> Memory:
    return Memory(
        Accepted(words, code)
        for name, rows in authors.items()
        if name not in {author, "outside"}
        for words, code in rows
    )


def test_what_other_authors_confirmed_is_right_whenever_it_speaks_up(
    authors: dict[str, list[tuple[str, str]]],
) -> None:
    fired = right = 0
    for author in authors.keys() - {"outside"}:
        memory = without(author, authors)
        for words, code in authors[author]:
            recalled = memory.recall(words)
            fired += recalled is not None
            right += recalled is not None and recalled.code == code
    assert fired >= 5
    assert right == fired


def test_slips_of_the_pen_do_not_hide_what_was_confirmed(
    authors: dict[str, list[tuple[str, str]]],
) -> None:
    rows = [row for author, rows in authors.items() if author != "outside" for row in rows]
    memory, chance = without("outside", authors), Random(7)
    slipped = [(memory.recall(typo(words, chance)), code) for words, code in rows]
    recalled = [(found, code) for found, code in slipped if found is not None]
    assert len(recalled) / len(rows) >= 0.9
    assert all(found.code == code for found, code in recalled)


def test_it_says_nothing_to_talk_and_to_neighbouring_trades(
    authors: dict[str, list[tuple[str, str]]],
) -> None:
    everything = without("outside", authors)
    assert len(authors["outside"]) >= 250
    assert [words for words, _ in authors["outside"] if everything.recall(words)] == []


def test_a_memory_of_what_was_said_never_loses_against_none(
    authors: dict[str, list[tuple[str, str]]],
) -> None:
    """The whole of it, search and memory, on another author's plain requests."""
    plain = Matcher(*shipped())
    accepted = without("another author", authors).accepted
    taught = plain.remembering(accepted)
    lines = (DATA / "utterances.tsv").read_text("utf-8").splitlines()[1:]
    rows = [line.split("\t") for line in lines if line.endswith("another author")]

    def answered_rightly(matcher: Matcher) -> int:
        found = [(matcher.search(utterance), code) for utterance, code, _ in rows]
        return sum(one.decision == "match" and one.services[0].code == code for one, code in found)

    assert answered_rightly(taught) >= answered_rightly(plain)


def test_near_duplicates_are_found_exactly(authors: dict[str, list[tuple[str, str]]]) -> None:
    """The shortcut past the common grams loses nothing."""
    texts = [words for words, _ in authors["first"]]
    quick, vectors = Likeness(texts), [vector(text) for text in texts]
    for words, _ in authors["another author"]:
        asked = vector(words)
        for least in (SAME_FROM, NEARBY):
            slowly = {i for i, one in enumerate(vectors) if likeness(asked, one) > least}
            assert {i for i, _ in quick.near(words, least)} == slowly
