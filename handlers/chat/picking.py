"""Which demand or order somebody means when they do not say its number."""

from handlers.actions.payments import lock_payable
from handlers.conversation import Conversation
from market.demands import Demand
from market.errors import NotFound
from market.modes import DemandStep
from market.orders import Order, OrderStatus
from market.parties import Sender
from market.pots import Payable
from storage.unit_of_work import UnitOfWork

RECENT = 20


def pick_order(
    uow: UnitOfWork,
    sender: Sender,
    conversation: Conversation,
    wanted: int | None,
    *fitting: OrderStatus,
    buyer: bool,
) -> Order:
    """The order named; else the one talked of; else the newest that stands at a fitting point.

    Raises:
        NotFound: absent, or somebody else's: the two read the same.
    """
    if wanted is not None:
        order = uow.orders.lock(wanted)  # whoever names an order mostly means to change it
        mine = order.buyer_id == sender.id if buyer else order.provider_id == sender.provider_id
        if not mine:
            raise NotFound(order.no)
        conversation.order_id = order.id
        return order
    orders = (
        uow.orders.of_buyer(sender.id, RECENT)
        if buyer
        else uow.orders.of_provider(sender.provider_id or 0, RECENT)
    )
    ranked = sorted(
        orders,
        key=lambda order: (order.status not in fitting, order.id != conversation.order_id),
    )
    if not ranked:
        raise NotFound("您名下的订单")
    conversation.order_id = ranked[0].id
    return ranked[0]


def pick_payable(
    uow: UnitOfWork, sender: Sender, conversation: Conversation, wanted: int | None
) -> Payable:
    """What the buyer would pay: the number they say, what is talked of, the newest that waits.

    Raises:
        NotFound: absent, or somebody else's: the two read the same.
    """
    if wanted is not None:
        named = lock_payable(uow, wanted)
        if named.buyer_id != sender.id:
            raise NotFound(named.no)
        conversation.order_id = named.id
        return named
    waits = OrderStatus.AWAITING_PAYMENT
    ranked = sorted(
        uow.orders.payable_by(sender.id, RECENT),
        key=lambda one: (one.status is not waits, one.id != conversation.order_id),
    )
    if not ranked:
        raise NotFound("您名下的订单")
    conversation.order_id = ranked[0].id
    return ranked[0]


def pick_demand(
    uow: UnitOfWork,
    sender: Sender,
    conversation: Conversation,
    wanted: int | None,
    step: DemandStep,
) -> Demand:
    """The buyer's demand named; else the one talked of, else the newest that allows the step.

    Raises:
        NotFound: absent, or somebody else's: the two read the same.
    """
    if wanted is not None:
        demand = uow.demands.find(wanted)
        if demand.buyer_id != sender.id:
            raise NotFound(demand.no)
        return demand
    mine = uow.demands.of_buyer(sender.id, RECENT)
    fitting = [demand for demand in mine if (demand.status, step) in demand.process.steps]
    for demand in (*fitting, *mine):
        if demand.id == conversation.demand_id:
            return demand
    if fitting or mine:
        return (*fitting, *mine)[0]
    raise NotFound("您名下的需求")
