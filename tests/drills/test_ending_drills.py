"""Told to end (SIGTERM), the program sees what it has accepted to its end, then goes, within ten seconds."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from sqlalchemy import create_engine, select, text
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from kernel import jobs
from queueing.store.tickets import tickets
from tests.support.program import program
from tests.support.traffic import Traffic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kernel.clock import ManualClock
    from kernel.database import Database
    from tests.support.figures import Figures
    from tests.support.program import Program

pytestmark = [pytest.mark.drill, pytest.mark.timeout(300)]

DRAINS_WITHIN_S = 10.0  # what docs/how-to/run.md promises after SIGTERM
GOING_AWAY = 1012  # "service restart": pages come back by themselves
HELD_S = 2.0  # how long somebody else keeps the hall while the program is told to end
SOCKETS = 20


@contextmanager
def hall_held(database: Database) -> Iterator[None]:
    """Keep the hall as another program would: writes wait meanwhile."""
    engine = create_engine(database.url)
    with engine.connect() as rival:
        if database.is_sqlite:
            rival.connection.driver_connection.isolation_level = None  # type: ignore[union-attr]
            rival.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            rival.execute(text("SELECT * FROM hall_clock FOR UPDATE"))
        yield
        rival.exec_driver_sql("ROLLBACK")
    engine.dispose()


async def held_open(url: str) -> tuple[int | None, float]:
    """Follow until the line ends; return its close code and when it came."""
    async with connect(url, proxy=None) as socket:
        try:
            async for _ in socket:
                pass
        except ConnectionClosed:
            pass
        return socket.close_code, time.monotonic()


async def end(running: Program) -> tuple[int, float]:
    """Tell it to end; return its exit code and after how many seconds."""
    begun = time.monotonic()
    running.tell_to_end()
    code = await asyncio.to_thread(running.ended, DRAINS_WITHIN_S + 10)
    return code, time.monotonic() - begun


def labels(database: Database) -> list[str]:
    return sorted(database.read_now(lambda session: session.execute(select(tickets.c.label)).scalars().all()))


@pytest.mark.parametrize("held", [False, True], ids=["in traffic", "while requests wait"])
async def test_what_was_accepted_is_answered_and_sockets_are_told(
    database: Database, city: Any, figures: Figures, held: bool
) -> None:
    """Nobody repeats: an effect without an answer is a cut request, and stands in the database alone."""
    with program(database) as running:
        traffic = Traffic([running.url], city, repeats=False)
        sockets = [asyncio.create_task(held_open(running.live())) for _ in range(SOCKETS)]
        async with traffic.running(kiosks=10, desks=0, pause_s=0.02):
            await asyncio.sleep(3)
            if held:
                with hall_held(database):
                    await asyncio.sleep(HELD_S / 2)
                    ending = asyncio.create_task(end(running))
                    await asyncio.sleep(HELD_S / 2)
            else:
                ending = asyncio.create_task(end(running))
            begun = time.monotonic()
            code, took = await ending
            traffic.stop()
        closed = await asyncio.gather(*sockets)
    stored = labels(database)
    cut = len(stored) - len(traffic.issued)
    figures.note(**traffic.tally.figures, cut=cut, ended_s=took, exit_code=code)
    assert sorted(traffic.issued) == stored
    assert len(stored) > 10
    assert {own for own, _ in closed} == {GOING_AWAY}
    assert max(at for _, at in closed) - begun < 1.0
    assert (code, took < DRAINS_WITHIN_S, traffic.tally.hung, traffic.tally.faults) == (0, True, 0, [])


def children(running: Program) -> list[psutil.Process]:
    return psutil.Process(running.pid).children(recursive=True)


async def test_the_worker_ends_with_the_program_and_its_job_is_done_by_the_next(
    database: Database, city: Any, clock: ManualClock, figures: Figures
) -> None:
    async def status(job_id: Any) -> str:
        return (await database.read(jobs.state, job_id)).status

    async def until(job_id: Any, wanted: str) -> None:
        async with asyncio.timeout(120):
            while await status(job_id) != wanted:
                await asyncio.sleep(0.02)

    with program(database, run_worker="true") as running:
        job_id = await database.write(
            jobs.enqueue, "learn_waits", {"hall_id": str(city.hall)}, at=clock.now()
        )
        await until(job_id, "running")
        await asyncio.sleep(0.3)
        own = children(running)
        assert own
        assert await status(job_id) == "running"
        code, took = await end(running)
        left = [process.pid for process in own if process.is_running()]
        assert (code, left, took < DRAINS_WITHIN_S) == (0, [], True)
        assert await status(job_id) != "done"
        running.start()
        await until(job_id, "done")
        again, again_took = await end(running)
    figures.note(processes=len(own), ended_s=took, ended_idle_s=again_took, exit_code=code)
    assert (again, again_took < DRAINS_WITHIN_S) == (0, True)
