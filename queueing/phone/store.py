"""SQL of numbers by telephone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from kernel.identity import Role
from queueing.phone.errors import NumberHeld
from queueing.phone.tables import PhoneRow
from queueing.rules.tickets import ISSUE
from queueing.store.ticket_writes import log

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlmodel import Session

    from kernel.ids import HallId

phones = PhoneRow.__table__


def numbers_taken(session: Session, hall_id: HallId, browser: bytes, day: date) -> int:
    """Return how many numbers a browser has taken in a hall on a local day."""
    found = session.execute(
        select(phones.c.taken).where(
            phones.c.hall_id == hall_id, phones.c.browser == browser, phones.c.day == day
        )
    )
    return found.scalar_one_or_none() or 0


def count_number(session: Session, hall_id: HallId, browser: bytes, day: date, *, before: int) -> None:
    """Count one more number of a browser, which had ``before``; whoever was slower is refused.

    Raises ``NumberHeld`` should a rival have counted in spite of the hall's lock; the first row of a browser
    is refused twice by the primary key.
    """
    if before == 0:
        session.execute(delete(phones).where(phones.c.hall_id == hall_id, phones.c.browser == browser))
        session.execute(insert(phones).values(hall_id=hall_id, browser=browser, day=day, taken=1))
        return
    counted = session.execute(
        update(phones)
        .where(phones.c.hall_id == hall_id, phones.c.browser == browser, phones.c.taken == before)
        .values(taken=before + 1)
        .returning(phones.c.taken)
    ).one_or_none()
    if counted is None:
        raise NumberHeld


def forget_before(session: Session, hall_id: HallId, day: date) -> None:
    """Forget the browsers of days before this one."""
    session.execute(delete(phones).where(phones.c.hall_id == hall_id, phones.c.day < day))


def issued_by_phone(session: Session, hall_id: HallId, *, since: datetime) -> int:
    """Return how many tickets of a hall were taken by phone from an instant on; the log says it."""
    count: int = session.execute(
        select(func.count()).where(
            log.c.hall_id == hall_id, log.c.at >= since, log.c.what == ISSUE, log.c.role == Role.PHONE
        )
    ).scalar_one()
    return count
