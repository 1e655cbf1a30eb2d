"""Choosing a hall: where people of a city would go by each rule, and what that cost against hindsight.

Citizens do not change the queues here. Travel = 8 min + 1.3 × great-circle distance ÷ 18 km/h; the realised
wait is interpolated between the horizons 15, 30 and 60 minutes; a decision counts when every hall's waits
were seen.
"""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from sim.backtest.halls_replay import HallPredictions

    Floats = NDArray[np.float64]

ARRIVAL_HORIZONS = (15.0, 30.0, 60.0)
FIRST_MINUTE, LAST_MINUTE, STEP_MINUTES = 8.25 * 60, 15.0 * 60, 15.0
START_MINUTES, DETOUR, SPEED_KMH = 8.0, 1.3, 18.0
EARTH_KM = 6371.0
OLDEST_SNAPSHOT = 20.0
SMALL_SHORTFALL = 1.0
# A choice costs the wait itself, so its mean decides, and waits are skewed: a P50 of zero is not no cost.
MEAN_WEIGHTS = np.array([0.2, 0.6, 0.2])  # of P10, P50, P90


@dataclass(frozen=True, slots=True)
class ChoiceResult:
    """One rule: mean travel + wait, regret against hindsight, share within a minute of the best."""

    rule: str
    decisions: int
    door_to_window: float
    regret: float
    near_best: float

    def as_json(self) -> dict[str, object]:
        """Return the result for a JSON document."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Choices:
    """Positions of the competing queues' halls and of the people, as radians ``[place, (lat, lon)]``."""

    queues: tuple[int, ...]
    halls: Floats
    origins: Floats

    @property
    def travel_minutes(self) -> Floats:
        """``[origin, hall]``."""
        half = (self.origins[:, None, :] - self.halls[None, :, :]) / 2
        cosines = np.cos(self.origins[:, None, 0]) * np.cos(self.halls[None, :, 0])
        chord = np.sin(half[..., 0]) ** 2 + cosines * np.sin(half[..., 1]) ** 2
        km = 2 * EARTH_KM * np.arcsin(np.sqrt(chord))
        return np.asarray(START_MINUTES + DETOUR * km / SPEED_KMH * 60, np.float64)


def load_choices(folder: Path, queue_names: tuple[tuple[str, str], ...]) -> Choices:
    """Read ``halls.csv``, ``origins.csv`` and ``vehicle_registration_queues.csv``.

    Queues that the log does not hold drop out.
    """
    place = {name: index for index, name in enumerate(queue_names)}
    at = {row["hall"]: (float(row["lat"]), float(row["lon"])) for row in _rows(folder / "halls.csv")}
    listed = [(row["hall"], row["queue_id"]) for row in _rows(folder / "vehicle_registration_queues.csv")]
    usable = [name for name in listed if name in place and name[0] in at]
    origins = [(float(row["lat"]), float(row["lon"])) for row in _rows(folder / "origins.csv")]
    return Choices(
        tuple(place[name] for name in usable),
        np.radians([at[hall] for hall, _ in usable]),
        np.radians(origins),
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def compare_rules(predicted: HallPredictions, choices: Choices) -> list[ChoiceResult]:
    """Return each rule's result over the test days, best first; hindsight comes first with no regret.

    Empty when the log holds fewer than two of the competing queues.
    """
    if len(choices.queues) < 2:
        return []
    travel = choices.travel_minutes
    columns = predicted.features.columns
    now = {
        "published minutes + travel": columns["published"],
        "shortest line now": columns["waiting"] * 1e3,
        "LES now + travel": columns["les"],
        "table of queue × time + travel": columns["usual_wait"],
        "QL ÷ calls of 120 min + travel": columns["waiting"]
        / np.maximum(np.nan_to_num(columns["calls_120"]), 2)
        * 120,
        "drain now + travel": columns["drain"],
        "nearest hall": np.zeros(len(predicted.replay.log)),
    }
    outcome = predicted.replay.outcomes
    costs: dict[str, list[Floats]] = {name: [] for name in (*now, "ours on arrival + travel", "hindsight")}
    for rows in _moments(predicted, choices):
        realised = travel + _on_arrival({h: outcome[h][rows] for h in ARRIVAL_HORIZONS}, travel)
        ours = {h: predicted.quantiles[h][rows] @ MEAN_WEIGHTS for h in ARRIVAL_HORIZONS}
        expected = {name: travel + np.nan_to_num(column[rows])[None, :] for name, column in now.items()}
        expected["ours on arrival + travel"] = travel + _on_arrival(ours, travel)
        expected["hindsight"] = realised
        for name, cost in expected.items():
            chosen = cost.argmin(axis=1)
            costs[name].append(realised[np.arange(len(realised)), chosen])
    if not costs["hindsight"]:
        return []
    best = np.concatenate(costs["hindsight"])
    results = [_result(name, np.concatenate(cost), best) for name, cost in costs.items()]
    return sorted(results, key=lambda result: result.regret)


def _result(rule: str, cost: Floats, best: Floats) -> ChoiceResult:
    lost = cost - best
    near = float((lost <= SMALL_SHORTFALL).mean())
    return ChoiceResult(rule, len(cost), float(cost.mean()), float(lost.mean()), near)


def _moments(predicted: HallPredictions, choices: Choices) -> list[NDArray[np.int64]]:
    """Return the rows (one per competing queue) of every quarter hour at which all outcomes are known."""
    replay = predicted.replay
    out = []
    for day in predicted.test:
        spans = [replay.rows.get((queue, day)) for queue in choices.queues]
        if any(span is None for span in spans):
            continue
        for tick in np.arange(FIRST_MINUTE, LAST_MINUTE + 1, STEP_MINUTES):
            rows = np.array([_latest(replay.log.minute, span, tick) for span in spans if span is not None])
            if (rows >= 0).all() and _complete(predicted, rows):
                out.append(rows)
    return out


def _latest(minute: Floats, span: slice, tick: float) -> int:
    place = int(np.searchsorted(minute[span], tick, "right")) - 1
    if place < 0 or tick - minute[span][place] > OLDEST_SNAPSHOT:
        return -1
    return int(span.start) + place


def _complete(predicted: HallPredictions, rows: NDArray[np.int64]) -> bool:
    outcome = predicted.replay.outcomes
    return all(
        bool(np.isfinite(outcome[h][rows]).all() and np.isfinite(predicted.quantiles[h][rows, 1]).all())
        for h in ARRIVAL_HORIZONS
    )


def _on_arrival(waits: Mapping[float, Floats], travel: Floats) -> Floats:
    """Return ``[origin, hall]``: each hall's wait after the travel time, by straight line."""
    table = np.stack([waits[h] for h in ARRIVAL_HORIZONS])
    after = np.clip(np.searchsorted(ARRIVAL_HORIZONS, travel), 1, len(ARRIVAL_HORIZONS) - 1)
    low, high = np.take(ARRIVAL_HORIZONS, after - 1), np.take(ARRIVAL_HORIZONS, after)
    share = np.clip((travel - low) / (high - low), 0.0, 1.0)
    hall = np.arange(table.shape[1])[None, :]
    return np.asarray(table[after - 1, hall] * (1 - share) + table[after, hall] * share, np.float64)
