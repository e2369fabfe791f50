"""How a text sounds: pairs of syllables in which southern speakers' slips sound alike.

高薪企业, gaoxin企业 and 高新企业 are one to the ear, so an index that also listens finds them all.
"""

import re
from functools import cache
from importlib.resources import files

# n/l, r/l, f/h, ng/n, zh/z, ch/c and sh/s are one sound to most speakers of southern Mandarin.
_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("r", "l"))
_RUN = re.compile(r"[a-z\u3400-\u9fff](?:[a-z\u3400-\u9fff' ]*[a-z\u3400-\u9fff])?")
_PIECE = re.compile(r"[a-z]+|[\u3400-\u9fff]")
_LETTERS = re.compile("[a-z]+")
FIRST_SOUND = 0xE000  # where Unicode leaves room for private characters
_LONGEST = 6  # letters of a syllable: zhuang, shuang


def fuzzy(syllable: str) -> str:
    """One spelling for the syllables that are commonly taken for each other."""
    for spoken, heard in _INITIALS:
        if syllable.startswith(spoken):
            syllable = heard + syllable[len(spoken) :]
            break
    return syllable[:-1] if syllable.endswith("ng") else syllable


@cache
def syllables() -> dict[str, str]:
    """The commonest syllable of every character, without its tone."""
    text = files("matching").joinpath("data/pinyin.tsv").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    return {char: syllable for syllable, chars in rows for char in chars}


@cache
def _table() -> tuple[dict[str, str], frozenset[str]]:
    """The fuzzy syllable of every character, and all syllables as they are written."""
    spoken = syllables()
    return {char: fuzzy(one) for char, one in spoken.items()}, frozenset(spoken.values())


def split(letters: str) -> list[str]:
    """gaoxin → [gao, xin]; nothing for letters that are no pinyin, longest syllables first."""
    known = _table()[1]
    ways: list[list[str] | None] = [[]] + [None] * len(letters)
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - _LONGEST), end):
            before = ways[start]
            if before is not None and letters[start:end] in known:
                ways[end] = [*before, letters[start:end]]
                break  # the earliest start is the longest last syllable
    return ways[-1] or []


def heard_pairs(text: str) -> list[tuple[str, str]]:
    """Neighbouring fuzzy syllables of a normal, lower-case text: [("gao'xin", "高新"), …].

    Beside each pair stand its two characters, or nothing where a syllable was typed as pinyin.
    """
    table = _table()[0]
    pairs: list[tuple[str, str]] = []
    for match in _RUN.finditer(text):
        before: tuple[str, str] | None = None
        for piece in _PIECE.findall(match.group()):
            if piece in table:
                units = [(table[piece], piece)]
            else:
                units = [(fuzzy(syllable), "") for syllable in split(piece)]
                before = before if units else None
            for unit in units:
                if before:
                    written = before[1] + unit[1] if before[1] and unit[1] else ""
                    pairs.append((f"{before[0]}'{unit[0]}", written))
                before = unit
    return pairs


@cache
def _signs() -> tuple[dict[str, str], dict[int, str]]:
    """One character for every fuzzy syllable, and for every written character that of its sound."""
    table, spoken = _table()
    heard = sorted({fuzzy(syllable) for syllable in spoken})
    signs = {syllable: chr(FIRST_SOUND + number) for number, syllable in enumerate(heard)}
    return signs, {ord(char): signs[syllable] for char, syllable in table.items()}


def sounded(text: str) -> str:
    """A normal, lower-case text with one private character per syllable, however it was written.

    Pinyin becomes the same characters; what is neither stays as it is.
    """
    signs, by_char = _signs()

    def spoken(letters: re.Match[str]) -> str:
        return "".join(signs[fuzzy(one)] for one in split(letters.group())) or letters.group()

    return (text if not _LETTERS.search(text) else _LETTERS.sub(spoken, text)).translate(by_char)
