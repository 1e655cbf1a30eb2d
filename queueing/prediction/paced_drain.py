"""When the next servers come free, given what each is doing, for how long, and how fast it usually is.

A server busy with a kind of service for so long ends by that kind's own distribution, in the server's own
time: one who takes twice the usual ages half as fast. The n-th end is placed as if ends came as a Poisson
stream of that rising mean, so its time has quantiles (the gamma distribution's, read off the curve).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaincinv

from queueing.prediction.service_times import (
    AGE_STEPS,
    HORIZON_STEPS,
    STEP_SECONDS,
    ServiceTimes,
    completions_of,
    seconds_until,
    shares_by_length,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PRIOR_SERVICES = 100.0  # a kind's own distribution counts as much as everybody's after so many services
SHARES = (0.1, 0.5, 0.9)
ENDS_STEPS = (1, 2, 3, 6, 12, 30)
LEAST_ENDS = 0.5
LONGEST_SECONDS = 3600.0
EVEN_PACE = 0.02
PACE_MEMORY, SLOWEST = 0.97, 4.0
PAUSE_MEMORY, USUAL_PAUSE, LONGEST_PAUSE = 0.9, 12.0, 120.0
# Of the servers idle for less than so many seconds, the share that takes somebody from the line at once. In
# the bank's January half of the pauses with people in line end within 5 s and nine in ten within a minute.
READY = ((8.0, 0.8), (60.0, 0.3))
FREE_WEIGHT = 0.7
STEPS = np.arange(HORIZON_STEPS + 1)


@dataclass(frozen=True, slots=True)
class KindServices:
    """Each kind's mean seconds and ``completions[kind][age, step]``, shrunk to those of all kinds."""

    mean_seconds: list[float]
    completions: list[Floats]
    renewal: Floats

    @classmethod
    def of(
        cls, seconds: Floats, kind: NDArray[np.int64], kinds: int, everybody: ServiceTimes
    ) -> KindServices:
        """Fit to completed services (NaN: not completed); further services are of the average kind."""
        known = np.isfinite(seconds) & (seconds > 0)
        overall = shares_by_length(seconds[known]) if known.any() else None
        renewal = everybody.completions[0]
        means, tables = [], []
        for number in range(kinds):
            mine = seconds[known & (kind == number)]
            if overall is None or not len(mine):
                means.append(everybody.mean_seconds)
                tables.append(everybody.completions if overall is None else completions_of(overall, renewal))
                continue
            trust = len(mine) / (len(mine) + PRIOR_SERVICES)
            means.append(float(trust * mine.mean() + (1 - trust) * everybody.mean_seconds))
            shares = trust * shares_by_length(mine) + (1 - trust) * overall
            tables.append(completions_of(shares, renewal))
        return cls(means, tables, renewal)


class PacedPool:
    """What each server is doing: since when, which kind, how fast it usually is, how long it pauses."""

    def __init__(self, services: KindServices) -> None:
        self.services = services
        self._busy: dict[int, tuple[float, int]] = {}
        self._idle: dict[int, tuple[float, bool]] = {}
        self._pace: dict[int, float] = {}
        self._pause: dict[int, float] = {}

    def started(self, server: int, kind: int, time: float) -> None:
        """Note that ``server`` began to serve a ticket of ``kind``."""
        since, line = self._idle.pop(server, (time, False))
        if line:
            pause = min(time - since, LONGEST_PAUSE)
            usual = self._pause.get(server, USUAL_PAUSE)
            self._pause[server] = PAUSE_MEMORY * usual + (1 - PAUSE_MEMORY) * pause
        self._busy[server] = time, kind

    def finished(self, server: int, kind: int, seconds: float, time: float, *, line: bool) -> None:
        """Note that ``server`` ended a service of ``seconds``; ``line`` says whether anybody waited."""
        self._busy.pop(server, None)
        self._idle[server] = time, line
        relative = min(seconds / self.services.mean_seconds[kind], SLOWEST)
        self._pace[server] = PACE_MEMORY * self._pace.get(server, 1.0) + (1 - PACE_MEMORY) * relative

    def features(self, kind: int, ahead: float, degree: Mapping[int, float], time: float) -> dict[str, float]:
        """Return when the ``ahead`` people and one more of ``kind`` will have found a server, in quantiles.

        ``degree`` says how far each server serves ``kind`` (0 to 1).
        """
        curve = self._ends(degree, time)
        free, shortest = self._ready(degree, time)
        # Some of those ahead give up: a rising share over the first minutes, all of them by ten.
        rising = curve + np.minimum(STEPS * STEP_SECONDS / 600.0, 1.0) * ahead
        needed = max(ahead + 1 - FREE_WEIGHT * free, 0.4)
        out = {
            f"paced_p{share * 100:.0f}": min(
                seconds_until(rising, float(gammaincinv(needed, share))), LONGEST_SECONDS
            )
            for share in SHARES
        }
        out["paced_drain"] = min(seconds_until(rising, max(ahead + 1 - free, 0.25)), LONGEST_SECONDS)
        out |= {f"paced_ends_{step}": float(curve[step]) for step in ENDS_STEPS}
        kinds = [busy for _, busy in self._busy.values()]
        out["paced_free"] = free
        out["shortest_idle"] = shortest
        out["busy_with_kind"] = float(kinds.count(kind))
        out["kind_service"] = self.services.mean_seconds[kind]
        out["busy_service"] = _mean([self.services.mean_seconds[busy] for busy in kinds])
        out["usual_pause"] = _mean([self._pause.get(server, USUAL_PAUSE) for server in self._busy])
        return out

    def _ends(self, degree: Mapping[int, float], time: float) -> Floats:
        """Return the expected services ended within step·10 s by servers who take the kind asked about."""
        curve = np.zeros(HORIZON_STEPS + 1)
        for server, (since, kind) in self._busy.items():
            pace = self._pace.get(server, 1.0)
            age = min(int((time - since) / pace / STEP_SECONDS), AGE_STEPS - 1)
            mine = self.services.completions[kind][age]
            if abs(pace - 1) > EVEN_PACE:
                mine = np.interp(STEPS / pace, STEPS, mine)
            curve += degree.get(server, 1.0) * mine
        return curve if curve[-1] > LEAST_ENDS else self.services.renewal

    def _ready(self, degree: Mapping[int, float], time: float) -> tuple[float, float]:
        """Return how many idle servers will take somebody at once, and the shortest pause among them."""
        free, shortest = 0.0, np.nan
        for server, (since, _) in self._idle.items():
            pause, takes = time - since, degree.get(server, 1.0)
            free += takes * next((share for limit, share in READY if pause < limit), 0.0)
            if takes > 0.5:
                shortest = float(np.fmin(shortest, pause))
        return free, shortest


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else np.nan
