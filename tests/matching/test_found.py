"""Every slot carries its words, how sure it is, and the rule that read it."""

from datetime import datetime

import pytest

from matching import Confidence, parse_json
from matching.text.demands import read_slots

ASSUME, ECHO, ASK = Confidence.ASSUME, Confidence.ECHO, Confidence.ASK


@pytest.mark.parametrize(
    ("said", "slot", "words", "confidence", "rule"),
    [
        ("预算3000元", "budget", "3000元", ASSUME, "sum"),
        ("预算三万来块", "budget", "三万来块", ECHO, "about"),
        ("预算一千五", "budget", "一千五", ECHO, "shorthand"),
        ("预算3-5w", "budget", "3-5w", ECHO, "range"),
        ("不超过两万", "budget", "两万", ECHO, "bound"),
        ("预算不是三万是两万", "budget", "两万", ECHO, "last-word"),
        ("20个样，每个180", "budget", "180", ECHO, "rate"),
        ("预算30-50", "budget_ambiguous", "30-50", ASK, "several-sums"),
        ("预算几万块", "budget_vague", "几万块", ASK, "size-only"),
        ("2026-12-01交", "deadline", "2026-12-01", ASSUME, "date"),
        ("下周五前要", "deadline", "下周五前", ECHO, "weekday"),
        ("月底", "deadline", "月底", ECHO, "part-of-month"),
        ("春节前交付", "deadline", "春节前", ECHO, "feast"),
        ("两周内", "deadline", "两周内", ECHO, "within"),
        ("60个工作日内", "deadline", "60个工作日内", ASK, "unpublished-workdays"),
        ("11月5号之前", "deadline", "11月5号之前", ASK, "past-day"),
        ("过完年再说", "deadline", "过完年", ASK, "no-day"),
        ("工期20天", "duration_days", "20天", ASSUME, "days"),
        ("做完要三个月", "duration_days", "三个月", ECHO, "length"),
        ("在柳州市", "region", "柳州市", ASSUME, "place"),
        ("在柳州", "region", "柳州", ECHO, "short-place"),
        ("鼓楼区", "region", "鼓楼区", ASK, "several-places"),
        ("找我13800123456", "phone", "13800123456", ASSUME, "phone"),
        ("找我一三八零零一二三四五六", "phone", "一三八零零一二三四五六", ECHO, "spoken-phone"),
    ],
)
def test_a_reading_says_how_it_came_about(
    said: str, slot: str, words: str, confidence: Confidence, rule: str, now: datetime
) -> None:
    found = read_slots(said, now).found[slot]

    assert (found.text, found.confidence, found.rule) == (words, confidence, rule)
    assert said[slice(*found.span)] == words


def test_a_reading_keeps_the_value_of_its_slot(now: datetime) -> None:
    slots = read_slots("预算２万５到三万，下周五前，5台", now)

    assert slots.found["budget"].value == (slots.budget_min_fen, slots.budget_max_fen)
    assert slots.found["deadline"].value == slots.deadline
    assert slots.found["quantity"].value == slots.quantity


def test_the_json_tells_it_beside_the_slots(now: datetime) -> None:
    parsed = parse_json("预算三万左右", as_="demand", now=now)

    assert parsed["found"] == {
        "budget": {"text": "三万左右", "confidence": "echo", "rule": "about"}
    }
