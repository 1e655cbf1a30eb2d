"""The made-up demand is sized so that one hall is crowded while others nearby stand nearly empty."""

from __future__ import annotations

import heapq
import random
from collections import defaultdict
from itertools import combinations
from statistics import quantiles
from typing import TYPE_CHECKING

import pytest

from sim.catalogue import City, HallPlan, PlanRole, load_city, offered_load, peak_load, service_mix

if TYPE_CHECKING:
    from datetime import time

TUESDAY = 1
PEAK_BANDS = {  # tightest group of queues in the busiest half hour of a Tuesday, work shared ideally
    "city": (1.1, 1.4),
    "county-large": (0.7, 0.9),
    "county": (0.4, 0.6),
    "town-central": (0.3, 0.65),
    "town": (0.25, 0.65),
    "town-small": (0.3, 0.65),
}
TICKET_BANDS = {
    "city": (400, 440),
    "county-large": (180, 220),
    "county": (115, 140),
    "town-central": (36, 45),
    "town": (26, 36),
    "town-small": (20, 27),
}
QUEUE_BANDS = {  # each queue alone: its load over the windows that may serve it, primary or helping
    "city": (0.25, 1.2),
    "county-large": (0.15, 0.95),
    "county": (0.1, 0.6),
    "town-central": (0.1, 0.6),
    "town": (0.1, 0.6),
    "town-small": (0.1, 0.6),
}


@pytest.fixture(scope="module")
def city() -> City:
    return load_city()


def test_the_peak_of_each_kind_of_hall_lies_in_its_band(city: City) -> None:
    for hall in city.halls.values():
        low, high = PEAK_BANDS[hall.template]
        assert low <= max(peak_load(city, hall, TUESDAY).values()) <= high, hall.name.en


def test_each_queue_at_its_peak_lies_in_its_band(city: City) -> None:
    for hall in city.halls.values():
        low, high = QUEUE_BANDS[hall.template]
        loads = offered_load(city, hall, TUESDAY)
        for queue in hall.queues:
            load, busiest = max((queues[queue], at) for at, queues in loads.items())
            able = {e.window for e in hall.plan if e.queue == queue and e.starts <= busiest < e.ends}
            assert low <= load / len(able) <= high, (hall.name.en, queue)


def test_tickets_per_day_lie_in_their_band(city: City) -> None:
    for hall in city.halls.values():
        low, high = TICKET_BANDS[hall.template]
        assert low <= hall.demand.tickets_per_day <= high


def test_offered_load_adds_up_to_the_work_that_comes_in(city: City) -> None:
    hall = city.halls["441521"]
    minutes = sum(sum(queues.values()) for queues in offered_load(city, hall, TUESDAY).values()) * 30
    mean = sum(
        share * hall.demand.queue_shares[queue] * item.minutes
        for queue in hall.queues
        for item, share in service_mix(city, hall, queue)
    )
    per_ticket = mean * hall.demand.service_factor + hall.demand.walk_seconds / 60
    expected = hall.demand.tickets_per_day * hall.demand.weekday_factors[TUESDAY] * per_ticket
    assert minutes == pytest.approx(expected)


def test_the_peak_is_never_below_the_load_of_any_pair_of_queues(city: City) -> None:
    hall = city.halls["441500"]
    peaks = peak_load(city, hall, TUESDAY)
    for at, loads in offered_load(city, hall, TUESDAY).items():
        for pair in combinations(loads, 2):
            able = {e.window for e in hall.plan if e.queue in pair and e.starts <= at < e.ends}
            weekday_windows = {e.window for e in hall.plan if TUESDAY in e.weekdays} & able
            assert peaks[at] >= sum(loads[queue] for queue in pair) / len(weekday_windows) - 1e-9


def test_nobody_comes_on_a_closed_day(city: City) -> None:
    assert offered_load(city, city.halls["441521"], 6) == {}
    assert peak_load(city, city.halls["441521"], 6) == {}


def minute_of(clock: time) -> int:
    return clock.hour * 60 + clock.minute


