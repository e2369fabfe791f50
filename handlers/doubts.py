"""Where a turn may stop for a second opinion: before it asks the person what they meant."""

from handlers.desk import Desk
from handlers.routing import Heard
from matching import BidReading, Doubt, intent_doubt, kind_doubt, merge_bids, service_doubt


class OpinionWanted(Exception):
    """The turn is undone and taken again, once, with what somebody else thinks of `doubt`.

    Nothing went wrong: whoever runs turns catches it.
    """

    def __init__(self, doubt: Doubt) -> None:
        super().__init__(f"a second opinion about the {doubt.about}")
        self.doubt = doubt


def doubt_service(heard: Heard, desk: Desk) -> None:
    """Before a person is asked which service they mean. Raises OpinionWanted."""
    if _may_ask(heard, desk):
        _stop_for(service_doubt(heard.reading))


def doubt_intent(heard: Heard, desk: Desk) -> None:
    """Before a person is told that nobody understood them. Raises OpinionWanted."""
    if _may_ask(heard, desk):
        question = heard.conversation.question
        _stop_for(intent_doubt(heard.reading, asked=question.kind if question else ""))


def weigh_kind(
    heard: Heard, bids: tuple[BidReading, ...], demand_no: str, desk: Desk
) -> tuple[BidReading, ...]:
    """A provider's group line that names an open demand, as the rules and an opinion read it.

    Raises:
        OpinionWanted: the rules are not certain, and somebody else may be asked first.
    """
    if _may_ask(heard, desk):
        _stop_for(kind_doubt(heard.reading, bids, demand_no=demand_no))
    return merge_bids(bids, heard.reading.opinion)


def _may_ask(heard: Heard, desk: Desk) -> bool:
    """Only about a person's own words: what they tapped is ours, and clear."""
    return desk.second_opinions and heard.reading.text == heard.inbound.text


def _stop_for(doubt: Doubt | None) -> None:
    if doubt is not None:
        raise OpinionWanted(doubt)
