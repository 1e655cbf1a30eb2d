"""History is believed only where it can be, and what is left out is reported."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.ids import QueueId, WindowId
from queueing.plans.demand import fit
from queueing.plans.history import HallHistory, HistoryTooShort, like_day, read_history
from queueing.plans.records import TicketRecord
from queueing.plans.replay import replay
from queueing.plans.rules import PlanQueue, PlanWindow

SESSIONS = ((540, 1020),)
QUEUES = (PlanQueue(QueueId(UUID(int=1)), "A"), PlanQueue(QueueId(UUID(int=2)), "B"))
WINDOWS = (PlanWindow(WindowId(UUID(int=10)), "1", 0b11, 2),)
MONDAY = date(2026, 9, 7)
DAYS = [MONDAY + timedelta(days=number) for number in range(10)]


def ticket(day=MONDAY, arrived=600.0, waited=5.0, busy=8.0, **changes):
    values = {
        "day": day,
        "queue_id": QUEUES[0].id,
        "window_id": WINDOWS[0].id,
        "arrived": arrived,
        "effective": arrived,
        "called": arrived + waited,
        "started": arrived + waited,
        "ended": arrived + waited + busy,
        "outcome": "finished",
    }
    return TicketRecord(**{**values, **changes})


def full_day(day, tickets=48, **changes):
    return [ticket(day, arrived=540 + 480 * (number + 0.5) / tickets, **changes) for number in range(tickets)]


def read(records, days=DAYS):
    return read_history(records, QUEUES, WINDOWS, dict.fromkeys(days, SESSIONS))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"queue_id": QueueId(UUID(int=99))}, "queue unknown to the hall"),
        ({"window_id": WindowId(UUID(int=99))}, "window unknown to the hall"),
        ({"day": date(2026, 12, 25)}, "hall closed on that day"),
        ({"arrived": 300.0}, "outside opening hours"),
        ({"ended": None}, "times missing"),
        ({"called": 590.0}, "times out of order"),
        ({"busy": 400.0}, "impossible duration"),
        ({"busy": 0.0}, "impossible duration"),
        ({"waited": -1.0}, "times out of order"),
    ],
)
def test_a_row_that_cannot_be_believed_is_left_out_and_counted(changes, reason) -> None:
    _, report = read([*full_day(MONDAY), ticket(**changes)])
    assert report.rows_left_out == {reason: 1}
    assert report.tickets_used == 48


def test_a_day_with_a_hole_is_left_out() -> None:
    holed = [one for one in full_day(DAYS[3]) if not 660 < one.arrived < 800]
    records = [one for day in DAYS if day != DAYS[3] for one in full_day(day)]
    days, report = read([*records, *holed])
    assert report.days_left_out == ((DAYS[3], "a gap in the day"),)
    assert DAYS[3] not in {day.day for day in days}


def test_short_saturdays_are_measured_by_saturdays() -> None:
    weeks = [MONDAY + timedelta(days=number) for number in range(14)]
    hours = {day: ((540, 720),) if day.weekday() == 5 else SESSIONS for day in weeks}
    records = [one for day in weeks for one in full_day(day) if day.weekday() != 5 or one.arrived < 640]
    days, report = read_history(records, QUEUES, WINDOWS, hours)
    assert report.days_left_out == ()
    like, report = like_day(days, report, hours, SESSIONS)
    assert {day for day, reason in report.days_left_out if reason == "other opening hours"} == {
        day for day in weeks if day.weekday() == 5
    }
    assert len(like) == report.days_used == 12


def test_where_like_days_are_too_few_all_days_count_within_the_hours() -> None:
    hours = {day: ((540, 720),) if day.weekday() == 5 else SESSIONS for day in DAYS}
    days, report = read_history([one for day in DAYS[:5] for one in full_day(day)], QUEUES, WINDOWS, hours)
    cut, report = like_day(days, report, hours, ((540, 720),))
    assert len(cut) == 5
    assert max(day.joined_minutes.max() for day in cut) < 720
    assert report.tickets_used == sum(day.tickets for day in cut) == 5 * 18


def test_a_quiet_hour_that_is_always_quiet_is_no_hole() -> None:
    records = [one for day in DAYS for one in full_day(day) if not 660 < one.arrived < 800]
    assert read(records)[1].days_left_out == ()


def test_a_day_on_which_the_machine_was_off_is_left_out() -> None:
    records = [one for day in DAYS[:-1] for one in full_day(day)]
    _, report = read([*records, *full_day(DAYS[-1], tickets=10)])
    assert report.days_left_out == ((DAYS[-1], "far fewer tickets than usual"),)


def test_a_day_full_of_bad_rows_is_left_out_as_a_whole() -> None:
    records = [one for day in DAYS[:-1] for one in full_day(day)]
    bad = full_day(DAYS[-1])[:30] + [ticket(DAYS[-1], busy=400.0)] * 20
    _, report = read([*records, *bad])
    assert report.days_left_out == ((DAYS[-1], "too many rows that cannot be believed"),)


def test_no_history_at_all_is_an_empty_report() -> None:
    days, report = read([])
    assert (days, report.days_used) == ((), 0)


@given(st.permutations(range(8)))
def test_the_order_of_rows_does_not_matter(order) -> None:
    records = [one for day in DAYS[:2] for one in full_day(day, tickets=4)]
    shuffled = [records[place] for place in order]
    for one, other in zip(read(records)[0], read(shuffled)[0], strict=True):
        assert np.array_equal(one.joined_minutes, other.joined_minutes)
        assert np.array_equal(one.busy_minutes, other.busy_minutes)


def history(days):
    found, report = read([one for day in days for one in full_day(day)], days)
    return HallHistory(QUEUES, WINDOWS, (), SESSIONS, MONDAY, found, report, usual_minutes=(9.0, 7.0))


def test_the_judge_gets_the_last_quarter_of_the_days() -> None:
    learned, judged = history(DAYS).split()
    assert (len(learned), len(judged)) == (8, 2)
    assert max(day.day for day in learned) < min(day.day for day in judged)


def test_a_week_is_not_enough() -> None:
    with pytest.raises(HistoryTooShort):
        history(DAYS[:7]).split()


def test_demand_has_the_tickets_and_minutes_that_were_seen() -> None:
    learned = history(DAYS)
    demand = fit(learned, learned.days)
    assert demand.arrivals_per_quarter.sum() == pytest.approx(48, rel=0.01)
    assert demand.service_minutes[0].mean() == pytest.approx(8.0)
    assert demand.service_minutes[1].mean() == pytest.approx(7.0, rel=0.05)  # never seen: the catalogue's


def test_busy_weekdays_raise_the_forecast_of_their_weekday() -> None:
    weeks = [MONDAY + timedelta(days=number) for number in range(21)]
    records = [one for day in weeks for one in full_day(day, tickets=72 if day.weekday() == 0 else 48)]
    found, report = read(records, weeks)
    monday = HallHistory(QUEUES, WINDOWS, (), SESSIONS, MONDAY, found, report)
    tuesday = HallHistory(QUEUES, WINDOWS, (), SESSIONS, MONDAY + timedelta(days=1), found, report)
    mondays, tuesdays = (fit(one, found).arrivals_per_quarter.sum() for one in (monday, tuesday))
    assert mondays > 1.15 * tuesdays


def test_a_make_up_workday_is_forecast_as_the_weekday_that_it_is_worked_like() -> None:
    weeks = [MONDAY + timedelta(days=number) for number in range(21)]
    records = [one for day in weeks for one in full_day(day, tickets=72 if day.weekday() == 0 else 48)]
    found, report = read(records, weeks)
    saturday = MONDAY + timedelta(days=26)
    usual = HallHistory(QUEUES, WINDOWS, (), SESSIONS, saturday, found, report)
    made_up = replace(usual, worked_as={saturday: 0})
    monday = replace(usual, for_day=MONDAY + timedelta(days=21))
    come = [fit(one, found).arrivals_per_quarter.sum() for one in (made_up, monday, usual)]
    assert come[0] == pytest.approx(come[1])
    assert come[0] > 1.15 * come[2]


def test_weekdays_that_differ_by_chance_alone_are_forecast_alike() -> None:
    """Seven-day means of days that vary by a tenth differ by several per cent, and that says nothing."""
    weeks = [MONDAY + timedelta(days=number) for number in range(21)]
    tickets = dict(zip(weeks, np.random.default_rng(8).normal(48, 5, len(weeks)).round(), strict=True))
    records = [one for day in weeks for one in full_day(day, tickets=int(tickets[day]))]
    found, report = read(records, weeks)
    usual = np.mean([day.tickets for day in found])
    own = [np.mean([day.tickets for day in found if day.day.weekday() == weekday]) for weekday in range(7)]
    forecast = [
        fit(HallHistory(QUEUES, WINDOWS, (), SESSIONS, day, found, report), found).arrivals_per_quarter.sum()
        for day in weeks[:7]
    ]
    assert np.abs(np.array(own) / usual - 1.0).max() > 0.04
    assert np.abs(np.array(forecast) / usual - 1.0).max() < 0.02


def test_the_first_copy_of_a_replayed_day_is_the_day_as_it_was() -> None:
    learned = history(DAYS)
    citizens = replay(learned.days[:1], queues=2, seed=1)
    assert np.allclose(citizens.tickets.joined / 60e6, learned.days[0].joined_minutes, atol=1e-6)
    assert np.allclose(citizens.tickets.service / 60e6, learned.days[0].busy_minutes, atol=1e-6)


@pytest.mark.parametrize("demand", [0.8, 1.2])
def test_stress_changes_the_number_of_citizens_only(demand) -> None:
    learned = history(DAYS)
    citizens = replay(learned.days, queues=2, seed=1, demand=demand)
    assert len(citizens.tickets.joined) == pytest.approx(demand * 480, abs=10)
    for day in range(citizens.count):
        joined = citizens.tickets.joined[citizens.starts[day] : citizens.starts[day + 1]]
        assert (np.diff(joined) >= 0).all()
