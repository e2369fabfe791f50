"""Asking a model: what comes of good, bad, late and no answers, and who is kept from asking."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web

from bot.app import open_service
from bot.checks import ask_platforms
from bot.clock import SystemClock
from bot.findings import Finding, Verdict
from bot.opinions.account import ModelAccount
from bot.opinions.endpoint import Endpoint, EndpointError
from bot.opinions.guards import Allowance, Breaker
from bot.opinions.second import SecondOpinions
from bot.settings import Database, Settings
from bot.web.health import Metrics
from handlers.message import Inbound, Kind
from matching import Doubt, Matcher, Reading, service_doubt
from tests.support.catalogue import SERVICES
from tests.support.models import FakeModel, completion, data, enforced, fake_model

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
MATCHER = Matcher(SERVICES)
READING = MATCHER.read("查新和年费都要，找王总，13812345678", NOW)


class Watch:
    """A clock for people and breakers."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def model() -> AsyncIterator[FakeModel]:
    async with fake_model() as model:
        yield model


def doubt() -> Doubt:
    found = service_doubt(READING)
    assert found is not None
    return found


def right(request: dict[str, Any]) -> object:
    return {"service": doubt().rules}


@asynccontextmanager
async def asking(
    account: ModelAccount, watch: Watch, metrics: Metrics | None = None
) -> AsyncIterator[SecondOpinions]:
    endpoint = Endpoint(account)
    await endpoint.open()  # as the service does: the import is not part of the first question
    opinions = SecondOpinions(account, endpoint, metrics or Metrics(), monotonic=watch)
    try:
        yield opinions
    finally:
        await opinions.close()
        await endpoint.close()


async def reconsidered(
    opinions: SecondOpinions, *, person: str = "wechat:a", reading: Reading = READING, **more: Any
) -> Reading:
    asked = service_doubt(reading)
    assert asked is not None
    return await opinions.reconsider(reading, asked, person=person, spent_s=more.get("spent_s", 0))


def outcomes(metrics: Metrics) -> dict[tuple[str, str], int]:
    return {
        (sample.labels["outcome"], sample.labels["reason"]): int(sample.value)
        for family in metrics.opinions.collect()
        for sample in family.samples
        if sample.name == "kebao_opinions_total"
    }


# --- guards --------------------------------------------------------------------------------


def test_five_failures_in_a_row_are_followed_by_a_minute_of_rest(watch: Watch) -> None:
    breaker = Breaker(watch)
    for _ in range(4):
        breaker.failed()
    breaker.succeeded()
    for _ in range(4):
        breaker.failed()
    assert breaker.allows()

    breaker.failed()

    assert not breaker.allows()
    watch.now += 59
    assert not breaker.allows()
    watch.now += 1
    assert breaker.allows()  # the trial
    assert not breaker.allows()  # nobody else meanwhile
    breaker.failed()
    watch.now += 59
    assert not breaker.allows()
    watch.now += 1
    assert breaker.allows()
    breaker.succeeded()
    assert breaker.allows()
    assert breaker.allows()


def test_each_person_may_cause_so_many_questions_a_minute(watch: Watch) -> None:
    allowance = Allowance(2, watch)

    assert [allowance.take("a") for _ in range(3)] == [True, True, False]
    assert allowance.take("b")
    watch.now += 59
    assert not allowance.take("a")
    watch.now += 1
    assert allowance.take("a")


# --- answers -------------------------------------------------------------------------------


@pytest.mark.llm
@pytest.mark.parametrize("mode", ["json_schema", "json_object", "prompt"])
async def test_a_good_answer_is_an_opinion(mode: str, model: FakeModel, watch: Watch) -> None:
    model.says = right
    async with asking(model.account(response_format=mode), watch) as opinions:
        reading = await reconsidered(opinions)

    assert reading.search.decision == "match"
    (request,) = model.asked
    assert request["model"] == "fake-1"
    assert request["temperature"] == 0
    assert request.get("response_format", {}).get("type") == (mode if mode != "prompt" else None)
    assert "enable_thinking" not in request
    assert data(request) == "查新和年费都要,找▇▇▇总,▇▇▇"


