"""The JSON of a message, and the intent behind it."""

from datetime import datetime

import pytest

from matching import parse_json


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        ("想开发一个小程序，预算2万，月底前", "publish_demand"),
        ("预算改成4万", "publish_demand"),
        ("三万左右", "provide"),
        ("柳州", "provide"),
        ("发明专利多少钱", "ask_price"),
        ("我的订单O2048到哪一步了", "check_order"),
        ("转人工", "human"),
        ("我要投诉这家", "complain"),
        ("能开专票吗", "invoice"),
        ("怎么付款", "pay"),
        ("积分怎么换", "points"),
        ("D1024 报8000 10天", "bid"),
        ("你好", "greet"),
        ("下班了明天再聊", "other"),
    ],
)
def test_the_intent_is_named(said: str, intent: str, now: datetime) -> None:
    assert parse_json(said, as_="demand", now=now)["intent"] == intent


def test_one_bid_is_an_object_and_several_are_a_list(now: datetime) -> None:
    open_nos = ("D1024", "D1025")
    one = parse_json("D1024 8000", as_="bid", now=now, open_nos=open_nos)
    two = parse_json("D1024 8000；D1025 9000", as_="bid", now=now, open_nos=open_nos)

    assert one["slots"] == {"demand_no": "D1024", "price_fen": 800_000, "kind": "bid"}
    assert isinstance(two["slots"], list)
    assert len(two["slots"]) == 2


def test_contacts_come_with_the_masked_text(now: datetime) -> None:
    parsed = parse_json("找我 13900001111", as_="contact", now=now)

    assert parsed == {"text": "找我 13900001111", "spans": ["13900001111"], "masked": "找我 ▇▇▇"}
