"""How fast sentences are matched and read, one after another on one core, and how well."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import cycle

from rapidfuzz import fuzz, process

from bot import semantic
from bot.benchmarks import match_quality, oracle, parse_quality, provider_sizes
from bot.benchmarks.stopwatch import Line, Meter, Options, against, measure
from bot.commands.match import shipped
from bot.extras import has_semantic
from matching import Matcher, Meaning
from matching.text.normalize import normalize

_NOW = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)
SENTENCES = (
    "想找柳州本地的机械设计工程师，画20张图纸，预算8000",
    "我想申请三件发明专利，两周内，大概两三万",
    "公司没有研发部，想出钱让外面的团队帮开发新产品，预算5万左右，月底前上线",
    "需要給产品做個可靠性檢測，下周五前要報告，电话13800000000",
    "高薪企业认定多少钱？找个靠谱的",
    "你好，请问你们几点上班",
)


def match(meter: Meter, options: Options) -> Iterable[Line]:
    """A sentence to its services; the peer compares it with every wording by rapidfuzz.

    On labelled tables it is the quality that is measured, and the peers are more; by sizes it is
    how providers are found in registers that grow.
    """
    if options.sizes:
        return provider_sizes.sizes(options.sizes, meter)
    if options.files:
        return match_quality.quality(options.files, learnt(meter, options))
    services, providers = shipped()
    matcher = Matcher(services, providers)
    meaning = learnt(meter, options)
    wordings = [f"{one.name} {' '.join(one.aliases)} {one.description}".lower() for one in services]
    ours, peer = cycle(SENTENCES), cycle(SENTENCES)

    def search() -> int:
        matcher.search(next(ours))
        return 1

    def compare() -> int:
        process.extract(next(peer), wordings, scorer=fuzz.partial_ratio, limit=5)
        return 1

    subjects = {"match": search, "match: rapidfuzz": compare}
    if meaning is not None:
        wiser, heard = matcher.with_meaning(meaning), cycle(SENTENCES)

        def understand() -> int:
            wiser.search(next(heard))
            return 1

        subjects["match: with meaning"] = understand
    mine, theirs, *more = measure(subjects, meter)
    return [against(mine, of_peer=theirs), *(against(row, of_peer=theirs) for row in more), theirs]


def learnt(meter: Meter, options: Options) -> Meaning | None:
    """The meaning of the shipped catalogue, where the model is installed and wanted."""
    if options.lexical or not has_semantic():
        return None
    services, _ = shipped()
    return semantic.learn(services, semantic.SentenceModel(), semantic.default_cache(), meter)


def read(meter: Meter, options: Options) -> Iterable[Line]:
    """All that a message says; the floor only brings it into one spelling."""
    if options.oracle:
        return [*parse_quality.quality(options.files), *oracle.agreement(options.files)]
    if options.files:
        return parse_quality.quality(options.files)
    matcher = Matcher(*shipped())
    ours, floor = cycle(SENTENCES), cycle(SENTENCES)

    def understand() -> int:
        reading = matcher.read(next(ours), _NOW)
        assert reading.slots is not None
        assert reading.search is not None
        return 1

    def spell() -> int:
        normalize(next(floor))
        return 1

    mine, raw = measure({"parse": understand, "parse: normalise only": spell}, meter)
    return [against(mine, of_raw=raw), raw]
