"""[[market.fees]]: what an operator writes, and what is said about mistakes."""

import re
import tomllib
from pathlib import Path

import pytest

from bot.app import DATA
from bot.fees import read_fees
from bot.files import read_catalog
from bot.sections import Section
from market.fees import NO_CAP, Deal, Fee, Rule, Schedule
from market.money import yuan


def read(text: str) -> tuple[tuple[Rule, ...], list[str]]:
    problems: list[str] = []
    market = tomllib.loads(text)["market"]
    return read_fees(Section("market", market, environ={}, problems=problems)), problems


def test_a_table_is_a_rule_in_fen() -> None:
    rules, problems = read(
        """
        [[market.fees]]
        name = "专利大单"
        class = "知识产权服务"
        from_yuan = 50000
        commission_bp = 400
        most_yuan = 3000
        [[market.fees]]
        name = "查新"
        service = "08.01.01"
        commission_bp = 300
        least_yuan = 20
        """
    )

    assert problems == []
    assert rules == (
        Rule(
            Fee(400, most_fen=300_000, name="专利大单"),
            service_class="知识产权服务",
            from_fen=5_000_000,
        ),
        Rule(Fee(300, least_fen=2_000, most_fen=NO_CAP, name="查新"), service_code="08.01.01"),
    )


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ('name = "a"\nclass = "x"', "[market.fees 1] commission_bp is missing"),
        ('class = "x"\ncommission_bp = 1', "[market.fees 1] name is missing"),
        ('name = "a"\ncommission_bp = 1', "has no condition"),
        (
            'name = "a"\nclass = "x"\ncommission_bp = 10001',
            "[market.fees 1] commission_bp must be an integer from 0 to 10000, not 10001",
        ),
        (
            'name = "a"\nklass = "x"\ncommission_bp = 1',
            "klass is not a known key; did you mean class?",
        ),
        (
            'name = "a"\nmode = "auction"\ncommission_bp = 1',
            "mode must be one of , tender, direct, deposit, bounty, piece, question, purchase, "
            'not "auction"',
        ),
        (
            'name = "a"\nfrom_yuan = 9\nbelow_yuan = 9\ncommission_bp = 1',
            "from_yuan must be less than below_yuan",
        ),
        (
            'name = "a"\nclass = "x"\nleast_yuan = 9\nmost_yuan = 8\ncommission_bp = 1',
            "least_yuan must not be more than most_yuan",
        ),
        (
            'name = "a"\nclass = "x"\nbelow_yuan = 6\ncommission_bp = 1\n'
            '[[market.fees]]\nname = "b"\nclass = "x"\nfrom_yuan = 5\ncommission_bp = 2',
            '[market] fees "a" and "b" can both fit one deal and neither is more specific',
        ),
        (
            'name = "a"\nclass = "x"\ncommission_bp = 1\n'
            '[[market.fees]]\nname = "a"\nclass = "y"\ncommission_bp = 2',
            '[market] fees has two tables with the name "a"',
        ),
    ],
)
def test_every_mistake_names_its_table_and_key(table: str, problem: str) -> None:
    _, problems = read(f"[[market.fees]]\n{table}")

    assert any(problem in one for one in problems), problems


def test_fees_that_are_no_tables_are_refused() -> None:
    assert read("[market]\nfees = 3") == (
        (),
        ["[market] fees must be tables [[market.fees]], not 3"],
    )


def test_the_examples_of_the_page_come_out_as_it_says() -> None:
    page = Path(__file__).parents[2].joinpath("docs/fees.md").read_text("utf-8")
    toml = page.split("```toml\n")[1].split("```")[0]
    rules, problems = read(toml)
    assert problems == []
    schedule = Schedule(Fee(600), rules)
    services = {service.name: service for service in read_catalog(DATA / "catalog.tsv")}
    rows = re.findall(r"^\| (\S+), ¥([\d,]+) \| (\S+) \| (.+?) \| ¥([\d,]+) \|$", page, re.M)
    assert len(rows) == 5
    for name, price, table, told, rest in rows:
        service = services.get(name)
        deal = Deal(
            fen(price),
            service_code=service.code if service else "",
            service_class=service.class1 if service else "",
        )
        fee = schedule.fee_for(deal)
        assert fee.name == ("default" if table == "–" else table)
        assert fee.of(deal.amount_fen).rest == fen(rest)
        assert told.split()[-1 if "%" in told else 0] == yuan(fee.of(deal.amount_fen).part)


def fen(yuan_text: str) -> int:
    return int(yuan_text.replace(",", "")) * 100
