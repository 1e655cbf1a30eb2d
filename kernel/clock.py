"""The only module that reads the clock; everyone else is handed a ``Clock`` or an instant."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock(Protocol):
    """Tells the instant as an aware UTC datetime."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ShiftedClock:
    """A clock that started at ``start`` and runs ``speed`` times as fast as the machine's.

    All processes of one demo share ``origin`` (seconds since the epoch at which ``start`` was true),
    so that the API, the worker and the simulated citizens agree on the time.
    """

    def __init__(self, start: datetime, *, speed: float = 1.0, origin: float | None = None) -> None:
        if start.tzinfo is None:
            raise ValueError("start must carry a time zone")
        if speed <= 0:
            raise ValueError(f"speed must be positive, not {speed}")
        self.start = start.astimezone(UTC)
        self.speed = speed
        self.origin = time.time() if origin is None else origin

    def now(self) -> datetime:
        return self.start + timedelta(seconds=(time.time() - self.origin) * self.speed)


class ManualClock:
    """A clock that stands still until it is moved; for tests and for simulation."""

    def __init__(self, now: datetime) -> None:
        if now.tzinfo is None:
            raise ValueError("now must carry a time zone")
        self._now = now.astimezone(UTC)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            return self._now

    def advance(self, by: timedelta) -> None:
        """Move the clock; a negative ``by`` turns it back, which real clocks also do."""
        with self._lock:
            self._now += by

    def set(self, now: datetime) -> None:
        """Set the clock to an aware instant."""
        with self._lock:
            self._now = now.astimezone(UTC)


def monotonic() -> float:
    """Return seconds of the machine's monotonic clock, for time-outs and staleness only."""
    return time.monotonic()


def wall(clock: Clock) -> datetime:
    """Return the instant that clocks outside show: telephones make their codes by it.

    It differs from ``clock.now()`` in a demo alone, whose day begins at a time of its own.
    """
    return SystemClock().now() if isinstance(clock, ShiftedClock) else clock.now()


LEAP = timedelta(minutes=10)  # a correction is seconds long; what a wrong time server says is hours and years
BELIEVED_AFTER_S = 3600.0  # somebody can set the clock right by then; day's ends are harmless an hour late


class Leaps:
    """Whether the machine's clock has lately leapt, as it does when a time server is wrong.

    Time that passes on the monotonic clock passes on the wall as well. Where it did not, nobody here can say
    which of the two times is right: what cannot be undone waits until the clock is back, or has gone on from
    its new time for ``BELIEVED_AFTER_S``. A program that starts believes the clock it finds.
    """

    def __init__(self, clock: Clock, *, passed: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._passed = passed
        self._believed = self._begin()
        self._leapt_to: tuple[datetime, float] | None = None

    def _begin(self) -> datetime:
        """Return what the wall showed when the monotonic clock began."""
        return wall(self._clock) - timedelta(seconds=self._passed())

    def ahead(self) -> timedelta | None:
        """Return by how much the clock has leapt, back below zero, or None while it may be believed."""
        begin = self._begin()
        if isinstance(self._clock, ManualClock) or abs(begin - self._believed) < LEAP:
            self._believed, self._leapt_to = begin, None
            return None
        if self._leapt_to is None or abs(begin - self._leapt_to[0]) >= LEAP:
            self._leapt_to = begin, self._passed()
        if self._passed() - self._leapt_to[1] >= BELIEVED_AFTER_S:
            self._believed, self._leapt_to = begin, None
            return None
        return begin - self._believed
