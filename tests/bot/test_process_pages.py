"""The page about processes says what the engine does today."""

from pathlib import Path

from bot.process_pages import page


def test_the_page_is_written_from_the_tables_of_today() -> None:
    written = Path(__file__).parents[2].joinpath("docs/processes.md").read_text("utf-8")

    assert written == page(), "run: make processes"
