"""Halls for benchmarks, made from a seed: no benchmark depends on a file."""

from __future__ import annotations

from math import exp
from random import Random

from queueing.engine import (
    AppointmentSlot,
    Break,
    HallModel,
    Plan,
    PlanEntry,
    QueueModel,
    exponential,
    lognormal,
    normal,
)

OPENS, CLOSES, QUARTER = 510.0, 1050.0, 15.0  # 8:30 to 17:30


def complete_hall(seed: int, *, queues: int = 12, windows: int = 20, tickets: float = 1000.0) -> HallModel:
    """Return a hall that uses everything: booked and walk-in citizens, priority, patience, missed calls,
    walk time, uneven pace, set-ups; about ``tickets`` tickets a day, load near 0.9 at the peak."""
    random = Random(seed)
    weights = [random.uniform(0.5, 2.0) for _ in range(queues)]
    means = [random.uniform(4.0, 16.0) for _ in range(queues)]
    load = sum(weight * mean for weight, mean in zip(weights, means, strict=True)) / sum(weights)
    scale = 0.78 * windows * 0.88 * (CLOSES - OPENS) / (tickets * load)  # busy minutes over open ones
    models = []
    for queue in range(queues):
        expected = tickets * weights[queue] / sum(weights)
        shape = _two_humps(random)
        models.append(
            QueueModel(
                name=chr(ord("A") + queue),
                walk_ins_per_interval=tuple(0.75 * expected * share for share in shape),
                service=lognormal(means[queue] * scale, random.uniform(0.5, 1.1)),
                day_cv=0.08,
                patience=exponential(90.0),
                priority_share=0.06,
                missed_share=0.04,
                appointments=_slots(0.27 * expected),
                no_show_share=0.08,
                punctuality=normal(-6.0, 6.0),
            )
        )
    return HallModel(
        queues=tuple(models),
        windows=tuple(str(number + 1) for number in range(windows)),
        sessions=((OPENS, CLOSES),),
        interval_minutes=QUARTER,
        day_cv=0.1,
        walk=lognormal(0.6, 0.5),
        missed_minutes=1.5,
        setup_minutes=5.0,
        pace=tuple(tuple(random.uniform(0.85, 1.15) for _ in range(windows)) for _ in range(queues)),
        list_pace=(1.0, 1.0, 1.0, 1.0, 1.12),
    )


def complete_plan(model: HallModel, seed: int) -> Plan:
    """Return a plan with two own queues and two helping ones per window, a change at 13:30, and breaks."""
    random = Random(seed)
    entries, breaks = [], []
    count = len(model.queues)
    for window in range(len(model.windows)):
        for begins, ends in ((OPENS, 810.0), (810.0, CLOSES)):
            own = {window % count, (window * 5 + int(begins)) % count}
            helps = set(random.sample(range(count), 2)) - own
            entries += [PlanEntry(window, queue, begins, ends) for queue in sorted(own)]
            entries += [PlanEntry(window, queue, begins, ends, helping=True) for queue in sorted(helps)]
        rest = 690.0 + 60.0 * (window % 3)
        breaks.append(Break(window, rest, rest + 60.0))
    return Plan(tuple(entries), tuple(breaks))


def _two_humps(random: Random) -> list[float]:
    morning, afternoon = random.uniform(570, 660), random.uniform(840, 930)
    weight = random.uniform(0.3, 0.7)
    middles = [OPENS + QUARTER * (interval + 0.5) for interval in range(int((CLOSES - OPENS) / QUARTER))]
    shape = [
        0.25
        + weight * exp(-(((at - morning) / 60) ** 2))
        + (1 - weight) * exp(-(((at - afternoon) / 60) ** 2))
        for at in middles
    ]
    return [height / sum(shape) for height in shape]


def _slots(expected: float) -> tuple[AppointmentSlot, ...]:
    instants = [OPENS + 30.0 + 30.0 * slot for slot in range(16)]
    places = round(expected)
    return tuple(
        AppointmentSlot(due, places * (slot + 1) // 16 - places * slot // 16)
        for slot, due in enumerate(instants)
    )
