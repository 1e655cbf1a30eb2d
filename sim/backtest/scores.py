"""How good predictions were: errors, pinball losses, coverage, and paired differences with intervals."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BINS = 27
RESAMPLES = 1000
LEAST_HALL_ROWS = 50
HALL_FLOOR = 0.87


@dataclass(frozen=True, slots=True)
class Score:
    """Mean losses in the unit of the waits; shares between 0 and 1. None where nothing was announced."""

    rows: int
    mae: float
    pin50: float
    pin90: float | None = None
    coverage: float | None = None
    band: float | None = None

    def as_json(self) -> dict[str, object]:
        """Return the score for a JSON document."""
        return asdict(self)


def pinball(wait: Floats, quantile: Floats, share: float) -> Floats:
    """Return each row's pinball loss of announcing ``quantile`` as the ``share`` quantile."""
    missed = wait - quantile
    return np.maximum(share * missed, (share - 1) * missed)


def score(wait: Floats, p50: Floats, p90: Floats | None = None, p10: Floats | None = None) -> Score:
    """Return the mean losses of rows whose outcome is known."""
    middle = pinball(wait, p50, 0.5)
    if p90 is None:
        return Score(len(wait), float(2 * middle.mean()), float(middle.mean()))
    inside = None if p10 is None else float(((wait >= p10) & (wait <= p90)).mean())
    return Score(
        len(wait),
        float(2 * middle.mean()),
        float(middle.mean()),
        float(pinball(wait, p90, 0.9).mean()),
        float((wait <= p90).mean()),
        inside,
    )


def recalibrated(past: Floats, past_wait: Floats, new: Floats) -> tuple[Floats, Floats]:
    """Return P50 and P90 of past waits within bins of the peer's announcement: the fairest help for a peer.

    A peer that announces nothing (NaN) is helped too: NaN is a bin of its own.
    """
    known = np.isfinite(past)
    if not known.any():
        return _constant(past_wait, 0.5, len(new)), _constant(past_wait, 0.9, len(new))
    edges = np.unique(np.quantile(past[known], np.linspace(0, 1, BINS + 1)[1:-1]))
    place, wanted = _place(past, edges), _place(new, edges)
    levels = np.array(
        [
            np.quantile(past_wait[place == k], (0.5, 0.9))
            if (place == k).any()
            else np.quantile(past_wait, (0.5, 0.9))
            for k in range(len(edges) + 2)
        ]
    )
    return levels[wanted, 0], levels[wanted, 1]


def _place(values: Floats, edges: Floats) -> NDArray[np.int64]:
    return np.where(np.isfinite(values), np.searchsorted(edges, np.nan_to_num(values)), len(edges) + 1)


def _constant(waits: Floats, share: float, size: int) -> Floats:
    return np.full(size, float(np.quantile(waits, share)))


def paired_difference(ours: Floats, theirs: Floats, cluster: NDArray[np.int64]) -> tuple[float, float, float]:
    """Return (ours - theirs) / theirs of summed losses with a 95 % interval from resampled clusters."""
    _, place = np.unique(cluster, return_inverse=True)
    mine, peer = np.bincount(place, weights=ours), np.bincount(place, weights=theirs)
    drawn = np.random.default_rng(0).integers(0, len(mine), (RESAMPLES, len(mine)))
    ratios = mine[drawn].sum(axis=1) / peer[drawn].sum(axis=1) - 1
    low, high = np.quantile(ratios, (0.025, 0.975))
    return float(mine.sum() / peer.sum() - 1), float(low), float(high)


@dataclass(frozen=True, slots=True)
class GroupCoverage:
    """One hall's P90 coverage with its 95 % interval over queue-days, and whether it is surely below 87 %."""

    group: int
    rows: int
    coverage: float
    low: float
    high: float

    @property
    def surely_low(self) -> bool:
        """Whether even the interval's upper end lies below the floor."""
        return self.high < HALL_FLOOR


def coverage_by_group(
    wait: Floats, p90: Floats, group: NDArray[np.int64], cluster: NDArray[np.int64]
) -> list[GroupCoverage]:
    """Return the coverage of each group with at least 50 rows, lowest first; resampled by ``cluster``."""
    out = []
    for name in np.unique(group):
        mine = group == name
        if mine.sum() < LEAST_HALL_ROWS:
            continue
        _, place = np.unique(cluster[mine], return_inverse=True)
        hits = np.bincount(place, weights=(wait[mine] <= p90[mine]).astype(np.float64))
        rows = np.bincount(place).astype(np.float64)
        drawn = np.random.default_rng(0).integers(0, len(rows), (RESAMPLES, len(rows)))
        shares = hits[drawn].sum(axis=1) / rows[drawn].sum(axis=1)
        low, high = np.quantile(shares, (0.025, 0.975))
        out.append(
            GroupCoverage(int(name), int(mine.sum()), float(hits.sum() / rows.sum()), float(low), float(high))
        )
    return sorted(out, key=lambda item: item.coverage)
