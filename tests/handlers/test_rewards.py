"""悬赏, 计件 and 提问: paid before anybody works, told beforehand where the money goes."""

import re

import pytest

from market.ledger import provider_payable
from market.policy import Policy
from tests.support.chat import Chat, Person

RIVAL = "信达科技咨询有限公司"


@pytest.fixture
def policy() -> Policy:
    return Policy(auto_review_below_fen=10_000_000)


async def pay(chat: Chat, buyer: Person, no: str = "") -> None:
    """What waits to be paid, through the page."""
    await buyer.says(f"付款 {no}".strip())
    buyer.ignores_the_rest()
    await buyer.says("1")
    link = buyer.sees("/sandbox/pay/")
    await chat.pay(link.split("/sandbox/pay/")[1].split()[0])


async def promised(chat: Chat, words: str) -> Person:
    """D1024, paid and sent out."""
    buyer = chat.buyer("小林")
    await buyer.says(words)
    buyer.ignores_the_rest()
    await buyer.says("确认")
    buyer.sees("O2048", "赏金", "应付")
    await pay(chat, buyer)
    buyer.sees("赏金", "已进托管", "D1024 已发给服务商")
    return buyer


async def test_a_bounty_from_the_promise_to_the_payout(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    rival = await chat.provider("周经理", RIVAL)
    await buyer.says("悬赏 3000 元 征集公司 LOGO 设计，要简洁")
    buyer.sees(
        "征集公司 LOGO 设计", "悬赏 ¥3,000", "先付 ¥3,000 进托管", "验收后才付", "7 天内收稿件",
        "没人投：全退", "退 70%，30% 分给他们", "确认",
    )  # fmt: skip
    chat.group.sees_nothing()
    await buyer.says("确认")
    buyer.sees("O2048", "征集公司 LOGO 设计", "应付 ¥3,000", "付了马上发布")
    chat.group.sees_nothing()
    await pay(chat, buyer, "D1024")
    buyer.sees("收据 R20481", "赏金 ¥3,000 已进托管", "D1024 已发给服务商", "11 月 25 日(周三)")
    chat.group.sees("D1024", "悬赏 ¥3,000", "征集公司 LOGO 设计", "赏金已托管", "投稿 D1024")

    await provider.says("投稿 D1024 方案一：用柳州的榕树叶做成字母，源文件 AI 格式")
    provider.sees("D1024 已送到客户那里", "指纹")
    buyer.sees("D1024 来了一份（A）：方案一：用柳州的榕树叶做成字母，源文件", "选A D1024")
    await rival.says("投稿 1024 方案二：三片波浪，代表柳江，电话13800138000")
    rival.sees("D1024 已送到客户那里")
    seen = buyer.sees("D1024 来了一份（B）", "三片波浪")
    assert "13800138000" not in seen
    await provider.says("投稿 D1024 方案一改：叶子更简洁")
    provider.sees("已换成新的一份")
    buyer.sees("更新了一份（A）", "叶子更简洁")

    await buyer.says("看稿 D1024")
    buyer.sees("收到 2 份", "A 桂知源", "叶子更简洁", "B 信达", "选A D1024")
    await buyer.says("看B")
    buyer.sees("三片波浪", "指纹", "选B D1024")
    await buyer.says("选B D1024")
    buyer.sees("如果选 B（信达", "给 ¥3,000", "验收后才付款", "最后一份")
    await buyer.says("确认")
    buyer.sees("订单 O2049", "¥3,000 已在托管", "轮到对方交成品")
    rival.sees("O2049", "客户选中了您", "¥3,000 已在托管里", "开工 O2049")
    provider.sees("这次没选上")
    chat.group.sees("D1024", "已成交")

    await rival.says("开工 O2049")
    await rival.says("交付 O2049 源文件 https://pan.example.com/logo")
    rival.ignores_the_rest()
    buyer.ignores_the_rest()
    await buyer.says("验收 O2049")
    buyer.ignores_the_rest()
    await buyer.says("确认")
    buyer.ignores_the_rest()
    rival.sees("O2049", "¥2,820")
    assert await chat.balance(provider_payable(await chat.provider_id(rival))) == 282_000


async def test_prizes_by_rank_go_one_after_the_other(chat: Chat) -> None:
    provider, rival = await chat.provider("陈工"), await chat.provider("周经理", RIVAL)
    third = await chat.provider("黄总", "柳创项目服务有限公司")
    buyer = await promised(chat, "悬赏 1000 元 按 6:3:1 征集展会口号")
    chat.group.sees("悬赏 ¥1,000，3 名：¥600、¥300、¥100")
    for person, words in ((provider, "口号一"), (rival, "口号二"), (third, "口号三")):
        await person.says(f"投稿 D1024 {words}")
        person.ignores_the_rest()
    buyer.ignores_the_rest()

    for letter, prize, left in (("B", "¥600", "还剩 2 份"), ("C", "¥300", "还剩 1 份")):
        await buyer.says(f"选{letter} D1024")
        buyer.sees(f"如果选 {letter}", prize, left)
        await buyer.says("确认")
        buyer.sees("定了", prize, left)
    await buyer.says("选B D1024")
    buyer.sees("如果选 B")
    await buyer.says("确认")
    buyer.sees("D1024", "这一份已经选中")
    rival.sees_among("客户选中了您")
    rival.ignores_the_rest()
    await rival.says("撤标 D1024")
    await rival.says("确认")
    rival.sees_among("这一份已经选中")
    rival.ignores_the_rest()
    await rival.says("投稿 D1024 再来一份")
    assert "这一份已经选中" in rival.sees_among("这一份已经选中")
    await buyer.says("选A D1024")
    buyer.sees("¥100", "最后一份")
    await buyer.says("确认")
    buyer.sees("O2051", "¥100")
    await buyer.says("选A D1024")
    buyer.ignores_the_rest()
    for person in (provider, third):
        person.sees_among("客户选中了您")
    chat.group.sees("已成交")


async def test_a_question_is_paid_with_the_answer_that_is_taken(chat: Chat) -> None:
    provider = await chat.provider("陈工")
    buyer = await promised(chat, "提问 50元 高企认定要几个专利？")
    chat.group.sees("D1024 提问悬赏 ¥50", "高企认定要几个专利", "回答 D1024")
    provider.sees("❓ D1024", "高企认定要几个专利？", "您对口", "先被采纳先得")
    await provider.says("回答 D1024 没有硬性个数，一般 1 个发明或 6 个以上实用新型")
    provider.sees("已送到客户那里")
    buyer.sees("来了一份（A）", "没有硬性个数", "采纳A D1024")
    await buyer.says("采纳A D1024")
    buyer.sees("如果采纳 A", "给 ¥50", "马上付给对方")
    await buyer.says("确认")
    buyer.sees("¥50 已付给对方", "O2049", "评价 O2049")
    provider.sees_among("客户选中了您的", "到账 ¥47", "佣金 ¥3")
    chat.group.sees("已成交")
    assert await chat.balance(provider_payable(await chat.provider_id(provider))) == 4_700
    provider.ignores_the_rest()
    await buyer.says("评价 O2049 5 讲得清楚")
    buyer.sees("谢谢")
    provider.sees("5")


async def test_pieces_are_paid_one_by_one_also_to_the_same_firm(chat: Chat) -> None:
    provider = await chat.provider("陈工")
    buyer = await promised(chat, "计件 20元 3份 企业问卷，每份要盖章")
    chat.group.sees("计件 ¥20 × 3")
    for number, left in ((1, "还剩 2 份"), (2, "还剩 1 份")):
        await provider.says(f"投稿 D1024 问卷 {number} 号")
        provider.sees("D1024")
        buyer.sees("（A）", f"问卷 {number} 号")
        await buyer.says("选A D1024")
        buyer.sees("给 ¥20")
        await buyer.says("确认")
        buyer.sees("¥20 已付给对方", left)
        provider.ignores_the_rest()
    assert await chat.balance(provider_payable(await chat.provider_id(provider))) == 3_760

    await chat.pass_(days=8)
    chat.staff_group.ignores_the_rest()

    await buyer.says("进度 O2048")
    buyer.sees_among("D1024", "赏金剩下的 ¥20 全部退给您")
    buyer.ignores_the_rest()
    provider.ignores_the_rest()


async def test_nobody_sends_anything_and_all_comes_back(chat: Chat) -> None:
    staff = await chat.staff("小黄")
    buyer = await promised(chat, "提问 80 元 科技型中小企业评价几月截止？")
    chat.group.ignores_the_rest()
    await chat.pass_(hours=25)
    chat.staff_group.ignores_the_rest()
    buyer.sees("D1024 赏金剩下的 ¥80 全部退给您", "收据")
    await staff.says("待办")
    staff.sees("D1024")
    await buyer.says("进度 O2048")
    buyer.sees("退款中", "¥80", "流标")


async def test_who_chooses_nobody_pays_as_was_said(chat: Chat) -> None:
    provider, rival = await chat.provider("陈工"), await chat.provider("周经理", RIVAL)
    buyer = await promised(chat, "悬赏 1000 元 征集展会口号")
    for person in (provider, rival):
        await person.says("投稿 D1024 口号")
        person.ignores_the_rest()
    chat.group.ignores_the_rest()
    buyer.ignores_the_rest()
    await buyer.says("截稿 D1024")
    buyer.sees("如果现在截稿 D1024", "2 份")
    await buyer.says("确认")
    buyer.sees("收到 2 份")
    await chat.pass_(hours=47)
    await buyer.says("进度 D1024")
    buyer.sees("D1024 有 2 份等您选", "按付款前说好的规则分")
    await chat.pass_(hours=26)
    buyer.sees("D1024 有 2 份等您选")
    chat.staff_group.ignores_the_rest()
    buyer.sees_among("退您 70%（¥700）", "其余 ¥300 给投稿的各家")
    for person in (provider, rival):
        person.sees_among("分给您 ¥150", "提现")
        person.ignores_the_rest()
        assert await chat.balance(provider_payable(await chat.provider_id(person))) == 15_000
    buyer.ignores_the_rest()
    chat.group.ignores_the_rest()


async def test_who_withdraws_hears_the_price_of_it_first(chat: Chat) -> None:
    provider = await chat.provider("陈工")
    buyer = await promised(chat, "悬赏 333.33 元 征集展会口号")
    chat.group.ignores_the_rest()
    await buyer.says("撤 D1024")
    buyer.sees("如果撤回 D1024", "¥333.33 全部退给您")
    await buyer.says("取消")
    buyer.ignores_the_rest()
    await provider.says("投稿 D1024 口号")
    buyer.ignores_the_rest()
    provider.ignores_the_rest()
    await buyer.says("撤 D1024")
    buyer.sees("赏金退您 ¥233.34", "其余 ¥99.99 分给投稿的各家")
    await buyer.says("确认")
    buyer.sees_among("退您 70%（¥233.34）")
    buyer.ignores_the_rest()
    provider.sees_among("分给您 ¥99.99")
    provider.ignores_the_rest()
    chat.group.sees("客户已撤回")


async def test_unpaid_it_is_seen_by_nobody_and_ends_by_itself(chat: Chat) -> None:
    provider = await chat.provider("陈工")
    buyer = chat.buyer("小林")
    await buyer.says("悬赏 500 元 征集展会口号")
    await buyer.says("确认")
    buyer.ignores_the_rest()
    await provider.says("投稿 D1024 口号")
    provider.sees("没找到需求 D1024")
    await buyer.says("进度 D1024")
    buyer.sees("等您付赏金", "付款 D1024")
    await chat.pass_(days=2)
    buyer.sees("O2048 还没付款")
    await buyer.says("进度 D1024")
    buyer.sees_among("D1024", "到点没有付赏金，已作罢，没有费用")
    buyer.ignores_the_rest()
    chat.group.sees_nothing()
    await buyer.says("付款 D1024")
    assert not re.search(r"/pay/", buyer.sees())


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("悬赏", "悬赏多少、要什么"),
        ("提问", "想问什么、出多少"),
        ("悬赏 征集一个好名字", "金额放在前面"),
        ("悬赏 0 元 征集名字", "没听清"),
        ("悬赏 0.5 元 征集名字", "太少"),
        ("悬赏 10 元 20 名 征集名字", "太少"),
        ("计件 5 元 900 份 问卷", "最多 50 份"),
        ("悬赏 3000", "要什么"),
    ],
)
async def test_what_is_no_promise_yet_is_asked_about(chat: Chat, words: str, answer: str) -> None:
    buyer = chat.buyer("小林")
    await buyer.says(words)
    buyer.sees(answer)
    await buyer.says("确认")
    assert "D1024" not in buyer.sees()


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("悬赏三千元征集公司口号", "悬赏 ¥3,000"),
        ("我们想悬赏 2万 找人做一套宣传片脚本", "悬赏 ¥20,000"),
        ("悬赏1.5万元，3名，征集产品外观方案", "悬赏 ¥15,000，3 名各 ¥5,000"),
        ("计件 每份20元 50份 企业问卷", "计件 ¥20 × 50"),
        ("提问 ¥30 研发费用加计扣除几月前要报？", "提问悬赏 ¥30"),
        ("悬赏 100 元 3 名 征集口号", "3 名：¥33.34、¥33.33、¥33.33"),
    ],
)
async def test_a_promise_as_people_say_it(chat: Chat, words: str, shown: str) -> None:
    buyer = chat.buyer("小林")
    await buyer.says(words)
    buyer.sees(shown, "先付", "确认")


