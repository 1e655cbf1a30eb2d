"""Whom a place fits, who is first, how long an offer lasts: rules without a database."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.rules.waitlist import (
    EVENING,
    MORNING,
    TRANSITIONS,
    Rival,
    WaitingAction,
    WaitingStatus,
    Wish,
    ahead_of,
    offer_ends_at,
    status_at,
    stays_after,
)
from kernel.ids import HallId, QueueId
from tests.booking.booking_city import ZONE, local

HALF, HOUR = timedelta(minutes=30), timedelta(hours=1)
TODAY = local(9).date()
ROOT = Path(__file__).parents[2]


def wish(days: tuple[int, int] = (0, 0), minutes: tuple[int, int] = (0, 1440), **more: datetime) -> Wish:
    first, last = (TODAY + timedelta(days=day) for day in days)
    return Wish(first, last, *minutes, **more)


@pytest.mark.parametrize(
    ("at", "suits"),
    [
        (local(9), True),
        (local(11, 30), True),
        (local(12), False),  # the last minute is not included
        (local(8, 30), False),
        (local(9, days=2), True),
        (local(9, days=3), False),
        (local(9, days=-1), False),
    ],
)
def test_a_start_suits_on_the_wanted_days_between_the_wanted_minutes(at: datetime, suits: bool) -> None:
    assert wish((0, 2), (540, 720)).fits(at, ZONE) is suits


def test_who_has_an_appointment_is_offered_only_what_is_earlier() -> None:
    own = wish((0, 5), before=local(10, days=1))
    assert own.fits(local(9, 30, days=1), ZONE)
    assert not own.fits(local(10, days=1), ZONE)


def test_only_those_who_came_earlier_for_the_same_times_and_queues_are_ahead() -> None:
    hall, other = HallId(UUID(int=1)), HallId(UUID(int=2))
    queue = QueueId(UUID(int=3))

    def rival(minute: int, own: Wish, at: HallId = hall) -> Rival:
        return Rival((local(9, minute), UUID(int=minute)), own, frozenset({(at, queue)}))

    me = rival(30, wish((1, 2), (540, 720)))
    others = [
        rival(10, wish((2, 4))),  # shares a day
        rival(11, wish((3, 4))),  # another day
        rival(12, wish((1, 1), (720, 1000))),  # the afternoon
        rival(13, wish((1, 2)), other),  # another hall
        rival(40, wish((1, 2))),  # came later
    ]
    assert ahead_of(me, others) == 1


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        (local(10), local(10, 30)),
        (local(20, 59), local(21, 29)),
        (local(21), local(8, 30, days=1)),
        (local(23, 59), local(8, 30, days=1)),
        (local(0, 5, days=1), local(8, 30, days=1)),
        (local(8), local(8, 30)),
    ],
)
def test_an_offer_made_at_night_lasts_from_the_morning(now: datetime, ends: datetime) -> None:
    assert offer_ends_at(now, ZONE, lasts=HALF, starts_at=local(12, days=3), notice=HALF) == ends


def test_a_place_that_begins_too_soon_for_a_whole_offer_is_passed_over() -> None:
    assert offer_ends_at(local(9), ZONE, lasts=HALF, starts_at=local(10), notice=HALF) == local(9, 30)
    assert offer_ends_at(local(9), ZONE, lasts=HALF, starts_at=local(9, 59), notice=HALF) is None
    night = offer_ends_at(local(22), ZONE, lasts=HALF, starts_at=local(8, 45, days=1), notice=HALF)
    assert night is None, "nobody would have the half hour while awake"


@given(st.integers(0, 2 * 1440), st.integers(10, 120), st.integers(0, 4 * 1440))
def test_every_offer_lasts_its_whole_time_within_waking_hours_and_ends_in_time(
    minute: int, minutes: int, ahead: int
) -> None:
    now, lasts = local(0) + timedelta(minutes=minute), timedelta(minutes=minutes)
    starts_at = now + timedelta(minutes=ahead)
    ends = offer_ends_at(now, ZONE, lasts=lasts, starts_at=starts_at, notice=HALF)
    if ends is not None:
        begins = (ends - lasts).astimezone(ZONE)
        assert begins >= now
        assert MORNING <= begins.time() < EVENING
        assert ends + HALF <= starts_at


def test_the_second_lapse_ends_the_wait() -> None:
    assert [stays_after(lapses) for lapses in (1, 2, 3)] == [True, False, False]


def test_a_wait_ends_with_its_last_day_or_with_its_appointment() -> None:
    waiting, until = WaitingStatus.WAITING, local(0, days=1)
    before = until - timedelta(seconds=1)
    assert status_at(waiting, until=until, appointment_stands=True, now=before) is waiting
    assert status_at(waiting, until=until, appointment_stands=True, now=until) is WaitingStatus.PASSED
    assert status_at(waiting, until=until, appointment_stands=False, now=before) is WaitingStatus.ENDED
    left = status_at(WaitingStatus.LEFT, until=until, appointment_stands=False, now=until)
    assert left is WaitingStatus.LEFT


def test_endings_are_final_and_every_status_is_reached() -> None:
    assert {before for before, _ in TRANSITIONS} == {WaitingStatus.WAITING}
    assert {action for _, action in TRANSITIONS} == set(WaitingAction)
    assert set(TRANSITIONS.values()) | {WaitingStatus.WAITING} == set(WaitingStatus)


def test_the_diagram_in_the_docs_is_the_lifecycle_of_a_wait() -> None:
    page = (ROOT / "docs" / "subsystems" / "waiting-list.md").read_text()
    drawn = {tuple(arrow) for arrow in re.findall(r"^    (\w+) --> (\w+): (\w+)$", page, re.MULTILINE)}
    table = {(before.value, after.value, action.value) for (before, action), after in TRANSITIONS.items()}
    assert drawn == table
