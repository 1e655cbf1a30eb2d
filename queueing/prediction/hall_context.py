"""What the rest of the hall is doing: people and calls in all its queues, and how far estimates were off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from queueing.prediction.today import Revealed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PRIOR_MINUTES = 40.0
SUMMED = ("waiting", "calls_30", "calls_60", "issues_60", "windows_open")


def hall_day_context(
    members: Sequence[NDArray[np.int64]],
    judged: Sequence[bool],
    columns: Mapping[str, Floats],
    waits: Floats,
) -> list[dict[str, Floats]]:
    """Return for each queue of one hall's day (its row numbers in ``members``) what the whole hall shows.

    A queue's row sees every other queue's latest row not later than its own. ``judged`` marks the queues
    whose outcomes and drain estimates can be trusted.
    """
    minute = columns["minute"]
    ticks = np.unique(np.concatenate([minute[rows] for rows in members]))
    sums = {name: np.zeros(len(ticks)) for name in (*SUMMED, "queues_waiting", "drain")}
    most_windows = np.zeros(len(ticks))
    for rows, trusted in zip(members, judged, strict=True):
        latest = np.searchsorted(minute[rows], ticks, "right") - 1
        for name in SUMMED:
            sums[name] += _carried(columns[name][rows], latest)
        sums["queues_waiting"] += _carried((columns["waiting"][rows] > 0).astype(np.float64), latest)
        if trusted:
            sums["drain"] += _carried(columns["drain"][rows], latest)
        most_windows = np.maximum(most_windows, _carried(columns["windows_open"][rows], latest))
    ended = _revealed(members, judged, columns, waits)
    out = []
    for rows in members:
        at = np.searchsorted(ticks, minute[rows])
        context = {f"hall_{name}": values[at] for name, values in sums.items()}
        context["hall_windows"] = most_windows[at]
        context["hall_others_waiting"] = context["hall_waiting"] - columns["waiting"][rows]
        context["hall_others_calls_60"] = context["hall_calls_60"] - columns["calls_60"][rows]
        context["hall_revealed_60"] = ended.ratio(minute[rows], 60.0, PRIOR_MINUTES)
        context["hall_revealed_today"] = ended.ratio(minute[rows], np.inf, PRIOR_MINUTES)
        out.append(context)
    return out


def _carried(values: Floats, place: NDArray[np.int64]) -> Floats:
    """Return a queue's latest value at other instants; 0 before its first row (``place`` -1)."""
    return np.where(place >= 0, np.nan_to_num(values)[np.maximum(place, 0)], 0.0)


def _revealed(
    members: Sequence[NDArray[np.int64]], judged: Sequence[bool], columns: Mapping[str, Floats], waits: Floats
) -> Revealed:
    rows = np.concatenate(
        [m for m, trusted in zip(members, judged, strict=True) if trusted] or [members[0][:0]]
    )
    return Revealed.of(columns["minute"][rows], columns["waiting"][rows], waits[rows], columns["drain"][rows])
