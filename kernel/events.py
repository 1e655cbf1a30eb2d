"""Events: facts in the past tense, recorded in the transaction that made them true.

A hall numbers its events (``seq``) under the lock that orders its queue, so a display that has applied
``seq`` n knows the hall as it was after event n. The relay publishes; nobody publishes directly.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import insert, select, update

from kernel.errors import NotFound
from kernel.tables import HallClockRow, HallRow
from kernel.work_tables import OutboxRow

if TYPE_CHECKING:
    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.ids import HallId

_clock_table = HallClockRow.__table__
_halls = HallRow.__table__
_outbox_table = OutboxRow.__table__


class HallNotFound(NotFound):
    code, title = "hall-not-found", "There is no such hall."
    help = "GET /api/v1/halls lists the halls."
    help_on_page = "The link is old or mistyped. The front page leads from a service to its halls."


class Event(BaseModel):
    """Base of all events; ``kind`` names it on the wire. Never holds a name, identity or phone number."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: ClassVar[str]


class EventFrame(BaseModel):
    """An event as it travels: which hall, its number there, when, and the event itself."""

    model_config = ConfigDict(frozen=True)

    hall_id: UUID
    seq: int
    kind: str
    at: datetime
    payload: dict[str, Any]


@dataclass(slots=True)
class LockedHall:
    """A hall whose queue nobody else changes until this unit of work ends."""

    hall_id: HallId
    seq: int
    ticked_at: datetime

    def tick(self, clock: Clock) -> datetime:
        """Return now; never earlier than an instant this hall has already used."""
        self.ticked_at = max(clock.now(), self.ticked_at)
        return self.ticked_at


def lock_hall(session: Session, hall_id: HallId) -> LockedHall:
    """Lock the hall's queue until the transaction ends.

    Every use case that issues, calls or moves a ticket, changes a window or records an event of this
    hall takes it, once, first. Without it two windows read the same head and call one ticket twice,
    and two events share a ``seq``. A lock that is not had in time becomes ``Busy``.
    """
    row = session.execute(
        select(_clock_table.c.seq, _clock_table.c.ticked_at)
        .where(_clock_table.c.hall_id == hall_id)
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise HallNotFound(hall=hall_id)
    return LockedHall(hall_id, row.seq, row.ticked_at)


def halls_ahead(session: Session, instant: datetime) -> list[tuple[str, datetime]]:
    """Return the codes of halls that have used a later instant, and which: their clock stands until then."""
    rows = session.execute(
        select(_halls.c.code, _clock_table.c.ticked_at)
        .join(_halls, _halls.c.id == _clock_table.c.hall_id)
        .where(_clock_table.c.ticked_at > instant)
        .order_by(_halls.c.code)
    )
    return [(row.code, row.ticked_at) for row in rows]


def record(session: Session, hall: LockedHall, event: Event, *, at: datetime) -> int:
    """Write an event into the outbox and return its ``seq``; it is published only if this commits."""
    hall.seq += 1
    session.execute(
        update(_clock_table)
        .where(_clock_table.c.hall_id == hall.hall_id)
        .values(seq=hall.seq, ticked_at=hall.ticked_at)
    )
    session.execute(
        insert(_outbox_table).values(
            hall_id=hall.hall_id,
            seq=hall.seq,
            kind=event.kind,
            payload=event.model_dump(mode="json"),
            at=at,
        )
    )
    return hall.seq
