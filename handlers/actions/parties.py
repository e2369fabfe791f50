"""What people can do about themselves: bind, call a human, see and erase their data."""

from datetime import datetime, timedelta

from handlers.actions.takeovers import STILL_NOBODY
from handlers.desk import Desk, tell_staff
from handlers.message import Inbound
from handlers.wording import parties as zh
from handlers.wording.parties import Joined
from market.doors import Priority
from market.errors import StepNotAllowed
from market.ledger import points
from market.modes import DemandStatus
from market.orders import OrderStatus
from market.parties import Sender
from storage.unit_of_work import UnitOfWork

ANSWERED_WITHIN = timedelta(minutes=10)
UTTERANCES_SHOWN = 3
LIVE = {
    OrderStatus.AWAITING_PAYMENT,
    OrderStatus.FUNDED,
    OrderStatus.IN_PROGRESS,
    OrderStatus.DELIVERED,
    OrderStatus.DISPUTED,
}
LIVE_DEMANDS = {
    DemandStatus.IN_REVIEW,
    DemandStatus.UNPAID,
    DemandStatus.OPEN,
    DemandStatus.OPENED,
}


def bind(uow: UnitOfWork, code: str, sender: Sender, inbound: Inbound, now: datetime) -> Joined:
    """Redeem a one-time code. Raises CodeRefused.

    A second code for the same member of staff binds another account of the same person, who
    can therefore not turn both keys.
    """
    invitation = uow.parties.redeem(code, sender.id, now)
    provider = ""
    if invitation.staff_role is not None:
        known = uow.parties.staff_named(invitation.name)
        if known is not None and known != sender.id:
            uow.conversations.adopt(inbound.channel, inbound.account, known)
            uow.history.add(f"P{known}", "bind", "bound", now, person_id=known)
            return Joined(invitation.name, invitation.staff_role, provider)
        uow.parties.join_staff(sender.id, invitation.staff_role, now)
    if invitation.provider_id is not None:
        uow.parties.join_provider(sender.id, invitation.provider_id, now)
        provider = uow.providers.name(invitation.provider_id)
    if invitation.name and (invitation.staff_role is not None or not sender.name):
        # Colleagues are called as the operator calls them, whatever nickname they chose.
        uow.parties.rename(sender.id, invitation.name)
    uow.history.add(f"P{sender.id}", "bind", "bound", now, person_id=sender.id)
    return Joined(invitation.name or sender.name, invitation.staff_role, provider)


def ask_for_human(uow: UnitOfWork, sender: Sender, desk: Desk, now: datetime) -> None:
    """Call a colleague; asking twice is one call, and the wait counts from the first."""
    if desk.at_work(now):
        uow.deadlines.set_if_absent(STILL_NOBODY, sender.id, now + ANSWERED_WITHIN)
    uow.tasks.open("human", f"P{sender.id}", now, note=sender.name or "客户", urgency=1)
    tell_staff(
        uow,
        desk,
        zh.human_wanted(sender),
        key=f"human:{sender.id}:{now:%Y%m%d%H}",
        priority=Priority.DEADLINE,
        now=now,
    )


def open_business(uow: UnitOfWork, sender: Sender, desk: Desk, now: datetime) -> str:
    """Somebody wants to offer services: staff check their papers and send a code."""
    if sender.provider_id is not None:
        return zh.already_provider(uow.providers.name(sender.provider_id))
    uow.tasks.open("provider", f"P{sender.id}", now, note=sender.name or "新服务商", urgency=4)
    return zh.OPEN_BUSINESS


def account_overview(uow: UnitOfWork, sender: Sender, desk: Desk) -> str:
    person = uow.parties.person(sender.id)
    kept, last = uow.utterances.of_person(sender.id, UTTERANCES_SHOWN)
    return zh.overview(
        person.name,
        demands=len(uow.demands.of_buyer(sender.id, 1000)),
        orders=len(uow.orders.of_buyer(sender.id, 1000)),
        points=uow.ledger.balance(points(sender.id)),
        accounts=len(uow.conversations.lines_of(sender.id)),
        papers={
            "个发票抬头": int(uow.invoices.heading_of(sender.id) is not None),
            "张发票": len(uow.invoices.of_buyer(sender.id, 1000)),
            "张创新券": len(uow.vouchers.of_person(sender.id, 1000)),
            "个补助申请": len(uow.claims.of_person(sender.id, 1000)),
        },
        utterances=zh.utterances(kept, last, desk.policy.utterances_kept),
    )


def close_account(uow: UnitOfWork, sender: Sender, now: datetime) -> str:
    """Erase who somebody is and what they may do; refused while something of theirs is live.

    Raises:
        StepNotAllowed: a demand or an order, bought or being worked on, is still open.
    """
    orders = uow.orders.of_buyer(sender.id, 1000)
    if sender.provider_id is not None:
        worked_on = uow.orders.of_provider(sender.provider_id, 1000)
        orders += tuple(one for one in worked_on if one.provider_person_id == sender.id)
    for order in orders:
        if order.status in LIVE:
            raise StepNotAllowed(order.no, status=order.status, step="close_account")
    for demand in uow.demands.of_buyer(sender.id, 1000):
        if demand.status in LIVE_DEMANDS:
            raise StepNotAllowed(demand.no, status=demand.status, step="close_account")
    uow.parties.erase(sender.id)
    uow.utterances.forget(sender.id)
    uow.invoices.forget_heading(sender.id)
    uow.history.add(f"P{sender.id}", "erase", "erased", now, person_id=sender.id)
    return zh.CLOSED
