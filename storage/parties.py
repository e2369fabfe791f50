"""People and what they are bound to: accounts, a provider, a staff role, one-time codes."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from market.errors import CodeRefused
from market.parties import Sender, StaffRole
from storage.statements import Statement
from storage.tables import Id, Moment, metadata, upsert

people = Table(
    "people",
    metadata,
    Column("id", Id, Identity(), primary_key=True),
    Column("name", Text, nullable=False, default=""),
    Column("company", Text, nullable=False, default=""),
    Column("phone", Text, nullable=False, default=""),
    Column("marketing", Boolean, nullable=False, default=True),  # false after 退订
    Column("erased", Boolean, nullable=False, default=False),
    Column("created_at", Moment, nullable=False),
)

members = Table(
    "members",
    metadata,
    Column("person_id", ForeignKey("people.id"), primary_key=True),
    Column("provider_id", ForeignKey("providers.id"), nullable=False, index=True),
    Column("joined_at", Moment, nullable=False),
)

staff = Table(
    "staff",
    metadata,
    Column("person_id", ForeignKey("people.id"), primary_key=True),
    Column("role", Text, nullable=False),
    Column("joined_at", Moment, nullable=False),
)

invitations = Table(
    "invitations",
    metadata,
    Column("code_hash", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("staff_role", Text),
    Column("provider_id", ForeignKey("providers.id")),
    Column("expires_at", Moment, nullable=False),
    Column("used_by", ForeignKey("people.id")),
    Column("failures", Integer, nullable=False, default=0),
    Index("ix_invitations_expires_at", "expires_at"),
)


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a one-time code makes of the person who sends it."""

    name: str
    staff_role: StaffRole | None
    provider_id: int | None


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    name: str
    company: str
    phone: str
    marketing: bool


def hash_code(code: str) -> str:
    """Codes are random and live for a day: a plain hash is enough to keep them out of dumps."""
    return hashlib.sha256(code.strip().upper().encode()).hexdigest()


_MEMBER_IDS = Statement(
    select(members.c.person_id)
    .where(members.c.provider_id == bindparam("provider_id"))
    .order_by(members.c.person_id)
)


class PartyRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def add_person(self, name: str, now: datetime) -> int:
        person_id: int = self._conn.execute(
            insert(people).values(name=name, created_at=now).returning(people.c.id)
        ).scalar_one()
        return person_id

    def person(self, person_id: int) -> Person:
        row = self._conn.execute(
            select(
                people.c.id, people.c.name, people.c.company, people.c.phone, people.c.marketing
            ).where(people.c.id == person_id)
        ).one()
        return Person(*row)

    def named(self, name: str, limit: int) -> tuple[Person, ...]:
        """People of exactly this name or company, staff left out, the oldest first."""
        rows = self._conn.execute(
            select(people.c.id, people.c.name, people.c.company, people.c.phone, people.c.marketing)
            .select_from(people.outerjoin(staff))
            .where(
                (people.c.name == name) | (people.c.company == name),
                people.c.erased.is_(False),
                staff.c.person_id.is_(None),
            )
            .order_by(people.c.id)
            .limit(limit)
        )
        return tuple(Person(*row) for row in rows)

    def set_phone(self, person_id: int, phone: str) -> None:
        self._conn.execute(update(people).where(people.c.id == person_id).values(phone=phone))

    def rename(self, person_id: int, name: str) -> None:
        self._conn.execute(update(people).where(people.c.id == person_id).values(name=name))

    def set_marketing(self, person_id: int, *, wanted: bool) -> None:
        self._conn.execute(update(people).where(people.c.id == person_id).values(marketing=wanted))

    def erase(self, person_id: int) -> None:
        """Forget who somebody is; what the books must keep stays under the bare number.

        They belong to no provider and no staff any more.
        """
        for role in (members, staff):
            self._conn.execute(delete(role).where(role.c.person_id == person_id))
        self._conn.execute(
            update(people)
            .where(people.c.id == person_id)
            .values(name="（已注销）", company="", phone="", marketing=False, erased=True)
        )

    def sender(self, person_id: int) -> Sender:
        row = self._conn.execute(
            select(people.c.id, people.c.name, members.c.provider_id, staff.c.role)
            .select_from(people.outerjoin(members).outerjoin(staff))
            .where(people.c.id == person_id)
        ).one()
        return Sender(row.id, row.name, row.provider_id, StaffRole(row.role) if row.role else None)

    def join_provider(self, person_id: int, provider_id: int, now: datetime) -> None:
        self._conn.execute(
            upsert(members)
            .values(person_id=person_id, provider_id=provider_id, joined_at=now)
            .on_conflict_do_update(
                index_elements=["person_id"], set_={"provider_id": provider_id, "joined_at": now}
            )
        )

    def join_staff(self, person_id: int, role: StaffRole, now: datetime) -> None:
        self._conn.execute(
            upsert(staff)
            .values(person_id=person_id, role=role, joined_at=now)
            .on_conflict_do_update(
                index_elements=["person_id"], set_={"role": role, "joined_at": now}
            )
        )

    def staff_named(self, name: str) -> int | None:
        """The staff member whom the operator calls so; None if there is none yet."""
        person_id: int | None = self._conn.execute(
            select(staff.c.person_id).join(people).where(people.c.name == name)
        ).scalar_one_or_none()
        return person_id

    def staff_ids(self) -> tuple[int, ...]:
        """Who works in the service centre: not the experts from outside."""
        colleagues = select(staff.c.person_id).where(staff.c.role != StaffRole.EXPERT)
        return tuple(self._conn.execute(colleagues.order_by("person_id")).scalars())

    def member_ids(self, provider_id: int) -> tuple[int, ...]:
        return tuple(row[0] for row in _MEMBER_IDS.all(self._conn, provider_id=provider_id))

    def invite(self, code: str, invitation: Invitation, expires_at: datetime) -> None:
        self._conn.execute(
            insert(invitations).values(
                code_hash=hash_code(code),
                name=invitation.name,
                staff_role=invitation.staff_role,
                provider_id=invitation.provider_id,
                expires_at=expires_at,
            )
        )

    def redeem(self, code: str, person_id: int, now: datetime) -> Invitation:
        """Use up a code, at most once however many try. Raises CodeRefused.

        Codes for the same name are used one after another: the second finds who used the first.
        """
        same_name = select(invitations.c.name).where(invitations.c.code_hash == hash_code(code))
        self._conn.execute(
            select(invitations.c.code_hash)
            .where(invitations.c.name.in_(same_name))
            .order_by(invitations.c.code_hash)
            .with_for_update()
        )
        row = self._conn.execute(
            update(invitations)
            .where(
                invitations.c.code_hash == hash_code(code),
                invitations.c.used_by.is_(None),
                invitations.c.expires_at > now,
            )
            .values(used_by=person_id)
            .returning(invitations.c.name, invitations.c.staff_role, invitations.c.provider_id)
        ).one_or_none()
        if row is None:
            raise CodeRefused
        role = StaffRole(row.staff_role) if row.staff_role else None
        return Invitation(row.name, role, row.provider_id)
