"""Play one day of a scenario in the real app, bounded in count and time."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import httpx2

from kernel.clock import SystemClock
from sim.live.api import MOST_AT_ONCE, TIMEOUT_S, Answer, Api
from sim.live.pace import Agenda, Pace
from sim.load.citizens import Citizens
from sim.load.clerk import Clerk
from sim.load.floor import Floor
from sim.load.place import ZONE
from sim.load.record import DayFigures, Delays, TicketRecord, figures_of
from sim.load.screens import Audience, Watched, watched
from sim.load.server import live_hall
from sim.seed.demoday import demo_day

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from sim.load.people import Crowd
    from sim.load.server import LiveHall
    from sim.scenario import Scenario

PRELUDE_S, BOOKING_S = 4.0, 0.25  # real seconds that opening the screens, and one booking, may take
GOODBYE_S = 3.0  # real seconds in which clerks close their windows when everybody has left
SPARE_S = 60.0  # real seconds beyond the planned day after which the run is ended by force
LONGEST_EVENING = 3.0  # hours of the hall's time that whoever is inside may take after closing


class TooSlow(RuntimeError):
    """The machine or the app could not keep up; the text says with what."""


class TimedApi(Api):
    """The public API with a stopwatch: seconds of each kind of request, and what went wrong."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        super().__init__(client)
        self.seconds: dict[str, list[float]] = defaultdict(list)

    async def post(self, path: str, *args: Any, **kwargs: Any) -> Answer:
        begun = time.perf_counter()
        try:
            return await super().post(path, *args, **kwargs)
        finally:
            self.seconds[path.rsplit("/", 1)[-1]].append(time.perf_counter() - begun)


@dataclass(frozen=True, slots=True)
class LiveDay:
    """What one live day brought. ``request_seconds`` by kind of request; ``unexpected`` must be 0."""

    figures: DayFigures
    records: list[TicketRecord]
    calls: tuple[int, ...]
    no_shows: tuple[int, ...]
    delays: Delays
    watched: Watched
    request_seconds: dict[str, list[float]]
    repeated: int
    errors: tuple[str, ...]
    real_seconds: float


def play_live(scenario: Scenario, crowd: Crowd, *, speed: float, screens: int, phones: int) -> LiveDay:
    """Serve the scenario's hall in an app of its own, let the crowd live its day, and end everything.

    Raises ``ServerTrouble`` when the app does not start, ``TooSlow`` when the day does not keep up.
    """
    zone = ZoneInfo(ZONE)
    today = demo_day(SystemClock().now().date())
    midnight = datetime.combine(today, datetime.min.time(), zone)
    opens = midnight + timedelta(minutes=scenario.model.opens_minutes)
    booked = sum(person.due is not None for person in crowd.people) + len(crowd.absent)
    ready_by = opens - scenario.model.policy.appointment_credit
    prelude_s = PRELUDE_S + BOOKING_S * booked
    with live_hall(scenario, ready_by=ready_by, prelude_s=prelude_s, speed=speed) as hall:
        return asyncio.run(_Day(scenario, crowd, hall, midnight, screens, phones).run())


class _Day:
    """One day in one running app."""

    def __init__(
        self,
        scenario: Scenario,
        crowd: Crowd,
        hall: LiveHall,
        midnight: datetime,
        screens: int,
        phones: int,
    ) -> None:
        self._scenario, self._crowd, self._hall, self._midnight = scenario, crowd, hall, midnight
        self._screens, self._phones = screens, phones
        self._errors: list[str] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> LiveDay:
        begun = time.perf_counter()
        limits = httpx2.Limits(
            max_connections=MOST_AT_ONCE + self._phones, max_keepalive_connections=MOST_AT_ONCE + self._phones
        )
        async with httpx2.AsyncClient(
            base_url=self._hall.base, timeout=TIMEOUT_S, limits=limits, trust_env=False
        ) as client:
            api = TimedApi(client)
            pace = Pace(self._hall.clock, self._hall.clock.speed)
            agenda = Agenda(pace, lambda deed: self._spawn(deed()))
            floor = Floor(
                *(self._scenario.model, self._scenario.plan, self._crowd),
                keys=self._hall.keys,
                queue_ids=self._hall.queue_ids,
                midnight=self._midnight,
                api=api,
                pace=pace,
                agenda=agenda,
            )
            audience = Audience(self._hall.base, client, screens=self._screens, phones=self._phones)
            try:
                await self._live(floor, audience)
            finally:
                for task in self._tasks:
                    task.cancel()
                await asyncio.gather(*self._tasks, return_exceptions=True)
                await audience.close()
        return self._told(floor, api, audience, time.perf_counter() - begun)

    async def _live(self, floor: Floor, audience: Audience) -> None:
        citizens = Citizens(floor, audience.follow)
        await audience.open()
        await citizens.book()
        credit = self._scenario.model.policy.appointment_credit / timedelta(minutes=1)
        if floor.now() > floor.model.opens_minutes - credit:
            raise TooSlow("the hall opened before everybody had booked: choose a lower speed")
        citizens.plan()
        self._spawn(floor.agenda.run())
        clerks = asyncio.create_task(self._clerks(floor))
        left = asyncio.create_task(self._until_left(floor))
        closes = floor.at(floor.model.closes_minutes) + timedelta(hours=LONGEST_EVENING)
        left_s = (closes - floor.pace.now()).total_seconds() / floor.pace.speed
        try:
            async with asyncio.timeout(left_s + SPARE_S):
                await asyncio.wait((clerks, left), return_when=asyncio.FIRST_COMPLETED)
                await asyncio.wait((clerks,), timeout=GOODBYE_S)
        except TimeoutError:
            self._errors.append("the day did not end by itself")
        finally:
            for task in (clerks, left):
                task.cancel()
            await asyncio.gather(clerks, left, return_exceptions=True)
        floor.turn_away()
        await citizens.count_no_shows()
        await asyncio.sleep(1.0)  # the last frames are on their way to the screens

    async def _until_left(self, floor: Floor) -> None:
        await floor.everybody_left.wait()

    async def _clerks(self, floor: Floor) -> None:
        windows = range(len(floor.model.windows))
        await asyncio.gather(*(self._guarded(Clerk(floor, window).run()) for window in windows))

    def _spawn(self, work: Coroutine[Any, Any, None] | Any) -> None:
        task = asyncio.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Any) -> None:
        try:
            await work
        except Exception as trouble:  # one person's trouble must not end the day; it is counted and told
            self._errors.append(f"{type(trouble).__name__}: {trouble}")

    def _told(self, floor: Floor, api: TimedApi, audience: Audience, seconds: float) -> LiveDay:
        calls = {floor.records[index].label: floor.records[index].called_at for index in floor.calls}
        clock = self._hall.clock

        def real(at: str) -> float:
            return clock.origin + (datetime.fromisoformat(at) - clock.start).total_seconds() / clock.speed

        return LiveDay(
            figures=figures_of(floor.records),
            records=floor.records,
            calls=tuple(floor.calls),
            no_shows=tuple(floor.no_shows),
            delays=floor.delays,
            watched=watched(audience, calls, real),
            request_seconds=dict(api.seconds),
            repeated=api.counts["repeated"],
            errors=tuple(self._errors),
            real_seconds=seconds,
        )
