"""One hall as its simulated people share it: who waits, what the windows serve, when somebody comes."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

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
        self.queue_ids: list[str] = []
        self._level, self._first_day = level, self.today()
        self._listings: tuple[Listing, ...] = ()
        self._listed: tuple[int, date] | None = None
        self._news: asyncio.Future[None] | None = None

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
            Listing(entry["window_id"], entry["queue_id"], entry["from_minute"], entry["to_minute"])
            for entry in answer.body["entries"]
        )

    def staffed(self) -> dict[str, set[str]]:
        """Return the queues of each window that the plan opens at this minute; none on a day off."""
        minute, wanted = self.minute(), defaultdict[str, set[str]](set)
        if self.calendar.spans(self.today()):
            for entry in self._listings:
                if entry.from_minute <= minute < entry.to_minute:
                    wanted[entry.window_id].add(entry.queue_id)
        return wanted

    def next_change(self) -> datetime | None:
        """Return the next instant of today at which the plan opens or closes windows."""
        minute = self.minute()
        edges = {edge for entry in self._listings for edge in (entry.from_minute, entry.to_minute)}
        later = [edge for edge in edges if edge > minute]
        return self.calendar.at_minute(self.today(), min(later)) if later else None

    # --- news ---------------------------------------------------------------------------------------

    def somebody_came(self) -> None:
        """Wake the clerks who have nobody to serve."""
        if self._news is not None and not self._news.done():
            self._news.set_result(None)
        self._news = None

    async def wait_for_somebody(self, longest_s: float) -> None:
        """Sleep until a citizen comes, or for so many real seconds."""
        if self._news is None:
            self._news = asyncio.get_running_loop().create_future()
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._news), longest_s)

    async def look(self) -> Any:
        """Read the public board; learn a new plan and wake the idle if somebody waits."""
        board = (await self.api.get(f"/halls/{self.code}/board")).body
        self.queue_ids = [line["queue_id"] for line in board["queues"]]
        await self.learn_plan(board["plan_version"])
        if any(line["waiting"] for line in board["queues"]):
            self.somebody_came()
        return board
