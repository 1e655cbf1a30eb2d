"""A wait as it is told: a range P10-P90 with P50 kept for ordering, never a lone number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class WaitRange:
    """P10, P50 and P90 of a wait, in minutes; 0 <= p10 <= p50 <= p90."""

    p10: float
    p50: float
    p90: float

    def __post_init__(self) -> None:
        if not 0 <= self.p10 <= self.p50 <= self.p90:
            raise ValueError(f"not a range of minutes: {self.p10}, {self.p50}, {self.p90}")

    @property
    def median(self) -> timedelta:
        return timedelta(minutes=self.p50)


NO_WAIT = WaitRange(0.0, 0.0, 2.0)  # a window is idle; its clerk still needs a moment to call
LONG_WAIT_MINUTES = 90  # above this only "more than 1 hour 30" is told


def told_minutes(wait: WaitRange) -> tuple[int, int] | None:
    """Return the range as it is told: both ends on 5 minutes, None above 90 minutes.

    The lower end rounds down and the upper end up, so rounding never narrows the promise.

    >>> told_minutes(WaitRange(12.0, 18.0, 23.5))
    (10, 25)
    """
    if wait.p90 > LONG_WAIT_MINUTES:
        return None
    return int(wait.p10 // 5) * 5, int(-(-wait.p90 // 5)) * 5
