"""SQL of provisional numbers. Whoever reserves or merges holds the lock of ``kernel.events.lock_hall``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, or_, select, update

from kernel.ids import HallId, TicketId, uuid7
from queueing.provisional.tables import NumberBlockRow, SlipRow
from queueing.rules.provisional import BLOCK, NUMBERED_FROM, Reason
from queueing.rules.tickets import TicketStatus
from queueing.store.tickets import Ticket, _ticket, tickets

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy import Row
    from sqlmodel import Session

    from kernel.ids import DeviceId, StaffId
    from queueing.rules.provisional import Slip

blocks = NumberBlockRow.__table__
slips = SlipRow.__table__


@dataclass(frozen=True, slots=True)
class Block:
    """Numbers of a local day that one kiosk alone gives out, both ends included."""

    day: date
    first: int
    last: int
    reserved_at: datetime


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A slip that was handed in, and what became of it: a ticket, or a refusal."""

    id: UUID
    day: date
    number: int
    service: str
    priority: bool
    printed_at: datetime
    arrived_at: datetime | None
    ticket_id: TicketId | None
    refused: Reason | None


def count_blocks(session: Session, hall_id: HallId, day: date, device_id: DeviceId) -> int:
    """Return how many blocks of a day a kiosk holds."""
    asked = select(func.count()).where(
        blocks.c.hall_id == hall_id, blocks.c.day == day, blocks.c.device_id == device_id
    )
    return int(session.execute(asked).scalar_one())


def last_reserved(session: Session, hall_id: HallId, day: date) -> int:
    """Return the highest number of a hall's day that a kiosk holds, 0 if none does."""
    asked = select(func.max(blocks.c.last_number)).where(blocks.c.hall_id == hall_id, blocks.c.day == day)
    return session.execute(asked).scalar_one() or 0


def add_block(
    session: Session, hall_id: HallId, day: date, device_id: DeviceId, *, after: int, at: datetime
) -> Block:
    """Write the block behind the number ``after``.

    The unique key on (hall, day, first number) is the schema's own word that nobody else holds it.
    """
    made = Block(day, after + 1, after + BLOCK, at)
    session.execute(
        insert(blocks).values(
            id=uuid7(),
            hall_id=hall_id,
            day=day,
            first_number=made.first,
            last_number=made.last,
            device_id=device_id,
            reserved_at=at,
        )
    )
    return made


def block_with(session: Session, hall_id: HallId, day: date, number: int) -> Block | None:
    """Return the block that holds a number, whoever has it: a kiosk that was set up anew keeps its slips."""
    row = session.execute(
        select(blocks).where(
            blocks.c.hall_id == hall_id,
            blocks.c.day == day,
            blocks.c.first_number <= number,
            blocks.c.last_number >= number,
        )
    ).one_or_none()
    return None if row is None else Block(row.day, row.first_number, row.last_number, row.reserved_at)


def handed_in(session: Session, slip_id: UUID) -> HandedIn | None:
    """Return a slip that was handed in before, or None."""
    row = session.execute(select(slips).where(slips.c.id == slip_id)).one_or_none()
    return None if row is None else _handed_in(row)


def number_has_merged(session: Session, hall_id: HallId, day: date, number: int) -> bool:
    """Return whether a ticket of the hall's day has this provisional number."""
    found = select(tickets.c.id).where(
        tickets.c.hall_id == hall_id, tickets.c.day == day, tickets.c.number == NUMBERED_FROM + number
    )
    return session.execute(found).one_or_none() is not None


def arrival_before(session: Session, hall_id: HallId, block: Block, number: int) -> datetime | None:
    """Return what the highest lower number of a block counts from, None without one."""
    found: datetime | None = session.execute(
        select(slips.c.arrived_at)
        .where(
            slips.c.hall_id == hall_id,
            slips.c.day == block.day,
            slips.c.number >= block.first,
            slips.c.number < number,
            slips.c.arrived_at.is_not(None),
        )
        .order_by(slips.c.number.desc())
        .limit(1)
    ).scalar_one_or_none()
    return found


def add_slip(
    session: Session,
    hall_id: HallId,
    device_id: DeviceId,
    slip: Slip,
    *,
    at: datetime,
    arrived_at: datetime | None = None,
    ticket_id: TicketId | None = None,
    refused: Reason | None = None,
) -> HandedIn:
    """Write what became of a slip; its id is the primary key, so none is written twice."""
    plain = {name: getattr(slip, name) for name in slip.__dataclass_fields__}
    row = session.execute(
        insert(slips)
        .values(
            **plain,
            hall_id=hall_id,
            device_id=device_id,
            handed_in_at=at,
            arrived_at=arrived_at,
            ticket_id=ticket_id,
            refused=refused or "",
        )
        .returning(slips)
    ).one()
    return _handed_in(row)


def refused_unseen(session: Session, hall_id: HallId) -> list[HandedIn]:
    """Return the refused slips of a hall that nobody of its staff has put away, oldest first."""
    rows = session.execute(
        select(slips)
        .where(slips.c.hall_id == hall_id, slips.c.refused != "", slips.c.seen_at.is_(None))
        .order_by(slips.c.day, slips.c.number)
    )
    return [_handed_in(row) for row in rows]


def set_seen(session: Session, hall_id: HallId, slip_id: UUID, *, by: StaffId, at: datetime) -> Any:
    """Put a refused slip away and return its number, or None where there is none to be put away."""
    return session.execute(
        update(slips)
        .where(
            slips.c.id == slip_id,
            slips.c.hall_id == hall_id,
            slips.c.refused != "",
            slips.c.seen_at.is_(None),
        )
        .values(seen_at=at, seen_by=by)
        .returning(slips.c.number)
    ).scalar_one_or_none()


def merged_of(session: Session, hall_id: HallId, day: date) -> list[Ticket]:
    """Return the tickets of a hall's day that kiosks printed without the server, by number.

    With them others that a desk served on paper.
    """
    on_paper = or_(tickets.c.number > NUMBERED_FROM, tickets.c.status == TicketStatus.SERVED_ON_PAPER)
    rows = session.execute(
        select(tickets)
        .where(tickets.c.hall_id == hall_id, tickets.c.day == day, on_paper)
        .order_by(tickets.c.number)
    )
    return [_ticket(row) for row in rows]


def _handed_in(row: Row[Any]) -> HandedIn:
    return HandedIn(
        *(row.id, row.day, row.number, row.service, row.priority, row.printed_at, row.arrived_at),
        row.ticket_id,
        Reason(row.refused) if row.refused else None,
    )
