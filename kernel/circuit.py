"""A circuit breaker: after repeated failures the failing service is left alone for a while."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

FAILURES_TO_OPEN = 3  # one lost packet is chance, three in a row are a service that is away
REST = timedelta(seconds=30)  # a router restart with a provincial road file takes about that long


class Circuit:
    """Closed lets everything through; open lets nothing through until ``rest`` is over, then one probe.

    Used from one event loop, so it needs no lock. ``now`` is any clock; if it is turned back while the
    circuit is open, the rest starts anew instead of lasting for ever.
    """

    def __init__(
        self, now: Callable[[], datetime], *, failures: int = FAILURES_TO_OPEN, rest: timedelta = REST
    ) -> None:
        self._now = now
        self._limit = failures
        self._rest = rest
        self._failed = 0
        self._opened_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self._opened_at is not None

    def lets_through(self) -> bool:
        """Tell whether one call may be made now; asking after the rest takes the probe."""
        if self._opened_at is None:
            return True
        now = self._now()
        if now < self._opened_at:
            self._opened_at = now
        if now - self._opened_at < self._rest:
            return False
        self._opened_at = now  # whoever asks next waits for this probe's outcome, or another rest
        return True

    def succeeded(self) -> None:
        self._failed = 0
        self._opened_at = None

    def failed(self) -> None:
        self._failed += 1
        if self._failed >= self._limit:
            self._opened_at = self._now()
