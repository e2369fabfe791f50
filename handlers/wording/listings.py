"""Words about listings: what is sold at a fixed price."""

from collections.abc import Sequence

from handlers.wording.bids import offer_line
from handlers.wording.fees import commission
from market.bids import Offer
from market.fees import Fee
from market.listings import EXPRESS, ON_SITE, Listing, ListingStatus
from market.money import yuan

HOW_TO_LIST = (
    "要上架什么？一句话说全：服务、价格、工期，要加价的写上“加急 200”“上门 300”，"
    "例如“上架 水质检测 800元 3天 含报告 加急200”。"
)
NO_PRICE = "还差一个固定的价，例如“上架 水质检测 800元 3天”。价格说不准的，等需求来了再报价更合适。"
NOT_A_SERVICE = "没看出是目录里哪一项服务。把服务名写在前面，例如“上架 水质检测 800元 3天”。"
NONE_OF_MINE = "您还没有上架的一口价。例如“上架 水质检测 800元 3天 加急200”。"


def options(listing: Listing, taken: Sequence[str] = ()) -> str:
    """``加急 +¥200、上门 +¥300``: what may be added to what is taken already."""
    offered = ((EXPRESS, listing.express_fen), (ON_SITE, listing.on_site_fen))
    left = ((name, fen) for name, fen in offered if fen is not None and name not in taken)
    return "、".join(f"{name} +{yuan(fen)}" for name, fen in left)


def line(listing: Listing, name: str) -> str:
    more = options(listing)
    return f"{listing.no} {listing.title} {offer_line(listing.offer)}　{name}" + (
        f"（{more}）" if more else ""
    )


def echo(title: str, draft: Listing, fee: Fee) -> str:
    more = options(draft)
    return (
        f"上架【{title}】{offer_line(draft.offer)}" + (f"，{more}" if more else "") + "\n"
        f"卖出一份{commission(fee, draft.offer.price_fen)}。"
        "服务中心看过就上架，谁买都是这个价。\n1 上架　2 改（把整句重说一遍）"
    )


def submitted(listing: Listing) -> str:
    return (
        f"{listing.no} 已提交，轮到服务中心审核，工作时间 2 小时内有结果。\n"
        f"回“我的上架”看全部，不卖了回“下架 {listing.no}”。"
    )


def waits_for_review(listing: Listing, name: str) -> str:
    return (
        f"一口价待审 {line(listing, name)}。回“审 {listing.no} 通过”或“审 {listing.no} 驳回 理由”。"
    )


def approved(listing: Listing) -> str:
    return (
        f"{listing.no} {listing.title} 已上架，客户可以直接买；卖出一份我马上告诉您。\n"
        f"调价就重新“上架”一次，不卖了回“下架 {listing.no}”。"
    )


def rejected(listing: Listing) -> str:
    return f"{listing.no} 没有通过审核：{listing.reason or '信息不完整'}。改好重新“上架”就行。"


def reviewed(listing: Listing) -> str:
    done = "已上架" if listing.status is ListingStatus.LISTED else "已驳回"
    return f"{listing.no} {done}，已通知服务商。回“待办”看下一件。"


def withdrawn(listing: Listing) -> str:
    return f"{listing.no} {listing.title} 已下架。已经卖出的照常做。"


_STATES = {ListingStatus.IN_REVIEW: "审核中", ListingStatus.LISTED: "在售"}


def mine(listings: Sequence[Listing]) -> str:
    lines = [
        f"· {one.no} {one.title} {offer_line(one.offer)}（{_STATES[one.status]}）"
        for one in listings
    ]
    return "\n".join(["您的一口价：", *lines, f"不卖了回“下架 {listings[0].no}”。"])


def shelf(what: str, lines: Sequence[str], more: int) -> str:
    if not lines:
        about = f"“{what}”" if what else ""
        return f"现在没有{about}可以直接买的。要办什么直接说，我请几家报价给您挑。"
    tail = f"还有 {more} 样，说出服务名看，例如“一口价 水质检测”。" if more else ""
    return "\n".join(
        ["可以直接买（一口价）：", *lines, f"{tail}回“买 编号”，例如“买 {_first(lines)}”。"]
    )


def _first(lines: Sequence[str]) -> str:
    return lines[0].removeprefix("· ").split()[0]


def buy_question(
    listing: Listing, name: str, standing: str, offer: Offer, taken: Sequence[str], pay_within: str
) -> str:
    """The sum with its parts, and what happens when; then 确认."""
    extras = {EXPRESS: listing.express_fen, ON_SITE: listing.on_site_fen}
    parts = [yuan(listing.offer.price_fen), *(f"{one} {yuan(extras[one] or 0)}" for one in taken)]
    total = f"{' + '.join(parts)} = {yuan(offer.price_fen)}" if taken else parts[0]
    more = options(listing, taken)
    every = " ".join([*taken, more.split(" ")[0]])
    also = f"\n还可以加：{more}，回“买 {listing.no} {every}”。" if more else ""
    conditions = (
        offer_line(listing.offer).removeprefix(yuan(listing.offer.price_fen)).strip("　，, ")
    )
    return (
        f"如果买 {listing.no}（{name}，{standing}）：{listing.title} {total}"
        + (f"，{conditions}" if conditions else "")
        + f"。\n{pay_within}内付款到托管，验收后才付给对方；付款前可以取消，不收费。确认？{also}"
    )


def which_service(names: Sequence[str]) -> str:
    numbered = "　".join(f"{index} {name}" for index, name in enumerate(names, start=1))
    return f"上架的是哪一项：{numbered}？回数字。"
