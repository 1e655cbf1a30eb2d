"""Replanning during the day: seconds it takes, and how near it comes to a minute's search.

Seeded halls at mid-morning after a rush: who waits and what each window does come out of a simulated day
with more people than forecast. Both searches plan from the same state; both plans and the plan in force
are then played on continuations of the day that neither search has seen.
"""

from __future__ import annotations

import os
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from kernel.clock import monotonic
from queueing.engine.arrays import plan_arrays
from queueing.engine.forward import BusyWindow, LiveState, WaitingTicket
from queueing.engine.futures import Futures
from queueing.engine.plan import Plan, PlanEntry
from queueing.engine.run import draw_days, play_records
from queueing.plans.intraday import HORIZON, HallNow, replan
from queueing.plans.scoring import score_of
from sim.bench.plan_instances import Shape, make_instance
from sim.bench.row import BenchRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from queueing.engine import HallModel
    from queueing.rules.windows import PlanEntry as DayEntry
    from sim.bench.plan_instances import Instance

QUICK = int(os.environ.get("FULL", "0") or 0) == 0
LONG_SECONDS = float(os.environ.get("SECONDS", 15.0 if QUICK else 60.0))
INSTANCES = 4 if QUICK else 12
AT = 600.0  # 10:00, in the middle of the morning's rush
HELD_OUT = 400
UNSEEN_SEED = 977
PLAYS = 10**9  # time alone ends the thorough search
NEAR, BOX = 1.05, 2.0  # share of the thorough search's objective; seconds
SIZES = ((20, 12, 3), (12, 7, 3), (40, 14, 3), (8, 5, 2))
LOADS = (1.1, 0.9, 1.25)


def rows() -> list[BenchRow]:
    """Return the times and the held-out waits of both searches over the instances."""
    halls = [_hall(number) for number in range(INSTANCES)]
    replan(halls[0], seconds=0.2)  # compile first: a worker does so once in its life
    took, short, long, now = [], [], [], []
    for hall in halls:
        began = monotonic()
        quick = replan(hall)
        took.append(monotonic() - began)
        thorough = replan(hall, seconds=LONG_SECONDS, evaluations=PLAYS)
        assert quick is not None
        assert thorough is not None
        futures = Futures(hall.model, hall.plan, hall.live, seed=UNSEEN_SEED, count=HELD_OUT)
        now.append(_held_out(hall, futures, hall.entries))
        short.append(_held_out(hall, futures, quick.entries))
        long.append(_held_out(hall, futures, thorough.entries))
    return _rows(took, short, long, now)


def _rows(
    took: Sequence[float], short: Sequence[float], long: Sequence[float], now: Sequence[float]
) -> list[BenchRow]:
    ratios = [a / max(b, 1e-9) for a, b in zip(short, long, strict=True)]
    gains = [a / max(b, 1e-9) for a, b in zip(short, now, strict=True)]
    name, thorough = f"{INSTANCES} halls at 10:00", f"{LONG_SECONDS:.0f} s search"
    middle, worst, usual, longest = median(ratios), max(ratios), median(took), max(took)
    return [
        BenchRow(f"{name}: state to judged plan, median", usual, "s", None, None, "<= 2", usual <= BOX),
        BenchRow(f"{name}: the same, longest", longest, "s", None, None, "<= 2", longest <= BOX),
        BenchRow(
            f"{name}: objective on {HELD_OUT} unseen continuations, median", median(short), "min",
            f"{thorough} {median(long):.2f}", middle, "ratio <= 1.05", middle <= NEAR,
        ),
        BenchRow(f"{name}: the worst hall", worst, "ratio", thorough, worst, "ratio <= 1.05", worst <= NEAR),
        BenchRow(
            f"{name}: against the plan in force, median", median(short), "min",
            f"in force {median(now):.2f}", median(gains), "never above 1", max(gains) <= 1.001,
        ),
    ]  # fmt: skip


def _hall(number: int) -> HallNow:
    """Return a seeded hall at 10:00 of a simulated day, under its present plan."""
    instance = make_instance(_shape(number))
    hall, model, entries = instance.hall, _until_horizon(instance.truth), instance.view.entries
    plan = _engine_plan(instance, entries)
    day = play_records(model, plan_arrays(model, plan), draw_days(model, seed=31 + number, days=1))[0]
    waiting = (day.joined_minutes <= AT) & ((day.called_minutes > AT) | np.isnan(day.called_minutes))
    inside = (day.called_minutes <= AT) & (day.finished_minutes > AT)
    order = np.flatnonzero(waiting)[np.argsort(day.joined_minutes[waiting], kind="stable")]
    live = LiveState(
        AT,
        tuple(
            WaitingTicket(int(day.queue[t]), float(day.joined_minutes[t]), float(day.effective_minutes[t]))
            for t in order
        ),
        tuple(
            BusyWindow(int(day.window[t]), int(day.queue[t]), float(day.called_minutes[t]))
            for t in np.flatnonzero(inside)
        ),
    )
    sessions = tuple((int(opens), int(closes)) for opens, closes in model.sessions)
    return HallNow(model, plan, live, hall.queues, hall.windows, entries, sessions)


def _until_horizon(model: HallModel) -> HallModel:
    """Return the hall with nobody coming beyond what is looked at, as the live hall is drawn."""
    last = int((AT + HORIZON - model.opens_minutes) // model.interval_minutes)
    cut = tuple(
        replace(queue, walk_ins_per_interval=(*queue.walk_ins_per_interval[:last], 0.0))
        for queue in model.queues
    )
    return replace(model, queues=cut)


def _engine_plan(instance: Instance, entries: Sequence[DayEntry]) -> Plan:
    windows = {window.id: place for place, window in enumerate(instance.hall.windows)}
    queues = {queue.id: place for place, queue in enumerate(instance.hall.queues)}
    return Plan(
        tuple(
            PlanEntry(windows[e.window_id], queues[e.queue_id], e.from_minute, e.to_minute, e.helping)
            for e in entries
        )
    )


def _held_out(hall: HallNow, futures: Futures, entries: Sequence[DayEntry]) -> float:
    windows = {window.id: place for place, window in enumerate(hall.windows)}
    queues = {queue.id: place for place, queue in enumerate(hall.queues)}
    closes = hall.sessions[-1][1]
    inside = [replace(e, to_minute=min(e.to_minute, closes)) for e in entries if e.from_minute < closes]
    plan = Plan(
        tuple(
            PlanEntry(windows[e.window_id], queues[e.queue_id], e.from_minute, e.to_minute, e.helping)
            for e in inside
        )
    )
    return score_of(futures.play(plan_arrays(hall.model, plan))).objective


def _shape(number: int) -> Shape:
    """Return a hall's shape: three sizes, light and heavy; odd ones with a plan nobody has filled up."""
    windows, queues, limit = SIZES[number % len(SIZES)]
    load = LOADS[number // len(SIZES) % len(LOADS)]
    return Shape(windows, queues, load, limit, filled=number % 2 == 0, days=4, seed=500 + number)
