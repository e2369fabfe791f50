"""What a draft's reply says of how its words were read."""

from handlers.wording import readings as zh
from matching import Confidence, Reading

_SHOWN = ("budget", "deadline")  # worked out, and on the card
_ASKED = ("budget_vague", "deadline", "region")


def echo(reading: Reading) -> str:
    """Questions about what is unclear, then the words of what was worked out; "" if neither."""
    found = reading.slots.found
    lines = [
        zh.unclear(found[slot].text.strip(), found[slot].rule)
        for slot in _ASKED
        if slot in found and found[slot].confidence is Confidence.ASK
    ]
    guessed = [
        found[slot].text.strip()
        for slot in _SHOWN
        if slot in found and found[slot].confidence is Confidence.ECHO
    ]
    if guessed:
        lines.append(zh.worked_out(guessed))
    return "\n".join(filter(None, lines))
