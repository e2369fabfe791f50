"""Checks of an installation: each looks at one thing and says how to mend it."""

import asyncio
import socket
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.util import find_spec
from urllib.parse import urlsplit

import aiohttp
import chinese_calendar
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from bot import schema
from bot.channels.errors import ChannelError
from bot.channels.wechat.account import Mode, WeChatAccount
from bot.channels.wechat.tokens import StableTokens
from bot.channels.wechat.transport import Transport
from bot.clock import SystemClock
from bot.findings import Finding, Verdict
from bot.gateways.checks import ask_merchant, check_merchant
from bot.opinions.account import ModelAccount
from bot.opinions.endpoint import Endpoint, EndpointError, SdkMissing
from bot.settings import Settings, is_loopback
from market.errors import NotFound
from market.fees import Rule
from market.policy import Policy
from market.splits import SplitRule
from storage.engine import open_engine
from storage.unit_of_work import UnitOfWork

# Signatures of the platforms are refused outside five minutes; half of it is ours to lose.
MAX_SKEW = timedelta(seconds=120)
# This program did not exist earlier: a clock that says so has lost its battery.
BUILT = datetime(2026, 11, 1, tzinfo=UTC)


INSTALL_SDK = "run: make llm, or pip install -r requirements-llm.lock"


def examine(settings: Settings, *, online: bool) -> Iterator[Finding]:
    """All findings, as they are found; `online` asks the platforms as well."""
    yield from _configuration(settings)
    yield _port(settings)
    yield from _database(settings)
    yield from _calendar()
    if online:
        yield from asyncio.run(ask_platforms(settings))


def _configuration(settings: Settings) -> Iterator[Finding]:
    name = "configuration"
    yield Finding(name, Verdict.FINE, "read, every key is known")
    if settings.wechat is None and settings.onebot is None:
        yield Finding(
            name, Verdict.WRONG, "no channel is on", "fill in the section [wechat] or [onebot]"
        )
    for section in settings.unavailable:
        message = f"[{section}] is not available in this version"
        yield Finding(name, Verdict.WRONG, message, f"take the section [{section}] out")
    if settings.pay.wechat is not None:
        yield from check_merchant(settings)
    for key in settings.literal_secrets:
        message = f"{key} stands in the file itself"
        yield Finding(
            name, Verdict.HINT, message, 'write "${NAME}" and set NAME in the environment'
        )
    if settings.wechat is not None:
        yield from _wechat(settings, settings.wechat)
    if settings.llm is not None:
        yield from _model(settings.llm)
    if settings.onebot is not None and not settings.onebot.access_token:
        message = "[onebot] access_token is empty, so nobody may connect"
        yield Finding(name, Verdict.WRONG, message, "set one here and in the QQ implementation")


def _wechat(settings: Settings, account: WeChatAccount) -> Iterator[Finding]:
    name = "configuration"
    if account.mode is not Mode.SAFE:
        message = (
            f'[wechat] mode is "{account.mode}": the platform signs less than the whole message'
        )
        yield Finding(name, Verdict.HINT, message, 'set "safe" here and in the console')
    if not settings.server.public_url:
        message = "[server] public_url is empty: WeChat must reach us from outside"
        yield Finding(name, Verdict.HINT, message, "set it, and enter it in the console + /wechat")
    for key, url in (
        ("[server] public_url", settings.server.public_url),
        ("[wechat] api_base_url", account.api_base_url),
    ):
        parts = urlsplit(url)
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            message = f"{key} is not encrypted: secrets would be readable on the way"
            yield Finding(name, Verdict.HINT, message, "use https://")


def _model(account: ModelAccount) -> Iterator[Finding]:
    if find_spec("openai") is None:
        message = "[llm] has no effect: the package openai is not installed"
        yield Finding("llm", Verdict.WRONG, message, INSTALL_SDK)
    parts = urlsplit(account.base_url)
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        message = "[llm] base_url is not encrypted: what people say would be readable on the way"
        yield Finding("configuration", Verdict.HINT, message, "use https://")


