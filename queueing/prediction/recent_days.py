"""What single past days add to their mean: yesterday's pace, days of the same kind, spread, closing time.

The usual day (:mod:`history`) weighs all known days. Here the same tables are read with sharper weights, and
what the queue shows now is set against them: how overdue the next call is, and how the line stands when the
people expected until then have come and been called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from queueing.prediction.history import BIN_MINUTES, BINS, MEASURES, Profile, drain_minutes
from queueing.prediction.today import LONGEST_DRAIN, SLOWEST_RATE, bins_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from queueing.prediction.live_features import DayState

    Floats = NDArray[np.float64]

YESTERDAY_DECAY, KIND_DECAY, OTHER_KIND = 0.5, 0.8, 0.1  # by days of the log between, not calendar days
ENDS_OTHER_KIND = 0.2
LEAST_RATE_OF_DAY = 0.2  # people in a quarter hour that make it part of the day
USUAL_CLOSE = 960.0
USUAL_RATE = 0.05
EDGES = np.arange(BINS + 1) * BIN_MINUTES


class RecentDays:
    """One queue's known days as seen from one day: ``tables[known, measure, bin]`` and how far off they lie.

    ``apart`` counts days of the log, ``same_kind`` says which are Mondays like (or unlike) the day itself.
    """

    def __init__(self, tables: Sequence[Floats], apart: Floats, same_kind: NDArray[np.bool_]) -> None:
        self._tables = np.array(tables).reshape(len(tables), len(MEASURES), BINS)
        self._apart, self._same = apart, same_kind
        self._near = self._profile(YESTERDAY_DECAY**apart)
        self._flat = self._profile(np.ones(len(apart)))
        self._kind = self._profile(np.where(same_kind, 1.0, OTHER_KIND) * KIND_DECAY**apart)
        self._last_calls, self._last_issues = self._usual_end("calls"), self._usual_end("issues")

    def _profile(self, weights: Floats) -> Profile:
        return Profile.of(np.tensordot(weights, self._tables, 1), float(weights.sum()))

    def _whole(self, measure: str) -> Floats:
        return np.asarray(self._tables[:, MEASURES.index(measure)].sum(axis=1), np.float64)

    def _usual_end(self, measure: str) -> float:
        """Return the minute after which a usual day sees no more of ``measure``."""
        active = self._tables[:, MEASURES.index(measure)] > LEAST_RATE_OF_DAY
        open_days = active.any(axis=1)
        if not open_days.any():
            return USUAL_CLOSE
        ends = BIN_MINUTES * (BINS - active[open_days, ::-1].argmax(axis=1))
        return float(np.average(ends, weights=np.where(self._same[open_days], 1.0, ENDS_OTHER_KIND)))

    def now(self, day: DayState, since_call: Floats, hol: Floats) -> dict[str, Floats]:
        """Return the features of every row; ``since_call`` and ``hol`` in minutes as the row showed them."""
        spread, last = self._day_rates()
        rate = self._rate(day.minute)
        columns = {
            f"drain_{name}": np.minimum(
                drain_minutes(day.minute, day.waiting, profile.busy_rate, SLOWEST_RATE), LONGEST_DRAIN
            )
            for name, profile in (("near", self._near), ("flat", self._flat), ("kind", self._kind))
        }
        size = len(day.minute)
        called = np.diff(day.calls, prepend=day.calls[:1])
        usual_windows = np.nan_to_num(self._flat.windows[bins_of(day.minute)])
        return columns | {
            "rate_spread": np.full(size, spread),
            "rate_last_day": np.full(size, last),
            "busy_calls_a_day": np.full(size, self._whole("busy_calls").mean() if len(self._apart) else 0.0),
            "to_last_call": self._last_calls - day.minute,
            "to_last_issue": self._last_issues - day.minute,
            "overdue": since_call * rate,
            "overdue_waiting": np.minimum(since_call, hol) * rate,
            "hol_by_line": hol * rate / (day.waiting + 1),
            "hol_less_drain": hol - day.waiting / rate,
            "windows_to_usual": (np.nan_to_num(day.windows_open) + 0.5) / (usual_windows + 0.5),
            "called_together": (np.cumsum(called**2) + 2) / (np.cumsum(called) + 2),
            "longest_gap": np.maximum.accumulate(np.minimum(since_call, hol)),
        }

    def ahead(self, day: DayState, horizon: float) -> dict[str, Floats]:
        """Return what these days say of the line to be met ``horizon`` minutes after each row."""
        then = day.minute + horizon
        place = bins_of(then)
        columns: dict[str, Floats] = {"to_last_issue_then": self._last_issues - then}
        for name, profile in (("near", self._near), ("kind", self._kind)):
            columns[f"then_wait_{name}"] = profile.wait[place]
            columns[f"then_zero_{name}"] = profile.zero_share[place]
            columns[f"then_issues_{name}"] = profile.issue_rate[place]
        come = _between(day.minute, then, np.nan_to_num(self._flat.issue_rate))
        called = _between(day.minute, then, np.maximum(np.nan_to_num(self._flat.busy_rate), SLOWEST_RATE))
        net = day.waiting + come - called
        return columns | {
            "net_line": net,
            "net_line_scaled": net / np.sqrt(come + called + 0.5),
            "calls_until": called,
            "issues_until": come,
        }

    def _rate(self, minute: Floats) -> Floats:
        rate = np.nan_to_num(self._flat.busy_rate[bins_of(minute)], nan=USUAL_RATE)
        return np.maximum(rate, SLOWEST_RATE)

    def _day_rates(self) -> tuple[float, float]:
        """Return the spread of the days' log busy-time pace around their mean, and the nearest day's."""
        if not len(self._apart):
            return 0.0, 0.0
        calls, minutes = self._whole("busy_calls"), self._whole("busy_minutes")
        usual = max(float(minutes.sum() / max(calls.sum(), 1.0)), 0.1)
        pace = np.log((calls + 2) / (minutes / usual + 2))
        return float(pace.std()), float(pace[np.argmin(self._apart)])


def _between(start: Floats, end: Floats, rate: Floats) -> Floats:
    running = np.concatenate(([0.0], np.cumsum(rate * BIN_MINUTES)))
    return np.interp(end, EDGES, running) - np.interp(start, EDGES, running)
