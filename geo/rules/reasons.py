"""Why a hall stands where it stands: generated from the very numbers that made the order.

``explain`` returns codes and numbers; ``sentence`` renders them in Chinese or English. All minutes are
differences of instants rounded to the minute, so the parts of a sentence add up to its whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from geo.rules.prospects import Opening, Outcome, Prospect, Spread, Standing, Way

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta


class SortKey(StrEnum):
    """What the citizen ordered the list by."""

    DONE = "done"
    DISTANCE = "distance"
    WAITING = "waiting"
    SLOT = "slot"


class Why(StrEnum):
    """The kinds of reasons."""

    ONLY_CHOICE = "only-choice"
    SOONEST_AND_NEAREST = "soonest-and-nearest"
    SOONEST = "soonest"
    CALMEST_OF_EQUALS = "calmest-of-equals"
    NEAR_TIE = "near-tie"
    LATER = "later"
    WAIT_UNKNOWN = "wait-unknown"
    ANOTHER_DAY = "another-day"
    CLOSED = "closed"
    TOO_LATE = "too-late"
    NO_NUMBERS = "no-numbers"
    CANNOT_DO = "cannot-do"


@dataclass(frozen=True, slots=True)
class Comparison:
    """This hall less the other one: minutes on the way, from arrival to the window, there, and to done.

    Positive means more at this hall. ``waiting_only``: at both halls the time before the window is nothing
    but waiting, so it may be called so.
    """

    code: str
    name_zh: str
    name_en: str
    travel_minutes: int
    start_minutes: int
    service_minutes: int
    done_minutes: int
    metres: int
    waiting_only: bool


@dataclass(frozen=True, slots=True)
class Reason:
    """One hall's reason. ``slot_at`` is set where being served rests on a slot."""

    why: Why
    sort: SortKey
    metres: int
    wait: Spread | None
    against: Comparison | None = None
    slot_at: datetime | None = None
    next_slot_at: datetime | None = None
    assumed_wait: timedelta | None = None


def explain(groups: Sequence[Sequence[Prospect]], departs_at: datetime, sort: SortKey) -> dict[str, Reason]:
    """Return each hall's reason by its code; ``groups`` are the near-equals in done order."""
    field = _Field.of(groups)
    return {each.hall.code: _reason(each, field, departs_at, sort) for group in groups for each in group}


@dataclass(frozen=True, slots=True)
class _Field:
    """What every hall is compared with: today's halls in done order, the first, and those equal to it."""

    today: Sequence[Prospect]
    first: Prospect | None
    equals: frozenset[str]

    @classmethod
    def of(cls, groups: Sequence[Sequence[Prospect]]) -> Self:
        today = [each for group in groups for each in group if each.standing is Standing.TODAY]
        first = next((each for each in today if each.done), None)
        equals = next((group for group in groups if any(each is first for each in group)), ())
        return cls(today, first, frozenset(each.hall.code for each in equals))


def _reason(each: Prospect, field: _Field, departs_at: datetime, sort: SortKey) -> Reason:
    why, other = _why(each, field)
    rests_on_slot = each.done is not None and each.done.way is Way.SLOT
    wait = each.hall.wait if each.walk_in else None
    return Reason(
        why=why,
        sort=sort,
        metres=round(each.metres),
        wait=wait,
        against=_compare(each, other, departs_at) if other else None,
        slot_at=each.hall.next_slot_at if rests_on_slot else None,
        next_slot_at=each.hall.next_slot_at if each.by_slot else None,
        assumed_wait=each.assumed_wait,
    )


_NOT_TODAY = {
    Standing.ANOTHER_DAY: Why.ANOTHER_DAY,
    Standing.CLOSED: Why.CLOSED,
    Standing.CANNOT_DO: Why.CANNOT_DO,
}


def _why(each: Prospect, field: _Field) -> tuple[Why, Prospect | None]:
    """Return the kind of reason and the hall to compare with."""
    if each.standing is Standing.CLOSED and each.hall.opening is not Opening.CLOSED:
        return (Why.NO_NUMBERS if each.hall.no_numbers else Why.TOO_LATE), None
    if each.standing in _NOT_TODAY:
        return _NOT_TODAY[each.standing], None
    if each.done is None or field.first is None:
        return Why.WAIT_UNKNOWN, None
    if each is not field.first:
        return (Why.NEAR_TIE if each.hall.code in field.equals else Why.LATER), field.first
    return _why_first(each, field.today)


def _why_first(first: Prospect, today: Sequence[Prospect]) -> tuple[Why, Prospect | None]:
    """Compare the first with the soonest, or the nearest, or the next, whichever says why it is first."""
    known = [each for each in today if each.done]
    if len(known) == 1:
        return Why.ONLY_CHOICE, None
    soonest = min(known, key=lambda each: (_done(each).done_at, each is not first))
    if soonest is not first:
        return Why.CALMEST_OF_EQUALS, soonest
    if all(first.metres <= each.metres for each in today):
        return Why.SOONEST_AND_NEAREST, known[1]
    nearest = min(known, key=lambda each: (each.metres, each is not first))
    return Why.SOONEST, known[1] if nearest is first else nearest


def _done(each: Prospect) -> Outcome:
    if each.done is None:
        raise ValueError(f"{each.hall.code} has no known done-time to compare")
    return each.done


def _compare(this: Prospect, other: Prospect, departs_at: datetime) -> Comparison:
    mine, theirs = (_minutes(_done(each), departs_at) for each in (this, other))
    outcomes = (_done(this), _done(other))
    return Comparison(
        code=other.hall.code,
        name_zh=other.hall.name_zh,
        name_en=other.hall.name_en,
        travel_minutes=mine[0] - theirs[0],
        start_minutes=(mine[1] - mine[0]) - (theirs[1] - theirs[0]),
        service_minutes=(mine[2] - mine[1]) - (theirs[2] - theirs[1]),
        done_minutes=mine[2] - theirs[2],
        metres=round(this.metres - other.metres),
        waiting_only=all(
            outcome.way is Way.WALK_IN and each.hall.joins_from is None
            for outcome, each in zip(outcomes, (this, other), strict=True)
        ),
    )


def _minutes(outcome: Outcome, departs_at: datetime) -> tuple[int, int, int]:
    """Whole minutes from leaving to arrival, to the window and to done; rounding keeps their order."""
    return (
        round((outcome.arrives_at - departs_at).total_seconds() / 60),
        round((outcome.starts_at - departs_at).total_seconds() / 60),
        round((outcome.done_at - departs_at).total_seconds() / 60),
    )
