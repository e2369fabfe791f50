"""Secrets show themselves only when asked."""

import json
import logging

import pytest

from bot.secrets import Secret


def test_a_secret_prints_as_stars_everywhere(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret("hunter2")

    logging.getLogger("bot").warning("%s %r", secret, {"key": secret})
    shown = f"{secret} {secret!r} {[secret]} {caplog.text}"

    assert "hunter2" not in shown
    assert "***" in shown
    with pytest.raises(TypeError):
        json.dumps(secret)


def test_a_secret_is_revealed_on_demand_and_compares_by_value() -> None:
    assert Secret("hunter2").reveal() == "hunter2"
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("é") != "é"
    assert len({Secret("a"), Secret("a")}) == 1
    assert not Secret("")
