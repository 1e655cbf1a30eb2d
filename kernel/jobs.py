"""Work for the worker process: enqueued by name in the caller's transaction, claimed by one dispatcher.

The API never imports a package's ``jobs.py`` (numba, models and OR-tools live there); it knows names.
Whoever runs a job renews its claim; a job whose process died is claimed again after ``LEASE``, by any.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, func, insert, or_, select, true, update

from kernel.errors import NotFound
from kernel.ids import JobId, uuid7
from kernel.inserting import insert_into
from kernel.work_tables import JobRow

if TYPE_CHECKING:
    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.database import Database
    from kernel.settings import Settings

_table = JobRow.__table__

LEASE = timedelta(minutes=2)  # on the machine's own clock, as those who run jobs are real
LONGEST = timedelta(minutes=10)  # of one run; a proposal, the longest job, is boxed at one minute
ATTEMPTS = 3
KEPT_FOR = timedelta(days=2)


class JobNotFound(NotFound):
    code, title = "job-not-found", "There is no such job."


@dataclass(frozen=True, slots=True)
class JobContext:
    """What a job function may use: reads, the clock, and a way to say how far it is (0 to 1).

    ``so_far`` takes what it has found by now, sent with the next progress; ``stopped`` says whether a
    person wants the job to end with that.

    A job writes nothing; it returns plain JSON, which the API stores through a use case.
    """

    database: Database
    clock: Clock
    settings: Settings
    progress: Callable[[float], None]
    so_far: Callable[[dict[str, Any]], None] = lambda _: None
    stopped: Callable[[], bool] = lambda: False


JobFunction = Callable[[JobContext, dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Job:
    """What the worker is handed."""

    id: JobId
    name: str
    args: dict[str, Any]
    attempts: int


@dataclass(frozen=True, slots=True)
class JobState:
    """How a job stands: ``status`` is waiting, running, done or failed; ``progress`` runs from 0 to 1.

    ``so_far`` is what it has found by now, empty for jobs that do not say.
    """

    id: JobId
    name: str
    status: str
    progress: float
    error: str
    so_far: dict[str, Any] = field(default_factory=dict)
    stop_asked: bool = False


def enqueue(session: Session, name: str, args: dict[str, Any], *, at: datetime) -> JobId:
    """Put a job in the table; it runs no earlier than ``at`` and only if this transaction commits."""
    job_id = JobId(uuid7())
    session.execute(insert(_table).values(**_new(job_id, name, args, at)))
    return job_id


def enqueue_once(session: Session, name: str, args: dict[str, Any], *, key: str, at: datetime) -> bool:
    """Put a job in the table unless one of this name and key is kept there; return whether it was.

    The schema says so too: of several processes that ask at once one does.
    """
    own = {**_new(JobId(uuid7()), name, args, at), "once_key": f"{name}:{key}"}
    added = insert_into(session, _table).values(**own).on_conflict_do_nothing(index_elements=["once_key"])
    return session.execute(added.returning(_table.c.id)).one_or_none() is not None


def _new(job_id: JobId, name: str, args: dict[str, Any], at: datetime) -> dict[str, Any]:
    return {
        **{"id": job_id, "name": name, "args": args, "status": "waiting", "run_at": at},
        **{"attempts": 0, "progress": 0.0, "error": "", "so_far": {}, "stop_asked": False},
    }


def withdraw(session: Session, job_id: JobId) -> None:
    """Take back a job that has not begun; one that runs goes on, and its result finds nobody."""
    session.execute(delete(_table).where(_table.c.id == job_id, _table.c.status == "waiting"))


def claim(
    session: Session,
    *,
    now: datetime,
    wall: datetime | None = None,
    only: Collection[str] | None = None,
    but: Collection[str] = (),
) -> Job | None:
    """Take the job that has been due longest, or None; of rival dispatchers one gets it.

    ``only`` names the jobs to choose from (None: all), ``but`` those to leave to others. ``wall`` is the
    machine's own time where the hall's clock is another (None: ``now``).
    """
    wall = wall or now
    _give_up_lost(session, _is_lost(wall), now=now)
    expired = and_(_table.c.status == "running", _is_lost(wall))
    due = and_(_table.c.status == "waiting", _table.c.run_at <= now)
    job_id = session.execute(
        select(_table.c.id)
        .where(
            or_(due, expired), _table.c.name.not_in(but), true() if only is None else _table.c.name.in_(only)
        )
        .order_by(_table.c.run_at, _table.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).scalar_one_or_none()
    if job_id is None:
        return None
    row = session.execute(
        update(_table)
        .where(_table.c.id == job_id)
        .values(status="running", started_at=now, claimed_until=wall + LEASE, attempts=_table.c.attempts + 1)
        .returning(_table.c.id, _table.c.name, _table.c.args, _table.c.attempts)
    ).one()
    return Job(JobId(row.id), row.name, row.args, row.attempts)


def _is_lost(wall: datetime) -> Any:
    return or_(_table.c.claimed_until.is_(None), _table.c.claimed_until < wall)


def _give_up_lost(session: Session, which: Any, *, now: datetime) -> None:
    """Let jobs fail whose process ended at each of their attempts: it may be they that end it."""
    lost = and_(_table.c.status == "running", which, _table.c.attempts >= ATTEMPTS)
    values = {"status": "failed", "ended_at": now, "error": "the process that ran it ended each time"}
    session.execute(update(_table).where(lost).values(**values))


def renew(session: Session, job: Job, *, wall: datetime) -> None:
    """Keep a job that still runs from being claimed by others."""
    own = and_(_table.c.id == job.id, _table.c.status == "running", _table.c.attempts == job.attempts)
    session.execute(update(_table).where(own).values(claimed_until=wall + LEASE))


def is_ours(session: Session, job: Job) -> bool:
    """Return, and lock, whether a job is still claimed as it was: else its result is another's to store."""
    own = and_(_table.c.id == job.id, _table.c.status == "running", _table.c.attempts == job.attempts)
    return session.execute(select(_table.c.id).where(own).with_for_update()).one_or_none() is not None


