"""From a sentence to a demand: the draft card, one question at a time, and 确认."""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.actions import utterances
from handlers.actions.demands import edit_demand, submit_demand
from handlers.actions.suspensions import unconfirmed
from handlers.chat.needs import SHORT, Need, parse_need, several_needs
from handlers.chat.parsing import is_one_of
from handlers.chat.payments import offer_payment
from handlers.chat.readings import echo
from handlers.chat.slots import CHOICE_FIRST, add_fact, decline, is_fact, merge, region_of, terms_of
from handlers.conversation import Conversation, Draft, missing_slots
from handlers.desk import Desk, Say
from handlers.doubts import doubt_service
from handlers.message import Choice, Inbound, Kind
from handlers.routing import Heard, Router
from handlers.wording import demands as zh_demands
from handlers.wording import drafts as zh
from market.demands import Terms
from market.money import yuan
from market.parties import Sender
from market.pots import deposit_fen
from matching import Reading
from storage.unit_of_work import UnitOfWork

router = Router("drafts")
answers = Router("draft answers")


@dataclass(frozen=True, slots=True)
class NewDemand:
    text: str


@dataclass(frozen=True, slots=True)
class Resume:
    """ "接着弄": back to the draft that was put aside."""


@dataclass(frozen=True, slots=True)
class PickService:
    code: str


_NEW = re.compile(r"^(?:我要|我想)?(?:发布?需求|发个?需求|提需求)\s*[:：,，]?\s*(.*)$", re.S)
_UNSURE = re.compile(
    r"^(不知道|不清楚|没想好|不确定|随便|都行|不限|无所谓|面议|再说|先不定|跳过)[了吧啊]?$"
)
_FILLER = re.compile(r"^(就)?(那个|这个|嗯+|额+|呃+|对了|等下|等一下|稍等|哦+)[啊吧呢]?$")


def parse_resume(heard: Heard) -> Resume | None:
    if not heard.conversation.parked:
        return None
    return (
        Resume() if is_one_of(heard, "继续", "接着弄", "弄", "接着", "接着写", "继续弄") else None
    )


def parse_new(heard: Heard) -> NewDemand | None:
    found = _NEW.match(heard.command)
    if found is None:
        return None
    return NewDemand(heard.reading.normal[len(heard.reading.normal) - len(found[1]) :])


def parse_pick(heard: Heard) -> PickService | None:
    """The answer to "which of these services": its number or its name."""
    question = heard.conversation.question
    if question is None or question.kind != "service":
        return None
    names: dict[str, str] = question.args["names"]
    for index, (code, name) in enumerate(names.items(), start=1):
        if heard.command in {name.upper(), code}:
            return PickService(code)
        if CHOICE_FIRST.match(heard.command) and heard.command.startswith(str(index)):
            return PickService(code)  # "1吧，我们做起动机的": the rest tells more
    return None


def parse_filler(heard: Heard) -> Conversation | None:
    """ "就那个" right after a question adds nothing: it must not be asked about again."""
    asked = heard.conversation.question is not None
    return heard.conversation if asked and _FILLER.match(heard.command) else None


@router.on(parse_filler)
def let_them_think(talk: Conversation, inbound: Inbound) -> None:
    """Silence: the open question stands."""


@router.on(parse_resume)
def resume_draft(said: Resume, conversation: Conversation, desk: Desk, say: Say) -> None:
    draft = conversation.resume()
    assert draft is not None
    ask_next(conversation, draft, desk, say, lead=zh.RESUMED)


