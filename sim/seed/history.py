"""Sixty days of tickets: the log that halls would have written, and the facts derived from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from queueing.rules.call_order import CallPolicy
from queueing.rules.tickets import TicketAction
from queueing.tables import TicketEventRow, TicketFactRow
from sim.live.demand import Errands, day_curve
from sim.seed.hallday import HallDays
from sim.seed.promises import Promises
from sim.seed.rows import add_rows
from sim.seed.stories import Line, Story, Teller
from sim.seed.told import ToldRanges, told_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from sqlmodel import Session

    from kernel.ids import ServiceId, TicketId
    from sim.catalogue import City, HallPlan
    from sim.live.demand import DayCurve
    from sim.seed.ids import HallIds
    from sim.seed.rows import Values

SOURCE = "simulated"
_ENDS = frozenset({TicketAction.FINISH, TicketAction.GIVE_UP, TicketAction.CLOSE_DAY})


@dataclass(frozen=True, slots=True)
class Written:
    """How many days, tickets and log lines a hall's history has."""

    days: int
    tickets: int
    lines: int


class HallPast:
    """Tells the past of one hall, day by day."""

    def __init__(self, city: City, hall: HallPlan, own: HallIds, services: Mapping[str, ServiceId]) -> None:
        self.hall, self.own, self.services = hall, own, services
        self.errands = Errands(city, hall)
        self.prefixes = {queue: city.queues[queue].prefix for queue in hall.queues}
        self.promises = Promises(city, hall, own)
        self.days = HallDays(city, hall)
        self.told = ToldRanges(self.promises.table, own)
        self.teller = Teller(hall, own, self.promises.table.calendar, CallPolicy())

    def curve(self, day: date) -> DayCurve:
        """Return the people expected on a date; empty on a day off."""
        return day_curve(self.hall, self.promises.table.calendar, day)

    def stories(self, day: date) -> list[Story]:
        """Return a past date's tickets in order of arrival; none on a day off."""
        curve = self.curve(day)
        if not curve.people:
            return []
        record = self.days.play(day, curve, self.promises.kept_and_broken(day, curve))
        return list(self.teller.tell(day, record))

    def came_for(self, day: date, stories: Sequence[Story]) -> dict[TicketId, ServiceId]:
        """Return what each ticket of a past date was for, drawn by how often it is asked for in its queue."""
        chance = Random(f"{self.hall.seed}:{day}:errands")
        return {story.id: self.services[self.errands.draw_in(story.queue, chance).code] for story in stories}


def add_history(session: Session, past: HallPast, *, before: date, days: int) -> Written:
    """Write the log and the facts of the calendar days ``before - days`` … ``before - 1`` of a hall."""
    facts: list[Values] = []
    lines: list[Values] = []
    worked = 0
    for back in range(days, 0, -1):
        day = before - timedelta(days=back)
        stories = past.stories(day)
        worked += bool(stories)
        if stories:
            told = past.told.tell(day, stories)
            past.told.learn(day, stories)
            services = past.came_for(day, stories)
            facts.extend(
                fact_of(story, past.own, day, services[story.id]) | told_columns(told, story.id)
                for story in stories
            )
            lines.extend(log_of(stories, past.own))
    if facts:
        add_rows(session, TicketFactRow, facts)
        add_rows(session, TicketEventRow, lines)
    return Written(worked, len(facts), len(lines))


def log_of(told: Sequence[Story], own: HallIds) -> Iterator[Values]:
    """Yield the log lines of a day's tickets in the order in which they happened."""
    happened = [(story, line) for story in told for line in story.lines]
    for story, line in sorted(happened, key=lambda pair: pair[1].at):
        yield log_row(story, line, own)


def log_row(story: Story, line: Line, own: HallIds) -> Values:
    """Return a line of the log as it is stored."""
    return {
        "hall_id": own.hall,
        "ticket_id": story.id,
        "queue_id": own.queues[story.queue],
        "what": line.what,
        "at": line.at,
        "precision_s": 0.0,
        "role": line.role,
        "actor_id": line.actor,
        "window_id": line.window,
        "source": SOURCE,
    }


def fact_of(story: Story, own: HallIds, day: date, service_id: ServiceId) -> Values:
    """Return an ended ticket's fact, as ``queueing.facts`` derives it from the same lines."""
    call = _first(story, TicketAction.CALL)
    start = _first(story, TicketAction.START)
    end = next((line for line in reversed(story.lines) if line.what in _ENDS), None)
    return {
        "ticket_id": story.id,
        "hall_id": own.hall,
        "queue_id": own.queues[story.queue],
        "day": day,
        "appointment": story.due_at is not None,
        "priority": story.priority,
        "arrived_at": story.arrived_at,
        "effective_at": story.effective_at,
        "called_at": call.at if call else None,
        "answered_call_at": call.at if call and start else None,
        "started_at": start.at if start else None,
        "ended_at": end.at if end else None,
        "service_id": service_id,
        "window_id": start.window if start else None,
        "outcome": story.outcome,
        "told_p10": None,
        "told_p50": None,
        "told_p90": None,
        "band_withheld": False,
        "source": SOURCE,
    }


def _first(story: Story, what: TicketAction) -> Line | None:
    return next((line for line in story.lines if line.what == what), None)
