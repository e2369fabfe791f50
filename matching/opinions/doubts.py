"""When a second opinion is worth asking for: what the rules are not sure of in a message."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from matching.opinions.masking import mask_people
from matching.opinions.values import NONE, About, Doubt, Option
from matching.text.bids import BidReading, spoken
from matching.text.normalize import fold
from matching.text.tricks import claims_authority, collects_money

if TYPE_CHECKING:
    from matching import Reading

SHORTEST, LONGEST = 7, 500  # characters: less says too little, more costs too much
CHOICES = 5  # services to choose from
PLAIN_REST = 4  # characters beside numbers and words of offering that leave a kind certain

DEMAND = "demand"
OTHER = "other"
INTENTS = (
    Option(DEMAND, "想找人办一件科技服务方面的事，例如专利、检测、认证、申报、开发、培训"),
    Option("price", "问某项服务多少钱"),
    Option("progress", "问自己的需求或订单办到哪一步"),
    Option("complaint", "对服务商或平台不满，要投诉"),
    Option("human", "想找真人客服"),
    Option(OTHER, "闲聊、私事、广告，或者以上都不是"),
)
INTENT_SLOTS = (
    Option("words", "最能说明意图的几个字；是 demand 时，是说出要办什么事的那几个字"),
    Option("budget", "愿意出多少钱的那几个字"),
    Option("deadline", "什么时候之前要的那几个字"),
    Option("region", "在哪里办的那几个字"),
)
KINDS = (
    Option("bid", "说话人自己愿意接这一单，或者为它报价、改价"),
    Option("question", "问问题"),
    Option("withdraw", "撤回自己的报价"),
    Option(NONE, "闲聊、讽刺、嫌价低、转述别人的价、假设、通知"),
)
KIND_SLOTS = (
    Option("words", "最能说明是哪一类的几个字"),
    Option("price", "说话人自己为这一单报的总价的那几个字，不是别人的价、以前的价、预算"),
)

# Numbers, their units, and the words every offer is made of: they leave nothing to doubt.
_OF_AN_OFFER = re.compile(
    r"D?\d[\d.,]*|[一二两三四五六七八九十百千万半壹贰叁]+|元整?|块钱?|[wWkK]|个?(?:工作)?[天日周月年]|个|"
    r"报价?|出价|价格|总价|一口价|我司?们?|[来能可以]?接|能做|可以做?|我来|全包|包干|不?含[税票]|专票|普票|开票|税|票|"
    r"工期|周期|交期|内|左右|大概|约|完成|交付|搞定|交货|出报告|编号|号|单|改价?|[成为到]|@\S+|\W|_"
)
_FIGURE = re.compile(r"\d{3,}|[\d一二两三四五六七八九十]\s?[百千万wWkK]")


def service_doubt(reading: "Reading") -> Doubt | None:
    """Which service is meant, where the gate would ask the person; None if that is clear."""
    if reading.search.decision != "choose" or not _may_be_sent(reading):
        return None
    options = _likeliest(reading)
    return Doubt(About.SERVICE, sent(reading), options[0].value, options)


def intent_doubt(reading: "Reading", *, asked: str = "") -> Doubt | None:
    """What a message wants that no rule understood; `asked` is the kind of the open question."""
    if reading.search.decision != "none" or not _may_be_sent(reading):
        return None
    services = _likeliest(reading)
    return Doubt(About.INTENT, sent(reading), OTHER, INTENTS, INTENT_SLOTS, services, asked)


def kind_doubt(reading: "Reading", bids: Sequence[BidReading], *, demand_no: str) -> Doubt | None:
    """Whether a group line that names an open demand offers to do it; None where that is clear."""
    if not _may_be_sent(reading) or kind_is_certain(reading.text, bids, demand_no=demand_no):
        return None
    offers = [bid for bid in bids if bid.kind in {"bid", "amend"}]
    rules = "bid" if offers else bids[0].kind
    prices = {
        fen
        for bid in offers
        for fen in (bid.price_fen, bid.price_max_fen, *bid.price_ambiguous)
        if fen is not None
    }
    return Doubt(
        About.KIND,
        sent(reading, spoken(reading.text)),
        rules,
        KINDS,
        KIND_SLOTS,
        state=demand_no,
        prices_fen=tuple(sorted(prices)),
    )


def kind_is_certain(text: str, bids: Sequence[BidReading], *, demand_no: str) -> bool:
    """Whether a line is nothing but an offer, or holds no figure that could make it one.

    More than one offer, or a price by comparison, is asked about anyway.
    """
    rest = re.sub(rf"D?\s?{demand_no.removeprefix('D')}(?!\d)", " ", spoken(text), count=1)
    offered = [bid for bid in bids if bid.kind in {"bid", "amend"}]
    if len(offered) > 1 or any(bid.relative or len(bid.demand_nos) > 1 for bid in offered):
        return True
    if any(bid.kind == "withdraw" for bid in bids) or not (offered or _FIGURE.search(rest)):
        return True
    return len(_OF_AN_OFFER.sub("", rest)) <= PLAIN_REST


def _likeliest(reading: "Reading") -> tuple[Option, ...]:
    """The services to choose from, likeliest first, and none of them."""
    likely = [one for one in reading.search.services[:CHOICES] if one.score > 0]
    nothing = Option(NONE, "都不是，或没在找服务")
    return (*(Option(one.code, one.name) for one in likely), nothing)


def sent(reading: "Reading", part: str | None = None) -> str:
    """The words, or a part of them, as they may leave the house: without people."""
    text = reading.text if part is None else part
    return mask_people(fold(text), reading.slots.spans.get("company", ""))


def _may_be_sent(reading: "Reading") -> bool:
    """Not what says too little or too much, and never what tries to give orders."""
    said = reading.normal
    if not SHORTEST <= len(said) <= LONGEST:
        return False
    return not (claims_authority(said) or collects_money(said))
