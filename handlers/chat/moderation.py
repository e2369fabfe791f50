"""Reviewing demands: approve, reject, reword, invite; and the buyer's consent."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.actions.moderation import (
    agree_amendment,
    approve,
    decline_amendment,
    invite,
    propose_amendment,
    reject,
)
from handlers.actions.providers import Meant, meant_by, suggestions
from handlers.chat.parsing import moment_said, only_staff, tail
from handlers.conversation import Conversation, Question
from handlers.desk import Desk, Say
from handlers.message import Choice
from handlers.routing import Heard, Router
from handlers.wording import demands as zh_demands
from handlers.wording import moderation as zh
from handlers.wording import pots as zh_pots
from market.demands import Demand, Terms
from market.errors import NotFound
from market.moderation import doubts, reworded
from market.parties import Sender
from matching import ProviderCandidate, mask_contacts
from storage.unit_of_work import UnitOfWork

router = Router("moderation")
consent = Router("consent")
TEXT_MOST = 1000


@dataclass(frozen=True, slots=True)
class Review:
    demand_id: int
    approve: bool | None  # None: just show it
    reason: str


@dataclass(frozen=True, slots=True)
class Undecided:
    """A decision about nothing in particular."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Several things about one demand at once: new words, whom to invite, until when.

    `text` None leaves the words alone, "" takes the suggested ones.
    """

    demand_id: int | None
    text: str | None
    picks: tuple[int, ...]
    names: tuple[str, ...]
    closing: str


@dataclass(frozen=True, slots=True)
class Why:
    pick: int


@dataclass(frozen=True, slots=True)
class Consent:
    demand_id: int
    agreed: bool
    reason: str


_REVIEW = re.compile(
    r"^(?:审核?|审一下)\s*D?[- ]?(\d{1,12})\s*[:：,，]?\s*"
    r"(通过|同意|可以|发布?|驳回|退回|不通过)?\s*(.*)$",
    re.S,
)
_OF_SHOWN = re.compile(r"^(通过|同意|发布?|驳回|不通过)\s*(.*)$", re.S)
_OF_NOTHING = re.compile(r"^(?:通过|发布|驳回|不通过)(?:吧|了)?(?:[\s,，][^\d]*)?$")
_YES = frozenset(["通过", "同意", "可以", "发", "发布"])
_NAMED = re.compile(r"^(?:审核?|邀请?)\s*(?:D[- ]?(\d{1,12})|(\d{4,12}))\s*[:：,，]?\s*", re.I)
_INVITE = re.compile(r"^邀请?\s*(.+)$", re.S)
_SPACED = re.compile(r"^邀请?(?:\s+|(?=\d))(.+)$", re.S)  # new words may go on: 邀请专家评审
_CLOSING = re.compile(r"^截标(?:时间|到|改到|定在)?\s*(.+)$", re.S)
_CHANGE = re.compile(r"^改(?:一下|吧|成|为)?\s*(.*)$", re.S)
_CONSENT = re.compile(r"^(不)?同意(?:修改|改)?\s*D[- ]?(\d{1,12})\s*(.*)$", re.S)


def parse_review(heard: Heard) -> Review | None:
    """ "审 D1024 通过", "审 D1024 驳回 理由", "审 D1024"; "通过" while one is looked at."""
    if found := _REVIEW.match(heard.command):
        decided = None if found[2] is None else found[2] in _YES
        return Review(int(found[1]), decided, tail(heard, found[3]))
    question = heard.conversation.question
    if question is None or question.kind != "review" or not heard.sender.is_staff:
        return None
    if found := _OF_SHOWN.match(heard.command):
        return Review(question.args["demand_id"], found[1] in _YES, tail(heard, found[2]))
    return None


def parse_undecided(heard: Heard) -> Undecided | None:
    """ "通过" while nothing is looked at."""
    question = heard.conversation.question
    if not heard.sender.is_staff or not _OF_NOTHING.match(heard.command):
        return None
    return Undecided() if question is None or question.kind == "todo" else None


def parse_plan(heard: Heard) -> Plan | None:
    """ "改，邀 1 2 4，截标周四", "邀 D1024 1 桂知源", "审 D1041 改 新的文字"."""
    words = heard.reading.normal
    named = _NAMED.match(words)
    if named is not None:
        wanted: int | None = int(named[1] or named[2])
        # The head's own word still says what the numbers behind it are for.
        words = ("邀 " if words.startswith("邀") else "") + words[named.end() :]
    else:
        wanted = None
        question = heard.conversation.question
        shown = question is not None and question.kind == "review"
        of_one = shown or heard.conversation.demand_id is not None
        if not heard.sender.is_staff or not (shown or words.startswith("邀")):
            return None
        if not of_one and not re.match(r"^邀请?\s*\d", words):
            return None  # whom the word is about nobody knows
    return _read_plan(wanted, words)


def _read_plan(wanted: int | None, words: str) -> Plan | None:
    """Parts are parted by commas; what stands before the first invitation is new text."""
    guests: list[str] = []
    closing, text = "", None
    parts = [part.strip() for part in re.split(r"[，,；;]", words) if part.strip(" 。")]
    for index, part in enumerate(parts):
        if index == 0 and (found := _CHANGE.match(part)):
            text = found[1].strip()
        elif re.match(r"^邀请?$", part):
            continue
        elif found := _CLOSING.match(part):
            closing = found[1]
        elif (found := (_SPACED if text else _INVITE).match(part)) or (guests and not closing):
            guests += _guests(found[1] if found else part)
        elif text and not closing:
            text += f"，{part}"
        else:
            return None
    asked = text is not None or guests or closing or words.startswith("邀")
    picks = tuple(int(one) for one in guests if one.isdecimal())
    names = tuple(one for one in guests if not one.isdecimal())
    return Plan(wanted, text, picks, names, closing) if asked else None


def _guests(words: str) -> list[str]:
    """ "1 3", "14", "1和3家", "桂知源、信达": numbers digit by digit, names as they are."""
    if re.fullmatch(r"\d(?:[\s、和]*\d)*\s*家?", words):
        return re.findall(r"\d", words)
    return [one for one in re.split(r"[\s、]+", words) if one]


_WHY = re.compile(r"^为什么\s*(?:选|推荐)?\s*(\d)[?？]?$")


def parse_why(heard: Heard) -> Why | None:
    found = _WHY.match(heard.command)
    return Why(int(found[1])) if found and heard.sender.is_staff else None


def parse_consent(heard: Heard) -> Consent | None:
    """ "同意修改 D1041", "不同意 D1041 我要写保证"."""
    found = _CONSENT.match(heard.command)
    return Consent(int(found[2]), not found[1], tail(heard, found[3])) if found else None


@router.on(parse_plan)
def plan(
    said: Plan,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """Without new words it is done at once; with them, first 发, then the buyer's consent."""
    only_staff(sender)
    wanted = said.demand_id or conversation.demand_id
    if wanted is None:
        raise NotFound("要邀请的需求")
    demand = uow.demands.find(wanted)
    ranked = suggestions(demand, uow, desk, now)
    chosen = [ranked[pick - 1] for pick in said.picks if 1 <= pick <= len(ranked)]
    meant = meant_by(said.names, desk)
    named = (replace(one, why=(zh.BY_NAME, *one.why)) for one in meant.providers)
    conversation.demand_id = demand.id
    if said.text is None and not said.picks and not said.names and not said.closing:
        show_demand(demand.id, conversation, uow, desk, say, now)
    elif len(chosen) < len(said.picks):
        say.discreetly("", zh.no_such_pick(demand, len(ranked)))
    elif meant.unclear:
        _ask_which(demand, meant, said, conversation, say)
    elif said.closing and (_closing(said, desk, now) or now) <= now:
        say.discreetly("", zh.TOO_EARLY)
    elif said.text is None:
        chosen = _once((*chosen, *named))
        _invite(demand, chosen, said, sender, conversation, uow, desk, say, now)
    else:
        _ask_amend(demand, _once((*chosen, *named)), said, conversation, desk, say, now)


