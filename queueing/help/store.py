"""Calls for help in the database; no decisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from kernel.identity_tables import StaffRow
from kernel.ids import HallId, StaffId, WindowId, uuid7
from kernel.touched import touched
from queueing.help.errors import HelpNotFound, HelpOver
from queueing.help.tables import HelpCallRow
from queueing.rules.help import HELP_TRANSITIONS, HelpAction, HelpStatus
from queueing.window_tables import WindowRow

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

    from sqlmodel import Session

_calls = HelpCallRow.__table__
_windows = WindowRow.__table__
_staff = StaffRow.__table__


@dataclass(frozen=True, slots=True)
class HelpCall:
    """A call for help with the names that staff read; ``sits_there``: who is at the window now."""

    id: UUID
    hall_id: HallId
    window_id: WindowId
    window: str
    day: date
    status: HelpStatus
    words: str
    asked_by: StaffId
    asked_name: str
    asked_at: datetime
    taken_by: StaffId | None
    taken_name: str | None
    taken_at: datetime | None
    sits_there: StaffId | None


def add(
    session: Session,
    hall_id: HallId,
    window_id: WindowId,
    words: str,
    *,
    by: StaffId,
    day: date,
    at: datetime,
) -> UUID:
    """Write a call for help and return its id; the caller holds the hall's lock."""
    call_id = uuid7()
    session.execute(
        insert(_calls).values(
            id=call_id, hall_id=hall_id, window_id=window_id, day=day, words=words,
            status=HelpStatus.ASKED.value, asked_by=by, asked_at=at,
        )
    )  # fmt: skip
    return call_id


def call(session: Session, call_id: UUID) -> HelpCall:
    """Return a call for help; raises ``HelpNotFound``."""
    found = _read(session, _calls.c.id == call_id)
    if not found:
        raise HelpNotFound(call=call_id)
    return found[0]


def open_calls(session: Session, hall_id: HallId) -> list[HelpCall]:
    """Return the calls of a hall that nobody ended, the oldest first; some may stand no more."""
    return _read(session, _calls.c.hall_id == hall_id, _calls.c.status != HelpStatus.ENDED.value)


def open_at(session: Session, window_id: WindowId) -> HelpCall | None:
    """Return the call of a window that nobody ended, or None."""
    found = _read(session, _calls.c.window_id == window_id, _calls.c.status != HelpStatus.ENDED.value)
    return found[0] if found else None


def _read(session: Session, *wanted: Any) -> list[HelpCall]:
    taker = _staff.alias("taker")
    rows = session.execute(
        select(
            *(_calls, _windows.c.label, _windows.c.clerk_id, _staff.c.display_name),
            taker.c.display_name.label("taken_name"),
        )
        .join(_windows, _windows.c.id == _calls.c.window_id)
        .join(_staff, _staff.c.id == _calls.c.asked_by)
        .outerjoin(taker, taker.c.id == _calls.c.taken_by)
        .where(*wanted)
        .order_by(_calls.c.asked_at, _calls.c.id)
    )
    return [
        HelpCall(
            *(row.id, row.hall_id, row.window_id, row.label, row.day, HelpStatus(row.status), row.words),
            *(row.asked_by, row.display_name, row.asked_at, row.taken_by, row.taken_name, row.taken_at),
            row.clerk_id,
        )
        for row in rows
    ]


def end_before(session: Session, hall_id: HallId, today: date, *, at: datetime) -> None:
    """End what former days left open, and its words with it."""
    session.execute(
        update(_calls)
        .where(_calls.c.hall_id == hall_id, _calls.c.day < today, _calls.c.status != HelpStatus.ENDED.value)
        .values(status=HelpStatus.ENDED.value, ended_at=at, words="")
    )


def move(session: Session, own: HelpCall, action: HelpAction, **changes: Any) -> None:
    """Take a call through its table; raises ``HelpOver`` where it ended.

    The update is conditional on the status that was read: should a rival have moved it in spite of the
    hall's lock, nothing is written and ``HelpOver`` is raised.
    """
    target = HELP_TRANSITIONS.get((own.status, action))
    as_read = update(_calls).where(_calls.c.id == own.id, _calls.c.status == own.status.value)
    if target is None or not touched(session, as_read.values(status=target.value, **changes)):
        raise HelpOver(call=own.id)