def _port(settings: Settings) -> Finding:
    host, port = settings.server.host, settings.server.port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        message = f"{host}:{port} cannot be used: {error.strerror}"
        return Finding("port", Verdict.HINT, message, "stop what holds it, unless it is kebao")
    return Finding("port", Verdict.FINE, f"{host}:{port} is free")


def _database(settings: Settings) -> Iterator[Finding]:
    path = settings.database.embedded_path
    if path is not None and not path.is_file():
        message = f"{path} does not exist"
        yield Finding("database", Verdict.WRONG, message, "run: kebao db upgrade")
        yield _system_clock(SystemClock().now())
        return
    engine = open_engine(settings.database.url)
    try:
        yield from _open_database(engine, settings.market)
    except SQLAlchemyError as error:
        reason = getattr(error, "orig", None) or type(error).__name__
        mend = "see [database] url, and whether the server runs"
        yield Finding("database", Verdict.WRONG, f"does not answer: {reason}", mend)
    finally:
        engine.dispose()


def _open_database(engine: Engine, policy: Policy) -> Iterator[Finding]:
    with engine.connect() as conn:
        told = conn.scalar(select(func.now()))
    yield Finding("database", Verdict.FINE, "answers")
    current, state = schema.current(engine), schema.state(engine)
    if state == "current":
        yield Finding("migrations", Verdict.FINE, f"at {current}")
        yield from _fees(engine, policy.fee_rules)
        yield from _splits(engine, policy.split_rules)
    elif state == "ahead":
        message = f"at {current}, made by a newer kebao"
        yield Finding("migrations", Verdict.WRONG, message, "install that version")
    else:
        message = f"at {current or 'nothing'}, {schema.newest()} is needed"
        yield Finding("migrations", Verdict.WRONG, message, "run: kebao db upgrade")
    here = SystemClock().now()
    yield _system_clock(here)
    if engine.dialect.name != "sqlite" and isinstance(told, datetime):
        yield _skew("the database", told, here)


def _splits(engine: Engine, rules: Sequence[SplitRule]) -> Iterator[Finding]:
    """Whoever has a part of the commission must be among the providers."""
    with engine.connect() as conn:
        known = UnitOfWork(conn).providers
        for rule in rules:
            try:
                known.find(rule.provider)
            except NotFound:
                message = f'[market.splits] "{rule.name}": no provider is called {rule.provider}'
                yield Finding("splits", Verdict.WRONG, message, "see: kebao providers export FILE")


def _fees(engine: Engine, rules: Sequence[Rule]) -> Iterator[Finding]:
    """A rule for what the catalogue does not have takes nothing and looks as if it did."""
    with engine.connect() as conn:
        services = UnitOfWork(conn).services.all()
    if not services:
        return  # it comes with the first start
    classes = {service.class1 for service in services}
    codes = {service.code for service in services}
    for rule in rules:
        wrong = [
            f'{key} "{value}"'
            for key, value, known in (
                ("class", rule.service_class, classes),
                ("service", rule.service_code, codes),
            )
            if value and value not in known
        ]
        if wrong:
            message = f'[market.fees] "{rule.name}" names {wrong[0]}, which is not in the catalogue'
            yield Finding("fees", Verdict.WRONG, message, "see: kebao catalog export FILE")


