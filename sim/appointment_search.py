# mypy: disable-error-code="no-any-return"
"""The best appointment schedule by exact evaluation and local search (Kaandorp and Koole 2007).

The objective is multimodular, so a schedule that no subset of the cyclic shift vectors betters is the
best of all. ``best_schedule`` tries subsets up to a size; where slots are few all subsets can be tried.
``objective`` is the compiled twin of ``sim.exact_appointments.schedule_objective``.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine.cache import compiled, inlined
from sim.exact_appointments import MOST_MINUTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]

NOTHING = 1e-18  # masses below it are cut off the end: together they change no digit that is shown
BETTER = 1e-12  # below it a difference is rounding


@inlined
def _served_too(work: Floats, room: Floats, service: Floats, top: int) -> int:
    """Add one patient's service to the law of the work in hand; return its new longest minute."""
    longest, most = service.shape[0], work.shape[0]
    grown = min(top + longest - 1, most - 1)
    for minute in range(grown + 1):
        room[minute] = 0.0
    for minute in range(top + 1):
        for more in range(min(longest, most - minute)):
            room[minute + more] += work[minute] * service[more]
    for minute in range(grown + 1):
        work[minute] = room[minute]
    while grown > 0 and work[grown] < NOTHING:
        work[grown] = 0.0
        grown -= 1
    return grown


@inlined
def _slot_passes(work: Floats, slot: int, top: int) -> int:
    """Let a slot's minutes pass; return the new longest minute of work."""
    done = 0.0
    for minute in range(min(slot, top) + 1):
        done += work[minute]
    work[0] = done
    for minute in range(1, top + 1):
        work[minute] = work[minute + slot] if minute + slot <= top else 0.0
    return max(top - slot, 0)


@inlined
def _mean(work: Floats, top: int) -> float:
    mean = 0.0
    for minute in range(top + 1):
        mean += work[minute] * minute
    return mean


@compiled
def _objective(
    schedule: Integers, service: Floats, mean: float, slot: int, weights: Floats, work: Floats, room: Floats
) -> float:
    """Return the objective; ``work`` and ``room`` are memory for the law of the work in hand."""
    for minute in range(work.shape[0]):
        work[minute] = 0.0
    work[0] = 1.0
    top, wait, patients = 0, 0.0, 0
    for place in range(schedule.shape[0]):
        for _ in range(schedule[place]):
            wait += _mean(work, top)
            patients += 1
            top = _served_too(work, room, service, top)
        top = _slot_passes(work, slot, top)
    tardiness = _mean(work, top)
    idle = schedule.shape[0] * slot + tardiness - patients * mean
    return weights[0] * wait / patients + weights[1] * idle + weights[2] * tardiness


class Schedules:
    """Schedules of one session: slots of ``slot_minutes``, whole-minute services, weights as published."""

    def __init__(
        self,
        service: Floats,
        *,
        mean_minutes: float | None = None,
        slot_minutes: int = 5,
        weights: tuple[float, float, float] = (0.4, 0.2, 0.4),
    ) -> None:
        """``mean_minutes`` of a service is for the idle time where ``service`` was cut (None: its own)."""
        own = float(service @ np.arange(len(service)))
        self._mean = own if mean_minutes is None else mean_minutes
        self._service, self._slot, self._weights = service, slot_minutes, np.array(weights)
        self._work, self._room = np.zeros(MOST_MINUTES), np.zeros(MOST_MINUTES)
        self.evaluations = 0

    def objective(self, schedule: Sequence[int] | Integers) -> float:
        """Return weights · (mean wait, idle time, tardiness) in minutes."""
        self.evaluations += 1
        places = np.asarray(schedule, dtype=np.int64)
        value: float = _objective(
            places, self._service, self._mean, self._slot, self._weights, self._work, self._room
        )
        return value


@dataclass(frozen=True, slots=True)
class Best:
    """A schedule that no subset of shift vectors up to ``subset`` betters."""

    schedule: tuple[int, ...]
    objective: float
    evaluations: int
    subset: int


def best_schedule(schedules: Schedules, start: Sequence[int], *, subset: int) -> Best:
    """Return where the local search ends; the first better neighbour is taken, small subsets first."""
    known, value = np.array(start, dtype=np.int64), schedules.objective(start)
    vectors = shift_vectors(len(known))
    while True:
        better = _first_better(schedules, known, value, vectors, subset)
        if better is None:
            return Best(tuple(int(places) for places in known), value, schedules.evaluations, subset)
        known, value = better


def shift_vectors(slots: int) -> Integers:
    """Return the vectors that move one patient one slot earlier, from the first slot to the last one."""
    vectors = np.zeros((slots, slots), dtype=np.int64)
    for slot in range(slots):
        vectors[slot, slot] -= 1
        vectors[slot, slot - 1] += 1
    return vectors


def _first_better(
    schedules: Schedules, known: Integers, value: float, vectors: Integers, subset: int
) -> tuple[Integers, float] | None:
    for chosen in _subsets(len(vectors), subset):
        tried = known + vectors[list(chosen)].sum(axis=0)
        if tried.min() < 0:
            continue
        found = schedules.objective(tried)
        if found < value - BETTER:
            return tried, found
    return None


def _subsets(vectors: int, largest: int) -> Iterable[tuple[int, ...]]:
    for size in range(1, largest + 1):
        yield from combinations(range(vectors), size)
