"""Extremely randomised trees that keep each leaf's distribution and so predict quantiles.

After Meinshausen, "Quantile regression forests" (JMLR 2006): a row's distribution is the mean of the
distributions in the leaves it falls into. Leaves keep their distribution on a grid of the outcome's own
quantiles, one byte a cell, which bounds the model's size; quantiles are read off by straight line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.ensemble import ExtraTreesRegressor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

GRID = 64
FULL = 255  # a leaf's cumulative share as one byte
MISSING = -1.0


class QuantileForest:
    """Fit with :meth:`fit`, ask with :meth:`quantiles`; outcomes may pile up at their smallest value."""

    def __init__(self, *, trees: int, least_leaf: int, feature_share: float, seed: int) -> None:
        self._trees = ExtraTreesRegressor(
            n_estimators=trees,
            min_samples_leaf=least_leaf,
            max_features=feature_share,
            random_state=seed,
            n_jobs=1,
        )

    def fit(self, features: Floats, outcomes: Floats) -> QuantileForest:
        """Grow the trees on ``features[row, column]`` (NaN allowed) and keep the leaves' distributions."""
        filled = _filled(features)
        self._trees.fit(filled, outcomes)
        self._grid = np.unique(np.quantile(outcomes, np.linspace(0.0, 1.0, GRID)))
        cell = np.searchsorted(self._grid, outcomes)
        leaves = self._trees.apply(filled)
        self._leaf_of_node: list[NDArray[np.int32]] = []
        self._shares: list[NDArray[np.uint8]] = []
        for tree in range(leaves.shape[1]):
            nodes, leaf = np.unique(leaves[:, tree], return_inverse=True)
            counts = np.zeros((len(nodes), len(self._grid)))
            np.add.at(counts, (leaf, cell), 1.0)
            below = np.cumsum(counts, axis=1) / counts.sum(axis=1, keepdims=True)
            self._shares.append(np.round(below * FULL).astype(np.uint8))
            place = np.zeros(self._trees.estimators_[tree].tree_.node_count, dtype=np.int32)
            place[nodes] = np.arange(len(nodes))
            self._leaf_of_node.append(place)
        return self

    def quantiles(self, features: Floats, shares: Sequence[float]) -> Floats:
        """Return ``[row, share]``: the outcome below which each share of a row's distribution lies."""
        leaves = self._trees.apply(_filled(features))
        below = np.zeros((len(features), len(self._grid)), dtype=np.float64)
        for tree, (place, kept) in enumerate(zip(self._leaf_of_node, self._shares, strict=True)):
            below += kept[place[leaves[:, tree]]]
        below /= FULL * len(self._shares)
        return np.stack([self._read(below, share) for share in shares], axis=1)

    def _read(self, below: Floats, share: float) -> Floats:
        after = np.minimum((below < share).sum(axis=1), len(self._grid) - 1)
        before = np.maximum(after - 1, 0)
        row = np.arange(len(below))
        low, high = below[row, before], below[row, after]
        part = np.where(high > low, (share - low) / np.where(high > low, high - low, 1.0), 1.0)
        return np.asarray(
            self._grid[before] + np.clip(part, 0.0, 1.0) * (self._grid[after] - self._grid[before])
        )


def _filled(features: Floats) -> NDArray[np.float32]:
    return np.nan_to_num(features, nan=MISSING, posinf=1e9, neginf=-1e9).astype(np.float32)
