"""Words for haggling: what is asked, answered, agreed, and whose move it is until when."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from handlers.wording.dates import when
from market.bids import Bid
from market.demands import Demand
from market.money import yuan
from market.negotiations import Negotiation

ACCEPT = "接受"
AGAIN = "再还"
DROP = "算了选别家"
NOTHING_ASKED = "现在没有等您回的还价。回“我的线索”看开着的单子。"


def which_bid(demand: Demand) -> str:
    return f"{demand.no} 想跟哪一家议价？也可以连价一起说，例如“A 3万行不行”。"


def how_much(demand: Demand, bid: Bid, left: int, limit: int) -> str:
    """What haggling is, before the one question."""
    return (
        f"可以替您跟 {demand.no} 的 {bid.letter} 还价（每标最多 {limit} 轮，还剩 {left} 轮），"
        f"现在报 {yuan(bid.offer.price_fen)}。\n想说多少？"
    )


def which_amount(amounts: Sequence[int]) -> str:
    if not amounts:
        return "这个数我没听明白，想说多少？例如“3万”或“30000”。"
    return f"是 {'还是 '.join(f'{yuan(fen)} ' for fen in amounts).strip()}？请再说一次完整的数。"


def relayed(demand: Demand, bid: Bid, asked: Negotiation, limit: int, zone: ZoneInfo) -> str:
    others = f"\n{demand.no} 别家的标也替您留着，随时可回“比一比 {demand.no}”。"
    return (
        f"已转给 {bid.letter}：“{yuan(asked.asked_fen)} 可以吗？”（第 {asked.round}/{limit} 轮）\n"
        f"轮到 {bid.letter}，最晚 {when(asked.answer_by, zone)} 回；没回就作罢，原报价不变。"
        f"{others if demand.is_public else ''}"
    )


def asked(demand: Demand, bid: Bid, asked: Negotiation, limit: int, zone: ZoneInfo) -> str:
    """For the provider, who may be anywhere in a talk: whole commands, no numbers."""
    example = (asked.asked_fen + bid.offer.price_fen) // 200
    return (
        f"{demand.no} 客户问：{yuan(asked.asked_fen)} 可以吗？"
        f"（您报 {yuan(bid.offer.price_fen)}，第 {asked.round}/{limit} 轮）\n"
        f"轮到您，{when(asked.answer_by, zone)} 前回；没回就作罢，原报价照样有效。\n"
        f"· “同意还价 {demand.no}”\n"
        f"· “还价 {demand.no} {example} 多送一次修改”\n"
        f"· “不还 {demand.no}”"
    )


def which_asked(numbers: Sequence[str]) -> str:
    listed = "、".join(numbers)
    return f"有 {len(numbers)} 单等您回还价：{listed}。请带上编号，例如“不还 {numbers[0]}”。"


def price_missing(number: str) -> str:
    return f"{number} 想还多少？把数带上，例如“还价 {number} 31000 多送一次修改”。"


def agree_question(demand_id: int, bid: Bid, asked: Negotiation) -> str:
    return (
        f"如果同意：D{demand_id} 的报价从 {yuan(bid.offer.price_fen)} "
        f"改为 {yuan(asked.asked_fen)}，指纹随之更新。确认？\n"
        "想回别的价直接说数，如“31000 多送一次修改”。"
    )


def agreed_provider(demand: Demand, bid: Bid, mark: str) -> str:
    return (
        f"{demand.no} 按 {yuan(bid.offer.price_fen)} 定价，指纹更新 {mark}，旧版本留底。\n"
        f"轮到客户选标。回“进度 {demand.no}”随时看。"
    )


def countered_provider(demand: Demand, answer: Negotiation) -> str:
    return (
        f"{demand.no} 已回客户：{_terms(answer)}。\n"
        f"轮到客户；接受了我马上告诉您。回“进度 {demand.no}”随时看。"
    )


def refused_provider(demand: Demand, bid: Bid) -> str:
    return (
        f"{demand.no} 已回客户：价格不动，{yuan(bid.offer.price_fen)} 照样有效。\n"
        f"轮到客户选标。回“进度 {demand.no}”随时看。"
    )


def answered(demand: Demand, bid: Bid, answer: Negotiation, zone: ZoneInfo) -> str:
    """The provider's other price, for the buyer."""
    until = f"，{when(demand.choose_by, zone)} 前选定" if demand.choose_by else ""
    return (
        f"{demand.no} 的 {bid.letter} 回：{_terms(answer)}"
        f"（您说 {yuan(answer.asked_fen)}，原报 {yuan(bid.offer.price_fen)}）。\n"
        f"轮到您{until}。"
    )


def agreed(bid: Bid) -> str:
    return (
        f"D{bid.demand_id} 的 {bid.letter} 同意 {yuan(bid.offer.price_fen)}，报价已按新价更新。\n"
        f"轮到您选；想再看别家回“比一比 D{bid.demand_id}”。"
    )


def refused(demand: Demand, bid: Bid, left: int) -> str:
    return (
        f"{demand.no} 的 {bid.letter} 价格不动，{yuan(bid.offer.price_fen)} 仍然有效。\n"
        f"{_next(demand, bid, left)}"
    )


def settled(bid: Bid, mark: str) -> str:
    return f"D{bid.demand_id} 的 {bid.letter} 改为 {yuan(bid.offer.price_fen)}，新指纹 {mark}。"


def accepted(demand: Demand, bid: Bid, mark: str) -> str:
    """For the provider, whose price the buyer takes."""
    return (
        f"{demand.no} 客户接受 {yuan(bid.offer.price_fen)}，报价已更新，指纹 {mark}，旧版本留底。\n"
        f"轮到客户最后选标。回“进度 {demand.no}”随时看。"
    )


def dropped(demand: Demand, bid: Bid) -> str:
    return (
        f"{demand.no} 客户不再议价，您的报价 {yuan(bid.offer.price_fen)} 照样有效。\n"
        f"轮到客户选标。回“进度 {demand.no}”随时看。"
    )


def lapsed_provider(demand: Demand, bid: Bid) -> str:
    return (
        f"{demand.no} 这轮还价到时没回，已作罢；您的报价 {yuan(bid.offer.price_fen)} 照样有效。\n"
        f"轮到客户选标。回“进度 {demand.no}”随时看。"
    )


def lapsed_buyer(demand: Demand, bid: Bid, left: int) -> str:
    return (
        f"{demand.no} 的 {bid.letter} 到时没回还价，这轮作罢；"
        f"原报价 {yuan(bid.offer.price_fen)} 仍然有效。\n{_next(demand, bid, left)}"
    )


def say_one_of(commands: Sequence[str]) -> str:
    """Whole commands, for somebody whose numbers mean something else now."""
    return "回" + "、".join(f"“{command}”" for command in commands) + "。"


def _next(demand: Demand, bid: Bid, left: int) -> str:
    again = f"还能议 {left} 轮，回“议价 {bid.letter} {demand.no}”；" if left > 0 else ""
    return f"轮到您：{again}回“选{bid.letter} {demand.no}”定，回“比一比 {demand.no}”看别家。"


def _terms(answer: Negotiation) -> str:
    also = f"，{answer.answer_note}" if answer.answer_note else ""
    return f"{yuan(answer.price_fen)}{also}"
