"""联合投标: the lead names partners and shares, each partner says yes or no."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.actions.consortiums import answer_joint, ask_partners, leave_partners
from handlers.actions.providers import NAMESAKES_SHOWN
from handlers.chat.parsing import demand_id
from handlers.desk import Desk, Say
from handlers.routing import Heard, Router
from handlers.wording import consortiums as zh
from market.errors import NotFound
from market.parties import Sender
from storage.unit_of_work import UnitOfWork

router = Router("joint bids")


@dataclass(frozen=True, slots=True)
class Join:
    demand_id: int | None
    partners: tuple[tuple[str, int], ...]  # name, share in basis points


@dataclass(frozen=True, slots=True)
class Answer:
    demand_id: int
    agrees: bool


@dataclass(frozen=True, slots=True)
class Alone:
    demand_id: int


_NO = r"D?[- ]?\d{3,9}"
_JOIN = re.compile(rf"^(?:联合投标|联合报价|联合)\s*(?P<no>{_NO})?[\s:：,，]*(?P<rest>.*)$", re.S)
_PARTNER = re.compile(r"([^\s,，、;；%\d]{2,30}?)\s*(\d{1,2})(?:\.(\d{1,2}))?\s*%")
_ANSWER = re.compile(rf"^(?P<not>不)?同意联合(?:投标)?\s*{_NO}$")
_ALONE = re.compile(rf"^(?:不联合|取消联合|改回独家)(?:投标)?\s*{_NO}$")


def parse_join(heard: Heard) -> Join | None:
    """ "联合投标 D1024 信达 30% 柳创 20%"."""
    found = _JOIN.match(heard.command)
    if found is None or not heard.sender.is_provider:
        return None
    partners = tuple(
        (
            name.removeprefix("和").removeprefix("与"),
            int(whole) * 100 + int((part or "0").ljust(2, "0")),
        )
        for name, whole, part in _PARTNER.findall(heard.reading.normal)
    )
    return Join(demand_id(f"D{found['no'].lstrip('Dd- ')}") if found["no"] else None, partners)


def parse_answer(heard: Heard) -> Answer | None:
    found = _ANSWER.match(heard.command)
    no = demand_id(heard.command) if found else None
    return None if found is None or no is None else Answer(no, found["not"] is None)


def parse_alone(heard: Heard) -> Alone | None:
    no = demand_id(heard.command) if _ALONE.match(heard.command) else None
    return None if no is None else Alone(no)


@router.on(parse_join)
def join(said: Join, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime) -> None:
    if said.demand_id is None or not said.partners:
        say(zh.HOW)
        return
    partners = [(_provider(uow, desk, name), share_bp) for name, share_bp in said.partners]
    joint = ask_partners(uow, said.demand_id, sender, partners, desk, now)
    say(zh.asked_partners(joint, desk.zone))


def _provider(uow: UnitOfWork, desk: Desk, name: str) -> int:
    """Whom a name means, if it is one only. Raises NotFound."""
    search = desk.matcher.find_provider(name, NAMESAKES_SHOWN)
    if search.decision != "match":
        raise NotFound(f"服务商“{name[:20]}”")
    code = search.providers[0].credit_code
    ids = uow.providers.ids_by_credit_code([code])
    if code not in ids:
        raise NotFound(f"服务商“{name[:20]}”")
    return ids[code]


@router.on(parse_answer)
def answer(
    said: Answer, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    joint = answer_joint(uow, said.demand_id, sender, desk, now, agrees=said.agrees)
    say(zh.said_yes(joint) if said.agrees else zh.said_no(joint))


@router.on(parse_alone)
def alone(said: Alone, sender: Sender, uow: UnitOfWork, say: Say, now: datetime) -> None:
    say(zh.alone(leave_partners(uow, said.demand_id, sender, now)))
