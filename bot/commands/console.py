"""What commands say: results on stdout, as text or one JSON object per line; all else on stderr."""

import argparse
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

Run = Callable[[argparse.Namespace, "Console"], int]

DONE, FAILED, USAGE = 0, 1, 2
_PATIENCE_S = 2.0  # work that is done sooner needs no progress line
_BAR_CELLS = 24
_REDRAW_S = 0.1


class UsageError(Exception):
    """The command cannot run as it was called: exit 2. The message names the argument."""


class CommandFailed(Exception):
    """The command was understood and did not succeed: exit 1."""


class Console:
    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json

    def row(self, fields: Mapping[str, object], text: str) -> None:
        """One result, in the form that was asked for."""
        print(json.dumps(fields, ensure_ascii=False) if self.as_json else text, flush=self.as_json)

    def note(self, text: str) -> None:
        """Something for the person at the terminal, no result."""
        print(text, file=sys.stderr)

    @contextmanager
    def busy(self, label: str) -> Iterator[None]:
        """For work whose end nobody knows: a line on the terminal that counts the seconds."""
        if not sys.stderr.isatty():
            yield
            return
        over = threading.Event()
        ticking = threading.Thread(target=self._tick, args=(label, over), daemon=True)
        ticking.start()
        try:
            yield
        finally:
            over.set()
            ticking.join()

    def _tick(self, label: str, over: threading.Event) -> None:
        waited = _PATIENCE_S
        if over.wait(waited):
            return
        while True:
            print(f"\r\x1b[K{label} … {waited:.0f} s", end="", file=sys.stderr, flush=True)
            if over.wait(1):
                break
            waited += 1
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def meter(self, label: str) -> Callable[[int, int], None]:
        """Call the result with (done, total): a line on the terminal after two seconds."""
        begun = drawn = time.monotonic()

        def draw(done: int, total: int) -> None:
            nonlocal drawn
            now = time.monotonic()
            if not sys.stderr.isatty() or now - begun < _PATIENCE_S:
                return
            if done >= total:
                print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            elif now - drawn > _REDRAW_S:
                drawn = now
                print(f"\r\x1b[K{label} {done}/{total}", end="", file=sys.stderr, flush=True)

        return draw

    def bar(self, label: str) -> Callable[[int, int], None]:
        """The same as a bar with the time that is left, for what goes on evenly."""
        begun = drawn = time.monotonic()

        def draw(done: int, total: int) -> None:
            nonlocal drawn
            now = time.monotonic()
            if not sys.stderr.isatty() or now - begun < _PATIENCE_S:
                return
            if done >= total:
                print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            elif now - drawn > _REDRAW_S:
                drawn = now
                left = (now - begun) * (total - done) / max(done, 1)
                line = f"{label} {_bar(done / total)} {done / total:4.0%}  about {left:.0f} s left"
                print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)

        return draw


def _bar(share: float) -> str:
    full = round(share * _BAR_CELLS)
    return "█" * full + "░" * (_BAR_CELLS - full)


def add_command(
    commands: "Commands", name: str, run: Run, *, help_: str, common: argparse.ArgumentParser
) -> argparse.ArgumentParser:
    """State a command and what runs it; returns its parser for further arguments."""
    parser = commands.add_parser(
        name, help=help_, description=help_, parents=[common], allow_abbrev=False
    )
    parser.set_defaults(run=run)
    return parser


def add_group(
    commands: "Commands", name: str, *, help_: str, common: argparse.ArgumentParser
) -> "Commands":
    """State a command that has commands of its own, such as `db`."""
    parser = commands.add_parser(
        name, help=help_, description=help_, parents=[common], allow_abbrev=False
    )
    return parser.add_subparsers(metavar="COMMAND", required=True, dest=f"{name}_command")
