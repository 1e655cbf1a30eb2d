"""A plan published for a time holds from then on, and no plan that somebody has not seen is overwritten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete

from kernel.identity import WrongHall
from queueing import plan_history, reads, service, store
from queueing.errors import (
    NotServedHere,
    PlanChangedMeanwhile,
    PlanNotWaiting,
    PlanVersionNotFound,
    PlanWaits,
    TimeHasPassed,
)
from queueing.rules.windows import PlanEntry
from queueing.window_tables import WindowEquipmentRow
from tests.conftest import bearer

WEDNESDAY, THURSDAY, SATURDAY = 2, 3, 5


def entries(city, queue="queue_b"):
    return [PlanEntry(window, getattr(city, queue), False, 0, 1440) for window in city.windows[1:]]


def schedule(database, city, clock, *, hours=2.0, base=1, by=None, **more):
    return database.write_now(
        service.schedule_plan, city.hall, entries(city), applies_at=clock.now() + timedelta(hours=hours),
        base_version=base, by=by or city.manager, clock=clock, **more,
    )  # fmt: skip


def publish(database, city, clock, base, **more):
    return database.write_now(
        service.publish_plan,
        city.hall,
        entries(city),
        base_version=base,
        by=city.manager,
        clock=clock,
        **more,
    )


def due(database, city, clock):
    return database.write_now(service.apply_due_plans, city.hall, clock=clock)


def endings(database, city):
    return [one.ended for one in database.read_now(store.plan_versions, city.hall, limit=9)]


def holds(database, city, weekday=WEDNESDAY):
    return database.read_now(store.plan_of, city.hall, weekday)


def test_a_plan_holds_from_its_time_on_and_not_before(database, city, clock) -> None:
    waiting = schedule(database, city, clock)
    assert (waiting.version, waiting.waits) == (2, True)
    assert database.read_now(store.halls_with_plans_due, now=clock.now()) == []
    assert due(database, city, clock) == []
    assert holds(database, city).version == 1
    clock.advance(timedelta(hours=2))
    assert database.read_now(store.halls_with_plans_due, now=clock.now()) == [city.hall]
    assert due(database, city, clock) == [2]
    assert set(holds(database, city).entries) == set(entries(city))
    assert due(database, city, clock) == []


def test_a_plan_that_was_overtaken_never_holds(database, city, clock) -> None:
    schedule(database, city, clock)
    published = publish(database, city, clock, 1)
    # At once, not when its time comes: until then it would keep another plan from waiting.
    assert endings(database, city) == ["", "overtaken", ""]
    schedule(database, city, clock, hours=5, base=published.version)
    clock.advance(timedelta(hours=3))
    assert due(database, city, clock) == []
    assert holds(database, city).version == published.version


def test_a_plan_that_says_the_same_overtakes_nothing(database, city, clock) -> None:
    waiting = schedule(database, city, clock)
    same = holds(database, city).entries
    database.write_now(service.publish_plan, city.hall, same, base_version=1, by=city.manager, clock=clock)
    clock.advance(timedelta(hours=2))
    assert due(database, city, clock) == [waiting.version + 2]


def test_what_is_written_past_the_use_cases_is_not_overwritten_either(database, city, clock) -> None:
    schedule(database, city, clock)
    database.write_now(
        store.add_plan, city.hall, entries(city, "queue_a")[:1], source="manual", weekday=None,
        at=clock.now(), by=city.manager.actor,
    )  # fmt: skip
    clock.advance(timedelta(hours=2))
    assert due(database, city, clock) == []
    assert endings(database, city) == ["", "overtaken", ""]


def test_a_plan_of_another_weekday_overtakes_nothing_and_the_number_rises(database, city, clock) -> None:
    waiting = schedule(database, city, clock, hours=26, only_weekday=True)  # Thursday's
    database.write_now(
        service.apply_plan, city.hall, entries(city, "queue_a")[:1], source="manual", by=city.manager,
        clock=clock, weekday=SATURDAY, only_weekday=True,
    )  # fmt: skip
    clock.advance(timedelta(hours=27))
    assert due(database, city, clock) == [waiting.version + 2]
    assert set(holds(database, city, THURSDAY).entries) == set(entries(city))
    assert holds(database, city, WEDNESDAY).version == 1
    assert {entry.queue_id for entry in holds(database, city, SATURDAY).entries} == {city.queue_a}


def test_a_plan_kept_beside_a_new_one_is_still_the_one_that_was_drafted_on(database, city, clock) -> None:
    """A new plan of all days gives Thursday's own plan a new number, but not other words."""
    database.write_now(
        service.apply_plan, city.hall, entries(city, "queue_a")[:1], source="manual", by=city.manager,
        clock=clock, weekday=THURSDAY, only_weekday=True,
    )  # fmt: skip
    schedule(database, city, clock, hours=26, base=2)
    publish(database, city, clock, 1)
    clock.advance(timedelta(hours=27))
    assert len(due(database, city, clock)) == 1
    assert set(holds(database, city, THURSDAY).entries) == set(entries(city))


def test_only_one_plan_waits_and_only_for_a_time_to_come(database, city, clock) -> None:
    with pytest.raises(TimeHasPassed):
        schedule(database, city, clock, hours=0)
    with pytest.raises(PlanChangedMeanwhile):
        schedule(database, city, clock, base=7)
    with pytest.raises(WrongHall):
        schedule(database, city, clock, by=city.other_clerk)
    schedule(database, city, clock)
    with pytest.raises(PlanWaits):
        schedule(database, city, clock)


