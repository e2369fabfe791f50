"""What may be read in the logs, and what may not."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator

import pytest

from bot import logs
from bot.logs import Body, Masker
from bot.secrets import Secret

logger = logging.getLogger("bot.test")


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def logged(level: str = "info", form: str = "text") -> io.StringIO:
    stream = io.StringIO()
    logs.configure(level, form, secrets=[Secret("hunter2!"), Secret("")], stream=stream)
    return stream


def test_a_line_says_when_how_grave_who_and_what() -> None:
    out = logged()

    logger.warning("took %d turns", 3)

    moment, rest = out.getvalue().split(" ", 1)
    assert moment.endswith("Z")
    assert rest == "WARNING bot.test took 3 turns\n"


def test_lines_of_a_turn_carry_its_id() -> None:
    out = logged()

    with logs.turn("wechat:77"):
        logger.info("inside")
    logger.info("outside")

    inside, outside = out.getvalue().splitlines()
    assert "bot.test [wechat:77] inside" in inside
    assert "bot.test outside" in outside


async def test_turns_that_run_side_by_side_keep_their_ids() -> None:
    out = logged()

    async def speak(name: str) -> None:
        with logs.turn(name):
            await asyncio.sleep(0)
            logger.info("I am %s", name)

    await asyncio.gather(*(speak(f"t{n}") for n in range(5)))

    for line in out.getvalue().splitlines():
        assert line.split("[")[1].split("]")[0] == line.rsplit(" ", 1)[1]


def test_json_lines_are_objects() -> None:
    out = logged(form="json")

    with logs.turn("t1"):
        logger.info("第一行\n第二行")

    (line,) = out.getvalue().splitlines()
    found = json.loads(line)
    assert found.pop("at").endswith("Z")
    assert found == {
        "level": "info",
        "logger": "bot.test",
        "turn": "t1",
        "message": "第一行\n第二行",
    }


@pytest.mark.parametrize("form", ["text", "json"])
def test_message_bodies_show_their_length_only(form: str) -> None:
    out = logged(form=form)

    logger.info("received %s", Body("我想做官网，预算五万"))

    assert "received (10 characters)" in out.getvalue()
    assert "官网" not in out.getvalue()


def test_message_bodies_are_shown_when_debugging() -> None:
    out = logged("debug")

    logger.debug("received %s", Body("我想做官网"))

    assert "received '我想做官网'" in out.getvalue()


@pytest.mark.parametrize("form", ["text", "json"])
def test_known_secrets_are_masked_even_in_tracebacks(form: str) -> None:
    out = logged(form=form)

    try:
        raise RuntimeError("refused: hunter2!")
    except RuntimeError:
        logger.exception("with hunter2!")

    assert "RuntimeError: refused: ***" in out.getvalue()
    assert "hunter2" not in out.getvalue()


def test_a_line_end_in_a_message_does_not_begin_a_record() -> None:
    out = logged()

    logger.info("a\n2026-11-22T00:00:00.000Z ERROR bot forged")

    assert all(
        not line.startswith("2026-11-22T00:00:00.000Z") for line in out.getvalue().split("\n")
    )


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("GET /cgi-bin/x?access_token=abcdef&y=1", "GET /cgi-bin/x?access_token=***&y=1"),
        ('{"appsecret": "abcdef"}', '{"appsecret": "***"}'),
        ("Authorization: Bearer abcdef", "Authorization: Bearer ***"),
        ("postgresql+psycopg://me:pw@db/x", "postgresql+psycopg://me:***@db/x"),
        ("call 13812345678 now", "call 138****5678 now"),
        ("order 20251234567890123", "order 20251234567890123"),
        ("a token was fetched", "a token was fetched"),
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str, masked: str) -> None:
    assert Masker().mask(text) == masked


def test_what_the_database_refused_is_not_repeated() -> None:
    out = logged()

    try:
        raise ValueError(
            'new row violates check constraint "positive"\n'
            "DETAIL:  Failing row contains (7, 3133700, 我们报\n31337 元).\n"
            "[SQL: INSERT INTO bid_versions …]"
        )
    except ValueError:
        logger.exception("the turn failed")

    assert "violates check constraint" in out.getvalue()
    assert "[SQL: INSERT INTO bid_versions …]" in out.getvalue()
    assert "31337" not in out.getvalue()
