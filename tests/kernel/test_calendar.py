"""Openings: weekdays, national holidays, make-up workdays, closures of the hall's own."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from kernel.calendar import OpeningCalendar, is_announced, is_workday

ZONE = ZoneInfo("Asia/Shanghai")
HOURS = {weekday: [(time(8, 30), time(12)), (time(14, 30), time(17, 30))] for weekday in range(5)}
HALL = OpeningCalendar(ZONE, HOURS)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), ZONE)


def test_the_doors_are_open_from_opening_until_just_before_closing() -> None:
    day = date(2026, 11, 18)
    assert not HALL.is_open(at(day, 8, 29))
    assert HALL.is_open(at(day, 8, 30))
    assert not HALL.is_open(at(day, 12))
    assert HALL.is_open(at(day, 14, 30))
    assert not HALL.is_open(at(day, 17, 30))


def test_a_national_holiday_is_a_day_off_and_a_make_up_saturday_is_not() -> None:
    assert HALL.spans(date(2026, 10, 1)) == ()
    assert HALL.spans(date(2026, 10, 10)) != ()
    assert is_workday(date(2026, 10, 10))
    assert not is_workday(date(2026, 11, 21))


def test_the_hall_s_own_word_comes_first() -> None:
    closed = OpeningCalendar(ZONE, HOURS, closed_on=frozenset({date(2026, 11, 18)}))
    assert closed.spans(date(2026, 11, 18)) == ()
    works = OpeningCalendar(ZONE, HOURS, worked_as={date(2026, 11, 21): 0})
    assert len(works.spans(date(2026, 11, 21))) == 2


def test_the_next_opening_skips_days_off() -> None:
    friday_evening = at(date(2026, 11, 20), 18)
    span = HALL.opening_at(friday_evening)
    assert span is not None
    assert span.opens_at == at(date(2026, 11, 23), 8, 30)


def test_doors_that_are_shut_open_again_that_day_or_not() -> None:
    day = date(2026, 11, 18)
    asked = [(7, 0), (9, 0), (12, 0), (14, 30), (17, 30)]
    assert [HALL.again_today(at(day, *clock)) for clock in asked] == [
        *(at(day, 8, 30), None, at(day, 14, 30), None, None)
    ]
    assert HALL.again_today(at(date(2026, 11, 21), 9)) is None


def test_a_terminal_never_closes() -> None:
    terminal = OpeningCalendar(ZONE, {}, always_open=True)
    assert terminal.is_open(at(date(2026, 10, 1), 3))


def test_an_unannounced_year_is_known_to_be_one() -> None:
    assert is_announced(date(2026, 12, 31))
    assert not is_announced(date(2027, 1, 4))


@given(st.integers(0, 364), st.integers(0, 1439))
def test_an_instant_is_open_just_when_a_span_holds_it(day: int, minute: int) -> None:
    local = date(2026, 1, 1) + timedelta(days=day)
    instant = HALL.at_minute(local, minute)
    assert HALL.local_day(instant) == local
    assert HALL.minute_of_day(instant) == minute
    assert HALL.is_open(instant) == any(instant in span for span in HALL.spans(local))
