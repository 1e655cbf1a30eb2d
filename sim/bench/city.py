"""Days in Shanwei's 54 halls: how far is each rule of choice from the best, and does advice swing?"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from sim.bench.row import BenchRow
from sim.city.closed_loop import NEAREST, paired, study_level
from sim.city.model import city_from_csv
from sim.city.report import tables
from sim.city.study import OURS, RULES, CityBoard

if TYPE_CHECKING:
    from sim.city.closed_loop import Level

HALLS = Path(__file__).parents[1] / "data" / "shanwei_halls.csv"
FULL = bool(os.environ.get("FULL"))
FIRST_SEED = 101  # the tolerance of near-equals was chosen on seeds 11 to 18
DAYS = {"light": 30, "normal": 30 if FULL else 10, "heavy": 30 if FULL else 10}  # light: smaller differences
HISTORY_SEEDS = tuple(range(901, 906))  # the days from which the usual inflow is learned
LEVELS = {"light": 0.45, "normal": 0.65, "heavy": 0.85}
SHARES = tuple(round(0.1 * step, 1) for step in range(1, 11))
SHOWN = (0.1, 0.3, 0.6, 1.0)
AGES_S = (0.0, 15.0, 60.0, 300.0)
JUDGED_DAYS, ROUNDS = (6, 1_000) if FULL else (3, 200)
WIDE = 170
STEADY = 1.25  # variance of a hall's arrivals against that of citizens who ignore each other


def rows() -> list[BenchRow]:
    """Return ratios to the best assignment found, paired differences, and steadiness at each level."""
    city = city_from_csv(HALLS)
    board = CityBoard(city)
    levels = [
        study_level(
            board,
            name,
            load,
            seeds=tuple(range(FIRST_SEED, FIRST_SEED + DAYS[name])),
            history_seeds=HISTORY_SEEDS,
            shares=SHARES if name == "normal" or FULL else SHOWN,
            ages_s=AGES_S,
            aged_shares=(1.0,) if name == "normal" or FULL else (),
            judged_days=JUDGED_DAYS,
            rounds=ROUNDS,
        )
        for name, load in LEVELS.items()
    ]
    console = Console(width=max(Console().width, WIDE))
    for table in tables(levels, SHOWN):
        console.print(table)
    return [row for level in levels for row in (_size(level), *_ratios(level), *_claims(level))]


def _size(level: Level) -> BenchRow:
    return BenchRow(
        f"{level.name}: best found in hindsight, {level.citizens:,} citizens on seeds "
        f"{level.seeds[0]}-{level.seeds[-1]}, judged on the first {level.judged_days}",
        level.best, "min", f"lower bound {level.bound:.1f}", level.best / level.bound, "", None,
    )  # fmt: skip


def _ratios(level: Level) -> list[BenchRow]:
    return [
        BenchRow(
            f"{level.name}, {share:.0%} follow: {rule}",
            level.figures(rule, share).first(level.judged_days),
            "min", f"best found {level.best:.1f}", level.to_best(rule, share), "", None,
        )
        for share in SHOWN
        for rule in RULES
    ]  # fmt: skip


def _claims(level: Level) -> list[BenchRow]:
    """Return whether ours is lower than each rule at every compliance, and as steady as plain demand."""
    found = []
    for rule in RULES:
        if rule == OURS:
            continue
        pairs = {
            share: paired(level.figures(OURS, share), level.figures(rule, share)) for share in level.shares
        }
        share, closest = max(pairs.items(), key=lambda item: item[1].difference + item[1].half_width)
        lower = sum(pair.is_lower for pair in pairs.values())
        found.append(
            BenchRow(
                f"{level.name}: ours less {rule}, where it is closest ({share:.0%} follow, "
                f"± {closest.half_width:.2f} at 95 %)",
                closest.difference, "min", f"lower at {lower} of {len(pairs)} compliances", None,
                "below 0 with its interval", lower == len(pairs),
            )
        )  # fmt: skip
    ours, plain = level.figures(OURS, 1.0), level.figures(NEAREST, 1.0)
    ratio = max(level.figures(OURS, share).oscillation for share in level.shares) / plain.oscillation
    found += [
        BenchRow(f"{level.name}: oscillation of ours, at its worst compliance", ratio * plain.oscillation,
                 "variance / mean", "nearest hall", ratio, f"<= {STEADY:g} x", ratio <= STEADY),
        BenchRow(f"{level.name}: swing of ours between neighbours, all follow", ours.swing, "min",
                 "best in hindsight", ours.swing / level.best_day.swing, "", None),
    ]  # fmt: skip
    if (OURS, 1.0, AGES_S[-1]) in level.rules:
        oldest = level.figures(OURS, 1.0, AGES_S[-1]).mean
        found.append(
            BenchRow(f"{level.name}: ours with estimates {AGES_S[-1]:.0f} s old, all follow", oldest, "min",
                     "15 s old", oldest / ours.mean, "<= 1.02 x", oldest <= 1.02 * ours.mean)
        )  # fmt: skip
    return found
