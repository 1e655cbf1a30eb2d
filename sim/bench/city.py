"""A day in Shanwei's 54 halls: how far is each rule of choice from the best assignment found?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.bench.row import BenchRow
from sim.city.hindsight import best_in_hindsight
from sim.city.model import city_from_csv, draw_citizens
from sim.city.study import RULES, CityBoard, lower_bound, rules_for, usual_inflow

if TYPE_CHECKING:
    from sim.city.model import Citizens, City
    from sim.city.study import CityDay

HALLS = Path(__file__).parents[1] / "data" / "shanwei_halls.csv"
SEEDS = (11, 12, 13)
HISTORY_SEED = 99  # the day from which the usual inflow is learned
LOAD = 0.65
COMPLIANCE = (0.1, 0.3, 0.6, 1.0)
ROUNDS = 300


def rows() -> list[BenchRow]:
    """Return each rule at each compliance as ratios to the best assignment found and the lower bound."""
    city = city_from_csv(HALLS)
    board = CityBoard(city)
    history = draw_citizens(city, seed=HISTORY_SEED, load=LOAD)
    days = [draw_citizens(city, seed=seed, load=LOAD) for seed in SEEDS]
    played = {
        (name, share): [_play(board, city, day, history, rule, share) for day in days]
        for share in COMPLIANCE
        for name, rule in RULES.items()
    }
    starts = played["predicted done-time", 1.0]
    best = [
        best_in_hindsight(board, day, start, seed=seed, rounds=ROUNDS)
        for day, start, seed in zip(days, starts, SEEDS, strict=True)
    ]
    bound = float(np.mean([lower_bound(city, day) for day in days]))
    best_mean = float(np.mean([day.mean for day in best]))
    citizens = sum(len(day.need) for day in days)
    size = f"{len(city.names)} halls, {citizens:,} citizens, seeds {SEEDS}, load {LOAD:.0%}"
    found = [
        BenchRow(f"best assignment found in hindsight, {size}", best_mean, "min door to done",
                 f"lower bound {bound:.1f}", best_mean / bound, "", None)
    ]  # fmt: skip
    for (name, share), results in played.items():
        found.append(_row(name, share, results, best_mean, bound, _judged(name, share, played)))
    return found


def _play(board: CityBoard, city: City, day: Citizens, history: Citizens, rule: int, share: float) -> CityDay:
    followed = rules_for(len(day.need), rule, share, seed=5)
    return board.play(day, followed, usual_inflow(city, history, share))


def _judged(name: str, share: float, played: dict[tuple[str, float], list[CityDay]]) -> bool | None:
    """The predicted done-time should beat every other rule at the same compliance."""
    if name != "predicted done-time":
        return None
    means = {other: np.mean([day.mean for day in played[other, share]]) for other in RULES}
    return bool(means[name] == min(means.values()))


def _row(
    name: str, share: float, results: list[CityDay], best: float, bound: float, holds: bool | None
) -> BenchRow:
    mean = float(np.mean([day.mean for day in results]))
    spread = float(np.mean([day.spread for day in results]))
    p90 = float(np.mean([day.p90 for day in results]))
    imbalance = float(np.mean([day.imbalance for day in results]))
    oscillation = float(np.mean([day.oscillation for day in results]))
    label = (
        f"{share:.0%} follow: {name}; sd {spread:.0f}, P90 {p90:.0f}, load imbalance {imbalance:.2f}, "
        f"oscillation {oscillation:.2f}, {mean / bound:.2f} x bound"
    )
    goal = "best rule at this compliance" if holds is not None else ""
    return BenchRow(label, mean, "min door to done", f"best found {best:.1f}", mean / best, goal, holds)
