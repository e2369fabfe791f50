"""Large sums: three people without an interest vote in private, and the median decides."""

import asyncio

import pytest

from market.ledger import escrow, provider_payable, refund_payable
from market.parties import StaffRole
from storage.audit import audit
from tests.support.chat import STAFF_ROOM, Chat, Person
from tests.support.deals import disputed, says_to_colleagues
from tests.support.steps import steps_of

PRICE = 60_000  # yuan: above what two people decide


@pytest.fixture
async def huang(chat: Chat) -> Person:
    return await chat.staff("小黄")


@pytest.fixture
async def experts(chat: Chat) -> list[Person]:
    names = ("韦教授", "覃高工", "莫老师", "黎律师", "甘会计", "蒙工")
    return [await chat.staff(name, role=StaffRole.EXPERT) for name in names]


@pytest.fixture
async def dispute(chat: Chat, people: tuple[Person, Person], huang: Person) -> str:
    return await disputed(chat, *people, PRICE)


async def vote(expert: Person, dispute: str, words: str) -> None:
    await expert.says(f"投票 {dispute} {words}")
    await expert.says("确认")


async def seat(huang: Person, chat: Chat, dispute: str, *names: str) -> None:
    await huang.says(f"专家组 {dispute} {' '.join(names)}")
    chat.everybody_has_read()


async def held(chat: Chat) -> int:
    return await chat.balance(escrow("O2048"))


async def test_three_experts_vote_and_the_median_is_the_ruling(
    chat: Chat, people: tuple[Person, Person], huang: Person, experts: list[Person], dispute: str
) -> None:
    buyer, provider = people
    wei, qin, mo = experts[:3]
    assert any(
        "如果三位专家都投了票（取中间一票），钱会先不动，3 天内" in text for text in chat.said
    )

    await huang.says(f"判 {dispute} 退60% 缺对应表")
    huang.sees("要三人专家组表决", f"专家组 {dispute}")
    await huang.says(f"专家组 {dispute}")
    huang.sees("可以请：1 小黄　2 韦教授　3 覃高工", "回“专家组 J88 1 2 3”")
    await huang.says(f"专家组 {dispute} 2 3 4")
    huang.sees("专家组定了：韦教授、覃高工、莫老师", "双方只知道是三个人")
    for expert in (wei, qin, mo):
        expert.sees("请您评一件申诉 J88", "案卷 J88", "投票 J88 退60% 理由", "回避 J88")
    for person in people:
        told = person.sees("请了三位与双方没有往来的专家", "如果三位专家都投了票")
        assert "韦教授" not in told

    await provider.says("补证据 J88 对应表在附件二")
    provider.ignores_the_rest()
    await wei.says("案卷 J88")
    file = wei.sees("J88", "客户申诉：缺知识产权对应表", "1 服务商：对应表在附件二")
    assert "陈工" not in file
    assert "小林" not in file
    await wei.says("投票 J88 退60% 对应表确实缺两项")
    wei.sees("如果它是中间一票，客户退 ¥36,000", "如果确认，会记下您的一票，不能改", "确认？")
    await wei.says("确认")
    wei.sees("记下了", "还差 2 票")
    await wei.says("投票 J88 退90% 再想想")
    wei.sees("已经投过票了")
    await vote(qin, dispute, "全退 不能用")
    qin.ignores_the_rest()
    assert not buyer.unread
    await vote(mo, dispute, "退30% 核心章节可用")
    mo.sees("如果它是中间一票")
    mo.sees("三票到齐，取中间：客户退 ¥36,000")

    for person in people:
        told = person.sees("已裁决：退客户 ¥36,000", "①退 30%", "②退 60%", "③退 100%", "钱还在托管")
        assert not any(name in told for name in ("韦教授", "覃高工", "莫老师", "小黄"))
    assert await held(chat) == PRICE * 100
    await chat.pass_(days=3)
    provider.sees("已裁决并执行", "退客户 ¥36,000")
    chat.everybody_has_read()
    assert await held(chat) == 0
    assert await chat.balance(refund_payable("O2048")) == 3_600_000
    assert await chat.runner.read(lambda uow: list(audit(uow.conn))) == []


async def test_an_appeal_takes_three_others(
    chat: Chat, people: tuple[Person, Person], huang: Person, experts: list[Person], dispute: str
) -> None:
    buyer, _ = people
    await seat(huang, chat, dispute, "韦教授", "覃高工", "莫老师")
    for expert in experts[:3]:
        await vote(expert, dispute, "退60% 缺两项")
    await buyer.says("复议 J88 应该全退")
    chat.everybody_has_read()

    await huang.says("专家组 J88")
    huang.sees("可以请：1 小黄　2 黎律师　3 甘会计　4 蒙工", "韦教授（原裁决有份")
    await huang.says("专家组 J88 莫老师 黎律师 甘会计")
    huang.sees("莫老师要回避", "原裁决有份")
    await huang.says("专家组 J88 2 3 4")
    chat.everybody_has_read()
    for expert, words in zip(
        experts[3:], ("退80% 缺大半", "退90% 不能用", "退10% 基本能用"), strict=True
    ):
        await vote(expert, dispute, words)

    buyer.sees("复议 J88", "已裁决并执行", "退客户 ¥48,000", "最终结果")
    chat.everybody_has_read()
    assert await chat.balance(refund_payable("O2048")) == 4_800_000
    assert await chat.runner.read(lambda uow: list(audit(uow.conn))) == []


