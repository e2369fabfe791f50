"""`kebao match`: which service of the catalogue a sentence asks for, and who offers it."""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.resources import as_file, files
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.clock import SystemClock
from bot.commands.console import DONE, Console, UsageError, add_command
from bot.commands.databases import reading, settings_of

if TYPE_CHECKING:
    from bot.commands.console import Commands
    from market.services import ProviderProfile, Service
    from matching import Accepted, Matcher

HOME = ZoneInfo("Asia/Shanghai")
MAX_TEXT = 4_000  # no platform delivers a longer message


def register(commands: "Commands", common: argparse.ArgumentParser) -> None:
    parser = add_command(
        commands, "match", run, help_="match a sentence to services", common=common
    )
    parser.add_argument("text", nargs="?", metavar="TEXT", help="without it: one per line of stdin")
    parser.add_argument("-k", type=_count, default=5, metavar="K", help="how many (default: 5)")
    parser.add_argument("--lexical", action="store_true", help="by words alone, without the model")


def run(arguments: argparse.Namespace, console: Console) -> int:
    from matching import Matcher

    with console.busy("reading the catalogue"):
        services, providers, accepted = known(arguments)
        matcher = Matcher(services, providers, accepted)
    if not arguments.lexical and hears_meaning(arguments):
        matcher = with_meaning(matcher, services, console)
    # The first reading loads word lists and compiles patterns: not part of anybody's "ms".
    matcher.read("预热", SystemClock().now())
    for text in texts(arguments.text):
        fields, words = _match(matcher, text, arguments.k)
        console.row(fields, words)
    return DONE


def known(
    arguments: argparse.Namespace,
) -> tuple[tuple["Service", ...], tuple["ProviderProfile", ...], tuple["Accepted", ...]]:
    """What the configured database knows, also of what people confirmed; else what is shipped."""
    from bot.settings import DEFAULT_FILE
    from handlers.actions.utterances import confirmed

    if arguments.config is not None or DEFAULT_FILE.exists():
        with reading(settings_of(arguments)) as uow:
            return uow.services.all(), uow.providers.all(), confirmed(uow)
    return *shipped(), ()


def hears_meaning(arguments: argparse.Namespace) -> bool:
    """Whether the model of sentences is installed and no configuration says off."""
    from bot.extras import Matching
    from bot.settings import DEFAULT_FILE

    if arguments.config is not None or DEFAULT_FILE.exists():
        return settings_of(arguments).matching.hears_meaning
    return Matching().hears_meaning


def with_meaning(matcher: "Matcher", services: Sequence["Service"], console: Console) -> "Matcher":
    """The matcher with the meaning of its catalogue; learning it takes a minute the first time."""
    from bot import semantic

    progress = console.meter("learning what the catalogue means (once)")
    cache = semantic.default_cache()
    try:
        meaning = semantic.learn(services, semantic.SentenceModel(), cache, progress)
    except Exception as error:  # edge of somebody else's engine: the words answer without it
        console.note(f"kebao: the sentence model does not work here: {error}")
        return matcher
    return matcher if meaning is None else matcher.with_meaning(meaning)


def shipped() -> tuple[tuple["Service", ...], tuple["ProviderProfile", ...]]:
    """The catalogue and the sample providers that come with the program."""
    from bot.files import read_catalog, read_providers

    folder = files("bot").joinpath("data")
    with as_file(folder.joinpath("catalog.tsv")) as catalog:
        services = read_catalog(catalog)
    with as_file(folder.joinpath("providers.tsv")) as providers:
        return services, read_providers(providers)


def texts(text: str | None) -> Iterator[str]:
    """The text, or every line of stdin that is not blank."""
    if text is not None:
        if not text.strip():
            raise UsageError("argument TEXT: must not be blank")
        yield text[:MAX_TEXT]
        return
    # Whatever the terminal's locale says: what is piped to us is UTF-8.
    for raw in sys.stdin.buffer:
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        if line.strip():
            yield line[:MAX_TEXT]


def _match(matcher: "Matcher", text: str, k: int) -> tuple[dict[str, object], str]:
    begun = time.perf_counter()
    region = matcher.read(text, SystemClock().now().astimezone(HOME)).slots.region
    found = matcher.search(text, k)
    providers = (
        matcher.rank_providers(
            service_code=found.services[0].code, region=region or "", text=text, k=k
        )
        if found.services and found.decision != "none"
        else ()
    )
    spent_ms = round((time.perf_counter() - begun) * 1000, 3)
    fields: dict[str, object] = {
        "text": text,
        "decision": found.decision,
        "services": [
            {"code": one.code, "name": one.name, "score": one.score, "why": one.why}
            for one in found.services
        ],
        "providers": [
            {"name": one.name, "score": one.score, "why": "、".join(one.why)} for one in providers
        ],
        "ms": spent_ms,
    }
    lines = [f"{text}  →  {found.decision}"]
    lines += [f"  {one.score:.2f}  {one.code}  {one.name}  {one.why}" for one in found.services]
    lines += [f"  {one.score:.2f}  {one.name}  {'、'.join(one.why)}" for one in providers]
    return fields, "\n".join(lines)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 100:
        raise argparse.ArgumentTypeError(f"must be from 1 to 100, not {text!r}")
    return int(text)
