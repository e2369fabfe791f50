"""Paying by WeChat's code at a running kebao that is killed twice on the way."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.gateways.account import NOTIFY_PATH
from bot.simulator.cast import CHENGONG, XIAOLIN
from tests.support.installation import Installation, Process
from tests.support.stage import Person, Stage
from tests.support.wechat_pay import FakeWeChatPay, SignedNotice, fake_wechat_pay, section

pytestmark = pytest.mark.pay


@pytest.fixture
async def platform() -> AsyncIterator[FakeWeChatPay]:
    async with fake_wechat_pay(lambda: datetime.now(UTC)) as platform:
        yield platform


@pytest.fixture
def configuration(platform: FakeWeChatPay, tmp_path: Path) -> str:
    return f"[market]\nauto_review_below_fen = 100_000_000\n{section(tmp_path, platform.url)}"


async def test_neither_a_code_nor_a_payment_is_lost_when_the_process_is_killed(
    installation: Installation, stage: Stage, platform: FakeWeChatPay
) -> None:
    process = await installation.start()
    await stage.connect(process)
    buyer, chen = stage.person(XIAOLIN), stage.person(CHENGONG)
    await stage.bind(chen, installation)
    for person, words, answer in (
        (buyer, "我们想做高新技术企业认定，在柳州，预算3万左右", "1 发布"),
        (buyer, "确认", "D1024 已发布"),
        (chen, "报价 D1024 32000 15天 含官费", "1 提交"),
        (chen, "1", "已投 D1024"),
        (buyer, "现在开标 D1024", "确认？"),
        (buyer, "确认", "¥32,000"),
        (buyer, "选A D1024", "确认？"),
        (buyer, "确认", "应付 ¥32,000"),
    ):
        await person.says(words)
        await person.sees(answer)

    platform.down = True
    await buyer.says("在线支付 O2048")
    await buyer.sees("正在向微信支付取付款码")
    await buyer.sees("微信支付暂时没有回应", "没有扣您的钱")
    await stage.settled()  # what is half sent would hold up what comes next for its lease
    await process.kill()
    platform.down = False
    process = await _back(process, installation, stage)
    words = await buyer.sees("扫一扫", "前有效")
    assert await stage.happens(lambda: _pictures(buyer) != [], 10)
    assert _pictures(buyer)[0].startswith(b"\x89PNG")
    page = re.search(r"http\S+/wechat/pay/\S+", words)
    assert page is not None
    async with stage.http.get(page[0]) as response:
        assert "¥32,000" in await response.text()

    notice = platform.pays(platform.the_order().no)
    await stage.settled()
    await process.kill()
    process = await _back(process, installation, stage)
    answers = await asyncio.gather(*(_deliver(stage, process, notice) for _ in range(15)))
    assert answers == [204] * 15
    await buyer.sees("收据 R20481", "¥32,000")
    await chen.sees("已托管", "开工 O2048")
    for person, words, answer in (
        (chen, "开工 O2048", "已开工"),
        (chen, "交付 O2048 都做好了", "已交客户"),
        (buyer, "验收 O2048", "确认？"),
        (buyer, "确认", "已完成"),
    ):
        await person.says(words)
        await person.sees(answer)
    await asyncio.wait_for(platform.released_something.wait(), 10)

    await process.stop()
    await installation.audit()
    assert platform.unsigned == 0
    assert "PRIVATE KEY" not in installation.logs
    assert "weixin://" not in installation.logs


async def _back(process: Process, installation: Installation, stage: Stage) -> Process:
    process = await installation.start(port=process.port)
    await stage.connect(process)
    return process


async def _deliver(stage: Stage, process: Process, notice: SignedNotice) -> int:
    url = process.url + NOTIFY_PATH
    async with stage.http.post(url, data=notice.body, headers=notice.headers) as response:
        return response.status


def _pictures(person: Person) -> list[bytes]:
    return [blob.content for entry in person.heard for blob in entry.media]
