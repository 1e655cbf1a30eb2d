"""How fast is the engine? Tickets per second and core, beside simpy on the same hall in the same run."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from resource import RUSAGE_SELF, getrusage
from time import perf_counter, process_time
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine.arrays import plan_arrays
from queueing.engine.room import tally_room
from queueing.engine.run import Drawing, Playing, compare_plans, draw_days, play_records, simulate_days
from sim.bench.halls import complete_hall, complete_plan
from sim.bench.row import BenchRow
from sim.bench.simpy_hall import simpy_complete_day
from sim.bench.simpy_stores import simpy_store_day
from sim.exact import civicq_proof

if TYPE_CHECKING:
    from collections.abc import Callable

    from queueing.engine import HallModel, Plan

SEED = 20_261_123
REPEATS = 150
DAYS = 16  # of 1,000 tickets: what the second-level cache holds
HALLS, HALL_DAYS = 100, 250


def rows() -> list[BenchRow]:
    """Return speed, memory and start-up."""
    return [*core_rows(), *simpy_rows(), *comparison_rows(), *city_year_rows(), *proof_rows(), *start_rows()]


def _best(work: Callable[[], object], repeats: int, clock: Callable[[], float] = perf_counter) -> float:
    """Return the shortest time: on a shared machine the rest is other people's."""
    shortest = float("inf")
    for _ in range(repeats):
        begun = clock()
        work()
        shortest = min(shortest, clock() - begun)
    return shortest


def core_rows() -> list[BenchRow]:
    """The complete hall: 12 queues, 20 windows, booked and walk-in, priority, patience, breaks, set-ups."""
    model = complete_hall(SEED)
    arrays = plan_arrays(model, complete_plan(model, SEED))
    drawing, playing = Drawing(model, DAYS), Playing(model, arrays)
    drawn = drawing.draw(SEED, 0, DAYS)
    tickets = len(drawn.tickets.joined)
    sums = tally_room(DAYS, len(model.queues), len(model.windows))
    dispatching = _best(lambda: playing.play(drawn, sums, 0), REPEATS, process_time)
    drawn_in = _best(lambda: drawing.draw(SEED, 0, DAYS), REPEATS, process_time)
    dispatched, both = tickets / dispatching, tickets / (dispatching + drawn_in)
    size = f"{tickets:,} tickets in {DAYS} days, processor time, best of {REPEATS}"
    return [
        BenchRow(
            f"dispatch and sums, complete hall, {size}",
            dispatched / 1e6,
            "M tickets/s/core",
            None,
            None,
            ">= 10",
            dispatched >= 10e6,
        ),
        BenchRow(
            f"with their random draws, complete hall, {size}",
            both / 1e6,
            "M tickets/s/core",
            None,
            None,
            ">= 4",
            both >= 4e6,
        ),
    ]


def simpy_rows(simpy_days: int = 60, days: int = 500) -> list[BenchRow]:
    """The complete hall in simpy and in the engine on the same drawn citizens, by processor time.

    Twice in simpy: as its documentation builds models, and tuned with lines of our own in place of stores.
    """
    model = complete_hall(SEED)
    plan = complete_plan(model, SEED)
    drawn = draw_days(model, seed=SEED, days=simpy_days)
    tickets = len(drawn.tickets.joined)
    records = play_records(model, plan, drawn)
    ours = [float(np.nansum(record.called_minutes - record.joined_minutes)) for record in records]
    dispatched = tickets / sum(
        _dispatching(model, plan, first, min(DAYS, simpy_days - first))
        for first in range(0, simpy_days, DAYS)
    )
    simulate_days(model, plan, seed=SEED, days=20)
    begun = process_time()
    summary = simulate_days(model, plan, seed=SEED, days=days)
    drawn_too = summary.tickets / (process_time() - begun)
    found = []
    for name, simulator in (
        ("a FilterStore of windows, as simpy's documentation builds models", simpy_store_day),
        ("tuned, with lines of our own", simpy_complete_day),
    ):
        theirs = [simulator(model, plan, drawn, day) for day in range(simpy_days)]
        rate = tickets / sum(
            _best(partial(simulator, model, plan, drawn, day), 2, process_time) for day in range(simpy_days)
        )
        same = sum(abs(mine - waits) < 1e-3 for mine, (waits, _) in zip(ours, theirs, strict=True))
        baseline = f"simpy {rate:,.0f}/s, {tickets:,} tickets, same waits on {same} of {simpy_days} days"
        ratio = dispatched / rate
        found.append(
            BenchRow(
                f"complete hall, same citizens; simpy: {name}", dispatched / 1e6, "M tickets/s", baseline,
                ratio, ">= 1000 x", ratio >= 1000,
            )
        )  # fmt: skip
        found.append(
            BenchRow(
                f"the same with our draws, {summary.tickets:,} tickets", drawn_too / 1e6, "M tickets/s",
                baseline, drawn_too / rate, "", None,
            )
        )  # fmt: skip
    return found


