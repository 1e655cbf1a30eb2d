"""Citizens of a live day: they book, check in or take a ticket, and go home when patience ends."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from sim.live.names import phone_number
from sim.load.floor import minutes_of
from sim.load.place import CODE
from sim.load.record import Ending

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.load.floor import Floor
    from sim.load.people import Person

AT_ONCE = 8  # bookings under way together
_DOOR = ("not-taking-tickets", "numbers-used-up")
_GONE = ("not-possible-now", "ticket-not-found", "undo-too-late")


class Citizens:
    """Everybody of the day; ``follow`` is told of each new ticket, for those who have a phone."""

    def __init__(self, floor: Floor, follow: Callable[[str, str], None]) -> None:
        self._floor, self._follow = floor, follow
        self._tokens: dict[int, str] = {}  # index of the first leg -> the appointment's token
        self._absent: list[str] = []

    async def book(self) -> None:
        """Let everybody book who has an appointment, those who will stay away too."""
        crowd, gate = self._floor.crowd, asyncio.Semaphore(AT_ONCE)
        wanted = [
            (person.legs[0].queue, person.due, person.priority, person.legs[0].index)
            for person in crowd.people
            if person.due is not None
        ] + [(one.queue, one.due, False, -1) for one in crowd.absent]

        async def book(number: int, queue: int, due: int, priority: bool, index: int) -> None:
            async with gate:
                token = await self._book(number, queue, due, priority)
            if index < 0:
                self._absent.append(token)
            else:
                self._tokens[index] = token

        await asyncio.gather(*(book(number, *one) for number, one in enumerate(wanted)))

    async def _book(self, number: int, queue: int, due: int, priority: bool) -> str:
        api = self._floor.api
        starts_at = self._floor.at(minutes_of(due)).isoformat()
        wish: dict[str, object] = {"hall": CODE, "services": [f"s{queue}"], "starts_at": starts_at}
        held = await api.post("/appointments/holds", wish, browser=f"simulated citizen {number}")
        token: str = held.body["token"]
        person = {"token": token, "name": "模拟市民", "phone": phone_number(number), "priority": priority}
        await api.post("/appointments/confirm", person)
        return token

    def plan(self) -> None:
        """Let everybody come when the engine lets them come."""
        for person in self._floor.crowd.people:
            self._floor.agenda.at(self._floor.at(minutes_of(person.joins)), partial(self._come, person))

    async def _come(self, person: Person) -> None:
        floor, first = self._floor, person.legs[0]
        kiosk, token = floor.keys.kiosk, self._tokens.get(first.index)
        if token is not None:
            answer = await floor.api.post(
                "/appointments/check-in", {"token": token}, token=kiosk, expects=_DOOR
            )
        else:
            wish = {"services": [f"s{first.queue}"], "priority": person.priority}
            answer = await floor.api.post(f"/halls/{CODE}/tickets", wish, token=kiosk, expects=_DOOR)
        record = floor.records[first.index]
        if person.due is not None:
            record.due = minutes_of(person.due)
        if not answer.done:
            record.ending = Ending.AT_THE_DOOR
            return floor.never_joins(first)
        return await self._wait(person, answer.body)

    async def _wait(self, person: Person, issued: Any) -> None:
        floor, index, ticket = self._floor, person.legs[0].index, issued["ticket"]
        minute = floor.minute(ticket["arrived_at"])
        floor.delays.late.append(minute - minutes_of(person.joins))
        floor.joined(index, ticket["id"], ticket["label"], minute)
        if person.patience is not None:
            leaves_at = floor.at(minute + minutes_of(person.patience))
            floor.agenda.at(leaves_at, lambda: self._give_up(index, issued["token"]))
        self._follow(ticket["label"], issued["token"])

    async def _give_up(self, index: int, token: str) -> None:
        floor, record = self._floor, self._floor.records[index]
        if record.called == record.called or record.ending is not Ending.NOT_YET:
            return
        answer = await floor.api.post("/tickets/give-up", {"token": token}, expects=_GONE)
        if answer.done:
            record.finished = floor.minute(answer.body["changed_at"])
            if record.called != record.called:
                record.ending = Ending.GAVE_UP
                floor.went_home(index)

    async def count_no_shows(self) -> None:
        """Ask for each appointment of those who stayed away whether it still stands unused."""
        floor = self._floor
        for one, token in zip(floor.crowd.absent, self._absent, strict=True):
            shown = await floor.api.post("/appointments/look-up", {"token": token})
            if shown.body["status"] in ("confirmed", "no_show"):
                floor.no_shows[one.queue] += 1
