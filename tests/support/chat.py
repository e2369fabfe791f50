"""Conversations as tests: people who say and see things, on the real ingest, actions and SQL.

Only the platforms and the clock are stand-ins. A failure prints the transcript; messages nobody
looked at fail the test; after each turn the books must balance.
"""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from bot.channels import Delivery, Receipt
from bot.channels.errors import ChannelError
from bot.channels.wechat.windows import opened_by
from bot.dispatch import Dispatcher
from bot.files import read_catalog, read_providers
from bot.ingest import Ingest
from bot.knowledge import Knowledge, refreshed
from bot.media import MediaStore
from bot.runner import open_runner
from bot.schedule import Clockwork
from handlers.actions.payments import settle_payment
from handlers.desk import Desk, Rooms
from handlers.message import Inbound, Kind, Media, Message, Place, Reply
from market.ledger import Account, Currency
from market.parties import Sender, StaffRole
from market.policy import Policy
from matching import Matcher
from storage.ledger_tables import ledger_accounts
from storage.parties import Invitation
from storage.unit_of_work import UnitOfWork

DATA = Path("bot/data")
PROVIDER_ROOM, STAFF_ROOM = "800001", "800002"
# A Wednesday, 10:00 in Nanning: inside working hours, far from holidays.
START = datetime(2026, 11, 18, 2, tzinfo=UTC)


class StoppedClock:
    """A clock that moves only when the test says so."""

    def __init__(self) -> None:
        self._now = START

    def now(self) -> datetime:
        return self._now

    def advance(self, step: timedelta) -> datetime:
        self._now += step
        return self._now


class CountingRandomness:
    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def token(self) -> str:
        return f"token{next(self._numbers):017d}"


@dataclass
class FakePlatform:
    """A channel whose deliveries land in people's hands, unless a trouble is set."""

    name: str
    chat: "Chat"
    trouble: ChannelError | None = None
    is_open: bool = True

    async def send(self, delivery: Delivery) -> Receipt:
        if self.trouble is not None:
            raise self.trouble
        self.chat.deliver(self.name, delivery)
        return Receipt(f"{self.name}-{len(self.chat.transcript)}")


def as_seen(message: Message) -> str:
    """What people see of a message: its words, and the options that the words do not name."""
    options = [f"{n} {choice.label}" for n, choice in enumerate(message.unsaid_choices, start=1)]
    return "\n".join([message.text, *(["　".join(options)] if options else [])])


@dataclass
class Person:
    chat: "Chat"
    name: str
    channel: str
    account: str
    unread: list[Message] = field(default_factory=list)

    async def says(
        self,
        text: str,
        *,
        message_id: str = "",
        room: str | None = None,
        quoting: str = "",
        kind: Kind = Kind.TEXT,
        media: tuple[Media, ...] = (),
        place: Place | None = None,
        addressed: bool = False,
    ) -> Reply:
        """Say something, and let everything it causes be delivered."""
        return await self.chat.hear(
            self,
            text,
            message_id=message_id,
            room=room,
            quoting=quoting,
            kind=kind,
            media=media,
            place=place,
            addressed=addressed,
        )

    async def says_in_group(self, text: str, *, quoting: str = "", at_bot: bool = False) -> None:
        await self.says(text, room=PROVIDER_ROOM, quoting=quoting, addressed=at_bot)

    def sees(self, *fragments: str) -> str:
        """The next message not looked at yet; it must contain all the fragments."""
        assert self.unread, self.chat.story(f"{self.name} sees nothing, wanted {fragments}")
        text = as_seen(self.unread.pop(0))
        for fragment in fragments:
            assert fragment in text, self.chat.story(f"{self.name} should see {fragment!r}")
        return text

    def sees_among(self, *fragments: str) -> str:
        """One of the messages not looked at yet contains all the fragments; only it is taken."""
        for index, message in enumerate(self.unread):
            if all(fragment in as_seen(message) for fragment in fragments):
                return as_seen(self.unread.pop(index))
        raise AssertionError(self.chat.story(f"{self.name} should see {fragments}"))

    def sees_nothing(self) -> None:
        assert not self.unread, self.chat.story(f"{self.name} should see nothing")

    def ignores_the_rest(self) -> None:
        self.unread.clear()


@dataclass
class Room:
    chat: "Chat"
    room: str
    unread: list[Message] = field(default_factory=list)

    def sees(self, *fragments: str) -> str:
        assert self.unread, self.chat.story(f"the group sees nothing, wanted {fragments}")
        text = as_seen(self.unread.pop(0))
        for fragment in fragments:
            assert fragment in text, self.chat.story(f"the group should see {fragment!r}")
        return text

    def sees_nothing(self) -> None:
        assert not self.unread, self.chat.story("the group should see nothing")

    def ignores_the_rest(self) -> None:
        self.unread.clear()