async def test_nobody_with_an_interest_sits_on_the_panel(
    chat: Chat, people: tuple[Person, Person], huang: Person, experts: list[Person], dispute: str
) -> None:
    buyer, provider = people
    wei, qin, mo = experts[:3]
    rival_firm = await chat.runner.read(lambda uow: uow.providers.find("信达科技咨询有限公司"))
    firm = await chat.provider_id(provider)
    ids = [await chat.person_id(expert) for expert in (wei, qin)]
    now = chat.clock.now()
    await chat.runner.run(lambda uow: uow.parties.join_provider(ids[0], firm, now))
    await chat.runner.run(lambda uow: uow.parties.join_provider(ids[1], rival_firm, now))
    await buyer.says("我们想做高新技术企业认定，在柳州，预算3万左右")
    await buyer.says("确认")
    await qin.says("报价 1025 28000 15天")
    await qin.says("1")
    chat.everybody_has_read()

    await huang.says("专家组 J88")
    told = huang.sees("韦教授（是这件申诉的一方）", "覃高工（半年内和其中一方有报价或订单）")
    assert "2 莫老师" in told
    for name in ("韦教授", "覃高工"):
        await huang.says(f"专家组 J88 莫老师 黎律师 {name}")
        huang.sees(f"{name}要回避")
    await huang.says("专家组 J88 莫老师 黎律师")
    huang.sees("正好三个不同的人")
    await huang.says("专家组 J88 莫老师 黎律师 莫老师")
    huang.sees("正好三个不同的人")
    await huang.says("专家组 J88 莫老师 黎律师 张三")
    huang.sees("没找到可以请的“张三”")
    mo.sees_nothing()


async def test_who_has_come_to_have_an_interest_cannot_vote(
    chat: Chat, people: tuple[Person, Person], huang: Person, experts: list[Person], dispute: str
) -> None:
    _, provider = people
    wei = experts[0]
    await seat(huang, chat, dispute, "韦教授", "覃高工", "莫老师")
    await wei.says("投票 J88 不退 做得很好")
    wei.sees("如果它是中间一票，客户退 ¥0")
    wei_id, firm = await chat.person_id(wei), await chat.provider_id(provider)
    await chat.runner.run(lambda uow: uow.parties.join_provider(wei_id, firm, chat.clock.now()))

    await wei.says("确认")
    wei.sees("韦教授要回避", "是这件申诉的一方")

    assert "vote" not in [step for step, _ in await steps_of(chat, "J88")]


async def test_a_seat_given_up_is_filled_by_somebody_else_and_votes_stay(
    chat: Chat, people: tuple[Person, Person], huang: Person, experts: list[Person], dispute: str
) -> None:
    wei, qin, mo, li = experts[:4]
    await seat(huang, chat, dispute, "韦教授", "覃高工", "莫老师")
    await vote(wei, dispute, "退60% 缺两项")
    wei.ignores_the_rest()

    await qin.says("回避 J88")
    qin.sees("您回避", "另请一位")
    await qin.says("投票 J88 退10% 理由")
    qin.sees("没找到申诉 J88")
    await huang.says("待办")
    huang.sees("专家组缺人或没投齐 J88", "覃高工回避了")
    await huang.says("专家组 J88 莫老师 黎律师 覃高工")
    huang.sees("有人已经投了票")
    await huang.says("专家组 J88 韦教授 莫老师 覃高工")
    huang.sees("覃高工要回避", "已经退出")
    await huang.says("专家组 J88 韦教授 莫老师 黎律师")
    huang.sees("专家组定了：韦教授、莫老师、黎律师")
    li.sees("请您评一件申诉")
    mo.sees_nothing()
    wei.sees_nothing()
    await wei.says("回避 J88")
    wei.sees("已经投过票了")
    await vote(mo, dispute, "退50% 缺一项")
    await vote(li, dispute, "退70% 缺三项")

    chat.everybody_has_read()
    assert await chat.runner.read(lambda uow: list(audit(uow.conn))) == []


