"""The band that people read: steady, and never worse by more than a little without a stated reason.

One rule for the ticket's page, the lobby, boards and the API. It takes what was shown last, since when and
from which facts; the caller keeps that with the ticket or the queue, so every process says the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from queueing.rules.waits import LONG_WAIT_MINUTES, WaitRange

if TYPE_CHECKING:
    from collections.abc import Mapping

STANDS_FOR = timedelta(seconds=60)
RISES_BY = 10  # minutes by which the upper end may rise without a reason
GRID = 5  # minutes; finer would claim more than anybody knows
NO_WAIT_BELOW = 2.5  # minutes of a typical wait that round to nothing on the grid
REASON_STANDS_FOR = timedelta(minutes=5)
LONG_UNKNOWN = timedelta(minutes=10)  # nobody compares with a band that went so long ago


@dataclass(frozen=True, slots=True)
class Band:
    """Both ends in minutes on the grid; (0, 0) is "no wait", above 90 minutes the words give no figure."""

    low: int
    high: int

    @property
    def is_long(self) -> bool:
        return self.high > LONG_WAIT_MINUTES

    def reads_like(self, other: Band) -> bool:
        """Return whether people read the same words."""
        return self == other or (self.is_long and other.is_long)


NO_WAIT = Band(0, 0)


class Cause(StrEnum):
    """Why the upper end rose by more than ``RISES_BY``."""

    WINDOWS_PAUSED = "windows-paused"
    WINDOWS_FEWER = "windows-fewer"
    PLAN_CHANGED = "plan-changed"
    WINDOW_ENDS = "window-ends"
    MORE_WAITING = "more-waiting"
    MORE_AHEAD = "more-ahead"
    KNOWN_AGAIN = "known-again"


@dataclass(frozen=True, slots=True)
class Reason:
    """A stated reason; ``count`` of windows or people, ``at`` of an instant, where the cause has one."""

    cause: Cause
    told_at: datetime
    count: int = 0
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Basis:
    """The facts a band was made from; None where they were not kept.

    ``people``: waiting in the queue, or ahead of the ticket (``own_place``). ``ends_at``: when planned
    windows of the queue close next within the band.
    """

    people: int | None = None
    own_place: bool = False
    windows_open: int | None = None
    windows_paused: int | None = None
    plan_version: int | None = None
    estimator: str | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What is read, since when; ``band`` is None where nothing is known well enough to tell."""

    band: Band | None
    since: datetime
    basis: Basis
    reason: Reason | None = None

    @property
    def read(self) -> ShownBand:
        return ShownBand(self.band, self.since, self.reason)


@dataclass(frozen=True, slots=True)
class ShownBand:
    """What is read, without the facts behind it: for boards and events."""

    band: Band | None
    since: datetime
    reason: Reason | None = None


