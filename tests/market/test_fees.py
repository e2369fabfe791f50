"""Which rate applies to a deal, and that no fen is lost on the way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.fees import NO_CAP, Deal, Fee, Rule, Schedule, shares

SCHEDULE = Schedule(
    Fee(600),
    (
        Rule(Fee(400, name="gold"), level="gold"),
        Rule(Fee(800, name="patents"), service_class="知识产权服务"),
        Rule(Fee(500, name="gold patents"), service_class="知识产权服务", level="gold"),
        Rule(Fee(300, name="large invited"), mode="invited", from_fen=10_000_000),
        Rule(Fee(0, name="public"), service_code="09.01.01"),
    ),
)


@pytest.mark.parametrize(
    ("deal", "name"),
    [
        (Deal(1), "default"),
        (Deal(1, level="gold"), "gold"),
        (Deal(1, service_class="知识产权服务"), "patents"),
        (Deal(1, service_class="知识产权服务", level="gold"), "gold patents"),
        (Deal(9_999_999, mode="invited"), "default"),
        (Deal(10_000_000, mode="invited"), "large invited"),
        (Deal(10_000_000, mode="tender"), "default"),
        (Deal(1, service_code="09.01.01"), "public"),
    ],
)
def test_the_most_specific_rule_that_fits_sets_the_rate(deal: Deal, name: str) -> None:
    assert SCHEDULE.fee_for(deal).name == name


@pytest.mark.parametrize(
    ("one", "other", "at_odds"),
    [
        ({"level": "gold"}, {"mode": "invited"}, True),
        ({"level": "gold"}, {"level": "silver"}, False),
        ({"level": "gold"}, {"level": "gold", "mode": "invited"}, False),
        ({"from_fen": 100}, {"below_fen": 100}, False),
        ({"from_fen": 100}, {"below_fen": 101}, True),
        ({"from_fen": 100, "below_fen": 200}, {"from_fen": 200}, False),
        ({}, {}, True),
    ],
)
def test_two_rules_of_which_neither_is_more_specific_are_told(
    one: dict[str, object], other: dict[str, object], at_odds: bool
) -> None:
    rules = (Rule(Fee(1), **one), Rule(Fee(2), **other))  # type: ignore[arg-type]

    assert list(Schedule(Fee(600), rules).conflicts()) == ([rules] if at_odds else [])


RULES = st.builds(
    Rule,
    st.builds(Fee, st.integers(0, 10_000)),
    service_class=st.sampled_from(["", "a", "b"]),
    mode=st.sampled_from(["", "tender"]),
    level=st.sampled_from(["", "gold"]),
    from_fen=st.sampled_from([0, 50]),
    below_fen=st.sampled_from([50, 100, NO_CAP]),
)


@given(
    st.lists(RULES, max_size=5),
    st.builds(
        Deal,
        st.integers(0, 120),
        service_class=st.sampled_from(["a", "b", "c"]),
        mode=st.sampled_from(["tender", "invited"]),
        level=st.sampled_from(["", "gold"]),
    ),
)
def test_without_conflicts_the_order_of_the_rules_does_not_matter(
    rules: list[Rule], deal: Deal
) -> None:
    schedule = Schedule(Fee(600), tuple(rules))

    if not list(schedule.conflicts()):
        backwards = Schedule(Fee(600), tuple(reversed(rules)))
        assert schedule.fee_for(deal) == backwards.fee_for(deal)


@given(
    st.integers(0, 10**13),
    st.builds(Fee, st.integers(0, 10_000), st.integers(0, 10**6), st.integers(0, NO_CAP)),
)
def test_a_fee_and_what_is_left_are_the_amount(amount_fen: int, fee: Fee) -> None:
    part, rest = fee.of(amount_fen)

    assert part + rest == amount_fen
    assert part >= 0
    assert rest >= 0
    assert part <= fee.most_fen


@pytest.mark.parametrize(
    ("fee", "amount_fen", "part"),
    [
        (Fee(600), 3_200_000, 192_000),
        (Fee(600), 1, 0),
        (Fee(600, least_fen=5_000), 10_000, 5_000),
        (Fee(600, least_fen=5_000), 3_000, 3_000),
        (Fee(600, most_fen=100_000), 3_200_000, 100_000),
        (Fee(3_333), 100, 33),
    ],
)
def test_what_a_fee_comes_to(fee: Fee, amount_fen: int, part: int) -> None:
    assert fee.of(amount_fen).part == part


@given(st.integers(0, 10**13), st.lists(st.integers(0, 10_000), min_size=1).filter(any))
def test_shares_add_up_and_are_off_by_less_than_a_fen(amount_fen: int, weights: list[int]) -> None:
    parts = shares(amount_fen, weights)

    assert sum(parts) == amount_fen
    whole = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * whole - amount_fen * weight) < whole


@pytest.mark.parametrize(
    ("amount_fen", "weights", "parts"),
    [
        (1, (1, 1, 1), (1, 0, 0)),
        (100, (1, 1, 1), (34, 33, 33)),
        (2, (1, 1, 1), (1, 1, 0)),
        (100, (70, 30), (70, 30)),
        (101, (70, 30), (71, 30)),
        (0, (1, 2), (0, 0)),
        (5, (0, 1), (0, 5)),
    ],
)
def test_who_gets_the_fen_left_over(
    amount_fen: int, weights: tuple[int, ...], parts: tuple[int, ...]
) -> None:
    assert shares(amount_fen, weights) == parts


@pytest.mark.parametrize(("amount_fen", "weights"), [(-1, (1,)), (1, ()), (1, (0,)), (1, (2, -1))])
def test_what_cannot_be_shared_is_refused(amount_fen: int, weights: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="cannot share"):
        shares(amount_fen, weights)
