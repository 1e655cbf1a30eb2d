"""Studies: a question about a hall goes to the worker, its answer is kept, a person makes something of it.

A study changes nothing in the hall. A newer question of the same kind by the same person takes the
place of one that is still being computed, so whoever edits a draft never waits behind their own past.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from kernel import catalogue, jobs
from kernel.audit import note
from kernel.events import lock_hall
from kernel.identity import WrongHall
from kernel.ids import StudyId, uuid7
from kernel.reach import hall_to_look_into
from queueing.plans import study_store as store
from queueing.plans.errors import ClosedOnThatDay, DayHasPassed, NoPlanForThatDay, StudyNotAnswered
from queueing.plans.rules_now import must_be_made_under
from queueing.plans.store import entry_of, plain_entry
from queueing.plans.study_lifecycle import STUDY_TRANSITIONS, StudyAction, StudyKind, StudyStatus
from queueing.service.plans import check_entries, publish_plan
from queueing.store import plan_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlmodel import Session

    from kernel.calendar import OpeningCalendar
    from kernel.catalogue import Hall
    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.ids import HallId
    from queueing.plans.study_store import StoredStudy
    from queueing.rules.windows import PlanEntry

JOBS: Mapping[StudyKind, str] = {
    StudyKind.TRIAL: "try_window_plan",
    StudyKind.STAFFING: "answer_staffing",
    StudyKind.WEEK: "plan_week",
    StudyKind.CAPACITY: "plan_appointments",
}
LATEST = 10
WEEK = 7


@dataclass(frozen=True, slots=True)
class StudyView:
    """A study and, while it is computed, how far that is (0 to 1)."""

    study: StoredStudy
    status: StudyStatus
    progress: float


def ask(
    session: Session, hall_id: HallId, kind: StudyKind, question: dict[str, Any], *, by: Staff, at: datetime
) -> StudyView:
    """Put a question to the worker; ``question`` is plain JSON, and what the job gets as its arguments."""
    by.must_work_in(hall_id)
    for older in store.computing(session, hall_id, kind, by.id):
        drop(session, older)
    study_id = StudyId(uuid7())
    args = {**question, "study_id": str(study_id), "hall_id": str(hall_id)}
    job_id = jobs.enqueue(session, JOBS[kind], args, at=at)
    store.add_study(
        session, hall_id, kind, study_id=study_id, question=question, job_id=job_id, at=at, by=by.id
    )
    detail = {"kind": kind.value}
    note(session, "study.asked", by=by, hall_id=hall_id, at=at, subject=str(study_id), detail=detail)
    return _view(session, store.study(session, study_id))


def drop(session: Session, study: StoredStudy) -> None:
    """Give up a study that nobody waits for any more."""
    status = STUDY_TRANSITIONS[StudyStatus.COMPUTING, StudyAction.DROP]
    if store.set_study(session, study.id, was=StudyStatus.COMPUTING, status=status.value) and study.job_id:
        jobs.withdraw(session, study.job_id)


def hall_and_day(
    session: Session, code: str, for_day: date, *, by: Staff, clock: Clock
) -> tuple[Hall, date, datetime]:
    """Return the hall, its local date today and now, for a question about one of its coming days.

    Raises ``WrongHall``, ``DayHasPassed`` and ``ClosedOnThatDay``.
    """
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    now = lock_hall(session, hall.id).tick(clock)
    calendar = catalogue.calendar(session, hall.id)
    return hall, day_ahead(calendar, for_day, now), now


def day_ahead(calendar: OpeningCalendar, for_day: date, now: datetime) -> date:
    """Return the hall's local date today; raises ``DayHasPassed`` and ``ClosedOnThatDay`` for ``for_day``."""
    today = calendar.local_day(now)
    if for_day < today:
        raise DayHasPassed(day=for_day, today=today)
    if not calendar.spans(for_day):
        raise ClosedOnThatDay(day=for_day)
    return today


def try_plan(
    session: Session, code: str, for_day: date, entries: Sequence[PlanEntry], *, by: Staff, clock: Clock
) -> StudyView:
    """Ask what a draft would do on one of the hall's days, beside the plan that holds on it.

    Raises what ``hall_and_day`` and ``check_entries`` raise.
    """
    hall, today, now = hall_and_day(session, code, for_day, by=by, clock=clock)
    check_entries(session, hall.id, entries)
    question = {
        "for_day": for_day.isoformat(),
        "today": today.isoformat(),
        "base_version": plan_of(
            session, hall.id, catalogue.calendar(session, hall.id).counts_as(for_day)
        ).version,
        "entries": [plain_entry(entry) for entry in entries],
    }
    return ask(session, hall.id, StudyKind.TRIAL, question, by=by, at=now)


