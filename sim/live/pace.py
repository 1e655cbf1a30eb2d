"""Waiting by the demo's clock, and an agenda of what happens later."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from kernel.clock import Clock

Deed = Callable[[], Awaitable[None]]


class Pace:
    """Demo time for coroutines; ``speed`` demo seconds pass in a real one."""

    def __init__(self, clock: Clock, speed: float) -> None:
        self._clock = clock
        self.speed = speed

    def now(self) -> datetime:
        return self._clock.now()

    async def sleep(self, duration: timedelta) -> None:
        """Sleep for a duration of demo time."""
        await asyncio.sleep(max(0.0, duration.total_seconds()) / self.speed)

    async def sleep_until(self, instant: datetime) -> None:
        """Sleep until an instant of the demo's clock, never less; at once if it has passed.

        A timer may ring a moment early, and at high speed a moment is seconds: the plan would not have
        changed yet.
        """
        while (left := instant - self.now()) > timedelta(0):
            await self.sleep(left)

    async def sleep_real(self, seconds: float) -> None:
        """Sleep for real seconds, whatever the speed: for what people or machines do in real time."""
        await asyncio.sleep(seconds)

    def real(self, seconds: float) -> timedelta:
        """Return the demo time that passes in so many real seconds."""
        return timedelta(seconds=seconds * self.speed)


class Agenda:
    """Deeds to be done at instants of the demo's clock; one sleeper for all of them."""

    def __init__(self, pace: Pace, do: Callable[[Deed], None]) -> None:
        self._pace, self._do = pace, do
        self._coming: list[tuple[datetime, int, Deed]] = []
        self._order = count()
        self._earlier = asyncio.Event()

    def at(self, instant: datetime, deed: Deed) -> None:
        """Do something at an instant, or at once if it has passed."""
        heapq.heappush(self._coming, (instant, next(self._order), deed))
        if self._coming[0][2] is deed:
            self._earlier.set()

    def within(self, minutes: float, deed: Deed) -> None:
        """Do something in so many demo minutes."""
        self.at(self._pace.now() + timedelta(minutes=minutes), deed)

    async def run(self) -> None:
        """Hand out deeds when their time has come, until cancelled."""
        while True:
            now = self._pace.now()
            while self._coming and self._coming[0][0] <= now:
                self._do(heapq.heappop(self._coming)[2])
            self._earlier.clear()
            rest = (self._coming[0][0] - now).total_seconds() / self._pace.speed if self._coming else None
            with suppress(TimeoutError):
                await asyncio.wait_for(self._earlier.wait(), rest)
