"""When a manager is told that the hall leaves its forecast, and when that is over.

Each alert has a *measure* and two thresholds: it is raised at the upper, cleared at the lower, and after
either nothing changes for ``settle``. So a measure that wavers around a threshold rings once, and no
alert ever changes more than once within that time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime


class AlertKind(StrEnum):
    """What can be wrong; the subject of the first three is a queue's prefix ("" is the hall)."""

    MORE_ARRIVALS = "more_arrivals"
    FEWER_ARRIVALS = "fewer_arrivals"
    LONG_WAIT = "long_wait"
    WINDOW_MISSING = "window_missing"


@dataclass(frozen=True, slots=True)
class AlertPolicy:
    """A hall's thresholds.

    ``wait_target``: waits beyond it are what people complain about (the city's promise is usually 20
    minutes). ``arrivals_raise``, ``arrivals_clear``: standard deviations of the morning's forecast;
    2.5 is one alert in some 80 ordinary days, 1.28 the edge of the range that is shown. ``fewest``: people
    too many or too few below which nobody would act. ``window_late``: how long a planned window may be
    missing. ``settle``: how long an alert keeps its state. ``busy_share``: how full windows may be
    planned; beyond nine tenths queues grow without end.
    """

    wait_target: timedelta = timedelta(minutes=20)
    arrivals_raise: float = 2.5
    arrivals_clear: float = 1.28
    fewest: int = 8
    window_late: timedelta = timedelta(minutes=10)
    settle: timedelta = timedelta(minutes=10)
    busy_share: float = 0.9


@dataclass(frozen=True, slots=True)
class Signal:
    """A measure now: at or above ``raise_at`` it is wrong, at or below ``clear_at`` (lower) it is well.

    ``facts`` are what the manager reads; numbers only.
    """

    kind: AlertKind
    subject: str
    measure: float
    raise_at: float
    clear_at: float
    facts: Mapping[str, float]

    @property
    def key(self) -> tuple[AlertKind, str]:
        return self.kind, self.subject


@dataclass(frozen=True, slots=True)
class Standing:
    """The latest alert of a key: whether it still stands, and when it was raised or cleared."""

    kind: AlertKind
    subject: str
    stands: bool
    changed_at: datetime

    @property
    def key(self) -> tuple[AlertKind, str]:
        return self.kind, self.subject


@dataclass(frozen=True, slots=True)
class Change:
    """An alert to raise or to clear."""

    signal: Signal
    raised: bool


def changes(
    signals: Sequence[Signal], standing: Iterable[Standing], policy: AlertPolicy, *, now: datetime
) -> list[Change]:
    """Return which alerts are raised and which cleared; a key without a signal is cleared as well."""
    latest = {one.key: one for one in standing}
    seen = {signal.key for signal in signals}
    gone = [
        Signal(one.kind, one.subject, 0.0, 1.0, 0.0, {})
        for one in latest.values()
        if one.stands and one.key not in seen
    ]
    found = []
    for signal in (*signals, *gone):
        before = latest.get(signal.key)
        if before is not None and now - before.changed_at < policy.settle:
            continue
        stands = before is not None and before.stands
        if not stands and signal.measure >= signal.raise_at:
            found.append(Change(signal, raised=True))
        elif stands and signal.measure <= signal.clear_at:
            found.append(Change(signal, raised=False))
    return found


def arrivals_signals(
    subject: str, came: int, expected: float, deviation: float, policy: AlertPolicy
) -> list[Signal]:
    """Return the signals of too many and too few people so far, against the morning's forecast."""
    facts = {"came": came, "expected": round(expected, 1)}
    found = []
    for kind, more in (
        (AlertKind.MORE_ARRIVALS, came - expected),
        (AlertKind.FEWER_ARRIVALS, expected - came),
    ):
        measure = more / deviation if more >= policy.fewest else min(more / deviation, policy.arrivals_clear)
        found.append(Signal(kind, subject, measure, policy.arrivals_raise, policy.arrivals_clear, facts))
    return found


def wait_signal(subject: str, waiting: int, minutes: float, policy: AlertPolicy) -> Signal:
    """Return the signal of a wait: the longest of those who wait, or what a newcomer is told (P50)."""
    target = policy.wait_target.total_seconds() / 60
    facts = {"minutes": round(minutes, 1), "target": target, "waiting": waiting}
    return Signal(AlertKind.LONG_WAIT, subject, minutes, target, 0.75 * target, facts)


def window_signal(subject: str, missing_minutes: float, policy: AlertPolicy) -> Signal:
    """Return the signal of a planned window that is not open; 0 minutes where it is."""
    late = policy.window_late.total_seconds() / 60
    facts = {"minutes": round(missing_minutes, 1)}
    return Signal(AlertKind.WINDOW_MISSING, subject, missing_minutes, late, 0.0, facts)
