"""The dialogues the product promises, as it holds them today."""

import pytest

from handlers.message import Kind, Media, Place
from tests.support.chat import Chat


async def test_a_vague_wish_becomes_a_demand_by_guessing(chat: Chat) -> None:
    buyer = chat.buyer("小林")

    await buyer.says("我们想搞个高新")
    buyer.sees("您是想要", "1 高新技术企业培育服务与认定咨询", "2 高新技术企业培育服务")
    await buyer.says("就那个")
    buyer.sees_nothing()
    await buyer.says("1吧，我们做汽车起动机的，去年营收两千多万，有5个专利")
    card = buyer.sees("高新技术企业培育服务与认定咨询", "我们做汽车起动机的", "参考价位")
    assert "预算未定" in card, "turnover is not a budget"
    await buyer.says("不知道")
    buyer.sees("预算面议", "哪个城市")
    await buyer.says("柳州")
    buyer.sees("柳州市", "1 发布")


async def test_what_was_put_aside_goes_on_at_the_same_question(chat: Chat) -> None:
    buyer = chat.buyer("李总")
    await buyer.says("我们想做高企认定，柳州，预算3万")
    asked = buyer.sees("1 发布")

    await buyer.says("等下 先不弄高企了，专利年费好像要过期了")
    buyer.sees("草稿帮您存着（30 天）", "知识产权托管服务")
    await buyer.says("", kind=Kind.IMAGE, media=(Media("image", "m1"),))
    buyer.sees("图片收到了", "打给我")
    await buyer.says("ZL201910123456.3")
    buyer.sees("ZL201910123456.3")
    await buyer.says("1")
    buyer.sees("D1024", "要不要接着弄高新技术企业")
    await buyer.says("弄")
    resumed = buyer.sees("接上次")

    assert resumed.splitlines()[1:] == asked.splitlines()
    chat.staff_group.ignores_the_rest()
    chat.group.ignores_the_rest()


async def test_a_slip_in_a_number_is_asked_about_and_a_place_stays_private(chat: Chat) -> None:
    buyer = chat.buyer("韦姐")
    await buyer.says("想做水质检测")
    buyer.sees("环境检测服务")

    await buyer.says("预算大概三万来块钱吧 加急 下个礼拜三之前要", media=(Media("voice", "v1"),))
    buyer.sees("听到的是", "¥30,000 左右", "加急", "11 月 25 日(周三)")
    await buyer.says("预算写3,5000")
    buyer.sees("拿不准", "¥35,000", "¥3,500")
    await buyer.says("1")
    buyer.sees("¥35,000")
    place = Place(24.33, 109.58, "广西壮族自治区柳州市柳东新区官塘大道88号")
    await buyer.says("", kind=Kind.LOCATION, place=place)
    buyer.sees("柳州市·柳东新区", "上门")
    await buyer.says("不要发出去啊")
    buyer.sees("不会", "签约后才给")
    await buyer.says("2")
    buyer.sees("柳州市·柳东新区", "1 发布")
    await buyer.says("确认")
    buyer.sees("D1024 已发布")

    assert "官塘" not in chat.group.sees("D1024", "柳州市·柳东新区", "加急")


async def test_a_voice_we_cannot_hear_has_a_way_out(chat: Chat) -> None:
    buyer = chat.buyer("韦姐")

    await buyer.says("", kind=Kind.VOICE, media=(Media("voice", "v1"),))

    buyer.sees("听不了", "人工")


