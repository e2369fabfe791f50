"""A second opinion on dates and amounts: jionlp, from an environment made on demand.

It hard-depends on a GPL package, so it is never one of ours: it is installed into the cache of
whoever asks for it, runs in a process of its own, and only its answers are read here. It is no
judge either: it misses most amounts and reads some wrongly. Its use is to point at rows.
"""

import json
import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.benchmarks.environments import PeerMissing, installed
from bot.benchmarks.labelled import Figure, figure, read_table, share
from bot.benchmarks.parse_quality import CLOCK
from bot.commands.console import UsageError
from matching import parse_json

_WANTED = ("jionlp==1.5.31",)
_INSTALL_WITHIN_S = 900  # some 300 MB
_ANSWER_WITHIN_S = 300
# It prints banners, so the answer is the last line. Days and yuan come out as they are told.
_SCRIPT = """
import json, sys, time
import jionlp

asked = json.load(sys.stdin)
base = time.mktime(tuple(asked["now"]) + (0, 0, -1))

def heard(extract, text, **more):
    try:
        return [one["detail"] for one in extract(text, with_parsing=True, **more)]
    except Exception:
        return []  # it raises where it finds nothing

answers = []
for text in asked["texts"]:
    times = heard(jionlp.ner.extract_time, text, time_base=base)
    sums = heard(jionlp.ner.extract_money, text)
    ends = [t["time"][-1] for t in times if t["type"] in ("time_point", "time_span")]
    days = [end[:10] for end in ends if end != "inf"]
    nums = [n for s in sums for n in (s["num"] if isinstance(s["num"], list) else [s["num"]])]
    answers.append({"days": days, "yuan": nums})
print()
print(json.dumps(answers))
"""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A row that the two read differently; neither need be right."""

    table: str
    slot: str
    text: str
    ours: tuple[str, ...]
    theirs: tuple[str, ...]

    def fields(self) -> dict[str, object]:
        return {
            "name": f"{self.table}: {self.slot}",
            "text": self.text,
            "ours": list(self.ours),
            "theirs": list(self.theirs),
        }

    def __str__(self) -> str:
        ours, theirs = ("/".join(said) or "–" for said in (self.ours, self.theirs))
        return f"{self.table}: {self.slot:<7} ours {ours}  jionlp {theirs}  {self.text!r}"


def agreement(paths: Iterable[Path], now: datetime = CLOCK) -> Iterable[Figure | Disagreement]:
    """How often both read the same day and the same sums, then the rows where they do not.

    Raises:
        UsageError: it could not be installed or asked.
    """
    try:
        python = installed(_WANTED, within_s=_INSTALL_WITHIN_S)
    except PeerMissing as missing:
        raise UsageError(f"argument --oracle: jionlp is {missing}") from missing
    for path in paths:
        texts = [row["text"] for row in read_table(path, ("text", "expected")).rows]
        readings = [_ours(text, now) for text in texts]
        answers = _theirs(python, texts, now)
        for slot in ("days", "amounts"):
            pairs = [(o[slot], t[slot]) for o, t in zip(readings, answers, strict=True)]
            both = [agree(ours, theirs) for ours, theirs in pairs if ours and theirs]
            yield figure(f"{path.name}: {slot}, same where both read some", both, share)
            for text, (ours, theirs) in zip(texts, pairs, strict=True):
                if (ours or theirs) and not agree(ours, theirs):
                    yield Disagreement(path.name, slot, text, ours, theirs)


def agree(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Have they found all that we have? What they have found besides may be no deadline."""
    return bool(ours) and set(ours) <= set(theirs)


def _ours(text: str, now: datetime) -> Mapping[str, tuple[str, ...]]:
    slots = parse_json(text.replace("\\n", "\n"), as_="demand", now=now)["slots"]
    assert isinstance(slots, dict)
    day = str(slots.get("deadline", ""))[:10]
    sums = {slots[key] for key in ("budget_min_fen", "budget_max_fen") if key in slots}
    return {
        "days": (day,) if day else (),
        "amounts": tuple(f"{fen / 100:.2f}" for fen in sorted(sums)),
    }


def _theirs(
    python: Path, texts: Sequence[str], now: datetime
) -> list[Mapping[str, tuple[str, ...]]]:
    asked = {"now": now.timetuple()[:6], "texts": texts}
    try:
        done = subprocess.run(
            [python, "-W", "ignore", "-c", _SCRIPT],
            input=json.dumps(asked), capture_output=True, text=True, check=True,
            timeout=_ANSWER_WITHIN_S,
            # It reads moments in the zone of its process.
            env={**os.environ, "TZ": "Asia/Shanghai", "PYTHONUTF8": "1"},
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        raise UsageError(f"argument --oracle: jionlp failed: {type(error).__name__}") from error
    answers: list[dict[str, list[str]]] = json.loads(done.stdout.strip().splitlines()[-1])
    return [
        {
            "days": tuple(dict.fromkeys(answer["days"])),
            "amounts": tuple(dict.fromkeys(f"{float(n):.2f}" for n in answer["yuan"])),
        }
        for answer in answers
    ]
