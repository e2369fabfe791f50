"""A provider is found by its name however it is written, and asked about when several fit."""

import random
from dataclasses import replace
from importlib.resources import as_file, files

import pytest

from bot.benchmarks.registers import mangled, register
from bot.files import read_providers
from matching import Matcher, names_meant


@pytest.fixture(scope="module")
def shipped() -> Matcher:
    with as_file(files("bot").joinpath("data/providers.tsv")) as path:
        return Matcher((), read_providers(path))


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("桂知源知识产权代理有限公司", "桂知源知识产权代理有限公司"),
        ("桂知源知识产权代理", "桂知源知识产权代理有限公司"),
        ("漓江桥专利代理", "漓江桥专利代理事务所"),
        ("桂知源", "桂知源知识产权代理有限公司"),
        ("帮我找一下桂知源的联系方式", "桂知源知识产权代理有限公司"),
        ("桂知源那边谁负责", "桂知源知识产权代理有限公司"),
        ("你好，请问桂知源的电话是多少", "桂知源知识产权代理有限公司"),
        ("桂智圆", "桂知源知识产权代理有限公司"),  # homophones
        ("桂支源知识产权", "桂知源知识产权代理有限公司"),
        ("邕起科服", "邕企科服咨询有限公司"),
        ("guizhiyuan", "桂知源知识产权代理有限公司"),
        ("柳质科检侧", "柳质科检测有限公司"),  # slips
        ("绿邕环竟监测公司", "绿邕环境监测有限公司"),
        ("桂源知识产权代理", "桂知源知识产权代理有限公司"),
        ("红河水数字科技", "红水河数字科技有限公司"),
        ("桂知源知識產權代理", "桂知源知识产权代理有限公司"),  # traditional
        ("請問紅水河數字科技的聯繫方式", "红水河数字科技有限公司"),
        ("五象云栈 怎么联系", "五象云栈信息系统有限公司"),
        ("邀信达", "信达科技咨询有限公司"),
    ],
)
def test_a_name_finds_its_provider(said: str, name: str, shipped: Matcher) -> None:
    found = shipped.find_provider(said)

    assert found.providers[0].name == name
    assert found.decision == "match"


@pytest.mark.parametrize(
    "said", ["", "？", "你好", "早上好", "今天天气真热", "预算三万左右", "abc"]
)
def test_talk_names_nobody(said: str, shipped: Matcher) -> None:
    assert shipped.find_provider(said).decision == "none"


@pytest.mark.parametrize("said", ["知识产权", "检测", "壮乡"])
def test_what_several_names_share_is_asked_about(said: str, shipped: Matcher) -> None:
    found = shipped.find_provider(said)

    assert found.decision == "choose"
    assert len(found.providers) >= 2


@pytest.mark.parametrize("size", [300, 3000])
def test_mangled_names_find_their_providers(size: int) -> None:
    profiles = list(register(size))
    matcher, dice = Matcher((), profiles), random.Random(7)
    right = wrong = 0
    for profile in dice.sample(profiles, 200):
        found = matcher.find_provider(mangled(profile.name, dice), 1)
        hit = [one.credit_code for one in found.providers] == [profile.credit_code]
        right += hit
        wrong += found.decision == "match" and not hit

    assert right >= 0.97 * 200
    assert wrong <= 0.02 * 200


def test_names_and_questions_of_any_length_raise_nothing() -> None:
    name = "信息系统" * 500 + "很"
    matcher = Matcher((), [replace(profile, name=name) for profile in register(1)])

    for text in (name, "想" * 2000, "找一下" * 600, "桂知源" * 600, "a" * 2000):
        matcher.find_provider(text)
        matcher.rank_providers(service_code="", text=text)


def test_the_few_of_a_list_are_told_apart() -> None:
    names = {7: "桂知源知识产权代理有限公司", 8: "信达科技咨询有限公司", 9: "信达知识产权有限公司"}

    assert names_meant("桂智源", names) == (7,)
    assert names_meant("信达", names) == (8, 9)
    assert names_meant("信达科技", names) == (8,)
    assert names_meant("张三丰", names) == ()
    assert names_meant("桂知源", {}) == ()
