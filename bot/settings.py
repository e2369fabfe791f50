"""Settings: the operator's configuration file, read once, checked whole, frozen."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import time
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.channels.wechat.account import API_BASE_URL, AccountType, Mode, WeChatAccount
from bot.extras import INSTALL_SEMANTIC, Matching, has_semantic
from bot.gateways.account import WeChatPayAccount, read_merchant, require_merchant
from bot.opinions.account import ModelAccount, read_account
from bot.secrets import Secret
from bot.sections import Section, nearest, shown
from bot.terms import TERMS, read_terms
from market.policy import Policy

if TYPE_CHECKING:
    from bot.channels.onebot.accounts import OneBotAccount

DEFAULT_FILE = Path("config.toml")
MAX_FILE_BYTES = 1 << 20
GATEWAYS = ("sandbox", "offline", "wechat")


class SettingsError(Exception):
    """The configuration cannot be used; `problems` lists everything there is to mend."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Server:
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""  # how the world reaches us, without a slash at its end

    @property
    def is_local(self) -> bool:
        return is_loopback(self.host)


@dataclass(frozen=True, slots=True)
class Database:
    url: str = field(default="sqlite:///kebao.db", repr=False)  # may hold a password

    @property
    def embedded_path(self) -> Path | None:
        """The file of an embedded database; None where a server keeps it."""
        prefix = "sqlite:///"
        if not self.url.startswith(prefix):
            return None
        return Path(self.url.removeprefix(prefix).partition("?")[0])


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When staff are at their desks, in the operator's zone."""

    start: time = time(8, 30)
    end: time = time(18)

    def __str__(self) -> str:
        return f"{self.start.hour}:{self.start:%M}–{self.end.hour}:{self.end:%M}"


@dataclass(frozen=True, slots=True)
class Operator:
    name: str = "科宝"
    timezone: str = "Asia/Shanghai"
    working_hours: WorkingHours = WorkingHours()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


@dataclass(frozen=True, slots=True)
class Pay:
    gateway: str = "sandbox"
    wechat: WeChatPayAccount | None = None  # there whenever it is the gateway


@dataclass(frozen=True, slots=True)
class Logs:
    level: str = "info"
    format: str = "text"  # or "json": one object per line


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the operator decides. A channel that is None is switched off."""

    server: Server = Server()
    database: Database = Database()
    operator: Operator = Operator()
    wechat: WeChatAccount | None = None
    onebot: "OneBotAccount | None" = None
    pay: Pay = Pay()
    llm: ModelAccount | None = None
    market: Policy = field(default_factory=Policy)
    matching: Matching = field(default_factory=Matching)
    logs: Logs = Logs()
    unavailable: tuple[str, ...] = ()  # sections for what this version cannot do yet
    literal_secrets: tuple[str, ...] = ()  # keys whose secret stands in the file itself

    def secrets(self) -> tuple[Secret, ...]:
        """All of them, for the logs to mask."""
        found: list[Secret | None] = []
        if self.wechat is not None:
            found += [
                self.wechat.app_secret,
                self.wechat.token,
                self.wechat.encoding_aes_key,
                self.wechat.previous_aes_key,
            ]
        if self.onebot is not None:
            found.append(self.onebot.access_token)
        if self.llm is not None:
            found.append(self.llm.api_key)
        if self.pay.wechat is not None:
            found += [self.pay.wechat.api_v3_key, self.pay.wechat.private_key]
        return tuple(secret for secret in found if secret)


# Channels of later versions: their keys are known, so that one file serves both.
LATER: dict[str, tuple[str, ...]] = {
    "qq": ("app_id", "secret", "api_base_url", "auth_url"),
    "wecom": (
        "corp_id", "agent_id", "secret", "token", "encoding_aes_key",
        "bot_id", "bot_secret", "bot_token", "bot_encoding_aes_key", "webhook_key", "api_base_url",
    ),
}  # fmt: skip

SECTIONS = (
    "server", "database", "operator", "wechat", "onebot", "qq", "wecom", "pay", "llm", "market",
    "matching", "logs",
)  # fmt: skip


def load(path: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the file; secrets come from the environment.

    Raises:
        SettingsError: the file is absent, is not TOML, or says something wrong.
    """
    try:
        raw = path.read_bytes()[: MAX_FILE_BYTES + 1]
    except FileNotFoundError:
        hint = "kebao init" if path == DEFAULT_FILE else f"kebao init --config {path}"
        raise SettingsError((f'{path} does not exist; "{hint}" writes one',)) from None
    except OSError as error:
        raise SettingsError((f"{path} cannot be read: {error.strerror}",)) from None
    if len(raw) > MAX_FILE_BYTES:
        raise SettingsError((f"{path} is larger than 1 MiB",))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SettingsError((f"{path} is not UTF-8; save it as UTF-8",)) from None
    try:
        return parse(text, os.environ if environ is None else environ)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError((f"{path} is not TOML: {error}",)) from None


