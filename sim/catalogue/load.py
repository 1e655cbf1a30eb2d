"""Back-of-envelope load of a hall: do its windows carry the people who come?"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import time

    from sim.catalogue.shapes import City, HallPlan, ServiceItem

HALF_HOUR_MINUTES = 30


def service_mix(city: City, hall: HallPlan, queue: str) -> tuple[tuple[ServiceItem, float], ...]:
    """Return the services that this hall's queue takes, each with its probability; they sum to 1."""
    items = [city.services[offer.service] for offer in hall.offers if offer.queue == queue]
    total = sum(item.weight for item in items)
    return tuple((item, item.weight / total) for item in items)


def window_minutes(city: City, hall: HallPlan, queue: str) -> float:
    """Return the mean minutes that one ticket of a queue keeps a window busy, the walk included."""
    mean = sum(item.minutes * share for item, share in service_mix(city, hall, queue))
    return mean * hall.demand.service_factor + hall.demand.walk_seconds / 60


def offered_load(city: City, hall: HallPlan, weekday: int) -> Mapping[time, Mapping[str, float]]:
    """Return, per open half hour and queue, how many busy windows the arrivals amount to (erlangs)."""
    shape = hall.demand.shapes.get(weekday)
    if shape is None:
        return {}
    people = hall.demand.tickets_per_day * hall.demand.weekday_factors[weekday]
    per_ticket = {
        queue: share * window_minutes(city, hall, queue) / HALF_HOUR_MINUTES
        for queue, share in hall.demand.queue_shares.items()
    }
    return {
        start: {queue: people * weight * load for queue, load in per_ticket.items()}
        for start, weight in zip(shape.starts, shape.weights, strict=True)
    }


def peak_load(city: City, hall: HallPlan, weekday: int) -> Mapping[time, float]:
    """Return the utilisation of each open half hour if its windows shared the work as well as the plan lets.

    That is the greatest, over sets of queues, of their offered load divided by the windows that serve any
    of them (max-flow min-cut; exact for work that can be split at will, so a floor for real utilisation).
    Helping windows count in full.
    """
    return {
        start: max(
            sum(loads[queue] for queue in group) / _serving(hall, weekday, start, group)
            for size in range(1, len(loads) + 1)
            for group in combinations(loads, size)
        )
        for start, loads in offered_load(city, hall, weekday).items()
    }


def _serving(hall: HallPlan, weekday: int, at: time, queues: tuple[str, ...]) -> int:
    return len(
        {
            entry.window
            for entry in hall.plan
            if entry.queue in queues and weekday in entry.weekdays and entry.starts <= at < entry.ends
        }
    )
