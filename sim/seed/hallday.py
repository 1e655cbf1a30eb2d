"""A catalogue hall as the hall-day engine takes it, for one date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from queueing.engine import (
    AppointmentSlot,
    Distribution,
    HallModel,
    Plan,
    PlanEntry,
    QueueModel,
    empirical,
    exponential,
    lognormal,
    normal,
)
from queueing.engine.arrays import plan_arrays
from queueing.engine.run import draw_days, play_records
from sim.catalogue import PlanRole, service_mix
from sim.live.demand import (
    EARLY_MINUTES,
    EARLY_SPREAD,
    HALF_HOUR,
    MISSED_SHARE,
    DayCurve,
    worked_weekday,
)
from sim.seed.floor import minute_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from queueing.engine.arrays import PlanArrays
    from queueing.engine.result import DayRecord
    from sim.catalogue import City, HallPlan

POINTS = 300  # of a queue's service-time distribution: percentiles exact to a third of one
WALK_CV = 0.4
BOOKED_MINUTES = -1440.0  # all were booked before the day, so none counts from its booking
SEED_MASK = (1 << 62) - 1  # the engine's seeds are signed words

Bookings = dict[tuple[str, float], int]
"""How many are booked, by queue code and local minute of the slot."""


@dataclass(frozen=True, slots=True)
class QueueHabits:
    """What does not change from day to day in a queue."""

    share: float
    service: Distribution


class HallDays:
    """Plays dates of one hall, each with its own demand and bookings, under the starting plan."""

    def __init__(self, city: City, hall: HallPlan) -> None:
        self.hall = hall
        self._habits = {
            queue: QueueHabits(hall.demand.queue_shares[queue], service_distribution(city, hall, queue))
            for queue in hall.queues
        }
        self._walk = lognormal(hall.demand.walk_seconds / 60, WALK_CV)
        self._plans: dict[int, PlanArrays] = {}

    def play(
        self, day: date, curve: DayCurve, bookings: Bookings, *, day_cv: float | None = None
    ) -> DayRecord:
        """Return every ticket of a date; the same date always brings the same people.

        ``day_cv`` replaces the catalogue's variation of whole days: 0 for a day of exactly its level.
        """
        model = self._model(day, curve, bookings, self.hall.demand.day_cv if day_cv is None else day_cv)
        weekday = worked_weekday(day)
        if weekday not in self._plans:
            self._plans[weekday] = plan_arrays(model, engine_plan(self.hall, weekday))
        drawn = draw_days(model, seed=self.hall.seed & SEED_MASK, days=1, first_day=day.toordinal())
        return play_records(model, self._plans[weekday], drawn)[0]

    def _model(self, day: date, curve: DayCurve, bookings: Bookings, day_cv: float) -> HallModel:
        sessions = tuple(
            (float(minute_of(opening.starts)), float(minute_of(opening.ends)))
            for opening in self.hall.openings
            if opening.weekday == worked_weekday(day)
        )
        walk_ins = _per_interval(curve, sessions[0][0], sessions[-1][1])
        return HallModel(
            queues=tuple(
                self._queue(queue, habits, walk_ins, bookings) for queue, habits in self._habits.items()
            ),
            windows=tuple(window.label for window in self.hall.windows),
            sessions=sessions,
            interval_minutes=HALF_HOUR,
            day_cv=day_cv,
            walk=self._walk,
        )

    def _queue(
        self, queue: str, habits: QueueHabits, people: Sequence[float], bookings: Bookings
    ) -> QueueModel:
        demand = self.hall.demand
        walk_in_share = habits.share * (1 - demand.appointment_share)
        return QueueModel(
            name=queue,
            walk_ins_per_interval=tuple(each * walk_in_share for each in people),
            service=habits.service,
            patience=exponential(demand.patience_minutes),
            priority_share=demand.priority_share,
            missed_share=MISSED_SHARE,
            appointments=tuple(
                AppointmentSlot(minute, places, BOOKED_MINUTES)
                for (booked, minute), places in sorted(bookings.items())
                if booked == queue
            ),
            no_show_share=demand.no_show_share,
            punctuality=normal(-EARLY_MINUTES, EARLY_SPREAD),
        )


def _per_interval(curve: DayCurve, opens: float, closes: float) -> list[float]:
    """Return the people of each half hour from opening to closing; none while the doors are shut."""
    people: Mapping[float, float] = dict(zip(curve.starts, curve.people, strict=True))
    steps = int((closes - opens) // HALF_HOUR)
    return [people.get(opens + step * HALF_HOUR, 0.0) for step in range(steps)]


def service_distribution(city: City, hall: HallPlan, queue: str) -> Distribution:
    """Return the minutes at the window, the walk left out: the mixture of the queue's services."""
    minutes: list[float] = []
    for item, share in service_mix(city, hall, queue):
        one = lognormal(item.minutes * hall.demand.service_factor, item.cv)
        points = max(1, round(share * POINTS))
        minutes.extend(one.quantile((point + 0.5) / points) for point in range(points))
    return empirical(minutes)


def engine_plan(hall: HallPlan, weekday: int) -> Plan:
    """Return the starting plan of a weekday in the engine's terms: indices and minutes."""
    windows = {window.label: index for index, window in enumerate(hall.windows)}
    queues = {queue: index for index, queue in enumerate(hall.queues)}
    return Plan(
        tuple(
            PlanEntry(
                window=windows[entry.window],
                queue=queues[entry.queue],
                from_minutes=minute_of(entry.starts),
                to_minutes=minute_of(entry.ends),
                helping=entry.role is PlanRole.HELPING,
            )
            for entry in hall.plan
            if weekday in entry.weekdays
        )
    )