def _system_clock(now: datetime) -> Finding:
    if now < BUILT:
        return Finding("clock", Verdict.WRONG, f"says {now:%Y-%m-%d}", "set the machine's clock")
    return Finding("clock", Verdict.FINE, f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _skew(whose: str, theirs: datetime, ours: datetime) -> Finding:
    skew = abs(theirs - ours)
    message = f"{skew.total_seconds():.0f} s from that of {whose}"
    if skew > MAX_SKEW:
        return Finding("clock", Verdict.WRONG, message, "let both follow a time server (NTP)")
    return Finding("clock", Verdict.FINE, message)


def _calendar() -> Iterator[Finding]:
    """The holidays of a year are announced each November; the package follows."""
    year = SystemClock().now().year
    for day in (date(year, 1, 1), date(year + 1, 1, 1)):
        try:
            chinese_calendar.is_workday(day)
        except NotImplementedError:
            message = f"the holidays of {day.year} are not known; plain weekdays are counted"
            yield Finding("calendar", Verdict.HINT, message, "upgrade the package chinesecalendar")


async def ask_platforms(settings: Settings) -> list[Finding]:
    """Whether the platforms know us, and agree with us on the time."""
    found = []
    if settings.onebot is not None:
        message = "cannot be asked: its implementation dials us once the service runs"
        found.append(Finding("onebot", Verdict.FINE, message))
    if settings.wechat is not None:
        async with aiohttp.ClientSession() as http:
            found.append(await _credentials(http, settings.wechat))
            found += await _platform_clock(http, settings.wechat.api_base_url)
    if settings.llm is not None:
        found += await _ask_model(settings.llm)
    if settings.pay.wechat is not None:
        found += await ask_merchant(settings.pay.wechat)
    return found


async def _ask_model(account: ModelAccount) -> list[Finding]:
    """Whether the model answers, in time, in the agreed form, and because it was made to."""
    from bot.opinions.probe import probe

    endpoint = Endpoint(account)
    try:
        seen = await probe(account, endpoint)
    except SdkMissing:
        return []  # the configuration's finding has said so
    except EndpointError as error:
        hint = "see base_url, api_key, model, response_format and thinking in [llm]"
        return [Finding("llm", Verdict.WRONG, error.detail, hint)]
    finally:
        await endpoint.close()
    found = []
    if seen.usable:
        message = f"{account.model} gives answers that cannot be used ({seen.usable})"
        mend = "try another response_format, or another model"
        found.append(Finding("llm", Verdict.WRONG, message, mend))
    elif not seen.right:
        message = f"{account.model} answers in the right form, and wrongly"
        found.append(Finding("llm", Verdict.HINT, message, "a larger model may be needed"))
    else:
        found.append(Finding("llm", Verdict.FINE, f"{account.model} answers as it should"))
    if account.response_format == "json_schema" and not seen.enforced:
        message = "the endpoint takes the schema and does not enforce it: answers may be refused"
        mend = 'nothing breaks, every answer is checked here; "json_object" may do as well'
        found.append(Finding("llm", Verdict.HINT, message, mend))
    elif account.response_format == "json_schema":
        found.append(Finding("llm", Verdict.FINE, "the endpoint enforces the schema"))
    if seen.seconds > account.timeout_s:
        message = f"an answer took {seen.seconds:.1f} s, and timeout_s is {account.timeout_s:g}"
        found.append(Finding("llm", Verdict.HINT, message, "use a faster model or machine"))
    return found


async def _credentials(http: aiohttp.ClientSession, account: WeChatAccount) -> Finding:
    tokens = StableTokens(Transport(http, account.api_base_url), account, SystemClock().now)
    try:
        await tokens.current()
    except ChannelError as error:
        hint = "see app_id and app_secret, and whether this machine's address is on the allow list"
        return Finding("wechat", Verdict.WRONG, f"refuses us: {error.reason}", hint)
    return Finding("wechat", Verdict.FINE, "accepts app_id and app_secret")


async def _platform_clock(http: aiohttp.ClientSession, url: str) -> list[Finding]:
    try:
        timeout = aiohttp.ClientTimeout(total=5)
        async with http.head(url, timeout=timeout, allow_redirects=False) as response:
            told = response.headers.get("Date", "")
    except (aiohttp.ClientError, TimeoutError):
        return []  # the credentials have said that it is out of reach
    try:
        theirs = parsedate_to_datetime(told)
    except ValueError:
        return []
    return [_skew("WeChat", theirs.astimezone(UTC), SystemClock().now())]
