"""Joint bids: partners are asked by the lead, each agrees, and each is paid its own share."""

from collections.abc import Sequence
from datetime import datetime

from handlers.actions.receipts import issue
from handlers.desk import Desk, tell
from handlers.wording import consortiums as zh
from handlers.wording.consortiums import Joint
from market.bids import LIVE, Bid
from market.consortiums import Division, Partner, PartnerStatus, check_shares
from market.demands import Demand
from market.doors import Priority
from market.errors import NotFound, NotYourRole, OwnDemand, PartnersRefused, StepNotAllowed
from market.ledger import Transfer
from market.modes import DemandStatus
from market.orders import Order
from market.parties import Sender
from market.receipts import Kind
from market.splits import Recipient, joined
from storage.unit_of_work import UnitOfWork


def ask_partners(
    uow: UnitOfWork,
    demand_id: int,
    sender: Sender,
    partners: Sequence[tuple[int, int]],
    desk: Desk,
    now: datetime,
) -> Joint:
    """The lead names its partners and their shares; each has to agree before the opening.

    Naming them again replaces all of them, and all are asked anew.

    Raises:
        NotFound: no such demand, or no bid of this provider on it.
        StepNotAllowed: the bids are opened.
        PartnersRefused, OwnDemand: it cannot be these, or not so.
    """
    demand, bid = _own_bid(uow, demand_id, sender)
    check_shares(demand.no, bid.provider_id, partners)
    for provider_id, _ in partners:
        if demand.buyer_id in uow.parties.member_ids(provider_id):
            raise OwnDemand(demand.no)
        theirs = uow.bids.of_provider(demand.id, provider_id)
        others = [one for one, _ in uow.consortiums.asking(demand.id, provider_id) if one != bid.id]
        if others or (theirs is not None and theirs.status in LIVE):
            raise PartnersRefused(demand.no, why="rival")
        if not uow.parties.member_ids(provider_id):
            raise PartnersRefused(demand.no, why="nobody")
    uow.consortiums.ask(bid.id, partners, now)
    uow.history.add(f"{demand.no}/{bid.letter}", "joint", bid.status, now, person_id=sender.id)
    joint = joint_of(uow, demand, bid)
    _ask(uow, joint, desk, now)
    return joint


def ask_again(uow: UnitOfWork, demand: Demand, bid: Bid, desk: Desk, now: datetime) -> None:
    """The bid has another price: what its partners agreed to is another sum."""
    partners = uow.consortiums.of_bid(bid.id)
    if partners:
        asked = [(one.provider_id, one.share_bp) for one in partners]
        uow.consortiums.ask(bid.id, asked, now)
        _ask(uow, joint_of(uow, demand, bid), desk, now)


def _ask(uow: UnitOfWork, joint: Joint, desk: Desk, now: datetime) -> None:
    fee = desk.fee_for(joint.demand.terms, joint.bid.offer.price_fen)
    payout_fen = fee.of(joint.bid.offer.price_fen).rest
    split = "-".join(str(one.share_bp) for one in joint.partners)
    about = f"{joint.demand.no}:joint-asked:{joint.bid.letter}:v{joint.bid.version}:{split}"
    for partner in joint.partners:
        for person_id in uow.parties.member_ids(partner.provider_id):
            tell(
                uow,
                person_id,
                zh.asked(joint, partner, payout_fen, desk.zone),
                key=f"{about}:{person_id}:{now.isoformat()}",
                priority=Priority.BID,
                now=now,
                useless_after=joint.demand.closes_at,
            )


def answer_joint(
    uow: UnitOfWork, demand_id: int, sender: Sender, desk: Desk, now: datetime, *, agrees: bool
) -> Joint:
    """A partner says yes or no; the lead hears it.

    Raises:
        NotFound: nobody asks them.
        StepNotAllowed: the bids are opened, or they agree with a bid of their own on it.
    """
    if sender.provider_id is None:
        raise NotYourRole("provider")
    demand = uow.demands.lock(demand_id)
    asking = uow.consortiums.asking(demand.id, sender.provider_id)
    if not asking:
        raise NotFound(demand.no)
    if demand.status is not DemandStatus.OPEN:
        raise StepNotAllowed(demand.no, status=demand.status, step="joint")
    own = uow.bids.of_provider(demand.id, sender.provider_id) if agrees else None
    if own is not None and own.status in LIVE:
        raise StepNotAllowed(demand.no, status="own_bid", step="joint")
    bid = next(one for one in uow.bids.of_demand(demand.id) if one.id == asking[0][0])
    status = PartnerStatus.AGREED if agrees else PartnerStatus.DECLINED
    uow.consortiums.answer(bid.id, sender.provider_id, status, sender.id)
    uow.history.add(
        f"{demand.no}/{bid.letter}", f"joint_{status}", bid.status, now, person_id=sender.id
    )
    joint = joint_of(uow, demand, bid)
    tell(
        uow,
        bid.person_id,
        zh.answered(joint, uow.providers.name(sender.provider_id), agrees=agrees),
        key=f"{demand.no}:joint-{status}:{bid.letter}:{sender.provider_id}:{now.isoformat()}",
        priority=Priority.BID,
        now=now,
    )
    return joint


