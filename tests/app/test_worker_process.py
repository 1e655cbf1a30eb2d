"""The worker under supervision: a real process does jobs, dies, is started again."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import psutil
import pytest

from app.child import Child
from app.jobs import JobDispatcher, Lane, Worker, WorkerDied
from app.wiring import JOB_RESULTS, QUICK_JOBS
from kernel import jobs
from kernel.clock import ManualClock
from kernel.ids import JobId
from kernel.jobs import Job
from kernel.web.parts import Parts

pytestmark = pytest.mark.slow


async def ended(parts: Parts, job_id: JobId) -> jobs.JobState:
    async with asyncio.timeout(90):
        while (state := await parts.database.read(jobs.state, job_id)).status in {"waiting", "running"}:
            await asyncio.sleep(0.1)
    return state


async def nobody(_job: Job, _progress: float, _so_far: dict[str, Any] | None) -> None:
    """Nobody listens to progress."""


def job(name: str, **args: Any) -> Job:
    return Job(JobId(uuid4()), name, args, 1)


async def test_a_job_enqueued_with_its_work_is_done_and_its_result_stored(
    sqlite_parts: Parts, sqlite_city: Any, worker_settings: None, clock: ManualClock
) -> None:
    parts = sqlite_parts
    job_id = await parts.database.write(
        jobs.enqueue, "learn_waits", {"hall_id": str(sqlite_city.hall)}, at=clock.now()
    )
    async with JobDispatcher(parts, JOB_RESULTS):
        state = await ended(parts, job_id)
    assert (state.status, state.error) == ("done", "")


async def test_a_job_that_cannot_be_done_says_why(
    sqlite_parts: Parts, sqlite_city: Any, worker_settings: None
) -> None:
    worker = await Worker.start()
    try:
        with pytest.raises(RuntimeError, match="hall-not-found"):
            await worker.run(job("learn_waits", hall_id=str(uuid4())), nobody)
        with pytest.raises(RuntimeError, match="no_such_job"):
            await worker.run(job("no_such_job"), nobody)
    finally:
        await worker.stop()
    assert not worker.alive


async def test_a_worker_that_dies_is_told_apart_from_a_job_that_fails(
    sqlite_parts: Parts, sqlite_city: Any, worker_settings: None
) -> None:
    worker = await Worker.start()
    try:
        os.kill(worker.pid, signal.SIGKILL)
        with pytest.raises(WorkerDied):
            await worker.run(job("learn_waits", hall_id=str(sqlite_city.hall)), nobody)
    finally:
        await worker.stop()


async def until(there: Callable[[], bool]) -> None:
    async with asyncio.timeout(90):
        while not there():
            await asyncio.sleep(0.1)


async def test_the_quick_worker_is_there_before_anybody_asks(
    sqlite_parts: Parts, worker_settings: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.jobs.READY_AFTER_S", 0.0)
    lane = Lane(sqlite_parts, JOB_RESULTS, only=QUICK_JOBS)
    lane.start()
    try:
        await until(lambda: lane.worker is not None and lane.worker.alive)
    finally:
        await lane.stop()


async def test_a_worker_without_jobs_gives_its_memory_back(
    sqlite_parts: Parts, sqlite_city: Any, worker_settings: None, clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("app.jobs.KEPT_IDLE_S", 0.0)
    job_id = await sqlite_parts.database.write(
        jobs.enqueue, "learn_waits", {"hall_id": str(sqlite_city.hall)}, at=clock.now()
    )
    lane = Lane(sqlite_parts, JOB_RESULTS, but=QUICK_JOBS)
    lane.start()
    try:
        assert (await ended(sqlite_parts, job_id)).status == "done"
        await until(lambda: lane.worker is None)
    finally:
        await lane.stop()


async def test_a_stop_that_is_cancelled_still_ends_the_process(worker_settings: None) -> None:
    """The API may be told to stop in the moment in which it gives an idle worker's memory back."""
    child = await Child.start("app.worker")
    stopping = asyncio.create_task(child.stop())
    await asyncio.sleep(0)
    stopping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopping
    assert not child.alive


async def test_a_start_that_is_cancelled_leaves_no_process_behind(worker_settings: None) -> None:
    """The API may be told to stop in the moment in which it starts a worker."""
    ours = psutil.Process()
    before = {child.pid for child in ours.children()}
    starting = asyncio.create_task(Child.start("app.worker"))
    while {child.pid for child in ours.children()} == before:
        await asyncio.sleep(0)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert {child.pid for child in ours.children()} == before
