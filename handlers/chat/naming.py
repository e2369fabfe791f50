"""点名: asking one provider by name, alone; and that provider's no."""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.actions import utterances
from handlers.actions.demands import decline_demand
from handlers.actions.providers import NAMESAKES_SHOWN
from handlers.chat.drafts import ask_next, begin
from handlers.chat.needs import need_of
from handlers.chat.parsing import after_head, demand_id, is_one_of
from handlers.chat.picking import pick_demand
from handlers.chat.slots import draft_of
from handlers.conversation import Conversation, Draft
from handlers.desk import Desk, Say
from handlers.message import Choice
from handlers.routing import Heard, Router
from handlers.wording import naming as zh
from market.errors import NotFound
from market.modes import DemandStep
from market.parties import Sender
from matching import ProviderCandidate
from storage.unit_of_work import UnitOfWork

router = Router("naming")
REASON_MOST = 60

_POLITE = r"^(?:你好|您好|请|麻烦|帮我|我?想|我们?要?|那)*[,，\s]*"
_CALLS = re.compile(
    rf"{_POLITE}(?:点名|指定|(?:直接|就|只)(?:找|请|问)|问\s*@)\s*(?:服务商)?\s*[@:：]?\s*(?P<rest>\S.*)?$",
    re.S,
)
# 点名 桂知源 做高企; 点名桂知源，高企认定: the name ends with the word,
_NAME = re.compile(r"(?P<name>[^\s,，。;；:：@]{2,40})[\s,，。;；:：]*(?P<need>.*)$", re.S)
# or where the work begins: 直接找信达帮我们写可研.
_WORK = re.compile(r"来?(?:帮|[给替](?=我|咱)|[做弄搞写]|办(?!公))|来(?=申请)")
# 直接找人工, 就找你们: nobody's name.
_NOBODY = re.compile(r"人工|客服|同事|[你我他她它]们?|老板|领导|谁|别人|[哪这那]家|便宜|最")
_NO = re.compile(r"^(?:不接|接不了|婉拒)(?!了)\s*[D#]?[- ]?\d{3,9}")


@dataclass(frozen=True, slots=True)
class Named:
    """Who shall be asked, and for what if that was said."""

    name: str
    need: str


@dataclass(frozen=True, slots=True)
class Again:
    demand_id: int | None


@dataclass(frozen=True, slots=True)
class Decline:
    demand_id: int | None
    reason: str


def parse_named(heard: Heard) -> Named | None:
    """ "点名 桂知源 做高企认定，预算3万", "直接找信达帮我们写可研", "问 @李工 …"."""
    called = _CALLS.match(heard.reading.normal)
    if called is None:
        return None
    return _named(called["rest"]) if called["rest"] else Named("", "")


def _named(words: str) -> Named | None:
    """A name, and what is wanted of it."""
    found = _NAME.match(words)
    if found is None:
        return None
    name, need = found["name"], found["need"]
    if work := _WORK.search(name, 2):
        name, need = name[: work.start()], words[work.start() :]
    return None if _NOBODY.search(name) else Named(name, need.strip())


def parse_everybody(heard: Heard) -> Draft | None:
    draft = heard.conversation.draft
    if draft is None or draft.named_id is None:
        return None
    return draft if is_one_of(heard, "不点名", "改成招标", "公开招标", "招标", "请大家报") else None


_AGAIN = re.compile(r"^(?:重发|再发|改成招标|公开招标|换一家)\s*D[- ]?\d+$")


def parse_again(heard: Heard) -> Again | None:
    return Again(demand_id(heard.command)) if _AGAIN.match(heard.command) else None


def parse_decline(heard: Heard) -> Decline | None:
    """ "不接 D1024 没档期", or "不接" to the only one who asks."""
    if not heard.sender.is_provider:
        return None
    if is_one_of(heard, "不接", "这单不接", "接不了", "婉拒"):
        return Decline(None, "")
    found = _NO.match(heard.command)
    if found is None:
        return None
    head = re.match(r"^\S*?(?=\s*[D#]?[- ]?\d)", heard.command)
    return Decline(
        demand_id(heard.command), (after_head(heard, head[0] if head else "") or "")[:REASON_MOST]
    )


