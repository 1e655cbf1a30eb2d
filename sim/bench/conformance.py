"""Is the engine right? Theory, published tables, other simulators, and the plain rule on real tickets."""

from __future__ import annotations

from math import ceil, exp, sin, sqrt
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine import HallModel, Plan, PlanEntry, QueueModel, exponential
from queueing.engine.result import Outcome, ratio_with_error
from queueing.engine.run import draw_days, play, play_records, simulate_days
from queueing.engine.tally import CALLED, GAVE_UP_COUNT, JOINED, SERVED_COUNT, SERVICE_SUM, WAIT_SUM
from sim.bench import published
from sim.bench.measure import Binned, binned, cell
from sim.bench.oracles import ciw_day, oracle_means, random_hall, simpy_day
from sim.bench.replayed import differences_on_logs, differences_on_simulated
from sim.bench.row import BenchRow
from sim.exact import CIVICQ_PER_HOUR, CIVICQ_SERVICE_MINUTES, civicq_proof, erlang_a, erlang_c, poisson_tail
from sim.exact_appointments import poisson_masses, schedule_objective

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from queueing.engine.result import Summary

SEED = 20_261_123
SMALL = 0.001  # the standard error that a theory cell should reach, as a share of its value
THREADS = 2
LOGS = Path(__file__).parents[1] / "data"


def rows() -> list[BenchRow]:
    """Return every cell; the sizes stand in the names. The theory cells are counted by their errors too."""
    theory = [*erlang_rows(), *time_varying_rows(), *civicq_rows(), *appointment_rows()]
    judged = [row for row in theory if "SE <=" in row.goal]
    wide = [row for row in judged if _share_error(row) > SMALL]
    return [
        *theory,
        BenchRow(
            f"theory cells with a standard error above {SMALL:.1%}, of {len(judged)}",
            float(len(wide)),
            "cells",
            None,
            None,
            "0",
            not wide,
        ),
        *contact_center_rows(),
        *oracle_rows(),
        *one_dispatcher_rows(),
    ]


def _share_error(row: BenchRow) -> float:
    return float(row.name.rsplit("SE ", 1)[1].rstrip("%")) / 100.0


def erlang_rows() -> list[BenchRow]:
    """M/M/4 and M/M/12+M in steady state: long days whose first hours are not counted."""
    found = []
    for name, rate, mean, windows, patience, length, days in (
        ("Erlang C, M/M/4", 0.6, 4.0, 4, None, 20_000.0, 14_000),
        ("Erlang A, M/M/12+M", 6.6, 2.0, 12, 1.0, 4_000.0, 2_200),
    ):
        queue = QueueModel(
            "A", (rate * length,), exponential(mean), patience=exponential(patience) if patience else None
        )
        model = HallModel(
            (queue,), tuple(map(str, range(windows))), ((0.0, length),), interval_minutes=length
        )
        plan = Plan(tuple(PlanEntry(window, 0, 0.0, length) for window in range(windows)))
        sums = binned(model, plan, (500.0, length), seed=SEED, days=days, threads=THREADS)
        size = f"{sums.joined.sum() / 1e6:.0f} M tickets"
        delayed = sums.ratio("delayed", 0)
        if patience is None:
            share, wait = erlang_c(rate, 1 / mean, windows)
            found.append(cell(f"{name}, mean wait, {size}", *sums.ratio("waited", 0), wait, most_error=SMALL))
        else:
            lost, share = erlang_a(rate, 1 / mean, 1 / patience, windows)
            found.append(
                cell(f"{name}, share given up, {size}", *sums.ratio("gave_up", 0), lost, most_error=SMALL)
            )
        found.append(cell(f"{name}, P(wait), {size}", *delayed, share, most_error=SMALL))
    return found


PERIOD, STEP = 1200, 10  # minutes of the time-varying day, and between changes of its staffing


