"""`kebao demo`: the real service, with stand-ins for the platforms and a cast of people."""

import contextlib
import logging
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, time, timedelta, tzinfo
from pathlib import Path

from bot.app import ALL_ROLES, DATA, open_service, run_service
from bot.channels.onebot import OneBotAccount
from bot.channels.wechat.account import Mode, WeChatAccount
from bot.clock import DemoClock
from bot.extras import Matching
from bot.files import read_providers
from bot.lockfile import lock_database
from bot.programmes import read_programmes
from bot.secrets import Secret
from bot.settings import Database, Operator, Pay, Server, Settings
from bot.simulator.cast import CAST, PROVIDER_GROUP, STAFF_GROUP, Actor, Role
from bot.simulator.web import WECHAT_API_PREFIX, Simulator
from bot.simulator.wechat import WeChatAccount as SimulatedAccount
from handlers.actions.vouchers import put_programme
from market.parties import StaffRole
from storage.conversations import Line
from storage.unit_of_work import UnitOfWork

logger = logging.getLogger(__name__)

# Nothing in here guards anything: the demo listens on the machine itself only.
APP_ID, APP_SECRET, TOKEN = "wxdemo0000000001", "demo-secret", "demo-token"
AES_KEY = "kebaodemokebaodemokebaodemokebaodemokebaode"
ONEBOT_TOKEN = "demo-onebot-token"
DAY_BEGINS, DAY_ENDS = time(9), time(20)


async def demo(port: int, data: Path, *, fresh: bool, lexical: bool) -> None:
    """Run until a signal says stop; the page is at /sim."""
    database = _prepare_folder(data, fresh=fresh)
    base_url = f"http://127.0.0.1:{port}"
    settings = demo_settings(port=port, database=database, base_url=base_url)
    if lexical:
        settings = replace(settings, matching=Matching("off"))
    clock = DemoClock()
    clock.advance(until_daylight(clock.now(), settings.operator.zone))
    with contextlib.ExitStack() as held:
        held.enter_context(lock_database(database))
        async with open_service(settings, clock, data=data, trusted_host=base_url) as service:
            await service.runner.run(lambda uow: seed(uow, clock.now()))
            await service.reload()
            simulator = simulated_platforms(base_url, clock, on_step=service.catch_up)
            logger.info("open %s/sim in a browser", base_url)
            await run_service(service, ALL_ROLES, simulator)


def until_daylight(now: datetime, zone: tzinfo) -> timedelta:
    """How far a demo is put forward at its start: none by day, else to the next morning.

    Our quiet hours are real in a demo too. Whoever tries it at night would only see that
    nobody is told anything before eight.
    """
    local = now.astimezone(zone)
    if DAY_BEGINS <= local.time() < DAY_ENDS:
        return timedelta()
    morning = datetime.combine(local.date(), DAY_BEGINS, zone)
    return (morning if morning > now else morning + timedelta(days=1)) - now


def _prepare_folder(data: Path, *, fresh: bool) -> Path:
    """The demo's own folder; with `fresh` what a demo left there is removed, and nothing else."""
    database = data / "kebao.db"
    if fresh:
        for path in data.glob("kebao.db*"):
            path.unlink()
        shutil.rmtree(data / "files", ignore_errors=True)
    data.mkdir(parents=True, exist_ok=True)
    return database


def demo_settings(*, port: int, database: Path, base_url: str) -> Settings:
    return Settings(
        server=Server(host="127.0.0.1", port=port, public_url=base_url),
        database=Database(f"sqlite:///{database}"),
        operator=Operator(name="科宝服务中心"),
        wechat=WeChatAccount(
            app_id=APP_ID,
            app_secret=Secret(APP_SECRET),
            token=Secret(TOKEN),
            encoding_aes_key=Secret(AES_KEY),
            mode=Mode.SAFE,
            api_base_url=f"{base_url}{WECHAT_API_PREFIX}",
        ),
        onebot=OneBotAccount(
            access_token=Secret(ONEBOT_TOKEN),
            provider_groups=(PROVIDER_GROUP.id,),
            staff_groups=(STAFF_GROUP.id,),
        ),
        pay=Pay("sandbox"),
    )


def simulated_platforms(
    base_url: str, clock: DemoClock, *, on_step: Callable[[], Awaitable[None]]
) -> Simulator:
    account = SimulatedAccount(
        app_id=APP_ID, app_secret=APP_SECRET, token=TOKEN, encoding_aes_key=AES_KEY
    )
    return Simulator(base_url, clock, account, ONEBOT_TOKEN, on_step=on_step)


def seed(uow: UnitOfWork, now: datetime) -> None:
    """The sample providers and the cast, bound to their accounts; harmless when repeated."""
    uow.providers.import_all(read_providers(DATA / "providers.tsv"))
    for days, programme in zip(
        (30, 60, 120), read_programmes(DATA / "programmes.tsv"), strict=True
    ):
        # The sample is of no year: it ends some time after today.
        ends_on = now.date() + timedelta(days=days)
        put_programme(uow, replace(programme, ends_on=ends_on), now)
    for actor in CAST:
        if uow.conversations.lock_for_turn(actor.channel, actor.account) is None:
            _introduce(uow, actor, now)


def _introduce(uow: UnitOfWork, actor: Actor, now: datetime) -> None:
    person_id = uow.parties.add_person(actor.name, now)
    uow.conversations.start(
        Line(
            channel=actor.channel,
            account=actor.account,
            person_id=person_id,
            via="",
            reachable=True,
            # A follower who has not written yet cannot be written to.
            message_window_until=now if actor.channel == "wechat" else None,
            message_window_left=0,
            event_window_until=None,
            event_window_left=0,
            spoke_at=now,
        )
    )
    if actor.role is Role.PROVIDER:
        uow.parties.join_provider(person_id, uow.providers.find(actor.provider), now)
    if actor.role is Role.STAFF:
        uow.parties.join_staff(person_id, StaffRole(actor.staff_role), now)
