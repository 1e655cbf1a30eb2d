"""Studies as they are stored; no decisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import insert, select, update

from kernel.deleting import delete_some
from kernel.ids import HallId, JobId, StudyId
from queueing.plans.errors import StudyNotFound
from queueing.plans.study_lifecycle import StudyKind, StudyStatus
from queueing.plans.tables import StudyRow

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlmodel import Session

_studies = StudyRow.__table__

KEPT_FOR = timedelta(days=400)  # as the audit trail, in which decisions stand


@dataclass(frozen=True, slots=True)
class StoredStudy:
    """A study as it is stored; ``decisions`` in the order in which they were taken."""

    id: StudyId
    hall_id: HallId
    kind: StudyKind
    status: StudyStatus
    asked_at: datetime
    asked_by: UUID | None
    job_id: JobId | None
    answered_at: datetime | None
    question: dict[str, Any]
    answer: dict[str, Any]
    decisions: list[dict[str, Any]]


def add_study(
    session: Session,
    hall_id: HallId,
    kind: StudyKind,
    *,
    study_id: StudyId,
    question: dict[str, Any],
    job_id: JobId,
    at: datetime,
    by: UUID | None,
) -> None:
    """Write a study that is being computed."""
    session.execute(
        insert(_studies).values(
            id=study_id, hall_id=hall_id, kind=kind.value, status=StudyStatus.COMPUTING.value, asked_at=at,
            asked_by=by, job_id=job_id, question=question, answer={}, decisions=[],
        )
    )  # fmt: skip


def study(session: Session, study_id: StudyId) -> StoredStudy:
    """Return a study; raises ``StudyNotFound``."""
    row = session.execute(select(_studies).where(_studies.c.id == study_id)).one_or_none()
    if row is None:
        raise StudyNotFound(study=study_id)
    return _stored(row)


def studies_of(session: Session, hall_id: HallId, kind: StudyKind, *, limit: int) -> list[StoredStudy]:
    """Return a hall's studies of a kind, newest first."""
    rows = session.execute(
        select(_studies)
        .where(_studies.c.hall_id == hall_id, _studies.c.kind == kind.value)
        .order_by(_studies.c.asked_at.desc(), _studies.c.id.desc())
        .limit(limit)
    )
    return [_stored(row) for row in rows]


def computing(session: Session, hall_id: HallId, kind: StudyKind, by: UUID | None) -> list[StoredStudy]:
    """Return what somebody has asked in a hall and is still waiting for."""
    rows = session.execute(
        select(_studies).where(
            _studies.c.hall_id == hall_id,
            _studies.c.kind == kind.value,
            _studies.c.status == StudyStatus.COMPUTING.value,
            _studies.c.asked_by == by,
        )
    )
    return [_stored(row) for row in rows]


def set_study(session: Session, study_id: StudyId, *, was: StudyStatus, **values: Any) -> bool:
    """Change a study that still has status ``was``; return whether it had."""
    changed = session.execute(
        update(_studies)
        .where(_studies.c.id == study_id, _studies.c.status == was.value)
        .values(**values)
        .returning(_studies.c.id)
    )
    return changed.one_or_none() is not None


def add_decision(session: Session, study: StoredStudy, decision: dict[str, Any]) -> None:
    """Note what a person made of an answer; the caller holds the hall's lock, or one of two is lost."""
    session.execute(
        update(_studies).where(_studies.c.id == study.id).values(decisions=[*study.decisions, decision])
    )


def forget_studies(session: Session, now: datetime) -> int:
    """Delete some studies that were asked long ago and return how many."""
    return delete_some(session, _studies, _studies.c.asked_at < now - KEPT_FOR, limit=100)


def _stored(row: Row[Any]) -> StoredStudy:
    return StoredStudy(
        id=row.id, hall_id=row.hall_id, kind=StudyKind(row.kind), status=StudyStatus(row.status),
        asked_at=row.asked_at, asked_by=row.asked_by, job_id=row.job_id, answered_at=row.answered_at,
        question=row.question, answer=row.answer, decisions=row.decisions,
    )  # fmt: skip
