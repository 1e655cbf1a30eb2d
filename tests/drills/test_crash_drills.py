"""API processes are killed again and again under load: what was acknowledged is there, once."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.followers import following
from tests.support.program import program
from tests.support.reckoning import reckon
from tests.support.traffic import PATIENCE_S, Traffic

if TYPE_CHECKING:
    from kernel.database import Database
    from tests.support.figures import Figures
    from tests.support.program import Program

pytestmark = [pytest.mark.drill, pytest.mark.timeout(600)]

KILLS = 8
BETWEEN_S = 4.0
SCREENS = 50
BACK_WITHIN_S = 5.0  # a socket, after somebody serves
PROCESSES = {"sqlite": 1, "postgres": 2}  # SQLite has one writer


async def kill_and_start(victim: Program) -> float:
    """Kill a process and start it again at once, as whoever keeps it alive does; return when it was ready."""
    await asyncio.to_thread(victim.kill)
    await asyncio.to_thread(victim.start)
    return time.monotonic()


async def test_killed_processes_lose_nothing_and_screens_come_back(
    database: Database, city: Any, figures: Figures
) -> None:
    """Numbers, calls and bookings are asked for with one key each until they are answered."""
    ready_at, since_kill, since_ready = [], [], []
    with ExitStack() as stack:
        count = PROCESSES["sqlite" if database.is_sqlite else "postgres"]
        running = [stack.enter_context(program(database)) for _ in range(count)]
        traffic = Traffic([own.url for own in running], city)
        async with AsyncExitStack() as waiting:
            screens = await waiting.enter_async_context(following([own.live() for own in running], SCREENS))
            await waiting.enter_async_context(traffic.running(kiosks=6, desks=3, citizens=3))
            for number in range(KILLS):
                await asyncio.sleep(BETWEEN_S)
                killed_at = time.monotonic()
                ready_at.append(await kill_and_start(running[number % count]))
                await screens.until(lambda own: own.there, 30)
                back = [at for own in screens.all for at in own.back_at if at > killed_at]
                since_kill.append(max(back) - killed_at)
                since_ready.append(max(0.0, max(back) - ready_at[-1]))
            traffic.stop()
            newest = traffic.called[-1]
            shown_after_s = await screens.until(lambda own: newest in own.seen_at, 10)
        kept = reckon(database, traffic)
    tally = traffic.tally
    figures.note(
        kills=KILLS, processes=count, screens=SCREENS, **tally.figures, **kept,
        sockets_back_after_kill_s=max(since_kill), sockets_back_after_ready_s=max(since_ready),
        shown_after_s=shown_after_s,
    )  # fmt: skip
    assert min(kept.values()) > 10
    assert tally.broken >= KILLS
    assert (tally.faults[:3], tally.hung, tally.slowest_s < PATIENCE_S) == ([], 0, True)
    # Of two processes the other serves meanwhile; of one, the time counts from when it is back.
    assert max(since_kill if count > 1 else since_ready) < BACK_WITHIN_S
    assert {own.went_back for own in screens.all} == {0}
