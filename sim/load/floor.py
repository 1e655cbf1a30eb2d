"""What the people of one live day share: the clock, who has which ticket, which windows stand idle."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from queueing.engine.arrays import MICROSECONDS, rank_order
from queueing.engine.plan import phases_of
from sim.load.record import Delays, Ending, TicketRecord

if TYPE_CHECKING:
    from queueing.engine.model import HallModel
    from queueing.engine.plan import Phase, Plan
    from sim.live.api import Api
    from sim.live.pace import Agenda, Pace
    from sim.live.tokens import HallKeys
    from sim.load.people import Crowd, Leg

HALL_MINUTE = timedelta(minutes=1)


class Floor:
    """One hall's day in progress; every coroutine of the day reads and writes it."""

    def __init__(
        self,
        model: HallModel,
        plan: Plan,
        crowd: Crowd,
        *,
        keys: HallKeys,
        queue_ids: tuple[str, ...],
        midnight: datetime,
        api: Api,
        pace: Pace,
        agenda: Agenda,
    ) -> None:
        self.model, self.crowd, self.keys, self.queue_ids = model, crowd, keys, queue_ids
        self.api, self.pace, self.agenda, self.midnight = api, pace, agenda, midnight
        self.phases = [phases_of(plan, window) for window in range(len(model.windows))]
        self._rank = {window: rank for rank, window in enumerate(rank_order(self.phases))}
        self.records = [TicketRecord(int(queue)) for queue in crowd.days.tickets.queue]
        self.delays = Delays()
        self.calls: list[int] = []  # tickets in the order of their calls
        self.no_shows = [0] * len(model.queues)
        self.joins = 0  # rises with each ticket that joins, so that a clerk notices one it just missed
        self.outside = sum(len(person.legs) for person in crowd.people)  # legs that have not joined yet
        self.at_windows, self.waiting = 0, 0
        self.everybody_left = asyncio.Event()
        self.legs: dict[int, Leg] = {leg.index: leg for person in crowd.people for leg in person.legs}
        self.next_leg: dict[int, Leg] = {}
        self._tickets: dict[str, asyncio.Future[int]] = {}  # ticket id -> index of the leg it stands for
        self._idle: dict[int, tuple[Phase, asyncio.Event]] = {}
        for person in crowd.people:
            for leg, later in zip(person.legs, person.legs[1:], strict=False):
                self.next_leg[leg.index] = later

    # --- time ---------------------------------------------------------------------------------------

    def minute(self, instant: str | datetime) -> float:
        """Return an instant, or its text in an answer, as minutes since the hall's midnight."""
        at = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
        return (at - self.midnight) / HALL_MINUTE

    def now(self) -> float:
        return self.minute(self.pace.now())

    def at(self, minute: float) -> datetime:
        return self.midnight + timedelta(minutes=minute)

    # --- tickets ------------------------------------------------------------------------------------

    def joined(self, index: int, ticket_id: str, label: str, minute: float) -> None:
        """Note that a ticket waits, and wake the idle window that takes it, as the engine chooses it."""
        record = self.records[index]
        record.joined, record.label = minute, label
        self._ticket(ticket_id).set_result(index)
        self.joins += 1
        self.waiting += 1
        self.left_outside(1)
        self.wake_for(record.queue)

    def moves_on(self, ticket_id: str) -> None:
        """Note that a ticket is about to stand for its citizen's next leg.

        Before the transfer is sent: a colleague may call the ticket before its answer has come back.
        """
        del self._tickets[ticket_id]

    async def index_of(self, ticket_id: str) -> int:
        """Return the leg of a ticket; a clerk may hear of it before the kiosk's answer has come back."""
        return await self._ticket(ticket_id)

    def _ticket(self, ticket_id: str) -> asyncio.Future[int]:
        return self._tickets.setdefault(ticket_id, asyncio.get_running_loop().create_future())

    def left_outside(self, legs: int) -> None:
        """Expect so many legs less."""
        self.outside -= legs
        self._look_whether_over()

    def called(self) -> None:
        """Note that one of the waiting goes to a window."""
        self.waiting -= 1
        self.at_windows += 1

    def went_home(self, index: int) -> None:
        """Note that one of the waiting has given up; the later legs never join."""
        self.waiting -= 1
        self.never_joins(self.next_leg.get(index))
        self._look_whether_over()

    def never_joins(self, leg: Leg | None) -> None:
        """Expect no more of the legs from this one on."""
        legs = 0
        while leg is not None:
            legs += 1
            leg = self.next_leg.get(leg.index)
        if legs:
            self.left_outside(legs)

    def turn_away(self) -> None:
        """End the day for whoever still waits."""
        for record in self.records:
            waits = record.joined == record.joined and record.ending is Ending.NOT_YET
            if waits and record.called != record.called:
                record.ending = Ending.TURNED_AWAY
                record.finished = max(self.model.closes_minutes, record.joined)

    # --- windows ------------------------------------------------------------------------------------

    @property
    def is_over(self) -> bool:
        """Whether nobody is at a window and nobody comes any more."""
        return self.outside == 0 and self.at_windows == 0

    def window_left(self) -> None:
        """Note that a window's citizen has left it."""
        self.at_windows -= 1
        self._look_whether_over()

    def _look_whether_over(self) -> None:
        if self.is_over:
            for _, event in self._idle.values():
                event.set()
            if self.waiting == 0:
                self.everybody_left.set()

    def wake_for(self, queue: int) -> None:
        """Wake one idle window: the first by rank that serves the queue as its own, else a helper."""
        own = [window for window, (phase, _) in self._idle.items() if queue in phase.primary]
        able = own or [window for window, (phase, _) in self._idle.items() if queue in phase.helping]
        if able:
            self._idle.pop(min(able, key=self._rank.__getitem__))[1].set()

    async def stand_idle(self, window: int, phase: Phase, until: float | None) -> bool:
        """Sleep until woken (True) or until a minute of the hall's day (False)."""
        event = asyncio.Event()
        self._idle[window] = (phase, event)
        waiting = asyncio.ensure_future(event.wait())
        sleeping = None if until is None else asyncio.ensure_future(self.pace.sleep_until(self.at(until)))
        try:
            tasks = {waiting} if sleeping is None else {waiting, sleeping}
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return event.is_set()
        finally:
            self._idle.pop(window, None)
            for task in (waiting, sleeping):
                if task is not None:
                    task.cancel()


def minutes_of(microseconds: int) -> float:
    """Return microseconds as minutes."""
    return microseconds / MICROSECONDS
