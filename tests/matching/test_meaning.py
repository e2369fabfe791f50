"""What the words leave unclear is asked by its meaning, and only that."""

from datetime import datetime

import pytest

from matching import Matcher, Meaning, wordings_of
from tests.support.catalogue import SERVICES
from tests.support.sentences import FakeModel

UNCLEAR = "鱼死了要赔，公司要写材料"  # by its words no service
WATER = "03.02.01"


@pytest.fixture
def model() -> FakeModel:
    return FakeModel()


@pytest.fixture
def wiser(matcher: Matcher, model: FakeModel) -> Matcher:
    """The matcher with the model's meaning; what it was asked begins with the first request."""
    wordings = wordings_of(SERVICES)
    meaning = Meaning(model.embed, wordings, model.embed(wordings.texts))
    model.asked.clear()
    return matcher.with_meaning(meaning)


def test_a_request_is_found_by_what_it_means(matcher: Matcher, wiser: Matcher) -> None:
    assert matcher.search(UNCLEAR).services[0].code != WATER
    assert wiser.search(UNCLEAR).services[0].code == WATER


def test_the_best_scores_one_and_the_others_follow(wiser: Matcher) -> None:
    scores = [found.score for found in wiser.search(UNCLEAR, 10).services]

    assert scores[0] == 1.0
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] > 0


def test_what_the_words_make_clear_is_not_asked(wiser: Matcher, model: FakeModel) -> None:
    by_words = wiser.search("我想申请发明专利")

    assert by_words.decision == "match"
    assert not by_words.unclear
    assert model.asked == []


def test_plain_talk_is_not_asked(wiser: Matcher, model: FakeModel) -> None:
    assert wiser.search("哈哈哈哈笑死我了").decision == "none"
    assert model.asked == []


@pytest.mark.parametrize("text", ["shangbiao zhuce", "iso9001 rz 证", "9001"])
def test_what_is_hardly_chinese_is_not_asked(text: str, wiser: Matcher, model: FakeModel) -> None:
    wiser.search(text)

    assert model.asked == []


def test_without_an_answer_the_words_decide(matcher: Matcher, model: FakeModel) -> None:
    wordings = wordings_of(SERVICES)
    deaf = matcher.with_meaning(Meaning(lambda texts: None, wordings, model.embed(wordings.texts)))

    by_words = matcher.search(UNCLEAR)
    assert by_words.unclear
    assert deaf.search(UNCLEAR).services == by_words.services
    assert deaf.search(UNCLEAR).decision == by_words.decision


def test_a_reading_is_asked_only_when_somebody_ponders_it(
    wiser: Matcher, model: FakeModel, now: datetime
) -> None:
    reading = wiser.read(UNCLEAR, now)

    assert reading.search.unclear
    assert wiser.may_ponder(reading)
    assert model.asked == []

    pondered = wiser.ponder(reading)

    assert pondered.search.services[0].code == WATER
    assert not wiser.may_ponder(pondered)
    assert pondered.normal == reading.normal


def test_without_a_meaning_there_is_nothing_to_ponder(matcher: Matcher, now: datetime) -> None:
    assert not matcher.may_ponder(matcher.read(UNCLEAR, now))


def test_a_matcher_with_meaning_reads_differently(matcher: Matcher, wiser: Matcher) -> None:
    assert matcher.version != wiser.version


def test_a_long_story_costs_no_more_than_its_beginning(wiser: Matcher, model: FakeModel) -> None:
    wiser.search(UNCLEAR + "，上回也是这样办的，唉" * 100)

    assert [len(text) for text in model.asked] == [200]


def test_the_vectors_may_have_any_length(matcher: Matcher, model: FakeModel) -> None:
    wordings = wordings_of(SERVICES)
    rows = model.embed(wordings.texts)

    def found(meaning: Meaning) -> list[float]:
        return [one.score for one in matcher.with_meaning(meaning).search(UNCLEAR).services]

    once = found(Meaning(model.embed, wordings, rows))
    larger = found(Meaning(model.embed, wordings, rows * 40))
    assert once == pytest.approx(larger, abs=0.001)


def test_a_service_without_further_wordings_has_a_meaning_too(model: FakeModel) -> None:
    lone = tuple(s for s in SERVICES if s.code == WATER)
    wordings = wordings_of(lone)
    meaning = Meaning(model.embed, wordings, model.embed(wordings.texts))

    assert Matcher(lone).with_meaning(meaning).search(UNCLEAR).services[0].code == WATER
