"""Features of a pool of windows at the moment each ticket joins: replayed event by event, causal.

The replay keeps who waits, who serves whom since when, and what happened lately; each joining ticket reads
them before it is added. Only events up to its own instant have been applied.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from queueing.prediction.eligibility import Eligibility
from queueing.prediction.paced_drain import KindServices, PacedPool
from queueing.prediction.service_times import (
    AGE_STEPS,
    HORIZON_STEPS,
    STEP_SECONDS,
    ServiceTimes,
    seconds_until,
)
from queueing.prediction.tickets import DAY_SECONDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from queueing.prediction.tickets import TicketLog

    Floats = NDArray[np.float64]

RECENT_SECONDS = (60.0, 180.0, 600.0, 1800.0)
IDLE_SECONDS = (15.0, 60.0, 300.0, 1800.0)
COMPLETION_STEPS = (3, 6, 12, 30)
PATIENCE_SECONDS = 600.0  # mean time to giving up in the bank log is of this order; only scales a feature
LEAST_COMPLETIONS = 0.5
KINDS_COUNTED = 6
LEAVE, FINISH, START, JOIN = range(4)


@dataclass(slots=True)
class _Pool:
    """The state of the pool between two events."""

    services: ServiceTimes
    eligible: Eligibility
    paced: PacedPool
    waiting: dict[int, float] = field(default_factory=dict)
    busy_since: dict[int, float] = field(default_factory=dict)
    idle_since: dict[int, float] = field(default_factory=dict)
    pace: dict[int, float] = field(default_factory=dict)
    last_service: deque[float] = field(default_factory=lambda: deque(maxlen=50))
    waited: deque[float] = field(default_factory=lambda: deque(maxlen=20))
    waited_priority: dict[int, float] = field(default_factory=dict)
    judged: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=20))
    joins: list[float] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)


def pool_features(log: TicketLog, known_services: Floats) -> dict[str, Floats]:
    """Return the features of every queued ticket by name (NaN for tickets that never queued).

    ``known_services`` are the seconds of each ticket's service if completed on an earlier day, else NaN.
    Times are in seconds.
    """
    kinds = max(len(log.kind_names), 1)
    services = ServiceTimes.of(known_services)
    by_kind = KindServices.of(known_services, log.kind, kinds, services)
    pool = _Pool(services, Eligibility(kinds), PacedPool(by_kind))
    visits: dict[int, list[float]] = {}
    rows: list[dict[str, float]] = []
    places: list[int] = []
    drains: dict[int, float] = {}
    for time, event, i in _events(log):
        if event == JOIN:
            if not log.queued[i]:
                continue
            features = _features(pool, log, i, time, visits.get(int(log.customer[i]), []))
            drains[i] = features["drain"]
            rows.append(features)
            places.append(i)
            pool.waiting[i] = float(log.joined[i] - log.credit[i])
            pool.joins.append(time)
        else:
            _apply(pool, log, event, i, time, visits, drains)
    columns = {name: np.full(len(log), np.nan) for name in (rows[0] if rows else ())}
    for name, column in columns.items():
        column[places] = [row[name] for row in rows]
    return columns


def _events(log: TicketLog) -> list[tuple[float, int, int]]:
    """Return (time, event, ticket) in order; at one instant departures come before arrivals."""
    events: list[tuple[float, int, int]] = []
    for times, event in (
        (log.left, LEAVE),
        (log.finished, FINISH),
        (log.started, START),
        (log.joined, JOIN),
    ):
        usable = np.flatnonzero(np.isfinite(times) & (log.queued | (event != LEAVE)))
        events.extend(zip(times[usable].tolist(), [event] * len(usable), usable.tolist(), strict=True))
    events.sort()
    return events


def _apply(
    pool: _Pool,
    log: TicketLog,
    event: int,
    i: int,
    time: float,
    visits: dict[int, list[float]],
    drains: dict[int, float],
) -> None:
    server = int(log.server[i])
    if event == LEAVE:
        pool.waiting.pop(i, None)
        wait = time - float(log.joined[i])
        served = server >= 0
        visits.setdefault(int(log.customer[i]), []).append(wait if served else -wait)
        if served:
            pool.waited.append(wait)
            pool.waited_priority[int(log.priority[i])] = wait
            if i in drains:
                pool.judged.append((wait, drains[i]))
        else:
            pool.losses.append(time)
    elif event == START:
        pool.waiting.pop(i, None)
        pool.busy_since[server] = time
        pool.idle_since.pop(server, None)
        pool.starts.append(time)
        pool.eligible.served(server, int(log.kind[i]))
        pool.paced.started(server, int(log.kind[i]), time)
    elif event == FINISH:
        pool.busy_since.pop(server, None)
        pool.idle_since[server] = time
        pool.ends.append(time)
        seconds = time - float(log.started[i])
        _learn_pace(pool, server, seconds)
        pool.paced.finished(server, int(log.kind[i]), seconds, time, line=bool(pool.waiting))


def _learn_pace(pool: _Pool, server: int, seconds: float) -> None:
    pool.last_service.append(seconds)
    relative = min(seconds / pool.services.mean_seconds, 4.0)
    pool.pace[server] = pool.pace.get(server, 1.0) * 0.97 + 0.03 * relative


def _features(pool: _Pool, log: TicketLog, i: int, time: float, history: list[float]) -> dict[str, float]:
    order = float(log.joined[i] - log.credit[i])
    ahead = sum(1 for instant in pool.waiting.values() if instant <= order)
    oldest = min((float(log.joined[k]) for k in pool.waiting), default=time)
    curve = _completion_curve(pool, time)
    idle = _idle_counts(pool, time)
    drain = _drain(curve, ahead, idle[1])
    second = time % DAY_SECONDS
    out = {
        "ahead": float(ahead),
        "waiting": float(len(pool.waiting)),
        "behind": float(len(pool.waiting) - ahead),
        "hol": time - oldest,
        "priority": float(log.priority[i]),
        "credit": float(log.credit[i]),
        "kind": float(log.kind[i]),
        "known_customer": float(log.customer[i] > 0),
        "busy": float(len(pool.busy_since)),
        "hour": second / 3600.0,
        "weekday": float((int(log.joined[i] // DAY_SECONDS) + log.first_day - 1) % 7),
        "drain": drain,
        "drain_plain": _drain(curve, ahead, 0.0),
        "les": pool.waited[-1] if pool.waited else np.nan,
        "waited_5": _mean_last(pool.waited, 5),
        "waited_20": _mean_last(pool.waited, 20),
        "les_priority": pool.waited_priority.get(int(log.priority[i]), np.nan),
        "service_50": float(np.mean(pool.last_service)) if pool.last_service else np.nan,
        "judged_5": _judged(pool.judged, 5),
        "judged_20": _judged(pool.judged, 20),
        "since_start": time - pool.starts[-1] if pool.starts else np.nan,
        "visits": float(len(history)),
        "gave_up": float(sum(1 for wait in history if wait < 0)),
        "patience": max((abs(wait) for wait in history), default=np.nan) if log.customer[i] > 0 else np.nan,
        "pace": float(np.mean([pool.pace.get(s, 1.0) for s in pool.busy_since]))
        if pool.busy_since
        else np.nan,
    }
    out |= _ages(pool, time)
    out |= {f"ends_{step}": float(curve[step]) for step in COMPLETION_STEPS}
    out |= {f"idle_{limit:.0f}": count for limit, count in zip(IDLE_SECONDS, idle, strict=True)}
    return out | _lately(pool, time) | _matched(pool, log, i, time, order) | _make_up(pool, log)


def _ages(pool: _Pool, time: float) -> dict[str, float]:
    """Return for how long the services that run have lasted: the shortest, the middle, the longest."""
    ages = sorted(time - since for since in pool.busy_since.values())
    return {
        f"age_{name}": (ages[int(share * (len(ages) - 1))] if ages else np.nan)
        for name, share in (("low", 0.0), ("mid", 0.5), ("high", 1.0))
    }


def _lately(pool: _Pool, time: float) -> dict[str, float]:
    """Return how many came, were called, left and were done with, within each of the last spans."""
    happened = {"joins": pool.joins, "starts": pool.starts, "losses": pool.losses, "ends": pool.ends}
    return {
        f"{name}_{span:.0f}": float(len(times) - bisect_left(times, time - span))
        for span in RECENT_SECONDS
        for name, times in happened.items()
    }


def _make_up(pool: _Pool, log: TicketLog) -> dict[str, float]:
    """Return how many wait of each kind and of each class of priority."""
    kinds = [int(log.kind[k]) for k in pool.waiting]
    classes = [int(log.priority[k]) for k in pool.waiting]
    out = {f"waiting_kind_{kind}": float(kinds.count(kind)) for kind in range(KINDS_COUNTED)}
    return out | {f"waiting_class_{level}": float(classes.count(level)) for level in range(3)}


def _matched(pool: _Pool, log: TicketLog, i: int, time: float, order: float) -> dict[str, float]:
    """Return the state as it looks to this kind of ticket: only servers who take it, only rivals for them."""
    kind = int(log.kind[i])
    idle = [server for server, since in pool.idle_since.items() if time - since <= IDLE_SECONDS[1]]
    degree = {server: pool.eligible.degree(server, kind) for server in (*pool.busy_since, *pool.idle_since)}
    rival = pool.eligible.overlaps([*pool.busy_since, *idle], kind)
    ahead = sum(rival[int(log.kind[k])] for k, instant in pool.waiting.items() if instant <= order)
    curve = np.zeros(HORIZON_STEPS + 1)
    for server, since in pool.busy_since.items():
        age = min(int((time - since) / STEP_SECONDS), AGE_STEPS - 1)
        curve += degree[server] / pool.pace.get(server, 1.0) * pool.services.completions[age]
    curve = _never_idle(pool, curve)
    out = {
        f"idle_matched_{limit:.0f}": sum(
            degree[server] for server, since in pool.idle_since.items() if time - since <= limit
        )
        for limit in IDLE_SECONDS
    }
    out["ahead_matched"] = ahead
    out["busy_matched"] = sum(degree[server] for server in pool.busy_since)
    out["drain_matched"] = _drain(curve, ahead, out["idle_matched_60"])
    out["drain_matched_busy"] = _drain(curve, ahead, 0.0)
    out |= {f"ends_matched_{step}": float(curve[step]) for step in COMPLETION_STEPS}
    out["ahead_per_server"] = (ahead + 1) / max(out["busy_matched"] + out["idle_matched_60"], 0.5)
    return out | pool.paced.features(kind, ahead, degree, time)


def _completion_curve(pool: _Pool, time: float) -> Floats:
    curve = np.zeros(HORIZON_STEPS + 1)
    for since in pool.busy_since.values():
        curve += pool.services.completions[min(int((time - since) / STEP_SECONDS), AGE_STEPS - 1)]
    return _never_idle(pool, curve)


def _never_idle(pool: _Pool, curve: Floats) -> Floats:
    """Return ``curve``, or where nobody who counts is busy, that of a server about to begin."""
    return curve if curve[-1] > LEAST_COMPLETIONS else pool.services.completions[0]


def _drain(curve: Floats, ahead: float, free: float) -> float:
    """Return the seconds until this many completions, some of those ahead giving up at their usual pace."""
    leaving = np.minimum(np.arange(len(curve)) * STEP_SECONDS / PATIENCE_SECONDS, 1.0) * ahead
    return min(seconds_until(curve + leaving, max(ahead + 1.0 - free, 0.25)), 3600.0)


def _idle_counts(pool: _Pool, time: float) -> list[float]:
    pauses = sorted(time - since for since in pool.idle_since.values())
    return [float(bisect_right(pauses, limit)) for limit in IDLE_SECONDS]


def _mean_last(values: deque[float], count: int) -> float:
    last = list(values)[-count:]
    return float(np.mean(last)) if last else np.nan


def _judged(judged: deque[tuple[float, float]], count: int) -> float:
    """Return how much longer the last few waits were than their drain estimates, shrunk to 1."""
    last = list(judged)[-count:]
    return (sum(wait for wait, _ in last) + 60.0) / (sum(drain for _, drain in last) + 60.0)
