"""All simulated people of the demo at once, until they are told to stop."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import TYPE_CHECKING, Any

import structlog

from sim.live.api import Api, Unexpected, Unreachable
from sim.live.bookers import Bookers, come
from sim.live.citizens import WalkIns, follow
from sim.live.hall import Hall
from sim.live.pace import Agenda, Pace
from sim.live.raters import look_back
from sim.live.shift import Shift

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    import httpx2

    from kernel.clock import Clock
    from sim.catalogue import City
    from sim.live.pace import Deed
    from sim.live.tokens import DemoKeys

log = structlog.get_logger(__name__)

FIRST_PERSON = 2_000_000  # telephone numbers below belong to those who had booked before the demo began
AGAIN_S = 5.0  # real seconds before somebody whose server was away, or who met an error, starts anew


class Driver:
    """The people of a city: walk-ins, bookers and clerks of each hall, all through the API."""

    def __init__(
        self, city: City, keys: DemoKeys, *, client: httpx2.AsyncClient, clock: Clock, speed: float
    ) -> None:
        self._keys = keys
        self.api = Api(client)
        self.errors = 0
        self._pace = Pace(clock, speed)
        self._agenda = Agenda(self._pace, lambda deed: self._spawn(self._do(deed)))
        self._tasks: set[asyncio.Task[object]] = set()
        self.halls = {
            own.code: Hall(
                *(city, city.halls[own.code], own),
                api=self.api,
                pace=self._pace,
                agenda=self._agenda,
                level=keys.level,
            )
            for own in keys.halls
        }

    async def run(self) -> None:
        """Live the days of the city until cancelled; then everybody stops where they are."""
        people = count(FIRST_PERSON)
        try:
            for hall in self.halls.values():
                walk_ins, bookers = WalkIns(hall), Bookers(hall, people)
                for life in (Shift(hall, self._spawn_again).run, walk_ins.run, bookers.run):
                    self._spawn(self._again(life))
            self._take_over()
            await self._agenda.run()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _take_over(self) -> None:
        """Go on with whoever waited or had booked when the demo was seeded."""
        now = self._pace.now()
        for visit in self._keys.visits:
            follow(self.halls[visit.hall], visit.ticket_id, visit.token)
        for visit in self._keys.served:
            look_back(self.halls[visit.hall], visit.token)
        for booked in self._keys.appointments:
            if booked.shows and booked.starts_at > now:
                come(self.halls[booked.hall], booked.token, booked.starts_at)

    def _spawn(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _spawn_again(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a clerk's shift once; whatever ends it, the hall's next look sits somebody down again."""
        self._spawn(self._guarded(work))

    async def _again(self, life: Callable[[], Awaitable[None]]) -> None:
        """Live again after trouble: a driver that gave up would leave a hall standing still."""
        while not await self._guarded(life()):
            await asyncio.sleep(AGAIN_S)

    async def _do(self, deed: Deed) -> None:
        await self._guarded(deed())

    async def _guarded(self, work: Awaitable[None]) -> bool:
        """Return whether the work came to its end; trouble is counted and told, not passed on."""
        try:
            await work
        except Unreachable as away:
            log.warning("server away", asked=str(away))
        except Unexpected as refused:
            self.errors += 1
            log.error("unexpected refusal", asked=str(refused))
        except Exception:
            self.errors += 1
            log.exception("somebody stumbled")
        else:
            return True
        return False
