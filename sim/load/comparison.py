"""Live against simulated, on the same citizens: what differs, and how much may.

The engine has no request to wait for; a live hall has. How far the live figures may lie from the simulated
ones follows from that and from nothing else: the day is simulated again many times with the delays that
this very run measured, drawn anew for each ticket, and the live figure must lie in the range that comes out
(widened by one turn of a window, the grain of time at this speed).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine.arrays import MICROSECONDS, NEVER, microseconds
from queueing.engine.draw import ABSENT, WALK_IN, DayArrays
from queueing.engine.plan import Plan
from queueing.engine.run import Days, play_records
from sim.load.order import out_of_turn
from sim.load.record import DayFigures, Ending

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from queueing.engine.model import HallModel
    from queueing.engine.plan import PlanEntry
    from queueing.engine.result import DayRecord
    from sim.load.record import Delays

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

REPLAYS = 1_000  # so that of two dozen figures hardly one lies outside the range by chance
COUNTS = {
    "served": Ending.SERVED,
    "gave up": Ending.GAVE_UP,
    "missed": Ending.MISSED,
    "turned away": Ending.TURNED_AWAY,
}
WAITS = ("mean wait", "P50 wait", "P90 wait")
SEEN = (Ending.SERVED, Ending.MISSED)  # a window was taken until an end that was planned
OUT_OF_ORDER = "calls out of the simulated order"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a queue, a window or the hall; ``low`` to ``high`` is where the live one may lie."""

    where: str
    name: str
    live: float
    simulated: float
    low: float
    high: float

    @property
    def holds(self) -> bool:
        return bool(self.low <= self.live <= self.high or (np.isnan(self.live) and np.isnan(self.simulated)))


def simulated_figures(record: DayRecord) -> DayFigures:
    """Return the engine's day in the shape of a live one."""
    return DayFigures(
        queue=record.queue,
        joined=record.joined_minutes,
        called=record.called_minutes,
        finished=record.finished_minutes,
        wait=record.wait_minutes,
        window=record.window,
        ending=record.outcome.astype(np.int64),
    )


def compared(
    model: HallModel, plan: Plan, days: Days, live: DayFigures, delays: Delays, *, seed: int
) -> list[Figure]:
    """Return every figure of one day, live beside simulated, with its range."""
    simulated = simulated_figures(play_records(model, plan, days)[0])
    order = np.argsort(simulated.called, kind="stable")[: int((~np.isnan(simulated.called)).sum())]
    names, present = _summary(model, live, order)
    _, expected = _summary(model, simulated, order)
    random = np.random.default_rng(seed)
    ranges = np.array(
        [
            _summary(model, _delayed(model, plan, days, delays, random), order)[1]
            for _ in range(REPLAYS if len(days.tickets.joined) else 0)
        ]
        or [expected]
    )
    ranges = np.vstack([ranges, expected])
    grain = float(np.median(delays.turn)) if delays.turn else 0.0
    figures = []
    for at, (where, name) in enumerate(names):
        wide = grain if name in WAITS or name == "busy minutes" else 0.0
        known = ranges[:, at][~np.isnan(ranges[:, at])]
        low, high = (max(known.min() - wide, 0.0), known.max() + wide) if len(known) else (np.nan, np.nan)
        figures.append(Figure(where, name, float(present[at]), float(expected[at]), float(low), float(high)))
    return figures


def _summary(model: HallModel, day: DayFigures, order: Integers) -> tuple[list[tuple[str, str]], Floats]:
    """Return what is compared: by queue, by window, and how far the calls depart from ``order``."""
    names: list[tuple[str, str]] = []
    values: list[float] = []
    for queue in range(len(model.queues)):
        own = day.queue == queue
        where = f"queue {model.queues[queue].name}"
        for name, ending in COUNTS.items():
            names.append((where, name))
            values.append(float((own & (day.ending == ending)).sum()))
        waits = day.wait[own & ~np.isnan(day.called)]
        names += [(where, name) for name in WAITS]
        values += (
            [float(waits.mean()), *map(float, np.quantile(waits, (0.5, 0.9)))] if len(waits) else [np.nan] * 3
        )
    busy = np.nan_to_num(day.finished - day.called)
    for window, label in enumerate(model.windows):
        names.append((f"window {label}", "busy minutes"))
        values.append(float(busy[day.window == window].sum()))
    names.append(("hall", OUT_OF_ORDER))
    values.append(float(out_of_turn(order, day.called)))
    return names, np.array(values)


