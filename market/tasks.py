"""Tasks of the service centre: which kind comes before which, and why."""

from enum import IntEnum


class Sort(IntEnum):
    """What a task is about at bottom; the smaller number is done first."""

    MONEY = 0
    DEADLINE = 1
    WAITING = 2  # somebody waits for an answer of ours
    REVIEW = 3
    UPKEEP = 4


SORT_OF: dict[str, Sort] = {
    "confirm_payment": Sort.MONEY,
    "agree": Sort.MONEY,  # the second key of a decision
    "payment": Sort.MONEY,
    "refund": Sort.MONEY,
    "payout": Sort.MONEY,
    "reconcile": Sort.MONEY,  # a bill and our books do not agree
    "bill": Sort.MONEY,  # a bill could not be had
    "appropriation": Sort.MONEY,  # the second key of public money that arrived
    "gateway": Sort.DEADLINE,  # looked at and closed by one: what moves there is booked by itself
    "dispute": Sort.DEADLINE,
    "objection": Sort.DEADLINE,  # a bidder's, against a purchase
    "panel": Sort.DEADLINE,
    "call": Sort.DEADLINE,
    "human": Sort.WAITING,
    "unanswered": Sort.WAITING,
    "taken": Sort.WAITING,
    "review": Sort.REVIEW,
    "listing": Sort.REVIEW,
    "voucher": Sort.REVIEW,
    "purchase": Sort.REVIEW,  # an authority is asked to pay
    "no_bids": Sort.REVIEW,
    "provider": Sort.REVIEW,
    "risk": Sort.UPKEEP,
    "push": Sort.UPKEEP,
    "bug": Sort.UPKEEP,
}


def sort_of(kind: str) -> Sort:
    return SORT_OF.get(kind, Sort.UPKEEP)
