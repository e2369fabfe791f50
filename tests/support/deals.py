"""Deals that have come some way, for conversations about what happens next."""

import re
from collections.abc import Sequence

from tests.support.chat import STAFF_ROOM, Chat, Person


async def submitted(chat: Chat, buyer: Person, text: str) -> str:
    """A demand that waits for review; returns its number."""
    await buyer.says(text)
    buyer.ignores_the_rest()
    await buyer.says("确认")
    number = re.search(r"D\d+", buyer.sees("已提交"))
    assert number is not None, chat.story("a submitted demand has a number")
    chat.staff_group.sees("新需求待审", number.group())
    return number.group()


async def agreed(chat: Chat, buyer: Person, provider: Person, price: int) -> str:
    """An order at this price in yuan that waits for payment; returns its number."""
    await buyer.says("我们想做高新技术企业认定，在柳州，预算3万左右")
    buyer.ignores_the_rest()
    await buyer.says("确认")
    demand = re.search(r"D\d+", buyer.sees("已发布"))
    assert demand is not None, chat.story("a published demand has a number")
    await provider.says(f"报价 {demand.group()} {price} 15天 含官费")
    await provider.says("1")
    await buyer.says("现在开标")
    await buyer.says("确认")
    await buyer.says(f"选A {demand.group()}")
    buyer.ignores_the_rest()
    await buyer.says("确认")
    order = re.search(r"O\d+", buyer.sees_among("应付"))
    assert order is not None, chat.story("an order has a number")
    chat.everybody_has_read()
    return order.group()


async def delivered(chat: Chat, buyer: Person, provider: Person, price: int) -> str:
    """An order whose work was handed over; returns its number."""
    order = await agreed(chat, buyer, provider, price)
    await buyer.says("1")
    token = buyer.sees("/sandbox/pay/").split("/sandbox/pay/")[1].split()[0]
    await chat.pay(token)
    await provider.says(f"开工 {order}")
    await provider.says(f"交付 {order} 申报书齐了")
    chat.everybody_has_read()
    return order


async def disputed(chat: Chat, buyer: Person, provider: Person, price: int) -> str:
    """A dispute about delivered work; returns its number."""
    order = await delivered(chat, buyer, provider, price)
    await buyer.says(f"申诉 {order} 缺知识产权对应表，费用表是别家公司的数据")
    if not any("J" in message.text for message in buyer.unread):
        await buyer.says("确认")
    dispute = re.search(r"J\d+", " ".join(message.text for message in buyer.unread))
    assert dispute is not None, chat.story("a dispute has a number")
    chat.everybody_has_read()
    return dispute.group()


async def ruled(
    chat: Chat, buyer: Person, provider: Person, judges: Sequence[Person], price: int
) -> str:
    """A dispute with a ruling of 60 % that waits for both sides; returns its number."""
    dispute = await disputed(chat, buyer, provider, price)
    await judge(judges, dispute, "退60% 缺对应表")
    chat.everybody_has_read()
    return dispute


async def judge(judges: Sequence[Person], dispute: str, words: str) -> None:
    """One colleague decides; with two of them the second agrees."""
    await judges[0].says(f"判 {dispute} {words}")
    await judges[0].says("确认")
    for second in judges[1:]:
        await second.says(f"同意 {dispute}")


async def both_accept(buyer: Person, provider: Person, dispute: str) -> None:
    """Nobody appeals against the ruling: its money moves."""
    await buyer.says(f"接受 {dispute}")
    buyer.sees_among("您接受", "轮到对方")
    await provider.says(f"接受 {dispute}")


async def says_to_colleagues(staff: Person, text: str) -> None:
    await staff.says(text, room=STAFF_ROOM)
