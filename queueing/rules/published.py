"""Waits as the estimator publishes them: worked out beside the API, kept by it in memory, gone when old.

For each queue two small tables, so that the API answers by looking up: the wait of somebody with so many
people ahead now, and the wait of whoever joins some minutes later.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from queueing.rules.waits import NO_WAIT, WaitRange

LATER_MINUTES = (15.0, 30.0, 60.0, 120.0)  # joined so much later; other minutes are interpolated
FURTHEST_MINUTES = LATER_MINUTES[-1]
DRAIN, PHYSICAL, LEARNED = "drain", "physical", "learned"  # who made an estimate
CORRECTIONS = "waits-*.model"  # files of learned corrections, the newest last by name
SIZE_EDGES = (0.5, 10.0, 30.0, 60.0)  # predicted medians, minutes; below the first "no wait" is told
SIZES = len(SIZE_EDGES) + 1
FRESH_FOR_S = 15.0  # older estimates are not served (issue of wait prediction: at most 15 s under load)


@dataclass(frozen=True, slots=True)
class Stretch:
    """How far calibration stretches a range: ``up`` above its median, ``down`` below it."""

    up: float = 1.0
    down: float = 1.0

    def applied(self, wait: WaitRange) -> WaitRange:
        """Return the range stretched about its median.

        >>> Stretch(2.0, 0.5).applied(WaitRange(6, 10, 16))
        WaitRange(p10=8.0, p50=10, p90=22.0)
        """
        low = max(0.0, wait.p50 - self.down * (wait.p50 - wait.p10))
        return WaitRange(low, wait.p50, wait.p50 + self.up * (wait.p90 - wait.p50))

    def undone(self, wait: WaitRange) -> WaitRange:
        """Return the range as it was before ``applied``."""
        return Stretch(1 / self.up, 1 / self.down).applied(wait)


@dataclass(frozen=True, slots=True)
class QueueWaits:
    """``line[k]``: the wait from now with k people ahead; entry ``joining`` is who joins now.

    It is the last one unless people with an appointment stand behind: whoever checked in early counts
    from the slot. None: the last.

    ``later``: who joins ``LATER_MINUTES`` from now. None where nobody can say: the queue is not served.
    """

    line: tuple[WaitRange | None, ...]
    later: tuple[WaitRange | None, ...]
    joining: int | None = None

    def tells_of(self, ahead: int) -> bool:
        """Return whether the line as it was seen says anything of a place with so many people before it.

        A line with no wait says nothing of those who came since: nothing times any number is nothing.

        >>> idle = QueueWaits((NO_WAIT,), ())
        >>> idle.tells_of(0), idle.tells_of(10)
        (True, False)
        """
        last = self.line[-1] if self.line else None
        return ahead < len(self.line) or last is None or last.p50 > SIZE_EDGES[0]

    def tells_of_joining(self, waiting: int) -> bool:
        """Return the same of whoever joins where so many wait now."""
        return self.tells_of(self._before(waiting))

    def _before(self, waiting: int) -> int:
        """Return how many of those who wait stand before whoever joins now."""
        behind = 0 if self.joining is None else len(self.line) - 1 - self.joining
        return max(0, waiting - behind)

    def with_ahead(self, ahead: int) -> WaitRange | None:
        """Return the wait of somebody with ``ahead`` people before them.

        Beyond the line that was seen (people came since) the wait grows in proportion to the work.

        >>> waits = QueueWaits((WaitRange(0, 1, 3), WaitRange(4, 6, 9)), ())
        >>> waits.with_ahead(0).p50, waits.with_ahead(3).p50
        (1, 12.0)
        """
        if not self.line:
            return None
        if ahead < len(self.line):
            return self.line[ahead]
        last = self.line[-1]
        if last is None:
            return None
        longer = (ahead + 1) / len(self.line)
        return WaitRange(last.p10 * longer, last.p50 * longer, last.p90 * longer)

    def at(self, waiting: int, minutes: float) -> WaitRange | None:
        """Return the wait of whoever joins in ``minutes`` (at most ``FURTHEST_MINUTES``), ``waiting`` now."""
        now = self.with_ahead(self._before(waiting))
        if minutes <= 0:
            return now
        known = (0.0, *LATER_MINUTES)
        ranges = (now, *self.later)
        after = min(bisect_right(known, minutes), len(known) - 1)
        earlier, later = ranges[after - 1], ranges[after]
        if earlier is None or later is None:
            return None
        share = min(1.0, (minutes - known[after - 1]) / (known[after] - known[after - 1]))
        return _between(earlier, later, share)


@dataclass(frozen=True, slots=True)
class HallWaits:
    """One hall's waits as of ``made_at``, by which ``estimator``; ``reason``: why not by a better one."""

    hall_id: UUID
    made_at: datetime
    estimator: str
    reason: str
    queues: Mapping[UUID, QueueWaits]
    stretches: tuple[Stretch, ...] = ()

    def stretch_of(self, wait: WaitRange) -> Stretch:
        """Return how far calibration had stretched a range of this hall."""
        return self.stretches[size_of(wait.p50)] if self.stretches else Stretch()


