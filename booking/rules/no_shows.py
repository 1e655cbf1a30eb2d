"""爽约: which appointments count as not kept, when that pauses booking on line, and what appeals may become.

One rule holds in the whole city, published in versions. A no-show is judged by the version that held at its
time; where none was in force, nothing happened that counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

LONGEST_WORDS = 500
SHORTEST_WORDS = 2  # characters; an empty reason is none
EXCEPTION_LASTS = timedelta(days=14)  # as far ahead as one can book; the waiting list needs the days
# Bounds of a rule. One missed appointment is nobody's habit; more than a year is no memory but a file.
LEAST_LIMIT, MOST_LIMIT = 2, 10
LEAST_WITHIN, MOST_WITHIN = 30, 365
LEAST_PAUSE, MOST_PAUSE = 1, 180
MOST_CANCEL_MINUTES = 2880
LEAST_ANSWER, MOST_ANSWER = 1, 20


class NoShowKind(StrEnum):
    """What happened."""

    ABSENT = "absent"  # neither came nor cancelled
    CANCELLED_LATE = "cancelled_late"
    MOVED_LATE = "moved_late"


class NoShowStatus(StrEnum):
    """Whether it counts."""

    COUNTS = "counts"
    FORGIVEN = "forgiven"  # an appeal was upheld
    EXCUSED = "excused"  # the hall took it back: its own fault, or an error


class AppealStatus(StrEnum):
    """Where an appeal stands."""

    OPEN = "open"
    UPHELD = "upheld"
    REJECTED = "rejected"


class AppealAction(StrEnum):
    """What staff do with an appeal."""

    UPHOLD = "uphold"
    REJECT = "reject"


_S, _A = AppealStatus, AppealAction

APPEAL_TRANSITIONS: Mapping[tuple[AppealStatus, AppealAction], AppealStatus] = MappingProxyType(
    {
        (_S.OPEN, _A.UPHOLD): _S.UPHELD,
        (_S.OPEN, _A.REJECT): _S.REJECTED,
    }
)
APPEAL_ENDINGS = frozenset({_S.UPHELD, _S.REJECTED})
NEEDS_WORDS = frozenset({_A.REJECT})


@dataclass(frozen=True, slots=True)
class NoShowRule:
    """A published version.

    ``limit`` no-shows within ``within_days`` pause booking on line for ``pause_days``, from the time of the
    last of them. ``cancel_minutes``: what is cancelled or moved at least so long before its time does not
    count. ``answer_days``: working days of the hall in which an appeal is answered.
    """

    version: int
    in_force: bool
    limit: int
    within_days: int
    pause_days: int
    cancel_minutes: int
    answer_days: int
    published_at: datetime

    @property
    def within(self) -> timedelta:
        return timedelta(days=self.within_days)

    @property
    def pause(self) -> timedelta:
        return timedelta(days=self.pause_days)

    @property
    def cancel_before(self) -> timedelta:
        return timedelta(minutes=self.cancel_minutes)


@dataclass(frozen=True, slots=True)
class Counted:
    """A no-show that counts: when, by which version of the rule, and the row that says so."""

    at: datetime
    rule: NoShowRule
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """A time without booking on line, and how many no-shows led to it."""

    begins_at: datetime
    until: datetime
    led_to: int


def cancel_by(starts_at: datetime, confirmed_at: datetime, rule: NoShowRule) -> datetime:
    """Return until when cancelling or moving does not count.

    Whoever booked after that instant could not have kept it, and has time until the start.
    """
    latest = starts_at - rule.cancel_before
    return latest if confirmed_at <= latest else starts_at


def spent(counted: Iterable[Counted]) -> list[tuple[Counted, ...]]:
    """Return in order the groups of no-shows that led to a pause each.

    A no-show begins a pause when, with those within the rolling time before it, the limit of the rule that
    held at its time is reached. Those are spent then: after the pause one begins anew.
    """
    found: list[tuple[Counted, ...]] = []
    fresh: list[Counted] = []
    for own in sorted(counted, key=lambda each: each.at):
        fresh = [each for each in fresh if each.at > own.at - own.rule.within] + [own]
        if len(fresh) >= own.rule.limit:
            found.append(tuple(fresh))
            fresh = []
    return found


def pauses(counted: Iterable[Counted]) -> list[Pause]:
    """Return all pauses in order; each lasts from the no-show that began it."""
    return [Pause(own[-1].at, own[-1].at + own[-1].rule.pause, len(own)) for own in spent(counted)]


def pause_at(counted: Iterable[Counted], *, now: datetime) -> Pause | None:
    """Return the pause that holds at an instant, the one that ends last."""
    live = [own for own in pauses(counted) if own.begins_at <= now < own.until]
    return max(live, key=lambda own: own.until, default=None)


def counts_towards_next(counted: Iterable[Counted], rule: NoShowRule, *, now: datetime) -> int:
    """Return how many no-shows would count together with one that happened now."""
    own = sorted(counted, key=lambda each: each.at)
    last = max((each.begins_at for each in pauses(own)), default=None)
    return sum(each.at > now - rule.within and (last is None or each.at > last) for each in own)


def kept_until(at: datetime, rule: NoShowRule) -> datetime:
    """Return when a no-show can be forgotten: later it neither counts nor is part of a pause that lasts."""
    return at + rule.within + rule.pause


def forgettable(counted: Iterable[Counted], *, now: datetime) -> list[tuple[Counted, ...]]:
    """Return what can be forgotten, in groups of which all or none are.

    What was spent on one pause goes together: without one of them the others would be counted anew, with
    later ones.
    """
    own = list(counted)
    groups = spent(own)
    in_group = {each for group in groups for each in group}
    groups += [(each,) for each in own if each not in in_group]
    return [group for group in groups if all(kept_until(each.at, each.rule) <= now for each in group)]
