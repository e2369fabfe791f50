"""How the same utterance arrives from other hands: homophones, slips, traditional, part pinyin."""

import random
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cache

from matching.text.pinyin import syllables

Variant = Callable[[str, random.Random], str]


@cache
def _homophones() -> Mapping[str, str]:
    """Syllable → its characters, the table's own order."""
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for char, syllable in syllables().items():
        alike[syllable].append(char)
    return {syllable: "".join(chars) for syllable, chars in alike.items()}


def homophone(utterance: str, dice: random.Random, most: int = 2) -> str:
    """Up to two characters become others of the same syllable, as input methods choose them."""
    known = syllables()
    places = [i for i, c in enumerate(utterance) if c in known and len(_homophones()[known[c]]) > 1]
    chars = list(utterance)
    for at in dice.sample(places, min(most, len(places))):
        others = _homophones()[known[chars[at]]].replace(chars[at], "")
        chars[at] = dice.choice(others)
    return "".join(chars)


def typo(utterance: str, dice: random.Random) -> str:
    """One character is lost, doubled, swapped with the next, or becomes any other."""
    at = dice.randrange(len(utterance))
    here, rest = utterance[at], utterance[at + 1 :]
    changed = dice.choice(("", here * 2, rest[:1] + here, dice.choice(list(syllables()))))
    if changed == rest[:1] + here:
        rest = rest[1:]
    return utterance[:at] + changed + rest


def traditional(utterance: str, _: random.Random) -> str:
    from opencc import OpenCC

    written: str = OpenCC("s2t").convert(utterance)
    return written


def part_pinyin(utterance: str, dice: random.Random) -> str:
    """Two neighbouring characters are left in pinyin."""
    known = syllables()
    places = [i for i in range(len(utterance) - 1) if {*utterance[i : i + 2]} <= known.keys()]
    if not places:
        return utterance
    at = dice.choice(places)
    typed = known[utterance[at]] + known[utterance[at + 1]]
    return utterance[:at] + typed + utterance[at + 2 :]


VARIANTS: Mapping[str, Variant] = {
    "homophones": homophone,
    "a typo": typo,
    "traditional": traditional,
    "part pinyin": part_pinyin,
}
