"""How long services last, and how many end within the next minutes given how long each has lasted so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

STEP_SECONDS = 10.0
HORIZON_STEPS = 180
AGE_STEPS = 120
FEWEST_SERVICES = 30
USUAL_SERVICE_SECONDS = 200.0  # stands in before anything was seen; a busy window's typical short service


@dataclass(frozen=True, slots=True)
class ServiceTimes:
    """``completions[age, step]``: expected services ended within step·10 s by a server busy for age·10 s.

    Counts renewals: a server who finishes takes the next person at once, so beyond the first completion the
    expected number follows the renewal function of the empirical distribution (elementary renewal theory).
    """

    mean_seconds: float
    completions: Floats

    @classmethod
    def of(cls, seconds: Floats) -> ServiceTimes:
        """Fit to completed services; fewer than 30 are mixed with an exponential of the usual mean."""
        known = seconds[np.isfinite(seconds) & (seconds > 0)]
        if len(known) < FEWEST_SERVICES:
            usual = -USUAL_SERVICE_SECONDS * np.log1p(-(np.arange(FEWEST_SERVICES) + 0.5) / FEWEST_SERVICES)
            known = np.concatenate((known, usual))
        mass = shares_by_length(known)
        return cls(float(known.mean()), completions_of(mass, _renewal(mass)))


def shares_by_length(seconds: Floats) -> Floats:
    """Return which share of the services lasted ``step`` to ``step`` + 1 times ten seconds."""
    steps = np.minimum((seconds // STEP_SECONDS).astype(np.int64), AGE_STEPS + HORIZON_STEPS - 1)
    return np.asarray(np.bincount(steps, minlength=AGE_STEPS + HORIZON_STEPS) / len(seconds), np.float64)


def _renewal(mass: Floats) -> Floats:
    renewal = np.zeros(HORIZON_STEPS + 1)
    first = np.concatenate(([0.0], np.cumsum(mass[:HORIZON_STEPS])))
    for step in range(1, HORIZON_STEPS + 1):
        renewal[step] = first[step] + (mass[:step] * renewal[step - 1 :: -1][:step]).sum()
    return renewal


def completions_of(mass: Floats, renewal: Floats) -> Floats:
    """Return ``[age, step]``: the first end by ``mass`` (shares by length), those after it by ``renewal``."""
    table = np.zeros((AGE_STEPS, HORIZON_STEPS + 1))
    for age in range(AGE_STEPS):
        rest = mass[age : age + HORIZON_STEPS]
        survivors = mass[age:].sum()
        if survivors < 1e-3:
            table[age] = table[age - 1]
            continue
        ends = rest / survivors
        table[age] = np.concatenate(([0.0], np.cumsum(ends))) + np.concatenate(
            ([0.0], np.convolve(ends, renewal[:-1])[:HORIZON_STEPS])
        )
    return table


def seconds_until(curve: Floats, needed: float) -> float:
    """Return when the rising ``curve`` (a value per 10 s) reaches ``needed``; past its end, by its slope."""
    if needed <= 0:
        return 0.0
    step = int(np.searchsorted(curve, needed))
    if step < len(curve):
        low = curve[step - 1]
        return float(STEP_SECONDS * (step - 1 + (needed - low) / (curve[step] - low)))
    slope = max((curve[-1] - curve[-1 - HORIZON_STEPS // 2]) / (HORIZON_STEPS // 2), 1e-4)
    return float(STEP_SECONDS * (len(curve) - 1 + (needed - curve[-1]) / slope))
