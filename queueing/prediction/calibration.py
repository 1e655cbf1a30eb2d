"""Rolling conformal calibration: a promised share stays true while the hall changes.

The score of an outcome is how far it lay above the median in units of the upper band,
(wait - P50) / (P90 - P50), and likewise below. The band is stretched by the score's own 90 % quantile over
the latest outcomes (split conformal, Vovk; rolled forward as in Gibbs & Candès 2021), separately by group
with shrinkage to the whole. An outcome counts from the instant it was known; a person still waiting beyond
the P90 counts at once, with the wait so far. A P10 of zero says that no wait at all is as likely as one in
ten: it cannot be missed, stays zero, and teaches the lower band nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MISS = 0.1  # P10 and P90: one in ten outside on each side
WINDOW = 6000
PRIOR_OUTCOMES = 500.0
LEAST_BAND = 1e-6
STRETCH_BOUNDS = (0.3, 4.0)
LONGEST_OVERDUE = 6.0  # of the P90: after that nobody still stands there, the display lost the call


@dataclass(frozen=True, slots=True)
class Promises:
    """Predictions with what became of them, sorted by ``made_at``; times and waits share one unit.

    ``quantiles[row, (P10, P50, P90)]``; ``due_at`` is when the wait begins (later than ``made_at`` for a
    future arrival); ``wait`` is NaN where no end was seen; ``gone_at`` is when somebody left unserved (NaN:
    never); ``groups[row, kind]`` numbers the row's groups (say hall and predicted size).
    """

    made_at: Floats
    due_at: Floats
    quantiles: Floats
    wait: Floats
    gone_at: Floats
    groups: NDArray[np.int64]

    def then(self, later: Promises) -> Promises:
        """Return these promises followed by ``later`` ones."""
        return Promises(
            np.concatenate((self.made_at, later.made_at)),
            np.concatenate((self.due_at, later.due_at)),
            np.concatenate((self.quantiles, later.quantiles)),
            np.concatenate((self.wait, later.wait)),
            np.concatenate((self.gone_at, later.gone_at)),
            np.concatenate((self.groups, later.groups)),
        )


def calibrate(past: Promises, new: Promises, step: float) -> Floats:
    """Return the new quantiles with stretched bands; ``past`` seeds the memory.

    Stretches are taken afresh every ``step`` units of time from what was known at the step's beginning, so
    no outcome is used before it happened.
    """
    both = past.then(new)
    out = new.quantiles.copy()
    begins = new.made_at // step * step
    for begin in np.unique(begins):
        rows = np.flatnonzero(begins == begin)
        seen = _seen_by(both, float(begin), len(past.made_at) + int(rows[0]))
        if not len(seen.wait):
            continue
        ended = np.isfinite(seen.gone_at)
        up, down = _bands(seen.quantiles)
        above = (seen.wait - seen.quantiles[:, 1]) / up
        missable = ended & (seen.quantiles[:, 0] > 0)
        below = (seen.quantiles[:, 1] - seen.wait)[missable] / down[missable]
        stretch_up = _stretch(above, seen.groups, new.groups[rows])
        stretch_down = _stretch(below, seen.groups[missable], new.groups[rows])
        out[rows] = _stretched(new.quantiles[rows], stretch_up, stretch_down)
    return out


def _seen_by(both: Promises, begin: float, upto: int) -> Promises:
    """Return the latest promises that can be judged at ``begin``: ended waits and overdue ones.

    An overdue one carries the wait so far and a NaN in ``gone_at``; the others carry when they ended.
    """
    ended_at = both.due_at[:upto] + both.wait[:upto]
    ended = ended_at <= begin
    so_far = begin - both.due_at[:upto]
    there = ~(both.gone_at[:upto] <= begin) & (
        so_far < LONGEST_OVERDUE * np.maximum(both.quantiles[:upto, 2], 1.0)
    )
    overdue = ~ended & there & (so_far > both.quantiles[:upto, 2])
    kept = np.flatnonzero(ended | overdue)[-WINDOW:]
    return Promises(
        both.made_at[kept],
        both.due_at[kept],
        both.quantiles[kept],
        np.where(ended, both.wait[:upto], so_far)[kept],
        np.where(ended, ended_at, np.nan)[kept],
        both.groups[kept],
    )


def _bands(quantiles: Floats) -> tuple[Floats, Floats]:
    up = np.maximum(quantiles[:, 2] - quantiles[:, 1], LEAST_BAND)
    return up, np.maximum(quantiles[:, 1] - quantiles[:, 0], LEAST_BAND)


def _stretch(scores: Floats, groups: NDArray[np.int64], wanted: NDArray[np.int64]) -> Floats:
    """Return the stretch of each wanted row: the whole's, times each of its groups' own, shrunk."""
    whole = _quantile(scores, 1.0)
    out = np.full(len(wanted), whole)
    for kind in range(wanted.shape[1]):
        for group in np.unique(wanted[:, kind]):
            mine = scores[groups[:, kind] == group]
            trust = len(mine) / (len(mine) + PRIOR_OUTCOMES)
            out[wanted[:, kind] == group] *= (_quantile(mine, whole) / whole) ** trust
    return np.asarray(np.clip(out, *STRETCH_BOUNDS), np.float64)


def _quantile(scores: Floats, otherwise: float) -> float:
    if len(scores) < 2:
        return otherwise
    rank = min((1 - MISS) * (len(scores) + 1) / len(scores), 1.0)
    return float(np.clip(np.quantile(scores, rank), *STRETCH_BOUNDS))


def _stretched(quantiles: Floats, up: Floats, down: Floats) -> Floats:
    middle, low = quantiles[:, 1], quantiles[:, 0]
    return np.stack(
        [
            np.where(low > 0, np.maximum(middle - down * (middle - low), 0.0), 0.0),
            middle,
            middle + up * (quantiles[:, 2] - middle),
        ],
        axis=1,
    )


def size_group(median: Floats, edges: Sequence[float]) -> NDArray[np.int64]:
    """Return which of the classes between ``edges`` each predicted median falls into."""
    return np.searchsorted(np.asarray(edges), median).astype(np.int64)
