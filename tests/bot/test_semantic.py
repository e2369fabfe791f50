"""Learning what a catalogue means: once, in a file that may break, beside the running service."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from bot.semantic import Learning, SentenceModel, learn
from market.services import Service
from matching import Matcher, Meaning
from tests.support.catalogue import SERVICES
from tests.support.onebot import eventually
from tests.support.sentences import FakeModel

UNCLEAR = "鱼死了要赔，公司要写材料"  # by its words no service
WATER = "03.02.01"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "kebao" / "semantic.npz"


def learnt(model: FakeModel, cache: Path, services: tuple[Service, ...] = SERVICES) -> Meaning:
    model.asked.clear()
    meaning = learn(services, model, cache, lambda done, total: None)
    assert meaning is not None
    return meaning


def first(meaning: Meaning) -> str:
    return Matcher(SERVICES).with_meaning(meaning).search(UNCLEAR).services[0].code


def test_a_catalogue_is_learnt_once(cache: Path) -> None:
    model = FakeModel()
    learnt(model, cache)
    assert len(model.asked) > 800

    meaning = learnt(model, cache)

    assert model.asked == []
    assert first(meaning) == WATER


def test_of_a_changed_catalogue_only_the_new_texts_are_learnt(cache: Path) -> None:
    model = FakeModel()
    learnt(model, cache)
    changed = replace(SERVICES[0], aliases=(*SERVICES[0].aliases, "做个会员商城"))

    learnt(model, cache, (changed, *SERVICES[1:]))

    assert model.asked == ["做个会员商城"]


def test_what_is_shipped_is_not_learnt_and_not_kept_again(cache: Path, tmp_path: Path) -> None:
    model = FakeModel()
    shipped = tmp_path / "shipped.npz"
    learnt(model, shipped)
    model.asked.clear()

    meaning = learn(SERVICES, model, cache, lambda done, total: None, shipped=shipped)

    assert model.asked == []
    assert not cache.exists()
    assert meaning is not None
    assert first(meaning) == WATER


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04" + b"\0" * 100])
def test_a_broken_file_is_made_anew(content: bytes, cache: Path) -> None:
    cache.parent.mkdir()
    cache.write_bytes(content)
    model = FakeModel()

    assert first(learnt(model, cache)) == WATER
    learnt(model, cache)
    assert model.asked == []


def test_a_file_that_was_cut_short_is_made_anew(cache: Path) -> None:
    model = FakeModel()
    learnt(model, cache)
    whole = cache.read_bytes()
    cache.write_bytes(whole[: len(whole) // 2])

    assert first(learnt(model, cache)) == WATER
    assert len(model.asked) > 800


def test_the_vectors_of_another_model_are_not_used(cache: Path) -> None:
    learnt(FakeModel(), cache)
    other = FakeModel()
    other.name = "fake 2"

    learnt(other, cache)

    assert len(other.asked) > 800


def test_where_nothing_can_be_kept_the_meaning_is_there_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    assert first(learnt(FakeModel(), tmp_path / "file" / "semantic.npz")) == WATER


def test_whoever_is_interrupted_begins_again_where_they_were(cache: Path) -> None:
    model = FakeModel()
    steps = iter([False, False, False])
    begun = learn(SERVICES, model, cache, lambda *_: None, lambda: next(steps, True))
    learnt_before = set(model.asked)

    assert begun is None
    assert learnt_before
    learnt(model, cache)
    assert learnt_before.isdisjoint(model.asked)


def test_eight_may_learn_at_once(cache: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        learning = [
            pool.submit(learn, SERVICES, FakeModel(), cache, print_nothing) for _ in range(8)
        ]
        meanings = [one.result() for one in learning]

    assert [first(meaning) for meaning in meanings if meaning] == [WATER] * 8
    assert [path.name for path in cache.parent.iterdir()] == ["semantic.npz"]
    model = FakeModel()
    learnt(model, cache)
    assert model.asked == []


def print_nothing(done: int, total: int) -> None: ...


def test_progress_counts_to_its_end(cache: Path) -> None:
    seen: list[tuple[int, int]] = []
    learn(SERVICES, FakeModel(), cache, lambda done, total: seen.append((done, total)))

    done, total = zip(*seen, strict=True)
    assert list(done) == sorted(done)
    assert len(set(total)) == 1
    assert done[-1] == total[-1] > 800


def test_an_engine_that_breaks_later_leaves_the_words(
    cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = FakeModel()
    wiser = Matcher(SERVICES).with_meaning(learnt(model, cache))
    model.broken = True

    for _ in range(3):
        assert wiser.search(UNCLEAR).services == Matcher(SERVICES).search(UNCLEAR).services
    assert caplog.text.count("the words answer alone") == 1


def test_nothing_is_learnt_of_an_empty_catalogue(cache: Path) -> None:
    assert learn((), FakeModel(), cache, print_nothing) is None


class Adopted:
    """Who got which meaning, in which thread."""

    def __init__(self) -> None:
        self.matchers: list[Matcher] = []
        self.threads: set[int] = set()

    def adopt(self, matcher: Matcher, meaning: Meaning) -> None:
        self.matchers.append(matcher.with_meaning(meaning))
        self.threads.add(threading.get_ident())


async def test_learning_hands_over_in_the_loop_and_works_outside(cache: Path) -> None:
    adopted, model = Adopted(), FakeModel()
    learning = Learning(model, cache, adopted.adopt)

    learning.begin(Matcher(SERVICES), SERVICES)

    assert adopted.matchers == []
    await eventually(lambda: len(adopted.matchers) == 1)
    assert adopted.matchers[0].search(UNCLEAR).services[0].code == WATER
    assert adopted.threads == {threading.get_ident()}
    assert threading.get_ident() not in model.threads - adopted.threads


async def test_a_newer_catalogue_takes_the_place_of_the_one_that_is_learnt(cache: Path) -> None:
    adopted = Adopted()
    learning = Learning(FakeModel(), cache, adopted.adopt)
    newer = Matcher(SERVICES[1:])

    learning.begin(Matcher(SERVICES), SERVICES)
    learning.begin(newer, SERVICES[1:])

    await eventually(lambda: bool(adopted.matchers))
    assert [matcher.version for matcher in adopted.matchers] == [f"{newer.version}+meaning"]


async def test_a_model_that_does_not_load_leaves_the_words(
    cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model, adopted = FakeModel(), Adopted()
    model.broken = True

    Learning(model, cache, adopted.adopt).begin(Matcher(SERVICES), SERVICES)

    await eventually(lambda: "the words answer alone" in caplog.text)
    assert adopted.matchers == []


async def test_who_is_stopped_adopts_nothing(cache: Path) -> None:
    adopted = Adopted()
    learning = Learning(FakeModel(), cache, adopted.adopt)

    learning.begin(Matcher(SERVICES), SERVICES)
    learning.stop()

    await eventually(lambda: not any(t.name == "semantic" for t in threading.enumerate()))
    await asyncio.sleep(0)
    assert adopted.matchers == []


@pytest.mark.semantic
def test_the_real_model_knows_what_words_do_not(cache: Path) -> None:
    model = SentenceModel()
    three = tuple(s for s in SERVICES if s.code in (WATER, "05.05.01", "07.01.01"))
    meaning = learn(three, model, cache, print_nothing)
    assert meaning is not None

    near = meaning.near("鱼塘里的鱼一夜之间全死了，怀疑上游工厂排毒")
    money = meaning.near("公司账上没钱发工资了，想找银行借一笔")

    assert near is not None
    assert money is not None
    # In the order of their codes: water, trademarks, money.
    assert near.services.index(max(near.services)) == 0
    assert money.services.index(max(money.services)) == 2
    assert cache.stat().st_size < 1 << 20
