"""Disputes: how many decide, what leads where, one appeal, and votes that nobody can bend."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.disputes import (
    DISPUTES,
    SIDES,
    TRACKS,
    TWO_KEYS_ABOVE_FEN,
    Dispute,
    DisputeStatus,
    DisputeStep,
    Track,
    accept,
    appeal,
    execute,
    propose,
    refuse,
    rule,
    track_for,
)
from market.errors import (
    AppealRefused,
    MarketError,
    NotFound,
    PanelRefused,
    StepNotAllowed,
    VotedBefore,
)
from market.panels import (
    Conflict,
    Judge,
    Seat,
    Sides,
    cast,
    conflict_of,
    leave,
    median_bp,
    name_panel,
    seat_of,
)
from market.policy import Policy
from market.processes import Party, Process

NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)
POLICY = Policy()
BUYER, PROVIDER = Party.BUYER, Party.PROVIDER
APPEALABLE = (Track.SINGLE, Track.DOUBLE, Track.PANEL)


def dispute(track: Track = Track.SINGLE, **changes: object) -> Dispute:
    return replace(Dispute(88, 2048, 1, "不对", NOW, track), **changes)  # type: ignore[arg-type]


def ruled(track: Track = Track.SINGLE) -> Dispute:
    """With a ruling that waits, come to by the ways of its table."""
    before = {
        Track.SINGLE: DisputeStatus.OPEN,
        Track.DOUBLE: DisputeStatus.PROPOSED,
        Track.PANEL: DisputeStatus.VOTING,
    }[track]
    return rule(dispute(track, status=before, refund_bp=6_000), policy=POLICY, now=NOW)


@pytest.mark.parametrize(
    ("at_stake_fen", "track"),
    [
        (0, Track.SMALL),
        (200_000, Track.SMALL),
        (200_001, Track.SINGLE),
        (1_000_000, Track.SINGLE),
        (1_000_001, Track.DOUBLE),
        (5_000_000, Track.DOUBLE),
        (5_000_001, Track.PANEL),
        (10**13, Track.PANEL),
    ],
)
def test_the_sum_says_how_many_decide(at_stake_fen: int, track: Track) -> None:
    assert track_for(at_stake_fen, POLICY) is track


@given(st.integers(0, TWO_KEYS_ABOVE_FEN), st.integers(TWO_KEYS_ABOVE_FEN, 10**9), st.data())
def test_a_larger_sum_never_takes_fewer_people(small: int, panel: int, data: st.DataObject) -> None:
    policy = Policy(small_claim_most_fen=small, panel_above_fen=panel)
    less, more = sorted(data.draw(st.tuples(*[st.integers(0, 10**10)] * 2)))
    order = [Track.SMALL, Track.SINGLE, Track.DOUBLE, Track.PANEL]

    assert order.index(track_for(less, policy)) <= order.index(track_for(more, policy))
    assert track_for(less, policy) in {Track.DOUBLE, Track.PANEL} or less <= TWO_KEYS_ABOVE_FEN


@pytest.mark.parametrize("process", DISPUTES, ids=lambda process: process.name)
def test_every_way_leads_to_the_division_of_the_money_and_nothing_else_moves_any(
    process: Process[DisputeStatus, DisputeStep],
) -> None:
    assert process.ends == {DisputeStatus.EXECUTED}
    for way in process.ways:
        assert bool(way.money) == (way.to is DisputeStatus.EXECUTED)
        assert (way.step is DisputeStep.EXECUTE) == bool(way.money)
        if way.step in {DisputeStep.EXECUTE, DisputeStep.RULE}:
            assert set(way.tells) == set(SIDES)


@pytest.mark.parametrize("track", [track for track in TRACKS if track is not Track.BEFORE])
def test_no_path_has_two_appeals_and_only_small_claims_have_none(track: Track) -> None:
    process = TRACKS[track]
    appeals = [way for way in process.ways if way.step is DisputeStep.APPEAL]
    assert len(appeals) == (0 if track is Track.SMALL else 1)
    reached = {way.to for way in appeals}
    for _ in process.ways:
        reached |= {way.to for way in process.ways if way.at in reached}
    assert DisputeStatus.RULED not in reached, "behind an appeal every ruling is final"


@pytest.mark.parametrize("track", APPEALABLE)
def test_a_ruling_waits_and_then_is_carried_out_once(track: Track) -> None:
    waiting = ruled(track)
    assert waiting.status is DisputeStatus.RULED
    assert waiting.appeal_by == NOW + timedelta(days=3)

    done = execute(waiting, NOW + timedelta(days=3))

    assert done.decided_at == NOW
    assert done.executed_at == NOW + timedelta(days=3)
    with pytest.raises(StepNotAllowed):
        execute(done, NOW)
    with pytest.raises(StepNotAllowed):
        accept(done, BUYER, NOW)
    with pytest.raises(StepNotAllowed):
        rule(done, policy=POLICY, now=NOW)


def test_a_small_claim_is_executed_where_others_are_ruled() -> None:
    small = dispute(Track.SMALL, refund_bp=5_000)
    assert not small.may(DisputeStep.RULE)

    done = execute(small, NOW)

    assert (done.status, done.decided_at, done.executed_at) == (DisputeStatus.EXECUTED, NOW, NOW)
    with pytest.raises(AppealRefused) as refusal:
        appeal(done, BUYER, by=1, reason="不服", lapsed=False, now=NOW)
    assert refusal.value.why == "small"


def test_both_have_to_accept_and_saying_it_twice_is_once() -> None:
    once = accept(ruled(), BUYER, NOW)
    later = NOW + timedelta(hours=1)

    assert not once.is_accepted
    assert accept(once, BUYER, later) == once
    assert accept(once, PROVIDER, later).is_accepted


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("track", APPEALABLE)
def test_an_appeal_undoes_the_ruling_and_comes_once(track: Track, side: Party) -> None:
    other = PROVIDER if side is BUYER else BUYER
    waiting = accept(ruled(track), other, NOW)
    later = NOW + timedelta(days=1)

    fallen = appeal(waiting, side, by=7, reason="没看附件", lapsed=False, now=later)

    assert (fallen.status, fallen.instance) == (DisputeStatus.APPEALED, 2)
    assert (fallen.refund_bp, fallen.decision, fallen.decided_at) == (None, "", None)
    assert not any(fallen.accepted_at(each) for each in SIDES)
    assert fallen.answer_by == later + timedelta(days=3)
    assert not fallen.may(DisputeStep.RULE), "what comes now is final"
    with pytest.raises(AppealRefused) as refusal:
        appeal(fallen, other, by=1, reason="不服", lapsed=False, now=later)
    assert refusal.value.why == "appealed"


@pytest.mark.parametrize(
    ("case", "why"), [("accepted", "accepted"), ("lapsed", "late"), ("executed", "late")]
)
def test_who_is_bound_or_late_cannot_appeal(case: str, why: str) -> None:
    waiting = ruled()
    found = {
        "accepted": accept(waiting, BUYER, NOW),
        "lapsed": waiting,
        "executed": execute(waiting, NOW),
    }[case]

    with pytest.raises(AppealRefused) as refusal:
        appeal(found, BUYER, by=1, reason="不服", lapsed=case == "lapsed", now=NOW)

    assert refusal.value.why == why


def test_a_proposal_that_is_refused_leaves_nothing() -> None:
    fresh = dispute(Track.DOUBLE)
    proposed = propose(fresh, refund_bp=9_000, reason="没做", by=3)
    assert proposed.status is DisputeStatus.PROPOSED

    assert refuse(proposed) == fresh
    with pytest.raises(StepNotAllowed):
        propose(dispute(Track.SINGLE), refund_bp=9_000, reason="没做", by=3)


STEPS = st.sampled_from(
    ["propose", "refuse", "rule", "buyer", "provider", "appeal", "too", "execute"]
)


@given(st.sampled_from(APPEALABLE), st.lists(STEPS, max_size=14))
def test_whatever_is_tried_the_money_is_divided_at_most_once_and_by_a_ruling(
    track: Track, steps: list[str]
) -> None:
    found, appeals, executions = dispute(track), 0, 0
    for at, step in enumerate(steps):
        now = NOW + timedelta(hours=at)
        try:
            match step:
                case "propose":
                    found = propose(found, refund_bp=at * 100, reason="x", by=at)
                case "refuse":
                    found = refuse(found)
                case "rule":
                    found = rule(replace(found, refund_bp=at * 100), policy=POLICY, now=now)
                case "buyer" | "provider":
                    found = accept(found, Party(step), now)
                case "execute":
                    ready = found if found.refund_bp is not None else replace(found, refund_bp=0)
                    found, executions = execute(ready, now), executions + 1
                case _:
                    side = BUYER if step == "appeal" else PROVIDER
                    found = appeal(found, side, by=1, reason="x", lapsed=False, now=now)
                    appeals += 1
        except MarketError:
            continue
        assert (found.status is DisputeStatus.EXECUTED) == (found.executed_at is not None)
        assert found.executed_at is None or found.refund_bp is not None
        assert found.instance == 1 + appeals
    assert appeals <= 1
    assert executions <= 1


# --- panels ------------------------------------------------------------------------------------

THEM = Sides(buyer_id=1, buyer_firm="桂中汽配有限公司", buyer_provider_id=30, provider_id=20)


@pytest.mark.parametrize(
    ("judge", "facts", "conflict"),
    [
        (Judge(9, "韦"), {}, None),
        (Judge(9, "韦", 40, "别家公司"), {}, None),
        (Judge(1, "林"), {}, Conflict.SIDE),
        (Judge(9, "韦", 20, "桂知源"), {}, Conflict.SIDE),
        (Judge(9, "韦", 30, "桂中"), {}, Conflict.FIRM),
        (Judge(9, "韦", None, "桂中 汽配有限公司"), {}, Conflict.FIRM),
        (Judge(9, "韦"), {"ruled": {9}}, Conflict.RULED),
        (Judge(9, "韦"), {"ruled": {8}}, None),
        (Judge(9, "韦"), {"deals": True}, Conflict.DEALINGS),
        (Judge(9, "韦"), {"left": {9}}, Conflict.LEFT),
        (Judge(1, "林"), {"ruled": {1}, "deals": True}, Conflict.SIDE),
    ],
)
def test_who_has_an_interest_must_not_decide(
    judge: Judge, facts: dict[str, object], conflict: Conflict | None
) -> None:
    assert conflict_of(judge, THEM, **facts) is conflict  # type: ignore[arg-type]


def test_people_without_a_firm_are_not_of_the_same_one() -> None:
    nobodys = Sides(buyer_id=1, buyer_firm="", buyer_provider_id=None, provider_id=20)

    assert conflict_of(Judge(9, "韦"), nobodys) is None


def seats(*votes: int | None) -> tuple[Seat, ...]:
    return tuple(
        Seat(88, 1, person_id, 3, NOW, rate, "", None if rate is None else NOW)
        for person_id, rate in enumerate(votes, start=11)
    )


@pytest.mark.parametrize("people", [(), (11, 12), (11, 12, 12), (11, 12, 13, 14)])
def test_a_panel_is_three_different_people(people: tuple[int, ...]) -> None:
    with pytest.raises(PanelRefused) as refusal:
        name_panel("J88", (), people)
    assert refusal.value.why == "size"


def test_who_has_not_voted_can_be_replaced_and_a_vote_stays() -> None:
    sitting = seats(6_000, None, None)

    naming = name_panel("J88", sitting, (11, 13, 14))

    assert naming.comes == (14,)
    assert [seat.person_id for seat in naming.goes] == [12]
    with pytest.raises(PanelRefused) as refusal:
        name_panel("J88", sitting, (12, 13, 14))
    assert refusal.value.why == "voted"


def test_a_vote_is_given_once_by_who_has_a_seat() -> None:
    sitting = seats(None, None, None)
    voted = cast("J88", seat_of("J88", sitting, 12), refund_bp=4_000, reason="缺", now=NOW)

    assert (voted.refund_bp, voted.voted_at) == (4_000, NOW)
    with pytest.raises(VotedBefore):
        cast("J88", voted, refund_bp=9_000, reason="缺", now=NOW)
    with pytest.raises(VotedBefore):
        leave("J88", voted, NOW)
    with pytest.raises(NotFound):
        seat_of("J88", sitting, 99)


@given(st.lists(st.integers(0, 10_000), min_size=3, max_size=3), st.integers(0, 10_000))
def test_one_vote_can_move_the_ruling_only_to_another_vote(votes: list[int], other: int) -> None:
    middle = median_bp(seats(*votes))
    bent = median_bp(seats(*votes[:2], other))

    assert middle == sorted(votes)[1]
    assert bent is not None
    assert min(votes[:2]) <= bent <= max(votes[:2])
    assert median_bp(seats(*votes[:2], None)) is None
    assert median_bp(seats(*reversed(votes))) == middle
