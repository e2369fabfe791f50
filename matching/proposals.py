"""What was missed or read wrongly, in piles of near-duplicates, and the aliases it suggests.

Nothing becomes an alias by itself: these are proposals for somebody who knows the trade.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from matching.memory import SAME_FROM, Likeness
from matching.text.normalize import letters_only

ALIASES_MOST = 3
_SHORTEST, _LONGEST = 3, 12  # characters of a proposed alias
_COMPARED = 20  # members of a pile, for what they have in common
# 20个样: how many is no name for anything; longer numbers may be a standard's.
_COUNT = re.compile(r"\d{1,3}[\u3400-\u9fff]{0,2}")
_RUN = re.compile(r"[a-z0-9\u3400-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Astray:
    """An utterance that was missed, or corrected."""

    said: str
    told: str  # its telling part
    who: int  # the person, as a bare number
    code: str | None  # the service they ended up with
    asked_person: bool = False


@dataclass(frozen=True, slots=True)
class Pile:
    """Utterances that say as good as the same."""

    said: tuple[str, ...]  # each wording once, the most frequent first
    times: int
    people: int
    asked_person: int  # how often a colleague was asked for afterwards
    codes: tuple[tuple[str, int], ...]  # the services people ended up with
    aliases: tuple[tuple[str, int], ...]  # wordings to consider, and in how many they stand


def piles(astray: Iterable[Astray], wordings: Mapping[str, Collection[str]]) -> tuple[Pile, ...]:
    """Near-duplicates together, what most people said first.

    `wordings`: code → what the service is called already, lower case; it is not proposed again.
    """
    leaders, growing = Likeness(()), list[list[Astray]]()
    by_words: dict[str, int] = {}
    for each in astray:
        at = by_words.get(each.told)
        if at is None:
            nearest = leaders.near(each.told, SAME_FROM)
            at = nearest[0][0] if nearest else len(growing)
            by_words[each.told] = at
        if at == len(growing):
            leaders.add(each.told)
            growing.append([])
        growing[at].append(each)
    done = [_pile(members, wordings) for members in growing]
    return tuple(sorted(done, key=lambda pile: (-pile.people, -pile.times)))


def _pile(members: Sequence[Astray], wordings: Mapping[str, Collection[str]]) -> Pile:
    codes = Counter(each.code for each in members if each.code is not None).most_common()
    known = {letters_only(wording) for code, _ in codes for wording in wordings.get(code, ())}
    return Pile(
        said=tuple(said for said, _ in Counter(each.said for each in members).most_common()),
        times=len(members),
        people=len({each.who for each in members}),
        asked_person=sum(each.asked_person for each in members),
        codes=tuple(codes),
        aliases=_aliases([each.told for each in members], known),
    )


def _aliases(told: Sequence[str], known: Collection[str]) -> tuple[tuple[str, int], ...]:
    """The runs of the telling parts, and what the first shares with others; most frequent first."""
    different = list(dict.fromkeys(told))[:_COMPARED]
    phrases = {run for text in different for run in _RUN.findall(text.lower())}
    phrases |= {_common(different[0], other) for other in different[1:]}
    counted = {
        phrase: sum(phrase in text for text in told)
        for phrase in phrases
        if _SHORTEST <= len(phrase) <= _LONGEST
        and phrase not in known
        and not _COUNT.fullmatch(phrase)
    }
    # A part of a phrase says no more, unless it stands in more of them.
    whole = {
        phrase: times
        for phrase, times in counted.items()
        if not any(
            phrase in other and phrase != other and times == counted[other] for other in counted
        )
    }
    ranked = sorted(whole.items(), key=lambda each: (-each[1], -len(each[0]), each[0]))
    return tuple(ranked[:ALIASES_MOST])


def _common(one: str, other: str) -> str:
    """The longest run two texts share."""
    match = SequenceMatcher(None, one, other, autojunk=False).find_longest_match()
    found = one[match.a : match.a + match.size]
    return max(_RUN.findall(found), key=len, default="")
