"""The peer: a callback of WeRoBot without a database, from an environment made on demand.

It is installed apart from us, because it wants libraries of its own, and served as its `run`
would serve it: by waitress, the first server it looks for.
"""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bot.benchmarks.environments import PeerMissing, installed

_WANTED = ("WeRoBot==1.13.1", "waitress==3.0.2")
_INSTALL_WITHIN_S = 120
_SERVER = """
import logging, sys
import waitress, werobot

logging.disable(logging.WARNING)  # waitress warns of every queue
robot = werobot.WeRoBot(token=sys.argv[1], SESSION_STORAGE=False)

@robot.text
def thank(message):
    return "感谢评价：" + message.content

waitress.serve(robot.wsgi, host="127.0.0.1", port=int(sys.argv[2]))
"""


@contextmanager
def werobot(token: str) -> Iterator[int]:
    """Serve it at `/`; yields the port.

    Raises:
        PeerMissing: there is no network, or no such release.
    """
    python, port = installed(_WANTED, within_s=_INSTALL_WITHIN_S), _free_port()
    process = subprocess.Popen([python, "-W", "ignore", "-c", _SERVER, token, str(port)])
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    give_up = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < give_up:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise PeerMissing("did not start")
