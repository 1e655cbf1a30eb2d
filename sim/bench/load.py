"""The county hall's morning in the real app, beside its simulation on the same citizens, at two speeds.

Wall-clock figures of one machine that plays both sides; the app is a process of its own.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.bench.row import BenchRow
from sim.load.commands import run_load
from sim.scenario import load_scenario

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.load.report import LoadReport

SCENARIO = Path(__file__).parents[1] / "data" / "scenarios" / "county_hall.toml"
FULL = bool(os.environ.get("FULL"))
SPEEDS = (30.0, 120.0)
MINUTES = None if FULL else 90.0
SCREENS, PHONES = (100, 20) if FULL else (20, 5)


def rows() -> list[BenchRow]:
    """Return what agrees, what was missed and how long calls and frames took, at each speed."""
    scenario = load_scenario(SCENARIO)
    found = []
    for speed in SPEEDS:
        report = run_load(
            scenario,
            seed=scenario.seed,
            speed=speed,
            minutes=MINUTES,
            screens=SCREENS,
            phones=PHONES,
        )
        found += _rows(report)
    return found


def _rows(report: LoadReport) -> list[BenchRow]:
    days, at = report.days, f"at {report.speed:g} x"
    calls = sum(len(day.live.calls) for day in days)
    outside = sum(not figure.holds for day in days for figure in day.figures)
    compared = sum(len(day.figures) for day in days)
    watched = [day.live.watched for day in days]
    errors = sum(len(day.live.errors) for day in days)
    missed = sum(each.missed + each.phones_missed for each in watched)
    doubled = sum(each.doubled for each in watched)
    wrong = sum(day.out_of_rule for day in days)
    live, simulated = _mean_waits(report)
    return [
        BenchRow(
            f"{at}: mean wait live, {calls} calls", live, "min", f"simulated {simulated:.2f}",
            live / simulated, "", None,
        ),
        _count(f"{at}: figures outside their range, of {compared}", outside, "figures"),
        _count(f"{at}: calls that the one call order would not make, of {calls}", wrong, "calls"),
        _count(f"{at}: calls missed on {SCREENS} screens and {PHONES} phones", missed, "calls"),
        _count(f"{at}: calls shown twice", doubled, "calls"),
        _count(f"{at}: errors", errors, "errors"),
        *_latency(f"{at}: call-next answered", report.seconds("call-next")),
        *_latency(f"{at}: call → lobby screen", report.watched_seconds("frame_seconds")),
        *_latency(f"{at}: call → phone", report.watched_seconds("phone_seconds")),
    ]  # fmt: skip


def _mean_waits(report: LoadReport) -> tuple[float, float]:
    sides = ([day.live.figures for day in report.days], [day.simulated for day in report.days])
    live, simulated = (
        float(np.concatenate([day.wait[~np.isnan(day.called)] for day in side]).mean()) for side in sides
    )
    return live, simulated


def _count(name: str, value: int, unit: str) -> BenchRow:
    return BenchRow(name, float(value), unit, None, None, "= 0", value == 0)


def _latency(name: str, seconds: NDArray[np.float64]) -> list[BenchRow]:
    if not len(seconds):
        return []
    median, p99 = (1000.0 * float(value) for value in np.quantile(seconds, (0.5, 0.99)))
    return [
        BenchRow(f"{name}, P50 of {len(seconds):,}", median, "ms", None, None, "", None),
        BenchRow(f"{name}, P99", p99, "ms", "its median", p99 / median, "", None),
    ]
