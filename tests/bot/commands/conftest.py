"""Fixtures of the commands: nothing there, a database, a stocked database."""

import io
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import cli
from bot.extras import SEMANTIC_PACKAGE
from tests.support.command_line import DATA, Kebao, Result


@pytest.fixture
def kebao(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Kebao]:
    """Runs a command in an empty folder, in this process."""
    monkeypatch.chdir(tmp_path)
    # As if it were not installed: learning the catalogue takes a minute, and a user's cache.
    monkeypatch.setitem(sys.modules, SEMANTIC_PACKAGE, None)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def run(*arguments: str, stdin: str = "") -> Result:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        try:
            code = cli.main(arguments)
        except SystemExit as end:  # argparse's own way out
            code = int(end.code or 0)
        said = capsys.readouterr()
        return Result(code, said.out, said.err)

    yield run
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def installed(kebao: Kebao) -> Kebao:
    """The same, with a configuration and an empty database."""
    assert kebao("init").code == 0
    assert kebao("db", "upgrade").code == 0
    return kebao


@pytest.fixture
def stocked(installed: Kebao) -> Kebao:
    """The same, with the shipped catalogue and providers."""
    assert installed("catalog", "import", str(DATA / "catalog.tsv")).code == 0
    assert installed("providers", "import", str(DATA / "providers.tsv")).code == 0
    return installed
