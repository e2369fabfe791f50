"""A register that changed answers as one that was made anew, small or large, from any thread."""

import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.benchmarks.registers import register
from market.services import ProviderProfile
from matching import Matcher
from matching.catalog import providers as registers
from matching.catalog.providers import NameSearch, ProviderCandidate, Providers
from tests.support.catalogue import SERVICES

POOL = tuple(register(120))
CODE = POOL[0].service_codes[0]
Answers = tuple[NameSearch | tuple[ProviderCandidate, ...], ...]


def answers(providers: Providers) -> Answers:
    """Everything that is asked of providers, of each kind of question several."""
    texts = ("想做高企认定，有制糖自控经验的", "水质检测和噪声监测", "")
    return (
        *(providers.find(one.name) for one in POOL[:6]),
        *(providers.find(f"帮我找一下{one.name[2:6]}的联系方式", 10) for one in POOL[6:12]),
        *(providers.rank(service_code=CODE, text=text, k=50) for text in texts),
        *(providers.rank(service_code=CODE, region="柳州市", text=text) for text in texts),
        providers.rank(service_code="", region="广西", text=f"请{POOL[3].name}来做", k=20),
        providers.rank(service_code=CODE, text="检测要有CMA"),
    )


def variant(profile: ProviderProfile, number: int) -> ProviderProfile:
    """The same credit code with another name, another place and other cases."""
    other = POOL[number]
    cases = (*other.cases[:1], f"CMA检测{number}批次")
    return replace(profile, name=f"{profile.name[:4]}{other.name}", region="柳州", cases=cases)


numbers = st.integers(0, len(POOL) - 1)
edits = st.lists(
    st.one_of(
        st.tuples(st.just("add"), numbers, numbers),
        st.tuples(st.just("change"), numbers, numbers),
        st.tuples(st.just("remove"), numbers, numbers),
        st.just(("fold", 0, 0)),
    ),
    max_size=25,
)


@pytest.mark.parametrize("large", [False, True])
@settings(max_examples=40, deadline=None)
@given(start=st.sets(numbers, max_size=60), edits=edits)
def test_changes_in_any_order_are_a_register_made_anew(
    large: bool, start: set[int], edits: Sequence[tuple[str, int, int]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registers, "LARGE_FROM", 0 if large else 10**9)
        kept = {POOL[number].credit_code: POOL[number] for number in start}
        changed = Providers(kept.values())
        for step, number, other in edits:
            profile = POOL[number]
            if step == "remove":
                kept.pop(profile.credit_code, None)
                changed = changed.changed(removed=[profile.credit_code])
            elif step == "fold":
                changed = changed.folded()
            else:
                profile = variant(profile, other) if step == "change" else profile
                kept[profile.credit_code] = profile
                changed = changed.changed([profile])

        assert answers(changed) == answers(Providers(list(kept.values())[::-1]))


def test_a_large_register_answers_as_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    small = Providers(POOL[:90])
    monkeypatch.setattr(registers, "LARGE_FROM", 0)
    large = Providers(POOL[:90])

    for mine, theirs in zip(answers(small)[12:-2], answers(large)[12:-2], strict=True):
        assert mine == theirs


def test_a_register_that_grows_is_large_without_being_made_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(registers, "LARGE_FROM", 50)
    grown = Providers(POOL[:40]).changed(POOL[40:])

    assert answers(grown) == answers(Providers(POOL))


def test_eight_threads_search_while_one_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registers, "LARGE_FROM", 0)
    begun = Providers(POOL[:60])
    expected = answers(begun)

    def search(_: int) -> bool:
        return all(answers(begun) == expected for _ in range(4))

    with ThreadPoolExecutor(9) as threads:
        searching = [threads.submit(search, number) for number in range(8)]
        changed = begun
        for profile in POOL[60:]:
            changed = changed.changed([profile], [POOL[0].credit_code]).changed([POOL[0]])
        assert all(done.result() for done in searching)
    assert answers(changed) == answers(Providers(POOL))


def test_many_changes_ask_to_be_folded_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registers, "LARGE_FROM", 0)
    monkeypatch.setattr("matching.catalog.large_register.FOLD_AT", 10)
    changed = Providers(POOL[:50])
    assert not changed.should_fold

    changed = changed.changed(POOL[50:60])
    assert changed.should_fold
    assert not changed.folded().should_fold
    assert answers(changed.folded()) == answers(changed)


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("most", [3, 256])
def test_an_update_is_a_register_made_anew(
    large: bool, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registers, "LARGE_FROM", 0 if large else 10**9)
    monkeypatch.setattr(registers, "UPDATED_MOST", most)
    after = [*POOL[5:40], variant(POOL[40], 3), *POOL[41:60], *POOL[100:110]]

    updated = Providers(POOL[:60]).updated(after)
    assert answers(updated) == answers(Providers(after))
    assert len(updated) == len(after)


def test_a_matcher_is_updated_with_its_catalogue() -> None:
    matcher = Matcher(SERVICES, POOL[:20])

    assert matcher.updated(SERVICES, POOL[:21]).find_provider(POOL[20].name).decision == "match"
    codes = [one.credit_code for one in matcher.find_provider(POOL[20].name).providers]
    assert POOL[20].credit_code not in codes
    fewer = matcher.updated(SERVICES[:-1], POOL[:21])
    assert fewer.version == Matcher(SERVICES[:-1]).version
    assert fewer.find_provider(POOL[20].name).decision == "match"


def test_numpy_is_loaded_by_a_large_register_only() -> None:
    program = (
        "import sys; from bot.benchmarks.registers import register; from matching import Matcher;"
        "matcher = Matcher((), list(register(100))); matcher.find_provider('桂知源');"
        "assert 'numpy' not in sys.modules; Matcher((), list(register(2000)));"
        "assert 'numpy' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
