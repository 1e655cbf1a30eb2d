"""Alerts: raised and cleared without flapping, told to the boards, taken by one manager."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from kernel.clock import ManualClock
from kernel.database import Database
from kernel.identity import Role, Staff, WrongHall
from kernel.secrets import Vault
from kernel.work_tables import OutboxRow
from queueing import service
from queueing.learned import store_wait_profiles
from queueing.rules.alerts import (
    AlertKind,
    AlertPolicy,
    Signal,
    Standing,
    arrivals_signals,
    changes,
    wait_signal,
    window_signal,
)
from queueing.rules.drain import QUARTERS
from queueing.rules.policy import hall_policy
from queueing.today import store as alert_store
from queueing.today.errors import AlertAcknowledged, AlertNotFound
from queueing.today.service import acknowledge_alert, hall_today, pending_alerts, record_alerts
from tests.conftest import bearer
from tests.support.walk_ins import walk_in

NOON = datetime(2026, 11, 18, 4, 0, tzinfo=UTC)
POLICY = AlertPolicy()


# --- the rule -------------------------------------------------------------------------------------------


def play(measures: list[float], step_s: float = 30.0) -> list[tuple[float, bool]]:
    """Return (seconds, raised) of each change when a measure takes these values one after another."""
    standing: list[Standing] = []
    found = []
    for number, measure in enumerate(measures):
        now = NOON + timedelta(seconds=number * step_s)
        signal = Signal(AlertKind.LONG_WAIT, "A", measure, 20.0, 15.0, {})
        for change in changes([signal], standing, POLICY, now=now):
            found.append((number * step_s, change.raised))
            standing = [Standing(AlertKind.LONG_WAIT, "A", change.raised, now)]
    return found


@given(st.lists(st.floats(0, 60), min_size=1, max_size=300))
def test_whatever_is_measured_nothing_changes_twice_within_the_settling_time(measures: list[float]) -> None:
    found = play(measures)
    for (before, was), (after, is_now) in pairwise(found):
        assert after - before >= POLICY.settle.total_seconds()
        assert was != is_now  # raised and cleared take turns


@given(st.lists(st.floats(15.01, 60), min_size=1, max_size=200))
def test_a_measure_that_wavers_above_the_lower_threshold_rings_once(measures: list[float]) -> None:
    assert len(play(measures)) <= 1


@given(st.lists(st.floats(0, 19.9), min_size=1, max_size=200))
def test_what_stays_below_the_upper_threshold_never_rings(measures: list[float]) -> None:
    assert play(measures) == []


def test_an_alert_whose_measure_is_gone_is_cleared() -> None:
    standing = Standing(AlertKind.WINDOW_MISSING, "3", True, NOON - timedelta(hours=1))
    (change,) = changes([], [standing], POLICY, now=NOON)
    assert (change.raised, change.signal.subject) == (False, "3")


def test_few_people_too_many_are_no_alert_however_unlikely() -> None:
    more, fewer = arrivals_signals("A", 9, 3.0, 1.8, POLICY)
    assert more.measure < more.raise_at
    assert fewer.measure < 0
    more, _ = arrivals_signals("A", 60, 30.0, 6.0, POLICY)
    assert more.measure == pytest.approx(5.0)


def test_thresholds_are_the_halls_own() -> None:
    policy = hall_policy({"wait_target_minutes": 30, "window_late_minutes": 5}).alerts
    assert wait_signal("A", 3, 25, policy).measure < wait_signal("A", 3, 25, policy).raise_at
    assert window_signal("1", 6, policy).measure >= window_signal("1", 6, policy).raise_at


# --- on the databases -----------------------------------------------------------------------------------


def look(database: Database, city: Any, clock: ManualClock) -> list[Any]:
    """Go one round as the API does, and return the alerts that stand."""
    seen = database.read_now(pending_alerts, city.hall, now=clock.now())
    if seen is not None:
        database.write_now(record_alerts, city.hall, seen, clock=clock)
    day = clock.now().astimezone().date()
    known = database.read_now(alert_store.alerts_of, city.hall, day)
    return [alert for alert in known if alert.cleared_at is None]


def open_all(database: Database, city: Any, clock: ManualClock) -> None:
    for window, clerk in zip(city.windows, city.clerks, strict=True):
        database.write_now(service.open_window, window, by=clerk, clock=clock)


def test_a_planned_window_that_nobody_opens_is_told_and_forgotten_when_it_opens(
    database: Database, city: Any, clock: ManualClock
) -> None:
    open_all(database, city, clock)
    assert look(database, city, clock) == []
    database.write_now(service.close_window, city.windows[2], by=city.clerks[2], clock=clock)
    clock.advance(timedelta(minutes=9))
    assert look(database, city, clock) == []
    clock.advance(timedelta(minutes=2))
    (alert,) = look(database, city, clock)
    assert (alert.kind, alert.subject) == (AlertKind.WINDOW_MISSING, "3")
    database.write_now(service.open_window, city.windows[2], by=city.clerks[2], clock=clock)
    assert look(database, city, clock) == [alert]  # it has only just been raised
    clock.advance(timedelta(minutes=10))
    assert look(database, city, clock) == []


def test_a_wait_over_the_target_is_told_with_its_figures(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    open_all(database, city, clock)
    issue(database, city, vault, clock, 3)
    clock.advance(timedelta(minutes=21))
    (alert,) = look(database, city, clock)
    assert (alert.kind, alert.subject) == (AlertKind.LONG_WAIT, "A")
    assert alert.facts["waiting"] == 3
    assert alert.facts["minutes"] >= 21


def issue(database: Database, city: Any, vault: Vault, clock: ManualClock, people: int) -> None:
    for _ in range(people):
        walk_in(database, city, clock=clock, vault=vault)


def learn_flat(database: Database, city: Any, clock: ManualClock, rate: float) -> None:
    """Queue A is known to have ``rate`` people in each quarter hour."""
    demand = {
        "rates": {str(day): [rate] * QUARTERS for day in range(5)}, "usual_rates": [rate] * QUARTERS,
        "marks": {}, "hall_cv": 0.1, "own_cv": 0.1, "dispersion": 1.0, "minutes": 10.0, "days": 40,
    }  # fmt: skip
    stored = {
        "calls": [0.1] * QUARTERS,
        "arrivals": [0.1] * QUARTERS,
        "windows": [1.0] * QUARTERS,
        "bands": {},
        "demand": demand,
    }
    learned = {"days": 40, "profiles": {str(city.queue_a): stored}}
    database.write_now(store_wait_profiles, {}, learned, clock=clock)


@pytest.mark.slow
def test_far_more_people_than_forecast_are_told_for_the_hall_and_the_queue(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    open_all(database, city, clock)
    learn_flat(database, city, clock, 3.0)  # 14 until 9:40
    issue(database, city, vault, clock, 45)
    found = {(alert.kind, alert.subject) for alert in look(database, city, clock)}
    assert {(AlertKind.MORE_ARRIVALS, ""), (AlertKind.MORE_ARRIVALS, "A")} <= found


def test_while_the_hall_is_closed_nothing_stands(database: Database, city: Any, clock: ManualClock) -> None:
    clock.advance(timedelta(minutes=5))
    assert len(look(database, city, clock)) == 3  # no window was opened
    clock.advance(timedelta(hours=9))
    assert look(database, city, clock) == []


def test_the_same_signals_recorded_twice_raise_one_alert(
    database: Database, city: Any, clock: ManualClock
) -> None:
    seen = database.read_now(pending_alerts, city.hall, now=clock.now())
    assert seen is not None
    assert database.write_now(record_alerts, city.hall, seen, clock=clock) == 3
    assert database.write_now(record_alerts, city.hall, seen, clock=clock) == 0


def test_the_second_of_two_managers_is_told_who_was_quicker(
    database: Database, city: Any, clock: ManualClock
) -> None:
    (alert, *_) = look(database, city, clock)
    done = "asked the office for a clerk"
    taken = database.write_now(acknowledge_alert, alert.id, done=done, by=city.manager, clock=clock)
    assert (taken.acknowledged_name, taken.done) == ("Manager", done)
    with pytest.raises(AlertAcknowledged) as refused:
        database.write_now(acknowledge_alert, alert.id, done="", by=city.administrator, clock=clock)
    assert refused.value.facts["by"] == "Manager"
    again = database.read_now(alert_store.alert, alert.id)
    assert again.done == done


def test_only_the_halls_own_manager_takes_an_alert(database: Database, city: Any, clock: ManualClock) -> None:
    (alert, *_) = look(database, city, clock)
    stranger = Staff(city.other_clerk.id, "Manager of H2", Role.MANAGER, city.other_hall)
    with pytest.raises(WrongHall):
        database.write_now(acknowledge_alert, alert.id, done="", by=stranger, clock=clock)
    with pytest.raises(AlertNotFound):
        database.write_now(acknowledge_alert, city.hall, done="", by=city.manager, clock=clock)


def test_alerts_are_events_without_anything_personal(
    database: Database, city: Any, clock: ManualClock
) -> None:
    (alert, *_) = look(database, city, clock)
    database.write_now(acknowledge_alert, alert.id, done="called Wang", by=city.manager, clock=clock)
    outbox = OutboxRow.__table__  # type: ignore[attr-defined]
    rows = database.read_now(
        lambda session: session.execute(select(outbox.c.kind, outbox.c.payload).order_by(outbox.c.id)).all()
    )
    assert [row.kind for row in rows] == ["alert_raised"] * 3 + ["alert_taken"]
    assert "Wang" not in str(rows)


# --- the manager's page as data -------------------------------------------------------------------------


def test_today_shows_forecast_capacity_and_the_gap_that_a_busy_hour_leaves(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    learn_flat(database, city, clock, 4.5)  # 45 minutes of work a quarter hour: three windows' worth
    today = database.read_now(hall_today, "H1", by=city.manager, now=clock.now())
    assert today.capacity.people[city.queue_a][40] == pytest.approx(3.0, abs=0.05)  # windows 1 and 2
    (gap,) = [one.gap for one in today.advice if one.gap.queue == city.queue_a]
    assert (gap.from_quarter, gap.to_quarter, gap.windows) == (38, 70, 1)  # 3 windows' worth, 10 % to spare


async def test_the_api_tells_today_and_takes_acknowledgements_once(
    client: httpx2.AsyncClient, database: Database, city: Any, clock: ManualClock
) -> None:
    (alert, *_) = look(database, city, clock)
    me = bearer(city.tokens["manager"])
    told = (await client.get("/api/v1/halls/H1/today", headers=me)).raise_for_status().json()
    assert told["quarters"][0] == 510
    assert len(told["series"]) == 3
    assert [own["id"] for own in told["alerts"]].count(str(alert.id)) == 1
    path, body = f"/api/v1/alerts/{alert.id}/acknowledge", {"done": "on my way"}
    first = await client.post(path, json=body, headers={**me, "Idempotency-Key": "one-key-of-mine"})
    again = await client.post(path, json=body, headers={**me, "Idempotency-Key": "one-key-of-mine"})
    assert first.raise_for_status().json() == again.raise_for_status().json()
    other = await client.post(path, json=body, headers={**me, "Idempotency-Key": "another-key-of-mine"})
    assert other.status_code == 409
    assert other.json()["code"] == "alert-acknowledged"
    clerk = bearer(city.tokens["clerk1"])
    assert (await client.get("/api/v1/halls/H1/today", headers=clerk)).status_code == 403
