"""Ratings, and the counts of the report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import func, select, update

from booking.ratings.tables import RatingRow
from booking.rules.ratings import Level, Reason
from kernel.ids import HallId, VisitId, uuid7
from kernel.inserting import insert_into

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlmodel import Session

    from queueing.visits import ServedVisit

TEXT_FIELD = "rating.text"  # under which its words are sealed

ratings = RatingRow.__table__


@dataclass(frozen=True, slots=True)
class Rating:
    """A rating as decisions need it; its words stay sealed."""

    id: UUID
    level: Level
    reasons: tuple[Reason, ...]
    text_sealed: bytes | None
    rated_at: datetime


def rating_of(session: Session, visit_id: VisitId) -> Rating | None:
    """Return a visit's rating, or None."""
    row = session.execute(select(ratings).where(ratings.c.visit_id == visit_id)).one_or_none()
    if row is None:
        return None
    reasons = tuple(Reason(each) for each in row.reasons)
    return Rating(row.id, Level(row.level), reasons, row.text_sealed, row.rated_at)


def add_rating(session: Session, visit: ServedVisit, at: datetime, **said: object) -> UUID | None:
    """Write a visit's first rating and return its id; None if it has one in spite of the lock."""
    added = session.execute(
        insert_into(session, ratings)
        .values(
            **{"id": uuid7(), "visit_id": visit.id, "hall_id": visit.hall_id, "queue_id": visit.queue_id},
            **{"service_id": visit.service_id, "day": visit.day, "rated_at": at, "changed_at": at},
            **said,
        )
        .on_conflict_do_nothing(index_elements=[ratings.c.visit_id])
        .returning(ratings.c.id)
    )
    found: UUID | None = added.scalar_one_or_none()
    return found


def change_rating(session: Session, rating_id: UUID, at: datetime, **said: object) -> None:
    """Write what a rating says now."""
    session.execute(update(ratings).where(ratings.c.id == rating_id).values(changed_at=at, **said))


def forget_texts(session: Session, before: datetime) -> None:
    """Erase the words of ratings that were last changed before an instant."""
    session.execute(
        update(ratings)
        .where(ratings.c.changed_at < before, ratings.c.text_sealed.is_not(None))
        .values(text_sealed=None)
    )


def rated_counts(session: Session, served: Any, by: Collection[str]) -> list[Any]:
    """Return rows (the columns of ``by``, day, level or None, n) of the visits that ``served`` selects."""
    visits = served.cte("served")
    wanted = [*(visits.c[name] for name in by), visits.c.day, ratings.c.level]
    return list(
        session.execute(
            select(*wanted, func.count().label("n"))
            .select_from(visits.outerjoin(ratings, ratings.c.visit_id == visits.c.visit_id))
            .group_by(*wanted)
        )
    )


def reasons_given(
    session: Session, first: date, last: date, hall_id: HallId | None, levels: Collection[Level]
) -> list[Any]:
    """Return rows (hall_id, queue_id, service_id, day, reasons), one a rating of these levels."""
    statement = select(
        *(ratings.c.hall_id, ratings.c.queue_id, ratings.c.service_id, ratings.c.day, ratings.c.reasons)
    ).where(ratings.c.day.between(first, last), ratings.c.level.in_(levels))
    if hall_id is not None:
        statement = statement.where(ratings.c.hall_id == hall_id)
    return list(session.execute(statement))


def latest_words(session: Session, hall_id: HallId, first: date, *, limit: int) -> list[Any]:
    """Return rows (level, queue_id, day, text_sealed) of a hall's latest ratings with words."""
    return list(
        session.execute(
            select(ratings.c.level, ratings.c.queue_id, ratings.c.day, ratings.c.text_sealed)
            .where(ratings.c.hall_id == hall_id, ratings.c.day >= first, ratings.c.text_sealed.is_not(None))
            .order_by(ratings.c.id.desc())
            .limit(limit)
        )
    )


def levels_given(session: Session, first: date, last: date) -> list[Any]:
    """Return rows (hall_id, service_id, level, n) of the ratings of visits of these local dates."""
    wanted = (ratings.c.hall_id, ratings.c.service_id, ratings.c.level)
    return list(
        session.execute(
            select(*wanted, func.count().label("n"))
            .where(ratings.c.day.between(first, last))
            .group_by(*wanted)
        )
    )