def note_progress(
    session: Session, job_id: JobId, progress: float, so_far: dict[str, Any] | None = None
) -> None:
    """Store how far a running job is, from 0 to 1, and what it has found by now."""
    values = {"progress": progress} if so_far is None else {"progress": progress, "so_far": so_far}
    session.execute(
        update(_table).where(_table.c.id == job_id, _table.c.status == "running").values(**values)
    )


def ask_to_stop(session: Session, job_id: JobId) -> None:
    """Ask a job to end with what it has found by now; one that still waits will end at once when it runs."""
    session.execute(
        update(_table)
        .where(_table.c.id == job_id, _table.c.status.in_(("waiting", "running")))
        .values(stop_asked=True)
    )


def stop_asked(session: Session, job_id: JobId) -> bool:
    """Return whether somebody asked a job to stop."""
    asked = session.execute(select(_table.c.stop_asked).where(_table.c.id == job_id)).scalar_one_or_none()
    return bool(asked)


def counts(session: Session, *, now: datetime) -> dict[str, int]:
    """Return how many jobs are due and wait, run, or failed within the time that jobs are kept."""
    due = (_table.c.status != "waiting") | (_table.c.run_at <= now)
    rows = session.execute(select(_table.c.status, func.count()).where(due).group_by(_table.c.status))
    return {"waiting": 0, "running": 0, "failed": 0} | {status: n for status, n in rows if status != "done"}


@dataclass(frozen=True, slots=True)
class Standstill:
    """What does not go on: since when the longest-due job waits, how many hang, and names of failed ones."""

    due_since: datetime | None
    hanging: int
    failed: tuple[str, ...]


def standstill(session: Session, *, now: datetime) -> Standstill:
    """Return what a worker that is well would have done by now."""
    due = select(func.min(_table.c.run_at)).where(_table.c.status == "waiting", _table.c.run_at <= now)
    hanging = select(func.count()).where(_table.c.status == "running", _table.c.started_at < now - LONGEST)
    failed = select(_table.c.name).where(_table.c.status == "failed").distinct().order_by(_table.c.name)
    return Standstill(
        session.execute(due).scalar_one(),
        session.execute(hanging).scalar_one(),
        tuple(session.execute(failed).scalars()),
    )


def finish(session: Session, job_id: JobId, *, now: datetime) -> None:
    """Note that a job's result was taken over."""
    session.execute(
        update(_table)
        .where(_table.c.id == job_id)
        .values(status="done", ended_at=now, progress=1.0, error="")
    )


def fail(session: Session, job: Job, error: str, *, now: datetime) -> None:
    """Note why a job failed; it is tried again, later each time, until its attempts are used up."""
    again = job.attempts < ATTEMPTS
    session.execute(
        update(_table)
        .where(_table.c.id == job.id, _table.c.attempts == job.attempts)
        .values(
            status="waiting" if again else "failed",
            run_at=now + timedelta(seconds=5 * 2**job.attempts),
            ended_at=None if again else now,
            error=error[:2000],
        )
    )


def requeue_running(session: Session, *, now: datetime) -> None:
    """At the start of the one process that runs jobs: what the one before was running waits again."""
    _give_up_lost(session, true(), now=now)
    session.execute(update(_table).where(_table.c.status == "running").values(status="waiting", run_at=now))


def state(session: Session, job_id: JobId) -> JobState:
    """Return how a job stands; raises ``JobNotFound``."""
    row = session.execute(select(_table).where(_table.c.id == job_id)).one_or_none()
    if row is None:
        raise JobNotFound(job=job_id)
    return JobState(JobId(row.id), row.name, row.status, row.progress, row.error, row.so_far, row.stop_asked)


def forget_done(session: Session, now: datetime) -> None:
    """Delete jobs that ended long ago."""
    session.execute(delete(_table).where(_table.c.ended_at < now - KEPT_FOR))
