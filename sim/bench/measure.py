"""Means with standard errors between days, and the rows they become."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import hypot
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine.arrays import MICROSECONDS, plan_arrays
from queueing.engine.result import Outcome, ratio_with_error
from queueing.engine.room import tally_room
from queueing.engine.run import Drawing, Playing
from sim.bench.row import BenchRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from queueing.engine.model import HallModel
    from queueing.engine.plan import Plan
    from queueing.engine.run import Days

    Floats = NDArray[np.float64]

Z_LIMIT = 3.0
CHUNK = 50  # days played at a time


@dataclass(frozen=True, slots=True)
class Binned:
    """Per day and time bin: those who joined, waited at all, gave up, and the minutes they waited."""

    joined: Floats  # [day, bin]
    delayed: Floats
    gave_up: Floats
    waited: Floats

    def ratio(self, numerator: str, bin_: int, denominator: str = "joined") -> tuple[float, float]:
        return ratio_with_error(getattr(self, numerator)[:, bin_], getattr(self, denominator)[:, bin_])


def binned(
    model: HallModel, plan: Plan, edges: Sequence[float], *, seed: int, days: int, threads: int = 1
) -> Binned:
    """Play days and sum over those who joined between consecutive ``edges`` (minutes).

    ``threads`` share the days; the result does not depend on their number.
    """
    arrays = plan_arrays(model, plan)
    firsts = range(0, days, CHUNK)
    shares = [firsts[start::threads] for start in range(threads)]

    def share(mine: Sequence[int]) -> dict[int, tuple[Floats, Floats, Floats, Floats]]:
        drawing, playing, found = Drawing(model, CHUNK), Playing(model, arrays), {}
        for first in mine:
            drawn = drawing.draw(seed, first, min(CHUNK, days - first))
            playing.play(drawn, tally_room(drawn.count, len(model.queues), len(model.windows)), 0)
            found[first] = _bins(drawn, playing, np.asarray(edges) * MICROSECONDS)
        return found

    with ThreadPoolExecutor(threads) as pool:
        parts = {first: part for done in pool.map(share, shares) for first, part in done.items()}
    return Binned(*(np.concatenate(column) for column in zip(*(parts[one] for one in firsts), strict=True)))


def _bins(drawn: Days, playing: Playing, edges: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    total = int(drawn.starts[-1])
    joined = playing.ledger.joined[:total]
    day = np.repeat(np.arange(drawn.count), np.diff(drawn.starts))
    place = np.searchsorted(edges, joined, side="right") - 1
    inside = (place >= 0) & (place < len(edges) - 1)
    cell = day * (len(edges) - 1) + place
    called, finished = playing.ledger.called[:total], playing.ledger.finished[:total]
    gave_up = playing.ledger.outcome[:total] == Outcome.GAVE_UP
    waited = np.where(gave_up, finished, called) - joined
    shape = (drawn.count, len(edges) - 1)

    def summed(weights: Floats) -> Floats:
        sums = np.bincount(cell[inside], weights=weights[inside], minlength=shape[0] * shape[1])
        table: Floats = sums.astype(np.float64).reshape(shape)
        return table

    return (
        summed(np.ones(total)),
        summed((gave_up | (called > joined)).astype(np.float64)),
        summed(gave_up.astype(np.float64)),
        summed(waited / MICROSECONDS),
    )


def cell(
    name: str,
    value: float,
    error: float,
    reference: float,
    *,
    reference_error: float = 0.0,
    most_error: float | None = None,
) -> BenchRow:
    """Return a row that holds when |z| < 3 and, if asked, the standard error is small enough."""
    z = (value - reference) / max(hypot(error, reference_error), 1e-300)
    share = error / abs(reference) if reference else float("nan")
    holds = abs(z) < Z_LIMIT and (most_error is None or share <= most_error)
    goal = "|z| < 3" if most_error is None else f"|z| < 3, SE <= {most_error:.1%}"
    return BenchRow(
        f"{name}: z {z:+.2f}, SE {share:.2%}", value, "", f"{reference:.6g}", value / reference, goal, holds
    )