def test_a_plan_that_is_called_off_never_holds(database, city, clock) -> None:
    waiting = schedule(database, city, clock)
    database.write_now(reads.cancel_plan_by_code, "H1", waiting.version, by=city.manager, clock=clock)
    with pytest.raises(PlanNotWaiting):
        database.write_now(reads.cancel_plan_by_code, "H1", waiting.version, by=city.manager, clock=clock)
    clock.advance(timedelta(hours=3))
    assert due(database, city, clock) == []
    assert schedule(database, city, clock).version == 3


def test_a_weekday_gets_a_plan_of_its_own(database, city, clock) -> None:
    publish(database, city, clock, 1, weekday=THURSDAY, only_weekday=True)
    assert holds(database, city, WEDNESDAY).version == 1
    assert holds(database, city, THURSDAY).version == 2
    publish(database, city, clock, 2, weekday=THURSDAY)  # what is Thursday's own stays Thursday's own
    assert holds(database, city, WEDNESDAY).version == 1


def test_an_old_plan_is_restored_as_a_new_version(database, city, clock) -> None:
    publish(database, city, clock, 1)
    first = database.read_now(store.plan_version, city.hall, 1)
    restored = database.write_now(
        plan_history.restore, "H1", 1, base_version=2, weekday=WEDNESDAY, by=city.manager, clock=clock
    )
    assert (restored.version, set(restored.entries)) == (3, set(first.entries))
    with pytest.raises(PlanChangedMeanwhile):
        database.write_now(
            plan_history.restore, "H1", 1, base_version=2, weekday=WEDNESDAY, by=city.manager, clock=clock
        )
    with pytest.raises(PlanVersionNotFound):
        database.write_now(
            plan_history.restore, "H1", 9, base_version=3, weekday=WEDNESDAY, by=city.manager, clock=clock
        )


def test_an_old_plan_whose_equipment_is_gone_is_not_restored(database, city, clock) -> None:
    publish(database, city, clock, 1)
    window, queue = city.windows[0], city.queue_a
    lost = delete(WindowEquipmentRow.__table__).where(WindowEquipmentRow.__table__.c.window_id == window)
    database.write_now(lambda session: session.execute(lost) and None)
    assert window in {
        entry.window_id for entry in database.read_now(store.plan_version, city.hall, 1).entries
    }
    with pytest.raises(NotServedHere) as refused:
        database.write_now(
            plan_history.restore, "H1", 1, base_version=2, weekday=WEDNESDAY, by=city.manager, clock=clock
        )
    assert refused.value.facts["queue"] == "A"
    assert queue not in {entry.queue_id for entry in holds(database, city).entries}


def test_the_history_says_who_when_and_where_it_holds(database, city, clock) -> None:
    publish(database, city, clock, 1)
    schedule(database, city, clock, base=2)
    waiting, now, old = database.read_now(plan_history.versions, "H1", by=city.manager)
    assert (waiting.version.waits, waiting.holds_on) == (True, ())
    assert (now.by_name, now.holds_on) == (city.manager.name, tuple(range(5)))
    assert (old.version.version, old.holds_on) == (1, ())
    with pytest.raises(WrongHall):
        database.read_now(plan_history.versions, "H1", by=city.other_clerk)


def test_any_two_versions_can_be_compared(database, city, clock) -> None:
    publish(database, city, clock, 1)
    found = database.read_now(plan_history.differences, "H1", 1, 2, by=city.manager)
    by_window = {
        found.windows[change.window_id]: change
        for change in found.changes
        if change.from_minute <= 600 < change.to_minute
    }
    assert by_window["1"].after == {}
    assert by_window["2"].before == {city.queue_b: False, city.queue_a: True}
    assert by_window["2"].after == {city.queue_b: False}
    back = database.read_now(plan_history.differences, "H1", 2, 1, by=city.manager)
    assert {(one.before == two.after) for one, two in zip(found.changes, back.changes, strict=True)} == {True}


async def test_a_manager_publishes_for_a_time_over_http(client, city, clock) -> None:
    manager = bearer(city.tokens["manager"])
    body = {
        "base_version": 1, "for_day": "2026-11-18",
        "applies_at": (clock.now() + timedelta(hours=1)).isoformat(),
        "entries": [
            {
                "window_id": str(entry.window_id), "queue_id": str(entry.queue_id),
                "from_minute": 0, "to_minute": 1440,
            }
            for entry in entries(city)
        ],
    }  # fmt: skip
    answer = await client.put("/api/v1/halls/H1/plan", json=body, headers=manager)
    assert (answer.status_code, answer.json()["version"], answer.json()["waits"]) == (200, 1, 2)
    listed = (await client.get("/api/v1/halls/H1/plan/versions", headers=manager)).json()["versions"]
    assert [(one["version"], one["applied_at"] is None) for one in listed] == [(2, True), (1, False)]
    changes = (await client.get("/api/v1/halls/H1/plan/differences/1/2", headers=manager)).json()["changes"]
    assert changes[0]["window"] == "1"
    gone = await client.delete("/api/v1/halls/H1/plan/waiting/2", headers=manager)
    assert gone.status_code == 204
    again = await client.delete("/api/v1/halls/H1/plan/waiting/2", headers=manager)
    assert (again.status_code, again.json()["code"]) == (409, "plan-not-waiting")


async def test_a_repeated_publish_with_its_key_publishes_once(sqlite_client, sqlite_city) -> None:
    manager = bearer(sqlite_city.tokens["manager"], key="publish-once")
    one = entries(sqlite_city)[0]
    body = {
        "base_version": 1,
        "entries": [
            {
                "window_id": str(one.window_id), "queue_id": str(one.queue_id),
                "from_minute": 0, "to_minute": 1440,
            }
        ],
    }  # fmt: skip
    answers = [await sqlite_client.put("/api/v1/halls/H1/plan", json=body, headers=manager) for _ in range(2)]
    assert [(answer.status_code, answer.json()["version"]) for answer in answers] == [(200, 2), (200, 2)]
