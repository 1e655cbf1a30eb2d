"""One hall as its simulated people share it: who waits, what the windows serve, when somebody comes."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from sim.live.demand import Errands, calendar_of

if TYPE_CHECKING:
    from datetime import date, datetime

    from sim.catalogue import City, HallPlan
    from sim.live.api import Api
    from sim.live.pace import Agenda, Pace
    from sim.live.tokens import HallKeys


@dataclass(frozen=True, slots=True)
class Listing:
    """A window serves a queue between two local minutes, by the plan that holds today."""

    window_id: str
    queue_id: str
    helping: bool
    from_minute: int
    to_minute: int


class Hall:
    """What clerks and citizens of a hall know of each other and of the day."""

    def __init__(
        self,
        city: City,
        plan: HallPlan,
        keys: HallKeys,
        *,
        api: Api,
        pace: Pace,
        agenda: Agenda,
        level: float,
    ) -> None:
        self.city, self.plan, self.keys = city, plan, keys
        self.api, self.pace, self.agenda = api, pace, agenda
        self.chance = Random(plan.seed ^ 0x5EED)
        self.calendar = calendar_of(city, plan)
        self.errands = Errands(city, plan)
        self.waiting: dict[str, str] = {}  # ticket id -> token of a simulated citizen who waits
        self.tokens: dict[str, str] = {}  # the same until the visit is over: who was served may rate it
        self.gone: set[str] = set()  # ticket ids of those who have gone home; a call may cross with them
        self._level, self._first_day = level, self.today()
        self._listings: tuple[Listing, ...] = ()
        self._listed: tuple[int, date] | None = None
        self._idle: dict[str, asyncio.Event] = {}  # window id -> what wakes its clerk

    @property
    def code(self) -> str:
        return self.plan.code

    def today(self) -> date:
        """Return the hall's local date."""
        return self.calendar.local_day(self.pace.now())

    def minute(self) -> float:
        """Return the local minute of the day."""
        return self.calendar.minute_of_day(self.pace.now())

    def is_open(self) -> bool:
        """Return whether tickets are given out."""
        return self.calendar.is_open(self.pace.now())

    def opens_at(self) -> datetime | None:
        """Return when the doors open next, or None when no opening is known."""
        now = self.pace.now()
        span = self.calendar.opening_at(now)
        return None if span is None else max(span.opens_at, now)

    def level_of(self, day: date) -> float:
        """Return how busy a date is, 1 on average; the demo's first day as it was seeded."""
        if day == self._first_day:
            return self._level
        cv = self.plan.demand.day_cv
        return self.chance.gammavariate(1 / cv**2, cv**2) if cv > 0 else 1.0

    # --- the window plan ----------------------------------------------------------------------------

    async def learn_plan(self, version: int | None = None) -> None:
        """Ask for the plan that holds today, unless this version is known already."""
        if version is not None and self._listed == (version, self.today()):
            return
        answer = await self.api.get(f"/halls/{self.code}/plan", token=self.keys.clerks[0].token)
        self._listed = (answer.body["version"], self.today())
        self._listings = tuple(
            Listing(
                entry["window_id"],
                entry["queue_id"],
                entry["helping"],
                entry["from_minute"],
                entry["to_minute"],
            )
            for entry in answer.body["entries"]
        )

    def staffed(self) -> dict[str, set[str]]:
        """Return the queues of each window that the plan opens at this minute; none on a day off."""
        wanted = defaultdict[str, set[str]](set)
        for entry in self._listed_now():
            wanted[entry.window_id].add(entry.queue_id)
        return wanted

    def _listed_now(self) -> list[Listing]:
        minute = self.minute()
        if not self.calendar.spans(self.today()):
            return []
        return [entry for entry in self._listings if entry.from_minute <= minute < entry.to_minute]

    def next_change(self) -> datetime | None:
        """Return the next instant of today at which the plan opens or closes windows."""
        minute = self.minute()
        edges = {edge for entry in self._listings for edge in (entry.from_minute, entry.to_minute)}
        later = [edge for edge in edges if edge > minute]
        return self.calendar.at_minute(self.today(), min(later)) if later else None

    # --- news ---------------------------------------------------------------------------------------

    def somebody_came(self, queue_id: str) -> None:
        """Wake one idle clerk whose window serves a queue: its own windows first, then helping ones."""
        serving = sorted(
            (entry.helping, entry.window_id)
            for entry in self._listed_now()
            if entry.queue_id == queue_id and entry.window_id in self._idle
        )
        if serving:
            self._idle.pop(serving[0][1]).set()

    async def wait_for_somebody(self, window_id: str, longest_s: float) -> None:
        """Sleep until a citizen comes for an idle window, the plan changes, or so many real seconds pass.

        At the plan's edge the clerk must look up by itself: nobody comes any more who would wake it.
        """
        self._idle[window_id] = woken = asyncio.Event()
        change = self.next_change()
        if change is not None:
            left_s = (change - self.pace.now()).total_seconds() / self.pace.speed
            longest_s = min(longest_s, max(0.0, left_s))
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), longest_s)
        finally:
            self._idle.pop(window_id, None)

    async def look(self) -> None:
        """Read the public board; learn a new plan, and wake the idle for people whose coming was missed."""
        board = (await self.api.get(f"/halls/{self.code}/board")).body
        await self.learn_plan(board["plan_version"])
        for line in board["queues"]:
            for _ in range(line["waiting"]):
                self.somebody_came(line["queue_id"])
