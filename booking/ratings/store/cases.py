"""Cases of bad ratings, their steps, and the numbers that citizens left for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update

from booking.ratings.errors import RatingCaseNotFound
from booking.ratings.store.ratings import ratings
from booking.ratings.tables import CallBackRow, RatingCaseRow, RatingCaseStepRow
from booking.rules.rating_cases import CaseStatus
from kernel.identity_tables import StaffRow
from kernel.ids import HallId, RatingCaseId, StaffId, VisitId, uuid7

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlmodel import Session

    from kernel.identity import Actor

cases = RatingCaseRow.__table__
steps = RatingCaseStepRow.__table__
numbers = CallBackRow.__table__
staff = StaffRow.__table__


@dataclass(frozen=True, slots=True)
class Case:
    """A case as decisions need it."""

    id: RatingCaseId
    rating_id: UUID
    hall_id: HallId
    status: CaseStatus
    opened_at: datetime
    due_at: datetime
    handler_id: StaffId | None
    answered_at: datetime | None
    answered_by: StaffId | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a case; ``who`` is None where it was the citizen."""

    what: str
    at: datetime
    who: str | None
    note: str


def add_case(session: Session, rating_id: UUID, hall_id: HallId, *, at: datetime, due_at: datetime) -> Case:
    """Write the case of a bad rating."""
    row = session.execute(
        insert(cases)
        .values(
            **{"id": uuid7(), "rating_id": rating_id, "hall_id": hall_id, "status": CaseStatus.OPEN},
            **{"opened_at": at, "due_at": due_at},
        )
        .returning(cases)
    ).one()
    return _case(row)


def case_of_rating(session: Session, rating_id: UUID) -> Case | None:
    """Return and lock a rating's case, or None."""
    row = session.execute(select(cases).where(cases.c.rating_id == rating_id).with_for_update()).one_or_none()
    return None if row is None else _case(row)


def case_id_of(session: Session, rating_id: UUID) -> RatingCaseId | None:
    """Return the id of a rating's case, or None."""
    found = session.execute(select(cases.c.id).where(cases.c.rating_id == rating_id)).scalar_one_or_none()
    return None if found is None else RatingCaseId(found)


def lock_case(session: Session, case_id: RatingCaseId) -> Case:
    """Return and lock a case; raises ``RatingCaseNotFound``.

    Without the lock two people both find it answered, and it is accepted and sent back.
    """
    row = session.execute(select(cases).where(cases.c.id == case_id).with_for_update()).one_or_none()
    if row is None:
        raise RatingCaseNotFound
    return _case(row)


def change_case(session: Session, case_id: RatingCaseId, **values: object) -> Case:
    """Write what changed at a case."""
    return _case(
        session.execute(update(cases).where(cases.c.id == case_id).values(**values).returning(cases)).one()
    )


def _case(row: Any) -> Case:
    return Case(**{**row._mapping, "status": CaseStatus(row.status)})


def add_step(
    session: Session, case_id: RatingCaseId, what: str, *, at: datetime, by: Actor, note: str = ""
) -> None:
    """Append a step to a case."""
    session.execute(
        insert(steps).values(case_id=case_id, what=what, at=at, role=by.role.value, staff_id=by.id, note=note)
    )


def steps_of(session: Session, case_ids: Collection[RatingCaseId]) -> dict[RatingCaseId, list[Step]]:
    """Return the steps of several cases in order."""
    found: dict[RatingCaseId, list[Step]] = {case_id: [] for case_id in case_ids}
    for row in session.execute(
        select(steps, staff.c.display_name)
        .join(staff, staff.c.id == steps.c.staff_id, isouter=True)
        .where(steps.c.case_id.in_(case_ids))
        .order_by(steps.c.id)
    ):
        found[row.case_id].append(Step(row.what, row.at, row.display_name, row.note))
    return found


