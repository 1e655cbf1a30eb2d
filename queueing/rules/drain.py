"""The first wait estimate: people ahead, drained through this queue's historic rate at this time of day.

On 20 real halls this beat every other simple estimate once recalibrated (people ahead divided by the
queue's historic call rate, docs/subsystems/wait-prediction.md); recalibration is the bands below:
empirical P10/P50/P90 of real waits within bins of the drained minutes, learned for each horizon.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.ids import QueueId, WindowId
from queueing.rules.waits import NO_WAIT, WaitRange
from queueing.rules.windows import PlanEntry

QUARTERS = 96
QUARTER_MINUTES = 15
HORIZONS = (0, 15, 30, 60, 120)  # minutes ahead for which bands are learned
LONGEST_DRAIN = 600.0  # minutes; longer than any day, so a queue that nobody serves is "unknown"


@dataclass(frozen=True, slots=True)
class Band:
    """Real waits (minutes) seen when the drained minutes were at most ``upto``."""

    upto: float
    p10: float
    p50: float
    p90: float


@dataclass(frozen=True, slots=True)
class QueueProfile:
    """What history teaches about a queue; all rates per minute, one value a quarter hour of the day.

    ``calls``: how fast it is called while somebody waits. ``arrivals``: how fast people come.
    ``windows``: the share of windows that served it when that was learned.
    ``bands``: horizon in minutes -> bands by rising ``upto``.
    """

    calls: Sequence[float]
    arrivals: Sequence[float]
    windows: Sequence[float]
    bands: Mapping[int, Sequence[Band]]


def calls_under(
    mean_minutes: float, profile: QueueProfile | None, shares: Sequence[float]
) -> tuple[float, ...]:
    """Return calls per minute by quarter: the historic rate scaled by the windows planned now.

    ``shares``: windows' worth of the queue by quarter hour. Without history the typical minutes decide.
    """
    by_plan = [share / mean_minutes for share in shares]
    if profile is None:
        return tuple(by_plan)
    return tuple(
        (historic * share / then if then > 0 and historic > 0 else planned)
        for historic, share, then, planned in zip(
            profile.calls, shares, profile.windows, by_plan, strict=True
        )
    )


def drain_minutes(work: float, from_minute: float, rates: Sequence[float]) -> float | None:
    """Return the minutes until ``work`` people have been called from a local minute on.

    ``rates`` are calls per minute for each quarter of the day. After the last quarter with a rate
    that rate goes on, since whoever came in is served. None when nobody would be called in ten hours.

    >>> drain_minutes(3, 600, [0.1] * 96)
    30.0
    """
    if work <= 0:
        return 0.0
    last = max((quarter for quarter, rate in enumerate(rates) if rate > 0), default=None)
    if last is None:
        return None
    minute = from_minute
    while minute - from_minute < LONGEST_DRAIN:
        quarter = int(minute // QUARTER_MINUTES)
        rate = rates[min(quarter, last)]
        span = (quarter + 1) * QUARTER_MINUTES - minute
        if rate * span >= work:
            return minute + work / rate - from_minute
        work -= rate * span
        minute += span
    return None


def people_at(
    waiting: float,
    from_minute: float,
    to_minute: float,
    *,
    calls: Sequence[float],
    arrivals: Sequence[float],
    booked: float = 0.0,
) -> float:
    """Return how many will wait at a later local minute: a fluid that people join and windows drain.

    ``booked`` expected appointments join evenly over the time.
    """
    minute, people = from_minute, waiting
    extra = booked / (to_minute - from_minute) if to_minute > from_minute else 0.0
    while minute < to_minute:
        quarter = int(minute // QUARTER_MINUTES)
        span = min((quarter + 1) * QUARTER_MINUTES, to_minute) - minute
        index = min(quarter, QUARTERS - 1)
        people = max(0.0, people + (arrivals[index] + extra - calls[index]) * span)
        minute += span
    return people


def calibrated(minutes: float, horizon_minutes: float, profile: QueueProfile) -> WaitRange | None:
    """Return the range that real waits kept when this was drained; None where nothing was learned."""
    horizon = min(HORIZONS, key=lambda known: abs(known - horizon_minutes))
    bands = profile.bands.get(horizon)
    if not bands:
        return None
    index = bisect_left([band.upto for band in bands], minutes)
    if index == len(bands):
        # Beyond everything learned: keep the last band's shape, scaled.
        band = bands[-1]
        scale = minutes / band.upto if band.upto > 0 else 1.0
    else:
        band, scale = bands[index], 1.0
    return WaitRange(band.p10 * scale, band.p50 * scale, band.p90 * scale)


def uncalibrated(minutes: float) -> WaitRange:
    """Return a wide range for a queue without history (day one): Poisson-like spread, never narrow.

    With n people ahead the wait is a sum of n + 1 service gaps, so its spread shrinks like
    1 / sqrt(n); 0.5 to 2 covers P10 to P90 from three people on (docs/subsystems/wait-prediction.md).
    """
    return WaitRange(minutes * 0.5, minutes, minutes * 2.0) if minutes > 0 else NO_WAIT


def window_shares(plan: Iterable[PlanEntry]) -> dict[QueueId, tuple[float, ...]]:
    """Return how many windows' worth each queue has in each quarter hour of a plan.

    A window that lists several queues counts for each of them in equal parts; a queue that it only
    helps counts half a part, since its own queues go first.
    """
    listed: defaultdict[tuple[WindowId, int], list[PlanEntry]] = defaultdict(list)
    for entry in plan:
        for quarter in range(entry.from_minute // QUARTER_MINUTES, -(-entry.to_minute // QUARTER_MINUTES)):
            listed[entry.window_id, quarter].append(entry)
    shares: defaultdict[QueueId, list[float]] = defaultdict(lambda: [0.0] * QUARTERS)
    for (_window, quarter), lists in listed.items():
        parts = [0.5 if entry.helping else 1.0 for entry in lists]
        for entry, part in zip(lists, parts, strict=True):
            shares[entry.queue_id][quarter] += part / sum(parts)
    return {queue_id: tuple(row) for queue_id, row in shares.items()}


def profile_of(stored: Mapping[str, Any]) -> QueueProfile:
    """Return a profile from its stored JSON; raises KeyError or TypeError when it is not one."""
    bands: Mapping[str, Sequence[Sequence[float]]] = stored["bands"]
    return QueueProfile(
        calls=tuple(stored["calls"]),
        arrivals=tuple(stored["arrivals"]),
        windows=tuple(stored["windows"]),
        bands={int(horizon): tuple(Band(*band) for band in rows) for horizon, rows in bands.items()},
    )
