"""Write `docs/processes.md` from the tables that the engine runs: `make processes`."""

import sys
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from handlers.wording.claims import STATUSES as CLAIM_WORDS
from handlers.wording.invoices import WORDS as INVOICE_WORDS
from handlers.wording.refusals import DEMAND_WORDS, DISPUTE_WORDS, LISTING_WORDS, ORDER_WORDS
from handlers.wording.vouchers import STATUSES as VOUCHER_WORDS
from market.claims import CLAIM
from market.disputes import DOUBLE, PANEL, SINGLE, SMALL_CLAIM
from market.invoices import INVOICE
from market.listings import LISTING
from market.modes import BOUNTY, DEPOSIT, DIRECT, PIECE, PURCHASE, QUESTION, TENDER
from market.orders import ORDER
from market.policy import Policy
from market.pots import POT
from market.processes import Party, Process, Way
from market.vouchers import VOUCHER

_PARTIES = {
    Party.BUYER: "客户",
    Party.PROVIDER: "服务商",
    Party.BIDDERS: "其他投标人",
    Party.GROUPS: "服务商群",
    Party.STAFF: "员工",
    Party.PANEL: "专家组",
    Party.GATEWAY: "支付",
    Party.CLOCK: "时钟",
}
_CODES = {
    "funding": "付款进托管",
    "allotted": "赏金或定金转进订单的托管",
    "refund": "托管退客户",
    "payout": "托管付服务商",
    "commission": "托管付佣金",
    "points": "积分给客户",
    "public": "财政资金进托管",
    "public-back": "财政资金退回",
    "promise-kept": "额度核销",
    "promise-renewed": "额度放回",
    "granted": "额度发到券里",
    "lapsed": "券里剩的收回",
}
_HEAD = """# Processes

What can happen to a demand, a listing, an order and a dispute. The tables are those that the
engine runs
(`market/modes.py`, `market/pots.py`, `market/listings.py`, `market/orders.py`,
`market/disputes.py`, `market/invoices.py`, `market/vouchers.py`, `market/claims.py`); this page is
written from them by
`make processes`, and a test walks through every step and compares who is told and what money moves.
Whoever takes a step has the reply; 通知 are the pushes to others. Times are the defaults of
`[market]`.
"""


def page() -> str:
    """The whole page in Markdown, with a Mermaid diagram for each process."""
    return "\n".join(
        (
            _HEAD,
            *_section("招标与邀标", TENDER, DEMAND_WORDS),
            *_section("点名", DIRECT, DEMAND_WORDS),
            *_section("定金招标", DEPOSIT, DEMAND_WORDS),
            *_section("悬赏", BOUNTY, DEMAND_WORDS),
            *_section("计件", PIECE, DEMAND_WORDS),
            *_section("提问", QUESTION, DEMAND_WORDS),
            *_section("赏金与定金", POT, ORDER_WORDS),
            *_section("一口价上架", LISTING, LISTING_WORDS),
            *_section("直接购买", PURCHASE, DEMAND_WORDS),
            *_section("订单", ORDER, ORDER_WORDS),
            *_section("申诉：小额速裁", SMALL_CLAIM, DISPUTE_WORDS),
            *_section("申诉：一人裁决", SINGLE, DISPUTE_WORDS),
            *_section("申诉：两人裁决", DOUBLE, DISPUTE_WORDS),
            *_section("申诉：三人专家组", PANEL, DISPUTE_WORDS),
            *_section("发票", INVOICE, INVOICE_WORDS),
            *_section("创新券", VOUCHER, VOUCHER_WORDS),
            *_section("后补助", CLAIM, CLAIM_WORDS),
        )
    )


def _section(title: str, process: Process[Any, Any], words: Mapping[Any, str]) -> Iterable[str]:
    yield f"## {title}\n"
    yield "```mermaid\nstateDiagram-v2"
    met = {state for way in process.ways for state in (way.at, way.to)}
    for status, word in words.items():
        if status in met:
            yield f'    state "{word}" as {status}'
    yield f"    [*] --> {process.first}"
    for way in process.ways:
        yield f"    {way.at} --> {way.to}: {_spoken(way)}"
    yield from (f"    {end} --> [*]" for end in sorted(process.ends))
    yield "```\n"
    yield "| 从 | 到 | 谁 | 怎么说 | 员工 | 通知 | 钱 | 到时 |"
    yield "|---|---|---|---|---|---|---|---|"
    for way in process.ways:
        cells = (
            words[way.at],
            words[way.to],
            _names(way.by),
            way.says,
            way.staff,
            _names(way.tells),
            "、".join(_CODES[code] for code in way.money),
            _time(way.after),
        )
        yield f"| {' | '.join(cells)} |"
    yield ""


def _spoken(way: Way[Any, Any]) -> str:
    return (way.says or way.staff or _names(way.by)).partition("，")[0]


def _names(parties: Iterable[StrEnum]) -> str:
    return "、".join(_PARTIES[Party(party)] for party in parties)


def _time(field: str) -> str:
    if not field:
        return ""
    hours = round(getattr(Policy(), field).total_seconds() / 3600)
    return f"{hours // 24} 天" if hours % 24 == 0 and hours > 48 else f"{hours} 小时"


if __name__ == "__main__":
    sys.stdout.write(page())
