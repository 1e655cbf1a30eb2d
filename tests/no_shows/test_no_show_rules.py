"""The rule itself: pure functions, no database."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.rules.no_shows import (
    APPEAL_ENDINGS,
    APPEAL_TRANSITIONS,
    AppealAction,
    AppealStatus,
    Counted,
    NoShowRule,
    cancel_by,
    counts_towards_next,
    forgettable,
    pause_at,
    pauses,
)

START = datetime(2026, 11, 18, 2, tzinfo=UTC)


def rule(limit: int = 3, within: int = 90, pause: int = 30, **changes: int) -> NoShowRule:
    values = {"cancel_minutes": 60, "answer_days": 5, "version": 1, **changes}
    return NoShowRule(
        in_force=True, limit=limit, within_days=within, pause_days=pause, published_at=START, **values
    )


def on(*days: int, by: NoShowRule | None = None) -> list[Counted]:
    """Return what counts on these days, each a row of its own, also where two have one time."""
    return [
        Counted(START + timedelta(days=day), by or rule(), UUID(int=place)) for place, day in enumerate(days)
    ]


def at(day: float) -> datetime:
    return START + timedelta(days=day)


def test_the_limit_within_the_rolling_time_pauses_from_the_last_one() -> None:
    pause = pause_at(on(0, 40, 80), now=at(81))
    assert pause is not None
    assert (pause.begins_at, pause.until, pause.led_to) == (at(80), at(110), 3)
    assert pause_at(on(0, 40, 80), now=at(110)) is None
    assert pause_at(on(0, 40, 90), now=at(91)) is None


def test_what_led_to_a_pause_is_spent() -> None:
    assert pause_at(on(0, 1, 2, 40), now=at(41)) is None
    assert counts_towards_next(on(0, 1, 2, 40), rule(), now=at(41)) == 1
    assert len(pauses(on(0, 1, 2, 40, 41, 42))) == 2


def test_each_is_judged_by_the_rule_of_its_time() -> None:
    strict = rule(limit=2, version=2)
    assert pause_at([*on(0, 1), *on(2, by=strict)], now=at(3)) is not None
    assert pause_at(on(0, 1), now=at(3)) is None
    assert pause_at([*on(0, by=strict), *on(1, by=rule(version=3))], now=at(2)) is None


@pytest.mark.parametrize(("booked_before", "latest_before"), [(120, 60), (60, 60), (59, 0), (0, 0)])
def test_who_books_after_the_last_moment_to_cancel_has_until_the_start(
    booked_before: int, latest_before: int
) -> None:
    found = cancel_by(START, START - timedelta(minutes=booked_before), rule())
    assert START - found == timedelta(minutes=latest_before)


days_of = st.lists(st.integers(0, 400), max_size=12)


@given(days_of, st.integers(2, 5), st.integers(30, 120), st.integers(1, 90), st.integers(0, 500))
def test_nobody_is_paused_with_fewer_than_the_limit_within_the_rolling_time(
    days: list[int], limit: int, within: int, length: int, day: int
) -> None:
    own = on(*days, by=rule(limit, within, length))
    pause = pause_at(own, now=at(day))
    if pause is not None:
        led = [each for each in own if pause.begins_at - timedelta(days=within) < each.at <= pause.begins_at]
        assert len(led) >= limit
        assert pause.until - pause.begins_at == timedelta(days=length)


@given(days_of, st.integers(2, 5), st.integers(0, 500), st.data())
def test_forgiving_one_of_those_that_led_to_a_pause_ends_it_or_leaves_enough(
    days: list[int], limit: int, day: int, data: st.DataObject
) -> None:
    own = on(*sorted(days), by=rule(limit))
    if (pause := pause_at(own, now=at(day))) is None or pause.led_to < len(own):
        return
    gone = data.draw(st.integers(0, len(own) - 1))
    if pause.led_to == limit:
        assert pause_at(own[:gone] + own[gone + 1 :], now=at(day)) is None


@given(days_of, st.lists(st.integers(0, 700), max_size=6), st.integers(2, 4))
@pytest.mark.slow
def test_forgetting_changes_nothing_whenever_it_is_done(
    days: list[int], done_on: list[int], limit: int
) -> None:
    own = on(*days, by=rule(limit))
    kept: list[Counted] = []
    for day in range(0, 601):
        kept += [each for each in own if each.at == at(day)]
        if day in done_on:
            gone = {each for group in forgettable(kept, now=at(day)) for each in group}
            kept = [each for each in kept if each not in gone]
        so_far = [each for each in own if each.at <= at(day)]
        assert pause_at(kept, now=at(day)) == pause_at(so_far, now=at(day))


def test_everything_is_forgotten_once_nothing_new_happens() -> None:
    own = on(0, 1, 2, 80, 300)
    assert sorted(each.at for group in forgettable(own, now=at(420)) for each in group) == [
        each.at for each in own
    ]
    assert not forgettable(own[:3], now=at(121)), "those of one pause together, with the last of them"
    assert len(forgettable(own[:3], now=at(122))) == 1


def test_the_diagram_in_the_docs_is_the_table_of_appeals() -> None:
    page = (Path(__file__).parents[2] / "docs" / "subsystems" / "no-shows.md").read_text(encoding="utf-8")
    drawn = set(re.findall(r"^    (\w+) --> (\w+): (\w+)$", page, re.MULTILINE))
    assert drawn == {(before, after, action) for (before, action), after in APPEAL_TRANSITIONS.items()}


def test_an_appeal_ends_once_and_endings_are_final() -> None:
    reached = set(APPEAL_TRANSITIONS.values())
    assert reached == APPEAL_ENDINGS
    assert {(before, action) for before, action in APPEAL_TRANSITIONS} == {
        (AppealStatus.OPEN, action) for action in AppealAction
    }