@router.on(parse_new)
def new_demand(
    said: NewDemand,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """ "发需求 …": with words behind it a draft, without them a question."""
    if said.text.strip():
        reading = desk.matcher.read(said.text, now.astimezone(desk.zone))
        search = reading.search
        most = 1 if search.decision == "match" else 3
        need = Need(tuple((found.code, found.name) for found in search.services[:most]))
        utterance_id = utterances.note_need(uow, sender, reading, need.codes, now)
        begin(conversation, reading, need.services, desk, say, Draft(utterance_id=utterance_id))
    else:
        conversation.park()
        conversation.ask("need")
        say(zh.WHAT_NEED)


@router.on(parse_pick)
def pick_service(
    said: PickService,
    heard: Heard,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    draft = conversation.draft or Draft()
    name = desk.service_name(said.code)
    draft = replace(draft, service_code=said.code, service_name=name)
    utterances.settle(uow, heard.sender, draft, now)
    if CHOICE_FIRST.match(heard.command):
        draft = add_fact(merge(draft, heard.reading), heard.reading)
    ask_next(conversation, draft, desk, say)


@router.confirmed("draft")
def publish_draft(
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """ "确认": the draft becomes a demand with a number; what is still open stays open."""
    draft, pot = conversation.draft, None
    if draft is None:
        say(zh.NOTHING_TO_PUBLISH)
        return
    terms = with_deposit(draft, desk)
    if draft.editing is not None:
        demand = edit_demand(uow, draft.editing, sender.id, terms, desk, now)
        say(zh_demands.edited(demand, unconfirmed(uow, demand), desk.zone))
    else:
        demand = submit_demand(uow, sender.id, terms, desk, now)
        pot = uow.orders.lock_pot(demand.id) if demand.needs_pot else None
        if pot is not None:
            conversation.order_id = pot.id
            say(offer_payment(uow, pot, conversation, desk, say, now))
        else:
            say(zh_demands.submitted(demand, desk.zone))
    utterances.settle(uow, sender, draft, now)
    conversation.demand_id = demand.id
    conversation.draft, conversation.misses = None, 0
    if pot is None:
        conversation.question = None
    if conversation.parked:
        say(zh.go_on_with(conversation.parked[0]), Choice("接着弄", "继续"))


@answers.answered("budget_choice")
def choose_budget(heard: Heard, conversation: Conversation, desk: Desk, say: Say) -> None:
    """One of the amounts an ambiguous number could mean."""
    draft, question = conversation.draft, conversation.question
    assert question is not None
    amounts = question.args["amounts"]
    slots = heard.reading.slots
    chosen = slots.budget_min_fen or slots.budget_max_fen
    if draft is None or chosen not in amounts:
        say(zh.which_amount(amounts), *question.choices)
        return
    draft = replace(draft, budget_min_fen=chosen, budget_max_fen=chosen, budget_note="")
    ask_next(conversation, draft, desk, say)


@router.on(parse_need)
def take_need(
    said: Need,
    heard: Heard,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """A need begins a draft, or adds to the one that is open if it is the same service."""
    draft = conversation.draft
    code = said.services[0][0]
    if draft is not None and (draft.service_code == code or _answers_question(heard)):
        draft = merge(draft, heard.reading)
        if draft.service_code is None and len(said.services) == 1:
            draft = replace(draft, service_code=code, service_name=said.services[0][1])
        ask_next(conversation, draft, desk, say, lead=echo(heard.reading))
        return
    several = several_needs(heard.reading, desk)
    if several:
        _begin_several(conversation, heard.reading, several, desk, say)
        return
    doubt_service(heard, desk)
    utterance_id = utterances.note_need(uow, sender, heard.reading, said.codes, now)
    form = Draft(utterance_id=utterance_id)
    if draft is not None and draft.is_bare:  # 点名 or 定金招标 was said first, what for comes now
        conversation.draft = None
        form = replace(draft, utterance_id=utterance_id)
    begin(conversation, heard.reading, said.services, desk, say, form)
    if draft is not None and draft.service_code is not None and draft.editing is None:
        say.lines.insert(0, zh.put_aside(draft))


@answers.answered("service")
def ask_again_which(heard: Heard, conversation: Conversation, uow: UnitOfWork, say: Say) -> None:
    """Neither a number nor a service: the question stands, or a human helps."""
    question = conversation.question
    assert question is not None
    conversation.misses += 1
    if _UNSURE.match(heard.command) or heard.command in {"都不是", "都不对", "别的"}:
        utterances.nothing_fits(uow, heard.sender, conversation.draft)
        say(zh.NONE_OF_THESE, *conversation.ask("need", Choice("人工", "人工")))
        return
    say(zh.which_service(list(question.args["names"].values())), *question.choices)


@answers.answered("sampling")
def sampling_place(heard: Heard, conversation: Conversation, desk: Desk, say: Say) -> None:
    draft = conversation.draft
    if draft is None:
        conversation.question = None
        say(zh.WHAT_NEED)
        return
    if is_one_of(heard, "要上门", "要", "上门", "需要"):
        draft = replace(draft, details=(*draft.details, "需要上门"))
    ask_next(conversation, draft, desk, say)


def parse_draft_answer(heard: Heard) -> Draft | None:
    return heard.conversation.draft if heard.inbound.kind is Kind.TEXT else None


@answers.on(parse_draft_answer)
def fill_draft(
    draft: Draft,
    heard: Heard,
    conversation: Conversation,
    desk: Desk,
    say: Say,
) -> None:
    """Any words while a draft is open: they fill its slots, correct them, or add a fact."""
    question = conversation.question
    asked = question.args.get("slot") if question is not None else None
    if heard.reading.slots.budget_ambiguous:
        amounts = list(heard.reading.slots.budget_ambiguous)
        choices = tuple(Choice(yuan(fen), f"预算{fen // 100}元") for fen in amounts)
        say(
            zh.which_amount(amounts),
            *conversation.ask("budget_choice", *choices, amounts=amounts),
        )
        return
    changed = merge(draft, heard.reading)
    if _UNSURE.match(heard.command):
        changed = decline(draft, asked) if asked else draft
    elif changed == draft and is_fact(heard):
        changed = add_fact(draft, heard.reading)
    elif changed == draft:
        conversation.misses += 1
        say(zh.NOT_ABOUT_THE_DRAFT if conversation.misses < 3 else zh.NOT_ABOUT_THE_DRAFT_AGAIN)
        return
    voice = any(media.kind == "voice" for media in heard.inbound.media)
    lead = zh.HEARD if voice else echo(heard.reading)
    ask_next(conversation, changed, desk, say, lead=lead)


def take_place(
    label: str, conversation: Conversation, desk: Desk, say: Say, reading: Reading
) -> None:
    """A location: only its town and quarter go into the demand."""
    region = region_of(reading)
    shown = zh_demands.region(Terms("", "", region=region)) or label
    draft = conversation.draft
    if draft is None:
        say(zh.place_without_draft(shown))
        return
    conversation.draft = replace(draft, region=region or draft.region)
    say(
        zh.place(shown),
        *conversation.ask(
            "sampling", Choice("要，就在这里", "要上门"), Choice("不要，只是告诉你们在哪", "不上门")
        ),
    )


def begin(
    conversation: Conversation,
    reading: Reading,
    services: tuple[tuple[str, str], ...],
    desk: Desk,
    say: Say,
    draft: Draft,
) -> None:
    """Fill an empty form from a sentence, and ask for what is missing in it."""
    conversation.park()
    draft = merge(draft, reading)
    if len(services) > 1:
        conversation.draft = draft
        ask_which(services, conversation, say)
        return
    for code, name in services:
        draft = replace(draft, service_code=code, service_name=name)
    ask_next(conversation, draft, desk, say, lead=echo(reading))


def ask_which(services: tuple[tuple[str, str], ...], conversation: Conversation, say: Say) -> None:
    """Ask which of these services is meant for the open draft."""
    choices = tuple(Choice(name, name) for _, name in services)
    conversation.ask("service", *choices, names=dict(services), slot="service")
    say(zh.which_service([name for _, name in services]), *choices)


def _begin_several(
    conversation: Conversation,
    reading: Reading,
    services: list[tuple[str, str]],
    desk: Desk,
    say: Say,
) -> None:
    """One draft for each: the first is asked about now, the others wait their turn."""
    conversation.park()
    common = merge(Draft(), reading)
    for code, name in reversed(services):
        conversation.draft = replace(common, service_code=code, service_name=name)
        if code != services[0][0]:
            conversation.park()
    assert conversation.draft is not None
    lead = zh.several([name for _, name in services])
    ask_next(conversation, conversation.draft, desk, say, lead=lead)


def ask_next(
    conversation: Conversation, draft: Draft, desk: Desk, say: Say, *, lead: str = ""
) -> None:
    """Show what was understood and ask for the one thing that is missing, or for 确认."""
    conversation.draft, conversation.misses = draft, 0
    service = desk.services.get(draft.service_code or "")
    terms = with_deposit(draft, desk)
    if lead:
        say(lead)
    missing = [slot for slot in missing_slots(draft) if slot != "service" or not draft.text]
    if not missing:
        choices = conversation.ask(
            "draft", Choice("发布", "确认"), Choice("改", "改一下"), confirms=True
        )
        say(zh.ready(terms, desk.policy), *choices)
        return
    conversation.ask("draft", confirms=True, slot=missing[0])
    say(zh.question(missing[0], terms, service))


def with_deposit(draft: Draft, desk: Desk) -> Terms:
    """The terms that a draft makes today, with the deposit that the rule makes of its budget."""
    terms = terms_of(draft)
    if draft.deposit_fen != 0:
        return terms
    budget_fen = terms.budget_max_fen or terms.budget_min_fen
    return replace(terms, deposit_fen=deposit_fen(budget_fen, desk.policy))


def _answers_question(heard: Heard) -> bool:
    """Whether the words say what was asked for, so that they are no new need."""
    question = heard.conversation.question
    if question is None or question.kind != "draft":
        return False
    slots, asked = heard.reading.slots, question.args.get("slot")
    if len(heard.reading.normal) > SHORT and heard.reading.search.decision != "none":
        return False  # a whole sentence about something else, which names a budget too
    if asked == "budget":
        return slots.budget_min_fen is not None or slots.budget_max_fen is not None
    if asked == "region":
        return bool(slots.region) and len(heard.reading.normal) <= 8
    return False
