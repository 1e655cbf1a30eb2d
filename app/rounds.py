"""What comes round by itself: day rollovers, estimates on the boards. Late is harmless."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from booking.service import enter_remote, mark_no_shows, mark_unreached, remote_due
from kernel import catalogue, jobs
from kernel.clock import Leaps, monotonic
from kernel.errors import Refusal
from kernel.ids import AppointmentId
from queueing.learned import untaught
from queueing.plans.service import measure_accepted
from queueing.publishing import fresh_estimates, publish_estimates
from queueing.sealing import seal_log
from queueing.service import apply_due_plans, close_day
from queueing.store import halls_with_plans_due
from queueing.today.service import pending_alerts, record_alerts
from queueing.trust import judge_bands

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.database import Database
    from kernel.ids import HallId
    from kernel.secrets import Vault

log = structlog.get_logger(__name__)

EVERY_S = 10.0  # estimates age; a shown band changes at most every 60 s
LEAST_PAUSE_S = 0.02  # between two halls: a round must never hold the interpreter in one stretch
ALERTS_EVERY_S = 30.0  # a hall's forecast is ten times the work of its waits; nobody acts within seconds
LEARN_AT = timedelta(minutes=1)  # after the day closed: what it taught goes into the profiles
LEARN_CITY_AT = timedelta(minutes=30)  # when every hall's day has become facts


class Rounds:
    """Walks the halls every few seconds."""

    def __init__(self, database: Database, clock: Clock, vault: Vault) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._days: dict[HallId, date] = {}
        self._done: dict[HallId, tuple[date, set[str]]] = {}
        self._looked: dict[HallId, float] = {}
        self._kept_out: dict[HallId, dict[AppointmentId, str]] = {}
        self._leaps = Leaps(clock)
        self._waits_for: date | None = None

    async def run(self) -> None:
        """Go round until cancelled; a hall that is busy is visited next time."""
        while True:
            begun = monotonic()
            with suppress(Refusal):  # a busy database: next time
                for hall_id in await self._database.read(halls_with_plans_due, now=self._clock.now()):
                    await self._do_in(hall_id, self._apply_due_plans)
                halls = [hall for hall in await self._database.read(catalogue.halls) if hall.kind == "hall"]
                for number, hall in enumerate(halls, 1):
                    await self._do_in(hall.id, self._visit)
                    # Evenly over the round: rankings and calls find the interpreter free in between.
                    due_in = begun + EVERY_S * number / len(halls) - monotonic()
                    await asyncio.sleep(max(LEAST_PAUSE_S, due_in))
            await asyncio.sleep(max(LEAST_PAUSE_S, begun + EVERY_S - monotonic()))

    async def _do_in(self, hall_id: HallId, work: Callable[[HallId], Awaitable[None]]) -> None:
        """Do what is due in a hall; what goes wrong there keeps no other hall from its turn."""
        try:
            await work(hall_id)
        except Refusal as refused:
            log.warning("hall not visited", hall=str(hall_id), code=refused.code)
        except Exception:
            log.exception("an error of ours while visiting a hall", hall=str(hall_id))

    async def _apply_due_plans(self, hall_id: HallId) -> None:
        await self._database.write(apply_due_plans, hall_id, clock=self._clock)

    async def _visit(self, hall_id: HallId) -> None:
        """Do what is due; nobody waits for a call or a number on the screen because of the day before."""
        today = await self._database.read(_local_day, hall_id, self._clock.now())
        if self._days.get(hall_id) != today and not self._is_doubtful(today):
            await self._roll_over(hall_id, today)
        await self._let_remote_enter(hall_id)
        fresh = await self._database.read(fresh_estimates, hall_id, now=self._clock.now())
        if fresh is not None:
            await self._database.write(publish_estimates, hall_id, fresh, clock=self._clock)
        await self._look_for_alerts(hall_id)

    def _is_doubtful(self, today: date) -> bool:
        """Return whether a day has come by a leap of the clock: its begin ends tickets and marks no-shows."""
        ahead = self._leaps.ahead()
        if ahead is not None and self._waits_for != today:
            log.error("clock leapt; new day waits", day=today.isoformat(), seconds=ahead.total_seconds())
        self._waits_for = None if ahead is None else today
        return ahead is not None

    async def _let_remote_enter(self, hall_id: HallId) -> None:
        """Late is harmless: a telephone or video appointment counts from its time, whenever it enters.

        What keeps one out is logged once, and again where it is something else: it is tried in each round.
        """
        before, kept_out = self._kept_out.pop(hall_id, {}), dict[AppointmentId, str]()
        self._kept_out[hall_id] = kept_out
        for own in await self._database.read(remote_due, hall_id, now=self._clock.now()):
            try:
                await self._database.write(enter_remote, own, clock=self._clock, vault=self._vault)
            except Refusal as refused:  # one whose service has gone keeps neither the others nor the hall
                kept_out[own] = refused.code
                if before.get(own) != refused.code:
                    log.warning("not let into the queue", appointment=str(own), code=refused.code)
            except Exception as failure:
                kept_out[own] = type(failure).__name__
                if before.get(own) != kept_out[own]:
                    log.exception("an error of ours while letting into the queue", appointment=str(own))

    async def _look_for_alerts(self, hall_id: HallId) -> None:
        if monotonic() - self._looked.get(hall_id, float("-inf")) < ALERTS_EVERY_S:
            return
        self._looked[hall_id] = monotonic()
        seen = await self._database.read(pending_alerts, hall_id, now=self._clock.now())
        if seen is not None:
            await self._database.write(record_alerts, hall_id, seen, clock=self._clock)

    async def _roll_over(self, hall_id: HallId, today: date) -> None:
        """Do what a new day asks for, each piece by itself; one that went wrong is done at a later visit.

        All but the closing is about days that are over: without that tickets of yesterday would be alive.
        """
        write, clock, vault = self._database.write, self._clock, self._vault
        pieces: dict[str, Callable[[], Awaitable[object]]] = {
            "close": lambda: write(close_day, hall_id, clock=clock),
            "seal": lambda: write(seal_log, hall_id, clock=clock, vault=vault),
            "judge": lambda: write(judge_bands, hall_id, before=today),
            "no-shows": lambda: write(mark_no_shows, hall_id, before=today, clock=clock, vault=vault),
            "unreached": lambda: write(mark_unreached, hall_id, before=today, now=clock.now(), vault=vault),
            "learn": lambda: write(learn_from_yesterday, hall_id, today, now=clock.now()),
            "measure": lambda: write(measure_accepted, hall_id, now=clock.now()),
        }
        day, done = self._done.get(hall_id, (today, set()))
        done = done if day == today else set()
        self._done[hall_id] = (today, done)
        for name, piece in pieces.items():
            if name not in done and await self._did(hall_id, name, piece):
                done.add(name)
            elif name == "close" and name not in done:
                return  # facts, marks and what is learned follow from it
        if len(done) == len(pieces):
            self._days[hall_id] = today
            log.info("day rolled over", hall=str(hall_id), day=today.isoformat())

    async def _did(self, hall_id: HallId, name: str, piece: Callable[[], Awaitable[object]]) -> bool:
        try:
            await piece()
        except Refusal as refused:
            log.warning("new day not begun", hall=str(hall_id), what=name, code=refused.code)
            return False
        except Exception:
            log.exception("an error of ours while a day rolls over", hall=str(hall_id), what=name)
            return False
        return True


def _local_day(session: Session, hall_id: HallId, now: datetime) -> date:
    return catalogue.calendar(session, hall_id).local_day(now)


def learn_from_yesterday(session: Session, hall_id: HallId, today: date, *, now: datetime) -> None:
    """Let what the days before taught go into the hall's profiles and the city's correction, once a day.

    Whichever process asks first, and when: one that was not there at midnight asks when it comes.
    """
    if not untaught(session, hall_id, today=today):
        return
    jobs.enqueue_once(
        session, "learn_waits", {"hall_id": str(hall_id)}, key=f"{hall_id}:{today}", at=now + LEARN_AT
    )
    jobs.enqueue_once(session, "learn_correction", {}, key=str(today), at=now + LEARN_CITY_AT)
