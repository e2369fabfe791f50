"""How well utterances find their service, beside peers on the same table."""

import random
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import fuzz, process

from bot.benchmarks.labelled import Figure, Table, figure, read_table, share
from bot.benchmarks.peers import bm25s_pairs
from bot.benchmarks.skipped import is_there, missing
from bot.benchmarks.stopwatch import Line
from bot.benchmarks.variants import VARIANTS
from bot.commands.match import shipped
from market.services import Service
from matching import Matcher, Meaning
from matching.catalog.index import grams
from matching.text.normalize import normalize

_ALSO = re.compile(r"also=([0-9.]+)")
_OUTSIDE = ("", "NONE", "NEAR")  # codes of what is no service of the catalogue
Ranking = Callable[[str], Sequence[str]]
"""An utterance to codes, best first."""


@dataclass(frozen=True, slots=True)
class _Judged:
    rank: int  # of the right service, from 0; 99 if it is not among those given
    decision: str


@dataclass(frozen=True, slots=True)
class Calls:
    """How often the words of a table left it to the meaning, and what asking cost."""

    name: str
    called: int
    of: int  # rows
    ms_each: float

    def fields(self) -> dict[str, object]:
        return {
            "name": f"{self.name} asked the model",
            "value": round(self.called / max(self.of, 1), 4),
            "of": self.of,
            "ms_each": round(self.ms_each, 2),
        }

    def __str__(self) -> str:
        share = self.called / max(self.of, 1)
        return f"{self.name + ' asked the model':<52} {share:6.3f}  ({self.ms_each:.1f} ms each)"


def quality(paths: Iterable[Path], meaning: Meaning | None = None) -> Iterable[Line]:
    """Figures for every table of `utterance`, `code` and `notes` (`also=CODE` is right too)."""
    services, providers = shipped()
    matcher = Matcher(services, providers)
    peers = dict(_peers(services))
    yield from missing()
    for path in paths:
        table = read_table(path, ("utterance", "code"))
        yield from _ours("kebao", matcher, table)
        if meaning is not None:
            yield from _ours("kebao + semantic", matcher.with_meaning(meaning), table)
            yield _calls(f"{path.name}: kebao + semantic", matcher, meaning, table)
        for name, rank in peers.items():
            yield from _ranked(f"{path.name}: {name}", rank, table)


def _is_outside(row: dict[str, str]) -> bool:
    return row["code"].upper() in _OUTSIDE


def _right(row: dict[str, str]) -> set[str]:
    return {row["code"], *_ALSO.findall(row.get("notes", ""))}


def _rank(codes: Sequence[str], right: set[str]) -> int:
    return next((i for i, code in enumerate(codes) if code in right), 99)


def _ours(ours: str, matcher: Matcher, table: Table) -> Iterable[Figure]:
    inside, outside, near = [], [], []
    for row in table.rows:
        search = matcher.search(row["utterance"], 10)
        codes = [service.code for service in search.services]
        judged = _Judged(_rank(codes, _right(row)), search.decision)
        if not _is_outside(row):
            inside.append(judged)
        elif row["code"].upper() == "NEAR" or "near" in row.get("notes", "").lower():
            near.append(judged)
        else:
            outside.append(judged)
    name = f"{table.path.name}: {ours}"
    yield from _ranks(name, [judged.rank for judged in inside])
    served = [j.decision == "match" or (j.decision == "choose" and j.rank < 3) for j in inside]
    yield figure(f"{name} answered, or asked with it among three", served, share)
    answered = [j.rank == 0 for j in inside if j.decision == "match"]
    yield figure(f"{name} right among answered", answered, share)
    yield from _variants(name, matcher, [row for row in table.rows if not _is_outside(row)])
    if outside:
        yield figure(
            f"{name} false answers outside", [j.decision == "match" for j in outside], share
        )
    if near:
        spoken = [j.decision != "none" for j in near]
        yield figure(f"{name} answered or asked, near the domain", spoken, share)


