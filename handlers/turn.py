"""A turn: one message, one transaction. De-duplicate, lock, identify, route, answer.

claim the message → lock the conversation → who is it → route and act → save → reply
"""

from dataclasses import replace
from datetime import datetime

from handlers.conversation import Conversation
from handlers.desk import Desk, Say
from handlers.digest import take_digest
from handlers.message import Inbound, Kind, Message, Reply
from handlers.routes import GROUP_ROUTERS, ROUTERS, STAFF_GROUP_ROUTERS
from handlers.routing import Heard, Route
from handlers.wording import pending as zh_pending
from handlers.wording.refusals import explain
from market.doors import Priority
from market.errors import MarketError
from market.parties import Sender
from market.policy import Policy
from matching import Reading
from storage.conversations import ConversationRow, Line
from storage.unit_of_work import UnitOfWork

SHOWN_AT_ONCE = 3  # held pushes shown with one reply


def take_turn(
    uow: UnitOfWork, inbound: Inbound, reading: Reading, desk: Desk, now: datetime
) -> Reply:
    """Take one message to its reply; a message that was taken before gets the same reply again.

    `reading` is what `desk.matcher` read in the text, computed before the turn began.

    Raises:
        OpinionWanted: only if the desk allows it: undo all, and call again with an opinion.
    """
    answered = uow.inbox.claim(inbound.channel, inbound.message_id, now)
    if answered is not None:
        stored = None if answered.reply is None else Message.from_json(answered.reply)
        return Reply(stored if inbound.passive else None, answered.taken_at)
    row = uow.conversations.lock_for_turn(inbound.channel, inbound.account)
    if row is None:
        if _is_chatter(inbound):
            return Reply(None, now)
        row = _introduce(uow, inbound, now)
    line = _refresh(row.line, inbound, now)
    uow.outbox.gather()
    conversation, say = _converse(uow, inbound, reading, row, desk, now)
    reply, held = _with_pending(uow, say.message(mention=_mention(inbound)), row, inbound, now)
    _send(uow, inbound, row.sender.id, reply, say.private_message(), now)
    uow.end_turn(
        line,
        state=conversation.to_json(),
        held=held,
        channel=inbound.channel,
        message_id=inbound.message_id,
        reply=None if reply is None else reply.to_json(),
    )
    return Reply(reply if inbound.passive else None, now)


def _is_chatter(inbound: Inbound) -> bool:
    """Group talk of somebody we never met, not meant for us: no row is made for it."""
    if inbound.kind in {Kind.NOTICE, Kind.UNSUBSCRIBE}:
        return True
    return inbound.room is not None and not (
        inbound.addressed or any(character.isdigit() for character in inbound.text)
    )


def _introduce(uow: UnitOfWork, inbound: Inbound, now: datetime) -> ConversationRow:
    """Meet somebody: a person with one account, whom we know nothing else about."""
    person_id = uow.parties.add_person(inbound.nickname[:40], now)
    line = Line(
        channel=inbound.channel,
        account=inbound.account,
        person_id=person_id,
        via=inbound.via,
        reachable=True,
        message_window_until=None,
        message_window_left=0,
        event_window_until=None,
        event_window_left=0,
        spoke_at=now,
    )
    uow.conversations.start(line)
    row = uow.conversations.lock_for_turn(inbound.channel, inbound.account)
    assert row is not None, "a conversation that was just made, or made by a twin, is there"
    return row


def _refresh(line: Line, inbound: Inbound, now: datetime) -> Line:
    """What this message changes about how we may reach the person."""
    if inbound.kind is Kind.UNSUBSCRIBE:
        return replace(
            line, reachable=False, message_window_left=0, event_window_left=0, spoke_at=now
        )
    message_until, message_left = line.message_window_until, line.message_window_left
    event_until, event_left = line.event_window_until, line.event_window_left
    window = inbound.window
    if window is not None and window.event:
        event_until, event_left = now + window.lasts, window.count
    elif window is not None:
        message_until, message_left = now + window.lasts, window.count
    return replace(
        line,
        via=inbound.via or line.via,
        reachable=True,
        message_window_until=message_until,
        message_window_left=message_left,
        event_window_until=event_until,
        event_window_left=event_left,
        spoke_at=now,
    )


