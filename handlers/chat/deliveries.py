"""Handing work over: files as they come, then "交付 O2048 …"."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.actions.orders import deliver_order
from handlers.chat.drafts import take_place
from handlers.chat.evidence import took_files
from handlers.chat.parsing import order_id
from handlers.chat.picking import pick_order
from handlers.conversation import Conversation
from handlers.desk import Desk, Say
from handlers.message import Inbound, Kind, Media
from handlers.routing import Heard, Router
from handlers.wording import bids as zh_bids
from handlers.wording import deliveries as zh
from handlers.wording import orders as zh_orders
from market.orders import OrderStatus, Step, advance
from market.parties import Sender
from storage.deliveries import DeliveredFile
from storage.files import StoredFile
from storage.unit_of_work import UnitOfWork

router = Router("deliveries")
FILES_MOST = 20


@dataclass(frozen=True, slots=True)
class Deliver:
    order_id: int | None
    text: str


@dataclass(frozen=True, slots=True)
class ListFiles:
    order_id: int | None


_DELIVER = re.compile(
    r"^(?:交付|交货|交了|我?做完了|已完成|提交成果|交活)\s*"
    r"(?:[O0]?[- ]?\d{4,12})?\s*[:：,，]?\s*(.*)$",
    re.S,
)
_DONE = re.compile(r"^[DO]?\d{4,12}\s*(?:交了|做完了|交付了?|完成了)\s*$")


def parse_file(heard: Heard) -> Media | None:
    """A file, or a picture from a provider, who may mean it as part of a delivery."""
    inbound = heard.inbound
    is_file = inbound.kind is Kind.FILE or (
        inbound.kind is Kind.IMAGE and heard.sender.is_provider and bool(inbound.media)
    )
    return inbound.media[0] if is_file and inbound.media else None


def parse_place(heard: Heard) -> Kind | None:
    return heard.inbound.kind if heard.inbound.kind is Kind.LOCATION else None


def parse_deliver(heard: Heard) -> Deliver | None:
    if not heard.sender.is_provider:
        return None
    if _DONE.match(heard.command):
        return Deliver(order_id(heard.command), "")
    found = _DELIVER.match(heard.command)
    if found is None:
        return None
    normal = heard.reading.normal
    text = normal[len(normal) - len(found[1]) :].strip() if found[1] else ""
    return Deliver(order_id(heard.command), text)


_FILES = re.compile(r"^(文件|看文件|交付文件)\s*(O?\d*)$")


def parse_files(heard: Heard) -> ListFiles | None:
    if _FILES.match(heard.command):
        return ListFiles(order_id(heard.command))
    return None


@router.on(parse_place)
def place(
    kind: Kind,
    inbound: Inbound,
    conversation: Conversation,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    label = inbound.place.label if inbound.place else ""
    reading = desk.matcher.read(label, now.astimezone(desk.zone))
    take_place(label[:20] or "您发的位置", conversation, desk, say, reading)


@router.on(parse_file)
def keep_file(
    media: Media,
    inbound: Inbound,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """Files wait in the conversation until 交付 hands them on; only what we really have."""
    if took_files(inbound, sender, uow, desk, say, now):
        return
    if media.kind == "image" and not _has_work(uow, sender):
        say(zh_bids.picture())
        return
    fresh = tuple(item for item in inbound.media if item.sha256)
    lost = [item.name for item in inbound.media if not item.sha256]
    if lost:
        say(zh.file_lost(lost))
    if not fresh:
        return
    conversation.files = (*conversation.files, *fresh)[-FILES_MOST:]
    if sender.is_provider:
        say(zh.file_kept([item.name for item in fresh], len(conversation.files)))
    else:
        say(zh.file_from_buyer([item.name for item in fresh]))


def _has_work(uow: UnitOfWork, sender: Sender) -> bool:
    """Whether a picture may be part of a delivery; else it is a quotation we cannot read."""
    working = {OrderStatus.IN_PROGRESS, OrderStatus.DELIVERED}
    orders = uow.orders.of_provider(sender.provider_id or 0, 20)
    return any(order.status in working for order in orders)


@router.on(parse_deliver)
def deliver(
    said: Deliver,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    order = pick_order(
        uow,
        sender,
        conversation,
        said.order_id,
        OrderStatus.IN_PROGRESS,
        OrderStatus.DELIVERED,
        buyer=False,
    )
    advance(order, Step.DELIVER)
    if not conversation.files and not said.text:
        conversation.ask("deliver", order_id=order.id)
        say(zh.nothing_to_deliver(order))
        return
    files = tuple(_store(uow, media, desk, now) for media in conversation.files)
    order, delivery = deliver_order(
        uow,
        order.id,
        sender.provider_id,
        person_id=sender.id,
        text=said.text[:1000],
        files=files,
        desk=desk,
        now=now,
    )
    conversation.files, conversation.question = (), None
    say(zh_orders.delivered_provider(order, delivery, desk))


def _store(uow: UnitOfWork, media: Media, desk: Desk, now: datetime) -> DeliveredFile:
    token = desk.randomness.token()
    name = media.name or f"{media.kind}.{'jpg' if media.kind == 'image' else 'bin'}"
    uow.files.add(StoredFile(token, media.sha256, name[:120], media.size_bytes, now))
    return DeliveredFile(name[:120], media.sha256, media.size_bytes, token)


@router.on(parse_files)
def list_files(
    said: ListFiles,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
) -> None:
    wanted = said.order_id
    # Providers buy, too.
    buyer = not sender.is_provider or (
        wanted is not None and uow.orders.find(wanted).buyer_id == sender.id
    )
    order = pick_order(uow, sender, conversation, wanted, OrderStatus.DELIVERED, buyer=buyer)
    delivery = uow.deliveries.latest(order.id)
    say(zh.files(order, delivery, desk.public_url))