def _dispatching(model: HallModel, plan: Plan, first: int, days: int) -> float:
    """Return the seconds to send days through a plan, a cache full of them at a time, as runs do."""
    drawn = draw_days(model, seed=SEED, days=days, first_day=first)
    playing = Playing(model, plan_arrays(model, plan))
    sums = tally_room(days, len(model.queues), len(model.windows))
    return _best(lambda: playing.play(drawn, sums, 0), REPEATS // 3, process_time)


def comparison_rows() -> list[BenchRow]:
    """Two plans on the same citizens until the 95 % interval is 1 % of the mean."""
    model = complete_hall(SEED)
    reference, plan = complete_plan(model, SEED), complete_plan(model, SEED + 1)
    days, seconds, half = 50, 0.0, 1.0
    while half > 0.01 and days < 20_000:
        days *= 2
        begun = perf_counter()
        found = compare_plans(model, reference, plan, seed=SEED, days=days)
        seconds = perf_counter() - begun
        half = found.half_width_minutes / found.reference_mean_wait_minutes
    name = f"two plans compared to ±{half:.2%} of the mean, {days} days of 1,000 tickets"
    return [BenchRow(name, seconds, "s", None, None, "<= 1", seconds <= 1.0 and half <= 0.01)]


def city_year_rows() -> list[BenchRow]:
    """100 halls × 250 days × 1,000 tickets, draws included, on two cores."""
    models = [complete_hall(SEED + hall) for hall in range(HALLS)]
    plans = [complete_plan(model, SEED) for model in models]
    begun, cpu = perf_counter(), process_time()
    with ThreadPoolExecutor(2) as pool:
        runs = pool.map(
            lambda pair: simulate_days(*pair, seed=SEED, days=HALL_DAYS), zip(models, plans, strict=True)
        )
        tickets = sum(summary.tickets for summary in runs)
    seconds, worked = perf_counter() - begun, process_time() - cpu
    memory = getrusage(RUSAGE_SELF).ru_maxrss / 1e6
    return [
        BenchRow(
            f"city-year, {HALLS} halls x {HALL_DAYS} days, {tickets / 1e6:.1f} M tickets, wall",
            seconds,
            "s",
            f"processor {worked:.1f} s",
            None,
            "<= 3",
            seconds <= 3.0,
        ),
        BenchRow("city-year, most memory of the process", memory, "GB", None, None, "<= 2", memory <= 2.0),
    ]


def proof_rows() -> list[BenchRow]:
    """CivicQ's optimum over all 6,404 plans, by exact forward equations."""
    proof = civicq_proof()
    seconds = _best(civicq_proof, 3)
    plan, cost, second = proof.best(0.5)
    name = f"CivicQ, {len(proof.plans):,} plans exactly: best {plan} costs {cost:.4f}, next {second:.4f}"
    right = plan == (3, 3, 3, 2, 2, 3, 3, 2) and second > cost
    return [BenchRow(name, seconds, "s", None, None, "<= 1, optimum as published", seconds <= 1.0 and right)]


def start_rows() -> list[BenchRow]:
    """A new process, compiled code in its cache: until the first day has been played."""
    command = [sys.executable, "-m", "queueing.engine.warm"]
    seconds = _best(lambda: subprocess.run(command, check=True, capture_output=True), 3)
    return [
        BenchRow("first use in a new process after install", seconds, "s", None, None, "<= 1", seconds <= 1.0)
    ]
