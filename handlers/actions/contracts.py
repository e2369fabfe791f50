"""The contract of an order: drafted with the award, changed by proposals, agreed by two keys.

The order's lock makes both sides and the payment take turns: whoever comes second meets what the
first one left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from handlers.actions.suspensions import suspended_bids
from handlers.conversation import Conversation
from handlers.desk import Desk, tell
from handlers.message import Choice
from handlers.wording import contracts as zh
from market.bids import Bid
from market.contracts import (
    SIDES,
    Answer,
    Version,
    answer,
    draft,
    in_instalments,
    key_by_bidding,
    key_by_paying,
    pending,
)
from market.doors import Priority
from market.errors import ContractChanged, NotFound, StepNotAllowed
from market.orders import Order, OrderStatus, Step
from market.parties import Sender
from market.processes import Party
from storage.unit_of_work import UnitOfWork

_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class Proposal:
    """A version that waits for the other side, or is agreed; the order as it stands now."""

    order: Order
    version: Version


def draft_contract(
    uow: UnitOfWork, order: Order, bid: Bid, service_code: str | None, desk: Desk, now: datetime
) -> None:
    """The bid in one instalment: the provider's by their bid, the buyer's when they pay."""
    service = desk.services.get(service_code or "")
    contract = draft(order, bid.offer, service.process if service else (), now)
    assert contract.version == order.contract_version, "the order stands under its first draft"
    uow.contracts.add(contract)
    uow.contracts.answer(contract, key_by_bidding(contract, bid.person_id))


def agree_by_paying(uow: UnitOfWork, order: Order, now: datetime) -> None:
    """The money is there: the buyer agrees to the contract the order stands under."""
    standing = uow.contracts.standing(order)
    if standing is None:
        return  # from before there were contracts
    key = key_by_paying(order, standing, now)
    if key is not None:
        uow.contracts.answer(standing.contract, key)


def side_of(order: Order, sender: Sender) -> Party:
    """Which side somebody is on. Raises NotFound for everybody else."""
    if order.buyer_id == sender.id:
        return Party.BUYER
    if sender.provider_id is not None and order.provider_id == sender.provider_id:
        return Party.PROVIDER
    raise NotFound(order.no)


def would_propose(
    uow: UnitOfWork, order: Order, sender: Sender, weights: Sequence[int], now: datetime
) -> Version:
    """What a proposal would say, for whoever is about to make it; nothing is changed.

    Raises:
        StepNotAllowed, InstalmentsRefused, NotFound: see `propose_instalments`.
    """
    side = side_of(order, sender)
    newest = _newest(uow, order)
    return Version(in_instalments(order, newest.contract, weights, by=side, now=now))


def propose_instalments(
    uow: UnitOfWork,
    order_id: int,
    sender: Sender,
    weights: Sequence[int],
    *,
    seen_version: int,
    now: datetime,
) -> Proposal:
    """A new version with the proposer's key, read back to the other side.

    Raises:
        NotFound: absent, or somebody else's.
        StepNotAllowed: the order is paid, or over.
        ContractChanged: the other side has proposed something meanwhile.
        InstalmentsRefused: the price cannot be divided so.
    """
    order = uow.orders.lock(order_id)
    side = side_of(order, sender)
    newest = _newest(uow, order)
    contract = in_instalments(order, newest.contract, weights, by=side, now=now)
    if contract.version != seen_version:
        raise ContractChanged(order.no, version=newest.contract.version)
    version = Version(contract).with_answer(Answer(side, True, sender.id, contract.hash, now))
    uow.contracts.add(contract)
    for said in version.answers:
        uow.contracts.answer(contract, said)
    _record(uow, order, Step.PROPOSE, version, sender.id, now)
    other = _other(order, side)
    numbered = not _is_asked(uow, order, other)
    tell(
        uow,
        other,
        zh.proposed(order, version, side, numbered=numbered),
        *(answer_choices(order, version) if numbered else ()),
        key=_key(order, version, "proposed"),
        priority=Priority.DEADLINE,
        now=now,
        useless_after=order.pay_by,
    )
    return Proposal(order, version)


def answer_proposal(
    uow: UnitOfWork, order_id: int, sender: Sender, *, version: int, agrees: bool, now: datetime
) -> Proposal:
    """The other side's word: with their yes the order stands under the new version.

    Raises:
        NotFound: absent, or somebody else's.
        StepNotAllowed: the order is paid, or over.
        ContractChanged, NothingToConfirm: not this version, or nothing waits for this side.
    """
    order = uow.orders.lock(order_id)
    side = side_of(order, sender)
    done = answer(
        order,
        uow.contracts.newest(order),
        version=version,
        side=side,
        agrees=agrees,
        person_id=sender.id,
        now=now,
    )
    uow.contracts.answer(done.version.contract, done.version.answers[-1])
    uow.orders.save(done.order)
    step = Step.AGREE if agrees else Step.DECLINE
    _record(uow, order, step, done.version, sender.id, now)
    other = _other(order, side)
    of_other = next(each for each in SIDES if each is not side)
    tell(
        uow,
        other,
        zh.in_force(done.order, done.version, of_other)
        if done.agreed
        else zh.declined(order, side),
        key=_key(order, done.version, "agreed" if agrees else "declined"),
        priority=Priority.DEADLINE,
        now=now,
    )
    return Proposal(done.order, done.version)


def answer_choices(order: Order, version: Version) -> tuple[Choice, ...]:
    """Both answers as whole commands, which name the version that was read."""
    about = f"{order.no} v{version.contract.version}"
    return Choice(zh.YES, f"同意分期 {about}"), Choice(zh.NO, f"不同意分期 {about}")


def shown_version(uow: UnitOfWork, order: Order) -> Version:
    """What there is to read: the version that waits for an answer, else the one that stands.

    Raises:
        NotFound: an order from before there were contracts.
    """
    newest = _newest(uow, order)
    standing = uow.contracts.standing(order)
    return pending(order, newest) or standing or newest


def waiting_for(uow: UnitOfWork, sender: Sender) -> list[Proposal]:
    """What waits for this person's word, newest order first."""
    orders = uow.orders.of_buyer(sender.id, _LOOKED_AT)
    if sender.provider_id is not None:
        orders += uow.orders.of_provider(sender.provider_id, _LOOKED_AT)
    found = []
    for order in orders:
        if order.status is not OrderStatus.AWAITING_PAYMENT:
            continue
        version = pending(order, uow.contracts.newest(order))
        if version is not None and version.awaits(side_of(order, sender)):
            found.append(Proposal(order, version))
    return found


def _newest(uow: UnitOfWork, order: Order) -> Version:
    newest = uow.contracts.newest(order)
    if newest is None:
        raise StepNotAllowed(order.no, status=order.status, step=Step.PROPOSE)
    return newest


def _other(order: Order, side: Party) -> int:
    return order.provider_person_id if side is Party.BUYER else order.buyer_id


def _is_asked(uow: UnitOfWork, order: Order, person_id: int) -> bool:
    """Whether a bare number from this side would answer something else than a proposal."""
    if Conversation.from_json(uow.conversations.latest_state(person_id)).question is not None:
        return True
    return person_id != order.buyer_id and bool(
        suspended_bids(uow, order.provider_id) or uow.negotiations.demands_asking(order.provider_id)
    )


def _record(
    uow: UnitOfWork, order: Order, step: Step, version: Version, person_id: int, now: datetime
) -> None:
    contract = version.contract
    note = f"v{contract.version} {contract.fingerprint}"
    uow.history.add(order.no, step, order.status, now, person_id=person_id, note=note)


def _key(order: Order, version: Version, what: str) -> str:
    return f"{order.no}:contract:{version.contract.version}:{what}"