def parse_name(heard: Heard) -> Named | None:
    """The answer to "whom, for what": 桂知源, or 桂知源 做高企."""
    question = heard.conversation.question
    if question is None or question.kind != "naming":
        return None
    return _named(heard.reading.normal)


@router.on(parse_name)
@router.on(parse_named)
def name_provider(
    said: Named,
    heard: Heard,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """The draft that asks one provider; a name that several have is asked about."""
    if not said.name:
        conversation.ask("naming")
        say(zh.WHAT)
        return
    search = desk.matcher.find_provider(said.name, NAMESAKES_SHOWN)
    if search.decision == "none":
        say(zh.nobody(said.name))
        return
    if search.decision == "choose":
        choices = tuple(
            Choice(one.name, f"点名 {one.name} {said.need}".strip()) for one in search.providers
        )
        say(zh.which(said.name, search.providers), *conversation.ask("which_named", *choices))
        return
    named = _reachable(search.providers[0], sender, uow, say)
    if named is not None:
        _draft_for(named, said, sender, conversation, uow, desk, say, now)


def _reachable(found: ProviderCandidate, sender: Sender, uow: UnitOfWork, say: Say) -> Draft | None:
    """An empty form that names the provider, if somebody there can be asked."""
    provider_id = uow.providers.ids_by_credit_code([found.credit_code]).get(found.credit_code)
    members = uow.parties.member_ids(provider_id) if provider_id is not None else ()
    if sender.id in members:
        say(zh.OWN)
    elif not members:
        say(zh.out_of_reach(found.name))
    else:
        return Draft(named_id=provider_id, named=found.name)
    return None


def _draft_for(
    named: Draft,
    said: Named,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    if said.need:
        reading = desk.matcher.read(said.need, now.astimezone(desk.zone))
        need = need_of(reading) if reading.search.decision != "none" else None
        noted = utterances.note_need(uow, sender, reading, need.codes, now) if need else None
        say(zh.named(named.named))
        services = need.services if need else ()
        draft = replace(named, utterance_id=noted)
        begin(conversation, reading, services, desk, say, draft)
        return
    if conversation.draft is None:
        conversation.draft = named
        conversation.ask("need")
        say(zh.what_for(named.named))
        return
    asked = replace(conversation.draft, named_id=named.named_id, named=named.named)
    ask_next(conversation, asked, desk, say, lead=zh.named(named.named))


@router.on(parse_everybody)
def ask_everybody(draft: Draft, conversation: Conversation, desk: Desk, say: Say) -> None:
    draft = replace(draft, named_id=None, named="")
    ask_next(conversation, draft, desk, say, lead=zh.everybody_again())


@router.on(parse_again)
def publish_again(
    said: Again,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
) -> None:
    """A new draft with the same content for everybody, once the old demand is over."""
    demand = pick_demand(uow, sender, conversation, said.demand_id, DemandStep.EDIT)
    if demand.status not in demand.process.ends:
        say(zh.still_asking(demand))
        return
    conversation.park()
    draft = replace(draft_of(demand.terms), named_id=None, named="")
    ask_next(conversation, draft, desk, say, lead=zh.again(demand))


@router.on(parse_decline)
def decline(said: Decline, sender: Sender, uow: UnitOfWork, say: Say, now: datetime) -> None:
    """The reason is passed on; who was not asked by name need not answer at all."""
    wanted = said.demand_id or _only_one(sender, uow)
    if wanted is None:
        say(zh.WHICH_DECLINED)
        return
    demand = uow.demands.find(wanted)
    if not demand.is_for(sender.provider_id):
        raise NotFound(demand.no)
    if demand.is_public:
        say(zh.may_ignore(demand.no))
        return
    say(zh.declined_provider(decline_demand(uow, wanted, sender, said.reason, now)))


def _only_one(sender: Sender, uow: UnitOfWork) -> int | None:
    asking = [one for one in uow.demands.open_to(sender.provider_id, 50) if not one.is_public]
    return asking[0].id if len(asking) == 1 else None
