"""Every night each hall's personal data that is past its time is erased, some rows a unit of work."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from booking.mine.sessions import tidy_lists
from booking.no_shows.retention import forget_over as forget_no_shows
from booking.service import anything_due, erase_due, sweep_holds
from kernel import catalogue
from kernel.audit_check import forget_old
from kernel.clock import wall
from kernel.errors import Refusal
from kernel.sessions import forget_ended
from queueing.notices.store import forget_over

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlmodel import Session

    from kernel.ids import HallId
    from kernel.web.parts import Parts

log = structlog.get_logger(__name__)

EVERY_S = 60.0  # how often it is looked whether a hall's day has changed
PAUSE_S = 0.2  # between two units of work: whoever calls or books goes first


class Retention:
    """Looks after each hall once a local day; killed at any point, it goes on with what is left."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._days: dict[HallId, date] = {}

    async def run(self) -> None:
        """Go round until cancelled; what is busy is done next time."""
        while True:
            await self.once()
            await asyncio.sleep(EVERY_S)

    async def once(self) -> None:
        """Look after every hall whose local day is a new one, then after what belongs to none."""
        database, clock = self._parts.database, self._parts.clock
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
        if fresh:
            await self._tidy()

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

    async def _tidy(self) -> None:
        database, clock = self._parts.database, self._parts.clock
        try:
            await database.write(sweep_holds, clock=clock)
            await database.write(forget_over, clock.now())
            await database.write(forget_no_shows, clock.now())
            await database.write(forget_ended, clock.now(), self._parts.settings.staff_idle)
            await database.write(tidy_lists, clock.now(), wall=wall(clock))
            while forgotten := await database.write(forget_old, clock.now(), vault=self._parts.vault):
                log.info("audit rows past their time removed", rows=forgotten)
                await asyncio.sleep(PAUSE_S)
        except Refusal as refused:
            log.warning("not tidied", code=refused.code)


def _local_days(session: Session, now: datetime) -> dict[HallId, date]:
    calendars = catalogue.calendars(session, [hall.id for hall in catalogue.halls(session)])
    return {hall_id: calendar.local_day(now) for hall_id, calendar in calendars.items()}
