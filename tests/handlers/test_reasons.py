"""The bot says which words it read a draft from."""

from tests.support.chat import Chat


async def test_a_draft_tells_where_it_comes_from(chat: Chat) -> None:
    buyer = chat.buyer("韦姐")
    await buyer.says("想给芒果测一下农药残留，预算2千左右，下周五前，南宁")
    buyer.sees("食品农产品检测")

    await buyer.says("为什么")
    why = buyer.sees(
        "食品农产品检测，您说的接近", "“2千左右”（按约数）", "“下周五前”（按周几推算）", "“南宁”"
    )
    assert "¥2,000" in why


async def test_what_was_corrected_is_told_from_the_correction(chat: Chat) -> None:
    buyer = chat.buyer("韦姐")
    await buyer.says("想给芒果测一下农药残留，预算2千，南宁")
    buyer.sees("食品农产品检测")
    await buyer.says("预算改 5 千")
    buyer.sees("¥5,000")

    await buyer.says("为啥？")
    why = buyer.sees("5 千")
    assert "2千" not in why


async def test_three_guesses_are_explained_and_still_asked(chat: Chat) -> None:
    buyer = chat.buyer("小林")
    await buyer.says("我们想搞个高新")
    buyer.sees("您是想要")

    await buyer.says("你怎么知道")
    buyer.sees("高新技术企业培育服务与认定咨询，您说的接近")
    await buyer.says("1")
    buyer.sees("记下了", "高新技术企业培育服务与认定咨询")


async def test_why_without_a_draft_is_no_draft(chat: Chat) -> None:
    buyer = chat.buyer("小林")
    await buyer.says("为什么")
    buyer.sees("没听懂")


async def test_what_was_worked_out_is_named_with_its_words(chat: Chat) -> None:
    buyer = chat.buyer("韦姐")
    await buyer.says("想给芒果测一下农药残留，预算一千五，下周五前，南宁")
    buyer.sees("按您说的“一千五”、“下周五前”推算", "¥1,500")


async def test_what_was_said_outright_is_not_explained(chat: Chat) -> None:
    buyer = chat.buyer("韦姐")
    await buyer.says("想给芒果测一下农药残留，预算1500元，南宁")
    assert "推算" not in buyer.sees("¥1,500")


async def test_what_may_mean_several_things_is_asked_about(chat: Chat) -> None:
    buyer = chat.buyer("韦姐")
    await buyer.says("想给芒果测一下农药残留，预算几万块，过完年再做，鼓楼区")
    buyer.sees("“几万块”我没法记成数", "“过完年”我不猜是哪天", "“鼓楼区”不止一个")
