"""What `kebao check` finds out about an installation."""

import socket
import sys
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest
from aiohttp import web

from bot import schema
from bot.app import DATA
from bot.channels.onebot import OneBotAccount
from bot.channels.wechat.account import Mode
from bot.checks import ask_platforms, examine
from bot.extras import PAY_PACKAGES
from bot.files import read_catalog
from bot.findings import Finding, Verdict
from bot.gateways.account import API_BASE_URL
from bot.opinions.account import ModelAccount
from bot.secrets import Secret
from bot.settings import Database, Pay, Server, Settings
from market.fees import Fee, Rule
from storage.engine import open_engine
from storage.unit_of_work import UnitOfWork
from tests.support.wechat import PLAIN, SAFE, fake_api, pointed_at
from tests.support.wechat_pay import account_at, fake_wechat_pay

ONEBOT = OneBotAccount(Secret("a-long-token"), provider_groups=("1",))


@pytest.fixture
def sound(tmp_path: Path) -> Settings:
    """An installation with nothing wrong."""
    url = f"sqlite:///{tmp_path / 'kebao.db'}"
    engine = open_engine(url)
    schema.upgrade(engine)
    engine.dispose()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return Settings(server=Server(port=port), database=Database(url), onebot=ONEBOT)


def complaints(settings: Settings) -> list[str]:
    """Everything that is not fine, calendars aside: they depend on the year of the test."""
    return [
        f"{one.verdict} {one.check}: {one.message}"
        for one in examine(settings, online=False)
        if one.verdict is not Verdict.FINE and one.check != "calendar"
    ]


def test_a_sound_installation_has_no_complaints(sound: Settings) -> None:
    assert complaints(sound) == []


def test_every_complaint_says_how_to_mend_it(sound: Settings) -> None:
    broken = Settings(
        server=Server(port=sound.server.port),
        database=Database("sqlite:////nowhere/kebao.db"),
        unavailable=("qq", "wecom"),
        pay=Pay("sandbox", account_at("http://pay.example")),
        literal_secrets=("[wechat] token",),
    )

    found = [one for one in examine(broken, online=False) if one.verdict is not Verdict.FINE]

    wrong = [one for one in found if one.verdict is Verdict.WRONG]
    assert len([one for one in wrong if one.check != "pay"]) == 5  # as the extra may be absent
    assert [one for one in found if not one.mend] == []


