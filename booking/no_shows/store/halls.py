"""Times in which a hall could not serve, and leave that staff give somebody to book once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, insert, select, update

from booking.no_shows.tables import NoShowExceptionRow, NoShowOutageRow
from kernel.ids import HallId, uuid7

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from uuid import UUID

    from sqlmodel import Session

outages = NoShowOutageRow.__table__
exceptions = NoShowExceptionRow.__table__


def in_outage(session: Session, hall_id: HallId, instant: datetime) -> bool:
    """Return whether a hall has declared that it could not serve at an instant."""
    found = session.execute(
        select(outages.c.id)
        .where(outages.c.hall_id == hall_id, outages.c.begins_at <= instant, outages.c.ends_at > instant)
        .limit(1)
    )
    return found.one_or_none() is not None


def add_outage(session: Session, **values: object) -> UUID:
    """Write a time in which a hall could not serve."""
    outage_id = uuid7()
    session.execute(insert(outages).values(id=outage_id, **values))
    return outage_id


def outages_of(session: Session, hall_id: HallId, *, limit: int) -> list[Any]:
    """Return the latest rows (begins_at, ends_at, reason, excused) of a hall."""
    return list(
        session.execute(
            select(outages.c.begins_at, outages.c.ends_at, outages.c.reason, outages.c.excused)
            .where(outages.c.hall_id == hall_id)
            .order_by(outages.c.begins_at.desc(), outages.c.id.desc())
            .limit(limit)
        )
    )


def add_exception(session: Session, **values: object) -> UUID:
    """Write that somebody may book once in spite of a pause."""
    exception_id = uuid7()
    session.execute(insert(exceptions).values(id=exception_id, **values))
    return exception_id


def _open_exception(phone_hash: bytes, now: datetime) -> Any:
    return and_(
        exceptions.c.phone_hash == phone_hash,
        exceptions.c.used_at.is_(None),
        exceptions.c.expires_at > now,
    )


def has_exception(session: Session, phone_hash: bytes, *, now: datetime) -> bool:
    """Return whether somebody may book once in spite of a pause."""
    found = session.execute(select(exceptions.c.id).where(_open_exception(phone_hash, now)).limit(1))
    return found.one_or_none() is not None


def with_exception(session: Session, people: Collection[bytes], *, now: datetime) -> set[bytes]:
    """Return who of these people may book once in spite of a pause."""
    unused = exceptions.c.used_at.is_(None) & (exceptions.c.expires_at > now)
    found = session.execute(
        select(exceptions.c.phone_hash).where(exceptions.c.phone_hash.in_(people), unused).distinct()
    )
    return {bytes(own) for own in found.scalars()}


def use_exception(session: Session, phone_hash: bytes, *, now: datetime) -> bool:
    """Use up one exception of a person; False if there is none left.

    The row is locked before it is written: two bookings at once would both find it unused.
    """
    found = session.execute(
        select(exceptions.c.id)
        .where(_open_exception(phone_hash, now))
        .order_by(exceptions.c.expires_at, exceptions.c.id)
        .limit(1)
        .with_for_update()
    ).scalar_one_or_none()
    if found is None:
        return False
    session.execute(update(exceptions).where(exceptions.c.id == found).values(used_at=now))
    return True
