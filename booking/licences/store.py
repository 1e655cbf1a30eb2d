"""All SQL of consents, looks and permissions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from booking.licences.tables import LicenceConsentRow, LicenceLookRow, LicencePermissionRow
from booking.rules.appointments import AppointmentStatus
from booking.store.appointments import appointments
from kernel.identity_tables import StaffRow
from kernel.ids import HallId, StaffId, uuid7
from kernel.inserting import insert_into
from kernel.tables import HallRow

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlmodel import Session

consents = LicenceConsentRow.__table__
looks = LicenceLookRow.__table__
permissions = LicencePermissionRow.__table__
_halls = HallRow.__table__
_staff = StaffRow.__table__

LOOKS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent as it stands; ``holder_sealed`` None: nothing is kept of whose licences they are."""

    id: UUID
    subject: UUID
    hall_id: HallId
    person: bytes | None
    holder_sealed: bytes | None
    given_at: datetime
    given_by: UUID | None
    withdrawn_at: datetime | None

    @property
    def in_force(self) -> bool:
        return self.withdrawn_at is None


@dataclass(frozen=True, slots=True)
class LookSeen:
    """A look as its person reads it: when, by whom, in which hall; ``place`` is a window's label."""

    at: datetime
    who: str
    place: str
    hall_zh: str
    hall_en: str


def write_consent(session: Session, subject: UUID, **values: object) -> UUID:
    """Write somebody's word, or write it anew over an earlier one; return the consent's new id.

    One statement: two devices that agree at once leave one consent. Whoever looks before writing fails.
    """
    new = {"id": uuid7(), "withdrawn_at": None, **values}
    written = insert_into(session, consents).values(subject=subject, **new)
    found: UUID = session.execute(
        written.on_conflict_do_update(index_elements=[consents.c.subject], set_=new).returning(consents.c.id)
    ).scalar_one()
    return found


def consent_of(session: Session, subject: UUID, *, lock: bool = False) -> Consent | None:
    """Return the consent about an appointment or visit, also one that was taken back; None for none.

    Whoever notes a look locks it: taken back in between, the look would stand in spite of it.
    """
    statement = select(consents).where(consents.c.subject == subject)
    row = session.execute(statement.with_for_update() if lock else statement).one_or_none()
    return None if row is None else Consent(**row._mapping)


def withdraw(session: Session, subject: UUID, at: datetime) -> bool:
    """Take a consent back and forget whose licences it was about; False if none was in force."""
    gone = session.execute(
        update(consents)
        .where(consents.c.subject == subject, consents.c.withdrawn_at.is_(None))
        .values(withdrawn_at=at, holder_sealed=None)
        .returning(consents.c.id)
    )
    return gone.one_or_none() is not None


def add_look(session: Session, **values: object) -> None:
    """Write a look."""
    session.execute(insert(looks).values(id=uuid7(), **values))


def looks_at(session: Session, subjects: Collection[UUID]) -> list[LookSeen]:
    """Return the latest looks at these, newest first."""
    rows = session.execute(
        select(looks.c.at, looks.c.who, looks.c.place, _halls.c.name_zh, _halls.c.name_en)
        .join(_halls, _halls.c.id == looks.c.hall_id)
        .where(looks.c.subject.in_(subjects))
        .order_by(looks.c.at.desc(), looks.c.id.desc())
        .limit(LOOKS_SHOWN)
    )
    return [LookSeen(*row) for row in rows]


def looked_since(session: Session, subject: UUID, who: str, since: datetime) -> bool:
    """Return whether a look of this kind is noted since an instant."""
    found = session.execute(
        select(looks.c.id).where(looks.c.subject == subject, looks.c.who == who, looks.c.at > since).limit(1)
    )
    return found.one_or_none() is not None


def forget_holders(session: Session, before: datetime) -> int:
    """Forget whose licences they were where the appointment is over, cancelled or past; return how many."""
    live = select(appointments.c.id).where(
        appointments.c.status.in_((AppointmentStatus.CONFIRMED, AppointmentStatus.CHECKED_IN)),
        appointments.c.ends_at >= before,
    )
    gone = session.execute(
        update(consents)
        .where(consents.c.holder_sealed.is_not(None), consents.c.subject.not_in(live))
        .values(holder_sealed=None)
        .returning(consents.c.id)
    )
    return len(gone.all())


def forget(session: Session, subjects: Sequence[UUID]) -> None:
    """Erase consents and looks about these; the staff's own trail keeps that somebody looked."""
    if subjects:
        session.execute(delete(looks).where(looks.c.subject.in_(subjects)))
        session.execute(delete(consents).where(consents.c.subject.in_(subjects)))


def may_look(session: Session, staff_id: StaffId) -> bool:
    """Return whether somebody of the staff has leave to look at licences."""
    found = session.execute(select(permissions.c.staff_id).where(permissions.c.staff_id == staff_id))
    return found.one_or_none() is not None


def allow(session: Session, staff_id: UUID, *, by: StaffId, at: datetime) -> bool:
    """Give leave; False if it was given before."""
    added = session.execute(
        insert_into(session, permissions)
        .values(staff_id=staff_id, given_by=by, since=at)
        .on_conflict_do_nothing(index_elements=[permissions.c.staff_id])
        .returning(permissions.c.staff_id)
    )
    return added.one_or_none() is not None


def disallow(session: Session, staff_id: UUID) -> bool:
    """Take leave away; False if there was none."""
    gone = session.execute(
        delete(permissions).where(permissions.c.staff_id == staff_id).returning(permissions.c.staff_id)
    )
    return gone.one_or_none() is not None


def staff_of(session: Session, hall_id: HallId) -> list[Any]:
    """Return rows (id, display_name, role, since) of who works in a hall; ``since`` None: no leave."""
    return list(
        session.execute(
            select(_staff.c.id, _staff.c.display_name, _staff.c.role, permissions.c.since)
            .join(permissions, permissions.c.staff_id == _staff.c.id, isouter=True)
            .where(_staff.c.hall_id == hall_id, _staff.c.disabled.is_(False))
            .order_by(_staff.c.display_name, _staff.c.id)
        )
    )
