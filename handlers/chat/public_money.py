"""Public money at checkout: what could help to pay, using a voucher, leaving it."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.actions.public_money import (
    Help,
    deal_of,
    help_for,
    take_off,
    today_of,
    use_voucher,
)
from handlers.chat.parsing import order_id
from handlers.chat.payments import offer_payment
from handlers.chat.picking import pick_order
from handlers.conversation import Conversation
from handlers.desk import Desk, Say
from handlers.message import Choice
from handlers.routing import Heard, Router
from handlers.wording import vouchers as zh
from market.orders import Order, OrderStatus
from market.parties import Sender
from market.programmes import ProgrammeKind, fitting
from storage.unit_of_work import UnitOfWork

router = Router("public money")
WAITS = OrderStatus.AWAITING_PAYMENT


@dataclass(frozen=True, slots=True)
class AskHelp:
    order_id: int | None


@dataclass(frozen=True, slots=True)
class UseVoucher:
    order_id: int | None
    voucher_id: int | None


@dataclass(frozen=True, slots=True)
class LeaveVoucher:
    order_id: int | None


@dataclass(frozen=True, slots=True)
class AskBasis:
    order_id: int | None


_ORDER = r"(?:O[- ]?\d{3,12})?"
_HELP = re.compile(
    rf"^(?:(?:那|请问|想问下?|问一?下)?[，, ]*(?:我们?)?(?:这|这个|这一|本)(?:单|订单|笔)?"
    rf"|{_ORDER}\s*)(?=.*(?:报销|补助|补贴|创新券|财政|政府出|用券|抵扣)).{{2,24}}$"
)
_WHETHER = re.compile(r"能|可以|可不可|有没有|有.*[吗么?？]|怎么")
_CAN_USE = re.compile(r"^(?:能|可以|可不可以|能不能)(?:用|使用)?(?:创新)?券(?:抵扣?|吗|么|[?？])*$")


def parse_help(heard: Heard) -> AskHelp | None:
    """ "这单能不能政府报销一部分", "O2048 有补贴吗", "能用券吗": about an order, not a need."""
    said = heard.command
    if heard.sender.is_staff or not heard.private:
        return None
    asks = _HELP.match(said) and _WHETHER.search(said)
    return AskHelp(order_id(said)) if asks or _CAN_USE.match(said) else None


_USE = re.compile(
    rf"^(?:用|使用|就用|想用)?(?:创新)?券(?:抵扣|抵|付款?)?\s*(?P<q>Q[- ]?\d{{3,9}})?\s*{_ORDER}$"
    rf"|^(?:用|使用)\s*(?P<only>Q[- ]?\d{{3,9}})\s*{_ORDER}$"
)
_LISTS = {"创新券", "券"}


def parse_use(heard: Heard) -> UseVoucher | None:
    """ "用券", "用券 O2048", "用 Q7731"; the bare word 创新券 lists them."""
    found = None if heard.command in _LISTS else _USE.match(heard.command)
    if found is None:
        return None
    named = found["q"] or found["only"]
    return UseVoucher(order_id(heard.command), int(named[1:].lstrip("- ")) if named else None)


_LEAVE = re.compile(rf"^(?:不用券|不用创新券|取消用券|只用现金|不抵了)\s*{_ORDER}$")


def parse_leave(heard: Heard) -> LeaveVoucher | None:
    return LeaveVoucher(order_id(heard.command)) if _LEAVE.match(heard.command) else None


_BASIS = re.compile(rf"^(?:看|看看)?(?:政策)?依据\s*{_ORDER}$|^依据(?:是什么|在哪)[?？]?$")


def parse_basis(heard: Heard) -> AskBasis | None:
    return AskBasis(order_id(heard.command)) if _BASIS.match(heard.command) else None


def _order_to_pay(
    uow: UnitOfWork, sender: Sender, conversation: Conversation, wanted: int | None
) -> Order | None:
    """The order that waits for payment; None where none does and none was named."""
    if wanted is None and not any(
        order.status is WAITS for order in uow.orders.of_buyer(sender.id, 20)
    ):
        return None
    return pick_order(uow, sender, conversation, wanted, WAITS, buyer=True)


@router.on(parse_help)
def what_helps(
    said: AskHelp,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """Everything that fits, what would be paid then, and where it stands: never a guess."""
    order = _order_to_pay(uow, sender, conversation, said.order_id)
    if order is None:
        say(zh.no_order())
        return
    helps = help_for(uow, order, desk, now)
    if not helps:
        say(zh.NOTHING_FITS)
        return
    choices: list[Choice] = []
    lines: list[str] = []
    for one in helps[: zh.SHOWN]:
        choice = _choice(one, order)
        if choice is not None:
            choices.append(choice)
        no = one.voucher.no if one.voucher else ""
        lines.append(zh.option(len(choices) if choice else 0, one.programme, one.amount_fen, no))
    choices += [Choice("只用现金", f"付款 {order.no}"), Choice("看依据", f"看依据 {order.no}")]
    numbered = "　".join(
        f"{number} {choice.label}" for number, choice in enumerate(choices, start=1)
    )
    conversation.ask("public", *choices, order_id=order.id)
    say(zh.checkout(order, lines, f"{_would_be(order, helps)}\n{numbered}"), *choices)


def _choice(one: Help, order: Order) -> Choice | None:
    """What a number stands for; None where there is nothing to choose."""
    if one.programme.kind is ProgrammeKind.VOUCHER:
        if one.voucher is None:
            return Choice("申请创新券", f"申请创新券 {one.programme.code}")
        return Choice("用券", f"用券 {one.voucher.no} {order.no}") if one.amount_fen else None
    if one.programme.kind is ProgrammeKind.PURCHASE and one.amount_fen:
        return Choice("请主管部门出资", f"政府购买 {order.no} {one.programme.code}")
    return None


def _would_be(order: Order, helps: tuple[Help, ...]) -> str:
    """The checkout line as it would be with the best voucher; as it is without one."""
    best = next((one for one in helps if one.voucher is not None), None)
    public = order.public_fen or (best.amount_fen if best else 0)
    own = order.price_fen - order.prepaid_fen - public
    return "结账会是：" + zh.bill(
        order.price_fen,
        public_fen=public,
        prepaid_fen=order.prepaid_fen,
        later_fen=min(_later(helps), own),
    )


def _later(helps: tuple[Help, ...]) -> int:
    subsidies = [one for one in helps if one.programme.kind is ProgrammeKind.SUBSIDY]
    return max((one.amount_fen for one in subsidies), default=0)


@router.on(parse_use)
def use(
    said: UseVoucher,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    order = _order_to_pay(uow, sender, conversation, said.order_id)
    if order is None:
        say(zh.no_order())
        return
    order, part = use_voucher(uow, order.id, sender.id, said.voucher_id, desk, now)
    say(zh.used(order, part, _later(help_for(uow, order, desk, now))))
    say(offer_payment(uow, order, conversation, desk, say, now))


@router.on(parse_leave)
def leave(
    said: LeaveVoucher,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    order = pick_order(uow, sender, conversation, said.order_id, WAITS, buyer=True)
    if order.status is WAITS and not order.public_fen:
        say(
            offer_payment(uow, order, conversation, desk, say, now)
        )  # "只用现金" before any was used
        return
    order = take_off(uow, order.id, sender.id, now)
    say(zh.taken_off(order))
    say(offer_payment(uow, order, conversation, desk, say, now))


@router.on(parse_basis)
def basis(
    said: AskBasis,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """The documents that a programme rests on, with their addresses."""
    order = _order_to_pay(uow, sender, conversation, said.order_id)
    known = uow.programmes.all()
    if order is not None:
        known = fitting(known, deal_of(uow, order), today_of(desk, now))
    say(zh.bases(known) if known else zh.NOTHING_FITS)