def size_of(median: float) -> int:
    """Return which class of predicted waits a median falls into."""
    return bisect_left(SIZE_EDGES, median)


def calibrated_queue(queue: QueueWaits, stretches: Sequence[Stretch]) -> QueueWaits:
    """Return a queue's waits stretched by size; "no wait" stays what it is."""

    def told(wait: WaitRange | None) -> WaitRange | None:
        if wait is None or wait.p50 <= SIZE_EDGES[0]:
            return wait
        return stretches[size_of(wait.p50)].applied(wait)

    return QueueWaits(tuple(map(told, queue.line)), tuple(map(told, queue.later)), queue.joining)


def _between(one: WaitRange, other: WaitRange, share: float) -> WaitRange:
    def mixed(first: float, second: float) -> float:
        return first + share * (second - first)

    p10, p50, p90 = mixed(one.p10, other.p10), mixed(one.p50, other.p50), mixed(one.p90, other.p90)
    return WaitRange(p10, max(p10, p50), max(p10, p50, p90))


def as_range(p10: float, p50: float, p90: float) -> WaitRange:
    """Return quantiles as a range that may be told: in order, and never narrower at nought than a call takes.

    >>> as_range(0.0, 0.0, 0.0) == NO_WAIT
    True
    """
    low = max(0.0, p10)
    middle = max(low, p50)
    return WaitRange(low, middle, max(middle, p90, NO_WAIT.p90))


def waits_json(waits: HallWaits) -> dict[str, Any]:
    """Return a hall's waits as plain JSON, for the socket and the bus."""
    return {
        "hall": str(waits.hall_id),
        "made_at": waits.made_at.isoformat(),
        "estimator": waits.estimator,
        "reason": waits.reason,
        "stretches": [[round(each.up, 4), round(each.down, 4)] for each in waits.stretches],
        "queues": {
            str(queue_id): {
                "line": _rows(queue.line),
                "later": _rows(queue.later),
                "joining": queue.joining,
            }
            for queue_id, queue in waits.queues.items()
        },
    }


def waits_of(stored: Mapping[str, Any]) -> HallWaits:
    """Return a hall's waits from their JSON; raises KeyError, TypeError or ValueError when they are none."""
    return HallWaits(
        UUID(stored["hall"]),
        datetime.fromisoformat(stored["made_at"]),
        stored["estimator"],
        stored["reason"],
        {
            UUID(queue_id): QueueWaits(_ranges(queue["line"]), _ranges(queue["later"]), queue["joining"])
            for queue_id, queue in stored["queues"].items()
        },
        tuple(Stretch(*each) for each in stored["stretches"]),
    )


def _rows(ranges: Sequence[WaitRange | None]) -> list[list[float] | None]:
    return [
        None if each is None else [round(each.p10, 2), round(each.p50, 2), round(each.p90, 2)]
        for each in ranges
    ]


def _ranges(rows: Sequence[Sequence[float] | None]) -> tuple[WaitRange | None, ...]:
    return tuple(None if row is None else WaitRange(*row) for row in rows)
