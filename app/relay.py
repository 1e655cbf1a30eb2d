"""The relay: outbox -> bus, one leader at a time, unpublished rows in id order.

Woken after each commit of this process and every ``PATIENCE_S`` besides, so events of other processes
are published too. With the bus away nothing is marked and everything is published when it is back.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog

from kernel import outbox
from kernel.bus import Bus, BusDown

if TYPE_CHECKING:
    from kernel.clock import Clock
    from kernel.database import Database
from kernel.errors import Refusal

log = structlog.get_logger(__name__)

PATIENCE_S = 0.5
LEADS_FOR_S = 5.0


def topic(hall_id: object) -> str:
    """Return the bus topic of a hall's events."""
    return f"hall.{hall_id}"


class Relay:
    """Publishes what the outbox promises."""

    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._holder = uuid4().hex
        self._woken = asyncio.Event()
        self._away = False

    def wake(self) -> None:
        """Say that something was committed; thread-safe only from the event loop."""
        self._woken.set()

    async def run(self) -> None:
        """Relay until cancelled."""
        try:
            while True:
                self._woken.clear()
                await self._relay_what_can_be()
                # Not wait_for: before Python 3.12 it can swallow the cancellation that ends us.
                with suppress(TimeoutError):
                    async with asyncio.timeout(PATIENCE_S):
                        await self._woken.wait()
        finally:
            with suppress(BusDown):
                await self._bus.resign("relay", self._holder)

    async def _relay_what_can_be(self) -> None:
        """Relay; bus and database are back sooner or later, the outbox keeps, and the log says it once."""
        try:
            await self.relay_once()
        except (BusDown, Refusal) as away:
            if not self._away:
                log.warning("events are not passed on", away=type(away).__name__)
            self._away = True
        else:
            if self._away:
                log.warning("events are passed on again")
            self._away = False

    async def relay_once(self) -> int:
        """Publish all that is unpublished, as long as this process leads; return how many events went out."""
        published = 0
        # Asked before each batch: many batches take longer than a lead lasts.
        while await self._bus.lead("relay", self._holder, ttl_s=LEADS_FOR_S):
            batch = await self._database.read(outbox.unpublished)
            if not batch:
                break
            taken: list[int] = []
            try:
                for row_id, frame in batch:
                    await self._bus.publish(topic(frame.hall_id), frame.model_dump_json().encode())
                    taken.append(row_id)
            finally:
                if taken:
                    await self._database.write(outbox.mark_published, taken, self._clock.now())
            published += len(taken)
        return published
