"""后补助: paid first, applied for afterwards – with the papers that prove it, and its last day."""

import io
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.media import MediaStore
from bot.web.papers import paper_routes
from tests.handlers.test_refunds_and_payouts import audited, earned
from tests.support.chat import Chat, Person
from tests.support.deals import agreed
from tests.support.programmes import SUBSIDY, register


async def papers(chat: Chat, folder: Path, words: str) -> dict[str, str]:
    """The texts of the archive behind the address that was told."""
    app = web.Application()
    app.add_routes(paper_routes(chat.runner, MediaStore(folder, {}), lambda: chat.desk))
    async with TestClient(TestServer(app)) as client:
        absent = await client.get("/papers/nothing")
        assert absent.status == 404
        answer = await client.get("/papers/" + words.split("/papers/")[1].split()[0])
        assert answer.content_type == "application/zip"
        archive = zipfile.ZipFile(io.BytesIO(await answer.read()))
    return {name: archive.read(name).decode() for name in archive.namelist()}


async def test_a_subsidy_is_claimed_with_papers_and_followed_to_its_end(
    chat: Chat, people: tuple[Person, Person], tmp_path: Path
) -> None:
    buyer, provider = people
    await register(chat, SUBSIDY)
    await earned(chat, buyer, provider, 25_000)

    await buyer.says("申请补助 O2048")
    words = buyer.sees(
        "O2048 可申请 高企认定后补助：最多 ¥9,000，2027 年 3 月 31 日(周三)截止",
        "桂科高字〔2026〕8 号 https://kjt.example/gq",
        "补助已交 O2048",
    )
    found = await papers(chat, tmp_path, words)
    assert list(found) == ["1-说明.txt", "2-合同.txt", "3-交付.txt", "4-验收.txt", "5-收据.txt"]
    assert "可申请：¥9,000" in found["1-说明.txt"]
    assert found["2-合同.txt"].startswith("kebao contract 1\n")
    assert "都做好了" in found["3-交付.txt"]
    assert "验收完成" in found["4-验收.txt"]
    assert "amount_fen 2500000\n" in found["5-收据.txt"]
    assert "commission" not in found["5-收据.txt"], "what we take is no concern of the buyer's"
    await buyer.says("申请补助 O2048")
    assert buyer.sees("材料已备好") == words

    await buyer.says("补助到账 O2048 9000")
    buyer.sees("不能这样操作")
    await buyer.says("补助已交 O2048")
    buyer.sees("补助已交")
    await buyer.says("补助到账 O2048")
    buyer.sees("到了多少")
    await buyer.says("补助到账 O2048 8000")
    buyer.sees("补助到账 ¥8,000")
    await buyer.says("我的补助")
    buyer.sees("O2048 高企认定后补助：¥8,000，已到账")
    assert await audited(chat) == []


async def test_a_claim_has_a_reminder_and_a_last_day(
    chat: Chat, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    await register(chat, replace(SUBSIDY, ends_on=date(2026, 12, 4)))
    await earned(chat, buyer, provider, 25_000)
    await buyer.says("申请补助")
    buyer.sees("最多 ¥9,000")

    await chat.pass_(days=2, hours=15)
    chat.everybody_has_read()
    await buyer.says("在吗")
    chat.everybody_has_read()
    await chat.pass_(days=15)
    await buyer.says("我的补助")
    buyer.sees_among("过了截止日没交")
    buyer.ignores_the_rest()
    chat.staff_group.ignores_the_rest()
    assert await audited(chat) == []


async def test_what_cannot_be_claimed_is_said(chat: Chat, people: tuple[Person, Person]) -> None:
    buyer, provider = people
    await buyer.says("我的补助")
    buyer.sees("还没有补助申请")
    await agreed(chat, buyer, provider, 25_000)
    await register(chat, SUBSIDY)
    await buyer.says("申请补助 O2048")
    buyer.sees("验收以后才能申请")
    other = chat.buyer("小覃")
    await other.says("申请补助 O2048")
    other.sees("没找到订单 O2048")
    await buyer.says("补助没批 O2048")
    buyer.sees("原因是什么")
    await buyer.says("补助没批 O2048 缺说明")
    buyer.sees("没找到")
