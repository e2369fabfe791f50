"""[[market.splits]]: what an operator writes, and what is said about mistakes."""

import tomllib

import pytest

from bot.sections import Section
from bot.splits import read_splits
from market.splits import SplitRule


def read(text: str) -> tuple[tuple[SplitRule, ...], list[str]]:
    problems: list[str] = []
    market = tomllib.loads(text)["market"]
    return read_splits(Section("market", market, environ={}, problems=problems)), problems


def test_a_table_is_a_rule() -> None:
    rules, problems = read(
        """
        [[market.splits]]
        name = "柳州工作站"
        provider = "柳州高新区科技服务工作站"
        share_bp = 2000
        region = "柳州"
        [[market.splits]]
        name = "引荐"
        provider = "某某协会"
        share_bp = 8000
        class = "培训服务"
        mode = "direct"
        """
    )

    assert problems == []
    assert rules == (
        SplitRule("柳州工作站", "柳州高新区科技服务工作站", 2_000, region="柳州"),
        SplitRule("引荐", "某某协会", 8_000, service_class="培训服务", mode="direct"),
    )


TABLE = '[[market.splits]]\nname = "a"\nprovider = "b"\nshare_bp = 6000\n'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (TABLE + TABLE, "[market] splits give away more than the whole commission of one deal"),
        (
            TABLE + TABLE.replace("6000", '4001\nregion = "柳州"'),
            "[market] splits give away more than the whole commission of one deal",
        ),
        (TABLE.replace("6000", "0"), "[market.splits 1] share_bp"),
        (TABLE.replace('provider = "b"\n', ""), "[market.splits 1] provider is missing"),
        (TABLE + 'mode = "no"', "[market.splits 1] mode must be"),
        ("[market]\nsplits = 5", "must be tables [[market.splits]]"),
    ],
)
def test_mistakes_are_named_by_table_and_key(text: str, problem: str) -> None:
    assert any(problem in one for one in read(text)[1]), read(text)[1]


def test_two_regions_do_not_meet() -> None:
    two = TABLE + 'region = "柳州"\n' + TABLE + 'region = "南宁"\n'

    assert read(two)[1] == []
