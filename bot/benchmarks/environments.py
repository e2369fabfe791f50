"""Environments of peers, made on demand in a cache: they want libraries that we do not."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


class PeerMissing(Exception):
    """It could not be installed or started; the message says why."""


def installed(wanted: Sequence[str], *, within_s: int) -> Path:
    """The interpreter of an environment that holds exactly these releases and what they need.

    Raises:
        PeerMissing: there is no network, or no such release.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "kebao" / "bench" / "-".join(wanted)
    python = folder / "bin" / "python"
    done = folder / "installed"
    try:
        if not done.exists():
            _run(sys.executable, "-m", "venv", "--clear", str(folder), within_s=within_s)
            _run(
                str(python), "-m", "pip", "install", "-q", "--no-input", *wanted, within_s=within_s
            )
            done.touch()
    except (OSError, subprocess.SubprocessError) as error:
        raise PeerMissing(f"not installed: {type(error).__name__}") from error
    return python


def _run(*command: str, within_s: int) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=within_s)
