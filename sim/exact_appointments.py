"""The exact objective of an appointment schedule with whole-minute services (Kaandorp, Koole 2007)."""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SLOT_MINUTES = 5
WEIGHTS = (0.4, 0.2, 0.4)  # of mean wait, idle time and tardiness
MOST_MINUTES = 600  # of work in hand; the mass beyond is below rounding


def poisson_masses(mean: float, cut: float = 1.0) -> Floats:
    """Return Poisson masses up to the first whose cumulative mass exceeds ``cut`` (kept, not reweighted)."""
    masses = [exp(-mean)]
    while sum(masses) < min(cut, 1.0 - 1e-15) and len(masses) < 200:
        masses.append(masses[-1] * mean / len(masses))
    return np.array(masses)


def schedule_objective(schedule: str, service: Floats) -> float:
    """Return WEIGHTS · (mean wait, idle time of the session, tardiness), everybody coming on time.

    ``schedule`` has a digit per slot. Idle time counts until the session's end or the last patient.
    """
    work = np.zeros(MOST_MINUTES)
    work[0] = 1.0
    minutes = np.arange(MOST_MINUTES)
    wait, patients = 0.0, 0
    for places in map(int, schedule):
        for _ in range(places):
            wait += float(work @ minutes)
            patients += 1
            work = np.convolve(work, service)[:MOST_MINUTES]
        ahead = work[: SLOT_MINUTES + 1].sum()
        work = np.concatenate([[ahead], work[SLOT_MINUTES + 1 :], np.zeros(SLOT_MINUTES)])
    tardiness = float(work @ minutes)
    mean_service = float(service @ np.arange(len(service)))
    idle = len(schedule) * SLOT_MINUTES + tardiness - patients * mean_service
    return WEIGHTS[0] * wait / patients + WEIGHTS[1] * idle + WEIGHTS[2] * tardiness
