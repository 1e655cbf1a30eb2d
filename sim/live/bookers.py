"""Simulated citizens who book: they look for a slot, hold it, fill in the form, come or stay away."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sim.live.citizens import wait
from sim.live.demand import EARLY_MINUTES, EARLY_SPREAD, day_curve
from sim.live.names import id_tail, person_name, phone_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.live.hall import Hall

FIRST_HOUR, LAST_HOUR = 7, 22  # people book on their phones from breakfast to bedtime
DAYS_AHEAD = 4.0
LOOKS_AT_DAYS = 3
EARLIEST_MINUTES = 55.0  # the kiosk takes check-ins from an hour before
CANCEL_SHARE, MOVE_SHARE = 0.05, 0.03
_NOT_BOOKED = (
    *("slot-taken", "slot-not-bookable", "too-many-holds", "person-limit"),
    *("hold-expired", "appointment-not-possible", "too-many-codes"),
)
_NOT_CHECKED_IN = (
    *("check-in-too-early", "check-in-over", "not-taking-tickets"),
    *("appointment-not-possible", "appointment-not-found", "numbers-used-up"),
)


class Bookers:
    """The people who book in one hall."""

    def __init__(self, hall: Hall, people: Iterator[int]) -> None:
        self._hall, self._chance, self._people = hall, hall.chance, people

    async def run(self) -> None:
        """Book at the rate that the hall's appointments need, until cancelled."""
        hall = self._hall
        while (opens_at := hall.opens_at()) is not None:
            day = hall.calendar.local_day(opens_at)
            demand = hall.plan.demand
            kept = day_curve(hall.plan, hall.calendar, day).total * demand.appointment_share
            rate = kept / (1 - demand.no_show_share) / ((LAST_HOUR - FIRST_HOUR) * 60)
            await hall.pace.sleep(timedelta(minutes=self._chance.expovariate(rate)))
            if FIRST_HOUR <= hall.minute() / 60 < LAST_HOUR:
                await self._book()

    async def _book(self) -> None:
        hall = self._hall
        service = hall.errands.draw(self._chance).code
        starts_at = await self._find(service)
        if starts_at is None:
            return
        wish = {"hall": hall.code, "services": [service], "starts_at": starts_at}
        number = next(self._people)
        browser = f"simulated citizen {number}"
        held = await hall.api.post("/appointments/holds", wish, browser=browser, expects=_NOT_BOOKED)
        if held.done:
            token = held.body["token"]
            hall.agenda.within(self._chance.uniform(0.3, 2.0), lambda: self._confirm(token, number))

    async def _find(self, service: str) -> str | None:
        """Return a free start, some days ahead; today's only if the day is young."""
        hall = self._hall
        ahead = int(self._chance.expovariate(1 / DAYS_AHEAD))
        asked = {
            "service": service,
            "from": (hall.today() + timedelta(days=ahead)).isoformat(),
            "days": str(LOOKS_AT_DAYS),
        }
        found = await hall.api.get(f"/halls/{hall.code}/slots", asked)
        starts = [slot["starts_at"] for day in found.body["days"] for slot in day["slots"]]
        return str(self._chance.choice(starts)) if starts else None

    async def _confirm(self, token: str, number: int) -> None:
        chance, hall = self._chance, self._hall
        priority = chance.random() < hall.plan.demand.priority_share
        person = {
            "token": token,
            "name": person_name(chance),
            "phone": phone_number(number),
            "id_tail": id_tail(chance),
            "priority": priority,
        }
        booked = await hall.api.post("/appointments/confirm", person, expects=_NOT_BOOKED)
        if booked.done and booked.body["waits_for_code"] is None:  # nobody here reads messages
            self._plan(token, booked.body)

    def _plan(self, token: str, booked: Any) -> None:
        """Decide what becomes of an appointment: kept, moved, cancelled, or forgotten."""
        chance, hall = self._chance, self._hall
        starts_at = datetime.fromisoformat(booked["starts_at"])
        changes = chance.random()
        if changes < CANCEL_SHARE + MOVE_SHARE:
            between = (starts_at - hall.pace.now()).total_seconds() / 60 * chance.uniform(0.1, 0.7)
            service = booked["services"][0]["code"]
            cancels = changes < CANCEL_SHARE
            hall.agenda.within(
                between, lambda: self._cancel(token) if cancels else self._move(token, service)
            )
            if cancels:
                return
        if chance.random() >= hall.plan.demand.no_show_share:
            come(hall, token, starts_at)

    async def _cancel(self, token: str) -> None:
        await self._hall.api.post("/appointments/cancel", {"token": token}, expects=_NOT_BOOKED)

    async def _move(self, token: str, service: str) -> None:
        starts_at = await self._find(service)
        if starts_at is not None:
            wish = {"token": token, "starts_at": starts_at}
            moved = await self._hall.api.post("/appointments/reschedule", wish, expects=_NOT_BOOKED)
            if moved.done:
                come(self._hall, token, datetime.fromisoformat(starts_at))


def come(hall: Hall, token: str, starts_at: datetime) -> None:
    """Let somebody who has booked arrive around the slot's start and check in at the kiosk."""
    early = min(EARLIEST_MINUTES, hall.chance.gauss(EARLY_MINUTES, EARLY_SPREAD))
    arrives_at = starts_at - timedelta(minutes=early)
    opening = hall.calendar.opening_at(arrives_at)
    if opening is not None:
        arrives_at = max(arrives_at, opening.opens_at + timedelta(minutes=hall.chance.uniform(0, 1)))
    hall.agenda.at(arrives_at, lambda: _check_in(hall, token))


async def _check_in(hall: Hall, token: str) -> None:
    answer = await hall.api.post(
        "/appointments/check-in", {"token": token}, token=hall.keys.kiosk, expects=_NOT_CHECKED_IN
    )
    if answer.done:
        wait(hall, answer.body)