async def test_a_group_hears_one_line_and_never_a_price(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await publish(chat, "高企认定，柳州，预算3万", buyer)

    await provider.says_in_group("1024 我们3万2，15个工作日，官费包了")

    assert "2" not in chat.group.sees("✔ 收到 D1024").replace("1024", "")
    provider.sees("¥32,000", "15 个工作日", "含官费", "截标前可改可撤", "1 提交")
    buyer.sees_nothing()
    await provider.says("1")
    provider.sees("已投 D1024", "密封指纹")
    buyer.sees("1 份报价", "密封")


async def test_a_bid_by_comparison_is_sent_back_for_a_number(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("周经理")
    await publish(chat, "高企认定，柳州，预算3万", buyer)

    await provider.says_in_group("跟上面那家一样 便宜两千", quoting="📣 D1024 高企｜柳州")
    chat.group.sees("D1024")
    provider.sees("看不到（也不能告诉您）别家价格")
    await provider.says("", kind=Kind.IMAGE, media=(Media("image", "i1"),))
    provider.sees("图片里的字我暂时读不了")
    await provider.says("29500 12天 不含官费")
    provider.sees("D1024", "¥29,500", "12 天", "不含官费")


async def test_a_late_answer_gets_one_line_and_what_is_still_open(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("覃姐")
    await publish(chat, "高企认定，柳州，预算3万", buyer)
    await publish(chat, "高企认定，南宁，预算4万", buyer)
    await buyer.says("撤 D1024")
    await buyer.says("确认")
    chat.group.sees("D1024", "已撤回")
    buyer.ignores_the_rest()

    await provider.says_in_group("1024 还要吗 我们能做")

    chat.group.sees("D1024 已撤回")
    provider.sees("没有投成", "D1025", "南宁市")


async def test_withdrawing_says_its_price_first_and_can_become_a_new_price(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await publish(chat, "高企认定，柳州，预算3万", buyer)
    await provider.says("报价 1024 3万2 15个工作日 含官费")
    await provider.says("1")
    provider.ignores_the_rest()
    buyer.ignores_the_rest()

    await provider.says("1024 不做了")
    provider.sees("如果撤标 D1024", "无代价", "满 3 次会暂停")
    await provider.says("2 改 31500")
    provider.sees("¥31,500", "15 个工作日", "含官费", "旧价作废")
    await provider.says("1")
    provider.sees("改为 ¥31,500", "指纹更新", "旧指纹作废但留底")

    await buyer.says("现在开标")
    await buyer.says("确认")
    chat.group.ignores_the_rest()
    buyer.ignores_the_rest()
    await provider.says("算算亏了 不干")
    provider.sees("已开标", "要求变了")
    await provider.says("要求变了")
    provider.sees("核对修订记录")


async def test_delivered_files_are_counted_and_money_questions_answered(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await chat.working_order(buyer, provider)

    for number in (1, 2, 3):
        file = Media("file", f"u{number}", f"附件{number}.pdf", "ab" * 32, 9)
        await provider.says("", kind=Kind.FILE, media=(file,))
        provider.sees(f"附件{number}.pdf", f"一共 {number} 个")
    await provider.says("1024交了")
    provider.sees("收到 3 个文件", "已存指纹", "7 天内验收", "最晚")
    buyer.sees("第 1 版（3 个文件）", "附件1.pdf https://kebao.example/files/", "验收 O2048")
    await provider.says("钱啥时候到")
    provider.sees("轮到客户验收", "在托管", "自动付您 ¥30,080", "已送达提醒")
    await provider.says("能先付一半吗")
    provider.sees("一次付", "客户同意")


async def test_anger_is_no_command_and_leads_to_a_fair_way(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await chat.delivered_order(buyer, provider)

    await buyer.says("这写的啥啊 跟说好的不一样 不给钱")
    buyer.sees("先别急", "还在托管", "哪一项")
    await buyer.says("3 根本没有 2是别家公司的数据")
    buyer.sees("记下了 2 条", "根本没有", "别家公司的数据")
    await buyer.says("2")
    buyer.sees("已立案 J88", "3 天内答辩", "固定为证据")
    provider.sees("申诉 J88", "3 天内")
    chat.staff_group.sees("J88")
    await buyer.says("钱在哪")
    buyer.sees("申诉处理中", "谁也动不了")


@pytest.mark.parametrize(
    "words", ["验收 O2048", "验收", "通过", "没问题", "確認驗收", "验受 o-2048", "满意"]
)
async def test_accepting_is_understood_in_many_words(chat: Chat, words: str) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await chat.delivered_order(buyer, provider)

    await buyer.says(words)

    buyer.sees("如果验收 O2048", "确认？")


@pytest.mark.parametrize("yes", ["确认", "1", "好的", "確認", "确人", "可以", "１"])
async def test_a_question_is_confirmed_in_many_words(chat: Chat, yes: str) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await chat.delivered_order(buyer, provider)
    await buyer.says("验收")
    buyer.sees("确认？")

    await buyer.says(yes)

    buyer.sees("已完成", "积分")
    provider.sees("入账 ¥30,080")


async def test_confirming_twice_moves_money_once(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await chat.delivered_order(buyer, provider)
    await buyer.says("验收")
    buyer.sees("确认？")

    await buyer.says("确认", message_id="wx-1")
    first = buyer.sees("已完成")
    await buyer.says("确认", message_id="wx-1")  # WeChat repeats what took longer than 5 s
    assert buyer.sees("已完成") == first
    provider.sees("入账")
    await buyer.says("确认")
    buyer.sees("没有等您确认的事")
    await buyer.says("验收 O2048")
    buyer.sees("已完成", "不能这样操作")


async def publish(chat: Chat, text: str, buyer: object) -> None:
    person = chat.people["wechat", "openid-小林"]
    assert person is buyer
    await person.says(text)
    await person.says("确认")
    person.ignores_the_rest()
    chat.group.sees("📣")


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("我们那个起动机老化试验箱要校准，顺便想搞个高企认定，你们收多少钱啊", "仪器计量校准"),
        ("我们要做水质检测20个样，再申请两件发明专利，预算2万", "环境检测服务"),
    ],
)
async def test_what_is_wanted_besides_is_a_second_draft(chat: Chat, text: str, first: str) -> None:
    buyer = chat.buyer("小林")

    await buyer.says(text)
    buyer.sees("2 件事分开记", f"先办{first}")


@pytest.mark.parametrize(
    "text",
    [
        "厂里废水要测，还要出CMA报告",
        "企业官网开发，还要带后台管理",
        "水质检测，另外要加急",
        "高企认定，你们再查查我们材料够不够",
        "水质检测做完再开发票",
    ],
)
async def test_what_the_same_job_needs_besides_is_no_second_draft(chat: Chat, text: str) -> None:
    buyer = chat.buyer("小林")

    await buyer.says(text)
    assert "分开记" not in buyer.unread[-1].text
    buyer.ignores_the_rest()


async def test_two_needs_in_one_sentence_are_two_drafts(chat: Chat) -> None:
    buyer = chat.buyer("小林")

    await buyer.says("查新和年费都要")
    buyer.sees("2 件事分开记", "先办科技查新", "【科技查新】")
    await buyer.says("确认")
    buyer.sees("D1024", "科技查新", "要不要接着弄知识产权托管服务")
    await buyer.says("继续")
    buyer.sees("知识产权托管服务")
    chat.staff_group.ignores_the_rest()