def _converse(
    uow: UnitOfWork,
    inbound: Inbound,
    reading: Reading,
    row: ConversationRow,
    desk: Desk,
    now: datetime,
) -> tuple[Conversation, Say]:
    """Route and act; a refusal undoes what the handler wrote and is explained instead."""
    conversation, say = Conversation.from_json(row.state), Say(private=inbound.room is None)
    if inbound.kind in {Kind.NOTICE, Kind.UNSUBSCRIBE}:
        return conversation, say
    room = inbound.room or ""
    aside = conversation.question if room and conversation.asked_in != room else None
    if aside is not None:
        # What was asked elsewhere is not answered by what people say to each other here.
        conversation.question = None
    asked = conversation.question
    heard = _hear(inbound, reading, row.sender, conversation, desk, now)
    try:
        with uow.undoable():
            misses = conversation.misses
            _route(uow, heard, say, desk, now)
        if conversation.misses == misses:
            conversation.misses = 0  # something was understood
        offered = say.choices or say.whispered_choices
        open_menu = conversation.question is asked and asked is not None and asked.kind == "menu"
        if offered and (conversation.question is None or open_menu):
            # Options that belong to no question can be answered by their number all the same.
            conversation.ask("menu", *offered)
        if conversation.question is None:
            conversation.question = aside
        elif conversation.question is not asked:
            conversation.asked_in = room
    except MarketError as refusal:
        conversation, say = Conversation.from_json(row.state), Say(private=inbound.room is None)
        say.discreetly("", explain(refusal, desk.zone, row.sender))
    return conversation, say


def _hear(
    inbound: Inbound,
    reading: Reading,
    sender: Sender,
    conversation: Conversation,
    desk: Desk,
    now: datetime,
) -> Heard:
    """A number or a tapped option stands for the words of the choice it names."""
    room_role = desk.rooms.role(inbound.channel, inbound.room) if inbound.room else None
    command, question = reading.command, conversation.question
    if room_role in {None, "staff"} and question is not None:
        for index, choice in enumerate(question.choices, start=1):
            if command == str(index) or inbound.text.strip() in {choice.label, choice.say}:
                reading = desk.matcher.read(choice.say, now.astimezone(desk.zone))
                command = reading.command
                break
    return Heard(inbound, reading, command, sender, conversation, room_role)


def _route(uow: UnitOfWork, heard: Heard, say: Say, desk: Desk, now: datetime) -> None:
    supplies: dict[type, object] = {
        Heard: heard,
        Inbound: heard.inbound,
        Reading: heard.reading,
        Sender: heard.sender,
        Conversation: heard.conversation,
        UnitOfWork: uow,
        Desk: desk,
        Say: say,
        Policy: desk.policy,
        datetime: now,
    }
    for route in _routes(heard):
        intent = route.parser(heard)
        if intent is not None:
            route.call(intent, supplies)
            return


_PRIVATE, _STAFF_GROUP, _PROVIDER_GROUP = (
    tuple(route for router in routers for route in router)
    for routers in (ROUTERS, STAFF_GROUP_ROUTERS, GROUP_ROUTERS)
)


def _routes(heard: Heard) -> tuple[Route, ...]:
    if heard.private:
        return _PRIVATE
    if heard.room_role == "staff":
        return _STAFF_GROUP
    return _PROVIDER_GROUP if heard.room_role == "provider" else ()


def _mention(inbound: Inbound) -> str:
    return inbound.account if inbound.room is not None else ""


def _with_pending(
    uow: UnitOfWork, reply: Message | None, row: ConversationRow, inbound: Inbound, now: datetime
) -> tuple[Message | None, int]:
    """Add to a private reply what could not be pushed; returns it and how much still waits."""
    if not row.held or reply is None or inbound.room is not None:
        return reply, row.held
    digest = take_digest(uow, row.sender.id, SHOWN_AT_ONCE, now)
    if not digest.shown:
        return reply, 0
    happened = [Message.from_json(item.body).text for item in digest.shown]
    text = zh_pending.with_waiting(reply.text, happened, digest.left)
    return replace(reply, text=text), digest.left


def _send(
    uow: UnitOfWork,
    inbound: Inbound,
    person_id: int,
    reply: Message | None,
    private: Message | None,
    now: datetime,
) -> None:
    """Put into the outbox what does not travel in the platform's own response."""
    about = f"{inbound.channel}:{inbound.message_id}"
    if reply is not None and inbound.room is not None:
        uow.outbox.push_to_room(
            inbound.channel,
            inbound.room,
            reply.to_json(),
            key=f"reply:{about}",
            via=inbound.via,
            priority=Priority.REPLY,
            now=now,
        )
    elif reply is not None and not inbound.passive:
        _answer(uow, inbound, person_id, reply, f"reply:{about}", now)
    if private is not None:
        _answer(uow, inbound, person_id, private, f"whisper:{about}", now)


def _answer(
    uow: UnitOfWork, inbound: Inbound, person_id: int, message: Message, key: str, now: datetime
) -> None:
    uow.outbox.push_to_account(
        inbound.channel,
        inbound.account,
        message.to_json(),
        person_id=person_id,
        key=key,
        via=inbound.via,
        now=now,
    )


def push_missed_reply(uow: UnitOfWork, inbound: Inbound, reply: Reply, now: datetime) -> None:
    """A reply that came too late for the platform's response goes another way, once."""
    row = uow.conversations.lock_for_turn(inbound.channel, inbound.account)
    if reply.message is not None and row is not None:
        key = f"reply:{inbound.channel}:{inbound.message_id}"
        _answer(uow, inbound, row.sender.id, reply.message, key, now)
