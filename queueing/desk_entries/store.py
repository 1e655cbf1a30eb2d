"""SQL of what desks handed in. Whoever takes entries over holds the lock of ``kernel.events.lock_hall``."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, insert, select, update

from kernel.identity import Actor, Role
from kernel.identity_tables import StaffRow
from queueing.desk_entries.tables import DeskEntryRow
from queueing.rules.told import DeskAct, DeskReason, DeskState
from queueing.store.tickets import Ticket, _ticket, tickets

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy import Row
    from sqlmodel import Session

    from kernel.ids import HallId, StaffId, TicketId, WindowId

entries = DeskEntryRow.__table__
_staff = StaffRow.__table__


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry as it was handed in, and what became of it."""

    id: UUID
    window_id: WindowId
    day: date
    what: DeskAct
    label: str
    ticket_id: TicketId | None
    services: list[str] | None
    pressed_by: StaffId
    handed_in_by: StaffId
    handed_in_at: datetime
    told_at: datetime
    told_began_at: datetime | None
    off_s: float
    at: datetime | None = None
    began_at: datetime | None = None
    state: DeskState = DeskState.REFUSED
    reason: DeskReason | None = None
    found: str = ""
    found_at: str = ""
    goes_on_as: str = ""

    @property
    def off(self) -> timedelta:
        """By how much the desk's clock was wrong when it handed in."""
        return timedelta(seconds=self.off_s)


_NAMES = tuple(each.name for each in fields(Kept))


def _kept(row: Row[Any]) -> Kept:
    values = {name: getattr(row, name) for name in _NAMES}
    reason = DeskReason(row.reason) if row.reason else None
    return Kept(**{**values, "what": DeskAct(row.what), "state": DeskState(row.state), "reason": reason})


def entry(session: Session, entry_id: UUID) -> Kept | None:
    """Return an entry that was handed in before, or None."""
    row = session.execute(select(entries).where(entries.c.id == entry_id)).one_or_none()
    return None if row is None else _kept(row)


def add_entry(session: Session, hall_id: HallId, own: Kept) -> Kept:
    """Write what became of an entry; its id is the primary key, so none is written twice."""
    values = {name: getattr(own, name) for name in _NAMES}
    session.execute(insert(entries).values(**{**values, "hall_id": hall_id, "reason": own.reason or ""}))
    return own


def settle(session: Session, own: Kept) -> None:
    """Write what became of an entry that waited for its number."""
    names = ("ticket_id", "at", "began_at", "state", "found", "found_at", "goes_on_as")
    values = {name: getattr(own, name) for name in names}
    session.execute(update(entries).where(entries.c.id == own.id).values(**values, reason=own.reason or ""))


def waiting_for(session: Session, hall_id: HallId, day: date, label: str) -> list[Kept]:
    """Return the entries that wait for a number of a hall's day, in the order of handing in."""
    rows = session.execute(
        select(entries)
        .where(
            entries.c.hall_id == hall_id,
            entries.c.day == day,
            entries.c.label == label,
            entries.c.state == DeskState.WAITING,
        )
        .order_by(entries.c.handed_in_at, entries.c.told_at, entries.c.id)
    )
    return [_kept(row) for row in rows]


def is_written_down(session: Session, hall_id: HallId, day: date, label: str, *, besides: UUID) -> bool:
    """Return whether another entry of this number was taken over, or waits for its kiosk."""
    found = exists().where(
        entries.c.hall_id == hall_id,
        entries.c.day == day,
        entries.c.label == label,
        entries.c.what == DeskAct.PAPER,
        entries.c.state != DeskState.REFUSED,
        entries.c.id != besides,
    )
    return bool(session.execute(select(found)).scalar_one())


def ticket_called(session: Session, hall_id: HallId, day: date, label: str) -> Ticket | None:
    """Return the ticket of a hall's day that has this number, None without one."""
    row = session.execute(
        select(tickets)
        .where(tickets.c.hall_id == hall_id, tickets.c.day == day, tickets.c.label == label)
        .order_by(tickets.c.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else _ticket(row)


def open_entries(session: Session, hall_id: HallId) -> list[Kept]:
    """Return what was not taken over and nobody of the hall's staff has put away, oldest first."""
    rows = session.execute(
        select(entries)
        .where(entries.c.hall_id == hall_id, entries.c.state != DeskState.TAKEN, entries.c.seen_at.is_(None))
        .order_by(entries.c.day, entries.c.told_at, entries.c.id)
    )
    return [_kept(row) for row in rows]


def set_seen(session: Session, hall_id: HallId, entry_id: UUID, *, by: StaffId, at: datetime) -> str | None:
    """Put away an entry that was not taken over and return its number, None where there is none."""
    number: str | None = session.execute(
        update(entries)
        .where(
            entries.c.id == entry_id,
            entries.c.hall_id == hall_id,
            entries.c.state != DeskState.TAKEN,
            entries.c.seen_at.is_(None),
        )
        .values(seen_at=at, seen_by=by)
        .returning(entries.c.label)
    ).scalar_one_or_none()
    return number


def works_in(session: Session, staff_id: StaffId, hall_id: HallId) -> bool:
    """Return whether somebody of this id may have pressed keys in the hall."""
    found = select(_staff.c.hall_id).where(_staff.c.id == staff_id)
    row = session.execute(found).one_or_none()
    return row is not None and row.hall_id in (None, hall_id)


def actor(session: Session, staff_id: StaffId) -> Actor:
    """Return the person who handed in, as the log names people."""
    role = session.execute(select(_staff.c.role).where(_staff.c.id == staff_id)).scalar_one()
    return Actor(Role(role), staff_id)
