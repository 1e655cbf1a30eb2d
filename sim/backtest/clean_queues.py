"""Which queues' outcomes can be trusted: a list beside the log, or what the training days show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.backtest.halls_log import queue_indices, read_queue_list

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from queueing.prediction.snapshots import SnapshotLog
    from sim.backtest.log_report import LogReport

LIST_NAME = "clean_queues.csv"
MOST_FALLS_PER_DAY = 0.5
LEAST_PEAK = 4.0
MOST_FALL = 2.0  # called + waiting wavers by one or two as people are called


def choose_queues(
    log: SnapshotLog, train_until: int, paths: Sequence[Path], shipped: Path, report: LogReport
) -> list[int]:
    """Return the indices of trusted queues: listed beside the log, else listed with the shipped log.

    If the log holds none of those, queues whose training days look clean are taken. Queues of the log outside
    the list are used for their hall's context only, and counted in ``report``.
    """
    beside = next((path.parent / LIST_NAME for path in paths if (path.parent / LIST_NAME).exists()), None)
    found, missing = queue_indices(log, read_queue_list(beside or shipped / LIST_NAME))
    for name in missing:
        report.note("listed as clean and not in the log", name)
    if not found:
        found = looks_clean(log, train_until)
        report.note("no listed queue in the log: chosen by how they look", f"{len(found)} queues")
    outside = sorted(set(np.unique(log.queue).tolist()) - set(found))
    if outside:
        hall, queue = log.queue_names[outside[0]]
        report.note("queue not trusted, used as context only", f"{hall} {queue}", len(outside))
    return found


def looks_clean(log: SnapshotLog, train_until: int) -> list[int]:
    """Return queues whose numbers rarely go back or fall, with at least four waiting at a usual day's peak.

    Judged on days up to ``train_until``; on all days if there are none.
    """
    falls: dict[int, list[int]] = {}
    peaks: dict[int, list[float]] = {}
    learn = (log.day <= train_until).any()
    for rows in log.queue_days():
        if learn and log.day[rows.start] > train_until:
            continue
        called, waiting = log.called[rows], log.waiting[rows]
        shown = np.isfinite(called)
        queue = int(log.queue[rows.start])
        back = (np.diff(called[shown]) < 0) | (np.diff((called + waiting)[shown]) < -MOST_FALL)
        falls.setdefault(queue, []).append(int(back.sum()) if shown.sum() > 1 else 99)
        peaks.setdefault(queue, []).append(float(waiting.max()))
    return [
        queue
        for queue in falls
        if np.mean(falls[queue]) <= MOST_FALLS_PER_DAY and np.mean(peaks[queue]) >= LEAST_PEAK
    ]
