"""对账: what bills and books do not agree on; 对平 K101 原因: a colleague has found out why."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.actions.reconciliation import close_difference
from handlers.chat.parsing import only_staff, tail
from handlers.conversation import Conversation
from handlers.desk import Say
from handlers.routing import Heard, Router
from handlers.wording import reconciliation as zh
from market.parties import Sender
from storage.unit_of_work import UnitOfWork

router = Router("reconciliation")
BILLS_SHOWN = 2


@dataclass(frozen=True, slots=True)
class Overview:
    pass


@dataclass(frozen=True, slots=True)
class Settle:
    difference_id: int
    reason: str


_OVERVIEW = re.compile(r"^(?:对账|看对账|对账差异|账对上了吗|账平了吗)[?？]?$")
_SETTLE = re.compile(r"^对平\s*K[- ]?(\d{1,12})\s*[:：,，]?\s*(.*)$", re.S)
_SPARE = " 。，,.!！"


def parse_overview(heard: Heard) -> Overview | None:
    if not heard.sender.is_staff:
        return None
    return Overview() if _OVERVIEW.match(heard.command) else None


def parse_settle(heard: Heard) -> Settle | None:
    """ "对平 K101 客户分两笔转的"."""
    found = _SETTLE.match(heard.command)
    return Settle(int(found[1]), tail(heard, found[2]).strip(_SPARE)) if found else None


@router.on(parse_overview)
def overview(said: Overview, uow: UnitOfWork, say: Say) -> None:
    rows, count = uow.differences.open(zh.SHOWN), uow.differences.count_open()
    say.discreetly(zh.overview_line(count), zh.overview(uow.bills.latest(BILLS_SHOWN), rows, count))


@router.on(parse_settle)
def settle(
    said: Settle,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    say: Say,
    now: datetime,
) -> None:
    """Without a reason nothing is closed: whoever looks later must know what it was."""
    only_staff(sender)
    if len(said.reason) < 2:
        say.discreetly("", zh.WHY.format(no=f"K{said.difference_id}"))
        return
    conversation.question = None
    row = close_difference(uow, said.difference_id, said.reason[:200], sender, now)
    say.discreetly(zh.closed_line(row), zh.closed(row, uow.differences.count_open()))
