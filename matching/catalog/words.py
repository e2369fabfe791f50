"""The word lists of searching, and what they do to a query before it is looked up."""

import re
from functools import cache
from importlib.resources import files

from matching.text.normalize import letters_only, normalize


@cache
def lines(name: str) -> tuple[str, ...]:
    """The lines of a data file without its comments."""
    text = files("matching").joinpath(f"data/{name}").read_text("utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))


@cache
def examples() -> dict[str, tuple[str, ...]]:
    """Service name → whole utterances that asked for it, as they are looked up."""
    asked: dict[str, list[str]] = {}
    for line in lines("examples.tsv"):
        name, utterance = line.split("\t")
        asked.setdefault(name, []).append(query_of(normalize(utterance)))
    return {name: tuple(utterances) for name, utterances in asked.items()}


@cache
def _fillers() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(lines("fillers.txt"), key=len, reverse=True))))


@cache
def _term_slips() -> tuple[re.Pattern[str], dict[str, str]]:
    pairs = dict(line.split("\t") for line in lines("term_slips.tsv"))
    longest_first = sorted(pairs, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))), pairs


def mend_terms(text: str) -> str:
    """Repair homophones of the market's terms: 高薪企业 → 高新企业."""
    pattern, pairs = _term_slips()
    return pattern.sub(lambda match: pairs[match.group()], text)


# 做高新技术企业认定: the verb says no more than that it is wanted.
_DOING = re.compile(r"^\s*[做办弄搞](?=\S{4})")


def without_fillers(text: str) -> str:
    """Drop the words of asking (我想找个…多少钱), unless nothing else was said."""
    rest = _DOING.sub("", _fillers().sub(" ", text))
    return rest if letters_only(rest) else text


def query_of(normal: str) -> str:
    """What is looked up: lower case, slips of terms mended, without the words of asking."""
    return without_fillers(mend_terms(normal.lower()))
