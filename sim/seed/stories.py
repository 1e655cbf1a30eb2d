"""What the engine says of a day, told as the ticket log tells it: one story a ticket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isnan
from typing import TYPE_CHECKING

from kernel.identity import Role
from kernel.ids import TicketId, uuid7
from queueing.engine.result import Outcome
from queueing.rules.tickets import TicketAction, TicketStatus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from uuid import UUID

    from kernel.calendar import OpeningCalendar
    from queueing.engine.result import DayRecord
    from queueing.rules.call_order import CallPolicy
    from sim.catalogue import HallPlan
    from sim.seed.ids import HallIds

RECALL_AFTER = timedelta(seconds=60)  # a clerk calls an absent citizen once more before giving the call up
CLOSES_AFTER = timedelta(seconds=30)  # after midnight: the hall's day is closed in the first round

_S, _A = TicketStatus, TicketAction
_ENDINGS = {
    Outcome.SERVED: _S.FINISHED,
    Outcome.GAVE_UP: _S.GIVEN_UP,
    Outcome.MISSED: _S.NEVER_CAME,
    Outcome.TURNED_AWAY: _S.CLOSED_UNSERVED,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the log; ``becomes`` is the status that the ticket has from then on."""

    at: datetime
    what: str
    role: Role
    actor: UUID | None
    window: UUID | None
    becomes: TicketStatus


@dataclass(frozen=True, slots=True)
class Story:
    """A ticket's whole day, in order of time; ``lines[0]`` is its issue."""

    id: TicketId
    queue: str
    number: int
    due_at: datetime | None
    priority: bool
    effective_at: datetime
    outcome: TicketStatus
    lines: tuple[Line, ...]

    @property
    def arrived_at(self) -> datetime:
        return self.lines[0].at

    def until(self, now: datetime) -> tuple[Line, ...]:
        """Return what has happened by an instant."""
        return tuple(line for line in self.lines if line.at <= now)


class Teller:
    """Tells the days of one hall."""

    def __init__(self, hall: HallPlan, own: HallIds, calendar: OpeningCalendar, policy: CallPolicy) -> None:
        self._own = own
        self._calendar = calendar
        self._grace_minutes = policy.grace.total_seconds() / 60
        self._credit_minutes = policy.appointment_credit.total_seconds() / 60
        self._queues = tuple(hall.queues)
        self._windows = tuple(own.windows[window.label] for window in hall.windows)
        self._clerks = tuple(own.seats.get(window.label) for window in hall.windows)

    def tell(self, day: date, record: DayRecord) -> Iterator[Story]:
        """Yield the day's tickets in order of arrival, numbered by queue."""
        midnight = self._calendar.at_minute(day, 0)
        numbers = dict.fromkeys(self._queues, 0)
        columns = (
            *(record.queue, record.due_minutes, record.joined_minutes, record.effective_minutes),
            *(record.called_minutes, record.started_minutes, record.finished_minutes),
            *(record.window, record.outcome),
        )
        for queue, due, joined, effective, called, started, finished, window, outcome in zip(
            *(column.tolist() for column in columns), strict=True
        ):
            code = self._queues[queue]
            numbers[code] += 1
            times = _Times(midnight, joined, called, started, finished)
            yield Story(
                id=TicketId(uuid7()),
                queue=code,
                number=numbers[code],
                due_at=None if isnan(due) else times.at(due),
                priority=self._has_priority(due, joined, effective),
                effective_at=times.at(effective),
                outcome=_ENDINGS[Outcome(outcome)],
                lines=tuple(self._lines(Outcome(outcome), times, window, day)),
            )

    def _has_priority(self, due: float, joined: float, effective: float) -> bool:
        """Tell a legal-priority ticket by its place: it stands earlier than its arrival or slot earns."""
        if isnan(due) or joined > due + self._grace_minutes:
            return effective < joined - 0.01
        return effective < due - self._credit_minutes - 0.01

    def _lines(self, outcome: Outcome, times: _Times, window: int, day: date) -> Iterator[Line]:
        yield Line(times.at(times.joined), "issue", Role.DEVICE, self._own.kiosk, None, _S.WAITING)
        if outcome is Outcome.GAVE_UP:
            yield Line(times.at(times.finished), _A.GIVE_UP, Role.CITIZEN, None, None, _S.GIVEN_UP)
        elif outcome is Outcome.TURNED_AWAY:
            yield self._closing(day, None, _S.CLOSED_UNSERVED)
        else:
            yield from self._at_window(outcome, times, window, day)

    def _at_window(self, outcome: Outcome, times: _Times, window: int, day: date) -> Iterator[Line]:
        place, clerk = self._windows[window], self._clerks[window]

        def line(minute: float, what: TicketAction, becomes: TicketStatus) -> Line:
            return Line(times.at(minute), what, Role.CLERK, clerk, place, becomes)

        yield line(times.called, _A.CALL, _S.CALLED)
        if outcome is Outcome.MISSED:
            yield line(times.called + RECALL_AFTER.total_seconds() / 60, _A.RECALL, _S.CALLED)
            yield line(times.finished, _A.MISS, _S.MISSED)
            yield self._closing(day, place, _S.NEVER_CAME)
        else:
            yield line(times.started, _A.START, _S.SERVING)
            yield line(times.finished, _A.FINISH, _S.FINISHED)

    def _closing(self, day: date, window: UUID | None, becomes: TicketStatus) -> Line:
        at = self._calendar.at_minute(day + timedelta(days=1), 0) + CLOSES_AFTER
        return Line(at, _A.CLOSE_DAY, Role.SYSTEM, None, window, becomes)


@dataclass(frozen=True, slots=True)
class _Times:
    """A ticket's instants in local minutes of its day."""

    midnight: datetime
    joined: float
    called: float
    started: float
    finished: float

    def at(self, minute: float) -> datetime:
        return self.midnight + timedelta(minutes=minute)