async def test_votes_are_for_nobody_elses_eyes(
    chat: Chat, people: tuple[Person, Person], huang: Person, experts: list[Person], dispute: str
) -> None:
    buyer, provider = people
    wei, qin = experts[:2]
    await seat(huang, chat, dispute, "韦教授", "覃高工", "莫老师")

    await says_to_colleagues(wei, "投票 J88 退60% 缺两项")
    assert "60" not in chat.staff_group.sees("请私聊我说")
    await vote(wei, dispute, "退61% 缺两项")
    wei.ignores_the_rest()
    for person in (buyer, provider, qin, huang):
        await person.says("进度 J88")
        told = person.sees("专家组在表决", "之后轮到专家组裁决")
        assert "61" not in told
    await huang.says("案卷 J88")
    assert "61" not in huang.sees("材料共 0 条")
    await huang.says("投票 J88 退10% 我也投")
    huang.sees("没找到申诉 J88")
    for person in (buyer, provider):
        await person.says("投票 J88 全退 我也投")
        assert not any("记下" in message.text for message in person.unread)
        await person.says("案卷 J88")
        assert not any("客户申诉" in message.text for message in person.unread)
    chat.everybody_has_read()
    await huang.says("专家组 J88", room=STAFF_ROOM)
    assert "韦教授" not in chat.staff_group.sees("私聊发您了")
    huang.sees("现在是：韦教授（已投）、覃高工、莫老师")


async def test_an_expert_judges_what_they_are_asked_to_and_sees_nothing_else(
    chat: Chat, people: tuple[Person, Person], huang: Person, experts: list[Person], dispute: str
) -> None:
    wei, qin = experts[:2]
    await wei.says("帮助")
    wei.sees("案卷 J88", "投票 J88 退60% 理由", "回避 J88")
    await seat(huang, chat, dispute, "韦教授", "莫老师", "黎律师")

    for words in ("案卷 J88", "进度 J88", "投票 J88 退60% 缺两项", "判 J88 退60% 缺两项"):
        await qin.says(words)
        qin.sees("没找到申诉 J88")
    await wei.says("判 J88 退60% 缺两项")
    wei.sees("没找到申诉 J88")
    for words in (
        "收款 O2048 60000",
        "确认收款 O2048",
        "审 D1024 通过",
        "显示 O2048",
    ):
        await wei.says(words)
        wei.sees("要由在岗同事来办")
    for words in ("待办", "退款 O2048 1", "专家组 J88", "同意 J88", "接管 小林", "延期 D1024 1天"):
        await wei.says(words)
        told = " ".join(message.text for message in wei.unread)
        wei.ignores_the_rest()
        assert not any(one in told for one in ("小林", "¥", "覃高工", "申诉待处理")), told
    await wei.says("案卷 J88")
    wei.sees("客户申诉：缺知识产权对应表")


async def test_an_expert_may_decide_a_small_claim_alone(
    chat: Chat, people: tuple[Person, Person], experts: list[Person]
) -> None:
    small = await disputed(chat, *people, 2_000)

    await experts[0].says(f"案卷 {small}")
    experts[0].sees("客户申诉")
    await experts[0].says(f"判 {small} 退50% 各一半")
    experts[0].sees("如果同事裁决，会马上按裁决分钱", "确认？")
    await experts[0].says("确认")
    experts[0].sees("已执行")
    for person in people:
        person.sees("已裁决并执行", "退客户 ¥1,000")


async def test_who_does_not_vote_is_reminded_and_staff_hear_of_it(
    chat: Chat, people: tuple[Person, Person], huang: Person, experts: list[Person], dispute: str
) -> None:
    await seat(huang, chat, dispute, "韦教授", "覃高工", "莫老师")
    await vote(experts[0], dispute, "退60% 缺两项")
    chat.everybody_has_read()

    await chat.pass_(days=2)

    experts[0].sees_nothing()
    for expert in experts[1:3]:
        expert.sees("还等您一票", "投票 J88")
    await huang.says("待办")
    huang.sees("专家组缺人或没投齐 J88", "覃高工、莫老师")
    chat.everybody_has_read()


async def test_eight_third_votes_at_once_make_one_ruling(
    chat: Chat, people: tuple[Person, Person], huang: Person, experts: list[Person], dispute: str
) -> None:
    await seat(huang, chat, dispute, "韦教授", "覃高工", "莫老师")
    for expert in experts[:3]:
        await expert.says("投票 J88 退40% 缺两项")
    chat.everybody_has_read()

    await asyncio.gather(
        *(
            expert.says("确认", message_id=f"v-{at}")
            for at, expert in enumerate(experts[:3])
            for _ in range(8)
        )
    )

    steps = [step for step, _ in await steps_of(chat, "J88")]
    assert steps.count("vote") == 3
    assert steps.count("rule") == 1
    chat.everybody_has_read()
    assert await held(chat) == PRICE * 100
    assert await chat.balance(provider_payable(await chat.provider_id(people[1]))) == 0
    assert await chat.runner.read(lambda uow: list(audit(uow.conn))) == []
