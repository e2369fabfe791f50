"""What a provider answers to the buyer's price in plain words: "31000，多送一次修改", "可以"."""

import re
from datetime import datetime

from handlers.actions.negotiations import agree_to_price
from handlers.chat.negotiations import AMOUNT, Answer, answer
from handlers.conversation import Question
from handlers.desk import Desk, Say
from handlers.message import Choice
from handlers.routing import Heard, Router, confirms
from handlers.wording import negotiations as zh
from market.parties import Sender
from storage.unit_of_work import UnitOfWork

router = Router("plain answers to counter-offers")

AGREE = "agree_to_counter"
_COUNTER = re.compile(
    rf"^(?:那就?|最多|最低|至少|要不|我们?)*\s*{AMOUNT}\s*(?:吧|行吗|行不行|可以|怎么样)?\s*[,，、。;；]?\s*(?P<note>.*)$",
    re.S,
)
_AGREES = re.compile(r"^(?:同意|接受|成交|就这个?价|按这个价?)[了的吧啊]*[。!！]?$")
_REFUSES = re.compile(
    r"^(?:不行|不还价?|不让价?|做不了|降不了|让不了|少不了|没法(?:再)?(?:少|降|让|低).*"
    r"|(?:已经)?(?:是)?最低价?了.*|(?:不能|没法)再(?:少|低|降|便宜).*|原价|价格不[变动])[了的吧啊]*[。!！]?$"
)


def refuses(words: str) -> bool:
    """Whether normal words say no to a price, whatever else they may remind of."""
    return bool(_REFUSES.match(words))


def took_answer(
    heard: Heard, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> bool:
    """Read words nobody else understood as the answer to the one price this provider was asked.

    Agreeing changes a bid, so bare words of agreement are read back before they count.
    """
    if sender.provider_id is None or not heard.private:
        return False
    asking = uow.negotiations.demands_asking(sender.provider_id)
    if len(asking) != 1:
        return False
    words = heard.reading.normal
    if _AGREES.match(words) or confirms(heard.command):
        _ask_agreement(heard, sender, asking[0], uow, say)
        return True
    said = _plain_answer(words, asking[0])
    if said is not None:
        answer(said, sender, uow, desk, say, now)
    return said is not None


def _plain_answer(words: str, demand_id: int) -> Answer | None:
    if refuses(words):
        return Answer("refuse", demand_id)
    found = _COUNTER.match(words)
    return found and Answer("counter", demand_id, found["amount"], found["note"].strip())


def _ask_agreement(heard: Heard, sender: Sender, demand_id: int, uow: UnitOfWork, say: Say) -> None:
    bid = uow.bids.of_provider(demand_id, sender.provider_id or 0)
    assert bid is not None, "a demand that asks has the bid it asks about"
    asked = uow.negotiations.latest(bid.id)
    assert asked is not None, "and the round"
    say(
        zh.agree_question(demand_id, bid, asked),
        *heard.conversation.ask(
            AGREE,
            Choice("按这个价", "确认"),
            Choice("不还", f"不还 D{demand_id}"),
            confirms=True,
            demand_id=demand_id,
            asked_fen=asked.asked_fen,
        ),
    )


@router.confirmed(AGREE)
def really_agree(
    question: Question, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    settled = agree_to_price(uow, question.args["demand_id"], sender, desk, now)
    say(zh.agreed_provider(settled.demand, settled.bid, settled.fingerprint))