def test_a_database_that_was_never_upgraded_is_wrong(sound: Settings, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()

    (complaint,) = complaints(
        replace(sound, database=Database(f"sqlite:///{tmp_path / 'empty.db'}"))
    )

    assert complaint.startswith("wrong migrations: at nothing, ")


def test_a_server_that_does_not_answer_is_wrong(sound: Settings) -> None:
    url = "postgresql+psycopg://kebao:hunter2@127.0.0.1:1/kebao"

    (complaint,) = complaints(replace(sound, database=Database(url)))

    assert complaint.startswith("wrong database: does not answer: ")
    assert "hunter2" not in complaint


def test_a_port_in_use_is_pointed_out(sound: Settings) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", sound.server.port))
        holder.listen()

        (complaint,) = complaints(sound)

    assert "cannot be used: Address already in use" in complaint


def test_a_onebot_without_a_token_is_wrong(sound: Settings) -> None:
    (complaint,) = complaints(replace(sound, onebot=OneBotAccount(Secret(""))))

    assert complaint == "wrong configuration: [onebot] access_token is empty, so nobody may connect"


def test_weak_settings_of_wechat_are_pointed_out(sound: Settings) -> None:
    account = replace(PLAIN, api_base_url="http://api.example.org")

    found = complaints(replace(sound, wechat=account))

    assert account.mode is Mode.PLAIN
    assert [line.split(": ", 1)[1].split(":")[0] for line in found] == [
        '[wechat] mode is "plain"',
        "[server] public_url is empty",
        "[wechat] api_base_url is not encrypted",
    ]


async def online(settings: Settings) -> dict[str, Finding]:
    return {one.check: one for one in await ask_platforms(settings)}


async def test_good_credentials_are_accepted() -> None:
    async with fake_api() as api:
        found = await online(Settings(wechat=pointed_at(SAFE, api.url), onebot=ONEBOT))

    assert {one.verdict for one in found.values()} == {Verdict.FINE}
    assert set(found) == {"wechat", "clock", "onebot"}


async def test_a_wrong_secret_is_found_out() -> None:
    async with fake_api() as api:
        wrong = replace(SAFE, app_secret=Secret("s3cret-but-wrong"))
        found = await online(Settings(wechat=pointed_at(wrong, api.url)))

    assert found["wechat"].verdict is Verdict.WRONG
    assert "40125" in found["wechat"].message
    assert "s3cret" not in f"{found}"


async def test_a_platform_out_of_reach_is_said_once() -> None:
    found = await ask_platforms(Settings(wechat=pointed_at(SAFE, "http://127.0.0.1:1")))

    assert [(one.check, one.verdict) for one in found] == [("wechat", Verdict.WRONG)]


async def test_a_clock_that_is_off_is_found_out() -> None:
    async def answer(_request: web.Request) -> web.Response:
        wrong = datetime(2020, 1, 1, tzinfo=UTC)
        return web.Response(headers={"Date": format_datetime(wrong, usegmt=True)})

    async with fake_api() as api:
        api.always = answer
        found = await online(Settings(wechat=pointed_at(SAFE, api.url)))

    assert found["clock"].verdict is Verdict.WRONG
    assert found["clock"].mend == "let both follow a time server (NTP)"


def test_a_model_without_its_sdk_or_without_encryption_is_pointed_out(
    sound: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    account = ModelAccount(base_url="http://llm.example.org/v1", model="m")

    found = complaints(replace(sound, llm=account))

    assert [line.split(":")[0] for line in found] == ["wrong llm", "hint configuration"]


def merchant(sound: Settings, url: str) -> Settings:
    server = replace(sound.server, public_url="https://kebao.example")
    return replace(sound, server=server, pay=Pay("wechat", account_at(url)))


@pytest.mark.pay
def test_a_merchant_at_the_real_address_has_no_complaints(sound: Settings) -> None:
    assert complaints(merchant(sound, API_BASE_URL)) == []


def test_a_merchant_without_the_packages_hears_what_to_run(
    sound: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in PAY_PACKAGES:
        monkeypatch.setitem(sys.modules, name, None)

    every = examine(merchant(sound, API_BASE_URL), online=False)
    (found,) = [one for one in every if one.check == "pay"]

    assert found.verdict is Verdict.WRONG
    assert "make pay" in found.mend


@pytest.mark.pay
def test_a_platform_without_encryption_is_wrong(sound: Settings) -> None:
    plain = replace(
        merchant(sound, "http://pay.example"), server=Server(public_url="http://kebao.example")
    )

    found = [one.message for one in examine(plain, online=False) if one.verdict is Verdict.WRONG]

    assert [one.partition(" is not encrypted")[0] for one in found] == [
        "[server] public_url",
        "[pay.wechat] api_base_url",
    ]


def test_a_merchant_beside_another_gateway_takes_no_payments(sound: Settings) -> None:
    idle = replace(sound, pay=Pay("offline", account_at(API_BASE_URL)))

    messages = [one.message for one in examine(idle, online=False)]

    assert '[pay.wechat] takes no payments while [pay] gateway is "offline"' in messages


@pytest.mark.pay
@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        (None, "fine: WeChat Pay accepts the merchant's key"),
        ((401, "SIGN_ERROR"), "wrong: WeChat Pay refuses us: SIGN_ERROR"),
        ((500, "SYSTEM_ERROR"), "wrong: WeChat Pay: HTTP 500 SYSTEM_ERROR"),
    ],
)
async def test_the_platform_is_asked_whether_it_knows_the_merchant(
    sound: Settings, trouble: tuple[int, str] | None, expected: str
) -> None:
    async with fake_wechat_pay(lambda: datetime.now(UTC)) as platform:
        platform.trouble = trouble
        found = await ask_platforms(replace(merchant(sound, platform.url), onebot=None))

    assert f"{found[0].verdict}: {found[0].message}".startswith(expected)
    assert len(found) == 1
    assert platform.unsigned == 0


def test_a_fee_for_what_the_catalogue_does_not_have_is_told(sound: Settings) -> None:
    engine = open_engine(sound.database.url)
    with engine.begin() as conn:
        UnitOfWork(conn).services.add_missing(read_catalog(DATA / "catalog.tsv"))
    engine.dispose()
    rules = (
        Rule(Fee(1, name="a"), service_class="知识产权服务"),
        Rule(Fee(2, name="b"), service_class="知识产权"),
        Rule(Fee(3, name="c"), service_code="99.01.01"),
    )
    settings = replace(sound, market=replace(sound.market, fee_rules=rules))

    assert complaints(settings) == [
        'wrong fees: [market.fees] "b" names class "知识产权", which is not in the catalogue',
        'wrong fees: [market.fees] "c" names service "99.01.01", which is not in the catalogue',
    ]
