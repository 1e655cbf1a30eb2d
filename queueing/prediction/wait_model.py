"""The learned correction: P10, P50 and P90 of a wait from the state's features and a physical estimate.

Three views are blended. (1) Location and scale: gradient-boosted trees and a ridge regression learn the mean
of log((wait + c) / (estimate + c)), which is near its median; boosted trees learn the spread of what is
left, judged on days they did not learn from; the standardised rest keeps its empirical quantiles. (2) Where
waits of zero are common, boosted trees give the chance of no wait and (1) describes the waits above zero.
(3) A quantile forest. Against boosting the pinball loss directly, (1) had the lower error at a tenth of the
time on the logs measured (docs/subsystems/wait-prediction.md).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from queueing.prediction.quantile_forest import QuantileForest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SHARES = (0.1, 0.5, 0.9)
REST_GRID = np.linspace(0.0, 1.0, 201)
LEAST_REST = 0.05  # keeps the log of a residual finite; a twentieth in log terms is nothing to a citizen
FOLDS = 3


@dataclass(frozen=True, slots=True)
class ModelShape:
    """What differs between one kind of wait and another. ``constant`` c is in the unit of the waits."""

    constant: float
    zero_waits: bool
    rounds: int = 200
    seeds: int = 3
    ridge_share: float = 0.3
    forest_trees: int = 60
    forest_leaf: int = 20
    forest_share: tuple[float, float, float] = (0.5, 0.3, 0.5)
    forest_rows: int = 60_000


@dataclass(slots=True)
class Location:
    """The mean of the log ratio: boosted trees of several seeds and a ridge regression, mixed."""

    shape: ModelShape
    seeds: int
    boosted: list[HistGradientBoostingRegressor] = field(default_factory=list)
    ridge: Ridge | None = None
    centre: Floats = field(default_factory=lambda: np.zeros(0))
    spread: Floats = field(default_factory=lambda: np.ones(0))

    def fit(self, features: Floats, target: Floats) -> Location:
        """Learn ``target`` from ``features``."""
        self.boosted = [
            _boosted(self.shape.rounds, 15, 60, seed).fit(features, target) for seed in range(self.seeds)
        ]
        curbed = _curbed(features)
        self.centre, self.spread = curbed.mean(axis=0), curbed.std(axis=0) + 1e-9
        self.ridge = Ridge(200.0).fit(self._standard(curbed), target)
        return self

    def predict(self, features: Floats) -> Floats:
        """Return the expected target of each row."""
        assert self.ridge is not None
        trees = np.mean([model.predict(features) for model in self.boosted], axis=0)
        line = self.ridge.predict(self._standard(_curbed(features)))
        return np.asarray((1 - self.shape.ridge_share) * trees + self.shape.ridge_share * line, np.float64)

    def _standard(self, curbed: Floats) -> Floats:
        return np.asarray(np.clip((curbed - self.centre) / self.spread, -4.0, 4.0), np.float64)


@dataclass(slots=True)
class WaitModel:
    """One model for one horizon. ``fit`` needs at least two days; units are those of the waits given."""

    shape: ModelShape
    location: Location | None = None
    scale: HistGradientBoostingRegressor | None = None
    zero: list[HistGradientBoostingClassifier] = field(default_factory=list)
    rest: Floats = field(default_factory=lambda: np.zeros(0))
    forest: QuantileForest | None = None

    def fit(self, features: Floats, estimate: Floats, waits: Floats, day: NDArray[np.int64]) -> WaitModel:
        """Learn from rows of past days.

        ``features[row, column]`` may hold NaN; ``estimate`` is a physical estimate of each wait, ``day`` says
        which rows share a day: spread is judged on days left out.
        """
        with threadpool_limits(limits=1):  # spinning OpenMP threads starve each other on a shared machine
            self._fit(features, estimate, waits, day)
        return self

    def _fit(self, features: Floats, estimate: Floats, waits: Floats, day: NDArray[np.int64]) -> None:
        positive = waits > 0 if self.shape.zero_waits else np.ones(len(waits), dtype=bool)
        x, offset = features[positive], self._offset(estimate[positive])
        target = np.log(np.maximum(waits[positive], 0.0) + self.shape.constant) - offset
        held_out = self._held_out(x, target, day[positive])
        known = np.isfinite(held_out)
        rest = (target - held_out)[known]
        spread_features = np.column_stack([x, held_out + offset])[known]
        self.location = Location(self.shape, self.shape.seeds).fit(x, target)
        self.scale = _boosted(80, 8, 150, 0).fit(spread_features, np.log(np.abs(rest) + LEAST_REST))
        self.rest = np.quantile(rest / np.exp(self.scale.predict(spread_features)), REST_GRID)
        if self.shape.zero_waits:
            self.zero = [_zero_model(seed).fit(features, waits == 0) for seed in range(2)]
        self.forest = self._fit_forest(features, self._forest_target(waits, estimate))

    def _fit_forest(self, features: Floats, target: Floats) -> QuantileForest:
        rows = np.arange(len(target))
        if len(rows) > self.shape.forest_rows:
            rows = np.sort(np.random.default_rng(0).choice(rows, self.shape.forest_rows, replace=False))
        forest = QuantileForest(
            trees=self.shape.forest_trees, least_leaf=self.shape.forest_leaf, feature_share=0.4, seed=0
        )
        return forest.fit(features[rows], target[rows])

    def _held_out(self, features: Floats, target: Floats, day: NDArray[np.int64]) -> Floats:
        """Return each row's location from a model that did not see its day; NaN if there is one day only."""
        days = np.unique(day)
        fold = np.searchsorted(days, day) % FOLDS
        out = np.full(len(target), np.nan)
        if len(days) == 1:
            fold = np.arange(len(target)) * 2 // len(target)
        for part in np.unique(fold):
            inside = fold == part
            out[inside] = (
                Location(self.shape, 1).fit(features[~inside], target[~inside]).predict(features[inside])
            )
        return out

    def predict(self, features: Floats, estimate: Floats) -> Floats:
        """Return ``[row, (P10, P50, P90)]``, each at least 0 and in rising order."""
        with threadpool_limits(limits=1):
            blended = self._predict(features, estimate)
        return np.sort(np.maximum(blended, 0.0), axis=1)

    def _predict(self, features: Floats, estimate: Floats) -> Floats:
        assert self.location is not None
        assert self.scale is not None
        assert self.forest is not None
        offset = self._offset(estimate)
        centre = self.location.predict(features) + offset
        spread = np.exp(self.scale.predict(np.column_stack([features, centre])))
        none = (
            np.mean([model.predict_proba(features)[:, 1] for model in self.zero], axis=0)
            if self.zero
            else (np.zeros(len(features)))
        )
        drawn = self._forest_waits(self.forest.quantiles(features, SHARES), estimate)
        out = np.empty((len(features), len(SHARES)))
        for k, share in enumerate(SHARES):
            above = np.asarray(np.clip((share - none) / np.maximum(1.0 - none, 1e-9), 0.0, 1.0), np.float64)
            scaled = np.interp(above, REST_GRID, self.rest)
            wait = np.where(none >= share, 0.0, np.exp(centre + spread * scaled) - self.shape.constant)
            weight = self.shape.forest_share[k]
            out[:, k] = (1 - weight) * np.maximum(wait, 0.0) + weight * drawn[:, k]
        return out

    def _offset(self, estimate: Floats) -> Floats:
        return np.log(np.maximum(np.nan_to_num(estimate, nan=0.0), 0.0) + self.shape.constant)

    def _forest_target(self, waits: Floats, estimate: Floats) -> Floats:
        if self.shape.zero_waits:
            return np.sqrt(np.maximum(waits, 0.0))
        return np.asarray(
            np.log(np.maximum(waits, 0.0) + self.shape.constant) - self._offset(estimate), np.float64
        )

    def _forest_waits(self, target: Floats, estimate: Floats) -> Floats:
        if self.shape.zero_waits:
            return target**2
        return np.asarray(np.exp(target + self._offset(estimate)[:, None]) - self.shape.constant, np.float64)


def _boosted(rounds: int, leaves: int, least_leaf: int, seed: int) -> HistGradientBoostingRegressor:
    return HistGradientBoostingRegressor(
        learning_rate=0.04,
        max_iter=rounds,
        max_leaf_nodes=leaves,
        min_samples_leaf=least_leaf,
        max_bins=64,
        max_features=0.3,
        l2_regularization=5.0,
        early_stopping=False,
        random_state=seed,
    )


def _zero_model(seed: int) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        learning_rate=0.05,
        max_iter=120,
        max_leaf_nodes=15,
        min_samples_leaf=80,
        max_bins=64,
        max_features=0.3,
        l2_regularization=5.0,
        early_stopping=False,
        random_state=seed,
    )


def _curbed(features: Floats) -> Floats:
    return np.asarray(np.nan_to_num(np.sign(features) * np.log1p(np.abs(features)), nan=0.0), np.float64)