class Chat:
    """A whole kebao with people around it."""

    def __init__(self, url: str, folder: Path, policy: Policy) -> None:
        self.clock = StoppedClock()
        self.transcript: list[str] = []
        self.people: dict[tuple[str, str], Person] = {}
        self.group = Room(self, PROVIDER_ROOM)
        self.staff_group = Room(self, STAFF_ROOM)
        self.said: list[str] = []  # everything kebao ever said, for what must never be said
        self._ids = itertools.count(1)
        self.runner = open_runner(url, lambda shards: None)
        catalogue = read_catalog(DATA / "catalog.tsv")
        self.desk = Desk(
            policy=policy,
            matcher=Matcher(catalogue, read_providers(DATA / "providers.tsv")),
            services={service.code: service for service in catalogue},
            rooms=Rooms((("onebot", PROVIDER_ROOM),), (("onebot", STAFF_ROOM),)),
            randomness=CountingRandomness(),
            public_url="https://kebao.example",
            zone=ZoneInfo("Asia/Shanghai"),
        )
        self.knowledge: Knowledge | None = None
        self.wechat = FakePlatform("wechat", self)
        self.onebot = FakePlatform("onebot", self)
        channels = {"wechat": self.wechat, "onebot": self.onebot}
        self.ingest = Ingest(self.runner, lambda: self.desk, self.clock, MediaStore(folder, {}))
        self.dispatcher = Dispatcher(self.runner, channels, lambda: self.desk, self.clock)
        self.clockwork = Clockwork(self.runner, lambda: self.desk, self.clock)

    async def prepare(self) -> None:
        def work(uow: UnitOfWork) -> None:
            uow.services.replace_all(self.desk.services.values())
            uow.providers.import_all(read_providers(DATA / "providers.tsv"))

        await self.runner.run(work)

    def buyer(self, name: str) -> Person:
        return self._person(name, "wechat", f"openid-{name}")

    async def provider(self, name: str, firm: str = "桂知源知识产权代理有限公司") -> Person:
        person = self._person(name, "onebot", f"1{next(self._ids):08d}")
        code = f"P{next(self._ids):07d}"

        def invite(uow: UnitOfWork) -> None:
            invitation = Invitation(name, None, uow.providers.find(firm))
            uow.parties.invite(code, invitation, self.clock.now() + timedelta(hours=24))

        await self.runner.run(invite)
        await person.says(f"绑定 {code}")
        person.sees("绑定好了", firm)
        return person

    async def staff(self, name: str, *, role: StaffRole = StaffRole.SERVICE_CENTER) -> Person:
        person = self._person(name, "onebot", f"2{next(self._ids):08d}")
        code = f"S{next(self._ids):07d}"

        def invite(uow: UnitOfWork) -> None:
            invitation = Invitation(name, role, None)
            uow.parties.invite(code, invitation, self.clock.now() + timedelta(hours=24))

        await self.runner.run(invite)
        await person.says(f"绑定 {code}")
        person.sees("绑定好了")
        return person

    async def hear(
        self,
        person: Person,
        text: str,
        *,
        message_id: str,
        room: str | None,
        quoting: str,
        kind: Kind,
        media: tuple[Media, ...],
        place: Place | None,
        addressed: bool,
    ) -> Reply:
        where = "群 " if room == PROVIDER_ROOM else ""
        self.transcript.append(f"{where}{person.name}：{text or kind}")
        inbound = Inbound(
            channel=person.channel,
            message_id=message_id or f"m{next(self._ids)}",
            account=person.account,
            kind=kind,
            sent_at=self.clock.now(),
            text=text,
            room=room,
            addressed=room is None or addressed,
            quoted_text=quoting,
            nickname=person.name,
            media=media,
            place=place,
            passive=person.channel == "wechat",
        )
        if person.channel == "wechat":
            inbound = _with_window(inbound, self.clock.now())
        reply = await self.ingest.take_turn(inbound)
        if reply.message is not None:
            self._show(person, reply.message)
        await self.settle()
        return reply

    async def settle(self) -> None:
        """Deliver what is due, and check the books."""
        await self.dispatcher.drain_all()
        await self.runner.read(_books_balance)

    async def pass_(self, **length: float) -> None:
        """Let time pass, a few hours at a step, so that reminders come in their order."""
        end = self.clock.now() + timedelta(**length)
        while self.clock.now() < end:
            self.clock.advance(min(timedelta(hours=1), end - self.clock.now()))
            await self.clockwork.sweep()
            await self.settle()

    async def take_up_news(self) -> None:
        """What every process does within a minute: read anew what was changed or confirmed."""
        self.knowledge = await refreshed(self.runner, self.knowledge)
        services = {service.code: service for service in self.knowledge.services}
        self.desk = replace(self.desk, matcher=self.knowledge.matcher, services=services)

    async def balance(self, account: Account) -> int:
        return await self.runner.read(lambda uow: uow.ledger.balance(account))

    async def pay(self, token: str) -> None:
        """Press the button of the sandbox's payment page."""
        await self.runner.run(lambda uow: settle_payment(uow, token, self.desk, self.clock.now()))
        await self.settle()

    async def awarded_order(self, buyer: Person, provider: Person) -> None:
        """O2048 for D1024, ¥32,000, to be paid; nobody has unread messages."""
        await buyer.says("高企认定，柳州，预算3万")
        await buyer.says("确认")
        await provider.says("报价 1024 3万2 15个工作日 含官费")
        await provider.says("1")
        for words in ("现在开标", "确认", "选A", "确认"):
            await buyer.says(words)
        self.everybody_has_read()

    async def working_order(self, buyer: Person, provider: Person) -> None:
        """O2048 for D1024, ¥32,000, paid and begun; nobody has unread messages."""
        await self.awarded_order(buyer, provider)
        await buyer.says("在线支付")
        await self.pay(buyer.unread[-1].text.split("/sandbox/pay/")[1].split()[0])
        await provider.says("开工")
        self.everybody_has_read()

    async def delivered_order(self, buyer: Person, provider: Person) -> None:
        """The same, delivered and waiting for acceptance."""
        await self.working_order(buyer, provider)
        await provider.says("交付 O2048 都做好了")
        self.everybody_has_read()

    def everybody_has_read(self) -> None:
        for person in self.people.values():
            person.ignores_the_rest()
        self.group.ignores_the_rest()
        self.staff_group.ignores_the_rest()

    async def person_id(self, person: Person) -> int:
        return (await self._sender(person)).id

    async def provider_id(self, person: Person) -> int:
        provider_id = (await self._sender(person)).provider_id
        assert provider_id is not None
        return provider_id

    async def _sender(self, person: Person) -> Sender:
        def look(uow: UnitOfWork) -> Sender:
            row = uow.conversations.lock_for_turn(person.channel, person.account)
            assert row is not None
            return row.sender

        return await self.runner.run(look)

    def deliver(self, channel: str, delivery: Delivery) -> None:
        if delivery.room is not None:
            room = self.group if delivery.room == PROVIDER_ROOM else self.staff_group
            room.unread.append(delivery.message)
            self._note("群" if room is self.group else "员工群", delivery.message)
            assert "\n" not in delivery.message.text, self.story("a group hears one line")
            return
        assert delivery.account is not None
        self._show(self.people[channel, delivery.account], delivery.message)

    def story(self, complaint: str) -> str:
        return f"{complaint}\n" + "\n".join(self.transcript)

    def all_read(self) -> None:
        left = [f"{p.name}: {m.text}" for p in self.people.values() for m in p.unread]
        left += [f"群: {m.text}" for m in self.group.unread]
        left += [f"员工群: {m.text}" for m in self.staff_group.unread]
        assert not left, self.story(f"nobody looked at {left}")

    def _person(self, name: str, channel: str, account: str) -> Person:
        return self.people.setdefault((channel, account), Person(self, name, channel, account))

    def _show(self, person: Person, message: Message) -> None:
        person.unread.append(message)
        self._note(f"私 {person.name}", message)
        lines = as_seen(message).splitlines()
        assert len(lines) <= 6, self.story(f"more than six lines to {person.name}")

    def _note(self, to: str, message: Message) -> None:
        self.said.append(message.text)
        self.transcript.append(f"    科→{to}：" + as_seen(message).replace("\n", "\n        "))


def _with_window(inbound: Inbound, now: datetime) -> Inbound:
    return replace(inbound, window=opened_by(inbound, now))


def _books_balance(uow: UnitOfWork) -> None:
    rows = uow.conn.execute(
        select(
            ledger_accounts.c.currency,
            func.sum(ledger_accounts.c.debits),
            func.sum(ledger_accounts.c.credits),
        ).group_by(ledger_accounts.c.currency)
    )
    for currency, debits, credits_ in rows:
        assert debits == credits_, f"{Currency(currency)} does not balance"


@asynccontextmanager
async def open_chat(url: str, folder: Path, policy: Policy) -> AsyncIterator[Chat]:
    chat = Chat(url, folder, policy)
    try:
        await chat.prepare()
        yield chat
        chat.all_read()
    finally:
        await chat.runner.close()
