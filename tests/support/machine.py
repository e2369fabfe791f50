"""What this machine has to offer to tests that need more than Python."""

import shutil
from functools import cache
from importlib.util import find_spec

from bot.extras import INSTALL_PAY, lacks_pay

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@cache
def find_browser() -> str | None:
    """The path of a Chromium, for Playwright's `executable_path`; None if there is none."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


@cache
def lacks_browser() -> str:
    """Why browser tests cannot run here; empty if they can."""
    return "" if find_browser() else f"none of {', '.join(BROWSERS)} is on the PATH"


@cache
def lacks_node() -> str:
    """Why Node.js tests cannot run here; empty if they can."""
    missing = [name for name in ("node", "npm") if shutil.which(name) is None]
    return f"{' and '.join(missing)} not on the PATH" if missing else ""


def lacks_sdk() -> str:
    """Why the endpoint of a language model cannot be asked here; "" if it can."""
    return "" if find_spec("openai") else "the package openai is not installed (make llm)"


def lacks_pay_packages() -> str:
    """Why WeChat Pay cannot be spoken here; "" if it can."""
    missing = lacks_pay()
    return f"{', '.join(missing)} not installed; {INSTALL_PAY}" if missing else ""
