"""What a manager sets holds, is refused with a reason or waits for a yes, and is written down."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select, update
from sqlmodel import Session

import booking.policy.service as values
import queueing.standing
from booking.rules.policy import BookingPolicy, booking_policy
from booking.rules.ratings import RatingPolicy, rating_policy
from kernel import catalogue
from kernel.clock import ManualClock
from kernel.database import Database
from kernel.errors import Refusal
from kernel.identity import WrongHall, staff_by_token
from kernel.policy import PolicyInvalid
from kernel.secrets import Vault
from queueing import service as live
from queueing.estimate import Ask, estimate_on_arrival
from queueing.plans.reading import hall_to_plan
from queueing.rules.policy import hall_policy
from queueing.rules.windows import PlanEntry
from queueing.setup import lines, people, service
from queueing.setup.errors import (
    AppointmentsAffected,
    ClerkAtWindow,
    HoursInvalid,
    LabelTaken,
    PrefixTaken,
    QueueNotServed,
    SetupChangedMeanwhile,
    SetupDayOver,
    UsedByPlan,
    UsernameTaken,
    WindowSetupInvalid,
)
from queueing.setup.rules import OwnDay
from queueing.setup.schemas import (
    ClerkSetupIn,
    NewClerkIn,
    NewQueueIn,
    NewWindowIn,
    QueueSetupIn,
    WindowSetupIn,
)
from queueing.store.plans import plan_of
from queueing.window_tables import WindowRow
from tests.conftest import CHINA
from tests.support.hall_in_hand import Hall

MORNING, NOON, AFTERNOON, EVENING = time(9), time(12), time(14), time(17)
WEEKDAYS = {weekday: [(MORNING, NOON), (AFTERNOON, EVENING)] for weekday in range(5)}
THURSDAY = date(2026, 11, 19)  # the day after the tests' morning


@pytest.fixture
def hall(database: Database, city: Any, clock: ManualClock, vault: Vault) -> Hall:
    return Hall(database, city, clock, vault)


def test_hours_that_are_set_hold_from_then_on(hall: Hall) -> None:
    hall.does(service.set_hours, WEEKDAYS, base=hall.now().hours.base, accept=False)
    assert hall.opens(THURSDAY) == ["09:00-12:00", "14:00-17:00"]
    assert hall.opens(THURSDAY + timedelta(days=2)) == []


@pytest.mark.parametrize(
    "spans",
    [
        [(NOON, MORNING)],
        [(MORNING, MORNING)],
        [(MORNING, AFTERNOON), (NOON, EVENING)],
        [(time(hour), time(hour, 30)) for hour in range(8, 13)],
    ],
    ids=["ends before it begins", "empty", "overlap", "five spans"],
)
def test_hours_that_cannot_be_kept_are_refused_and_nothing_changes(
    hall: Hall, spans: list[tuple[time, time]]
) -> None:
    with pytest.raises(HoursInvalid) as refused:
        hall.does(service.set_hours, {**WEEKDAYS, 2: spans}, base=hall.now().hours.base, accept=False)
    assert refused.value.facts["weekday"] == 2
    assert hall.opens(THURSDAY) == ["08:30-17:30"]


def test_booked_people_who_would_find_the_doors_closed_are_named_first(hall: Hall) -> None:
    for hour in (8, 11, 13):
        hall.expects(datetime(2026, 11, 19, hour, 45, tzinfo=CHINA))
    base = hall.now().hours.base
    with pytest.raises(AppointmentsAffected) as refused:
        hall.does(service.set_hours, WEEKDAYS, base=base, accept=False)
    assert refused.value.facts["count"] == 2
    assert refused.value.facts["first_at"] == datetime(2026, 11, 19, 8, 45, tzinfo=CHINA)
    assert hall.opens(THURSDAY) == ["08:30-17:30"]
    hall.does(service.set_hours, WEEKDAYS, base=base, accept=True)
    assert hall.opens(THURSDAY) == ["09:00-12:00", "14:00-17:00"]
    assert hall.now().changes[0].detail["appointments"] == 2


def test_who_has_booked_before_eight_is_named_on_the_halls_day_not_on_greenwichs(hall: Hall) -> None:
    early = {weekday: [(time(7, 30), time(17, 30))] for weekday in range(5)}
    hall.does(service.set_hours, early, base=hall.now().hours.base, accept=False)
    hall.expects(datetime(2026, 11, 19, 7, 45, tzinfo=CHINA))
    with pytest.raises(AppointmentsAffected) as refused:
        hall.does(service.set_hours, WEEKDAYS, base=hall.now().hours.base, accept=False)
    assert refused.value.facts["first_on"] == THURSDAY


def test_a_day_is_closed_worked_like_another_and_given_back_to_the_calendar(hall: Hall) -> None:
    saturday = date(2026, 11, 21)
    hall.does(service.set_day, OwnDay(THURSDAY, None, "设备检修", "Repairs"), accept=False)
    hall.does(service.set_day, OwnDay(saturday, 0, "延时服务", ""), accept=False)
    assert hall.opens(THURSDAY) == []
    assert hall.opens(saturday) == ["08:30-17:30"]
    hall.does(service.set_day, OwnDay(saturday, None), accept=False)
    assert hall.opens(saturday) == []
    hall.does(service.clear_day, THURSDAY, accept=False)
    assert hall.opens(THURSDAY) == ["08:30-17:30"]
    assert [each.day for each in hall.now().own_days] == [saturday]


def test_closing_a_day_with_bookings_asks_and_a_day_that_is_over_is_refused(hall: Hall) -> None:
    hall.expects(datetime(2026, 11, 19, 10, 0, tzinfo=CHINA))
    with pytest.raises(AppointmentsAffected):
        hall.does(service.set_day, OwnDay(THURSDAY), accept=False)
    hall.does(service.set_day, OwnDay(THURSDAY), accept=True)
    with pytest.raises(SetupDayOver):
        hall.does(service.set_day, OwnDay(date(2026, 11, 17)), accept=True)
    with pytest.raises(SetupDayOver):
        hall.does(service.clear_day, date(2026, 11, 17), accept=True)


def test_a_draft_on_old_values_is_refused(hall: Hall) -> None:
    base = hall.now().hours.base
    hall.does(service.set_hours, WEEKDAYS, base=base, accept=False)
    with pytest.raises(SetupChangedMeanwhile):
        hall.does(service.set_hours, {0: [(MORNING, NOON)]}, base=base, accept=False)


def test_another_halls_manager_and_clerk_change_nothing_and_a_supervisor_may_look(hall: Hall) -> None:
    asked = {"base": hall.now().hours.base, "accept": False}
    for who in (hall.city.other_clerk, hall.city.supervisor):
        with pytest.raises(WrongHall):
            hall.does(service.set_hours, WEEKDAYS, by=who, **asked)
    seen = hall.database.read_now(service.setup_of, "H1", by=hall.city.supervisor, now=hall.clock.now())
    assert seen.hall.code == "H1"
    with pytest.raises(WrongHall):
        hall.database.read_now(service.setup_of, "H1", by=hall.city.other_clerk, now=hall.clock.now())


def test_a_queues_urgency_is_published_kept_noted_and_reaches_the_plans(hall: Hall) -> None:
    first, second = hall.now().queues
    assert (first.plan_weight, second.plan_weight) == (1, 1)
    line = {"name_zh": first.name_zh, "name_en": first.name_en, "mean_minutes": first.mean_minutes}
    hall.does(lines.set_queue, hall.city.queue_a, QueueSetupIn(**line, plan_weight=3, base=first.base))
    with pytest.raises(SetupChangedMeanwhile):  # a colleague's page still shows 1
        hall.does(lines.set_queue, hall.city.queue_a, QueueSetupIn(**line, plan_weight=2, base=first.base))
    weighty = hall.now()
    told = next(change for change in weighty.changes if change.what == "setup.queue")
    assert (told.detail["before"]["plan_weight"], told.detail["after"]["plan_weight"]) == (1, 3)
    renamed = QueueSetupIn(**(line | {"name_zh": "综合"}), base=weighty.queues[0].base)
    hall.does(lines.set_queue, hall.city.queue_a, renamed)  # who does not say it leaves it as it is
    day = hall.clock.now().date()
    history, _ = hall.database.read_now(hall_to_plan, hall.city.hall, day, before=day)
    assert [queue.weight for queue in history.queues] == [3.0, 1.0]


@pytest.mark.parametrize("weight", [0, 6, 1.5])
def test_an_urgency_is_a_whole_number_from_one_to_five(weight: float) -> None:
    with pytest.raises(ValidationError):
        NewQueueIn(prefix="C", name_zh="税务", plan_weight=weight)


def test_a_queue_is_renamed_and_a_new_one_gets_services_once_a_window_serves_it(hall: Hall) -> None:
    first = hall.now().queues[0]
    hall.does(
        lines.set_queue,
        hall.city.queue_a,
        QueueSetupIn(name_zh="综合窗口", name_en="All services", mean_minutes=7.5, base=first.base),
    )
    hall.does(lines.add_queue, NewQueueIn(prefix="C", name_zh="税务", name_en="Tax"))
    with pytest.raises(PrefixTaken):
        hall.does(lines.add_queue, NewQueueIn(prefix="C", name_zh="其他"))
    renamed, _, added = hall.now().queues
    assert (renamed.name_zh, renamed.mean_minutes, added.prefix) == ("综合窗口", 7.5, "C")
    with pytest.raises(QueueNotServed):
        hall.does(lines.move_service, "household", added.id)
    window = hall.now().windows[0]
    equipped = WindowSetupIn(queues=[*window.queues, added.id], list_limit=3, base=window.base)
    hall.does(lines.set_window, hall.city.windows[0], equipped)
    plan = hall.database.read_now(live.plan_of, hall.city.hall, now=hall.clock.now())
    entries = [*plan.entries, PlanEntry(hall.city.windows[0], added.id, False, 510, 1050)]
    hall.database.write_now(
        live.apply_plan, hall.city.hall, entries, source="manual", by=hall.city.manager, clock=hall.clock
    )
    hall.does(lines.move_service, "household", added.id)
    assert {each.code: each.queue_id for each in hall.now().services}["household"] == added.id
    issued = hall.database.write_now(
        live.issue_ticket,
        hall.city.hall,
        [hall.city.services["household"]],
        priority=False,
        by=hall.city.clerks[0].actor,
        clock=hall.clock,
        vault=hall.vault,
    )
    assert issued.ticket.label == "C001"


def test_what_a_plan_in_force_uses_is_not_taken_from_a_window(hall: Hall) -> None:
    window = hall.now().windows[1]  # serves B and helps A
    only_b = WindowSetupIn(queues=[hall.city.queue_b], list_limit=3, base=window.base)
    with pytest.raises(UsedByPlan) as refused:
        hall.does(lines.set_window, hall.city.windows[1], only_b)
    assert refused.value.facts["queues"] == ["A"]
    short = WindowSetupIn(queues=window.queues, list_limit=1, base=window.base)
    with pytest.raises(UsedByPlan) as refused:
        hall.does(lines.set_window, hall.city.windows[1], short)
    assert refused.value.facts["lists"] == 2
    with pytest.raises(WindowSetupInvalid):
        hall.does(lines.set_window, hall.city.windows[1], WindowSetupIn(queues=[], base=window.base))


def test_what_a_waiting_plan_will_use_is_not_taken_from_a_window(hall: Hall) -> None:
    """Or the plan would begin to hold with a queue that its window cannot serve."""
    city, now = hall.city, hall.clock.now()
    plan = hall.database.read_now(plan_of, city.hall, 2).entries  # window 2 serves B and helps A
    alone = [entry for entry in plan if not entry.helping]
    by = {"by": city.manager, "clock": hall.clock}
    hall.database.write_now(live.publish_plan, city.hall, alone, base_version=1, **by)
    waiting = hall.database.write_now(
        live.schedule_plan, city.hall, plan, applies_at=now + timedelta(hours=2), base_version=2, **by
    )
    window = hall.now().windows[1]
    only_b = WindowSetupIn(queues=[city.queue_b], list_limit=3, base=window.base)
    with pytest.raises(UsedByPlan) as refused:
        hall.does(lines.set_window, city.windows[1], only_b)
    assert refused.value.facts["queues"] == ["A"]
    hall.database.write_now(live.cancel_plan, city.hall, waiting.version, **by)
    hall.does(lines.set_window, city.windows[1], only_b)


def test_a_new_window_is_closed_and_its_number_is_its_own(hall: Hall) -> None:
    hall.does(lines.add_window, "4", NewWindowIn(label="4", queues=[hall.city.queue_a]))
    with pytest.raises(LabelTaken):
        hall.does(lines.add_window, "4", NewWindowIn(label="4", queues=[hall.city.queue_a]))
    board = hall.database.read_now(live.board, hall.city.hall, now=hall.clock.now())
    assert [(sign.label, sign.status) for sign in board.windows][-1] == ("4", "closed")


def test_skills_are_entered_and_none_means_every_queue(hall: Hall) -> None:
    clerk = hall.now().clerks[0]
    assert clerk.skills == []
    asked = ClerkSetupIn(name="Clerk One", skills=[hall.city.queue_b], base=clerk.base)
    hall.does(people.set_clerk, clerk.id, asked)
    changed = next(each for each in hall.now().clerks if each.id == clerk.id)
    assert (changed.name, changed.skills) == ("Clerk One", [hall.city.queue_b])


def test_a_clerk_at_a_window_keeps_the_account_until_it_is_closed(hall: Hall) -> None:
    clerk = next(each for each in hall.now().clerks if each.id == hall.city.clerks[0].id)
    hall.database.write_now(live.open_window, hall.city.windows[0], by=hall.city.clerks[0], clock=hall.clock)
    off = ClerkSetupIn(name=clerk.name, disabled=True, base=clerk.base)
    with pytest.raises(ClerkAtWindow):
        hall.does(people.set_clerk, clerk.id, off)
    hall.database.write_now(live.close_window, hall.city.windows[0], by=hall.city.clerks[0], clock=hall.clock)
    hall.does(people.set_clerk, clerk.id, off)
    closed = next(each for each in hall.now().clerks if each.id == clerk.id)
    assert closed.disabled
    # Opened again, the account finds no session of before alive.
    hall.does(people.set_clerk, clerk.id, ClerkSetupIn(name=clerk.name, base=closed.base))
    told = {"vault": hall.vault, "now": hall.clock.now()}
    assert hall.database.read_now(staff_by_token, hall.city.tokens["clerk1"], **told) is None


def test_a_new_clerk_signs_in_by_link_and_names_are_unique_in_the_city(hall: Hall) -> None:
    hall.does(people.add_clerk, NewClerkIn(username="li.min", name="李敏"))
    for taken in ("li.min", "LI.MIN", "clerk4"):
        with pytest.raises(UsernameTaken):
            hall.does(people.add_clerk, NewClerkIn(username=taken, name="重名"))
    added = next(each for each in hall.now().clerks if each.username == "li.min")
    link = hall.does(people.link_for, added.id, vault=hall.vault)
    assert link.expires_at - hall.clock.now() == service.LINK_LASTS
    assert link.token not in str(hall.now().changes)  # the trail says that, never how


def test_values_keep_their_bounds_and_reach_the_rules(hall: Hall) -> None:
    held = hall.database.read_now(values.values_of, "H1", by=hall.city.manager)
    hall.does(
        values.set_values,
        {"grace_minutes": 25, "appointment_share": 0.5, "reinstate_places": 5},
        base=held.base,
    )
    stored = hall.database.read_now(catalogue.hall, hall.city.hall).policy
    assert hall_policy(stored).call.grace == timedelta(minutes=25)
    assert hall_policy(stored).reinstate_places == 5
    assert booking_policy(stored).appointment_share == 0.5
    held = hall.database.read_now(values.values_of, "H1", by=hall.city.manager)
    for wrong in ({"grace_minutes": 61}, {"reinstate_places": 2.5}, {"appointment_share": -0.1}, {"pace": 1}):
        with pytest.raises(PolicyInvalid):
            hall.does(values.set_values, wrong, base=held.base)
    with pytest.raises(SetupChangedMeanwhile):
        hall.does(values.set_values, {"grace_minutes": 1}, base="0" * 16)
    trail = hall.now().changes[0]
    assert trail.detail["before"] == {"grace_minutes": 10, "appointment_share": 0.3, "reinstate_places": 3}


@pytest.mark.parametrize("field", values.FIELDS, ids=lambda field: field.name)
def test_every_value_is_read_by_a_rule_and_its_default_is_the_rules_own(field: Any) -> None:
    def rules(stored: dict[str, float]) -> tuple[object, BookingPolicy, RatingPolicy]:
        return hall_policy(stored), booking_policy(stored), rating_policy(stored)

    assert rules({field.name: field.checked(field.default)}) == rules({})
    assert rules({field.name: field.most}) != rules({field.name: field.least})


def test_every_change_is_in_the_trail_with_who_and_when(hall: Hall) -> None:
    hall.does(service.set_day, OwnDay(THURSDAY, None, "检修", ""), accept=False)
    hall.clock.advance(timedelta(minutes=5))
    hall.does(people.add_clerk, NewClerkIn(username="wang", name="王"))
    newest, older = hall.now().changes
    assert (newest.what, newest.subject, newest.who) == ("setup.clerk_added", "wang", "Manager")
    assert (older.what, older.subject) == ("setup.day", "2026-11-19")
    assert newest.at - older.at == timedelta(minutes=5)


def test_a_refused_change_leaves_no_trail(hall: Hall) -> None:
    with pytest.raises(Refusal):
        hall.does(lines.add_queue, NewQueueIn(prefix="A", name_zh="重复"))
    assert hall.now().changes == []


def test_a_label_is_unique_by_the_schema_too(hall: Hall) -> None:
    windows = WindowRow.__table__  # type: ignore[attr-defined]

    def twice(session: Session) -> None:
        first = session.execute(select(windows.c.id).where(windows.c.id == hall.city.windows[0])).scalar_one()
        session.execute(update(windows).where(windows.c.id == first).values(label="2"))

    with pytest.raises(Exception, match=r"(?i)unique"):
        hall.database.write_now(twice)


def test_other_typical_minutes_are_in_the_next_estimate(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue without a history is estimated from them; what was worked out before must not stay."""
    for _ in range(6):
        hall.database.write_now(
            live.issue_ticket,
            hall.city.hall,
            [hall.city.services["id-card"]],
            priority=False,
            by=hall.city.clerks[0].actor,
            clock=hall.clock,
            vault=hall.vault,
        )

    def wait() -> float:
        asks = [Ask(hall.city.queue_a, hall.clock.now())]
        told = hall.database.read_now(estimate_on_arrival, asks, now=hall.clock.now())
        found = told[hall.city.queue_a].wait
        assert found is not None
        return found.p50

    before = wait()
    queue = hall.now().queues[0]
    twice = QueueSetupIn(
        name_zh=queue.name_zh, name_en=queue.name_en, mean_minutes=2 * queue.mean_minutes, base=queue.base
    )
    hall.does(lines.set_queue, hall.city.queue_a, twice)
    monkeypatch.setattr(queueing.standing, "FRESH_FOR_S", -1.0)  # the minute is over
    assert wait() > 1.5 * before
