"""What nobody should say gets an answer all the same, and tells nothing that is not theirs."""

from pathlib import Path

import pytest

from bot.ingest import LONGEST_KEPT
from bot.media import MediaStore
from handlers.message import Inbound, Kind, Media
from market.policy import Policy
from tests.support.chat import START, Chat

LONG = "9" * 30


@pytest.mark.parametrize(
    "words",
    [
        f"审 D{LONG} 通过",
        f"邀 D{LONG} 1",
        f"判 J{LONG} 退60% 没有交付",
        f"同意 J{LONG}",
        f"驳回 J{LONG} 没有道理",
        f"专家组 J{LONG} 1 2 3",
        f"投票 J{LONG} 退60% 没有交付",
        f"回避 J{LONG}",
        f"案卷 J{LONG}",
        f"接管 P{LONG}",
        f"接管 J{LONG}",
        f"显示 P{LONG}",
        f"延期 D{LONG} 1天",
        f"已联系 D{LONG}",
    ],
)
async def test_a_number_no_database_can_hold_is_answered(chat: Chat, words: str) -> None:
    colleague = await chat.staff("小黄")

    await colleague.says(words)

    assert colleague.unread
    colleague.ignores_the_rest()


async def test_a_file_that_could_not_be_had_is_not_said_to_be_kept(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await chat.working_order(buyer, provider)
    lost = Media("file", "gone", "报告.pdf")
    kept = Media("file", "here", "附件.pdf", "ab" * 32, 9)

    await provider.says("", kind=Kind.FILE, media=(lost,))
    provider.sees("报告.pdf 没能取到", "再发一次")
    await provider.says("", kind=Kind.FILE, media=(kept, lost))
    provider.sees("报告.pdf 没能取到", "收到 附件.pdf，一共 1 个文件")
    await provider.says("交付 O2048")
    provider.ignores_the_rest()

    await buyer.says("文件 O2048")
    assert "附件.pdf" in buyer.unread[-1].text
    assert "报告.pdf" not in buyer.unread[-1].text
    buyer.ignores_the_rest()


async def test_a_provider_that_buys_sees_what_was_delivered_to_them(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    other = await chat.provider("李工", "柳创项目服务有限公司")
    await chat.working_order(buyer, provider)
    buyer_id, firm_id = await chat.person_id(buyer), await chat.provider_id(other)
    now = chat.clock.now()
    await chat.runner.run(lambda uow: uow.parties.join_provider(buyer_id, firm_id, now))
    file = Media("file", "f1", "报告.pdf", "ab" * 32, 9)
    await provider.says("", kind=Kind.FILE, media=(file,))
    await provider.says("交付 O2048")
    chat.everybody_has_read()

    await buyer.says("文件 O2048")
    buyer.sees("报告.pdf", "/files/")


async def test_long_texts_do_not_fill_the_memory(chat: Chat) -> None:
    buyer = chat.buyer("小林")
    for number in range(3):
        await buyer.says(f"{number}" + "我们想做高新技术企业认定，" * 500)
    await buyer.says("帮助")

    assert all(len(text) <= LONGEST_KEPT for _, text, _ in chat.ingest._readings)
    chat.everybody_has_read()


async def test_a_full_disk_loses_the_file_and_not_the_message(tmp_path: Path) -> None:
    async def fetch(_: Media) -> bytes:
        return b"content"

    in_the_way = tmp_path / "files"
    in_the_way.write_text("no folder can be made here")
    sent = Media("file", "f1", "报告.pdf")
    inbound = Inbound("onebot", "1", "10001", Kind.FILE, START, media=(sent,))

    assert await MediaStore(in_the_way, {"onebot": fetch}).fetch_all(inbound) == (sent,)


class TestWithRoomForOneBid:
    @pytest.fixture
    def policy(self) -> Policy:
        return Policy(auto_review_below_fen=100_000_000, bid_cap=1)

    async def test_whoever_withdrew_does_not_come_back_over_the_cap(self, chat: Chat) -> None:
        buyer, first = chat.buyer("小林"), await chat.provider("陈工")
        second = await chat.provider("李工", "柳创项目服务有限公司")
        await buyer.says("高企认定，柳州，预算3万")
        await buyer.says("确认")
        for words in ("报价 1024 3万2", "1", "撤标 D1024", "确认"):
            await first.says(words)
        for words in ("报价 1024 3万", "1"):
            await second.says(words)
        chat.everybody_has_read()

        await first.says("报价 1024 2万8")
        first.sees("核对一下")
        await first.says("1")
        first.sees("满")

        assert await chat.runner.read(lambda uow: uow.bids.count_placed(1024)) == 1
        await second.says("改价 D1024 29000")  # who has a place may still change the price
        await second.says("1")
        assert second.unread[-1].text.startswith("D1024 改为 ¥29,000")
        chat.everybody_has_read()


class TestBeforeItIsPublished:
    @pytest.fixture
    def policy(self) -> Policy:
        return Policy(auto_review_below_fen=0)

    async def test_a_demand_reads_to_providers_as_if_it_were_not_there(self, chat: Chat) -> None:
        buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
        await buyer.says("高企认定，柳州，预算3万")
        await buyer.says("确认")
        chat.everybody_has_read()
        answers = []

        for number in ("1024", "9024"):
            await provider.says(f"报价 D{number} 3万2")
            answers.append(provider.unread.pop().text.replace(number, "…"))

        assert answers[0] == answers[1]
        chat.everybody_has_read()
