"""The estimator under supervision: a real process publishes waits, is killed, and comes back."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from app.waits import EstimatorLane, WaitsListener
from kernel.clock import ManualClock
from kernel.database import Database
from kernel.secrets import Vault
from kernel.web.parts import Parts
from queueing import estimate
from queueing.served import served
from tests.support.walk_ins import walk_in

pytestmark = pytest.mark.slow

STARTS_WITHIN_S = 200  # where the engine must be compiled first


@pytest.fixture(autouse=True)
def empty_shelf() -> Iterator[None]:
    served.clear()
    yield
    served.clear()


@pytest.fixture
def running_clock(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the estimator's clock start where the test's stands."""
    monkeypatch.setenv("JINBAN_DEMO__START", clock.now().isoformat())
    monkeypatch.setenv("JINBAN_DEMO__ORIGIN", repr(time.time()))


async def until(holds: Any) -> None:
    async with asyncio.timeout(STARTS_WITHIN_S):
        while not holds():
            await asyncio.sleep(0.05)


def come(database: Database, city: Any, clock: ManualClock, vault: Vault) -> None:
    walk_in(database, city, clock=clock, vault=vault)


async def test_a_killed_estimator_is_replaced_and_meanwhile_the_drain_answers(
    sqlite_parts: Parts,
    sqlite_city: Any,
    vault: Vault,
    clock: ManualClock,
    worker_settings: None,
    running_clock: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parts, city = sqlite_parts, sqlite_city
    for _ in range(3):
        come(parts.database, city, clock, vault)
    ask = estimate.Ask(city.queue_a, clock.now())
    drained = (await parts.database.read(estimate.estimate_on_arrival, [ask], now=clock.now()))[city.queue_a]
    lane = EstimatorLane(parts.bus)
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(work) for work in (WaitsListener(parts.bus).run(), lane.run())]
        await until(lambda: served.get(city.hall, now=clock.now()) is not None)
        await until(lambda: served.summary().halls == {"physical": 2})  # the other hall's come a moment later
        published = (await parts.database.read(estimate.estimate_on_arrival, [ask], now=clock.now()))[
            city.queue_a
        ]
        assert published.wait is not None
        assert published.wait != drained.wait
        assert served.summary().halls == {"physical": 2}

        first = lane.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        with monkeypatch.context() as patch:
            patch.setattr("queueing.served.FRESH_FOR_S", 0.0)  # as if its last word were too old
            without = (await parts.database.read(estimate.estimate_on_arrival, [ask], now=clock.now()))[
                city.queue_a
            ]
            assert without.wait == drained.wait
            assert served.summary().halls == {"drain": 2}

        served.clear()
        come(parts.database, city, clock, vault)

        def line() -> int:
            waits = served.get(city.hall, now=clock.now())
            return 0 if waits is None else len(waits.queues[city.queue_a].line)

        # What the first had sent may still come in after that: four places, not five.
        await until(lambda: line() == 5)  # four who wait, and who joins now
        assert lane.pid not in (None, first)
        for task in running:
            task.cancel()
    assert lane.pid is None


async def test_an_estimator_ends_with_its_parent(
    sqlite_parts: Parts, sqlite_city: Any, worker_settings: None, running_clock: None
) -> None:
    lane = EstimatorLane(sqlite_parts.bus)
    task = asyncio.create_task(lane.run())
    await until(lambda: lane.pid is not None)
    pid = lane.pid
    assert pid is not None
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
