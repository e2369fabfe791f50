"""The JSON of reading one message, as the command line and the tests from outside see it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

from matching.catalog.search import Search
from matching.text.bids import read_bids
from matching.text.contacts import mask_contacts
from matching.text.demands import slots_of
from matching.text.intents import intent_of
from matching.text.normalize import fold, squeeze

Form = Literal["demand", "bid", "contact"]
_SURE = 0.5


def parse_json(
    text: str,
    *,
    as_: Form,
    now: datetime,
    open_nos: Sequence[str] = (),
    search: Callable[[str], Search] | None = None,
) -> dict[str, object]:
    """What a message says, as plain values; `search` lets the catalogue recognise a demand."""
    if as_ == "contact":
        masked = mask_contacts(text)
        return {"text": text, "spans": list(masked.spans), "masked": masked.text}
    if as_ == "bid":
        bids = [bid.to_json() for bid in read_bids(text, now=now, open_nos=open_nos)]
        slots = bids[0] if len(bids) == 1 else bids
        return {"text": text, "intent": bids[0]["kind"], "slots": slots}
    folded = fold(text)
    said = slots_of(folded, now)
    found = search(text) if search is not None else None
    intent = intent_of(
        squeeze(folded.text), said, now,
        names_service=found is not None and found.confidence >= _SURE,
    )  # fmt: skip
    how = {slot: reading.to_json() for slot, reading in said.found.items()}
    return {"text": text, "intent": intent, "slots": said.to_json(), "found": how}