def leave_partners(uow: UnitOfWork, demand_id: int, sender: Sender, now: datetime) -> Demand:
    """The lead bids alone after all. Raises as `ask_partners` does."""
    demand, bid = _own_bid(uow, demand_id, sender)
    uow.consortiums.ask(bid.id, (), now)
    uow.history.add(f"{demand.no}/{bid.letter}", "alone", bid.status, now, person_id=sender.id)
    return demand


def end_joint(uow: UnitOfWork, demand: Demand, bid: Bid, now: datetime) -> None:
    """The lead's bid is gone: its partners are free again, and who had agreed hears it."""
    partners = uow.consortiums.of_bid(bid.id)
    if not partners:
        return
    uow.consortiums.ask(bid.id, (), now)
    lead = uow.providers.name(bid.provider_id)
    for one in partners:
        if one.person_id is not None:
            tell(
                uow,
                one.person_id,
                zh.ended(demand, lead),
                key=f"{demand.no}:joint-ended:{bid.letter}:{one.provider_id}:{now.isoformat()}",
                priority=Priority.BID,
                now=now,
                useless_after=demand.closes_at,
            )


def _own_bid(uow: UnitOfWork, demand_id: int, sender: Sender) -> tuple[Demand, Bid]:
    if sender.provider_id is None:
        raise NotYourRole("provider")
    demand = uow.demands.lock(demand_id)
    bid = uow.bids.of_provider(demand.id, sender.provider_id)
    if bid is None or bid.status not in LIVE:
        raise NotFound(demand.no)
    if demand.status is not DemandStatus.OPEN or demand.terms.reward is not None:
        raise StepNotAllowed(demand.no, status=demand.status, step="joint")
    return demand, bid


def joint_of(uow: UnitOfWork, demand: Demand, bid: Bid) -> Joint:
    partners = uow.consortiums.of_bid(bid.id)
    ids = [bid.provider_id, *(one.provider_id for one in partners)]
    return Joint(demand, bid, partners, dict(uow.providers.names(ids)))


def close_joint(uow: UnitOfWork, demand: Demand, bids: Sequence[Bid], now: datetime) -> None:
    """The bids are opened: whoever has not agreed is out, and the lead hears it."""
    for bid_id, partners in uow.consortiums.of_bids(bid.id for bid in bids).items():
        if all(one.status is PartnerStatus.AGREED for one in partners):
            continue
        bid = next(one for one in bids if one.id == bid_id)
        dropped = uow.consortiums.drop_unanswered(bid_id)
        names = uow.providers.names(one.provider_id for one in dropped)
        tell(
            uow,
            bid.person_id,
            zh.dropped(demand, list(names.values())),
            key=f"{demand.no}:joint-dropped:{bid.letter}",
            priority=Priority.BID,
            now=now,
        )


def begin_together(uow: UnitOfWork, order: Order, now: datetime) -> tuple[Partner, ...]:
    """The bid was chosen: its partners are the order's, and hear it."""
    partners = uow.consortiums.of_bid(order.bid_id)
    uow.consortiums.take_over(order.id, partners)
    lead = uow.providers.name(order.provider_id) if partners else ""
    for one in partners:
        assert one.person_id is not None, "somebody agreed"
        tell(
            uow,
            one.person_id,
            zh.won(order, lead, one),
            key=f"{order.no}:won:{one.provider_id}",
            priority=Priority.DEADLINE,
            now=now,
        )
    return partners


def agree_splits(uow: UnitOfWork, demand: Demand, order: Order, desk: Desk, now: datetime) -> None:
    """Who will have a part of the order's commission, by the rules of this day."""
    service = desk.services.get(demand.terms.service_code or "")
    found: list[Recipient] = []
    for rule in desk.policy.split_rules:
        class1 = service.class1 if service else ""
        if not rule.fits(region=demand.terms.region, service_class=class1, mode=demand.terms.mode):
            continue
        try:
            found.append(Recipient(uow.providers.find(rule.provider), rule.share_bp))
        except NotFound:  # kebao check names it; a deal must not wait for that
            note = zh.no_recipient(rule)
            uow.tasks.open("risk", order.no, now, note=note, urgency=2)
    uow.consortiums.split(order.id, joined(found))


def own_part(transfers: Sequence[Transfer]) -> list[Transfer]:
    """What of an order's transfers is its buyer's and its provider's business."""
    return [move for move in transfers if "/V" not in move.key]


def pay_partners(
    uow: UnitOfWork,
    order: Order,
    division: Division,
    transfers: Sequence[Transfer],
    desk: Desk,
    now: datetime,
) -> None:
    """Each partner, and whoever has a part of the commission, has a receipt of their own.

    Partners hear of it, the others see it in their statement. The transfers are posted.
    """
    for move in transfers:
        if move.code == "split":
            whose = int(move.credit.name.partition(":")[2])
            issue(uow, [move], order=order, provider_id=whose, desk=desk, now=now)
    for one in division.portions:
        receipt = issue(
            uow,
            [one.transfer],
            order=order,
            provider_id=one.partner.provider_id,
            desk=desk,
            now=now,
        )[Kind.EARNINGS]
        assert one.partner.person_id is not None, "somebody agreed"
        tell(
            uow,
            one.partner.person_id,
            zh.paid(order, one, receipt),
            key=f"{one.transfer.key}:told",
            priority=Priority.MONEY,
            now=now,
        )