def parse(text: str, environ: Mapping[str, str]) -> Settings:
    """Read a configuration; raises SettingsError with all problems, or TOMLDecodeError."""
    return _Reading(tomllib.loads(text), environ).settings()


class _Reading:
    """One pass over the document, collecting problems on the way."""

    def __init__(self, document: dict[str, object], environ: Mapping[str, str]) -> None:
        self._document = document
        self._environ = environ
        self._problems: list[str] = []
        self._literal: list[str] = []

    def settings(self) -> Settings:
        self._know_sections()
        server = self._server()
        pay = self._pay(server)
        settings = Settings(
            server=server,
            database=self._database(),
            operator=self._operator(),
            wechat=self._wechat(pay),
            onebot=self._onebot(server),
            pay=pay,
            llm=self._llm(),
            market=self._market(),
            matching=self._matching(),
            logs=self._logs(),
            unavailable=self._later(),
            literal_secrets=tuple(self._literal),
        )
        if self._problems:
            raise SettingsError(tuple(self._problems))
        return settings

    def _know_sections(self) -> None:
        for name, value in self._document.items():
            if name in SECTIONS and not isinstance(value, dict):
                self._problems.append(f"[{name}] must be a section, not {shown(value)}")
            elif name not in SECTIONS and isinstance(value, dict):
                guess = nearest(name, SECTIONS)
                self._problems.append(f"[{name}] is not a known section; did you mean [{guess}]?")
            elif name not in SECTIONS:
                self._problems.append(f"{name} must stand in a section{_home_of(name)}")

    def _section(self, name: str) -> Section | None:
        """The section, or None if the document has none."""
        values: object = self._document
        for part in name.split("."):
            values = values.get(part) if isinstance(values, dict) else None
        if not isinstance(values, dict):
            return None
        return Section(name, values, environ=self._environ, problems=self._problems)

    def _section_or_empty(self, name: str) -> Section:
        return self._section(name) or Section(
            name, {}, environ=self._environ, problems=self._problems
        )

    def _server(self) -> Server:
        section = self._section_or_empty("server")
        server = Server(
            host=section.text("host", Server().host).strip() or Server().host,
            port=section.integer("port", Server().port, low=1, high=65_535),
            public_url=section.url("public_url", ""),
        )
        section.finish()
        return server

    def _database(self) -> Database:
        section = self._section_or_empty("database")
        url = section.text("url", Database().url)
        known = ("sqlite:///", "postgresql+psycopg://")
        if not url.startswith(known) or url in known or ":memory:" in url or ":///file:" in url:
            # The address may hold a password: it is not repeated here.
            section.problem(
                "url", "must be sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME"
            )
        section.finish()
        return Database(url)

    def _operator(self) -> Operator:
        section = self._section_or_empty("operator")
        name = section.text("name", Operator().name).strip() or Operator().name
        zone = section.text("timezone", Operator().timezone)
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            section.problem("timezone", f"must be a zone such as Asia/Shanghai, not {shown(zone)}")
            zone = Operator().timezone
        hours = section.text("working_hours", "08:30-18:00")
        working = _working_hours(hours)
        if working is None:
            section.problem("working_hours", f"must look like 09:00-18:00, not {shown(hours)}")
        section.finish()
        return Operator(name, zone, working or WorkingHours())

    def _wechat(self, pay: Pay) -> WeChatAccount | None:
        section = self._section("wechat")
        if section is None:
            return None
        before = len(self._problems)
        app_id = section.text("app_id")
        mode = section.text("mode", Mode.SAFE, choices=tuple(Mode))
        account_type = section.text("account_type", AccountType.SERVICE, choices=tuple(AccountType))
        app_secret = self._secret(section, "app_secret")
        token = self._secret(section, "token")
        aes_key = self._aes_key(section, "encoding_aes_key", required=mode != Mode.PLAIN)
        previous = self._aes_key(section, "previous_aes_key", required=False)
        base_url = section.url("api_base_url", API_BASE_URL)
        if mode != Mode.SAFE and pay.gateway != "sandbox":
            # Outside safe mode a signature does not cover the body: anybody who saw one
            # address could post "accept O2048" in the name of anybody.
            section.problem("mode", f'must be "safe" while [pay] gateway is "{pay.gateway}"')
        section.finish()
        if len(self._problems) > before or app_secret is None or token is None:
            return None
        return WeChatAccount(
            app_id=app_id,
            app_secret=app_secret,
            token=token,
            encoding_aes_key=aes_key,
            previous_aes_key=previous,
            mode=Mode(mode),
            account_type=AccountType(account_type),
            api_base_url=base_url,
        )

    def _onebot(self, server: Server) -> "OneBotAccount | None":
        section = self._section("onebot")
        if section is None:
            return None
        # Here and not above: the channel itself needs this module.
        from bot.channels.onebot.accounts import OneBotAccount

        before = len(self._problems)
        token = self._secret(section, "access_token", required=False) or Secret("")
        account = OneBotAccount(
            token,
            provider_groups=section.ids("provider_groups"),
            staff_groups=section.ids("staff_groups"),
            root_groups=section.ids("root_groups"),
        )
        unguarded = not token.reveal().strip() and len(self._problems) == before
        if unguarded and not server.is_local:
            section.problem(
                "access_token",
                f'is required while [server] host is "{server.host}": '
                "without it anybody who reaches the port could speak as any member",
            )
        for group in sorted(set(account.provider_groups) & set(account.staff_groups)):
            section.problem("staff_groups", f"shares group {group} with provider_groups")
        section.finish()
        return account

    def _pay(self, server: Server) -> Pay:
        section = self._section_or_empty("pay")
        gateway = section.text("gateway", Pay().gateway, choices=GATEWAYS)
        merchant = section.peek("wechat")
        if merchant is not None and not isinstance(merchant, dict):
            self._problems.append(f"[pay.wechat] must be a section, not {shown(merchant)}")
        if gateway == "wechat":
            require_merchant(section, merchant=merchant, public_url=server.public_url)
        section.finish()
        return Pay(gateway, self._merchant())

    def _merchant(self) -> WeChatPayAccount | None:
        section = self._section("pay.wechat")
        if section is None:
            return None
        return read_merchant(section, self._secret(section, "api_v3_key"))

    def _llm(self) -> ModelAccount | None:
        section = self._section("llm")
        if section is None:
            return None
        account = read_account(section, self._secret(section, "api_key", required=False))
        section.finish()
        return account

    def _market(self) -> Policy:
        section = self._section_or_empty("market")
        policy = read_terms(section)
        section.finish()
        return policy

    def _matching(self) -> Matching:
        section = self._section_or_empty("matching")
        choice = section.text("semantic", Matching().semantic, choices=("auto", "on", "off"))
        if choice == "on" and not has_semantic():
            section.problem("semantic", f'is "on" without its model; run: {INSTALL_SEMANTIC}')
        section.finish()
        return Matching(choice)

    def _logs(self) -> Logs:
        section = self._section_or_empty("logs")
        levels = ("debug", "info", "warning", "error")
        logs = Logs(
            level=section.text("level", Logs().level, choices=levels),
            format=section.text("format", Logs().format, choices=("text", "json")),
        )
        section.finish()
        return logs

    def _later(self) -> tuple[str, ...]:
        present = []
        for name, keys in LATER.items():
            section = self._section(name)
            if section is not None:
                section.accept(*keys)
                section.finish()
                present.append(name)
        return tuple(present)

    def _secret(self, section: Section, key: str, *, required: bool = True) -> Secret | None:
        if section.holds_literal(key):
            self._literal.append(f"[{section.name}] {key}")
        return section.secret(key, required=required)

    def _aes_key(self, section: Section, key: str, *, required: bool) -> Secret | None:
        found = self._secret(section, key, required=required)
        if not found:
            return None
        if len(found.reveal()) != 43 or not found.reveal().isalnum():
            section.problem(key, "must be the 43 letters and digits of WeChat's console")
        return found


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server bound to `host`."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _working_hours(text: str) -> WorkingHours | None:
    start, _, end = text.replace(" ", "").replace("：", ":").partition("-")
    try:
        hours = WorkingHours(time.fromisoformat(start), time.fromisoformat(end))
    except ValueError:
        return None
    return hours if hours.start < hours.end else None


def _home_of(key: str) -> str:
    homes = dict.fromkeys(TERMS, "market")
    homes |= {one.name: "server" for one in fields(Server)} | {"url": "database"}
    homes |= {one.name: "operator" for one in fields(Operator)} | {"gateway": "pay"}
    homes |= {one.name: "matching" for one in fields(Matching)}
    return f" such as [{homes[key]}]" if key in homes else ""