def cases_with_ratings(
    session: Session, hall_id: HallId | None, statuses: Collection[CaseStatus], *, latest: bool, limit: int
) -> list[tuple[Case, Any]]:
    """Return cases with the columns of their ratings: the first due first, or the latest answered first."""
    # One that ended without an answer, as the rating was changed, stands where it began.
    ended_at = func.coalesce(cases.c.answered_at, cases.c.opened_at)
    statement = (
        select(cases, *_RATED)
        .join(ratings, ratings.c.id == cases.c.rating_id)
        .where(cases.c.status.in_(statuses))
        .order_by(*([ended_at.desc(), cases.c.id] if latest else [cases.c.due_at, cases.c.id]))
        .limit(limit)
    )
    return _with_ratings(
        session, statement if hall_id is None else statement.where(cases.c.hall_id == hall_id)
    )


def case_with_rating(session: Session, case_id: RatingCaseId) -> tuple[Case, Any]:
    """Return a case with the columns of its rating; raises ``RatingCaseNotFound``."""
    statement = select(cases, *_RATED).join(ratings, ratings.c.id == cases.c.rating_id)
    found = _with_ratings(session, statement.where(cases.c.id == case_id))
    if not found:
        raise RatingCaseNotFound
    return found[0]


_RATED = (
    *(ratings.c.level, ratings.c.reasons, ratings.c.text_sealed),
    *(ratings.c.queue_id, ratings.c.service_id, ratings.c.day),
)
_OF_CASE = [column.name for column in cases.c]


def _with_ratings(session: Session, statement: Any) -> list[tuple[Case, Any]]:
    rows: Iterable[Any] = session.execute(statement)
    return [
        (Case(**{name: row._mapping[name] for name in _OF_CASE} | {"status": CaseStatus(row.status)}), row)
        for row in rows
    ]


def case_counts(
    session: Session, hall_id: HallId | None, *, now: datetime
) -> list[tuple[HallId, CaseStatus, bool, int]]:
    """Return (hall, status, whether due before now, how many)."""
    late = (cases.c.due_at < now).label("late")
    statement = select(cases.c.hall_id, cases.c.status, late, func.count().label("n"))
    if hall_id is not None:
        statement = statement.where(cases.c.hall_id == hall_id)
    rows = session.execute(statement.group_by(cases.c.hall_id, cases.c.status, late))
    return [(HallId(row.hall_id), CaseStatus(row.status), bool(row.late), row.n) for row in rows]


def names_of(session: Session, staff_ids: Collection[StaffId]) -> dict[StaffId, str]:
    """Return the names of these members of staff."""
    rows = session.execute(select(staff.c.id, staff.c.display_name).where(staff.c.id.in_(staff_ids)))
    return {StaffId(row.id): row.display_name for row in rows}


# --- numbers for call-back ---------------------------------------------------------------------------


def keep_number(session: Session, case_id: RatingCaseId, phone_sealed: bytes, *, erase_at: datetime) -> None:
    """Keep a citizen's number for a case, in place of one that was left before."""
    erase_number(session, case_id)
    session.execute(insert(numbers).values(case_id=case_id, phone_sealed=phone_sealed, erase_at=erase_at))


def erase_number(session: Session, case_id: RatingCaseId) -> None:
    """Delete a case's number."""
    session.execute(delete(numbers).where(numbers.c.case_id == case_id))


def numbers_of(session: Session, case_ids: Collection[RatingCaseId], *, now: datetime) -> dict[Any, bytes]:
    """Return the sealed numbers of these cases; one whose time is over is none, erased or not yet."""
    rows = session.execute(
        select(numbers.c.case_id, numbers.c.phone_sealed).where(
            numbers.c.case_id.in_(case_ids), numbers.c.erase_at > now
        )
    )
    return {row.case_id: row.phone_sealed for row in rows}


def forget_of_visits(session: Session, visit_ids: Collection[VisitId]) -> None:
    """Erase the words of these visits' ratings and the numbers left for their cases."""
    own = select(ratings.c.id).where(ratings.c.visit_id.in_(visit_ids))
    session.execute(update(ratings).where(ratings.c.id.in_(own)).values(text_sealed=None))
    session.execute(
        delete(numbers).where(numbers.c.case_id.in_(select(cases.c.id).where(cases.c.rating_id.in_(own))))
    )


def forget_numbers(session: Session, now: datetime) -> None:
    """Delete the numbers whose time is over."""
    session.execute(delete(numbers).where(numbers.c.erase_at <= now))
