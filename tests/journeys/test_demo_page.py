"""The demo as a new user meets it: one command, one page, a whole deal by tapping and typing."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, ViewportSize, async_playwright, expect

from tests.support.installation import Process, free_port
from tests.support.machine import find_browser

pytestmark = pytest.mark.browser

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESK = ViewportSize(width=1280, height=800)
# Set to a file name to keep the picture that the README shows.
SCREENSHOT = os.environ.get("KEBAO_SCREENSHOT", "")


@pytest.fixture(name="demo")
async def running_demo(tmp_path: Path) -> AsyncIterator[Process]:
    port, log = free_port(), tmp_path / "demo.log"
    command = [
        sys.executable,
        "-m",
        "bot",
        "demo",
        "--port",
        str(port),
        "--data",
        str(tmp_path),
        "--lexical",
    ]
    demo = Process(_begin(command, log), port, log)
    try:
        await demo.ready()
        yield demo
        await demo.stop()
    finally:
        demo.running.kill()


def _begin(command: list[str], log: Path) -> "subprocess.Popen[bytes]":
    with log.open("wb") as output:
        return subprocess.Popen(command, stderr=output, stdout=output)


@pytest.fixture(name="page")
async def opened_page(demo: Process) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_browser(), args=list(QUIET))
        page = await browser.new_page(viewport=DESK)
        page.set_default_timeout(10_000)
        expect.set_options(timeout=10_000)
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        await page.goto(f"{demo.url}/sim")
        await expect(page.locator("#line")).to_have_text("小科在线")
        yield page
        assert faults == []
        await browser.close()


class Deal:
    """The page in the hands of everybody at once."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def says(self, phone: str, text: str, *, as_: str = "") -> None:
        where = self._page.locator(f"#phone-{phone}")
        if as_:
            await (
                where.get_by_role("button", name=as_)
                .or_(where.get_by_role("radio", name=as_))
                .first.click()
            )
        box = where.get_by_role("textbox")
        await box.fill(text)
        await box.press("Enter")

    async def taps(self, phone: str, option: str) -> None:
        options = self._page.locator(f"#phone-{phone}").get_by_role("button", name=option)
        await options.last.click()

    async def sees(self, phone: str, *fragments: str) -> None:
        bubbles = self._page.locator(f"#phone-{phone} .theirs .text")
        for fragment in fragments:
            bubbles = bubbles.filter(has_text=fragment)
        await expect(bubbles.last).to_be_visible()

    async def keeps_a_picture(self) -> None:
        if SCREENSHOT:
            await self._page.wait_for_timeout(400)
            await self._page.screenshot(path=SCREENSHOT)


async def test_a_whole_deal_is_played_on_the_page(page: Page) -> None:
    deal = Deal(page)

    await deal.says("xiaolin", "我们想做高企认定，柳州，预算3万左右")
    await deal.sees("xiaolin", "需求草稿", "¥30,000 左右")
    await deal.taps("xiaolin", "1 发布")
    await deal.sees("xiaolin", "D1024 已提交")
    await deal.says("staff", "审 D1024 通过", as_="小黄")
    await deal.sees("group", "📣 D1024", "截标")

    await deal.says("group", "1024 我们3万2，15个工作日，官费包了", as_="陈工")
    await deal.sees("group", "收到 D1024", "私信核对")
    await deal.sees("provider", "¥32,000", "含官费")
    await deal.says("provider", "1", as_="陈工")
    await deal.sees("provider", "已投 D1024", "密封指纹")
    await deal.sees("xiaolin", "D1024 已收到 1 份报价")
    await deal.keeps_a_picture()

    await deal.says("xiaolin", "现在开标")
    await deal.sees("xiaolin", "如果现在开标")
    await deal.says("xiaolin", "确认")
    await deal.sees("xiaolin", "¥32,000", "桂知源")
    await deal.says("xiaolin", "选A")
    await deal.sees("xiaolin", "如果选 A")
    await deal.says("xiaolin", "确认")
    await deal.sees("xiaolin", "O2048", "应付 ¥32,000")
    await deal.taps("xiaolin", "在线支付")
    link = page.locator('#phone-xiaolin a[href*="/sandbox/pay/"]').last
    async with page.expect_popup() as opened:
        await link.click()
    payment = await opened.value
    await payment.get_by_role("button", name="确认付款").click()
    await expect(payment.get_by_text("已付款")).to_be_visible()
    await payment.close()
    await deal.sees("xiaolin", "收据 R20481")

    await deal.says("provider", "开工")
    await deal.sees("provider", "已开工")
    await page.locator("#phone-provider input[type=file]").set_input_files(
        {"name": "申报书.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 kebao"}
    )
    await deal.sees("provider", "申报书.pdf", "待交付")
    await deal.says("provider", "交付 O2048 申报书和对应表")
    await deal.sees("xiaolin", "O2048 已交付第 1 版", "申报书.pdf")
    await deal.says("xiaolin", "验收")
    await deal.sees("xiaolin", "如果验收 O2048")
    await deal.says("xiaolin", "确认")
    await deal.sees("xiaolin", "已完成", "32000 积分")
    await deal.sees("provider", "入账 ¥30,080")
    await deal.taps("xiaolin", "给五星")
    await deal.sees("xiaolin", "5 星评价", "+30 积分")


async def test_putting_the_clock_forward_brings_what_falls_due(page: Page) -> None:
    deal = Deal(page)
    await deal.says("weijie", "水质检测，20个样，南宁，预算八千")
    await deal.sees("weijie", "需求草稿")
    await deal.says("weijie", "确认")
    await deal.sees("weijie", "D1024 已提交")
    await deal.says("staff", "审 D1024 通过", as_="小黄")
    await deal.sees("weijie", "D1024 已发布")

    await page.get_by_role("button", name="+1 天").click()
    await page.get_by_role("button", name="+1 天").click()

    await deal.sees("weijie", "D1024 到截标时没有收到报价")
