"""Published waits on their way: from the estimator process over the bus to every API process's memory.

Where jobs run, one process leads and keeps an estimator; whoever serves requests listens. What is lost on
the way is old news some seconds later, and without news the API serves the drain formula by itself.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog

from app.child import Child, ChildDied
from kernel import jobs
from kernel.bus import BusDown
from kernel.errors import Refusal
from queueing.rules.published import CORRECTIONS, waits_of
from queueing.served import served

if TYPE_CHECKING:
    from kernel.bus import Bus
    from kernel.web.parts import Parts

log = structlog.get_logger(__name__)

TOPIC = "waits"
RESTART_AFTER_S = 2.0
LEADS_FOR_S = 10.0
LOOK_EVERY_S = 3.0
LEARN_FIRST_AFTER = timedelta(minutes=10)  # not while somebody tries the first proposal
SILENT_FOR_S = 300.0  # compiling the engine on a slow machine takes two minutes; a round never does


class WaitsListener:
    """Keeps what is published, in this process."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def run(self) -> None:
        """Listen until cancelled."""
        async with self._bus.subscribe(TOPIC) as news:
            async for message in news:
                if message is not None:  # None: some were lost, newer ones are on their way
                    _keep(message)


def _keep(message: bytes) -> None:
    try:
        served.put(waits_of(json.loads(message)))
    except (KeyError, TypeError, ValueError) as broken:
        log.warning("waits not understood", problem=repr(broken))


class EstimatorLane:
    """Keeps an estimator process alive while this process leads, and passes on what it says."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._holder = uuid4().hex
        self._child: Child | None = None

    @property
    def pid(self) -> int | None:
        """The estimator's process, while there is one."""
        return self._child.pid if self._child is not None and self._child.alive else None

    async def run(self) -> None:
        """Supervise until cancelled; an estimator that dies is started again."""
        try:
            while True:
                if await self._leads():
                    await self._supervise()
                    await asyncio.sleep(RESTART_AFTER_S)
                else:
                    await asyncio.sleep(LOOK_EVERY_S)
        finally:
            await self._stop()
            with suppress(BusDown):
                await self._bus.resign(TOPIC, self._holder)

    async def _leads(self) -> bool:
        try:
            return await self._bus.lead(TOPIC, self._holder, ttl_s=LEADS_FOR_S)
        except BusDown:
            return False

    async def _supervise(self) -> None:
        """Pass on what one estimator says until it dies or another process leads."""
        self._child = await Child.start("app.estimator")
        leading = asyncio.create_task(self._lead_on())
        try:
            while not leading.done():
                async with asyncio.timeout(SILENT_FOR_S):
                    frame = await self._child.receive()
                if "waits" in frame:
                    with suppress(BusDown):
                        await self._bus.publish(TOPIC, json.dumps(frame["waits"]).encode())
        except (ChildDied, TimeoutError) as gone:
            log.warning("estimator ended or hangs, it is started again", reason=repr(gone))
        finally:
            leading.cancel()
            with suppress(asyncio.CancelledError):
                await leading
            await self._stop()

    async def _lead_on(self) -> None:
        """Return when another process leads."""
        while await self._leads():
            await asyncio.sleep(LOOK_EVERY_S)

    async def _stop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            await child.stop()


async def learn_first(parts: Parts) -> None:
    """Let a correction be learned soon where there is none yet; a busy database is asked again tonight."""
    if any(parts.settings.model_dir.glob(CORRECTIONS)):
        return
    with suppress(Refusal):
        at = parts.clock.now() + LEARN_FIRST_AFTER
        await parts.database.write(jobs.enqueue, "learn_correction", {}, at=at)