def _once(chosen: Iterable[ProviderCandidate]) -> list[ProviderCandidate]:
    """Who was picked by number and by name is invited once."""
    return list({one.credit_code: one for one in chosen}.values())


def _ask_which(
    demand: Demand, meant: Meant, said: Plan, conversation: Conversation, say: Say
) -> None:
    """A name that several go by: each choice says the whole plan again, with that one's name."""
    picks = [str(pick) for pick in said.picks]
    change = "" if said.text is None else f"审 {demand.no} 改 {said.text}，"
    head = f"{change}邀 " if change else f"邀 {demand.no} "
    tail_ = f"，截标{said.closing}" if said.closing else ""
    choices = []
    for one in meant.namesakes:
        names = [name.replace(meant.unclear, one.name, 1) for name in said.names]
        guests = "、".join([*picks, *names])
        choices.append(Choice(one.name, f"{head}{guests}{tail_}"))
    conversation.ask("which_provider", *choices)
    say.discreetly("", zh.which_provider(meant.unclear, meant.namesakes), *choices)


def _closing(said: Plan, desk: Desk, now: datetime) -> datetime | None:
    if not said.closing:
        return None
    reading = desk.matcher.read(f"{said.closing}截止", now.astimezone(desk.zone))
    return moment_said(reading.slots.deadline, desk.zone)


