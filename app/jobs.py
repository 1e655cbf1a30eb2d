"""The API's side of jobs: claims what is due, hands it to the worker, stores what comes back.

The API process is the only writer and supervises one worker process, which holds numba, models and
OR-tools and reads the database on its own connection. A worker that dies is started again; its job
waits in the table and is tried again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

import structlog

from app.child import Child, ChildDied
from app.lasting import lasting
from kernel import jobs
from kernel.clock import monotonic, wall
from kernel.errors import Refusal
from kernel.ids import JobId, uuid7
from kernel.jobs import Job

if TYPE_CHECKING:
    from types import TracebackType

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.web.parts import Parts

log = structlog.get_logger(__name__)

JobResult = Callable[..., None]
Note = Callable[["Job", float, "dict[str, Any] | None"], Any]
LOOK_EVERY_S = 1.0
LOOK_QUICKLY_S = 0.2  # somebody waits for what this lane does
RESTART_AFTER_S = 2.0
READY_AFTER_S = 10.0  # when the API has settled, the quick lane's worker loads what it will need
KEPT_IDLE_S = 60.0  # the long lane's worker is large: models, solver, engine
GET_READY = "get_ready"
RENEW_EVERY_S = jobs.LEASE.total_seconds() / 4
LONGEST_S = jobs.LONGEST.total_seconds()


class WorkerDied(Exception):
    """The worker ended while it had a job."""


class JobDispatcher:
    """Owns the lanes: one for jobs that take a minute, one for those that somebody waits for."""

    def __init__(
        self, parts: Parts, results: Mapping[str, JobResult], quick: Collection[str] = frozenset()
    ) -> None:
        self._parts = parts
        self._lanes = [Lane(parts, results, but=quick)]
        if quick:
            self._lanes.append(Lane(parts, results, only=quick))
        self._beginning: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._beginning = asyncio.create_task(lasting("jobs", self._begin))
        return self

    async def _begin(self) -> None:
        """Let what a dead process was running wait again, once the database is there; then look for jobs.

        Where several processes run jobs their claims run out instead: what runs may be another's.
        """
        while self._parts.database.is_sqlite:
            with suppress(Refusal):
                await self._parts.database.write(jobs.requeue_running, now=self._parts.clock.now())
                break
            await asyncio.sleep(LOOK_EVERY_S)
        for lane in self._lanes:
            lane.start()

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._beginning is not None:
            self._beginning.cancel()
            with suppress(asyncio.CancelledError):
                await self._beginning
        for lane in self._lanes:
            await lane.stop()


class Lane:
    """A worker process and one job at a time for it.

    The quick lane's is started before it is needed and stays, since somebody waits for its first answer;
    the other's comes with the first job and ends when it has been idle for a minute, to give back memory.
    """

    def __init__(
        self,
        parts: Parts,
        results: Mapping[str, JobResult],
        *,
        only: Collection[str] | None = None,
        but: Collection[str] = (),
    ) -> None:
        self._parts = parts
        self._results = results
        self._only, self._but = only, but
        self._task: asyncio.Task[None] | None = None
        self.worker: Worker | None = None
        self._idle_since = monotonic()

    def start(self) -> None:
        """Begin to look for jobs."""
        self._task = asyncio.create_task(lasting("jobs", self._run))

    async def stop(self) -> None:
        """Stop looking and end the worker."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self.worker is not None:
            await self.worker.stop()

    async def _run(self) -> None:
        while True:
            job = await self._claim()
            if job is None:
                await self._while_idle(monotonic() - self._idle_since)
                await asyncio.sleep(LOOK_EVERY_S if self._only is None else LOOK_QUICKLY_S)
                continue
            await self._do(job)
            self._idle_since = monotonic()

    async def _while_idle(self, seconds: float) -> None:
        """Get the quick lane's worker ready, or end the other's, when there has been nothing for a while."""
        there = self.worker is not None and self.worker.alive
        if self._only is None:
            if self.worker is not None and seconds >= KEPT_IDLE_S:
                worker, self.worker = self.worker, None
                await worker.stop()
        elif not there and seconds >= READY_AFTER_S:
            self._idle_since = monotonic()  # if this fails, not again at once
            try:
                self.worker = await Worker.start()
                await self.worker.run(Job(JobId(uuid7()), GET_READY, {}, 1), self._note_progress)
            except (WorkerDied, RuntimeError) as failure:
                log.warning("worker not ready", why=str(failure))

    async def _claim(self) -> Job | None:
        with suppress(Refusal):  # a busy database: look again
            clock = self._parts.clock
            return await self._parts.database.write(
                jobs.claim, now=clock.now(), wall=wall(clock), only=self._only, but=self._but
            )
        return None

    async def _do(self, job: Job) -> None:
        database, clock = self._parts.database, self._parts.clock
        try:
            if self.worker is None or not self.worker.alive:
                self.worker = await Worker.start()
            result = await self._run_claimed(self.worker, job)
            await database.write(_store, self._results[job.name], job, result, clock=clock)
        except Exception as failure:
            log.exception("job failed", job=job.name, attempts=job.attempts)
            await self._fail(job, failure)
            if isinstance(failure, WorkerDied):
                await asyncio.sleep(RESTART_AFTER_S)

    async def _run_claimed(self, worker: Worker, job: Job) -> dict[str, Any]:
        """Run a job, renew its claim meanwhile, and end a worker that does not come to an end."""
        renewing = asyncio.create_task(self._renew(job))
        try:
            async with asyncio.timeout(LONGEST_S):
                return await worker.run(job, self._note_progress)
        except TimeoutError:
            self.worker = None
            await worker.stop()
            raise WorkerDied(f"no result within {LONGEST_S:.0f} s") from None
        finally:
            renewing.cancel()

    async def _renew(self, job: Job) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY_S)
            with suppress(Refusal):
                await self._parts.database.write(jobs.renew, job, wall=wall(self._parts.clock))

    async def _fail(self, job: Job, failure: Exception) -> None:
        """Write that a job failed, however long the database is away: unwritten it would count as running."""
        why = f"{type(failure).__name__}: {failure}"
        while True:
            with suppress(Refusal):
                await self._parts.database.write(jobs.fail, job, why, now=self._parts.clock.now())
                return
            await asyncio.sleep(LOOK_EVERY_S)

    async def _note_progress(self, job: Job, progress: float, so_far: dict[str, Any] | None) -> None:
        await self._parts.database.write(jobs.note_progress, job.id, progress, so_far)


def _store(session: Session, store: JobResult, job: Job, result: dict[str, Any], *, clock: Clock) -> None:
    if not jobs.is_ours(session, job):
        return
    store(session, job.args, result, clock=clock)
    jobs.finish(session, job.id, now=clock.now())


class Worker:
    """A running worker process."""

    def __init__(self, child: Child) -> None:
        self._child = child

    @classmethod
    async def start(cls) -> Worker:
        return cls(await Child.start("app.worker"))

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def alive(self) -> bool:
        return self._child.alive

    async def run(self, job: Job, note: Note) -> dict[str, Any]:
        """Return the job's result; raises ``WorkerDied`` or RuntimeError with the job's own message."""
        try:
            await self._child.send({"id": str(job.id), "name": job.name, "args": job.args})
            while True:
                frame = await self._child.receive()
                if "progress" in frame:
                    await note(job, float(frame["progress"]), frame.get("so_far"))
                elif "error" in frame:
                    raise RuntimeError(frame["error"])
                else:
                    result: dict[str, Any] = frame["result"]
                    return result
        except ChildDied as gone:
            raise WorkerDied(str(gone)) from gone

    async def stop(self) -> None:
        """End the worker, with force if it does not go by itself."""
        await self._child.stop()