async def test_prices_and_strangers_have_no_place_there(chat: Chat) -> None:
    provider, stranger = await chat.provider("陈工"), chat.buyer("过路人")
    buyer = await promised(chat, "悬赏 1000 元 征集展会口号")
    chat.group.ignores_the_rest()
    await provider.says("报价 D1024 800 3天")
    provider.sees_among("D1024 是悬赏", "投稿 D1024")
    provider.ignores_the_rest()
    await stranger.says("投稿 D1024 我有个好口号")
    stranger.sees("绑定")
    await stranger.says("看稿 D1024")
    stranger.sees("没找到")
    await stranger.says("选A D1024")
    stranger.sees("没找到")
    await provider.says("投稿 D1024 口号")
    provider.ignores_the_rest()
    buyer.ignores_the_rest()
    await buyer.says("截稿 D1024")
    await buyer.says("确认")
    buyer.ignores_the_rest()
    await buyer.says("还价 A 900")
    buyer.sees("D1024 是悬赏")


async def test_in_the_group_it_is_one_line(chat: Chat) -> None:
    provider = await chat.provider("陈工")
    buyer = await promised(chat, "悬赏 1000 元 征集展会口号")
    chat.group.ignores_the_rest()
    await provider.says_in_group("投稿 D1024 科技兴桂，一路同行")
    chat.group.sees("D1024 收到一份，已转给客户")
    provider.sees("指纹")
    buyer.sees("科技兴桂")


