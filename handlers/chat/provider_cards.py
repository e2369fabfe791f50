"""Providers asked for by name: who they are, and the bidder one means to choose."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.actions.bids import opened_bids
from handlers.actions.providers import NAMESAKES_SHOWN, weighed
from handlers.chat.choosing import Choose, choose
from handlers.chat.parsing import named_demand_id
from handlers.chat.picking import pick_demand
from handlers.conversation import Conversation
from handlers.desk import Desk, Say
from handlers.message import Choice
from handlers.routing import Heard, Router
from handlers.wording import provider_cards as zh
from market.errors import NotFound
from market.modes import DemandStep
from market.parties import Sender
from matching import names_meant
from storage.unit_of_work import UnitOfWork

router = Router("provider_cards")

_CONTACT = r"(?:联系方式|联系电话|电话号码|电话|手机号?|微信号?|邮箱|名片|资料)"
_WANTED = re.compile(
    r"^(?:你好|您好|请问|麻烦|请|帮我|帮忙|给我|我?想|我要)*[,，\s]*"
    rf"(?:找|查|搜|问|看)(?:一下|下|找|查)?\s*(?P<name>\S.{{1,39}}?)的?{_CONTACT}"
    r"(?:是多少|多少|给我|发我)?[吗呢吧]?$"
)
_OF = re.compile(
    rf"^(?:请问)?(?P<name>[\u4e00-\u9fffA-Za-z0-9()]{{3,40}})的{_CONTACT}(?:是多少|多少|有吗|呢)?$"
)
_CARD = re.compile(r"^(?:看|查)?服务商\s*[:：]?\s*(?P<name>[\u4e00-\u9fff]\S{1,39})$")
# Whoever is meant by these is no provider's name.
_SOMEBODY = re.compile(
    r"[你我他她它咱]们?|客户|甲方|对方|服务商|商家|平台|客服|同事|老师|领导|经理|[这那哪几]\S?家|谁|"
    r"^[A-Z]家?$|[DOJPV][- ]?\d"
)
_CHOSEN = re.compile(
    r"^(?:就|我?要|我就)?选(?:定|中)?\s*(?P<name>[\u4e00-\u9fff][^,，。?？]{1,29}?)"
    r"\s*(?:D[- ]?\d+)?[吧了]?$"
)
_NO_NAME = re.compile(r"[哪谁怎]|什么|服务|需求|一家|家$|最")


@dataclass(frozen=True, slots=True)
class AskedFor:
    name: str


@dataclass(frozen=True, slots=True)
class ChooseNamed:
    name: str
    demand_id: int | None


def parse_asked_for(heard: Heard) -> AskedFor | None:
    """ "帮我找一下桂知源的联系方式", "桂知源知识产权的电话", "服务商 桂知源"."""
    words = heard.reading.normal
    if card := _CARD.match(words):
        return AskedFor(card["name"])
    found = _WANTED.match(words) or _OF.match(words)
    if found is None or _SOMEBODY.search(found["name"]):
        return None
    return AskedFor(found["name"])


def parse_choose_named(heard: Heard) -> ChooseNamed | None:
    """ "选桂知源", "就选信达 D1024", while a demand is talked of."""
    found = _CHOSEN.match(heard.reading.normal)
    wanted = named_demand_id(heard.command)
    if found is None or _NO_NAME.search(found["name"]) or heard.conversation.draft is not None:
        return None
    if wanted is None and heard.conversation.demand_id is None:
        return None
    return ChooseNamed(found["name"], wanted)


@router.on(parse_asked_for)
def show_provider(
    said: AskedFor,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """Its card; contacts for staff only, and it is written down who looked."""
    search = desk.matcher.find_provider(said.name, NAMESAKES_SHOWN)
    if search.decision == "none":
        say(zh.nobody(said.name))
        return
    if search.decision == "choose":
        choices = [Choice(one.name, f"服务商 {one.name}") for one in search.providers]
        if conversation.question is None:
            conversation.ask("which_provider", *choices)
        say(zh.which(said.name, search.providers), *choices)
        return
    (found,) = weighed(search.providers[:1], uow, desk, now, 1)
    profile = uow.providers.profile(found.credit_code)
    if not sender.is_staff:
        say(zh.card(profile, found.why))
        return
    uow.history.add(f"服务商 {found.credit_code}", "reveal_phone", "", now, person_id=sender.id)
    say.discreetly("", zh.card_with_contacts(profile, found.why))


@router.on(parse_choose_named)
def choose_named(
    said: ChooseNamed,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """The bidder of that name is chosen as by its letter; only among those who did bid."""
    demand = pick_demand(uow, sender, conversation, said.demand_id, DemandStep.AWARD)
    letters = {bid.provider_id: bid.letter for bid in opened_bids(uow, demand)}
    names = uow.providers.names(letters)
    meant = names_meant(said.name, names)
    if not meant:
        raise NotFound(f"{demand.no} 里“{said.name[:20]}”的报价")
    if len(meant) > 1:
        say(zh.which_bidder([(letters[one], names[one]) for one in meant], demand.no))
        return
    chosen = Choose(letters[meant[0]], demand.id)
    choose(chosen, sender, conversation, uow, desk, say, now)
