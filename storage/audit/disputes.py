"""Disputes: nothing is carried out without its people, its time for an appeal, or its votes."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import Any

from sqlalchemy import Row, func, select

from market.disputes import TRACKS, TWO_KEYS_ABOVE_FEN, DisputeStatus, Track
from market.money import split_bp
from market.orders import OrderStatus
from market.panels import SEATS
from storage.audit.findings import Finding, differing, member
from storage.audit.look import Look
from storage.disputes import disputes, rulings
from storage.history import history
from storage.ledger_tables import ledger_transfers
from storage.orders import orders
from storage.panels import panel_seats

_FINAL_AT_ONCE = {Track.SMALL, Track.BEFORE}
_DECIDED = {DisputeStatus.RULED, DisputeStatus.EXECUTED}


def undecided(look: Look) -> Iterator[Finding]:
    """An order is in dispute exactly as long as one dispute about it is not carried out."""
    open_ones = select(disputes).where(disputes.c.status != DisputeStatus.EXECUTED).subquery()
    joined = (
        select(orders.c.id, orders.c.status, func.count(open_ones.c.id).label("many"))
        .outerjoin(open_ones, open_ones.c.order_id == orders.c.id)
        .group_by(orders.c.id)
        .order_by(orders.c.id)
    )
    for row in look.rows(joined):
        expected = int(row.status == OrderStatus.DISPUTED)
        yield from differing(f"O{row.id}", "disputes not carried out", expected, row.many)


def carried_out(look: Look) -> Iterator[Finding]:
    """Each dispute against the sum, its rulings, who made them, its moments and its money."""
    decided, votes = defaultdict(list), defaultdict(list)
    for row in look.rows(select(rulings).order_by(rulings.c.dispute_id, rulings.c.instance)):
        decided[row.dispute_id].append(row)
    for row in look.rows(select(panel_seats).where(panel_seats.c.voted_at.is_not(None))):
        votes[row.dispute_id, row.instance].append(row)
    refunded: dict[str, int] = defaultdict(int)  # order → to the buyer, and to public money
    back = select(ledger_transfers.c.key, ledger_transfers.c.amount).where(
        ledger_transfers.c.code.in_(["refund", "public-back"])
    )
    for row in look.rows(back):
        refunded[row.key.partition(":")[0]] += row.amount
    joined = (
        select(disputes, orders.c.price_fen, orders.c.shares_fen, orders.c.milestone)
        .join(orders, orders.c.id == disputes.c.order_id)
        .order_by(disputes.c.id)
    )
    for row in look.rows(joined):
        made = decided.pop(row.id, [])
        track, status = member(Track, row.track), member(DisputeStatus, row.status)
        if track is None or status is None:
            what = "track" if track is None else "status"
            yield Finding(f"J{row.id}", what, "one of the market's", row._mapping[what])
            continue
        at_stake_fen = row.price_fen - sum(json.loads(row.shares_fen)[: row.milestone - 1])
        yield from _people(row, track, at_stake_fen, made, votes)
        yield from _moments(row, track, status)
        if status in _DECIDED:
            yield from _ruling(row, made)
        if status is DisputeStatus.EXECUTED and row.refund_bp is not None:
            back_fen = split_bp(at_stake_fen, row.refund_bp).part
            given_fen = refunded[f"O{row.order_id}"]
            yield from differing(f"J{row.id}", "refunded", back_fen, given_fen)
    for dispute_id in sorted(decided):
        yield Finding(f"J{dispute_id}", "dispute of a ruling", "there", "missing")


def _ruling(row: Row[Any], made: Sequence[Row[Any]]) -> Iterator[Finding]:
    """The newest ruling is what the dispute says, and is of the right instance."""
    no, instance = f"J{row.id}", 1 if row.appealed_at is None else 2
    newest = next((ruling for ruling in made if ruling.instance == instance), None)
    if newest is None:
        yield Finding(no, f"ruling of instance {instance}", "one", "nothing")
        return
    yield from differing(no, "rate of its ruling", newest.refund_bp, row.refund_bp or 0)


def _people(
    row: Row[Any],
    track: Track,
    at_stake_fen: int,
    made: Sequence[Row[Any]],
    votes: dict[tuple[int, int], list[Row[Any]]],
) -> Iterator[Finding]:
    """So large a sum took its second person or its panel, and nobody decided twice."""
    no = f"J{row.id}"
    if track in {Track.SMALL, Track.SINGLE} and at_stake_fen > TWO_KEYS_ABOVE_FEN:
        yield Finding(no, f"people for {at_stake_fen} fen", "two or a panel", track)
    before: set[int] = set()
    for ruling in made:
        what = f"instance {ruling.instance}"
        panel = votes[row.id, ruling.instance]
        judges = {ruling.decided_by, ruling.agreed_by} | {vote.person_id for vote in panel}
        if track is Track.PANEL:
            yield from differing(no, f"votes in {what}", SEATS, len(panel))
            middle = sorted(vote.refund_bp for vote in panel)[len(panel) // 2] if panel else -1
            yield from differing(no, f"median in {what}", middle, ruling.refund_bp)
        elif ruling.decided_by is None:
            yield Finding(no, f"who decided {what}", "somebody", "nobody")
        if track is Track.DOUBLE and ruling.agreed_by is None:
            yield Finding(no, f"second person in {what}", "one", "nobody")
        for person_id in sorted(before & judges):
            yield Finding(no, f"who decided {what}", "nobody of before", f"P{person_id} again")
        before |= {person_id for person_id in judges if person_id is not None}


def _moments(row: Row[Any], track: Track, status: DisputeStatus) -> Iterator[Finding]:
    """Decided, appealed and executed when it says so; and not before the time for an appeal."""
    no, executed = f"J{row.id}", status is DisputeStatus.EXECUTED
    for name, there in (
        ("decided_at", status in _DECIDED),
        ("executed_at", executed),
    ):
        if there != (row._mapping[name] is not None):
            expected, found = ("a moment", "nothing") if there else ("nothing", "a moment")
            yield Finding(no, f"{name} when {status}", expected, found)
    if track in _FINAL_AT_ONCE:
        if row.appealed_at is not None:
            yield Finding(no, f"appeal against a {track} ruling", "none", "one")
        return
    if not executed or row.executed_at is None or row.appealed_at is not None:
        return
    accepted = row.buyer_accepted_at is not None and row.provider_accepted_at is not None
    if not accepted and (row.appeal_by is None or row.executed_at < row.appeal_by):
        yield Finding(no, "carried out", "after the time for an appeal", "before")


def histories(look: Look) -> Iterator[Finding]:
    """Every dispute came to its status by steps of its table."""
    known = {f"J{row.id}": row for row in look.rows(select(disputes))}
    steps = look.rows(
        select(history.c.subject, history.c.status)
        .where(history.c.subject.like("J%"), history.c.subject.not_like("%/%"))
        .where(history.c.status != "")  # evidence, and keys that are turned, lead nowhere
        .order_by(history.c.subject, history.c.id)
    )
    for subject, grouped in groupby(steps, lambda row: row.subject):
        row = known.pop(subject, None)
        if row is None:
            yield Finding(subject, "history of", "something", "nothing")
            continue
        track = member(Track, row.track)
        if track is None or track is Track.BEFORE:
            continue
        ways = {(way.at, way.to) for way in TRACKS[track].ways}
        statuses = [entry.status for entry in grouped]
        for at, to in pairwise(statuses):
            if (at, to) not in ways:
                yield Finding(subject, "step", f"a way from {at}", to)
        yield from differing(subject, "status after its history", statuses[-1], row.status)
