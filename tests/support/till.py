"""A chat whose payments go through WeChat Pay: our gateway, errands and endpoint, its stand-in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from sqlalchemy import Connection, select

from bot.gateways.account import NOTIFY_PATH
from bot.gateways.bills import BillRunner
from bot.gateways.errands import ErrandRunner
from bot.gateways.wechat import WeChatPay
from bot.media import MediaStore
from bot.web.health import Metrics
from bot.web.payments import Books, payment_routes
from market.errands import Errand, ErrandKind
from storage.audit import audit
from storage.errands import errands
from storage.payments import payments
from tests.support.chat import Chat, Person
from tests.support.wechat_pay import (
    MCH_ID,
    FakeWeChatPay,
    SignedNotice,
    account_at,
    fake_wechat_pay,
)


@dataclass
class Till:
    chat: Chat
    platform: FakeWeChatPay
    gateway: WeChatPay
    errands: ErrandRunner
    bills: BillRunner
    media: MediaStore
    metrics: Metrics
    url: str
    http: ClientSession

    async def works(self) -> None:
        """Run the errands that are due, and let what they say arrive."""
        await self.errands.run_due()
        await self.chat.settle()

    async def reads_bills(self) -> None:
        """Fetch the bills that are due, and let what they bring about happen."""
        await self.bills.run_due()
        await self.works()
        await self.chat.clockwork.sweep()
        await self.chat.settle()

    async def passes(self, **length: float) -> None:
        """Time goes by in steps of a minute, or of five, with errands and clockwork."""
        whole = timedelta(**length)
        step = timedelta(minutes=5 if whole > timedelta(hours=1) else 1)
        end = self.chat.clock.now() + whole
        while self.chat.clock.now() < end:
            self.chat.clock.advance(min(step, end - self.chat.clock.now()))
            await self.chat.clockwork.sweep()
            await self.works()

    async def delivers(self, notice: SignedNotice) -> int:
        """Send a notice as the platform does; returns the status it is answered with."""
        async with self.http.post(
            self.url + NOTIFY_PATH, data=notice.body, headers=notice.headers
        ) as response:
            assert await response.read() == b"", "an answer that helps a scanner"
        await self.chat.settle()
        return response.status

    async def hands_out(self, buyer: Person, words: str = "在线支付") -> str:
        """Ask for a code and get it; returns its trade number."""
        await buyer.says(words)
        buyer.sees("正在向微信支付取付款码")
        await self.works()
        message = buyer.unread[-1]
        buyer.sees("扫", "前有效", "/wechat/pay/")
        assert [media.kind for media in message.media] == ["image"]
        return self.platform.the_order().no

    async def paid_order(self, buyer: Person, provider: Person) -> str:
        """O2048, ¥32,000, paid by code; returns the payment's trade number."""
        await self.chat.awarded_order(buyer, provider)
        number = await self.hands_out(buyer)
        assert await self.delivers(self.platform.pays(number)) == 204
        self.chat.everybody_has_read()
        return number

    async def page(self, token: str) -> tuple[int, str]:
        async with self.http.get(f"{self.url}/wechat/pay/{token}") as response:
            return response.status, await response.text()

    async def statuses(self) -> list[str]:
        """Of all payments, in the order they were begun."""
        return await self.chat.runner.read(
            lambda uow: list(uow.conn.scalars(select(payments.c.status).order_by(payments.c.id)))
        )

    async def errand(self, kind: ErrandKind, payment_id: int = 20481) -> Errand | None:
        return await self.chat.runner.read(lambda uow: uow.errands.find(kind, payment_id))

    async def left_to_do(self) -> list[str]:
        """The kinds of errands that are not done."""
        undone = select(errands.c.kind).where(errands.c.done_at.is_(None)).order_by(errands.c.id)
        return await self.chat.runner.read(lambda uow: list(uow.conn.scalars(undone)))

    async def audited(self) -> list[str]:
        def look(conn: Connection) -> list[str]:
            return [str(finding) for finding in audit(conn)]

        return await self.chat.runner.read(lambda uow: look(uow.conn))


@asynccontextmanager
async def open_till(chat: Chat, folder: Path) -> AsyncIterator[Till]:
    chat.desk = replace(chat.desk, gateway="wechat")
    media, metrics = MediaStore(folder / "pictures", {}), Metrics()
    async with fake_wechat_pay(chat.clock.now) as platform, ClientSession() as http:
        account = account_at(platform.url)
        gateway = WeChatPay(account, chat.desk.public_url + NOTIFY_PATH)
        await gateway.open()
        app = web.Application()
        books = Books(chat.runner, lambda: chat.desk, chat.clock)
        app.add_routes(payment_routes(account, gateway, books, metrics.notices))
        server = TestServer(app)
        await server.start_server()
        try:
            runner = ErrandRunner(chat.runner, gateway, media, lambda: chat.desk, chat.clock)
            url = str(server.make_url("")).rstrip("/")
            bills = BillRunner(chat.runner, gateway, chat.clock, mch_id=MCH_ID)
            yield Till(chat, platform, gateway, runner, bills, media, metrics, url, http)
        finally:
            await server.close()
            await gateway.close()
