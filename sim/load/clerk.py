"""A clerk of one window who keeps to the scenario's plan as the engine does, and works over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from queueing.engine.arrays import list_factor
from sim.load.floor import minutes_of
from sim.load.record import Ending

if TYPE_CHECKING:
    from queueing.engine.plan import Phase
    from sim.live.api import Answer
    from sim.load.floor import Floor
    from sim.load.people import Leg

_MOVED = ("not-possible-now", "not-your-window", "ticket-not-found")
_WINDOW = ("not-possible-now",)
EARLY_S = 3.0  # real seconds; longer than a request takes on a busy machine


class Clerk:
    """Opens the window by plan, calls, waits for the citizen, serves, rests, closes."""

    def __init__(self, floor: Floor, window: int) -> None:
        self._floor, self._window = floor, window
        self._key = floor.keys.clerks[window]
        self._id = floor.keys.windows[floor.model.windows[window]]
        self._planned_end: float | None = None  # of the citizen just served, while no pause came between
        self._status = "closed"

    async def run(self) -> None:
        """Work through the phases of the day, in the way of ``queueing.engine.floor.settle``."""
        configured: frozenset[int] = frozenset()
        phases = list(self._floor.phases[self._window])
        while phases:
            phase, now = phases[0], self._floor.now()
            lists = phase.primary | phase.helping
            if now < phase.from_minutes:
                await self._away("close", until=phase.from_minutes)
            elif phase.rests:
                phases.pop(0)
                length = phase.to_minutes - phase.from_minutes
                await self._away(
                    "pause", until=now + length if self._floor.model.full_breaks else phase.to_minutes
                )
            elif not self._lasts(phase) and now >= phase.to_minutes:
                phases.pop(0)
            elif configured and configured != lists and self._floor.model.setup_minutes:
                configured = lists
                await self._away("pause", until=now + self._floor.model.setup_minutes)
            else:
                configured = lists
                await self._sit_down()
                await self._serve(phase)
        await self._change("close")

    # --- the window ---------------------------------------------------------------------------------

    async def _away(self, verb: str, *, until: float) -> None:
        """Leave the window, and be back a moment before: a clerk is there when the doors open."""
        self._planned_end = None
        await self._change(verb)
        pace, floor = self._floor.pace, self._floor
        await pace.sleep_until(floor.at(until) - pace.real(EARLY_S))
        await self._sit_down()
        await pace.sleep_until(floor.at(until))

    async def _sit_down(self) -> None:
        await self._change("resume" if self._status == "paused" else "open")

    async def _change(self, verb: str) -> None:
        """Open, pause, resume or close the window, unless it stands so already."""
        status = {"open": "open", "resume": "open", "pause": "paused", "close": "closed"}[verb]
        if status == self._status or (status == "paused" and self._status == "closed"):
            return
        self._status = status
        await self._floor.api.post(f"/windows/{self._id}/{verb}", token=self._key.token, expects=_WINDOW)

    def _lasts(self, phase: Phase) -> bool:
        """Whether the phase lasts until everybody has been served."""
        model = self._floor.model
        return model.drains and not phase.rests and phase.to_minutes >= model.closes_minutes

    def _stays(self, phase: Phase) -> bool:
        """Whether the window goes on past the phase while somebody waits: the doors have closed."""
        model = self._floor.model
        return model.drains and any(phase.to_minutes == closes for _, closes in model.sessions[:-1])

    # --- citizens -----------------------------------------------------------------------------------

    async def _serve(self, phase: Phase) -> None:
        """Call and serve until the phase is over."""
        floor, lasts, woken = self._floor, self._lasts(phase), False
        while True:
            ended = not lasts and floor.now() >= phase.to_minutes
            if ended and not self._stays(phase):
                break
            seen, over = floor.joins, floor.is_over
            called = await self._call()
            if called.done:
                await self._see(called.body, phase)
                woken = False
            elif ended or (lasts and over and floor.joins == seen):
                break
            elif floor.joins == seen:
                self._planned_end = None
                woken = await floor.stand_idle(self._window, phase, None if lasts else phase.to_minutes)
        if woken:  # it was woken for somebody whom it no longer calls: another window shall
            for queue in phase.primary | phase.helping:
                floor.wake_for(queue)

    async def _call(self) -> Answer:
        return await self._floor.api.post(
            f"/windows/{self._id}/call-next", token=self._key.token, expects=("nobody-waiting",)
        )

    async def _see(self, ticket: Any, phase: Phase) -> None:
        """See one citizen through, from the call to the end of the service."""
        floor = self._floor
        leg = floor.legs[await floor.index_of(ticket["id"])]
        if floor.records[leg.index].ending is Ending.GAVE_UP:
            self._planned_end = None
            return  # went home while the call was on its way; the window is free again
        floor.called()
        try:
            self._note_call(ticket, leg, phase)
            if leg.walk is None:
                await self._miss(ticket, leg)
            else:
                await self._attend(ticket, leg, phase)
        finally:
            floor.window_left()

    def _note_call(self, ticket: Any, leg: Leg, phase: Phase) -> None:
        floor, record = self._floor, self._floor.records[leg.index]
        record.called, record.called_at = floor.minute(ticket["called_at"]), ticket["called_at"]
        record.window, record.primary, record.helping = self._window, phase.primary, phase.helping
        floor.calls.append(leg.index)
        if self._planned_end is not None:
            floor.delays.turn.append(record.called - self._planned_end)
        else:
            floor.delays.response.append(record.called - max(record.joined, phase.from_minutes))

    async def _miss(self, ticket: Any, leg: Leg) -> None:
        record = self._floor.records[leg.index]
        ends = record.called + self._floor.model.missed_minutes
        await self._floor.pace.sleep_until(self._floor.at(ends))
        await self._end(ticket, leg, "miss", ends)

    async def _attend(self, ticket: Any, leg: Leg, phase: Phase) -> None:
        floor, record = self._floor, self._floor.records[leg.index]
        assert leg.walk is not None
        starts = record.called + minutes_of(leg.walk)
        await floor.pace.sleep_until(floor.at(starts))
        started = await self._move(ticket, "start")
        if not started.done:
            return self._gone(leg)
        record.started = floor.minute(started.body["changed_at"])
        pace = floor.model.pace[leg.queue][self._window] if floor.model.pace else 1.0
        factor = list_factor(floor.model, len(phase.primary | phase.helping)) * pace
        ends = starts + minutes_of(int(leg.service * factor + 0.5))
        await floor.pace.sleep_until(floor.at(ends))
        return await self._end(ticket, leg, "finish", ends)

    async def _end(self, ticket: Any, leg: Leg, verb: str, planned: float) -> None:
        """End the service as planned, by transfer if the citizen has another leg."""
        floor, record, later = (
            self._floor,
            self._floor.records[leg.index],
            self._floor.next_leg.get(leg.index),
        )
        self._planned_end = planned
        if verb == "finish" and later is not None:
            floor.moves_on(ticket["id"])
            ended = await self._move(ticket, "transfer", {"queue_id": floor.queue_ids[later.queue]})
        else:
            ended = await self._move(ticket, verb)
        if not ended.done:
            return self._gone(leg)
        record.finished = floor.minute(ended.body["changed_at"])
        record.ending = Ending.MISSED if verb == "miss" else Ending.SERVED
        floor.delays.finish.append(record.finished - planned)
        if verb == "finish" and later is not None:
            floor.joined(later.index, ticket["id"], ended.body["label"], record.finished)
        return None

    def _gone(self, leg: Leg) -> None:
        """The citizen went home while the call was on its way: patience and call fell into one moment."""
        record = self._floor.records[leg.index]
        record.ending, record.called, record.window = Ending.GAVE_UP, float("nan"), -1
        self._planned_end = None
        self._floor.never_joins(self._floor.next_leg.get(leg.index))

    async def _move(self, ticket: Any, verb: str, body: dict[str, object] | None = None) -> Answer:
        return await self._floor.api.post(
            f"/tickets/{ticket['id']}/{verb}", body, token=self._key.token, expects=_MOVED
        )
