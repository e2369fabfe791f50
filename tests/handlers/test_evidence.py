"""Both sides of a dispute are heard: what they say and send is kept, and staff see it."""

from handlers.message import Kind, Media
from tests.support.chat import Chat
from tests.support.deals import both_accept, disputed
from tests.support.steps import steps_of


async def test_what_the_other_side_says_is_kept_as_evidence(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    huang = await chat.staff("小黄")
    dispute = await disputed(chat, buyer, provider, 8_000)

    await provider.says(f"答辩 {dispute} 对应表在附件二，客户没有打开")
    provider.sees(f"已记入 {dispute} 的材料，第 1 条")
    await provider.says("对不住，这事不是他说的那个样子")
    provider.sees(f"已记入 {dispute} 的材料，第 2 条")
    await buyer.says("补证据 附件二是空白的")
    buyer.sees(f"已记入 {dispute} 的材料，第 3 条")
    proof = Media("file", "ref", "附件二.docx", sha256="ab" * 32, size_bytes=10)
    await provider.says("", kind=Kind.FILE, media=(proof,))
    provider.sees("第 4 条")

    for person in (buyer, provider):
        await person.says(f"进度 {dispute}")
        person.sees("申诉处理中", "材料 4 条", "答辩期到 11 月 21 日(周六)")
    await huang.says(f"进度 {dispute}")
    huang.sees("材料 4 条", "附件二.docx")
    kept = [note for step, note in await steps_of(chat, dispute) if step == "evidence"]
    assert "客户没有打开" in kept[0]
    assert "ab" * 32 in kept[3]


async def test_nobody_else_sees_or_fills_a_dispute(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    dispute = await disputed(chat, buyer, provider, 8_000)
    stranger = chat.buyer("路人")

    await stranger.says(f"进度 {dispute}")
    stranger.sees("没找到申诉")
    await stranger.says(f"补证据 {dispute} 我也有话说")
    stranger.sees("没找到申诉")


async def test_deciding_before_the_answer_is_due_warns(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    huang = await chat.staff("小黄")
    dispute = await disputed(chat, buyer, provider, 8_000)

    await huang.says(f"判 {dispute} 退60% 缺对应表")
    huang.sees("对方答辩期到 11 月 21 日(周六) 还没到")
    await huang.says("取消")
    huang.ignores_the_rest()
    await provider.says("答辩 都在附件里")
    provider.ignores_the_rest()
    await huang.says(f"判 {dispute} 退60% 缺对应表")
    assert "答辩期" not in huang.sees("确认？")


async def test_agreeing_may_say_why(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    huang, wang = await chat.staff("小黄"), await chat.staff("王主任")
    dispute = await disputed(chat, buyer, provider, 31_000)
    await huang.says(f"判 {dispute} 退60% 缺对应表")
    await huang.says("确认")
    chat.everybody_has_read()

    await wang.says(f"同意 {dispute} 理由成立")
    wang.sees("已裁决")
    buyer.sees("退客户 ¥18,600")
    provider.sees("付服务商")
    await buyer.says(f"进度 {dispute}")
    buyer.sees("已裁决退 60%，还没执行，等客户、服务商接受或复议", f"复议 {dispute} 理由")
    await both_accept(buyer, provider, dispute)
    chat.everybody_has_read()
    assert ("agree", "理由成立") in await steps_of(chat, dispute)
    await buyer.says(f"进度 {dispute}")
    buyer.sees("已裁决", "退 ¥18,600，付 ¥11,656", "退款中")


async def test_what_is_not_found_is_answered_by_role(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    huang = await chat.staff("小黄")

    await huang.says("判 J999 退60% 理由")
    assert "我的需求" not in huang.sees("没找到申诉 J999", "回“待办”")
    await provider.says("开工 O9999")
    assert "我的需求" not in provider.sees("没找到订单 O9999", "回“我的线索”")
    await buyer.says("验收 O9999")
    buyer.sees("没找到订单 O9999", "回“我的需求”")