@pytest.mark.llm
async def test_thinking_is_switched_off_where_the_operator_says_so(
    model: FakeModel, watch: Watch
) -> None:
    model.says = right
    async with asking(model.account(thinking="off"), watch) as opinions:
        await reconsidered(opinions)

    assert model.asked[0]["enable_thinking"] is False


BAD = {
    "bad JSON": ('{"service": ', "json"),
    "prose": ("我认为是管理体系认证", "json"),
    "empty": ("", "empty"),
    "blank": (" \n ", "empty"),
    "nothing": (lambda _: completion(None), "empty"),
    "refused": (lambda _: completion("", refusal="I cannot"), "empty"),
    "another enum": ({"service": "99.99.99"}, "schema"),
    "more than asked": ({"service": "none", "price_fen": 1}, "schema"),
    "another schema": ({"answer": {"service": "none"}}, "schema"),
    "no choices": (lambda _: web.json_response({"id": "x", "choices": []}), "protocol"),
    "no completion": (lambda _: web.json_response({"ok": True}), "protocol"),
    "a page": (lambda _: web.Response(text="<html>hello</html>", content_type="text/html"),
               "protocol"),
    "HTTP 500": (lambda _: web.Response(status=500), "status"),
    "HTTP 401": (lambda _: web.json_response({"error": {"message": "no"}}, status=401), "status"),
    "HTTP 429": (lambda _: web.Response(status=429, headers={"Retry-After": "1"}), "throttled"),
}  # fmt: skip


@pytest.mark.llm
@pytest.mark.parametrize("how", BAD)
async def test_after_a_bad_answer_the_rules_reading_stands(
    how: str, model: FakeModel, watch: Watch
) -> None:
    said, reason = BAD[how]
    model.says = said if callable(said) else lambda _: said
    metrics = Metrics()
    async with asking(model.account(), watch, metrics) as opinions:
        reading = await reconsidered(opinions)

    assert reading is READING
    assert len(model.asked) == 1  # nothing is tried twice
    assert outcomes(metrics) == {("asked", ""): 1, ("failed", reason): 1}


@pytest.mark.llm
@pytest.mark.parametrize("how", ["keeps", "trickles"])
async def test_nobody_waits_longer_than_the_time_limit(
    how: str, model: FakeModel, watch: Watch
) -> None:
    setattr(model, how, True)
    metrics = Metrics()
    async with asking(model.account(timeout_s=0.8), watch, metrics) as opinions:
        begun = asyncio.get_running_loop().time()
        reading = await reconsidered(opinions)
        spent_s = asyncio.get_running_loop().time() - begun

    assert reading is READING
    assert 0.7 < spent_s < 5
    assert len(model.asked) == 1


@pytest.mark.llm
async def test_a_passive_reply_is_not_kept_beyond_its_window(
    model: FakeModel, watch: Watch
) -> None:
    model.says = right
    async with asking(model.account(), watch) as opinions:
        late = await reconsidered(opinions, spent_s=2.9)

    assert late is READING
    assert model.asked == []


@pytest.mark.llm
async def test_an_endpoint_that_is_not_there_is_no_reason_to_fail(watch: Watch) -> None:
    account = ModelAccount(base_url="http://127.0.0.1:1/v1", model="m")
    metrics = Metrics()
    async with asking(account, watch, metrics) as opinions:
        reading = await reconsidered(opinions)

    assert reading is READING
    assert outcomes(metrics) == {("asked", ""): 1, ("failed", "unreachable"): 1}


@pytest.mark.llm
async def test_a_failing_endpoint_is_left_alone_for_a_minute(
    model: FakeModel, watch: Watch
) -> None:
    model.says, metrics = lambda _: web.Response(status=500), Metrics()
    async with asking(model.account(), watch, metrics) as opinions:
        for number in range(7):
            await reconsidered(opinions, person=f"wechat:{number}")
        assert len(model.asked) == 5
        assert outcomes(metrics)["skipped", "breaker"] == 2

        model.says = right
        watch.now += 60
        assert (await reconsidered(opinions)).search.decision == "match"


