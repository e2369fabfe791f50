"""A whole deal between real processes and platforms that deliver everything three times."""

import asyncio
import re
from pathlib import Path

import pytest

from bot.simulator.cast import CHENGONG, XIAOHUANG, XIAOLIN, ZHOUJINGLI
from bot.simulator.people import sample_picture
from tests.support.databases import Database, empty
from tests.support.installation import Installation, installed
from tests.support.stage import COLLEAGUE, Stage


async def test_a_deal_whose_every_message_comes_three_times_happens_once(
    installation: Installation, stage: Stage
) -> None:
    one = await installation.start()
    doors = [one]
    if installation.database_url.startswith("postgresql"):
        doors.append(await installation.start())
    await stage.connect(*doors)
    stage.copies = 3
    buyer, group = stage.person(XIAOLIN), stage.provider_group
    chen, zhou, colleague = (stage.person(who) for who in (CHENGONG, ZHOUJINGLI, COLLEAGUE))
    reviewer = stage.person(XIAOHUANG)
    for person in (chen, zhou, colleague, reviewer):
        await stage.bind(person, installation)
    await buyer.follows()
    await buyer.sees("小科")
    await stage.nothing_more_is_said()

    await buyer.says("我们想做高新技术企业认定，在柳州，预算3万左右")
    await buyer.sees("高新技术企业", "柳州", "¥30,000 左右", "1 发布")
    await buyer.says("确认")
    await buyer.sees("D1024")
    await stage.staff_group.sees("D1024")
    await reviewer.says("待办")
    await reviewer.sees("D1024")
    await reviewer.says("审 D1024 通过")
    await reviewer.sees("D1024")
    lead = await group.sees("D1024", "柳州", "¥30,000", "截标")
    assert "\n" not in lead
    assert not any(word in lead for word in (XIAOLIN.name, XIAOLIN.company))
    await buyer.sees("D1024", "发布")
    await stage.nothing_more_is_said()

    await chen.says_in_group("1024 我们3万2，15个工作日，官费包了")
    await group.sees("收到 D1024", "私信核对")
    await chen.sees("¥32,000", "15 个工作日", "含官费", "1 提交")
    await zhou.says_in_group("@小科 D1024 两万九千五，12天，不含官费")
    await group.sees("收到 D1024", "私信核对")
    await zhou.sees("¥29,500", "12 天", "不含官费")
    await chen.says("1")
    await chen.sees("已投 D1024", "密封指纹")
    await buyer.sees("D1024 已收到 1 份报价", "密封")
    await zhou.says("1")
    await zhou.sees("已投 D1024")
    await stage.nothing_more_is_said()

    await buyer.says("现在开标 D1024")
    await buyer.sees("如果现在开标", "确认？")
    await buyer.says("确认")
    await buyer.sees("2 份报价", "¥29,500", "¥32,000")
    await group.sees("已开标", "A", "B")
    await buyer.says("选A D1024")
    await buyer.sees("如果选 A", "¥32,000", "确认？")
    await buyer.says("确认")
    await buyer.sees("O2048", "应付 ¥32,000")
    await chen.sees("中标", "O2048")
    await zhou.sees("D1024 未中标", "1/2")
    await group.sees("已成交")

    await buyer.says("1")
    link = re.search(r"http\S+/sandbox/pay/\S+", await buyer.sees("/sandbox/pay/"))
    assert link is not None
    await _pay(stage, link[0])
    await buyer.sees("收据 R20481", "¥32,000")
    await chen.sees("已托管")
    await stage.nothing_more_is_said()

    await chen.says("开工 O2048")
    await chen.sees("已开工", "交付")
    await buyer.sees("已开工")
    drawing = sample_picture(320, 200)
    await colleague.sends_picture("申报书.png", drawing)
    await colleague.sees("交付")
    await colleague.says("交付 O2048 申报书和对应表都齐了")
    await colleague.sees("已交客户")
    await buyer.sees("O2048 已交付第 1 版", "验收 O2048")
    await buyer.says("文件 O2048")
    address = re.search(r"http\S+/files/[\w-]+", await buyer.sees("/files/"))
    assert address is not None
    assert await _download(stage, address[0]) == drawing

    await buyer.says("验收 O2048")
    await buyer.sees("如果验收", "确认？")
    await buyer.says("确认")
    await buyer.sees("已完成", "32000 积分")
    await chen.sees("入账 ¥30,080", "佣金 6%")
    await buyer.says("评价 O2048 5 很专业")
    await buyer.sees("+30 积分")
    await chen.sees("5 星")
    await buyer.says("积分")
    await buyer.sees("32030 积分")
    await stage.nothing_more_is_said()

    for door in doors:
        await door.stop()
    await installation.audit()


async def _pay(stage: Stage, link: str) -> None:
    """Press the button of the payment page, three times."""
    async with stage.http.get(link) as page:
        assert page.status == 200
        assert "¥32,000" in await page.text()
    paid = await asyncio.gather(*(stage.http.post(link) for _ in range(3)))
    assert [one.status for one in paid] == [200, 200, 200]


async def _download(stage: Stage, address: str) -> bytes:
    async with stage.http.get(address) as response:
        assert response.status == 200
        assert "attachment" in response.headers["Content-Disposition"]
        return await response.read()


async def test_a_second_process_on_an_embedded_database_refuses_to_start(
    tmp_path: Path, stage: Stage
) -> None:
    async with installed(tmp_path, f"sqlite:///{tmp_path / 'kebao.db'}", stage.url) as installation:
        first = await installation.start()

        second = installation.launch()

        assert await second.ended() == 1
        assert f"another kebao (process {first.running.pid}) already works on" in second.log
        assert "stop that one, or use PostgreSQL" in second.log
        assert "Traceback" not in second.log
        await first.stop()
        await (await installation.start()).stop()


@pytest.mark.postgres
async def test_two_processes_may_begin_on_an_empty_database_at_once(
    postgres: Database, tmp_path: Path, stage: Stage
) -> None:
    empty(postgres)
    installation = Installation(tmp_path, postgres.url, stage.url)
    both = installation.launch(), installation.launch()
    try:
        for process in both:
            await process.ready()
            await process.stop()

        await installation.audit()
        assert "63 services" in (await installation.command("catalog", "export", "c.tsv")).out
    finally:
        installation.end()
