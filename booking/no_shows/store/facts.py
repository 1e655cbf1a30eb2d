"""What was not kept, and by whom, as a keyed hash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from booking.no_shows.store.rules import OF_RULE, rules
from booking.no_shows.tables import NoShowRow
from booking.rules.appointments import AppointmentStatus
from booking.rules.no_shows import Counted, NoShowKind, NoShowRule, NoShowStatus
from booking.store.appointments import appointments
from kernel.ids import AppointmentId, HallId, NoShowId, uuid7
from kernel.inserting import insert_into

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from sqlmodel import Session

no_shows = NoShowRow.__table__


@dataclass(frozen=True, slots=True)
class NoShow:
    """An appointment that was not kept, as decisions need it."""

    id: NoShowId
    appointment_id: AppointmentId | None
    hall_id: HallId
    starts_at: datetime
    kind: NoShowKind
    status: NoShowStatus
    forget_at: datetime
    phone_hash: bytes | None
    excuse: str


_OF_NO_SHOW = [no_shows.c[name] for name in NoShow.__dataclass_fields__]


def add_no_show(session: Session, **values: object) -> NoShowId | None:
    """Write an appointment that was not kept; None if it is written already."""
    added = session.execute(
        insert_into(session, no_shows)
        .values(id=uuid7(), status=NoShowStatus.COUNTS, excuse="", **values)
        .on_conflict_do_nothing(index_elements=[no_shows.c.appointment_id])
        .returning(no_shows.c.id)
    ).scalar_one_or_none()
    return None if added is None else NoShowId(added)


def phone_hash_of(session: Session, appointment_id: AppointmentId) -> bytes | None:
    """Return the keyed hash of the number that booked an appointment."""
    found: bytes | None = session.execute(
        select(appointments.c.phone_hash).where(appointments.c.id == appointment_id)
    ).scalar_one_or_none()
    return found


def counted_of(session: Session, phone_hash: bytes) -> list[Counted]:
    """Return what counts against a person, each with the version of the rule by which it does."""
    own = no_shows.c.phone_hash == phone_hash
    return [counted for _, _, counted in counted_where(session, own)]


def counted_of_all(session: Session, people: Collection[bytes]) -> list[tuple[bytes, HallId, Counted]]:
    """Return (person, hall, what counts) of these people in order of time."""
    return counted_where(session, no_shows.c.phone_hash.in_(people))


def counted_of_recent(session: Session, since: datetime) -> list[tuple[bytes, HallId, Counted]]:
    """Return (person, hall, what counts) of everybody of whom something counts since an instant."""
    recent = select(no_shows.c.phone_hash).where(
        no_shows.c.status == NoShowStatus.COUNTS, no_shows.c.starts_at > since
    )
    return counted_where(session, no_shows.c.phone_hash.in_(recent.distinct()))


def references_of(session: Session, against: Collection[NoShow]) -> dict[NoShowId, str]:
    """Return the references of the appointments that are not erased, by no-show."""
    booked = {own.appointment_id: own.id for own in against if own.appointment_id is not None}
    rows = session.execute(
        select(appointments.c.id, appointments.c.code).where(appointments.c.id.in_(booked))
    )
    return {booked[row.id]: row.code for row in rows if row.code is not None}


def counted_where(session: Session, *which: Any) -> list[tuple[bytes, HallId, Counted]]:
    """Return (person, hall, what counts) in order of time."""
    rows = session.execute(
        select(no_shows.c.id, no_shows.c.phone_hash, no_shows.c.hall_id, no_shows.c.starts_at, *OF_RULE)
        .join(rules, rules.c.version == no_shows.c.rule_version)
        .where(no_shows.c.status == NoShowStatus.COUNTS, no_shows.c.phone_hash.is_not(None), *which)
        .order_by(no_shows.c.starts_at, no_shows.c.id)
    )
    names = [column.name for column in OF_RULE]
    return [
        (
            bytes(row.phone_hash),
            HallId(row.hall_id),
            Counted(row.starts_at, NoShowRule(**{name: row._mapping[name] for name in names}), row.id),
        )
        for row in rows
    ]


def no_show(session: Session, no_show_id: UUID, *, lock: bool = False) -> NoShow | None:
    """Return one, locked if asked."""
    return _one(session, no_shows.c.id == no_show_id, lock=lock)


def no_show_of(session: Session, appointment_id: AppointmentId, *, lock: bool = False) -> NoShow | None:
    """Return what was written about an appointment, locked if asked."""
    return _one(session, no_shows.c.appointment_id == appointment_id, lock=lock)


def no_show_by_reference(
    session: Session, phone_hash: bytes, code_hash: bytes, *, now: datetime, lock: bool = False
) -> NoShow | None:
    """Return that of a number and a reference that belong together, unless it is forgotten."""
    same = (no_shows.c.phone_hash == phone_hash) & (no_shows.c.code_hash == code_hash)
    return _one(session, same & (no_shows.c.forget_at > now), lock=lock)


def _one(session: Session, which: Any, *, lock: bool) -> NoShow | None:
    statement = select(*_OF_NO_SHOW).where(which)
    row = session.execute(statement.with_for_update() if lock else statement).one_or_none()
    return None if row is None else row_of(row)


def row_of(row: Any) -> NoShow:
    """Return the no-show of a row that has its columns."""
    kinds = {"kind": NoShowKind(row.kind), "status": NoShowStatus(row.status)}
    return NoShow(**{name: row._mapping[name] for name in NoShow.__dataclass_fields__} | kinds)


def all_of_person(session: Session, phone_hash: bytes) -> list[NoShow]:
    """Return what counts or counted against a person, in order of time, until it is forgotten."""
    rows = session.execute(
        select(*_OF_NO_SHOW)
        .where(no_shows.c.phone_hash == phone_hash)
        .order_by(no_shows.c.starts_at, no_shows.c.id)
    )
    return [row_of(row) for row in rows]


def lock_person(session: Session, phone_hash: bytes) -> None:
    """Lock what counts or counted against a person.

    Without it two desks both find that nobody has given leave to book, and both give it.
    """
    own = select(no_shows.c.id).where(no_shows.c.phone_hash == phone_hash)
    session.execute(own.order_by(no_shows.c.id).with_for_update())


def set_status(session: Session, no_show_id: UUID, status: NoShowStatus, **values: object) -> None:
    """Write that one does not count any more, and why."""
    session.execute(update(no_shows).where(no_shows.c.id == no_show_id).values(status=status.value, **values))


def lock_counting(session: Session, hall_id: HallId, since: datetime, until: datetime) -> list[NoShow]:
    """Return and lock what counts of a hall's appointments between two instants, in order of id."""
    rows = session.execute(
        select(*_OF_NO_SHOW)
        .where(
            no_shows.c.hall_id == hall_id,
            no_shows.c.status == NoShowStatus.COUNTS,
            no_shows.c.starts_at >= since,
            no_shows.c.starts_at < until,
        )
        .order_by(no_shows.c.id)
        .with_for_update()
    )
    return [row_of(row) for row in rows]


