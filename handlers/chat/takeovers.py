"""Taking over a talk: the bot keeps silent and carries the words of both sides."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.actions.takeovers import (
    hand_back,
    person_meant,
    relay_to_client,
    relay_to_colleague,
    take_over,
)
from handlers.chat.parsing import only_staff
from handlers.conversation import Conversation
from handlers.desk import Desk, Say
from handlers.message import Inbound, Kind
from handlers.routing import Heard, Router
from handlers.wording import takeovers as zh
from market.parties import Sender
from storage.unit_of_work import UnitOfWork

silence = Router("silence")
router = Router("takeovers")
relay = Router("relay")
phones = Router("phones")


@dataclass(frozen=True, slots=True)
class TakeOver:
    who: str


@dataclass(frozen=True, slots=True)
class HandBack:
    note: str


@dataclass(frozen=True, slots=True)
class ToClient:
    client_id: int
    text: str


@dataclass(frozen=True, slots=True)
class LeavePhone:
    phone: str


_OWN_WORDS = frozenset(["帮助", "HELP", "菜单"])
_PHONE = re.compile(r"^(?:留|我的|联系|留个)?(?:电话|手机号?|号码)\s*[是为:：]?\s*[\d+ -]{7,20}$")


_TAKE_OVER = re.compile(r"^接管\s*(\S.*)$")


_HAND_BACK = re.compile(r"^归还[\s，,:：]*(.*)$", re.S)


def parse_silenced(heard: Heard) -> Conversation | None:
    """While a colleague talks to this person, the bot keeps its mouth shut."""
    return heard.conversation if heard.conversation.with_human else None


def parse_take_over(heard: Heard) -> TakeOver | None:
    found = _TAKE_OVER.match(heard.reading.normal)
    return TakeOver(found[1].strip()) if found else None


def parse_hand_back(heard: Heard) -> HandBack | None:
    found = _HAND_BACK.match(heard.reading.normal)
    return HandBack(found[1].strip()) if found else None


def parse_to_client(heard: Heard) -> ToClient | None:
    """What a colleague types that is no command, while talking to a client."""
    client_id = heard.conversation.client_id
    if client_id is None or not heard.sender.is_staff or heard.command in _OWN_WORDS:
        return None
    return ToClient(client_id, _words(heard.inbound))


def parse_leave_phone(heard: Heard) -> LeavePhone | None:
    if not _PHONE.match(heard.reading.normal):
        return None
    phone = heard.reading.slots.phone
    return LeavePhone(phone) if phone else None


def _words(inbound: Inbound) -> str:
    return inbound.text if inbound.kind is Kind.TEXT else zh.thing(inbound.kind)


@silence.on(parse_silenced)
def keep_silent(
    talk: Conversation, inbound: Inbound, sender: Sender, uow: UnitOfWork, now: datetime
) -> None:
    assert talk.colleague_id is not None, "somebody has taken over"
    key = f"{inbound.channel}:{inbound.message_id}"
    relay_to_colleague(uow, sender, talk.colleague_id, _words(inbound), key=key, now=now)


@router.on(parse_take_over)
def start_talking(
    said: TakeOver,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    say: Say,
    now: datetime,
) -> None:
    """One client at a time: whoever was taken over before goes back first."""
    only_staff(sender)
    people = person_meant(uow, said.who)
    if len(people) > 1:
        say.discreetly("", zh.several(people, said.who))
        return
    if conversation.client_id not in {None, people[0].id}:
        assert conversation.client_id is not None
        say.discreetly("", zh.one_at_a_time(uow.parties.person(conversation.client_id)))
        return
    text = take_over(uow, people[0], sender, conversation, now)
    say.discreetly(zh.taken_line(people[0]), text)


@router.on(parse_hand_back)
def stop_talking(
    said: HandBack,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    only_staff(sender)
    done = hand_back(uow, sender, conversation, said.note, desk, now)
    if done is None:
        say(zh.NOBODY_TAKEN)
        return
    text = zh.handed_back(done.client, done.happened, said.note, unfounded=done.unfounded)
    say.discreetly(zh.handed_back_line(done.client), text)


@relay.on(parse_to_client)
def pass_on(
    said: ToClient, inbound: Inbound, sender: Sender, uow: UnitOfWork, say: Say, now: datetime
) -> None:
    key = f"{inbound.channel}:{inbound.message_id}"
    client = relay_to_client(uow, sender, said.client_id, said.text, key=key, now=now)
    say(zh.passed_on(client))


@phones.on(parse_leave_phone)
def keep_phone(said: LeavePhone, sender: Sender, uow: UnitOfWork, say: Say, now: datetime) -> None:
    """A number for the colleague who calls back; staff see it masked until they ask."""
    uow.parties.set_phone(sender.id, said.phone)
    uow.history.add(f"P{sender.id}", "leave_phone", "", now, person_id=sender.id)
    say(zh.PHONE_KEPT)