class SlowDay:
    """The slow, obvious hall day: first come first served, primary queues before helping ones."""

    def __init__(self, city: City, hall: HallPlan, seed: int) -> None:
        self.hall, self.chance = hall, random.Random(seed)
        self.waiting: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
        self.waits: list[tuple[float, float]] = []
        self.arrivals = sorted(self._arrivals(city))

    def _arrivals(self, city: City) -> list[tuple[float, str, float, float]]:
        demand, found = self.hall.demand, []
        people = demand.tickets_per_day * demand.weekday_factors[TUESDAY]
        shape = demand.shapes[TUESDAY]
        mixes = {queue: service_mix(city, self.hall, queue) for queue in self.hall.queues}
        for start, weight in zip(shape.starts, shape.weights, strict=True):
            at = minute_of(start) + self.chance.expovariate(people * weight / 30)
            while at < minute_of(start) + 30:
                [queue] = self.chance.choices(list(mixes), [demand.queue_shares[q] for q in mixes])
                [item] = self.chance.choices([m for m, _ in mixes[queue]], [p for _, p in mixes[queue]])
                shape_k = 1 / item.cv**2
                minutes = self.chance.gammavariate(shape_k, item.minutes * demand.service_factor / shape_k)
                patience = self.chance.expovariate(1 / demand.patience_minutes)
                found.append((at, queue, minutes + demand.walk_seconds / 60, patience))
                at += self.chance.expovariate(people * weight / 30)
        return found

    def run(self) -> list[tuple[float, float]]:
        """Return (hour of arrival, wait in minutes) of everybody who was served, in quarter minutes."""
        closes = max(minute_of(o.ends) for o in self.hall.openings if o.weekday == TUESDAY)
        coming, free_at = list(self.arrivals), {window.label: 0.0 for window in self.hall.windows}
        now = coming[0][0]
        while coming or any(self.waiting.values()):
            while coming and coming[0][0] <= now:
                at, queue, minutes, patience = coming.pop(0)
                heapq.heappush(self.waiting[queue], (at, minutes, patience))
            for label in sorted(free_at, key=lambda _: self.chance.random()):
                if free_at[label] <= now:
                    free_at[label] = now + self._serve(label, now, min(now, closes - 1))
            now += 0.25
        return self.waits

    def _serve(self, label: str, now: float, plan_at: float) -> float:
        for role in PlanRole:
            heads = []
            for entry in self.hall.plan:
                here = entry.window == label and entry.role is role and TUESDAY in entry.weekdays
                if here and minute_of(entry.starts) <= plan_at < minute_of(entry.ends):
                    line = self.waiting[entry.queue]
                    while line and line[0][0] + line[0][2] < now:
                        heapq.heappop(line)
                    heads += [(line[0], entry.queue)] if line else []
            if heads:
                (at, minutes, _), queue = min(heads)
                heapq.heappop(self.waiting[queue])
                self.waits.append((at / 60, now - at))
                return minutes
        return 0.0


def waits(city: City, code: str, first_hour: float, last_hour: float) -> tuple[float, float]:
    """Return the median and the ninth decile of the waits of those who came in between, over 8 days."""
    found = [
        wait
        for seed in range(8)
        for hour, wait in SlowDay(city, city.halls[code], seed).run()
        if first_hour <= hour < last_hour
    ]
    cuts = quantiles(found, n=10)
    return cuts[4], cuts[8]


@pytest.mark.slow
def test_at_the_city_hall_people_wait_ten_to_forty_minutes_in_the_morning(city: City) -> None:
    median, ninth = waits(city, "441500", 9.75, 11.25)
    assert 6 <= median <= 20
    assert 25 <= ninth <= 45


@pytest.mark.slow
def test_three_kilometres_away_people_hardly_wait(city: City) -> None:
    median, ninth = waits(city, "441502", 9.75, 11.25)
    assert median < 2
    assert ninth < 12


@pytest.mark.slow
def test_a_busy_county_hall_lies_between(city: City) -> None:
    _, ninth = waits(city, "441521", 9.75, 11.25)
    assert 8 <= ninth <= 25


def test_in_a_town_there_is_next_to_no_queue(city: City) -> None:
    median, ninth = waits(city, "441521101", 8.5, 12)
    assert median < 2
    assert ninth < 10