def latest_of_hall(session: Session, hall_id: HallId, *, limit: int) -> list[tuple[NoShow, str | None]]:
    """Return a hall's latest with the references of their appointments, newest first."""
    rows = session.execute(
        select(*_OF_NO_SHOW, appointments.c.code)
        .join(appointments, appointments.c.id == no_shows.c.appointment_id, isouter=True)
        .where(no_shows.c.hall_id == hall_id)
        .order_by(no_shows.c.starts_at.desc(), no_shows.c.id)
        .limit(limit)
    )
    return [(row_of(row), row.code) for row in rows]


def came_or_not(session: Session, since: datetime, until: datetime) -> dict[HallId, tuple[int, int]]:
    """Return by hall how many appointments of a time were checked in, and how many nobody came to."""
    kept = {AppointmentStatus.CHECKED_IN: 0, AppointmentStatus.NO_SHOW: 1}
    rows = session.execute(
        select(appointments.c.hall_id, appointments.c.status, func.count().label("n"))
        .where(
            appointments.c.status.in_(kept),
            appointments.c.starts_at >= since,
            appointments.c.starts_at < until,
        )
        .group_by(appointments.c.hall_id, appointments.c.status)
    )
    found: dict[HallId, list[int]] = {}
    for row in rows:
        found.setdefault(HallId(row.hall_id), [0, 0])[kept[AppointmentStatus(row.status)]] = row.n
    return {hall_id: (came, not_come) for hall_id, (came, not_come) in found.items()}


def written_counts(session: Session, since: datetime, until: datetime) -> list[Any]:
    """Return rows (hall_id, kind, status, n) of what was due in a time, forgotten or not."""
    return list(
        session.execute(
            select(no_shows.c.hall_id, no_shows.c.kind, no_shows.c.status, func.count().label("n"))
            .where(no_shows.c.starts_at >= since, no_shows.c.starts_at < until)
            .group_by(no_shows.c.hall_id, no_shows.c.kind, no_shows.c.status)
        )
    )
