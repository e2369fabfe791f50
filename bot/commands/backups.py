"""`kebao backup` and `kebao restore`: the embedded database as one file, and back."""

import argparse
import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from bot.commands.console import DONE, CommandFailed, Console, UsageError, add_command
from bot.commands.databases import embedded_file, embedded_path, settings_of

if TYPE_CHECKING:
    from bot.commands.console import Commands

_PAGES = 2_000  # copied between two looks at the progress: 8 MB
_WAIT_S = 10.0


def register(commands: "Commands", common: argparse.ArgumentParser) -> None:
    for name, run, help_ in (
        ("backup", backup, "copy the embedded database into a new file, while it is in use"),
        ("restore", restore, "put a backup in the place of the embedded database"),
    ):
        add_command(commands, name, run, help_=help_, common=common).add_argument(
            "file", type=Path, metavar="FILE"
        )


def backup(arguments: argparse.Namespace, console: Console) -> int:
    source = embedded_file(settings_of(arguments))
    target: Path = arguments.file
    if target.exists():
        raise UsageError(f"argument FILE: {target} exists and is left as it is")
    if not target.absolute().parent.is_dir():
        raise UsageError(f"argument FILE: the folder of {target} does not exist")
    size = _copy_aside(source, target, console)
    console.row({"backup": str(target), "bytes": size}, f"wrote {target}, {size:,} bytes")
    return DONE


def restore(arguments: argparse.Namespace, console: Console) -> int:
    from bot.clock import SystemClock
    from bot.lockfile import AlreadyRunning, lock_database

    source: Path = arguments.file
    target = embedded_path(settings_of(arguments))
    if not source.is_file():
        raise UsageError(f"argument FILE: {source} does not exist")
    _require_sound(source)
    if not target.absolute().parent.is_dir():
        raise CommandFailed(f"the folder of {target} does not exist")
    kept = ""
    try:
        # A running service has half of the old state in memory.
        with lock_database(target):
            if target.is_file():
                kept = str(_keep(target, SystemClock().now(), console))
            _copy(source, target, console)
    except AlreadyRunning as error:
        raise CommandFailed(str(error)) from error
    text = f"restored {source}"
    if kept:
        text += f"; what was there before is in {kept}"
    console.row({"restored": str(source), "kept": kept}, text)
    return DONE


def _keep(target: Path, now: datetime, console: Console) -> Path:
    aside = target.with_name(f"{target.name}.before-{now:%Y%m%dT%H%M%SZ}")
    _copy_aside(target, aside, console)
    return aside


def _copy_aside(source: Path, target: Path, console: Console) -> int:
    """Copy into a file that appears under its name only when it is whole; returns its size."""
    unfinished = target.with_name(f".{target.name}.part")
    unfinished.unlink(missing_ok=True)
    try:
        _copy(source, unfinished, console, alone=True)
        _require_sound(unfinished)
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return target.stat().st_size


def _copy(source: Path, target: Path, console: Console, *, alone: bool = False) -> None:
    """SQLite's own online copy; with `alone` the target becomes one file without companions."""
    draw = console.meter("copied")

    def progress(_status: int, remaining: int, total: int) -> None:
        draw(total - remaining, total)

    try:
        with (
            closing(
                sqlite3.connect(f"file:{quote(str(source.absolute()))}?mode=ro", uri=True)
            ) as old,
            closing(sqlite3.connect(target, timeout=_WAIT_S)) as new,
        ):
            # One snapshot from the first page to the last. Without it the copy would begin
            # anew whenever the running service commits, perhaps for ever.
            old.isolation_level = None
            old.execute("BEGIN")
            old.execute("SELECT count(*) FROM sqlite_master").fetchone()
            old.backup(new, pages=_PAGES, progress=progress)
            if alone:
                new.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise CommandFailed(f"{source} could not be copied to {target}: {error}") from error


def _require_sound(path: Path) -> None:
    """Refuse a file that is damaged or none of ours."""
    try:
        with closing(
            sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)
        ) as conn:
            (verdict,) = conn.execute("PRAGMA integrity_check(1)").fetchone()
            ours = conn.execute(
                "SELECT count(*) FROM sqlite_master WHERE name IN ('services', 'ledger_transfers')"
            ).fetchone()[0]
    except sqlite3.Error as error:
        raise CommandFailed(f"{path} is not a readable database: {error}") from error
    if verdict != "ok":
        raise CommandFailed(f"{path} is damaged: {verdict}")
    if ours != 2:
        raise CommandFailed(f"{path} is not a database of kebao")
