"""From an utterance to the service meant, and to the providers who can do it."""

from datetime import datetime

import pytest

from matching import Matcher
from tests.support.catalogue import PROVIDERS, SERVICES


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("我们想申请发明专利", "05.01.03"),
        ("專利申請找誰", "05.01.03"),
        ("高薪企业怎么报", "06.04.02"),
        ("搞新认证", "06.04.02"),
        ("帮我注册个商标", "05.05.01"),
        ("做个企业官网，预算5万左右，月底前上线", "01.04.01"),
        ("三体系一起办", "03.04.01"),
        ("排污口的水质要检测", "03.02.01"),
        ("课题立项要查新报告", "08.01.01"),
    ],
)
def test_the_service_meant_comes_first(said: str, code: str, matcher: Matcher) -> None:
    found = matcher.search(said)

    assert found.services[0].code == code
    assert found.decision != "none"


@pytest.mark.parametrize(
    "said", ["早上好", "帮我订酒店", "信用卡还款", "今天天气真热", "1", "", "😀"]
)
def test_talk_names_no_service(said: str, matcher: Matcher) -> None:
    found = matcher.search(said, k=3)

    assert found.decision == "none"
    assert len(found.services) == 3


def test_two_services_in_one_sentence_are_asked_about(matcher: Matcher) -> None:
    found = matcher.search("查新和年费都要")

    assert found.decision == "choose"
    assert {c.code for c in found.services[:2]} == {"08.01.01", "05.04.01"}


def test_a_reading_holds_everything_a_message_says(matcher: Matcher, now: datetime) -> None:
    reading = matcher.read("高企认定，柳州，预算三万左右，12月15日前", now)

    assert reading.search.services[0].code == "06.04.02"
    assert reading.slots.budget_max_fen == 3_000_000
    assert reading.slots.region == "广西壮族自治区|柳州市|"
    assert reading.slots.to_json()["deadline"] == "2026-12-15"


def test_the_version_follows_the_catalogue() -> None:
    whole, part = Matcher(SERVICES, PROVIDERS), Matcher(SERVICES[:-1], PROVIDERS)

    assert whole.version == Matcher(SERVICES[::-1], PROVIDERS).version
    assert whole.version != part.version


def test_an_empty_catalogue_finds_nothing(now: datetime) -> None:
    assert Matcher(()).read("申请专利", now).search.decision == "none"


def test_the_provider_nearby_with_cases_comes_first(matcher: Matcher) -> None:
    ranked = matcher.rank_providers(service_code="05.01.03", region="柳州")

    assert ranked[0].name == "柳州桂知知识产权代理有限公司"
    assert "同在柳州" in ranked[0].why
    assert "3 个案例" in ranked[0].why


def test_what_was_asked_outweighs_the_place(matcher: Matcher) -> None:
    ranked = matcher.rank_providers(service_code="05.01.03", region="柳州", text="桥梁施工")

    assert {c.credit_code for c in ranked} == {"91450200A", "91450100B", "91440300C"}
    assert ranked[0].credit_code == "91450100B"


def test_a_provider_is_found_by_a_misspelt_name(matcher: Matcher) -> None:
    ranked = matcher.rank_providers(service_code="", text="南宁惠泉专利事务所", k=1)

    assert ranked[0].credit_code == "91450100B"


def test_a_service_nobody_offers_has_no_providers(matcher: Matcher) -> None:
    assert matcher.rank_providers(service_code="07.01.01") == ()