def band_of(wait: WaitRange | None, people: int | None) -> Band | None:
    """Return a wait as it is told: both ends on the grid, rounded outwards.

    >>> band_of(WaitRange(12.0, 18.0, 23.5), 4), band_of(WaitRange(0.0, 0.0, 2.0), 0)
    (Band(low=10, high=25), Band(low=0, high=0))
    """
    if wait is None:
        return None
    if people == 0 and wait.p50 < NO_WAIT_BELOW:
        return NO_WAIT
    low = int(wait.p10 // GRID) * GRID
    return Band(low, max(int(-(-wait.p90 // GRID)) * GRID, low + GRID))


def steady(before: Shown | None, fresh: Band | None, basis: Basis, *, now: datetime) -> Shown:
    """Return what is shown now.

    Words stand for 60 s, only "no wait" ends with the first who waits. The upper end rises by more than 10
    minutes only with a reason found in what differs between the facts of then and now; with none it rises
    by 10 at a time, so that it arrives at the estimate a little later. It may fall at once: good news needs
    no reason.
    """
    if before is None:
        return Shown(fresh, now, basis)
    if now - before.since < STANDS_FOR and not _no_wait_is_over(before, fresh, basis):
        return before
    if fresh is None:
        return before if before.band is None else Shown(None, now, basis)
    if before.band is None:
        lately = now - before.since < LONG_UNKNOWN
        return Shown(fresh, now, basis, Reason(Cause.KNOWN_AGAIN, now) if lately else None)
    if fresh.reads_like(before.band):
        return before
    reason = None
    if fresh.high - before.band.high > RISES_BY:
        reason = cause_of(before.basis, basis, now=now)
        if reason is None:
            fresh = _a_little_worse(before.band, fresh)
    return Shown(fresh, now, basis, reason or _still_holds(before, fresh, now))


def _no_wait_is_over(before: Shown, fresh: Band | None, basis: Basis) -> bool:
    """Whether "no wait" would stand beside people who wait: whoever reads both believes neither."""
    return bool(basis.people) and before.band == NO_WAIT and fresh not in (None, NO_WAIT)


def _a_little_worse(before: Band, fresh: Band) -> Band:
    high = before.high + RISES_BY
    return Band(min(fresh.low, high - GRID), high)


def _still_holds(before: Shown, band: Band, now: datetime) -> Reason | None:
    """Keep the reason of a rise for some minutes, as long as the band has not come down again."""
    reason = before.reason
    if reason is None or before.band is None or now - reason.told_at >= REASON_STANDS_FOR:
        return None
    return reason if band.high >= before.band.high else None


def cause_of(then: Basis, now_: Basis, *, now: datetime) -> Reason | None:
    """Return what differs between the facts of then and of now for the worse, the weightiest first.

    That the wait is estimated in another way is no reason to those who wait: such a rise comes in steps.
    """
    lost = _more(now_.windows_open, then.windows_open)
    paused = min(lost, _more(then.windows_paused, now_.windows_paused))
    if paused:
        return Reason(Cause.WINDOWS_PAUSED, now, paused)
    if then.plan_version is not None and now_.plan_version not in (None, then.plan_version):
        return Reason(Cause.PLAN_CHANGED, now)
    if lost:
        return Reason(Cause.WINDOWS_FEWER, now, lost)
    if now_.ends_at is not None and now_.ends_at != then.ends_at and then.plan_version is not None:
        return Reason(Cause.WINDOW_ENDS, now, at=now_.ends_at)
    came = _more(then.people, now_.people)
    if came:
        return Reason(Cause.MORE_AHEAD if now_.own_place else Cause.MORE_WAITING, now, came)
    return None


def _more(few: int | None, many: int | None) -> int:
    """Return by how much the second exceeds the first; 0 where one of them is not known."""
    return 0 if few is None or many is None else max(0, many - few)


def basis_json(basis: Basis) -> dict[str, Any]:
    """Return a basis as plain JSON."""
    return {
        "people": basis.people,
        "own_place": basis.own_place,
        "windows_open": basis.windows_open,
        "windows_paused": basis.windows_paused,
        "plan_version": basis.plan_version,
        "estimator": basis.estimator,
        "ends_at": basis.ends_at.isoformat() if basis.ends_at else None,
    }


def basis_of(stored: Mapping[str, Any]) -> Basis:
    """Return a basis from its JSON."""
    ends_at = stored.get("ends_at")
    basis = Basis(**{name: value for name, value in stored.items() if name != "ends_at"})
    return replace(basis, ends_at=datetime.fromisoformat(ends_at) if ends_at else None)


def reason_json(reason: Reason | None) -> dict[str, Any]:
    """Return a reason as plain JSON; empty for none."""
    if reason is None:
        return {}
    return {
        "cause": reason.cause.value,
        "told_at": reason.told_at.isoformat(),
        "count": reason.count,
        "at": reason.at.isoformat() if reason.at else None,
    }


def reason_of(stored: Mapping[str, Any]) -> Reason | None:
    """Return a reason from its JSON; none for a cause that only an earlier version gave."""
    if not stored or stored["cause"] not in set(Cause):
        return None
    at = stored["at"]
    return Reason(
        Cause(stored["cause"]),
        datetime.fromisoformat(stored["told_at"]),
        stored["count"],
        datetime.fromisoformat(at) if at else None,
    )
