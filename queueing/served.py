"""The published waits that this process knows, by hall: what the API serves while they are fresh.

They come over the bus from whichever process has the estimator, and may be lost: whoever asks falls back
to the drain formula by itself. Ids are unique, so one shelf serves every database of a process.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from kernel.clock import monotonic
from queueing.rules.published import DRAIN, FRESH_FOR_S, HallWaits

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

MOST_APART = timedelta(minutes=30)  # a clock so far from ours is wrong, or the demo's was set anew


@dataclass(frozen=True, slots=True)
class EstimatorState:
    """Which estimator serves a hall, how old what it said is, and why it is not a better one."""

    estimator: str
    age_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class WaitsSummary:
    """``halls`` by estimator, of those ever published here; ``oldest_s`` None while nothing is fresh."""

    halls: Mapping[str, int]
    oldest_s: float | None
    reasons: tuple[str, ...]


class ServedWaits:
    """Fresh waits by hall."""

    def __init__(self) -> None:
        self._known: dict[UUID, tuple[float, HallWaits]] = {}

    def put(self, waits: HallWaits, *, at_s: float | None = None) -> None:
        """Keep a hall's newest waits; ``at_s`` is the monotonic second at which they came."""
        self._known[waits.hall_id] = (monotonic() if at_s is None else at_s, waits)

    def get(self, hall_id: UUID, *, now: datetime) -> HallWaits | None:
        """Return a hall's waits unless they are older than ``FRESH_FOR_S`` or of another time."""
        known = self._known.get(hall_id)
        if known is None or monotonic() - known[0] > FRESH_FOR_S:
            return None
        return known[1] if abs(now - known[1].made_at) < MOST_APART else None

    def states(self) -> Mapping[UUID, EstimatorState]:
        """Return who serves each hall that was ever published here; ``drain`` where that is too old."""
        now = monotonic()
        return {
            hall_id: EstimatorState(waits.estimator, now - came, waits.reason)
            if now - came <= FRESH_FOR_S
            else EstimatorState(DRAIN, now - came, "estimator_silent")
            for hall_id, (came, waits) in self._known.items()
        }

    def summary(self) -> WaitsSummary:
        """Return how many halls each estimator serves, and the age of the oldest fresh estimate."""
        states = self.states().values()
        fresh = [state.age_s for state in states if state.estimator != DRAIN]
        return WaitsSummary(
            Counter(state.estimator for state in states),
            round(max(fresh), 1) if fresh else None,
            tuple(sorted({state.reason for state in states if state.reason})),
        )

    def clear(self) -> None:
        """Forget everything."""
        self._known.clear()


served = ServedWaits()
