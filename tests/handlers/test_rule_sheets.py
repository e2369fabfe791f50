"""“如果…会…”: what is said before a step is what the table does, no more and no less."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from handlers.wording.dates import lasting
from handlers.wording.rule_sheets import rule_sheet, sentence
from market.disputes import TRACKS, Dispute, DisputeStatus, DisputeStep, Track
from market.policy import Policy
from market.processes import Party
from market.prospects import prospects

NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)
POLICY, ZONE = Policy(), ZoneInfo("Asia/Shanghai")
STANDS = [
    pytest.param(track, status, id=f"{track}-{status}")
    for track, process in TRACKS.items()
    for status in dict.fromkeys(way.at for way in process.ways)
]


@pytest.mark.parametrize(("track", "status"), STANDS)
def test_each_sentence_says_what_its_way_does(track: Track, status: DisputeStatus) -> None:
    process = TRACKS[track]
    ahead = prospects(process, status)
    assert ahead, "wherever it stands somebody can be told how it goes on"
    for one in ahead:
        said = sentence(one, "J88", POLICY, ZONE)
        assert said.startswith("如果")
        assert "会" in said
        assert ("按裁决分钱，不能撤回" in said) == bool(one.way.money)
        assert ("也不能再复议" in said) == (bool(one.way.money) and one.is_end)
        assert ("双方可接受，或复议一次" in said) == (one.way.step is DisputeStep.RULE)
        assert ("没人复议" in said) == (one.way.after != "")
        if one.way.says and not one.people:
            assert one.way.says.removeprefix("双方都 ").replace("J…", "J88") in said


@pytest.mark.parametrize(
    ("track", "people"), [(Track.SMALL, 1), (Track.SINGLE, 1), (Track.DOUBLE, 2), (Track.PANEL, 2)]
)
def test_before_a_ruling_there_is_one_thing_to_say(track: Track, people: int) -> None:
    (one,) = prospects(TRACKS[track], DisputeStatus.OPEN)

    assert one.people == people
    assert one.appealable is (track is not Track.SMALL)
    assert one.is_end is (track is Track.SMALL)


def test_behind_an_appeal_nothing_is_appealable() -> None:
    for track in (Track.SINGLE, Track.DOUBLE, Track.PANEL):
        (one,) = prospects(TRACKS[track], DisputeStatus.APPEALED)
        assert (one.is_end, one.appealable) == (True, False)


def test_a_ruling_has_three_ways_and_a_date() -> None:
    ruled = Dispute(
        88, 2048, 1, "不对", NOW, Track.DOUBLE, DisputeStatus.RULED, appeal_by=NOW
    )  # fmt: skip

    lines = rule_sheet(ruled, POLICY, ZONE).splitlines()

    assert lines == [
        "如果回“接受 J88”，会放弃您这一方的复议，不能收回。",
        "如果回“复议 J88 理由”，会让原裁决作废，由没判过的人重裁；只有这一次，结果是最终的。",
        "如果双方都回“接受 J88”，或到 11 月 18 日(周三) 10:00 没人复议，"
        "会马上按裁决分钱，不能撤回，也不能再复议。",
    ]
    accepted = replace(ruled, buyer_accepted_at=NOW)
    assert rule_sheet(accepted, POLICY, ZONE, side=Party.BUYER).splitlines() == lines[2:]
    assert rule_sheet(accepted, POLICY, ZONE, side=Party.PROVIDER).splitlines() == lines


def test_the_time_is_that_of_the_operator() -> None:
    policy = replace(POLICY, appeal_window=POLICY.appeal_window * 2)
    opened = Dispute(88, 2048, 1, "不对", NOW, Track.SINGLE)

    assert f"{lasting(policy.appeal_window)}内双方可接受" in rule_sheet(opened, policy, ZONE)


def test_a_table_that_lost_its_appeal_promises_none() -> None:
    process = TRACKS[Track.SINGLE]
    without = replace(
        process, ways=tuple(way for way in process.ways if way.step is not DisputeStep.APPEAL)
    )

    said = [
        sentence(one, "J88", POLICY, ZONE)
        for status in (DisputeStatus.OPEN, DisputeStatus.RULED)
        for one in prospects(without, status)
    ]

    assert not any("复议 J88" in line or "复议一次" in line for line in said), said