def _calls(name: str, matcher: Matcher, meaning: Meaning, table: Table) -> Calls:
    wiser = matcher.with_meaning(meaning)
    wiser.search("预热模型，想找人做检测")
    unclear = [row["utterance"] for row in table.rows if matcher.search(row["utterance"]).unclear]
    begun = time.perf_counter()
    for utterance in unclear:
        wiser.search(utterance)
    spent_ms = (time.perf_counter() - begun) * 1000
    return Calls(name, len(unclear), len(table.rows), spent_ms / max(len(unclear), 1))


def _variants(name: str, matcher: Matcher, rows: Sequence[dict[str, str]]) -> Iterable[Figure]:
    """The same utterances as other hands type them, made alike in every run."""
    for kind, vary in VARIANTS.items():
        dice = random.Random(kind)
        found = []
        for row in rows:
            codes = [s.code for s in matcher.search(vary(row["utterance"], dice), 1).services]
            found.append(_rank(codes, _right(row)) == 0)
        yield figure(f"{name} recall@1 with {kind}", found, share)


def _ranked(name: str, rank: Ranking, table: Table) -> Iterable[Figure]:
    inside = [row for row in table.rows if not _is_outside(row)]
    yield from _ranks(name, [_rank(rank(row["utterance"]), _right(row)) for row in inside])


def _ranks(name: str, ranks: Sequence[int]) -> Iterable[Figure]:
    for k in (1, 3, 5):
        yield figure(f"{name} recall@{k}", [rank < k for rank in ranks], share)
    yield figure(f"{name} MRR", ranks, _mrr)


def _mrr(ranks: Sequence[int]) -> float:
    return sum(1 / (rank + 1) for rank in ranks if rank < 99) / len(ranks)


def _peers(services: Sequence[Service]) -> Iterable[tuple[str, Ranking]]:
    """Those that are installed; bm25s and tantivy are for comparison only and need not be."""
    yield "rapidfuzz ratio", _rapidfuzz(services, fuzz.ratio)
    yield "rapidfuzz WRatio", _rapidfuzz(services, fuzz.WRatio)
    if is_there("bm25s char 1+2"):
        yield "bm25s char 1+2", _bm25s(services)
    if is_there("tantivy ngram(1,2)"):
        yield "tantivy ngram(1,2)", _tantivy(services)


def _rapidfuzz(services: Sequence[Service], scorer: Callable[..., float]) -> Ranking:
    wordings = [(w.lower(), s.code) for s in services for w in (s.name, *s.aliases)]
    texts = [text for text, _ in wordings]

    def rank(utterance: str) -> list[str]:
        found = process.extract(normalize(utterance).lower(), texts, scorer=scorer, limit=400)
        return list(dict.fromkeys(wordings[at][1] for _, _, at in found))

    return rank


def _document(service: Service) -> str:
    return " ".join((service.name, *service.aliases, service.description)).lower()


def _bm25s(services: Sequence[Service]) -> Ranking:
    find = bm25s_pairs([_document(service) for service in services], len(services))
    return lambda utterance: [services[at].code for at in find(normalize(utterance))]


def _tantivy(services: Sequence[Service]) -> Ranking:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("body", tokenizer_name="pairs")
    builder.add_text_field("code", stored=True, tokenizer_name="raw")
    index = tantivy.Index(builder.build())
    pairs = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.ngram(1, 2, False)).build()
    index.register_tokenizer("pairs", pairs)
    writer = index.writer()
    for service in services:
        writer.add_document(tantivy.Document(body=_document(service), code=service.code))
    writer.commit()
    index.reload()
    searcher = index.searcher()

    def rank(utterance: str) -> list[str]:
        words = " ".join(grams(normalize(utterance))) or "无"
        query, _ = index.parse_query_lenient(words, ["body"])
        hits = searcher.search(query, limit=len(services)).hits
        return [searcher.doc(address)["code"][0] for _, address in hits]

    return rank
