"""A crowd with something to say: orders to be reviewed, bids to be confirmed, needs to be told.

Everybody speaks once, so that no turn finds its work done. Numbers of ours begin where those
that the service gives itself will not reach.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, insert, select

from bot.benchmarks.stopwatch import Meter
from handlers.chat.bid_cards import Card, put
from handlers.conversation import Conversation
from handlers.message import Choice
from market.bids import BidStatus
from market.modes import DemandStatus
from market.orders import OrderStatus
from storage.bids import bid_versions, bids
from storage.conversations import conversations
from storage.demands import demands
from storage.orders import orders
from storage.outbox import outbox
from storage.parties import members, people
from storage.providers import providers
from storage.reviews import reviews

FIRST = 1_000_000
_BIDS_OF_ONE_DEMAND = 8  # what the policy allows
_CHUNK = 5_000
_BUYER, _PROVIDER, _SPEAKER, _OPEN = 0, 1_000_000, 2_000_000, 1_000_000  # offsets of their numbers

REVIEW = "评价 O{n} 5 很好"
CONFIRMATION = "1"
NEEDS = (
    "想找柳州本地的机械设计工程师，画{n}张图纸，预算8000",
    "我想申请{n}件发明专利，两周内，大概两三万",
    "公司没有研发部，想让外面的团队帮开发{n}号新产品，预算5万左右，月底前上线",
    "需要給{n}號產品做個可靠性檢測，下周五前要報告",
    "第{n}批土壤要做环境检测，南宁，一万以内",
)


def seed(engine: Engine, first: int, count: int, now: datetime, meter: Meter) -> None:
    """Bring everybody with a number from `first` on into the database."""
    for begin in range(first, first + count, _CHUNK):
        numbers = range(begin, min(begin + _CHUNK, first + count))
        with engine.begin() as conn:
            for table, row in _rows(now):
                conn.execute(insert(table), [row(number) for number in numbers])
            _add_open_demands(conn, numbers, now)
        meter(numbers.stop - first, count)


def reviews_written(conn: Connection) -> int:
    return conn.execute(select(func.count()).select_from(reviews)).scalar_one()


def bids_placed(conn: Connection) -> int:
    query = select(func.count()).select_from(bids).where(bids.c.status == BidStatus.PLACED)
    return conn.execute(query).scalar_one()


def pushes_decided(conn: Connection) -> int:
    return conn.execute(select(func.count()).select_from(outbox)).scalar_one()


def _rows(now: datetime) -> Iterable[tuple[Table, Callable[[int], dict[str, Any]]]]:
    """The rows of number n, in the order their tables need."""
    for offset in (_BUYER, _PROVIDER, _SPEAKER):
        yield people, lambda n, offset=offset: {"id": n + offset, "created_at": now}  # type: ignore[misc]
    yield providers, _provider
    yield (
        members,
        lambda n: {"person_id": n + _PROVIDER, "provider_id": n, "joined_at": now},
    )
    yield demands, lambda n: _demand(n, n, DemandStatus.AWARDED, now)
    yield bids, lambda n: _bid(n, now)
    yield bid_versions, lambda n: _bid_version(n, now)
    yield orders, lambda n: _order(n, now)
    yield conversations, lambda n: _line(f"oBuyer{n}", n, "", now)
    yield conversations, lambda n: _line(f"oBidder{n}", n + _PROVIDER, _asked(n), now)
    yield conversations, lambda n: _line(f"oSpeaker{n}", n + _SPEAKER, "", now)


def _add_open_demands(conn: Connection, numbers: range, now: datetime) -> None:
    wanted = sorted({_open_demand(number) for number in numbers})
    known = set(conn.scalars(select(demands.c.id).where(demands.c.id >= wanted[0])))
    rows = [
        _demand(number, numbers.start, DemandStatus.OPEN, now)
        for number in wanted
        if number not in known
    ]
    if rows:
        conn.execute(insert(demands), rows)


def _open_demand(number: int) -> int:
    """The demand that the provider of this number bids on; neighbours bid on different ones."""
    chunk, place = divmod(number - FIRST, _CHUNK)
    size = _CHUNK // _BIDS_OF_ONE_DEMAND
    return FIRST + _OPEN + chunk * size + place % size


def _provider(n: int) -> dict[str, Any]:
    words = ("class_name", "fields", "service_codes", "cases", "region", "address", "phone")
    return {
        "id": n,
        "credit_code": f"BENCH{n}",
        "name": f"第{n}号服务商",
        "kind": "firm",
        "non_profit": False,
        "active": False,  # the matcher need not know them
        "email": "",
        "im": "",
        **dict.fromkeys(words, ""),
    }


def _demand(number: int, buyer_id: int, status: DemandStatus, now: datetime) -> dict[str, Any]:
    return {
        "id": number,
        "buyer_id": buyer_id,
        "title": "申请发明专利",
        "text": "想申请一件发明专利",
        "budget_note": "面议",
        "region": "",
        "urgent": False,
        "details": "[]",
        "status": status,
        "version": 1,
        "reason": "",
        "published_at": now,
        "closes_at": now + timedelta(days=2),
        "choose_by": now + timedelta(days=5),
        "created_at": now,
    }


def _bid(n: int, now: datetime) -> dict[str, Any]:
    return {
        "id": n,
        "demand_id": n,
        "provider_id": n,
        "person_id": n + _PROVIDER,
        "letter": "A",
        "version": 1,
        "status": BidStatus.CHOSEN,
        "placed_at": now,
    }


def _bid_version(n: int, now: datetime) -> dict[str, Any]:
    return {
        "bid_id": n,
        "version": 1,
        "price_fen": 3_000_000,
        "included": "[]",
        "excluded": "[]",
        "tax": "",
        "note": "",
        "salt": "",
        "fingerprint": "",
        "person_id": n + _PROVIDER,
        "placed_at": now,
    }


def _order(n: int, now: datetime) -> dict[str, Any]:
    return {
        "id": n,
        "demand_id": n,
        "bid_id": n,
        "buyer_id": n,
        "provider_id": n,
        "provider_person_id": n + _PROVIDER,
        "title": "申请发明专利",
        "price_fen": 3_000_000,
        "status": OrderStatus.COMPLETED,
        "created_at": now,
        "pay_by": now,
        "completed_at": now,
    }


def _line(account: str, person_id: int, state: str, now: datetime) -> dict[str, Any]:
    return {
        "channel": "wechat",
        "account": account,
        "person_id": person_id,
        "state": state,
        "spoke_at": now,
    }


def _asked(n: int) -> str:
    """A talk in which a bid was read back and waits for its 1."""
    talk = Conversation()
    demand_id = _open_demand(n)
    card = Card(demand_id, price_fen=3_000_000 + n, workdays=15, included=("官费",))
    put(talk, [card])
    talk.ask(
        "bid", Choice("提交", "确认"), Choice("改", "改一下"), confirms=True, demand_id=demand_id
    )
    return talk.to_json()
