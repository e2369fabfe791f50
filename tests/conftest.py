"""Fixtures of the whole suite, and an honest last line about what could not be tested here."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from bot.extras import INSTALL_SEMANTIC, has_semantic
from tests.support.databases import (
    Database,
    PostgresServer,
    ServerMissing,
    find_server,
    sqlite_file,
)
from tests.support.machine import lacks_browser, lacks_node, lacks_pay_packages, lacks_sdk

# The same examples every time, however slow the machine: a failure here fails everywhere.
settings.register_profile("kebao", deadline=None, derandomize=True, print_blob=False)
settings.load_profile("kebao")

NEEDS = {
    "postgres": "PostgreSQL",
    "browser": "browser",
    "node": "Node.js",
    "llm": "language-model",
    "pay": "WeChat Pay",
    "semantic": "semantic",
}


@pytest.fixture(scope="session")
def _postgres_or_reason() -> Iterator[PostgresServer | str]:
    try:
        server = find_server()
    except ServerMissing as missing:
        yield str(missing)
        return
    yield server
    server.close()


@pytest.fixture
def postgres(_postgres_or_reason: PostgresServer | str) -> Iterator[Database]:
    """A scratch database on PostgreSQL; the test is skipped where no server answers."""
    if isinstance(_postgres_or_reason, str):
        pytest.skip(_postgres_or_reason)
    with _postgres_or_reason.scratch() as database:
        yield database


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    """A database in a temporary file."""
    with sqlite_file(tmp_path) as database:
        yield database


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Database:
    """The test runs twice: on SQLite, and on PostgreSQL where a server answers."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Database)
    return found


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser") and (reason := lacks_browser()):
        pytest.skip(reason)
    if item.get_closest_marker("node") and (reason := lacks_node()):
        pytest.skip(reason)
    if item.get_closest_marker("llm") and (reason := lacks_sdk()):
        pytest.skip(reason)
    if item.get_closest_marker("pay") and (reason := lacks_pay_packages()):
        pytest.skip(reason)
    if item.get_closest_marker("semantic") and not has_semantic():
        pytest.skip(f"the model of sentences is not installed; {INSTALL_SEMANTIC}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped: Counter[tuple[str, str]] = Counter()
    for report in terminalreporter.getreports("skipped"):
        kind = next((words for mark, words in NEEDS.items() if mark in report.keywords), None)
        if kind is not None:
            skipped[kind, _reason(report)] += 1
    for (kind, reason), count in sorted(skipped.items()):
        tests = "test" if count == 1 else "tests"
        terminalreporter.write_line(f"{count} {kind} {tests} skipped: {reason}", yellow=True)


def _reason(report: pytest.TestReport) -> str:
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return str(report.longrepr)
