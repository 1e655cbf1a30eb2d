"""Similar moments of the same queue on other days: what they led to, as weighted quantiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CHUNK_ROWS = 1000
LEAST_WEIGHT = 1e-9


def similar_moments(
    state: Floats,
    bandwidths: Sequence[float],
    candidates: NDArray[np.int64],
    outcomes: Floats,
    day_weight: Floats,
    day: NDArray[np.int64],
    quantiles: Sequence[float],
) -> Floats:
    """Return ``[row, quantile...]`` and, in the last two columns, the mean and the weight of what was found.

    ``state[row, axis]`` places every row; a candidate weighs exp(-distance²/2) in units of ``bandwidths``,
    times ``day_weight[day of the row, day of the candidate]`` (0 for the row's own day and for days not
    known yet). Rows with nothing similar get NaN.
    """
    out = np.full((len(state), len(quantiles) + 2), np.nan)
    if not len(candidates):
        return out
    ranked = candidates[np.argsort(outcomes[candidates], kind="stable")]
    values = outcomes[ranked]
    scaled = state / np.asarray(bandwidths)
    for first in range(0, len(state), CHUNK_ROWS):
        part = slice(first, min(first + CHUNK_ROWS, len(state)))
        apart = np.zeros((part.stop - part.start, len(ranked)))
        for axis in range(scaled.shape[1]):
            apart += (scaled[part, axis][:, None] - scaled[ranked, axis][None, :]) ** 2
        weights = np.exp(-0.5 * apart) * day_weight[day[part][:, None], day[ranked][None, :]]
        out[part] = _summary(weights, values, quantiles)
    return out


def _summary(weights: Floats, values: Floats, quantiles: Sequence[float]) -> Floats:
    running = np.cumsum(weights, axis=1)
    total = running[:, -1]
    columns = [
        values[np.minimum((running < share * total[:, None]).sum(axis=1), len(values) - 1)]
        for share in quantiles
    ]
    mean = (weights @ values) / np.maximum(total, LEAST_WEIGHT)
    summary = np.stack([*columns, mean, total], axis=1)
    summary[total < LEAST_WEIGHT, :-1] = np.nan
    return summary
