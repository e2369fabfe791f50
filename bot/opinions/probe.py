"""Ask the endpoint something whose answer tells whether it keeps to a schema."""

import secrets
import time
from dataclasses import dataclass

from bot.opinions.account import ModelAccount
from bot.opinions.endpoint import Completions
from matching import Unusable, read_answer
from matching.opinions.requests import messages, response_format, schema
from matching.opinions.values import About, Doubt, Option

# Generous: a model that is loaded at the first question may take long, once.
WITHIN_S = 20.0
_SAMPLE = "厂里想弄个质量管理体系的证书，下个月投标要用"


@dataclass(frozen=True, slots=True)
class Probed:
    """What the endpoint did with two questions."""

    seconds: float  # of the second, which found the model awake
    enforced: bool  # only with json_schema: it kept to a schema that it was told nothing about
    usable: str  # "" or what was wrong with a plain answer: empty, json, schema, evidence
    right: bool  # it chose what anybody would


async def probe(account: ModelAccount, endpoint: Completions) -> Probed:
    """Put two questions to the endpoint.

    Raises:
        EndpointError: it does not answer.
    """
    enforced = await _keeps_to_a_schema(account, endpoint)
    doubt = _sample()
    shape = response_format("kebao_service", schema(doubt), account.response_format)
    begun = time.perf_counter()
    content = await endpoint.complete(messages(doubt), shape, within_s=WITHIN_S)
    seconds = time.perf_counter() - begun
    try:
        answer = read_answer(content, doubt)
    except Unusable as unusable:
        return Probed(seconds, enforced, unusable.reason, False)
    return Probed(seconds, enforced, "", answer.says == doubt.rules)


async def _keeps_to_a_schema(account: ModelAccount, endpoint: Completions) -> bool:
    """Whether a word comes back that only the schema holds; nobody would guess it."""
    word = secrets.token_hex(6)
    doubt = Doubt(About.SERVICE, "", word, (Option(word, ""),))
    asked = (
        {"role": "system", "content": "Answer in json. Keep to the form you were given."},
        {"role": "user", "content": 'Reply with {"greeting": "hello"} and nothing else.'},
    )
    shape = response_format("kebao_probe", schema(doubt), account.response_format)
    content = await endpoint.complete(asked, shape, within_s=WITHIN_S)
    try:
        return read_answer(content, doubt).says == word
    except Unusable:
        return False


def _sample() -> Doubt:
    right, wrong = secrets.token_hex(2), secrets.token_hex(3)
    options = (
        Option(wrong, "发明专利申请"),
        Option(right, "管理体系认证咨询"),
        Option("none", "都不是"),
    )
    return Doubt(About.SERVICE, _SAMPLE, right, options)
