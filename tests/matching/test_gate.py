"""Whether anything is asked for: by services with examples, by others, and by nobody."""

from dataclasses import replace

import pytest

from bot.commands.match import shipped
from market.services import Service
from matching import Matcher
from tests.support.catalogue import SERVICES

SHIPPED, _ = shipped()
DIVING = replace(
    SERVICES[0],
    code="99.01.01",
    name="水下机器人检修",
    aliases=("坝体水下摄像", "潜水检修", "管道机器人"),
    description="用水下机器人检查和修补坝体、闸门和管道",
)  # no example of it is shipped


@pytest.mark.parametrize("services", [SHIPPED, SERVICES], ids=["shipped", "few"])
@pytest.mark.parametrize("said", ["确认", "好的", "可以", "收到", "同意", "没问题", "是的", "行"])
def test_a_bare_yes_asks_for_no_service(services: tuple[Service, ...], said: str) -> None:
    assert Matcher(services).search(said).decision == "none"


@pytest.mark.parametrize("others", [(), SERVICES, SHIPPED], ids=["alone", "few", "shipped"])
def test_a_service_without_examples_is_asked_for_by_its_own_wordings(
    others: tuple[Service, ...],
) -> None:
    matcher = Matcher((*others, DIVING))

    found = matcher.search("水库闸门漏水，想用水下机器人看一看")
    assert (found.decision, found.services[0].code) == ("match", DIVING.code)
    assert matcher.search("今天好热").decision == "none"


@pytest.mark.parametrize(
    ("name", "alias", "said"),
    [
        ("商标注册代理", "厂牌上个户口", "给厂牌上个户口"),
        ("软件与信息系统定制开发", "抢购秒杀", "搞抢购秒杀"),
    ],
)
def test_a_new_alias_counts_though_its_words_were_those_of_talk(
    name: str, alias: str, said: str
) -> None:
    taught = tuple(
        replace(s, aliases=(*s.aliases, alias)) if s.name == name else s for s in SHIPPED
    )
    assert Matcher(SHIPPED).search(said).decision == "none"

    found = Matcher(taught).search(said)
    assert (found.decision, found.services[0].name) == ("match", name)
