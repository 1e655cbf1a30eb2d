"""Play a layout on the engine and say how good it is; everybody is compared on the same citizens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine import tally
from queueing.engine.arrays import NEVER, PlanArrays, microseconds
from queueing.engine.run import play

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from queueing.engine import HallModel
    from queueing.engine.result import Summary
    from queueing.engine.run import Days
    from queueing.plans.rules import Block, Layout, PlanHall

    Floats = NDArray[np.float64]

TAIL_SHARE = 0.1  # CVaR90: the mean wait of the tenth who wait longest
TAIL_WEIGHT = 0.25  # of that tail in the objective; P90 alone starved a queue when it was tried
_PHASE_COLUMNS = 6  # begins, ends, primary, helping, rests, stays


@dataclass(frozen=True, slots=True)
class Score:
    """``objective`` = weighted mean wait + TAIL_WEIGHT · CVaR90, minutes; ``by_queue`` mean waits, minutes.

    Waits of those who left unserved count until they left.
    """

    objective: float
    mean_minutes: float
    tail_minutes: float
    by_queue: Floats


class PlanCompiler:
    """Turns layouts of one hall into the engine's arrays; equal to ``plan_arrays``, some 50 times faster."""

    def __init__(self, model: HallModel, blocks: Sequence[Block], hall: PlanHall | None = None) -> None:
        """``hall`` tells which windows are integrated and so slower, and whether gaps are breaks."""
        self._model = model
        self._hall = hall
        self._breaks = hall is not None and any(clerk.rest is not None for clerk in hall.clerks)
        self._blocks = [(microseconds(block.from_minute), microseconds(block.to_minute)) for block in blocks]
        self._session_ends = {microseconds(closes) for _, closes in model.sessions}
        self._closes = microseconds(model.closes_minutes)
        self._rows: dict[tuple[tuple[int, int], ...], tuple[NDArray[np.int64], int, int]] = {}
        self._queues = len(model.queues)

    def arrays(self, layout: Layout) -> PlanArrays:
        """Return the plan in the engine's rank order: shortest lists first, then by place."""
        windows = len(layout.primary)
        rows = [
            self._row(tuple(zip(*pair, strict=True)))
            for pair in zip(layout.primary, layout.helping, strict=True)
        ]
        order = sorted(range(windows), key=lambda window: (rows[window][2], window))
        phases = np.stack([rows[window][0] for window in order])  # [rank, column, phase]
        begins, ends, primary, helping, rests, stays = (
            np.ascontiguousarray(phases[:, column]) for column in range(_PHASE_COLUMNS)
        )
        return PlanArrays(
            phase_count=np.array([rows[window][1] for window in order], dtype=np.int64),
            begins=begins,
            ends=ends,
            primary=primary,
            helping=helping,
            rests=rests,
            stays=stays,
            list_factor=self._factors(np.array(order), primary | helping),
            window_of=np.array(order, dtype=np.int64),
            pool=np.full(windows, -1, dtype=np.int64),
            pace=np.ones((windows, self._queues)),
        )

    def _factors(self, order: NDArray[np.int64], listed: NDArray[np.int64]) -> Floats:
        """Return the factor on service times, ``[rank, phase]``: integrated windows are slower."""
        if self._hall is None or not self._hall.limits.integrated:
            return np.ones(listed.shape)
        limits = np.array([window.list_limit for window in self._hall.windows])[order]
        wide = np.bitwise_count(listed) > limits[:, None]
        return np.where(wide, self._hall.limits.integrated_pace, 1.0)

    def _row(self, cells: tuple[tuple[int, int], ...]) -> tuple[NDArray[np.int64], int, int]:
        """Return one window's phases ``[column, phase]``, their number, and how many queues it ever lists."""
        known = self._rows.get(cells)
        if known is None:
            known = self._rows[cells] = self._phases(cells)
        return known

    def _phases(self, cells: tuple[tuple[int, int], ...]) -> tuple[NDArray[np.int64], int, int]:
        phases: list[list[int]] = []
        ever = 0
        gap: list[tuple[int, int]] = []
        for (begins, ends), (primary, helping) in zip(self._blocks, cells, strict=True):
            ever |= primary | helping
            if not primary | helping:
                gap.append((begins, ends))
                continue
            if self._breaks and gap and phases and phases[-1][1] == gap[0][0]:
                phases.append([gap[0][0], gap[-1][1], 0, 0, 1, 0])
            gap = []
            last = phases[-1] if phases else None
            if last is not None and last[1] == begins and last[2:4] == [primary, helping]:
                last[1] = ends
            else:
                phases.append([begins, ends, primary, helping, 0, 0])
        for phase in phases:
            phase[5] = int(phase[1] in self._session_ends and phase[1] < self._closes)
            phase[1] = NEVER if phase[1] >= self._closes else phase[1]
        room = np.zeros((_PHASE_COLUMNS, len(self._blocks)), dtype=np.int64)
        if phases:
            room[:, : len(phases)] = np.array(phases, dtype=np.int64).T
        return room, len(phases), ever.bit_count()


