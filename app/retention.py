"""Every night each hall's personal data that is past its time is erased, some rows a unit of work."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from app.tidying import PAUSE_S, Tidying
from booking.service import anything_due, erase_due
from kernel import catalogue
from kernel.clock import Leaps
from kernel.errors import Refusal

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlmodel import Session

    from kernel.ids import HallId
    from kernel.web.parts import Parts

log = structlog.get_logger(__name__)

EVERY_S = 60.0  # how often it is looked whether a hall's day has changed


class Retention:
    """Looks after each hall once a local day; killed at any point, it goes on with what is left."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._days: dict[HallId, date] = {}
        self._tidying = Tidying(parts)
        self._leaps = Leaps(parts.clock)

    async def run(self) -> None:
        """Go round until cancelled; what is busy is done next time."""
        while True:
            await self.once()
            await asyncio.sleep(EVERY_S)

    async def once(self) -> None:
        """Look after every hall whose local day is a new one, then after what belongs to none."""
        database, clock = self._parts.database, self._parts.clock
        if self._leaps.ahead() is not None:
            return  # what is erased before its time does not come back when the clock does
        try:
            days = await database.read(_local_days, clock.now())
        except Refusal:
            return
        fresh = [hall_id for hall_id, day in days.items() if self._days.get(hall_id) != day]
        for hall_id in fresh:
            try:
                await self._erase(hall_id)
            except Refusal as refused:
                log.warning("personal data not erased", hall=str(hall_id), code=refused.code)
            except Exception:
                log.exception("an error of ours while erasing personal data", hall=str(hall_id))
            else:
                self._days[hall_id] = days[hall_id]
        if days:
            await self._tidying.once(max(days.values()))

    async def _erase(self, hall_id: HallId) -> None:
        database, clock = self._parts.database, self._parts.clock
        if not await database.read(anything_due, hall_id, now=clock.now()):
            return
        appointments = visits = 0
        while True:
            erased = await database.write(erase_due, hall_id, clock=clock)
            appointments += erased.appointments
            visits += erased.visits
            if erased.done:
                break
            await asyncio.sleep(PAUSE_S)
        log.info("personal data erased", hall=str(hall_id), appointments=appointments, visits=visits)


def _local_days(session: Session, now: datetime) -> dict[HallId, date]:
    calendars = catalogue.calendars(session, [hall.id for hall in catalogue.halls(session)])
    return {hall_id: calendar.local_day(now) for hall_id, calendar in calendars.items()}
