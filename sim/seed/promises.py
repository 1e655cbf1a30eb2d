"""How many people book which slots: drawn by the demand's shape, never beyond a slot's places."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from booking.rules.policy import booking_policy
from booking.rules.timetable import Timetable, slot_capacity, windows_for
from queueing.rules.windows import PlanEntry
from sim.catalogue import PlanRole, window_minutes
from sim.live.demand import calendar_of, worked_weekday
from sim.seed.floor import minute_of, weekday_plans
from sim.seed.places import policy_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sim.catalogue import City, HallPlan
    from sim.live.demand import DayCurve
    from sim.seed.hallday import Bookings
    from sim.seed.ids import HallIds


def timetable_of(city: City, hall: HallPlan, own: HallIds) -> Timetable:
    """Return a hall's timetable as booking reads it from the seeded rows."""
    plans = dict(weekday_plans(hall))
    return Timetable(
        calendar=calendar_of(city, hall),
        plans={
            weekday: [
                PlanEntry(
                    own.windows[entry.window],
                    own.queues[entry.queue],
                    entry.role is PlanRole.HELPING,
                    minute_of(entry.starts),
                    minute_of(entry.ends),
                )
                for entry in plans.get(weekday, plans[None])
            ]
            for weekday in range(7)
        },
        mean_minutes={own.queues[queue]: queue_minutes(city, hall, queue) for queue in hall.queues},
        policy=booking_policy(policy_of(hall)),
    )


def queue_minutes(city: City, hall: HallPlan, queue: str) -> float:
    """Return the typical minutes of a queue as they stand in its row."""
    return round(window_minutes(city, hall, queue), 1)


class Promises:
    """Draws the bookings of one hall's dates."""

    def __init__(self, city: City, hall: HallPlan, own: HallIds) -> None:
        self._hall = hall
        self.table = timetable_of(city, hall, own)
        self._queue_ids = own.queues
        self._capacities: dict[tuple[int, float, str], int] = {}

    def kept_and_broken(self, day: date, curve: DayCurve) -> Bookings:
        """Return how many had booked a past date, those who did not come included."""
        chance = random.Random(f"{self._hall.seed}:{day.isoformat()}")
        booked: Bookings = {}
        for minute in self.starts(day):
            for queue in self._hall.queues:
                wanted = poisson(chance, self.expected(curve, queue, minute))
                if places := min(wanted, self._capacity(worked_weekday(day), minute, queue)):
                    booked[queue, minute] = places
        return booked

    def starts(self, day: date) -> Sequence[float]:
        """Return the local minutes at which a date's slots start."""
        return [self.table.calendar.minute_of_day(start) for start in self.table.starts_on(day)]

    def expected(self, curve: DayCurve, queue: str, minute: float) -> float:
        """Return how many are expected to book a slot in the end."""
        demand = self._hall.demand
        length = self.table.policy.slot.total_seconds() / 60
        people = curve.between(minute, minute + length)
        share = demand.appointment_share * demand.queue_shares[queue]
        return people * share / (1 - demand.no_show_share)

    def _capacity(self, weekday: int, minute: float, queue: str) -> int:
        """Return a slot's places as ``Timetable`` counts them; make-up days have the weekday they work as."""
        key = (weekday, minute, queue)
        if key not in self._capacities:
            policy, queue_id = self.table.policy, self._queue_ids[queue]
            length = policy.slot.total_seconds() / 60
            windows = windows_for(
                self.table.plans[weekday], queue_id, from_minute=minute, to_minute=minute + length
            )
            self._capacities[key] = slot_capacity(
                windows,
                share=policy.appointment_share,
                slot=policy.slot,
                mean_minutes=self.table.mean_minutes[queue_id],
            )
        return self._capacities[key]


def poisson(chance: random.Random, mean: float) -> int:
    """Draw a Poisson count by its exponential gaps; for small means."""
    count, total = 0, 0.0
    while mean > 0 and (total := total + chance.expovariate(mean)) < 1.0:
        count += 1
    return count