@pytest.mark.llm
async def test_a_talkative_person_is_answered_by_the_rules(model: FakeModel, watch: Watch) -> None:
    model.says, metrics = right, Metrics()
    async with asking(model.account(per_person_per_minute=1), watch, metrics) as opinions:
        other = MATCHER.read("查新和年费都要，急", NOW)
        await reconsidered(opinions)

        assert await reconsidered(opinions, reading=other) is other
        assert (await reconsidered(opinions)).opinion is not None  # what is known costs nothing
        assert (await reconsidered(opinions, reading=other, person="wechat:b")).opinion is not None

    counted = outcomes(metrics)
    assert (counted["asked", ""], counted["cached", ""]) == (2, 1)
    assert counted["skipped", "allowance"] == 1


@pytest.mark.llm
async def test_twins_share_one_question(model: FakeModel, watch: Watch) -> None:
    model.says, model.keeps = right, True
    async with asking(model.account(), watch) as opinions:
        both = asyncio.gather(
            reconsidered(opinions, person="wechat:a"), reconsidered(opinions, person="wechat:b")
        )
        await asyncio.wait_for(model.waiting.wait(), 5)
        model.released.set()
        readings = await both

    assert [reading.search.decision for reading in readings] == ["match", "match"]
    assert len(model.asked) == 1


async def test_without_the_sdk_the_endpoint_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    endpoint = Endpoint(ModelAccount(base_url="http://127.0.0.1:1/v1", model="m"))

    with pytest.raises(EndpointError, match="sdk"):
        await endpoint.open()


@pytest.mark.llm
async def test_a_configured_model_looks_on_in_the_running_service(
    model: FakeModel, tmp_path: Path
) -> None:
    model.says = lambda request: {"service": "none"}
    database = Database(f"sqlite:///{tmp_path / 'kebao.db'}")
    settings = Settings(database=database, llm=model.account())

    async with open_service(settings, SystemClock(), data=tmp_path) as service:
        said = Inbound("wechat", "m1", "openid-1", Kind.TEXT, NOW, "想做个评估报告")
        reply = await service.ingest.take_turn(replace(said, passive=True))

    assert reply.message is not None
    assert len(model.asked) == 1


def test_the_sdk_is_not_loaded_before_it_is_asked_for() -> None:
    code = "import sys, bot.app, bot.checks; sys.exit('openai' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- kebao check --online ------------------------------------------------------------------


async def findings(account: ModelAccount) -> list[Finding]:
    return await ask_platforms(Settings(llm=account))


def _sensible(request: dict[str, Any]) -> object:
    """A model that keeps to no schema, and answers well what it was told in words."""
    if "质量管理体系" not in data(request):
        return {"greeting": "hello"}
    line = next(x for x in request["messages"][0]["content"].splitlines() if "管理体系认证" in x)
    return {"service": line.removeprefix("- ").split("：")[0]}


def _forced(request: dict[str, Any]) -> object:
    return _sensible(request) if "质量管理体系" in data(request) else enforced(request)


@pytest.mark.llm
@pytest.mark.parametrize(
    ("says", "verdicts", "words"),
    [
        (_forced, ["fine", "fine"], "enforces the schema"),
        (_sensible, ["fine", "hint"], "does not enforce it"),
        (lambda _: "hello", ["wrong", "hint"], "cannot be used (json)"),
        (lambda _: web.Response(status=401), ["wrong"], "answers with HTTP 401"),
    ],
    ids=["enforced", "ignored", "useless", "refused"],
)
async def test_check_says_whether_a_schema_is_enforced(
    says: Any, verdicts: list[str], words: str, model: FakeModel
) -> None:
    model.says = says

    found = await findings(model.account())

    assert [one.verdict for one in found] == verdicts
    assert words in " ".join(one.message for one in found)
    assert [one for one in found if one.verdict is not Verdict.FINE and not one.mend] == []
