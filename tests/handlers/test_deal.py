"""The main job from the first word to the payout."""

from market.ledger import escrow, points, provider_payable
from tests.support.chat import Chat


async def test_a_deal_runs_from_one_sentence_to_the_payout(chat: Chat) -> None:
    buyer = chat.buyer("小林")
    a = await chat.provider("陈工")
    b = await chat.provider("周经理", "信达科技咨询有限公司")

    await buyer.says("我们想做高新技术企业认定，在柳州，预算3万左右")
    buyer.sees("高新技术企业", "柳州", "¥30,000 左右", "1 发布")
    await buyer.says("确认")
    buyer.sees("D1024 已发布")
    chat.group.sees("D1024", "柳州", "¥30,000", "截标")

    await a.says_in_group("1024 我们3万2，15个工作日，官费包了")
    chat.group.sees("收到 D1024", "私信核对")
    a.sees("¥32,000", "15 个工作日", "含官费", "1 提交")
    await a.says("1")
    a.sees("已投 D1024", "密封指纹")
    buyer.sees("D1024 已收到 1 份报价", "密封")

    await b.says("报价 D1024 29500 12天 不含官费")
    b.sees("¥29,500", "12 天", "不含官费")
    await b.says("1")
    b.sees("已投 D1024")

    await buyer.says("现在开标")
    buyer.sees("如果现在开标", "确认？")
    await buyer.says("确认")
    chat.group.sees("已开标", "A", "B")
    buyer.sees("2 份报价", "¥29,500", "¥32,000")

    await buyer.says("选A D1024")
    buyer.sees("如果选 A", "¥32,000", "确认？")
    await buyer.says("确认")
    buyer.sees("O2048", "应付 ¥32,000")
    a.sees("中标", "O2048")
    b.sees("D1024 未中标", "1/2")
    chat.group.sees("已成交")

    await buyer.says("1")
    link = buyer.sees("/sandbox/pay/")
    token = link.split("/sandbox/pay/")[1].split()[0]
    await chat.pay(token)
    buyer.sees("收据 R20481", "¥32,000")
    a.sees("已托管")

    await a.says("开工 O2048")
    a.sees("已开工", "交付")
    buyer.sees("已开工")
    await a.says("交付 O2048 申报书和对应表都齐了")
    a.sees("已交客户")
    buyer.sees("O2048 已交付第 1 版", "验收 O2048")

    await buyer.says("验收 O2048")
    buyer.sees("如果验收", "确认？")
    await buyer.says("确认")
    buyer.sees("已完成", "32000 积分")
    a.sees("入账 ¥30,080", "佣金 6%")

    await buyer.says("评价 O2048 5 很专业")
    buyer.sees("+30 积分")
    a.sees("5 星")

    provider_id = await chat.provider_id(a)
    assert await chat.balance(escrow("O2048")) == 0
    assert await chat.balance(provider_payable(provider_id)) == 3_008_000
    assert await chat.balance(points(await chat.person_id(buyer))) == 32_030
