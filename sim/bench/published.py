"""Published instances (ContactCenters, Koole's appointment schedules) as halls, with their tables.

ContactCenters: github umontreal-simul/contactcenters, ``doc/examples``; values with the half width of
their confidence interval, 1000 days each. Appointment schedules: github witusj/obp.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine import (
    AppointmentSlot,
    HallModel,
    Plan,
    PlanEntry,
    QueueModel,
    constant,
    discretised_poisson,
    exponential,
)
from queueing.engine.replay import days_of_tickets

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from queueing.engine.run import Days

    Floats = NDArray[np.float64]

SECOND = 1.0 / 60.0


@dataclass(frozen=True, slots=True)
class Published:
    """A table's cell: value and the standard error that its confidence interval implies."""

    name: str
    value: float
    error: float


def single(rate: float, mean: float, windows: int, patience: float | None) -> tuple[HallModel, Plan]:
    """Return MMC and MMCAb: one queue, doors open 8 hours, then drained."""
    queue = QueueModel(
        "A", (rate * 480.0,), exponential(mean), patience=exponential(patience) if patience else None
    )
    model = HallModel((queue,), tuple(map(str, range(windows))), ((0.0, 480.0),), interval_minutes=480.0)
    return model, Plan(tuple(PlanEntry(window, 0, 0.0, 480.0) for window in range(windows)))


CALL_CENTER_AGENTS = (4, 6, 8, 8, 8, 7, 8, 8, 6, 6, 4, 4, 4)
CALL_CENTER_RATES = (100, 150, 150, 180, 200, 150, 150, 150, 120, 100, 80, 70, 60)  # per hour


def call_center() -> tuple[HallModel, Plan]:
    """Return CallCC: 13 hourly periods, agents as a pool, Gamma(10) day factor."""
    queue = QueueModel(
        "A",
        tuple(map(float, CALL_CENTER_RATES)),
        exponential(100 * SECOND),
        patience=exponential(1000 * SECOND, zero_share=0.1),
    )
    windows = max(CALL_CENTER_AGENTS)
    entries = [
        PlanEntry(window, 0, 60.0 * hour, 60.0 * hour + 60.0)
        for hour, agents in enumerate(CALL_CENTER_AGENTS)
        for window in range(agents)
    ]
    model = HallModel(
        (queue,), tuple(map(str, range(windows))), ((0.0, 780.0),), interval_minutes=60.0,
        day_cv=sqrt(0.1), pools=(0,) * windows,
    )  # fmt: skip
    return model, Plan(tuple(entries))


MSK_RATES = ((4.2, 5.3, 3.2), (5.1, 4.3, 4.8), (6.3, 5.2, 4.8))  # [type][period] per minute
MSK_SERVICE = (0.5, 0.6, 0.4)  # by period of arrival
MSK_PATIENCE = (0.3, 0.4, 0.2)
MSK_AGENTS = ((12, 18, 9), (15, 20, 11))  # [group][period]
MSK_LISTS = ((0, 1), (1, 2))
MSK_GOOD = ((170.2, 599.3, 15.5), (262.9, 511.6, 34.7), (259.8, 613.7, 24.9))  # within 20 s, type x period


def simple_msk() -> tuple[HallModel, Plan]:
    """Return SimpleMSK's agents; its calls come from ``simple_msk_days``."""
    queues = tuple(QueueModel(str(kind), (), constant(1.0)) for kind in range(3))
    first = max(MSK_AGENTS[0])
    windows = first + max(MSK_AGENTS[1])
    entries = []
    for group, (agents, kinds) in enumerate(zip(MSK_AGENTS, MSK_LISTS, strict=True)):
        for period, count in enumerate(agents):
            for window in range(first * group, first * group + count):
                entries += [PlanEntry(window, kind, 120.0 * period, 120.0 * period + 120.0) for kind in kinds]
    model = HallModel(
        queues, tuple(map(str, range(windows))), ((0.0, 360.0),), interval_minutes=120.0,
        pools=(0,) * first + (1,) * (windows - first),
    )  # fmt: skip
    return model, Plan(tuple(entries))


def simple_msk_days(seed: int, days: int) -> tuple[Days, Floats]:
    """Return calls whose service and patience follow the period of arrival, and the period of each.

    The period array is in the order of the tickets of the days returned.
    """
    random = np.random.default_rng(seed)
    factor = random.gamma(28.7, 1 / 28.7, size=days)
    day, kind, joined = [], [], []
    for one in range(3):
        for period in range(3):
            counts = random.poisson(MSK_RATES[one][period] * 120.0 * factor)
            day.append(np.repeat(np.arange(days), counts))
            kind.append(np.full(counts.sum(), one))
            joined.append(120.0 * period + random.uniform(0.0, 120.0, counts.sum()))
    days_of, kinds, times = np.concatenate(day), np.concatenate(kind), np.concatenate(joined)
    period_of = (times // 120.0).astype(np.int64)
    service = random.exponential(1.0, len(times)) / np.array(MSK_SERVICE)[period_of]
    patience = random.exponential(1.0, len(times)) / np.array(MSK_PATIENCE)[period_of]
    drawn = days_of_tickets(days_of, kinds, times, service, days=days, queues=3, patience_minutes=patience)
    return drawn, np.minimum(drawn.tickets.joined // (120 * 60_000_000), 2).astype(np.float64)


SCHEDULES = (
    ("their local-search best", "11" + "01" * 22 + "00", 6.628125),
    ("every second slot", "10" * 23 + "01", 8.710548),
)


def schedule_hall(schedule: str) -> tuple[HallModel, Plan]:
    """Return one doctor with 48 slots of 5 minutes and Poisson(9) minutes cut at 0.9999."""
    slots = tuple(AppointmentSlot(5.0 * slot, int(places)) for slot, places in enumerate(schedule))
    queue = QueueModel("A", (), discretised_poisson(9.0, cut=0.9999), appointments=slots)
    model = HallModel((queue,), ("1",), ((0.0, 240.0),), interval_minutes=240.0)
    return model, Plan((PlanEntry(0, 0, 0.0, 240.0),))
