"""Places that people decided on, and the lock between those who give places out and those who change them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select

from booking.rules.appointments import AppointmentStatus
from booking.store.appointments import appointments
from booking.tables import SlotPlacesRow
from kernel.tables import HallRow, QueueRow

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlmodel import Session

    from kernel.ids import HallId, QueueId

    PlaceKey = tuple[QueueId, int, int]

_halls = HallRow.__table__
_queues = QueueRow.__table__
_places = SlotPlacesRow.__table__


def share_capacity(session: Session, hall_id: HallId) -> None:
    """Hold a hall's capacity as it is until the transaction ends; several may at once.

    Every use case that gives a place out takes it before it reads the timetable. Its rival is
    ``change_capacity``: without this lock a hold that has read the old capacity gives out a place after
    the manager was told that it is gone.
    """
    session.execute(select(_halls.c.id).where(_halls.c.id == hall_id).with_for_update(read=True))


def change_capacity(session: Session, hall_id: HallId) -> None:
    """Wait for those who give places out, and keep others waiting until the transaction ends.

    Every use case that changes decided places takes it, after the hall's clock. The key of the hall is
    not locked, so whoever only refers to the hall goes on.
    """
    session.execute(select(_halls.c.id).where(_halls.c.id == hall_id).with_for_update(key_share=True))


def decided_places(session: Session, hall_ids: Collection[HallId]) -> dict[HallId, dict[PlaceKey, int]]:
    """Return the places decided on by hall, then by queue, weekday and local minute."""
    rows = session.execute(
        select(_queues.c.hall_id, _places.c.queue_id, _places.c.weekday, _places.c.minute, _places.c.places)
        .join(_queues, _queues.c.id == _places.c.queue_id)
        .where(_queues.c.hall_id.in_(hall_ids))
    )
    found: defaultdict[HallId, dict[PlaceKey, int]] = defaultdict(dict)
    for row in rows:
        found[row.hall_id][row.queue_id, row.weekday, row.minute] = row.places
    return dict(found)


def write_places(
    session: Session,
    hall_id: HallId,
    weekdays: Collection[int],
    places: Mapping[tuple[QueueId, int], int],
    *,
    at: datetime,
    by: UUID | None,
) -> None:
    """Write the places of weekdays by queue and local minute, in the place of all that were decided there."""
    own = select(_queues.c.id).where(_queues.c.hall_id == hall_id)
    session.execute(delete(_places).where(_places.c.queue_id.in_(own), _places.c.weekday.in_(weekdays)))
    rows = [
        {
            "queue_id": queue, "weekday": weekday, "minute": minute, "places": count,
            "decided_at": at, "decided_by": by,
        }
        for weekday in weekdays
        for (queue, minute), count in places.items()
    ]  # fmt: skip
    if rows:
        session.execute(insert(_places), rows)


def shows_since(session: Session, hall_id: HallId, since: datetime) -> tuple[int, int]:
    """Return how many confirmed appointments since an instant were kept, and how many were not."""
    kept = {AppointmentStatus.CHECKED_IN.value: 0, AppointmentStatus.NO_SHOW.value: 0}
    rows = session.execute(
        select(appointments.c.status, func.count())
        .where(
            appointments.c.hall_id == hall_id,
            appointments.c.starts_at >= since,
            appointments.c.status.in_(kept),
        )
        .group_by(appointments.c.status)
    )
    kept |= {status: count for status, count in rows}
    return kept[AppointmentStatus.CHECKED_IN.value], kept[AppointmentStatus.NO_SHOW.value]
