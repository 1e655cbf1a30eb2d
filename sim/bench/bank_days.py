"""The days of the bank's call centre, and who was there.

A server is there from its first call to its last, in one piece unless 10 minutes pass without a call.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from sim.logs import bank

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from numpy.typing import NDArray

    from sim.logs.bank import BankCall

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

KINDS = tuple(sorted(bank.KNOWN_TYPES))
OPENS, CLOSES = 420.0, 1440.0  # Sunday to Thursday, 7:00 to midnight
WORKDAYS = {6, 0, 1, 2, 3}
AWAY_AFTER = 10.0  # minutes without a call after which a server has left
SELDOM = 0.02  # of a server's calls; kinds below it were exceptions, not its list
QUARTER, HOUR = 15.0, 60.0
FLOOD = 10.0  # standard errors


@dataclass(frozen=True, slots=True)
class BankDay:
    """One day's calls in order of joining; minutes of the day. ``presence[server]`` are its stretches."""

    day: date
    calls: tuple[BankCall, ...]
    joined: Floats
    waited: Floats
    kind: Integers  # [call] place in KINDS
    early: Floats  # [call] minutes by which it counts as having come earlier
    presence: Mapping[str, tuple[tuple[float, float], ...]]

    @property
    def mean_wait(self) -> float:
        return float(self.waited.mean())


def bank_days(path: Path) -> list[BankDay]:
    """Return the long days of a month, Sunday to Thursday."""
    by_day: dict[date, list[BankCall]] = defaultdict(list)
    for call in bank.read_calls(path):
        if bank.why_unusable(call) is None:
            by_day[call.joined_at.date()].append(call)
    return [_day(day, calls) for day, calls in sorted(by_day.items()) if day.weekday() in WORKDAYS]


def _day(day: date, calls: Iterable[BankCall]) -> BankDay:
    inside = sorted((c for c in calls if minute(c.joined_at, day) >= OPENS), key=lambda call: call.joined_at)
    return BankDay(
        day,
        tuple(inside),
        np.array([minute(call.joined_at, day) for call in inside]),
        np.array([max((_left(call) - call.joined_at).total_seconds() / 60.0, 0.0) for call in inside]),
        np.array([KINDS.index(call.kind) for call in inside], dtype=np.int64),
        np.array([(call.joined_at - call.effective_at).total_seconds() / 60.0 for call in inside]),
        _presence(inside, day),
    )


def _left(call: BankCall) -> datetime:
    left = call.started_at or call.left_queue_at
    assert left is not None
    return left


def minute(instant: datetime, day: date) -> float:
    return (instant.date() - day).days * 1440.0 + (
        timedelta(hours=instant.hour, minutes=instant.minute, seconds=instant.second).total_seconds() / 60.0
    )


def calls_by_server(calls: Iterable[BankCall]) -> dict[str, list[BankCall]]:
    """Return each server's calls in order of their starts."""
    found: dict[str, list[BankCall]] = defaultdict(list)
    for call in calls:
        if call.server is not None and call.started_at is not None:
            found[call.server].append(call)
    return {server: sorted(own, key=lambda call: str(call.started_at)) for server, own in found.items()}


def _presence(calls: Sequence[BankCall], day: date) -> dict[str, tuple[tuple[float, float], ...]]:
    presence = {}
    for server, own in calls_by_server(calls).items():
        spans: list[list[float]] = []
        for call in own:
            assert call.started_at is not None
            assert call.finished_at is not None
            start, end = minute(call.started_at, day), minute(call.finished_at, day)
            if spans and start - spans[-1][1] <= AWAY_AFTER:
                spans[-1][1] = max(spans[-1][1], end)
            else:
                spans.append([start, max(end, start + 0.1)])
        presence[server] = tuple((begin, end) for begin, end in spans)
    return presence


def usual_quarters(days: Sequence[BankDay]) -> Floats:
    """Return the share of a day's calls that each quarter of an hour usually has."""
    counts = np.median([_quarters(day) for day in days], axis=0)
    shares: Floats = counts / counts.sum()
    return shares


def is_ordinary(day: BankDay, usual: Floats) -> bool:
    """Return whether no hour between eight and eight was without a call, and no quarter was flooded.

    Flooded is a quarter whose calls lie ``FLOOD`` standard errors (Poisson) above what is usual. In January
    one day had an hour of dead lines and one 119 calls in a quarter, of whom most hung up within seconds
    (16 standard errors; the day after that 7.5).
    """
    counts = _quarters(day)
    expected = np.maximum(usual * counts.sum(), 1.0)
    hours = (
        counts[int((480.0 - OPENS) / QUARTER) : int((1200.0 - OPENS) / QUARTER)].reshape(-1, 4).sum(axis=1)
    )
    return bool(hours.all() and np.all(counts <= expected + FLOOD * np.sqrt(expected)))


def _quarters(day: BankDay) -> Floats:
    counts: Floats = np.histogram(day.joined, np.arange(OPENS, CLOSES + 1.0, QUARTER))[0].astype(float)
    return counts


def staffed_hours(day: BankDay) -> Floats:
    """Return how many servers were there, on average, in each hour."""
    begins = np.arange(OPENS, CLOSES, HOUR)
    spans = np.array([span for spans in day.presence.values() for span in spans])
    inside = np.minimum(spans[:, 1, None], begins + HOUR) - np.maximum(spans[:, 0, None], begins)
    there: Floats = np.clip(inside, 0.0, None).sum(axis=0) / HOUR
    return there


def list_of(calls: Sequence[BankCall]) -> frozenset[str]:
    counts = Counter(call.kind for call in calls)
    return frozenset(kind for kind, count in counts.items() if count >= SELDOM * len(calls))


def talk_minutes(call: BankCall) -> float:
    assert call.started_at is not None
    assert call.finished_at is not None
    return (call.finished_at - call.started_at).total_seconds() / 60.0
