"""What holds for every text, not only for the ones we thought of."""

import json
import subprocess
import sys
from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from matching import Matcher, find_contacts, mask_contacts, parse_json, read_bids
from matching.text.demands import read_slots
from tests.support.catalogue import PROVIDERS, SERVICES

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
MATCHER = Matcher(SERVICES, PROVIDERS)
# Pieces of the grammars, so that random texts reach deep into them.
PIECES = (
    "一二三五六七八九十百千万亿两半几多来余零点号日月年周天个的元块角分折成"
    "0123456789.,-~/:：%¥￥wWkKDdOo+@「」>\n 　，。！？、"
)
WORDS = st.sampled_from(
    ["预算", "不超过", "工期", "前", "内", "工作日", "D1024", "报价", "下周", "柳州", "含税",
     "不含官费", "今天", "春节", "左右", "微信", "改成", "不是", "面议", "撤标", "有限公司",
     "小时", "百分之", "[CQ:at,qq=1]"]
)  # fmt: skip
MESSAGES = st.one_of(
    st.text(max_size=120),
    st.text(st.characters(), max_size=60),
    st.lists(st.one_of(st.text(PIECES, max_size=6), WORDS), max_size=14).map("".join),
)
YUAN = st.integers(min_value=1_000, max_value=9_999_999)
TAILS = st.sampled_from(
    ["", " 年前能完成", " 周期8天", " 周五前", " 天气好就做", " 月底交", "，10天", "，年底前", "。",
     " 左右", "，三个月内", " 号码另发", "，5套", " 十二月前", "（含税）", "，柳州"]
)  # fmt: skip


def written(yuan: int) -> st.SearchStrategy[str]:
    """The ways one sum may be typed."""
    forms = [f"{yuan}元", f"¥{yuan}", f"¥{yuan:,}", f"预算{yuan}"]
    if yuan >= 10_000:
        forms += [f"{yuan // 10_000}万{yuan % 10_000:04d}".replace("万0000", "万")] * (
            yuan % 10_000 >= 1_000 or yuan % 10_000 == 0
        )
        if yuan % 100 == 0:
            forms += [f"{yuan / 10_000:g}万", f"{yuan / 10_000:g}w"]
        if yuan % 1_000 == 0 and yuan % 10_000:
            forms.append(f"{yuan // 10_000}万{yuan % 10_000 // 1_000}")
    return st.sampled_from(forms)


def full_width(text: str) -> str:
    return "".join(
        chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else "\u3000" if c == " " else c for c in text
    )


@given(MESSAGES)
@settings(deadline=None, max_examples=300)
def test_no_text_can_break_the_reading(text: str) -> None:
    reading = MATCHER.read(text, NOW)
    json.dumps(reading.slots.to_json())

    for bid in read_bids(text, now=NOW, open_nos=["D1024"], quoted_no="D1024"):
        json.dumps(bid.to_json())
    for form in ("demand", "bid", "contact"):
        parse_json(text, as_=form, now=NOW, open_nos=["D1024"])


@given(MESSAGES)
@settings(deadline=None, max_examples=200)
def test_every_contact_is_a_piece_of_the_text_and_is_covered(text: str) -> None:
    masked = mask_contacts(text)

    assert masked.spans == find_contacts(text)
    assert all(span in text for span in masked.spans)
    assert masked.text.count("▇▇▇") >= len(masked.spans)


@given(MESSAGES)
@settings(deadline=None, max_examples=200)
def test_every_slot_points_at_a_piece_of_the_text(text: str) -> None:
    assert all(span in text for span in read_slots(text, NOW).spans.values())


@given(YUAN.flatmap(lambda yuan: st.tuples(st.just(yuan), written(yuan))), TAILS)
@settings(deadline=None, max_examples=300)
def test_an_amount_reads_back_whatever_follows(said: tuple[int, str], tail: str) -> None:
    yuan, text = said

    slots = read_slots(text + tail, NOW)

    assert slots.budget_max_fen == yuan * 100


@given(YUAN.flatmap(lambda yuan: st.tuples(st.just(yuan), written(yuan))), TAILS)
@settings(deadline=None, max_examples=200)
def test_a_price_reads_back_whatever_follows(said: tuple[int, str], tail: str) -> None:
    yuan, text = said

    (bid,) = read_bids(f"D1024 {text.replace('预算', '报价')}{tail}", now=NOW, open_nos=["D1024"])

    assert (bid.kind, bid.price_fen) == ("bid", yuan * 100)


@given(st.text(PIECES, max_size=30))
@settings(deadline=None, max_examples=200)
def test_full_width_reads_like_half_width(text: str) -> None:
    assert read_slots(full_width(text), NOW).to_json() == read_slots(text, NOW).to_json()


def test_importing_the_door_stays_light() -> None:
    probe = (
        "import sys, matching;"
        "heavy = {'opencc', 'rapidfuzz', 'chinese_calendar', 'numpy', 'sqlalchemy', 'aiohttp'};"
        "sys.exit(', '.join(heavy & sys.modules.keys()) or 0)"
    )

    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