def ask_staffing(
    session: Session,
    code: str,
    for_day: date,
    *,
    target_minutes: float,
    share: float,
    by: Staff,
    clock: Clock,
) -> StudyView:
    """Ask how many windows a day needs for ``share`` of its citizens to wait under ``target_minutes``."""
    hall, today, now = hall_and_day(session, code, for_day, by=by, clock=clock)
    question = {
        "for_day": for_day.isoformat(),
        "today": today.isoformat(),
        "target_minutes": target_minutes,
        "share": share,
    }
    return ask(session, hall.id, StudyKind.STAFFING, question, by=by, at=now)


def ask_week(session: Session, code: str, first_day: date, *, by: Staff, clock: Clock) -> StudyView:
    """Ask for plans of seven days from ``first_day`` on; raises ``WrongHall``, ``DayHasPassed``.

    Days that are over or on which the hall is closed are left out, and make-up workdays, which have the plan
    of another weekday; ``ClosedOnThatDay`` if none is left.
    """
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    now = lock_hall(session, hall.id).tick(clock)
    calendar = catalogue.calendar(session, hall.id)
    today = calendar.local_day(now)
    week = [first_day + timedelta(days=ahead) for ahead in range(WEEK)]
    if week[-1] < today:
        raise DayHasPassed(day=week[-1], today=today)
    usual = [day for day in week if calendar.counts_as(day) == day.weekday()]
    days = [day for day in usual if day >= today and calendar.spans(day)]
    if not days:
        raise ClosedOnThatDay(day=first_day)
    question = {
        "for_day": first_day.isoformat(),
        "today": today.isoformat(),
        "days": [day.isoformat() for day in days],
    }
    return ask(session, hall.id, StudyKind.WEEK, question, by=by, at=now)


def accept_week(
    session: Session, study_id: StudyId, days: Sequence[date], *, by: Staff, clock: Clock
) -> StudyView:
    """Let the plans of these days hold from now on, each as its weekday's own; all of them or none.

    Raises ``StudyNotAnswered``, ``NoPlanForThatDay``, ``PlanChangedMeanwhile`` when a weekday has another
    plan by now than the one that was improved on, ``RulesChangedMeanwhile`` when it has other rules.
    """
    hall_id = store.study(session, study_id).hall_id
    by.must_work_in(hall_id)
    now = lock_hall(session, hall_id).tick(clock)
    study = store.study(session, study_id)
    if study.status is not StudyStatus.ANSWERED or study.kind is not StudyKind.WEEK:
        raise StudyNotAnswered(status=study.status)
    plans = {own["day"]: own for own in study.answer["days"] if own["entries"]}
    for day in days:
        own = plans.get(day.isoformat())
        if own is None:
            raise NoPlanForThatDay(day=day)
        must_be_made_under(session, hall_id, day, own.get("rules"))
        publish_plan(
            session, hall_id, [entry_of(entry) for entry in own["entries"]], base_version=own["base_version"],
            by=by, clock=clock, weekday=day.weekday(), only_weekday=True, source="week",
        )  # fmt: skip
    accepted = {"days": [day.isoformat() for day in days], "at": now.isoformat(), "by": by.name}
    store.add_decision(session, study, accepted)
    return study_view(session, study_id, by=by)


def asked_day(study: StoredStudy) -> date:
    """Return the day that a study is about."""
    return date.fromisoformat(study.question["for_day"])


def answered(session: Session, args: dict[str, Any], result: dict[str, Any], *, clock: Clock) -> None:
    """Store what the worker found; a result that comes a second time or for nobody changes nothing."""
    action = StudyAction.FAIL if result.get("reason") else StudyAction.ANSWER
    status = STUDY_TRANSITIONS[StudyStatus.COMPUTING, action]
    store.set_study(
        session,
        StudyId(UUID(args["study_id"])),
        was=StudyStatus.COMPUTING,
        status=status.value,
        answer=result,
        answered_at=clock.now(),
    )


def study_view(session: Session, study_id: StudyId, *, by: Staff) -> StudyView:
    """Return a study; raises ``StudyNotFound``, ``WrongHall``."""
    study = store.study(session, study_id)
    if not by.may_look_into(study.hall_id):
        raise WrongHall(hall=study.hall_id)
    return _view(session, study)


def studies(session: Session, code: str, kind: StudyKind, *, by: Staff) -> list[StudyView]:
    """Return a hall's latest studies of a kind, newest first; raises ``WrongHall``."""
    hall = hall_to_look_into(session, code, by)
    return [_view(session, one) for one in store.studies_of(session, hall.id, kind, limit=LATEST)]


def _view(session: Session, study: StoredStudy) -> StudyView:
    """Return the view; a study whose job has failed or is gone has failed too."""
    if study.status is not StudyStatus.COMPUTING or study.job_id is None:
        return StudyView(study, study.status, 1.0)
    try:
        job = jobs.state(session, study.job_id)
    except jobs.JobNotFound:
        return StudyView(study, StudyStatus.FAILED, 1.0)
    if job.status == "failed":
        return StudyView(study, StudyStatus.FAILED, 1.0)
    return StudyView(study, StudyStatus.COMPUTING, job.progress)
