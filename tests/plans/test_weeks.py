"""A week of plans: closed days left out, each day with its effect, accepted for some days or none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from kernel import jobs
from queueing import service as live
from queueing import store as live_store
from queueing.errors import PlanChangedMeanwhile
from queueing.plans import studies
from queueing.plans.errors import ClosedOnThatDay, DayHasPassed, NoPlanForThatDay, StudyNotAnswered
from queueing.plans.reading import hall_to_plan
from queueing.plans.search import Budget
from queueing.plans.store import plain_entry
from queueing.plans.study_jobs import week_answer
from queueing.plans.study_json import trial_json, week_day_json
from queueing.plans.study_schemas import WeekStudyOut
from queueing.plans.trial import try_draft
from queueing.plans.week import DayToPlan, plan_week
from queueing.plans.week_command import day_line, optimize_week
from sim.bench.plan_instances import Shape, make_instance
from tests.conftest import bearer
from tests.support.proposals import all_serve_all, narrow, write_history

TODAY, THURSDAY, FRIDAY = date(2026, 11, 18), date(2026, 11, 19), date(2026, 11, 20)
SMALL = Shape(4, 3, 1.1, 2, filled=False)
QUICK = {"common": Budget(60, None), "own": Budget(30, None)}


def ask(database, city, clock, first=TODAY):
    return database.write_now(studies.ask_week, "H1", first, by=city.manager, clock=clock)


def answered(database, city, clock):
    view = ask(database, city, clock)
    entries = [plain_entry(entry) for entry in all_serve_all(city)]
    days = [
        {"day": day, "kind": "common", "reason": "", "base_version": 1, "entries": entries, "trial": None}
        for day in view.study.question["days"]
    ]
    days[0] |= {"kind": "none", "entries": []}
    args = {"study_id": str(view.study.id)}
    database.write_now(studies.answered, args, {"days": days}, clock=clock)
    return view.study.id


def accept(database, city, clock, study_id, *days):
    return database.write_now(studies.accept_week, study_id, days, by=city.manager, clock=clock)


def holds(database, city, weekday):
    return database.read_now(live_store.plan_of, city.hall, weekday)


def test_a_week_leaves_out_days_that_are_over_or_closed(database, city, clock) -> None:
    days = ask(database, city, clock, date(2026, 11, 16)).study.question["days"]
    assert days == ["2026-11-18", "2026-11-19", "2026-11-20"]  # Monday's week on a Wednesday
    with pytest.raises(DayHasPassed):
        ask(database, city, clock, date(2026, 11, 2))


def test_a_week_without_an_open_day_is_refused(database, city, clock, monkeypatch) -> None:
    monkeypatch.setattr(studies, "WEEK", 2)
    with pytest.raises(ClosedOnThatDay):
        ask(database, city, clock, date(2026, 11, 21))


def test_accepting_some_days_changes_their_weekdays_and_no_other(database, city, clock) -> None:
    study_id = answered(database, city, clock)
    view = accept(database, city, clock, study_id, THURSDAY, FRIDAY)
    assert [holds(database, city, weekday).version for weekday in (2, 3, 4)] == [1, 2, 3]
    assert set(holds(database, city, 3).entries) == set(all_serve_all(city))
    assert view.study.decisions[0]["days"] == ["2026-11-19", "2026-11-20"]
    with pytest.raises(PlanChangedMeanwhile):
        accept(database, city, clock, study_id, THURSDAY)


def test_of_several_days_all_are_accepted_or_none(database, city, clock) -> None:
    study_id = answered(database, city, clock)
    database.write_now(
        live.publish_plan, city.hall, narrow(city), base_version=1, by=city.manager, clock=clock, weekday=4,
        only_weekday=True,
    )  # fmt: skip
    with pytest.raises(PlanChangedMeanwhile):
        accept(database, city, clock, study_id, THURSDAY, FRIDAY)
    assert holds(database, city, 3).version == 1


def test_only_days_with_a_plan_can_be_accepted(database, city, clock) -> None:
    waiting = ask(database, city, clock).study.id
    with pytest.raises(StudyNotAnswered):
        accept(database, city, clock, waiting, THURSDAY)
    study_id = answered(database, city, clock)
    with pytest.raises(NoPlanForThatDay):
        accept(database, city, clock, study_id, TODAY)


@pytest.mark.slow
def test_a_crowded_hall_gets_a_better_week_from_its_history(sqlite_database, sqlite_city, clock) -> None:
    """The second window serves B only, for which few come, on every day of the week."""
    sqlite_database.write_now(
        live.apply_plan, sqlite_city.hall, narrow(sqlite_city), source="manual", by=sqlite_city.manager,
        clock=clock,
    )  # fmt: skip
    sqlite_database.write_now(write_history, sqlite_city)
    view = ask(sqlite_database, sqlite_city, clock)
    job = sqlite_database.write_now(jobs.claim, now=clock.now())
    told: list[Any] = []
    answer = week_answer(sqlite_database, job.args, progress=told.append, **QUICK)
    sqlite_database.write_now(studies.answered, job.args, answer, clock=clock)
    seen = sqlite_database.read_now(studies.study_view, view.study.id, by=sqlite_city.manager)
    shown = WeekStudyOut.of(seen).answer
    assert [one.day for one in shown.days] == [date.fromisoformat(day) for day in job.args["days"]]
    assert {one.kind for one in shown.days} <= {"common", "own"}
    assert all(one.trial.difference.high < 0 for one in shown.days)
    assert all(one.trial.draft.window_hours <= one.trial.now.window_hours for one in shown.days)
    assert told[-1] == 1.0
    thursday = next(day for day in answer["days"] if day["day"] == THURSDAY.isoformat())
    history, present = sqlite_database.read_now(hall_to_plan, sqlite_city.hall, THURSDAY, before=TODAY)
    trial = trial_json(try_draft(history, present, all_serve_all(sqlite_city)))
    assert thursday["trial"]["now"] == trial["now"]  # one day and one plan have one wait on every page


def test_a_week_whose_rules_cannot_be_kept_names_them() -> None:
    hall = make_instance(SMALL)
    windows = tuple(replace(own, equipped=own.equipped & 0b011) for own in hall.history.windows)
    blind = replace(hall.history, windows=windows)
    [planned] = plan_week([DayToPlan(THURSDAY, blind, hall.view)], **QUICK)
    assert planned.without is not None
    assert planned.without.reason == "rules_conflict"
    named = {(str(one.rule), one.subject) for one in planned.without.conflicts}
    assert named == {("coverage", "C"), ("equipment", "C")}
    told = week_day_json(planned)
    assert {"rule": "coverage", "subject": "C"} in told["conflicts"]
    assert "coverage C, equipment C" in day_line({**told, "conflicts": sorted(told["conflicts"], key=str)})


def test_a_week_that_is_stopped_plans_its_days_with_the_best_so_far() -> None:
    hall = make_instance(SMALL)
    days = [DayToPlan(day, hall.history, hall.view) for day in (THURSDAY, FRIDAY)]
    looks: list[None] = []

    def stopped() -> bool:
        looks.append(None)
        return len(looks) > 20

    planned = plan_week(days, common=Budget(10**6, None), own=Budget(10**6, None), stopped=stopped)
    assert [one.kind for one in planned] == ["common", "common"]
    assert planned[0].entries == planned[1].entries


def test_a_week_that_is_stopped_before_it_began_says_so() -> None:
    hall = make_instance(SMALL)
    [planned] = plan_week([DayToPlan(THURSDAY, hall.history, hall.view)], stopped=lambda: True)
    assert (planned.kind, planned.without and planned.without.reason) == ("none", "stopped")
    assert "ended before anything was found" in day_line(week_day_json(planned))


def test_the_command_line_plans_a_week(sqlite_database, sqlite_city, clock) -> None:
    text = optimize_week(sqlite_database, "H1", TODAY, clock=clock, **QUICK)
    assert text.splitlines()[0] == "H1, seven days from 2026-11-18: 5 open days"
    assert text.count("fewer than eight days of history can be used") == 5


async def test_a_week_over_http(client, city, clock, parts) -> None:
    manager = bearer(city.tokens["manager"])
    asked = await client.post(
        "/api/v1/halls/H1/week-plans", json={"first_day": "2026-11-18"}, headers=manager
    )
    assert (asked.status_code, asked.json()["status"]) == (200, "computing")
    refused = await client.post(
        f"/api/v1/week-plans/{asked.json()['id']}/accept", json={"days": ["2026-11-19"]},
        headers=bearer(city.tokens["manager"], key="accept"),
    )  # fmt: skip
    assert (refused.status_code, refused.json()["code"]) == (409, "study-not-answered")
    listed = await client.get("/api/v1/halls/H1/week-plans", headers=manager)
    assert len(listed.json()["studies"]) == 1