class Scorer:
    """Scores layouts on fixed citizens, and counts how often it did."""

    def __init__(
        self, model: HallModel, compiler: PlanCompiler, days: Days, weights: Sequence[float] | None = None
    ) -> None:
        """``weights``: how many times a minute's wait counts, by queue (None: once)."""
        self._model, self._compiler, self._days, self._weights = model, compiler, days, weights
        self.evaluations = 0

    @property
    def days(self) -> int:
        """How many days each evaluation plays."""
        return self._days.count

    def score(self, layout: Layout) -> Score:
        """Play the days under a layout."""
        self.evaluations += 1
        return score_of(play(self._model, self._compiler.arrays(layout), self._days), self._weights)


def score_of(summary: Summary, weights: Sequence[float] | None = None) -> Score:
    """Return the score of what was played; ``weights`` count in the objective alone."""
    joined = summary.counts(tally.JOINED)
    waited = summary.counts(tally.WAIT_SUM) + summary.counts(tally.LEFT_WAIT_SUM)
    mean = float(waited.sum() / max(joined.sum(), 1.0))
    tail = tail_mean(summary.waits.sum(axis=0))
    by_weight = mean
    if weights is not None:
        by_weight = float(np.dot(weights, waited) / max(np.dot(weights, joined), 1.0))
    return Score(by_weight + TAIL_WEIGHT * tail, mean, tail, waited / np.maximum(joined, 1.0))


def evenly_mixed(days: Days) -> Days:
    """Return days in an order in which the first few are as mixed as all of them, by work to be done.

    A search gives layouts up after the first days: four light ones would tell little. The order is van
    der Corput's (1935), begun an eighth later so that the first four stand amid the quarters.
    """
    work = np.add.reduceat(days.tickets.service, days.starts[:-1])
    by_work = np.argsort(work, kind="stable")
    places = [int((_reflected(number) + 0.125) % 1.0 * days.count) for number in range(_power(days.count))]
    order = dict.fromkeys(places)  # each day once, where it comes first
    return days.picked([int(by_work[place]) for place in order])


def _power(count: int) -> int:
    """Return how many points of the sequence touch every one of ``count`` equal parts."""
    return 1 << max(count - 1, 1).bit_length()


def _reflected(number: int) -> float:
    """Return a whole number's binary digits behind the point, the last first.

    >>> [_reflected(number) for number in range(4)]
    [0.0, 0.5, 0.25, 0.75]
    """
    digits = f"{number:b}"
    return int(digits[::-1], 2) / (1 << len(digits))


def tail_mean(waits_by_bin: NDArray[np.int64]) -> float:
    """Return the mean of the longest ``TAIL_SHARE`` of waits, from the engine's histogram, in minutes.

    The bin that the quantile falls into counts in part, so the tail has exactly its share
    (Rockafellar and Uryasev's CVaR of an empirical distribution).
    """
    used = int(np.flatnonzero(waits_by_bin)[-1]) + 1 if waits_by_bin.any() else 0
    if used == 0:
        return 0.0
    counts = waits_by_bin[:used][::-1].astype(np.float64)
    minutes = (np.arange(used)[::-1] + 0.5) * tally.BIN_MINUTES
    minutes[-1] = 0.0 if used == 1 else minutes[-1]
    wanted = TAIL_SHARE * counts.sum()
    before = np.cumsum(counts) - counts
    taken = np.clip(wanted - before, 0.0, counts)
    return float((taken * minutes).sum() / wanted)


def ceilings(present: Score, hall: PlanHall) -> Floats:
    """Return the mean wait that no queue may exceed, by queue."""
    limits = hall.limits
    rise = np.maximum(present.by_queue * limits.queue_worse, limits.queue_worse_minutes)
    short = np.array(hall.short(limits.queue_short)) * present.mean_minutes
    ceiling: Floats = np.maximum(present.by_queue + rise, short)
    return ceiling


def over_ceiling(score: Score, ceiling: Floats) -> float:
    """Return by how many minutes queues exceed their ceilings, summed; 0 when none does."""
    return float(np.maximum(score.by_queue - ceiling, 0.0).sum())
