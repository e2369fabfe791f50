"""Named points on a message's way where a test has the process killed; otherwise they do nothing.

``KEBAO_DIE_AT="after send:3"`` in the environment: `kill -9` at the third passing of that point.
"""

import os
import signal
from typing import Literal, get_args

Point = Literal[
    "after accept",  # a message has come in, nothing is written
    "before commit",  # its turn is done, nothing is safe
    "after commit",  # everything is safe, nobody has been answered
    "after claim",  # messages are taken from the outbox
    "before send",  # one is marked as being sent
    "after send",  # the platform has it, we have not written that down
    "after mark",  # it is written down
]
POINTS: tuple[Point, ...] = get_args(Point)
VARIABLE = "KEBAO_DIE_AT"

_chosen, _, _times = os.environ.get(VARIABLE, "").partition(":")
_passed = 0


def pass_(point: Point) -> None:
    """Die here, if this is the chosen point and it was passed often enough."""
    global _passed
    if point != _chosen:
        return
    _passed += 1
    if _passed >= int(_times or 1):
        os.kill(os.getpid(), signal.SIGKILL)
