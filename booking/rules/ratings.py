"""How a visit is rated, and what the figures made of ratings mean: the same on pages, in the API, in exports.

*Level*: the five of GB/T 39734-2020 (好差评): very satisfied, satisfied, basically satisfied, dissatisfied,
very dissatisfied; the last two are bad ratings (差评). *Visit*: one person's errand that was served to its
end; it counts on the day, in the queue and for the service with which it ended. Who left or was missed is
not asked. *Not rated*: the time to rate is over and nobody rated; a value of its own that is never taken for
any level. *May still be rated*: neither rated nor over. *Rated share*: of the visits whose time to rate is
over, how many were rated. *Satisfied share* (好评率): of the rated visits, how many have one of the three
upper levels, with Wilson's 95 % interval. Nothing is told of the levels of fewer than ``SMALLEST_CELL``
ratings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from kernel.policy import PolicyField
from queueing.rules.records import SMALLEST_CELL, Share

if TYPE_CHECKING:
    from kernel.calendar import OpeningCalendar

LONGEST_TEXT = 200  # characters: two sentences, too short for a letter full of personal data
MOST_REASONS = 7
TEXT_KEPT_FOR = timedelta(days=180)  # by then every case is over; the counts need no words


class Level(StrEnum):
    """What a citizen says of a visit, best first."""

    VERY_SATISFIED = "very_satisfied"
    SATISFIED = "satisfied"
    BASICALLY_SATISFIED = "basically_satisfied"
    DISSATISFIED = "dissatisfied"
    VERY_DISSATISFIED = "very_dissatisfied"

    @property
    def is_bad(self) -> bool:
        return self in BAD


BAD = frozenset({Level.DISSATISFIED, Level.VERY_DISSATISFIED})


class Reason(StrEnum):
    """What a rating is about; ticks, none needed."""

    WAIT = "wait"
    ATTITUDE = "attitude"
    SKILL = "skill"
    PAPERS = "papers"
    STEPS = "steps"
    PLACE = "place"
    MACHINES = "machines"


@dataclass(frozen=True, slots=True)
class RatingPolicy:
    """``open_days``: calendar days after the visit's on which it can still be rated.

    ``change``: how long a rating can be changed by a further press; then it is final. ``answer_days``:
    working days of the hall after the day of a bad rating by which its case is answered.
    """

    open_days: int = 5
    change: timedelta = timedelta(minutes=60)
    answer_days: int = 5


def rating_policy(stored: Mapping[str, Any]) -> RatingPolicy:
    """Return the policy of a hall from its stored values.

    >>> rating_policy({"rating_open_days": 7}).open_days
    7
    """
    default = RatingPolicy()
    change = stored.get("rating_change_minutes")
    return RatingPolicy(
        open_days=stored.get("rating_open_days", default.open_days),
        change=default.change if change is None else timedelta(minutes=change),
        answer_days=stored.get("rating_answer_days", default.answer_days),
    )


FIELDS = (
    PolicyField(
        *("rating_open_days", "ratings", "days", 5, 1, 30, "Days in which a visit can be rated"),
        "Counted from the day after the visit; who has not rated by then counts as not rated.",
    ),
    PolicyField(
        *("rating_change_minutes", "ratings", "minutes", 60, 1, 1440, "Time to change a rating"),
        "After the first press a rating can be changed this long; then it is final.",
    ),
    PolicyField(
        *("rating_answer_days", "ratings", "days", 5, 1, 30, "Working days to answer a bad rating"),
        "Days on which the hall is open, counted from the day after the rating or after it was sent back.",
    ),
)


def closes_at(day: date, calendar: OpeningCalendar, policy: RatingPolicy) -> datetime:
    """Return when the time to rate a visit of this local date is over: the midnight after the last day."""
    return calendar.at_minute(day + timedelta(days=policy.open_days + 1), 0)


def is_over(day: date, today: date, policy: RatingPolicy) -> bool:
    """Return whether the time to rate a visit of a local date is over today.

    >>> is_over(date(2026, 11, 18), date(2026, 11, 23), RatingPolicy()), is_over(
    ...     date(2026, 11, 18), date(2026, 11, 24), RatingPolicy())
    (False, True)
    """
    return today > day + timedelta(days=policy.open_days)


def changeable_until(rated_at: datetime, closes: datetime, policy: RatingPolicy) -> datetime:
    """Return until when a rating can be changed; never longer than the visit can be rated."""
    return min(rated_at + policy.change, closes)


@dataclass(frozen=True, slots=True)
class RatingSums:
    """A cell of the report: visits, how many have each level, and of the rest which may still be rated.

    ``rated_in_time``: rated visits among those whose time is over. ``reasons``: ticks at bad ratings.
    """

    levels: Mapping[Level, int] = field(default_factory=dict)
    unrated: int = 0
    open: int = 0
    rated_in_time: int = 0
    reasons: Mapping[Reason, int] = field(default_factory=dict)

    @property
    def rated(self) -> int:
        return sum(self.levels.values())

    @property
    def visits(self) -> int:
        return self.rated + self.unrated + self.open

    @property
    def bad(self) -> int:
        return sum(self.levels.get(level, 0) for level in BAD)

    @property
    def satisfied(self) -> Share:
        return Share(self.rated - self.bad, self.rated)

    @property
    def rated_share(self) -> Share:
        return Share(self.rated_in_time, self.rated_in_time + self.unrated)

    def told(self, level: Level) -> int | None:
        """Return how many have a level, None where that would tell about single persons."""
        return self.levels.get(level, 0) if self.rated >= SMALLEST_CELL else None

    def reasons_told(self) -> list[tuple[Reason, int]]:
        """Return the ticks at bad ratings, the most frequent first; nothing of few bad ratings."""
        if self.bad < SMALLEST_CELL:
            return []
        return sorted(self.reasons.items(), key=lambda own: (-own[1], own[0]))


def together(cells: Iterable[RatingSums]) -> RatingSums:
    """Return several cells as one.

    >>> both = together([RatingSums({Level.SATISFIED: 4}, unrated=2), RatingSums({Level.DISSATISFIED: 1})])
    >>> both.rated, both.unrated, both.satisfied.value
    (5, 2, 0.8)
    """
    parts = list(cells)
    levels = {level: sum(part.levels.get(level, 0) for part in parts) for level in Level}
    reasons = {reason: sum(part.reasons.get(reason, 0) for part in parts) for reason in Reason}
    return RatingSums(
        levels=levels,
        unrated=sum(part.unrated for part in parts),
        open=sum(part.open for part in parts),
        rated_in_time=sum(part.rated_in_time for part in parts),
        reasons={reason: count for reason, count in reasons.items() if count},
    )
