"""How many people come to a hall on a date, when, and for what: the catalogue's demand on the calendar."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kernel.calendar import OpeningCalendar, is_workday
from sim.catalogue import service_mix

if TYPE_CHECKING:
    from datetime import date, time
    from random import Random

    from sim.catalogue import City, HallPlan, ServiceItem

HALF_HOUR = 30.0
MISSED_SHARE = 0.03  # called and not there; a few in a hundred, as clerks tell it
EARLY_MINUTES, EARLY_SPREAD = 8.0, 7.0  # the booked come about so long before their slot


def worked_weekday(day: date) -> int:
    """Return the weekday whose hours and demand a date has: Monday's on a make-up workday."""
    return 0 if day.weekday() >= 5 and is_workday(day) else day.weekday()


def calendar_of(city: City, hall: HallPlan) -> OpeningCalendar:
    """Return the opening calendar that a hall of the catalogue has before anybody closes it for a day."""
    hours: defaultdict[int, list[tuple[time, time]]] = defaultdict(list)
    for opening in hall.openings:
        hours[opening.weekday].append((opening.starts, opening.ends))
    return OpeningCalendar(ZoneInfo(city.zone), hours)


def people_on(hall: HallPlan, day: date) -> float:
    """Return the expected number of people on an open date, kept appointments included."""
    demand = hall.demand
    people = demand.tickets_per_day * demand.weekday_factors[worked_weekday(day)]
    if _workdays_left(day) < demand.month_end_days:
        people *= demand.month_end_factor
    if not _worked_lately(day):
        people *= demand.after_holiday_factor
    return people


def _workdays_left(day: date) -> int:
    """Return how many workdays of the month come after a date."""
    left, after = 0, day + timedelta(days=1)
    while after.month == day.month:
        left += is_workday(after)
        after += timedelta(days=1)
    return left


def _worked_lately(day: date) -> bool:
    """Return whether one of the three days before was a workday: a weekend alone is no holiday."""
    return any(is_workday(day - timedelta(days=back)) for back in (1, 2, 3))


@dataclass(frozen=True, slots=True)
class DayCurve:
    """Expected people of a date by half hour; ``starts`` are local minutes of the day."""

    starts: tuple[float, ...]
    people: tuple[float, ...]

    @property
    def total(self) -> float:
        return sum(self.people)

    def scaled(self, factor: float) -> DayCurve:
        """Return the curve of a day that is busier by a factor."""
        return DayCurve(self.starts, tuple(people * factor for people in self.people))

    def between(self, from_minute: float, to_minute: float) -> float:
        """Return the people expected between two local minutes."""
        return sum(
            people * max(0.0, min(to_minute, start + HALF_HOUR) - max(from_minute, start)) / HALF_HOUR
            for start, people in zip(self.starts, self.people, strict=True)
        )

    def arrivals(self, chance: Random, *, share: float = 1.0, after: float = 0.0) -> list[float]:
        """Draw the local minutes at which people come after a minute: a Poisson process."""
        return [
            minute
            for start, people in zip(self.starts, self.people, strict=True)
            for minute in sorted(_poisson_points(chance, start, people * share))
            if minute > after
        ]


def _poisson_points(chance: Random, start: float, mean: float) -> list[float]:
    points, at = [], 0.0
    while mean > 0 and (at := at + chance.expovariate(mean)) < 1.0:
        points.append(start + at * HALF_HOUR)
    return points


def day_curve(hall: HallPlan, calendar: OpeningCalendar, day: date) -> DayCurve:
    """Return a hall's people of a date by half hour; empty on a day off."""
    if not calendar.spans(day):
        return DayCurve((), ())
    shape = hall.demand.shapes[worked_weekday(day)]
    people = people_on(hall, day)
    return DayCurve(
        tuple(start.hour * 60.0 + start.minute for start in shape.starts),
        tuple(people * weight for weight in shape.weights),
    )


class Errands:
    """What the people of one hall come for."""

    def __init__(self, city: City, hall: HallPlan) -> None:
        self._queues = tuple(hall.queues)
        self._by_queue = tuple(accumulate(hall.demand.queue_shares[queue] for queue in self._queues))
        self._mixes: dict[str, tuple[tuple[ServiceItem, ...], tuple[float, ...]]] = {}
        for queue in self._queues:
            items, shares = zip(*service_mix(city, hall, queue), strict=True)
            self._mixes[queue] = (items, tuple(accumulate(shares)))

    def draw(self, chance: Random) -> ServiceItem:
        """Draw a service by how often it is asked for in this hall."""
        last = len(self._queues) - 1
        return self.draw_in(self._queues[min(last, bisect_right(self._by_queue, chance.random()))], chance)

    def draw_in(self, queue: str, chance: Random) -> ServiceItem:
        """Draw a service of one queue."""
        items, shares = self._mixes[queue]
        return items[min(len(items) - 1, bisect_right(shares, chance.random()))]
