"""Contracts: what is asked of their tables. Whoever writes holds the order's lock."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select

from market.contracts import Answer, Contract, Milestone, Version
from market.orders import Order
from market.processes import Party
from storage.contract_tables import contract_answers, contracts, milestones
from storage.statements import Statement, insert_of

_LISTS = ("included", "excluded", "steps")
_ADD = Statement(insert_of(contracts, *(column.name for column in contracts.columns)))
_ADD_MILESTONE = Statement(insert_of(milestones, *(column.name for column in milestones.columns)))
_ANSWER = Statement(insert_of(contract_answers, *(c.name for c in contract_answers.columns)))


class ContractRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def add(self, contract: Contract) -> None:
        """Store a version that is not there yet."""
        _ADD.run(self._conn, **_row(contract))
        for number, milestone in enumerate(contract.milestones, start=1):
            _ADD_MILESTONE.run(
                self._conn,
                order_id=contract.order_id,
                version=contract.version,
                number=number,
                title=milestone.title,
                share_fen=milestone.share_fen,
                days=milestone.days,
            )

    def answer(self, contract: Contract, answer: Answer) -> None:
        """Store what a side said to a version it has not answered yet."""
        _ANSWER.run(
            self._conn,
            order_id=contract.order_id,
            version=contract.version,
            side=answer.side,
            agrees=answer.agrees,
            person_id=answer.person_id,
            hash=answer.hash,
            at=answer.at,
        )

    def newest(self, order: Order) -> Version | None:
        """The last version; None for an order from before there were contracts."""
        last = self._conn.scalar(
            select(func.max(contracts.c.version)).where(contracts.c.order_id == order.id)
        )
        return None if last is None else self._version(order, last)

    def standing(self, order: Order) -> Version | None:
        """The version that the order stands under; None as above."""
        version = order.contract_version
        return None if version is None else self._version(order, version)

    def _version(self, order: Order, version: int) -> Version:
        key = {"order_id": order.id, "version": version}
        row = self._conn.execute(_ONE, key).one()
        parts = self._conn.execute(_MILESTONES, key).all()
        answers = self._conn.execute(_ANSWERS, key).all()
        return version_of(
            row, parts, answers, buyer_id=order.buyer_id, provider_id=order.provider_id
        )


def _of_one(table: Any) -> Any:
    return (
        select(table)
        .where(table.c.order_id == bindparam("order_id"))
        .where(table.c.version == bindparam("version"))
    )


_ONE = _of_one(contracts)
_MILESTONES = _of_one(milestones).order_by(milestones.c.number)
_ANSWERS = _of_one(contract_answers).order_by(contract_answers.c.at, contract_answers.c.side)


def version_of(
    row: Row[Any],
    parts: Sequence[Row[Any]],
    answers: Iterable[Row[Any]],
    *,
    buyer_id: int,
    provider_id: int,
) -> Version:
    """A version from its row, its instalments in order, and what was said to it."""
    values = {name: value for name, value in row._mapping.items() if name != "hash"}
    lists = {name: tuple(json.loads(values[name])) for name in _LISTS}
    contract = Contract(
        **{**values, **lists, "drafted_by": Party(row.drafted_by)},
        buyer_id=buyer_id,
        provider_id=provider_id,
        milestones=tuple(Milestone(part.title, part.share_fen, part.days) for part in parts),
    )
    said = (Answer(Party(a.side), a.agrees, a.person_id, a.hash, a.at) for a in answers)
    return Version(contract, tuple(said))


def _row(contract: Contract) -> dict[str, Any]:
    values = {column.name: getattr(contract, column.name) for column in contracts.columns}
    lists = {name: json.dumps(values[name], ensure_ascii=False) for name in _LISTS}
    return {**values, **lists}
