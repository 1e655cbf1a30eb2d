"""What past days tell about a queue at a time of day: rates, usual waits, and the drain they imply.

A profile is a table over quarter hours. Each day draws its own profile from the *other* known days, nearer
days and days of the same kind counting more, so rows that a model learns from see as honest a history as
rows that it is asked about. Days not in ``known_days`` (and the day itself) never enter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from queueing.prediction.live_features import DayState

    Floats = NDArray[np.float64]

BIN_MINUTES = 15.0
BINS = 96
MEASURES = (
    "minutes",
    "calls",
    "issues",
    "busy_minutes",
    "busy_calls",
    "rows",
    "waiting",
    "waits",
    "wait_rows",
    "zeros",
    "ahead",
    "wait_of_ahead",
    "windows",
)
OTHER_KIND_WEIGHT = 0.6  # Monday's opening hours are longer in the halls measured; its mornings are alike
DAY_DECAY = 0.95  # weight lost per calendar day of distance
SMOOTHING = np.array([0.25, 0.5, 1.0, 0.5, 0.25])
PRIOR_MINUTES = 45.0  # a quarter hour's own rate counts as much as the day's after so many minutes seen


@dataclass(frozen=True, slots=True)
class DayTable:
    """One queue's day by quarter hours: ``values[measure, bin]`` in the order of ``MEASURES``."""

    values: Floats

    @classmethod
    def of(cls, day: DayState, waits: Floats) -> DayTable:
        """Tabulate one day. ``waits`` are the outcomes of its rows in minutes, NaN where never seen."""
        edges = np.arange(BINS + 1) * BIN_MINUTES
        spread = [
            np.diff(np.interp(edges, day.minute, running))
            for running in (day.minute, day.calls, day.issued, day.busy_minutes, day.busy_calls)
        ]
        place = np.minimum((day.minute // BIN_MINUTES).astype(np.int64), BINS - 1)
        known = np.isfinite(waits)
        wait = np.where(known, waits, 0.0)
        ahead = known & (day.waiting > 0)
        counted = [
            np.ones(len(place)),
            day.waiting,
            wait,
            known,
            known & (wait == 0),
            np.where(ahead, day.waiting, 0.0),
            np.where(ahead, wait, 0.0),
            np.nan_to_num(day.windows_open),
        ]
        tallies = [
            np.bincount(place, weights=np.asarray(column, np.float64), minlength=BINS) for column in counted
        ]
        return cls(np.array([*spread, *tallies]))


def day_weights(days: Sequence[int], known_days: Sequence[int]) -> Floats:
    """Return ``weight[target, known]`` of each known day's table in the profile of each of ``days``."""
    target, known = np.array(days), np.array(known_days)
    apart = np.abs(target[:, None] - known[None, :])
    same_kind = (target[:, None] % 7 == 1) == (known[None, :] % 7 == 1)  # ordinal 1 was a Monday
    weights = DAY_DECAY**apart * np.where(same_kind, 1.0, OTHER_KIND_WEIGHT)
    return np.where(apart == 0, 0.0, weights)


@dataclass(frozen=True, slots=True)
class Profile:
    """A queue's expected day by quarter hours, from weighted sums of past days' tables."""

    call_rate: Floats
    issue_rate: Floats
    busy_rate: Floats
    waiting: Floats
    wait: Floats
    zero_share: Floats
    minutes_per_person: Floats
    windows: Floats
    days: float

    @classmethod
    def of(cls, totals: Floats, days: float) -> Profile:
        """Smooth the summed ``totals[measure, bin]`` of ``days`` days (weighted) into rates and means."""
        smooth = np.array([np.convolve(row, SMOOTHING, mode="same") for row in totals])
        t = dict(zip(MEASURES, smooth, strict=True))
        whole = dict(zip(MEASURES, totals.sum(axis=1), strict=True))
        return cls(
            call_rate=_share(t["calls"], t["minutes"]),
            issue_rate=_share(t["issues"], t["minutes"]),
            busy_rate=_shrunk(
                t["busy_calls"], t["busy_minutes"], whole["busy_calls"], whole["busy_minutes"], PRIOR_MINUTES
            ),
            waiting=_share(t["waiting"], t["rows"]),
            wait=_share(t["waits"], t["wait_rows"]),
            zero_share=_share(t["zeros"], t["wait_rows"]),
            minutes_per_person=_shrunk(
                t["wait_of_ahead"], t["ahead"], whole["wait_of_ahead"], whole["ahead"], PRIOR_MINUTES
            ),
            windows=_share(t["windows"], t["rows"]),
            days=days,
        )


def _share(top: Floats, bottom: Floats) -> Floats:
    out = np.full(len(top), np.nan)
    np.divide(top, bottom, out=out, where=bottom > 0)
    return out


def _shrunk(top: Floats, bottom: Floats, all_top: float, all_bottom: float, prior: float) -> Floats:
    if all_bottom <= 0:
        return np.full(len(top), np.nan)
    return (top + prior * all_top / all_bottom) / (bottom + prior)


def drain_minutes(start: Floats, people: Floats, rate: Floats, floor: float) -> Floats:
    """Return the minutes until ``people`` are called from ``start`` on, at ``rate`` people a minute per bin.

    Looks ahead through the day's profile; a bin without a rate, or one slower than ``floor``, runs at
    ``floor``. Past midnight the floor goes on.
    """
    pace = np.maximum(np.nan_to_num(rate), floor)
    edges = np.arange(BINS + 1) * BIN_MINUTES
    capacity = np.concatenate(([0.0], np.cumsum(pace * BIN_MINUTES)))
    goal = np.interp(start, edges, capacity) + people
    inside = np.interp(goal, capacity, edges)
    reached = np.where(goal <= capacity[-1], inside, edges[-1] + (goal - capacity[-1]) / floor)
    return np.asarray(reached - start, np.float64)
