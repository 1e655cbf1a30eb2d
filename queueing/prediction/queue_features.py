"""All features of the queues of many halls, for "now" and for each horizon: one function for all uses.

Each row's features depend on that day's rows up to its own instant and on the days in ``known_days`` other
than its own. A model that learns from earlier days and is asked about today sees features of one kind.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from queueing.prediction.analogues import similar_moments
from queueing.prediction.hall_context import hall_day_context
from queueing.prediction.history import BINS, MEASURES, DayTable, Profile, day_weights
from queueing.prediction.live_features import DayState, live_features
from queueing.prediction.outcomes import begins_ahead, calls_of, waits_ahead, waits_now
from queueing.prediction.recent_days import RecentDays
from queueing.prediction.today import arrival_features, expected_features, pace_features, revealed_features

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from queueing.prediction.snapshots import SnapshotLog

    Floats = NDArray[np.float64]

NOW = 0.0
HORIZONS = (15.0, 30.0, 60.0, 120.0)
NOW_BANDWIDTHS = (0.2, 50.0, 0.5)  # log people in line, minutes of the day, log pace of the last hour
AHEAD_BANDWIDTHS = (0.4, 40.0)


@dataclass(slots=True)
class QueueFeatures:
    """Columns by name, one value per row of the log; ``ahead[horizon]`` holds the columns of a horizon."""

    columns: dict[str, Floats] = field(default_factory=dict)
    ahead: dict[float, dict[str, Floats]] = field(default_factory=dict)

    def estimate(self, horizon: float) -> Floats:
        """Return the physical estimate in minutes: the drain of the line now, or of the line to be met.

        A queue without history drains at today's own pace.
        """
        known = self.columns["history_days"] > 0
        if horizon == NOW:
            return np.where(known, self.columns["drain"], self.columns["drain_today"])
        ahead = self.ahead[horizon]
        usual = np.where(np.isfinite(ahead["then_wait"]), ahead["then_wait"], ahead["then_drain"])
        to_meet = 0.5 * ahead["then_drain"] + 0.5 * usual
        return np.where(known, to_meet, self.columns["drain_today"])

    def matrix(self, horizon: float) -> tuple[list[str], Floats]:
        """Return the column names and ``[row, column]`` for ``horizon`` minutes ahead (0: now)."""
        columns = self.columns | self.ahead.get(horizon, {})
        stacked = np.stack(list(columns.values()), axis=1)
        return list(columns), np.clip(stacked, -1e6, 1e6)


class Replay:
    """A log made ready once: cumulative calls, outcomes and day tables, whatever the known days are."""

    def __init__(self, log: SnapshotLog, queues: Sequence[int], horizons: Sequence[float] = HORIZONS) -> None:
        """Prepare ``log``; ``queues`` are the indices of those whose outcomes can be trusted."""
        self.log = log
        self.queues = frozenset(queues)
        self.calls = calls_of(log)
        self.waits = waits_now(log, self.calls)
        self.outcomes = {NOW: np.where(log.waiting > 0, self.waits, np.nan)}
        self.outcomes |= {horizon: waits_ahead(log, self.waits, horizon) for horizon in horizons}
        self.begins = {horizon: begins_ahead(log, horizon) for horizon in (NOW, *horizons)}
        self.horizons = tuple(horizons)
        self.days = np.unique(log.day)
        self.live: dict[str, Floats] = {}
        self.rows: dict[tuple[int, int], slice] = {}
        self.states: dict[tuple[int, int], DayState] = {}
        self.tables: dict[tuple[int, int], Floats] = {}
        for rows in log.queue_days():
            self._prepare(rows)

    def _prepare(self, rows: slice) -> None:
        log = self.log
        key = int(log.queue[rows.start]), int(log.day[rows.start])
        state = DayState.of(
            log.minute[rows], log.windows_open[rows], log.waiting[rows], log.published[rows], self.calls[rows]
        )
        self.rows[key] = rows
        _put(self.live, len(log), rows, live_features(state))
        if key[0] in self.queues:
            self.states[key] = state
            self.tables[key] = DayTable.of(state, self.waits[rows]).values

    def features(self, known_days: Sequence[int], wanted_days: Sequence[int]) -> QueueFeatures:
        """Return the features of the trusted queues' rows on ``wanted_days``; history from ``known_days``."""
        known = [int(day) for day in self.days if day in set(known_days)]
        built = QueueFeatures(dict(self.live), {horizon: {} for horizon in self.horizons})
        weights = (
            day_weights([int(day) for day in self.days], known) if known else np.zeros((len(self.days), 0))
        )
        wanted = set(wanted_days)
        for key, state in self.states.items():
            if key[1] in wanted:
                self._add_history(built, key, state, known, weights)
        self._add_hall_context(built, wanted)
        self._add_similar_moments(built, known, weights, wanted)
        built.columns["monday"] = ((self.log.day % 7) == 1).astype(np.float64)
        return built

    def _profile(self, key: tuple[int, int], known: Sequence[int], weights: Floats) -> Profile:
        mine = weights[int(np.searchsorted(self.days, key[1]))]
        totals, days = np.zeros((len(MEASURES), BINS)), 0.0
        for weight, day in zip(mine, known, strict=True):
            table = self.tables.get((key[0], day))
            if table is not None and weight > 0:
                totals = totals + weight * table
                days += weight
        return Profile.of(totals, days)

    def _add_history(
        self,
        built: QueueFeatures,
        key: tuple[int, int],
        state: DayState,
        known: Sequence[int],
        weights: Floats,
    ) -> None:
        rows, size = self.rows[key], len(self.log)
        profile = self._profile(key, known, weights)
        usual = expected_features(state, profile)
        pace = pace_features(state, profile)
        seen = revealed_features(state, usual["drain"], self.live["hol"][rows], self.waits[rows])
        _put(
            built.columns,
            size,
            rows,
            usual | pace | seen | {"drain_pace": usual["drain"] / pace["pace_today"]},
        )
        recent = self._recent_days(key, known)
        lately = recent.now(state, self.live["minutes_since_call"][rows], self.live["hol"][rows])
        _put(built.columns, size, rows, lately)
        for horizon in self.horizons:
            to_come = arrival_features(state, profile, pace, horizon) | recent.ahead(state, horizon)
            _put(built.ahead[horizon], size, rows, to_come)

    def _recent_days(self, key: tuple[int, int], known: Sequence[int]) -> RecentDays:
        mine = [day for day in known if day != key[1] and (key[0], day) in self.tables]
        place = np.searchsorted(self.days, [*mine, key[1]])
        same_kind = np.array([(day % 7 == 1) == (key[1] % 7 == 1) for day in mine], dtype=np.bool_)
        apart = np.abs(place[:-1] - place[-1]).astype(np.float64)
        return RecentDays([self.tables[key[0], day] for day in mine], apart, same_kind)

    def _add_hall_context(self, built: QueueFeatures, wanted: set[int]) -> None:
        groups: dict[tuple[int, int], list[int]] = {}
        for queue, day in self.rows:
            if day in wanted:
                groups.setdefault((int(self.log.hall[queue]), day), []).append(queue)
        for (_, day), queues in groups.items():
            judged = [queue in self.queues for queue in queues]
            if not any(judged):
                continue
            members = [np.arange(len(self.log))[self.rows[queue, day]] for queue in queues]
            context = hall_day_context(members, judged, built.columns, self.waits)
            for queue, trusted, columns in zip(queues, judged, context, strict=True):
                if trusted:
                    _put(built.columns, len(self.log), self.rows[queue, day], columns)

    def _add_similar_moments(
        self, built: QueueFeatures, known: Sequence[int], weights: Floats, wanted: set[int]
    ) -> None:
        day_weight = np.zeros((len(self.days), len(self.days)))
        day_weight[:, np.searchsorted(self.days, known)] = weights
        use = np.isin(self.log.day, sorted(wanted | set(known)))
        for queue in sorted(self.queues):
            rows = np.flatnonzero((self.log.queue == queue) & use)
            self._add_similar_of_queue(built, rows, day_weight, np.isin(self.log.day[rows], known))

    def _add_similar_of_queue(
        self, built: QueueFeatures, rows: NDArray[np.int64], day_weight: Floats, past: NDArray[np.bool_]
    ) -> None:
        line = np.log1p(self.log.waiting[rows])
        pace = np.log(np.clip(np.nan_to_num(built.columns["pace_hour"][rows], nan=1.0), 0.2, 5.0))
        day = np.searchsorted(self.days, self.log.day[rows])
        states: dict[float, tuple[Floats, tuple[float, ...], tuple[float, ...]]] = {
            NOW: (np.stack([line, self.log.minute[rows], pace], axis=1), NOW_BANDWIDTHS, (0.1, 0.5, 0.9))
        }
        ahead = np.stack([line, self.log.minute[rows]], axis=1)
        states |= {horizon: (ahead, AHEAD_BANDWIDTHS, (0.5, 0.9)) for horizon in self.horizons}
        for horizon, (state, bandwidths, shares) in states.items():
            outcome = self.outcomes[horizon][rows]
            candidates = np.flatnonzero(past & np.isfinite(outcome))
            found = similar_moments(state, bandwidths, candidates, outcome, day_weight, day, shares)
            names = [*(f"similar_p{share * 100:.0f}" for share in shares), "similar_mean", "similar_weight"]
            target = built.columns if horizon == NOW else built.ahead[horizon]
            _put(target, len(self.log), rows, dict(zip(names, found.T, strict=True)))


def _put(
    columns: dict[str, Floats], size: int, rows: slice | NDArray[np.int64], values: dict[str, Floats]
) -> None:
    for name, column in values.items():
        if name not in columns:
            columns[name] = np.full(size, np.nan)
        columns[name][rows] = column
