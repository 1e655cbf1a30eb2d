"""Today against the usual day: how fast the queue moves, how many come, how far estimates were off so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from queueing.prediction.history import BIN_MINUTES, BINS, drain_minutes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from queueing.prediction.history import Profile
    from queueing.prediction.live_features import DayState

    Floats = NDArray[np.float64]

SLOWEST_RATE = 0.01  # people a minute; a queue that has no history still moves within two hours a person
LONGEST_DRAIN = 600.0
PRIOR_PEOPLE = 5.0  # shrinks today's ratios to 1
PRIOR_REVEALED_MINUTES = 20.0
UNSEEN_CALLS, UNSEEN_MINUTES = 2.0, 12.0  # before anything was seen: six minutes a person, worth two calls
FLUID_STEP = 5.0
PROFILE_COLUMNS = (
    "call_rate",
    "issue_rate",
    "busy_rate",
    "waiting",
    "wait",
    "zero_share",
    "minutes_per_person",
    "windows",
)


def expected_features(day: DayState, profile: Profile) -> dict[str, Floats]:
    """Return what the profile says of each row: its rates then, and the drain of the line through the day."""
    place = bins_of(day.minute)
    columns = {f"usual_{name}": getattr(profile, name)[place] for name in PROFILE_COLUMNS}
    columns["drain"] = drain_minutes(day.minute, day.waiting, profile.busy_rate, SLOWEST_RATE)
    columns["drain_calls"] = np.minimum(
        drain_minutes(day.minute, day.waiting, profile.call_rate, SLOWEST_RATE), LONGEST_DRAIN
    )
    columns["line_times_usual"] = day.waiting * profile.minutes_per_person[place]
    columns["drain_ends"] = day.minute + columns["drain"]
    columns["history_days"] = np.full(len(place), profile.days)
    return columns


def pace_features(day: DayState, profile: Profile) -> dict[str, Floats]:
    """Return today's calls, issues and busy-time speed as ratios to what the profile expected so far."""
    calls = _expected(day.minute, profile.call_rate)
    issues = _expected(day.minute, profile.issue_rate)
    usual = np.nan_to_num(profile.busy_rate[bins_of(day.minute)], nan=0.05)
    busy = np.cumsum(np.diff(day.busy_minutes, prepend=day.busy_minutes[:1]) * usual)
    hour_ago = day.minute - 60.0
    busy_hour = busy - np.interp(hour_ago, day.minute, busy)
    called_hour = day.busy_calls - np.interp(hour_ago, day.minute, day.busy_calls)
    return {
        "calls_expected": calls,
        "calls_ratio": (day.calls + PRIOR_PEOPLE) / (calls + PRIOR_PEOPLE),
        "issues_ratio": (day.issued + PRIOR_PEOPLE) / (issues + PRIOR_PEOPLE),
        "issues_to_come": _expected(np.full(len(calls), BINS * BIN_MINUTES), profile.issue_rate) - issues,
        "pace_today": (day.busy_calls + 3.0) / (busy + 3.0),
        "pace_hour": (called_hour + 2.0) / (busy_hour + 2.0),
        "busy_expected_hour": busy_hour,
        "drain_today": day.waiting * (day.busy_minutes + UNSEEN_MINUTES) / (day.busy_calls + UNSEEN_CALLS),
    }


def revealed_features(day: DayState, drain: Floats, hol: Floats, waits: Floats) -> dict[str, Floats]:
    """Return how much longer than the drain estimate the waits were that had ended by each row.

    A wait ends inside the interval between two snapshots, so it is known at the later of them: a row sees
    only waits that were over when it was taken.
    """
    ended = Revealed.of(day.minute, day.waiting, waits, drain)
    held = np.interp(day.minute - hol, day.minute, drain)
    hour = ended.ratio(day.minute, 60.0, PRIOR_REVEALED_MINUTES)
    return {
        "revealed_today": ended.ratio(day.minute, np.inf, PRIOR_REVEALED_MINUTES),
        "revealed_60": hour,
        "revealed_30": ended.ratio(day.minute, 30.0, PRIOR_REVEALED_MINUTES / 2),
        "hol_ratio": (hol + 5.0) / (held + 5.0),
        "drain_revealed": drain * hour,
    }


class Revealed:
    """Ended waits in the order in which they ended, with the estimates made when they began."""

    def __init__(self, ended_at: Floats, waits: Floats, estimates: Floats) -> None:
        order = np.argsort(ended_at, kind="stable")
        self._ended_at = ended_at[order]
        self._waits = np.concatenate(([0.0], np.cumsum(waits[order])))
        self._estimates = np.concatenate(([0.0], np.cumsum(estimates[order])))

    @classmethod
    def of(cls, minute: Floats, waiting: Floats, waits: Floats, estimates: Floats) -> Revealed:
        """Collect the rows with somebody waiting whose wait was seen to end."""
        known = np.isfinite(waits) & (waiting > 0) & np.isfinite(estimates)
        return cls((minute + waits)[known], waits[known], estimates[known])

    def ratio(self, now: Floats, span: float, prior_minutes: float) -> Floats:
        """Return Σ wait / Σ estimate of waits that ended in the ``span`` minutes to ``now``, shrunk to 1."""
        last = np.searchsorted(self._ended_at, now, "right")
        first = np.searchsorted(self._ended_at, now - span, "right")
        waits = self._waits[last] - self._waits[first] + prior_minutes
        return np.asarray(
            waits / (self._estimates[last] - self._estimates[first] + prior_minutes), np.float64
        )


def arrival_features(
    day: DayState, profile: Profile, pace: dict[str, Floats], horizon: float
) -> dict[str, Floats]:
    """Return what the profile and a fluid run forward say of the line ``horizon`` minutes after each row."""
    then = bins_of(day.minute + horizon)
    line = fluid_line(day, profile, pace["issues_ratio"], np.clip(pace["pace_today"], 0.3, 3.0), horizon)
    columns = {f"then_{name}": getattr(profile, name)[then] for name in PROFILE_COLUMNS}
    columns["then_line"] = line
    columns["then_drain"] = drain_minutes(day.minute + horizon, line, profile.busy_rate, SLOWEST_RATE)
    return columns


def fluid_line(day: DayState, profile: Profile, arrivals: Floats, pace: Floats, horizon: float) -> Floats:
    """Return the people in line after ``horizon`` minutes if people come and are called at the usual rates.

    The rates are the profile's times today's ratios: the fluid queue Q' = max(0, Q + (a - m)dt), in steps of
    five minutes.
    """
    line, minute = day.waiting.copy(), day.minute.copy()
    for _ in range(int(horizon // FLUID_STEP)):
        place = bins_of(minute)
        change = (
            np.nan_to_num(profile.issue_rate[place]) * arrivals
            - np.nan_to_num(profile.busy_rate[place]) * pace
        )
        line = np.maximum(0.0, line + FLUID_STEP * change)
        minute = minute + FLUID_STEP
    return line


def bins_of(minute: Floats) -> NDArray[np.int64]:
    """Return the quarter hour of the day in which each ``minute`` lies; past midnight, the last one."""
    return np.minimum((minute // BIN_MINUTES).astype(np.int64), BINS - 1)


def _expected(minute: Floats, rate: Floats) -> Floats:
    edges = np.arange(BINS + 1) * BIN_MINUTES
    return np.interp(minute, edges, np.concatenate(([0.0], np.cumsum(np.nan_to_num(rate) * BIN_MINUTES))))
