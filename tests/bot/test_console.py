"""What people at a terminal see while something takes long."""

import io
import sys
import threading

import pytest

from bot.commands import console
from bot.commands.console import Console


class Terminal(io.StringIO):
    """A terminal that tells when it was written to."""

    def __init__(self) -> None:
        super().__init__()
        self.written = threading.Event()

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.written.set()
        return super().write(text)


def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Called in the test itself: pytest puts its own stderr back after the fixtures."""
    found = Terminal()
    monkeypatch.setattr(sys, "stderr", found)
    monkeypatch.setattr(console, "_PATIENCE_S", 0.0)
    monkeypatch.setattr(console, "_REDRAW_S", 0.0)
    return found


def test_long_work_says_what_it_does_and_cleans_up(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_a_terminal(monkeypatch)

    with Console().busy("reading"):
        assert terminal.written.wait(10)

    assert terminal.getvalue() == "\r\x1b[Kreading … 0 s\r\x1b[K"


def test_a_meter_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_a_terminal(monkeypatch)
    draw = Console().meter("copied")

    draw(1, 3)
    draw(3, 3)

    assert terminal.getvalue() == "\r\x1b[Kcopied 1/3\r\x1b[K"


def test_short_work_and_pipes_see_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Console().busy("reading"):
        Console().meter("copied")(1, 3)

    assert capsys.readouterr() == ("", "")


def test_a_row_is_text_or_json(capsys: pytest.CaptureFixture[str]) -> None:
    Console().row({"name": "小科"}, "I am 小科")
    Console(as_json=True).row({"name": "小科"}, "I am 小科")

    assert capsys.readouterr().out == 'I am 小科\n{"name": "小科"}\n'