def time_varying_rows(days: int = 4_000, many_days: int = 16_000) -> list[BenchRow]:
    """M_t/M/s_t+M with patience like service: N(t) is Poisson whatever the staffing, so P(wait) is known.

    Rate 100 + 20 sin t per mean service (60 minutes), constant inside a minute; as a pool, changed every
    10 minutes. Staffed at m + sqrt(m)/2, judged on 8 stretches of 10 minutes; and at m - sqrt(m), where most
    people wait and the error is small enough, over the whole day.
    """
    rate = [(100 + 20 * sin((minute + 0.5) / 60.0)) / 60.0 for minute in range(PERIOD)]
    mean_at = np.zeros(PERIOD + 1)
    for minute in range(PERIOD):
        mean_at[minute + 1] = mean_at[minute] * exp(-1 / 60) + rate[minute] * 60.0 * (1 - exp(-1 / 60))
    found = []
    for beta, count in ((0.5, days), (-1.0, many_days)):
        staff = [max(ceil(m + beta * sqrt(m)), 1) for m in mean_at[STEP // 2 :: STEP][: PERIOD // STEP]]
        sums = _time_varying(rate, staff, count)
        tails = np.array(
            [poisson_tail((mean_at[m] + mean_at[m + 1]) / 2, staff[m // STEP]) for m in range(PERIOD)]
        )
        chosen = [60 + 7 * place for place in range(8)] if beta > 0 else []
        stretches = [(begin, begin + 1, f"at {begin / 6:.1f} h") for begin in chosen]
        stretches += [(60, 120, "10 to 20 h")] if beta > 0 else [(6, 120, "1 to 20 h")]
        for begin, end, name in stretches:
            minutes = slice(begin * STEP, end * STEP)
            expected = float(np.average(tails[minutes], weights=rate[minutes]))
            value = ratio_with_error(
                sums.delayed[:, begin:end].sum(axis=1), sums.joined[:, begin:end].sum(axis=1)
            )
            label = f"M_t/M/s_t+M, m{beta:+g}√m, {name}, P(wait), {sums.joined.sum() / 1e6:.0f} M tickets"
            found.append(cell(label, *value, expected, most_error=None if beta > 0 else SMALL))
    return found


def _time_varying(rate: list[float], staff: list[int], days: int) -> Binned:
    windows = max(staff)
    model = HallModel(
        (QueueModel("A", tuple(rate), exponential(60.0), patience=exponential(60.0)),),
        tuple(map(str, range(windows))),
        ((0.0, float(PERIOD)),),
        interval_minutes=1.0,
        pools=(0,) * windows,
    )
    entries = [
        PlanEntry(window, 0, float(begin * STEP), float((begin + 1) * STEP))
        for begin, open_windows in enumerate(staff)
        for window in range(open_windows)
    ]
    edges = [float(STEP * edge) for edge in range(PERIOD // STEP + 1)]
    return binned(model, Plan(tuple(entries)), edges, seed=SEED, days=days, threads=THREADS)


def civicq_rows() -> list[BenchRow]:
    """M_t/M/s_t with closing windows, by name: CivicQ's plans against the exact chain."""
    proof = civicq_proof(interchangeable=False)
    plans = (
        (3,) * 8,
        (3, 3, 3, 2, 2, 3, 3, 3),
        (3, 3, 3, 2, 2, 3, 3, 2),
        (2, 3, 3, 2, 2, 3, 3, 2),
        (2, 3, 2, 2, 2, 2, 3, 2),
        (2, 2, 2, 2, 2, 2, 3, 2),
        (4, 2, 4, 2, 3, 2, 4, 2),
        (3, 3, 2, 2, 2, 3, 3, 2),
    )
    model = HallModel(
        (QueueModel("A", CIVICQ_PER_HOUR, exponential(CIVICQ_SERVICE_MINUTES)),),
        ("1", "2", "3", "4"),
        ((0.0, 480.0),),
        interval_minutes=60.0,
    )
    found = []
    for plan in plans:
        days = 1_250_000
        summary = simulate_days(model, civicq_plan(plan), seed=SEED, days=days, threads=THREADS)
        mean, error = summary.ratio_with_error(WAIT_SUM, CALLED)
        name = f"M_t/M/s_t, CivicQ {''.join(map(str, plan))}, mean wait, {days // 1000} k days"
        found.append(cell(name, mean, error, proof.mean_wait(plan), most_error=SMALL))
    return found


def civicq_plan(hours: tuple[int, ...]) -> Plan:
    """Return windows 1 … n open in each hour."""
    return Plan(
        tuple(
            PlanEntry(window, 0, 60.0 * hour, 60.0 * hour + 60.0)
            for hour, count in enumerate(hours)
            for window in range(count)
        )
    )


def contact_center_rows(days: int = 10_000) -> list[BenchRow]:
    """The published ContactCenters tables; their standard errors come from their intervals."""
    found = []
    for name, patience, cells in (
        ("MMC", None, {"wait": (0.099, 0.003 / 1.96), "good": (1816.2, 3.5 / 1.96)}),
        ("MMCAb", 1.0, {"given up": (58.6, 0.95 / 1.96), "good": (1906.0, 2.2 / 1.96)}),
    ):
        model, plan = published.single(4.2, 2.0, 12, patience)
        summary = simulate_days(model, plan, seed=SEED, days=days, threads=THREADS)
        for measure, (value, error) in cells.items():
            ours = _contact_measure(summary, measure, model, plan)
            found.append(
                cell(f"ContactCenters {name}, {measure}, {days} days", *ours, value, reference_error=error)
            )
    return found + call_center_rows(days) + simple_msk_rows(days)


def _contact_measure(summary: Summary, measure: str, model: HallModel, plan: Plan) -> tuple[float, float]:
    if measure == "wait":
        return summary.ratio_with_error(WAIT_SUM, CALLED)
    if measure == "given up":
        return _mean(summary.daily[:, 0, GAVE_UP_COUNT])
    good = [_good_count(model, plan, day) for day in range(0, 2_000, 100)]
    return _mean(np.concatenate(good))


def _good_count(model: HallModel, plan: Plan, first_day: int) -> NDArray[np.float64]:

    records = play_records(model, plan, draw_days(model, seed=SEED, days=100, first_day=first_day))
    return np.array(
        [_within(record.outcome, record.wait_minutes, 20 * published.SECOND) for record in records]
    )


def _within(outcome: NDArray[np.int64], wait: NDArray[np.float64], limit: float) -> float:
    return float(((outcome == Outcome.SERVED) & (wait <= limit)).sum())


def _mean(values: NDArray[np.float64]) -> tuple[float, float]:
    return float(values.mean()), float(values.std(ddof=1) / sqrt(len(values)))


def call_center_rows(days: int) -> list[BenchRow]:
    """CallCC: ratios to the 1,660 calls expected, published with 90 % intervals."""
    model, plan = published.call_center()
    summary = simulate_days(model, plan, seed=SEED, days=days, threads=THREADS)
    expected = float(sum(published.CALL_CENTER_RATES))
    daily = summary.daily[:, 0]
    waits = (daily[:, WAIT_SUM] + daily[:, 9]) * 60.0 / expected  # the wait of those who gave up counts
    return [
        cell(
            f"ContactCenters CallCC, arrivals, {days} days",
            *_mean(daily[:, JOINED]),
            1639.5,
            reference_error=26.7 / 1.645,
        ),
        cell(
            f"ContactCenters CallCC, wait s, {days} days", *_mean(waits), 11.83, reference_error=1.77 / 1.645
        ),
        cell(
            f"ContactCenters CallCC, lost, {days} days",
            *_mean(daily[:, GAVE_UP_COUNT] / expected),
            0.0342,
            reference_error=0.0032 / 1.645,
        ),
    ]


def simple_msk_rows(days: int) -> list[BenchRow]:
    """SimpleMSK: served, given up, and the nine cells of good calls by type and period.

    The published cells carry no interval; theirs is taken to be ours scaled to 1,000 days.
    """
    model, plan = published.simple_msk()
    served, lost, good = [], [], []
    for part in range(days // 500):
        drawn, period = published.simple_msk_days(SEED + part, 500)
        summary = play(model, plan, drawn)
        served.append(summary.daily[:, :, SERVED_COUNT].sum(axis=1))
        lost.append(summary.daily[:, :, GAVE_UP_COUNT].sum(axis=1))
        cells = np.zeros((500, 3, 3))
        for day, record in enumerate(play_records(model, plan, drawn)):
            near = (record.outcome == Outcome.SERVED) & (record.wait_minutes <= 20 * published.SECOND)
            of_day = period[drawn.starts[day] : drawn.starts[day + 1]].astype(np.int64)
            np.add.at(cells[day], (record.queue[near], of_day[near]), 1.0)
        good.append(cells)
    every = np.concatenate(good)
    found = [
        cell(
            f"ContactCenters SimpleMSK, served, {days} days",
            *_mean(np.concatenate(served)),
            4297.3,
            reference_error=27.2 / 1.96,
        ),
        cell(
            f"ContactCenters SimpleMSK, given up, {days} days",
            *_mean(np.concatenate(lost)),
            910.3,
            reference_error=34.2 / 1.96,
        ),
    ]
    for kind in range(3):
        for period_of in range(3):
            mean, error = _mean(every[:, kind, period_of])
            name = f"ContactCenters SimpleMSK, good, type {kind}, period {period_of}, {days} days"
            theirs = error * sqrt(days / 1000)
            found.append(cell(name, mean, error, published.MSK_GOOD[kind][period_of], reference_error=theirs))
    return found


def appointment_rows(days: int = 1_000_000) -> list[BenchRow]:
    """Appointment schedules: the simulated objective against the exact one (services not cut)."""
    found = []
    for name, schedule, in_print in published.SCHEDULES:
        model, plan = published.schedule_hall(schedule)
        summary = simulate_days(model, plan, seed=SEED, days=days, threads=THREADS)
        patients = sum(map(int, schedule))
        tardiness = np.maximum(summary.last_finish_minutes - 240.0, 0.0)
        idle = 240.0 + tardiness - summary.daily[:, 0, SERVICE_SUM]
        objective = 0.4 * summary.daily[:, 0, WAIT_SUM] / patients + 0.2 * idle + 0.4 * tardiness
        exact = schedule_objective(schedule, poisson_masses(9.0))
        label = f"appointments, {name} (in print {in_print}, services cut), {days // 1000} k days"
        found.append(cell(label, *_mean(objective), exact, most_error=SMALL))
    return found


def oracle_rows(halls: int = 4, days: int = 150) -> list[BenchRow]:
    """Random small halls in simpy (skills) and Ciw (pooled), mean wait of the called."""
    found = []
    for seed in range(1, halls + 1):
        for name, simulator, skills in (("simpy", simpy_day, True), ("ciw", ciw_day, False)):
            hall = random_hall(seed, skills=skills)
            summary = simulate_days(hall.model(), hall.plan(), seed=SEED, days=20_000, threads=THREADS)
            theirs, error = ratio_with_error(*oracle_means(hall, days, simulator))
            ours = summary.ratio_with_error(WAIT_SUM, CALLED)
            found.append(
                cell(
                    f"{name}, random hall {seed}, {days} days, mean wait",
                    *ours,
                    theirs,
                    reference_error=error,
                )
            )
    return found


def one_dispatcher_rows() -> list[BenchRow]:
    """The plain rule and the compiled engine, ticket by ticket: calls, windows, outcomes."""
    found = []
    for name, (tickets, different) in {
        "simulated complete halls": differences_on_simulated(SEED),
        "bank and Warsaw logs": differences_on_logs(LOGS),
    }.items():
        label = f"plain rule = compiled engine, {name}, {tickets:,} tickets, differences"
        found.append(BenchRow(label, float(different), "tickets", None, None, "0", different == 0))
    return found
