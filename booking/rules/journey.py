"""A visit of several services as one wait and one time at the windows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from geo.rules.prospects import NO_WAIT, ZERO, Spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from queueing.rules.waits import WaitRange

# P10, P50 and P90 of a service as parts of its mean: a lognormal with a coefficient of variation of 0.5,
# the middle of what the catalogue's services have (0.4 to 0.5).
SERVICE_QUICK, SERVICE_USUAL, SERVICE_SLOW = 0.49, 0.89, 1.64


def service_spread(minutes: float) -> Spread:
    """Return the time at the windows as a range, from the sum of the services' means."""
    quick, usual, slow = (
        timedelta(minutes=minutes * part) for part in (SERVICE_QUICK, SERVICE_USUAL, SERVICE_SLOW)
    )
    return Spread(quick, usual, slow)


def whole_wait(legs: Sequence[tuple[WaitRange | None, float]]) -> Spread | None:
    """Return the wait of a visit: for each queue in turn its wait at arrival and the minutes served there.

    A later leg keeps the place of the first (its effective arrival), so its wait runs while the earlier
    ones are waited for and served: it begins at the later of the two. Unknown if one of them is.

    >>> from queueing.rules.waits import WaitRange
    >>> both = whole_wait([(WaitRange(10, 10, 10), 5), (WaitRange(12, 20, 40), 5)])
    >>> [minutes.total_seconds() / 60 for minutes in (both.p10, both.p50, both.p90)]
    [10.0, 15.0, 35.0]
    """
    totals = []
    for pick in ("p10", "p50", "p90"):
        at = served = 0.0
        for wait, minutes in legs:
            if wait is None:
                return None
            at = max(at, getattr(wait, pick)) + minutes
            served += minutes
        totals.append(timedelta(minutes=at - served))
    return Spread(*totals)


def after_slot(wait: Spread | None, *, credit: timedelta) -> Spread:
    """Return the wait after the start of a slot: a punctual appointment counts ``credit`` earlier than it.

    So it waits as long as a walk-in who came ``credit`` before. Where that is unknown, none is claimed.
    """
    if wait is None:
        return NO_WAIT
    return Spread(*(max(ZERO, part - credit) for part in (wait.p10, wait.p50, wait.p90)))