async def test_the_sum_is_changed_on_the_card_in_the_same_proportion(chat: Chat) -> None:
    buyer = chat.buyer("小林")
    await buyer.says("悬赏 1000 元 按 6:3:1 征集展会口号")
    buyer.sees("¥600、¥300、¥100")
    await buyer.says("改成2000")
    buyer.sees("悬赏 ¥2,000", "¥1,200、¥600、¥200")
    await buyer.says("规则")
    buyer.sees("没人投：全退")
    await buyer.says("改成1元")
    buyer.sees("太少")
    await buyer.says("计件 20 元 3 份 问卷")
    buyer.sees("计件 ¥20 × 3")
    await buyer.says("25元吧")
    buyer.sees("计件 ¥25 × 3", "先付 ¥75")


@pytest.mark.parametrize("words", ["怎么悬赏", "悬赏是什么", "提问怎么弄", "如何发个计件"])
async def test_how_it_is_done_is_told(chat: Chat, words: str) -> None:
    buyer = chat.buyer("小林")
    await buyer.says(words)
    buyer.sees("例如")


async def test_before_it_is_paid_there_is_nothing_to_see(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await buyer.says("悬赏 500 元 征集展会口号")
    await buyer.says("确认")
    buyer.ignores_the_rest()
    for words in ("看稿 D1024", "选A D1024", "截稿 D1024"):
        await buyer.says(words)
        buyer.sees("D1024", "等客户付赏金")
    await provider.says("投稿 D1024 口号")
    provider.sees("没找到需求 D1024")


async def test_who_has_something_to_pay_cannot_close_the_account(chat: Chat) -> None:
    buyer = chat.buyer("小林")
    await buyer.says("悬赏 500 元 征集展会口号")
    await buyer.says("确认")
    buyer.ignores_the_rest()
    await buyer.says("注销")
    await buyer.says("确认")
    assert "等客户付赏金" in buyer.sees_among("D1024")
    buyer.ignores_the_rest()