def _delayed(
    model: HallModel, plan: Plan, days: Days, delays: Delays, random: np.random.Generator
) -> DayFigures:
    """Simulate the day once more with the run's own delays drawn anew.

    An idle window that answers late also ends late, and whoever waits behind waits for it; who is called at
    once is known only from a first play, so the day is played twice.
    """
    late, turn, finish, response = (
        _drawn(values, len(days.tickets.joined), random)
        for values in (delays.late, delays.turn, delays.finish, delays.response)
    )
    later = _opened_late(plan, delays, random)
    first = _played_late(model, later, days, late, turn)
    answered = np.where(first.called == first.joined, response, 0.0)
    figures = _played_late(model, later, days, late, turn + answered)
    shown = np.where(figures.called == figures.joined, response, 0.0)
    return replace(
        figures,
        called=figures.called + shown,
        finished=figures.finished - np.where(np.isin(figures.ending, SEEN), turn - finish, 0.0),
        wait=figures.wait + shown,
    )


def _played_late(model: HallModel, plan: Plan, days: Days, late: Floats, longer: Floats) -> DayFigures:
    """Return the day with each ticket ``late`` and its window taken so much ``longer``, missed or served.

    The engine gives every missed citizen the same time; here the time is a walk of its own, and the ending
    is put back.
    """
    missed = days.tickets.walk == ABSENT
    moved, places = _moved(days, late, longer, model)
    record = play_records(model, plan, moved)[0]
    back = np.argsort(places)
    told = simulated_figures(record)
    figures = DayFigures(**{name: getattr(told, name)[back] for name in DayFigures.__dataclass_fields__})
    never_came = missed & (figures.ending == Ending.SERVED)
    return replace(figures, ending=np.where(never_came, int(Ending.MISSED), figures.ending))


def _opened_late(plan: Plan, delays: Delays, random: np.random.Generator) -> Plan:
    """Return the plan with each window's first call of a shift as late as an idle window's answer."""
    ends = {(entry.window, entry.to_minutes) for entry in plan.entries}
    starts = sorted({(entry.window, entry.from_minutes) for entry in plan.entries} - ends)
    late = dict(zip(starts, _drawn(delays.response, len(starts), random), strict=True))
    entries = [
        replace(
            entry, from_minutes=min(entry.from_minutes + late.get(_start(entry), 0.0), entry.to_minutes - 0.1)
        )
        for entry in plan.entries
    ]
    return Plan(tuple(entries), plan.breaks)


def _start(entry: PlanEntry) -> tuple[int, float]:
    return entry.window, entry.from_minutes


def _drawn(values: Sequence[float], count: int, random: np.random.Generator) -> Floats:
    if not values:
        return np.zeros(count)
    drawn: Floats = random.choice(np.maximum(values, 0.0), count)
    return drawn


def _moved(days: Days, late: Floats, longer: Floats, model: HallModel) -> tuple[Days, Integers]:
    """Return the day with each ticket later and longer at its window, and where each ticket now stands."""
    tickets, joining = days.tickets, int(days.joining[0])
    count = len(tickets.joined)
    shift = np.zeros(count, dtype=np.int64)
    shift[:joining] = np.rint(late[:joining] * MICROSECONDS)
    joined = tickets.joined + shift
    places = np.concatenate([np.argsort(joined[:joining], kind="stable"), np.arange(joining, count)])
    grace = microseconds(model.policy.grace.total_seconds() / 60)
    punctual = (tickets.due != WALK_IN) & (joined <= tickets.due + grace)
    missed = tickets.walk == ABSENT
    walk = np.where(missed, microseconds(model.missed_minutes), tickets.walk)
    arrays = tickets._replace(
        joined=joined,
        effective=tickets.effective + np.where(punctual, 0, shift),
        walk=walk + np.rint(longer * MICROSECONDS).astype(np.int64),
        service=np.where(missed, 0, tickets.service),
        deadline=np.where(tickets.deadline < NEVER, tickets.deadline + shift, tickets.deadline),
    )
    moved = DayArrays(*(array[places] for array in arrays))
    moved.number[:joining] = np.arange(joining)
    return Days(moved, days.starts, days.joining, days.no_shows), places
