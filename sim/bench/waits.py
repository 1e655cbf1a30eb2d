"""Wait prediction on the shipped real logs, split by time: ours over the best simple peer of the same run.

Halls: learned from the days up to 10 January 2020, judged on the days after. Bank: learned from January
1999, judged on 1-14 February. Every peer is recalibrated in bins on the training days. The goals are the
ratios that the figures asked for have to the best peer quoted beside them.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, cast

from sim.backtest.run import Outputs, backtest
from sim.bench.row import BenchRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DATA = Path(__file__).parent.parent / "data"
HALLS_UNTIL, BANK_UNTIL = date(2020, 1, 10), date(1999, 1, 31)
GOALS = {0.0: (8.2 / 9.39, 2.75 / 3.24), 30.0: (6.8 / 8.18, 2.55 / 3.09), 60.0: (7.5 / 9.23, 2.8 / 3.52)}
BANK_GOALS = (22.1 / 26.0, 13.8 / 16.7)
REGRET_GOAL = 3.6 / 5.0
SHORT_OF = 0.01
WORST_HALL, LONG_WAITS, BAND_TOLERANCE = 0.87, 0.88, 0.015
OURS = "ours on arrival + travel"
PEER_RULES_EXCLUDED = (OURS, "hindsight")

Figures = dict[str, object]


def rows() -> list[BenchRow]:
    """Run both backtests and return every figure that was asked for."""
    halls = backtest([DATA / "warsaw_halls"], HALLS_UNTIL, Outputs(cold_start=True), _say)
    bank = backtest([DATA / "bank_calls"], BANK_UNTIL, Outputs(), _say)
    out: list[BenchRow] = []
    for result in _listed(halls, "horizons"):
        out.extend(_horizon_rows(result))
    out.extend(_bank_rows(_listed(bank, "horizons")[0]))
    out.extend(_choice_rows(_listed(halls, "hall_choice")))
    out.extend(_cold_start_rows(_listed(halls, "cold_start")))
    out.append(BenchRow("halls: whole backtest", _number(halls, "seconds"), "s", None, None, "<= 600", None))
    return out


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


def _horizon_rows(result: Figures) -> list[BenchRow]:
    horizon = _number(result, "horizon_minutes")
    name = "halls, now" if horizon == 0 else f"halls, {horizon:.0f} min ahead"
    out = _ratio_rows(name, result, ("mae", "pin90"), GOALS.get(horizon), "min")
    out.extend(_paired_rows(name, result))
    ours = _part(result, "ours")
    out.append(_share_row(f"{name}: P90 held", _number(ours, "coverage"), 0.9, SHORT_OF))
    if horizon == 0:
        out.append(_share_row(f"{name}: P10-P90 held", _number(ours, "band"), 0.8, BAND_TOLERANCE))
    else:  # about half of these waits are zero, and a P10 of zero cannot be missed
        out.append(BenchRow(f"{name}: P10-P90 held", _number(ours, "band"), "share", None, None, "", None))
    below = _part(result, "p10_above_zero")["waits_below"]
    if isinstance(below, float):
        out.append(_share_row(f"{name}: waits below a P10 above zero", below, 0.1, BAND_TOLERANCE))
    return [*out, *_worst_rows(name, result)]


def _worst_rows(name: str, result: Figures) -> list[BenchRow]:
    out = []
    worst = _listed(result, "worst_halls")
    low = [hall for hall in worst if _number(hall, "high") < WORST_HALL]
    out.append(BenchRow(f"{name}: halls surely below 87 %", len(low), "halls", None, None, "0", not low))
    if worst:
        lowest = _number(worst[0], "coverage")
        out.append(BenchRow(f"{name}: P90 held, lowest hall", lowest, "share", None, None, "", None))
    held = _part(result, "predicted_long")["coverage"]
    if isinstance(held, float):
        fine = held >= LONG_WAITS
        out.append(BenchRow(f"{name}: P90 held, predicted > 80", held, "share", None, None, ">= 0.88", fine))
    return out


def _paired_rows(name: str, result: Figures) -> list[BenchRow]:
    """Return the changes against the best peer, paired by queue-day (bank: hour); the goal is a sure win."""
    out = []
    paired, best = _part(result, "paired_per_queue_day"), _part(result, "best_peer")
    for measure in ("pin50", "pin90"):
        change, low, high = cast("Sequence[float]", paired[measure])
        peer = str(best["pin90" if measure == "pin90" else "mae"])
        goal = f"95 % interval {low:+.1%} … {high:+.1%} below 0"
        out.append(BenchRow(f"{name}: {measure}, paired", change, "share", peer, 1 + change, goal, high < 0))
    return out


def _ratio_rows(
    name: str, result: Figures, measures: Sequence[str], goals: tuple[float, float] | None, unit: str
) -> list[BenchRow]:
    ours, ratios, best = (_part(result, key) for key in ("ours", "ratio_to_best_peer", "best_peer"))
    out = []
    for place, measure in enumerate(measures):
        ratio = _number(ratios, "pin90" if measure == "pin90" else "mae")
        goal = goals[place] if goals else None
        peer = str(best["pin90" if measure == "pin90" else "mae"])
        out.append(
            BenchRow(
                f"{name}: {measure}",
                _number(ours, measure),
                unit,
                f"{peer}, recalibrated",
                ratio,
                f"ratio <= {goal:.3f}" if goal else "",
                ratio <= goal if goal else None,
            )
        )
    return out


def _bank_rows(result: Figures) -> list[BenchRow]:
    ours = _part(result, "ours")
    return [
        *_ratio_rows("bank", result, ("pin50", "pin90"), BANK_GOALS, "s"),
        *_paired_rows("bank", result),
        _share_row("bank: P90 held", _number(ours, "coverage"), 0.9, SHORT_OF),
        _share_row("bank: P10-P90 held", _number(ours, "band"), 0.8, BAND_TOLERANCE),
    ]


def _choice_rows(rules: Sequence[Figures]) -> list[BenchRow]:
    by_rule = {str(rule["rule"]): _number(rule, "regret") for rule in rules}
    peers = {name: regret for name, regret in by_rule.items() if name not in PEER_RULES_EXCLUDED}
    best = min(peers, key=lambda name: peers[name])
    ratio = by_rule[OURS] / peers[best]
    return [
        BenchRow(
            "choosing a hall: regret",
            by_rule[OURS],
            "min",
            best,
            ratio,
            f"ratio <= {REGRET_GOAL:.2f}",
            ratio <= REGRET_GOAL,
        )
    ]


def _cold_start_rows(points: Sequence[Figures]) -> list[BenchRow]:
    out = []
    for point in points:
        days, mae, les = (_number(point, key) for key in ("days", "mae", "les_mae"))
        holds = mae < les if days == 1 else None
        goal = "below LES" if days == 1 else ""
        out.append(BenchRow(f"cold start, {days:.0f} days: MAE", mae, "min", "LES", mae / les, goal, holds))
    return out


def _share_row(name: str, share: float, goal: float, tolerance: float) -> BenchRow:
    return BenchRow(
        name, share, "share", None, None, f"{goal:.2f} ± {tolerance}", abs(share - goal) <= tolerance
    )


def _part(figures: Mapping[str, object], key: str) -> Figures:
    return cast("Figures", figures[key])


def _listed(figures: Mapping[str, object], key: str) -> list[Figures]:
    return cast("list[Figures]", figures[key])


def _number(figures: Mapping[str, object], key: str) -> float:
    return float(cast("float", figures[key]))
