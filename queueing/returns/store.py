"""Who comes back with papers, in the database; no decisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, or_, select, update

from kernel.ids import HallId, ServiceId, TicketId, uuid7
from kernel.touched import touched
from queueing.returns.tables import ReturnRow
from queueing.rules.returns import ReturnTicket
from queueing.rules.tickets import TicketStatus
from queueing.store.tickets import legs, tickets, visits

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

    from sqlmodel import Session

_returns = ReturnRow.__table__
_given = tickets.alias("given")


@dataclass(frozen=True, slots=True)
class Return:
    """A ticket that ended with papers missing, and the number that its code gave, if any.

    ``priority``: of the ticket that ended, so that its holder need not prove it again. ``reference``: what
    the visit came of, None for who just came.
    """

    id: UUID
    hall_id: HallId
    ticket_id: TicketId
    label: str
    service_id: ServiceId
    priority: bool
    priority_class_id: UUID | None
    note: str
    made_at: datetime
    until_on: date
    reference: UUID | None
    used_ticket_id: TicketId | None
    used_label: str | None
    given: ReturnTicket | None


def new_id() -> UUID:
    """Return an id for a return, which its code is worked out from."""
    return uuid7()


def add(
    session: Session,
    own_id: UUID,
    hall_id: HallId,
    ticket_id: TicketId,
    *,
    note: str,
    until_on: date,
    code_hash: bytes,
    at: datetime,
) -> None:
    """Write that whoever had a ticket comes back."""
    session.execute(
        insert(_returns).values(
            id=own_id, hall_id=hall_id, ticket_id=ticket_id, note=note, until_on=until_on,
            code_hash=code_hash, made_at=at,
        )
    )  # fmt: skip


def by_code(session: Session, code_hash: bytes) -> Return | None:
    """Return what a code stands for, or None."""
    return _one(session, _returns.c.code_hash == code_hash)


def of_ticket(session: Session, ticket_id: TicketId) -> Return | None:
    """Return what became of a ticket that ended with papers missing, or None."""
    return _one(session, _returns.c.ticket_id == ticket_id)


def that_gave(session: Session, ticket_id: TicketId) -> Return | None:
    """Return the return whose code gave this ticket, or None."""
    return _one(session, _returns.c.used_ticket_id == ticket_id)


def coming_to(session: Session, hall_id: HallId, *, today: date) -> list[Return]:
    """Return those of a hall whose code is in time, the newest first; some may have given their number."""
    still = (_returns.c.hall_id == hall_id, _returns.c.until_on >= today)
    newest = _returns.c.made_at.desc(), _returns.c.id.desc()
    return [_return(row) for row in session.execute(_found.where(*still).order_by(*newest))]


def mark_used(session: Session, own: Return, ticket_id: TicketId, *, at: datetime) -> bool:
    """Note the number that a code gave, unless it gave another since it was read; a conditional update.

    The caller holds the hall's lock. Without both, two kiosks give two places for one code.
    """
    before = _returns.c.used_ticket_id
    same = before.is_(None) if own.used_ticket_id is None else before == own.used_ticket_id
    done = touched(
        session,
        update(_returns).where(_returns.c.id == own.id, same).values(used_ticket_id=ticket_id, used_at=at),
    )
    return done > 0


def remove_unused(session: Session, ticket_id: TicketId) -> bool:
    """Take back that somebody comes back; return False where the code gave a number already."""
    found = of_ticket(session, ticket_id)
    if found is None:
        return True
    unused = delete(_returns).where(_returns.c.id == found.id, _returns.c.used_ticket_id.is_(None))
    return touched(session, unused) > 0


def forget_notes(session: Session, hall_id: HallId, *, before: date) -> None:
    """Erase what was missing where the code's time is over, or its number was given on a former day."""
    served = select(tickets.c.id).where(
        tickets.c.hall_id == hall_id, tickets.c.day < before, tickets.c.status == TicketStatus.FINISHED.value
    )
    session.execute(
        update(_returns)
        .where(
            *(_returns.c.hall_id == hall_id, _returns.c.note != ""),
            or_(_returns.c.until_on < before, _returns.c.used_ticket_id.in_(served)),
        )
        .values(note="")
    )


_found = (
    select(
        *(_returns, tickets.c.label, tickets.c.priority, tickets.c.priority_class_id, legs.c.service_id),
        visits.c.reference,
        _given.c.label.label("used_label"),
        *(_given.c.status.label("given_status"), _given.c.changed_at.label("given_changed_at")),
    )
    .join(tickets, tickets.c.id == _returns.c.ticket_id)
    .join(legs, legs.c.id == tickets.c.leg_id)
    .join(visits, visits.c.id == legs.c.visit_id)
    .outerjoin(_given, _given.c.id == _returns.c.used_ticket_id)
)


def _one(session: Session, wanted: Any) -> Return | None:
    row = session.execute(_found.where(wanted)).one_or_none()
    return None if row is None else _return(row)


def _return(row: Any) -> Return:
    given = row.given_status and ReturnTicket(TicketStatus(row.given_status), row.given_changed_at)
    return Return(
        *(row.id, HallId(row.hall_id), TicketId(row.ticket_id), row.label, ServiceId(row.service_id)),
        *(row.priority, row.priority_class_id, row.note, row.made_at, row.until_on, row.reference),
        TicketId(row.used_ticket_id) if row.used_ticket_id else None,
        *(row.used_label, given or None),
    )
