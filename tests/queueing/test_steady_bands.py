"""What people read of a wait: steady, honest about a rise, and on its way to the estimate."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queueing.rules.steady import (
    RISES_BY,
    STANDS_FOR,
    Band,
    Basis,
    Cause,
    Reason,
    Shown,
    band_of,
    basis_json,
    basis_of,
    reason_json,
    reason_of,
    steady,
)
from queueing.rules.waits import WaitRange

NOW = datetime(2026, 3, 3, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FACTS = Basis(
    people=5, windows_open=3, windows_paused=0, plan_version=1, estimator="drain", ends_at=NOW + 60 * MINUTE
)


def shown(low: int, high: int, *, ago: timedelta = 2 * MINUTE, basis: Basis = FACTS) -> Shown:
    return Shown(Band(low, high), NOW - ago, basis)


@st.composite
def bands(draw: st.DrawFn) -> Band | None:
    if draw(st.integers(0, 9)) == 0:
        return None
    low = 5 * draw(st.integers(0, 30))
    return Band(low, low + 5 * draw(st.integers(1, 20)))


facts = st.builds(
    Basis,
    people=st.none() | st.integers(0, 30),
    own_place=st.booleans(),
    windows_open=st.none() | st.integers(0, 5),
    windows_paused=st.none() | st.integers(0, 5),
    plan_version=st.none() | st.integers(1, 3),
    estimator=st.none() | st.sampled_from(["drain", "learned"]),
    ends_at=st.none() | st.sampled_from([NOW + hour * 60 * MINUTE for hour in range(4)]),
)
steps = st.lists(st.tuples(st.integers(1, 200), bands(), facts), min_size=1, max_size=40)


@given(steps)
@pytest.mark.slow
def test_words_never_change_sooner_than_a_minute_nor_rise_far_without_a_reason(
    told: list[tuple[int, Band | None, Basis]],
) -> None:
    now, before = NOW, None
    for seconds, fresh, basis in told:
        now += timedelta(seconds=seconds)
        after = steady(before, fresh, basis, now=now)
        if before is not None and after != before:
            assert now - before.since >= STANDS_FOR
            assert after.since == now
            if before.band and after.band and after.band.high - before.band.high > RISES_BY:
                assert after.reason is not None
        before = after


def test_no_wait_ends_with_the_first_who_waits() -> None:
    before = shown(0, 0, ago=timedelta(seconds=10), basis=replace(FACTS, people=0))
    busy = Band(5, 20)
    after = steady(before, busy, replace(FACTS, people=1), now=NOW)
    assert (after.band, after.since) == (busy, NOW)
    assert after.reason == Reason(Cause.MORE_WAITING, NOW, 1)
    assert steady(before, busy, replace(FACTS, people=0), now=NOW) == before, "nobody waits: it stands"
    assert steady(before, None, replace(FACTS, people=1), now=NOW) == before


@given(bands().filter(bool), bands().filter(bool))
def test_the_band_arrives_at_an_estimate_that_stays(first: Band, last: Band) -> None:
    now, before = NOW, steady(None, first, FACTS, now=NOW)
    for _ in range(40):
        now += STANDS_FOR
        before = steady(before, last, FACTS, now=now)
    assert before.band is not None
    assert before.band.reads_like(last)


@given(bands(), facts)
def test_what_is_kept_comes_back_as_it_was(band: Band | None, basis: Basis) -> None:
    reason = Reason(Cause.WINDOW_ENDS, NOW, 2, NOW + MINUTE) if band else None
    assert basis_of(basis_json(basis)) == basis
    assert reason_of(reason_json(reason)) == reason


def test_a_rise_without_a_reason_comes_in_steps_of_ten_minutes() -> None:
    after = steady(shown(10, 25), Band(40, 60), FACTS, now=NOW)
    assert (after.band, after.reason) == (Band(30, 35), None)


def test_another_way_of_estimating_is_no_reason_to_those_who_wait() -> None:
    learned = replace(FACTS, estimator="learned")
    after = steady(shown(10, 25), Band(40, 60), learned, now=NOW)
    assert (after.band, after.reason) == (Band(30, 35), None)


def test_a_stored_reason_that_is_no_longer_given_reads_as_none() -> None:
    stored = {**reason_json(Reason(Cause.PLAN_CHANGED, NOW)), "cause": "estimator-changed"}
    assert reason_of(stored) is None


def test_good_news_needs_no_reason_and_comes_at_once() -> None:
    assert steady(shown(40, 60), Band(5, 10), FACTS, now=NOW).band == Band(5, 10)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"windows_open": 2, "windows_paused": 1}, (Cause.WINDOWS_PAUSED, 1)),
        ({"windows_open": 1}, (Cause.WINDOWS_FEWER, 2)),
        ({"plan_version": 2}, (Cause.PLAN_CHANGED, 0)),
        ({"plan_version": 2, "windows_open": 1}, (Cause.PLAN_CHANGED, 0)),  # rearranged, none was closed
        ({"ends_at": NOW + 30 * MINUTE}, (Cause.WINDOW_ENDS, 0)),
        ({"people": 17}, (Cause.MORE_WAITING, 12)),
        ({"people": 9, "own_place": True}, (Cause.MORE_AHEAD, 4)),
    ],
)
def test_a_rise_says_what_changed(change: dict[str, object], expected: tuple[Cause, int]) -> None:
    now_ = Basis(**{name: change.get(name, getattr(FACTS, name)) for name in Basis.__slots__})
    after = steady(shown(10, 25), Band(40, 60), now_, now=NOW)
    assert after.band == Band(40, 60)
    assert after.reason is not None
    assert (after.reason.cause, after.reason.count) == expected


def test_facts_that_were_not_kept_explain_nothing() -> None:
    after = steady(shown(10, 25, basis=Basis()), Band(40, 60), FACTS, now=NOW)
    assert (after.band, after.reason) == (Band(30, 35), None)


def test_the_reason_stays_a_while_and_goes_when_the_band_comes_down() -> None:
    paused = Basis(5, False, 2, 1, 1, "drain", FACTS.ends_at)
    risen = steady(shown(10, 25), Band(40, 60), paused, now=NOW)
    later = steady(risen, Band(45, 65), paused, now=NOW + 2 * MINUTE)
    assert later.reason == risen.reason
    assert steady(later, Band(30, 40), paused, now=NOW + 4 * MINUTE).reason is None
    assert steady(later, Band(45, 70), paused, now=NOW + 8 * MINUTE).reason is None


def test_above_ninety_minutes_the_words_stay_the_same() -> None:
    before = shown(60, 95)
    assert steady(before, Band(90, 180), FACTS, now=NOW) is before


def test_a_band_that_comes_back_soon_says_so() -> None:
    unknown = Shown(None, NOW - 2 * MINUTE, FACTS)
    again = steady(unknown, Band(40, 60), FACTS, now=NOW)
    assert again.reason is not None
    assert again.reason.cause is Cause.KNOWN_AGAIN
    assert steady(Shown(None, NOW - 60 * MINUTE, FACTS), Band(40, 60), FACTS, now=NOW).reason is None


@pytest.mark.parametrize(
    ("wait", "people", "band"),
    [
        (WaitRange(12.0, 18.0, 23.5), 4, Band(10, 25)),
        (WaitRange(0.0, 0.0, 2.0), 0, Band(0, 0)),
        (WaitRange(0.0, 0.0, 2.0), 3, Band(0, 5)),
        (WaitRange(0.0, 4.0, 9.0), 0, Band(0, 10)),  # nobody waits, but no window is free either
        (WaitRange(20.0, 20.0, 20.0), 2, Band(20, 25)),
        (WaitRange(60.0, 80.0, 120.0), 9, Band(60, 120)),
        (None, 0, None),
    ],
)
def test_bands_are_rounded_outwards(wait: WaitRange | None, people: int, band: Band | None) -> None:
    assert band_of(wait, people) == band