def _invite(
    demand: Demand,
    chosen: list[ProviderCandidate],
    said: Plan,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    conversation.question = None
    done = invite(
        uow,
        demand.id,
        chosen,
        staff_id=sender.id,
        desk=desk,
        now=now,
        closes_at=_closing(said, desk, now),
    )
    say.discreetly(zh.invited_line(done), zh.invited(done, desk.zone))


def _ask_amend(
    demand: Demand,
    chosen: list[ProviderCandidate],
    said: Plan,
    conversation: Conversation,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    terms = _terms_after(demand.terms, said.text or "")
    if terms == demand.terms:
        say.discreetly("", zh.nothing_to_reword(demand))
        return
    if found := doubts(terms):
        say.discreetly("", zh.still_forbidden(demand, found))
        return
    closes_at = _closing(said, desk, now)
    choices = conversation.ask(
        "amend",
        Choice("发", "确认"),
        Choice("算了", "取消"),
        confirms=True,
        demand_id=demand.id,
        version=demand.version,
        text=terms.text,
        details=list(terms.details),
        invited=[one.credit_code for one in chosen],
        closes_at=closes_at.isoformat() if closes_at else None,
    )
    names = [one.name for one in chosen]
    text = zh.amend_question(demand, terms, names, closes_at, desk.zone)
    say.discreetly(zh.amend_line(demand), text, *choices)


def _terms_after(terms: Terms, text: str) -> Terms:
    """New text as staff wrote it, or the suggested words; contacts are covered either way."""
    if not text:
        return reworded(terms)
    covered = mask_contacts(text[:TEXT_MOST]).text
    return replace(reworded(terms), text=covered)


@router.confirmed("amend")
def really_amend(
    question: Question,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    only_staff(sender)
    conversation.question = None
    args = question.args
    demand = propose_amendment(
        uow,
        args["demand_id"],
        version=args["version"],
        text=args["text"],
        details=tuple(args["details"]),
        invited=tuple(args["invited"]),
        closes_at=datetime.fromisoformat(args["closes_at"]) if args["closes_at"] else None,
        staff_id=sender.id,
        desk=desk,
        now=now,
    )
    say(zh.amendment_sent(demand))


@router.on(parse_review)
def review(
    said: Review,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    only_staff(sender)
    if said.approve is None:
        show_demand(said.demand_id, conversation, uow, desk, say, now)
        return
    conversation.question = None
    if said.approve:
        demand = approve(uow, said.demand_id, staff_id=sender.id, desk=desk, now=now)
        conversation.demand_id = demand.id
        say.discreetly(zh.approved_line(demand), zh.approved(demand, desk.zone))
        return
    if not said.reason:
        conversation.ask("review", demand_id=said.demand_id)
        say(zh.reason_wanted(said.demand_id))
        return
    demand = reject(uow, said.demand_id, staff_id=sender.id, reason=said.reason[:200], now=now)
    say(zh.rejected(demand))


@router.on(parse_undecided)
def look_first(
    said: Undecided,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """Whoever decides has seen what it is about: the only one is shown, of several a number is."""
    waiting = [task for task in uow.tasks.waiting(now, 200) if task.kind == "review"]
    if len(waiting) == 1:
        show_demand(int(waiting[0].subject.removeprefix("D")), conversation, uow, desk, say, now)
        return
    say(zh.which_review([task.subject for task in waiting]))


def show_demand(
    wanted: int,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """The card of a demand: how complete, what is doubtful, who fits."""
    demand = uow.demands.find(wanted)
    conversation.ask("review", demand_id=demand.id)
    conversation.demand_id = demand.id
    found = suggestions(demand, uow, desk, now) if demand.is_public else []
    text = zh.demand_for_review(demand, found)
    say.discreetly(zh.review_line(demand), text)


@router.on(parse_why)
def explain_pick(
    said: Why,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """Why a provider was recommended, for the demand that is being looked at."""
    if conversation.demand_id is None:
        raise NotFound("要看的需求")
    demand = uow.demands.find(conversation.demand_id)
    ranked = suggestions(demand, uow, desk, now)
    if not 1 <= said.pick <= len(ranked):
        say.discreetly("", zh.no_such_pick(demand, len(ranked)))
        return
    say.discreetly("", zh.reasons(said.pick, ranked[said.pick - 1], demand))


@consent.on(parse_consent)
def answer_amendment(
    said: Consent, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    """The buyer agrees to other words for their demand, or keeps their own."""
    if not said.agreed:
        demand = decline_amendment(uow, said.demand_id, sender.id, said.reason, now)
        say(zh.kept_own_words(demand))
        return
    published = agree_amendment(uow, said.demand_id, sender.id, desk, now)
    if published is None:
        say(zh.amendment_stale(f"D{said.demand_id}"))
        return
    pot = uow.orders.find_pot(published.id)
    say(
        zh_demands.published(published, desk.zone)
        if pot is None
        else zh_pots.pay_first(published, pot, desk.zone)
    )
