"""What happened while somebody could not be told, added to the next thing said to them."""

from collections.abc import Sequence

LINES_MOST = 6
_MARKS = "①②③④⑤"


def brief(text: str, most: int = 60) -> str:
    """The first line of a push, short enough to be one line of a list."""
    line = text.strip().splitlines()[0] if text.strip() else ""
    return line if len(line) <= most else line[: most - 1] + "…"


def with_waiting(reply: str, happened: Sequence[str], left: int) -> str:
    """The reply and, in the lines that are left of six, what the person missed."""
    lines = reply.splitlines()
    room = LINES_MOST - len(lines)
    total = len(happened) + left
    if room < 2:
        # The reply is full: what happened still has to be said, in a single line.
        told = "；".join(brief(item, 40) for item in happened)
        return "\n".join([*lines[: LINES_MOST - 1], f"📌 您不在时：{told}"])
    items = [f"{_MARKS[i]} {brief(item)}" for i, item in enumerate(happened)]
    if len(items) > room - 1:
        items = [*items[: room - 2], "；".join(brief(item, 40) for item in happened[room - 2 :])]
    more = f"，还有 {left} 件回“待办”看" if left else ""
    return "\n".join([*lines, f"📌 您不在时发生了 {total} 件事{more}：", *items])
