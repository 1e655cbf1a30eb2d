"""Features of one queue's day as it was known at each row: causal, from the queue's own display only.

Entry i of every feature depends on rows 0..i of that day. Times are in minutes, rates in people per minute.
Waits of earlier people (LES, HOL) follow Ibrahim & Whitt, "Real-time delay estimation based on delay
history" (M&SOM 2009), on arrival and call instants rebuilt by straight line between snapshots.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LOOK_BACK_MINUTES = (10.0, 20.0, 30.0, 60.0, 120.0)
RECENT_TICKETS = (5, 20)


@dataclass(frozen=True, slots=True)
class DayState:
    """One queue's day: cumulative calls and issues, minutes with somebody waiting, and calls within them."""

    minute: Floats
    windows_open: Floats
    waiting: Floats
    published: Floats
    calls: Floats
    issued: Floats
    busy_minutes: Floats
    busy_calls: Floats

    @classmethod
    def of(
        cls, minute: Floats, windows_open: Floats, waiting: Floats, published: Floats, calls: Floats
    ) -> DayState:
        """Accumulate the day; an interval is busy when somebody waited at its beginning."""
        step = np.diff(minute, prepend=minute[:1])
        busy = np.concatenate(([False], waiting[:-1] > 0))
        return cls(
            minute=minute,
            windows_open=windows_open,
            waiting=waiting,
            published=published,
            calls=calls,
            issued=np.maximum.accumulate(calls + waiting),
            busy_minutes=np.cumsum(np.where(busy, step, 0.0)),
            busy_calls=np.cumsum(np.where(busy, np.diff(calls, prepend=calls[:1]), 0.0)),
        )


def live_features(day: DayState) -> dict[str, Floats]:
    """Return the features of every row of the day by name."""
    columns: dict[str, Floats] = {
        "waiting": day.waiting,
        "windows_open": day.windows_open,
        "published": day.published,
        "minute": day.minute,
        "calls_today": day.calls,
        "issued_today": day.issued,
        "busy_rate_today": _ratio(day.busy_calls, day.busy_minutes),
        "busy_minutes_today": day.busy_minutes,
        "minutes_open": _minutes_since_first(day.minute, day.windows_open > 0),
        "minutes_since_call": _minutes_since_change(day.minute, day.calls),
        "minutes_since_issue": _minutes_since_change(day.minute, day.issued),
    }
    for span in LOOK_BACK_MINUTES:
        columns |= _window_columns(day, span)
    return columns | _delay_history(day)


def _window_columns(day: DayState, span: float) -> dict[str, Floats]:
    then = day.minute - span
    name = f"{span:.0f}"
    calls = day.calls - _at(then, day.minute, day.calls)
    busy_minutes = day.busy_minutes - _at(then, day.minute, day.busy_minutes)
    busy_calls = day.busy_calls - _at(then, day.minute, day.busy_calls)
    return {
        f"calls_{name}": calls,
        f"issues_{name}": day.issued - _at(then, day.minute, day.issued),
        f"busy_rate_{name}": _ratio(busy_calls, busy_minutes),
        f"waiting_before_{name}": _at(then, day.minute, day.waiting),
        f"windows_mean_{name}": _mean_over(day, span),
    }


def _mean_over(day: DayState, span: float) -> Floats:
    area = np.concatenate(([0.0], np.cumsum(np.nan_to_num(day.windows_open[:-1]) * np.diff(day.minute))))
    covered = np.minimum(span, day.minute - day.minute[0])
    return _ratio(area - _at(day.minute - span, day.minute, area), covered)


def _delay_history(day: DayState) -> dict[str, Floats]:
    """HOL, LES and means over recent tickets; ticket k is issued and called when the counts reach k."""
    first, last = float(day.issued[0]), int(day.issued[-1])
    tickets = np.arange(1.0, last + 1)
    issued_at = np.where(tickets <= first, day.minute[0], _reached(tickets, day.minute, day.issued))
    called_at = _reached(tickets, day.minute, day.calls)
    waited = np.maximum(called_at - issued_at, 0.0)
    known = np.concatenate(([0.0], np.cumsum(np.where(np.isfinite(waited), waited, 0.0))))
    done = np.minimum(day.calls.astype(np.int64), last)
    columns = {
        "les": np.where(done > 0, waited[np.maximum(done - 1, 0)] if last else np.nan, np.nan),
        "hol": np.where(
            day.waiting > 0, day.minute - issued_at[np.minimum(done, last - 1)] if last else np.nan, 0.0
        ),
    }
    for count in RECENT_TICKETS:
        taken = np.minimum(done, count)
        columns[f"waited_mean_{count}"] = _ratio(known[done] - known[done - taken], taken.astype(np.float64))
    return columns


def _reached(level: Floats, minute: Floats, count: Floats) -> Floats:
    """Return when the running ``count`` reached each ``level``, by straight line; NaN if it never did."""
    after = np.searchsorted(count, level)
    out = np.full(len(level), np.nan)
    inside = (after < len(count)) & (after > 0)
    j = after[inside]
    share = (level[inside] - count[j - 1]) / (count[j] - count[j - 1])
    out[inside] = minute[j - 1] + share * (minute[j] - minute[j - 1])
    out[after == 0] = minute[0] if len(minute) else np.nan
    return out


def _at(when: Floats, minute: Floats, running: Floats) -> Floats:
    return np.interp(when, minute, running)


def _ratio(top: Floats, bottom: Floats) -> Floats:
    out = np.full(len(top), np.nan)
    np.divide(top, bottom, out=out, where=bottom > 0)
    return out


def _minutes_since_change(minute: Floats, running: Floats) -> Floats:
    changed = np.concatenate(([True], np.diff(running) > 0))
    return minute - minute[np.maximum.accumulate(np.where(changed, np.arange(len(minute)), 0))]


def _minutes_since_first(minute: Floats, true: NDArray[np.bool_]) -> Floats:
    started = np.flatnonzero(true)
    if not len(started):
        return np.full(len(minute), np.nan)
    return np.where(minute >= minute[started[0]], minute - minute[started[0]], np.nan)
