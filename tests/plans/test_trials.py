"""A draft is tried against the plan that holds: same citizens, ranges, nothing changed in the hall."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.wiring import QUICK_JOBS
from kernel import jobs
from kernel.ids import StudyId, uuid7
from queueing import service as live
from queueing.errors import NotServedHere
from queueing.plans import service, studies
from queueing.plans.errors import ClosedOnThatDay, DayHasPassed, StudyNotFound
from queueing.plans.history import HistoryTooShort
from queueing.plans.reading import hall_to_plan
from queueing.plans.study_json import trial_json
from queueing.plans.study_lifecycle import STUDY_TRANSITIONS, StudyAction, StudyKind, StudyStatus
from queueing.plans.study_schemas import TrialStudyOut
from queueing.plans.trial import try_draft
from queueing.rules.windows import PlanEntry
from tests.conftest import bearer
from tests.support.proposals import all_serve_all, narrow, write_history

TODAY, TOMORROW = date(2026, 11, 18), date(2026, 11, 19)


def ask(database, city, clock, entries, *, day=TOMORROW):
    return database.write_now(studies.try_plan, "H1", day, entries, by=city.manager, clock=clock)


@pytest.fixture
def crowded(database, city, clock):
    """A hall with history in which the second window serves B only."""
    database.write_now(
        live.apply_plan, city.hall, narrow(city), source="manual", by=city.manager, clock=clock
    )
    database.write_now(write_history, city)
    return database.read_now(hall_to_plan, city.hall, TOMORROW, before=TODAY)


def test_a_draft_that_helps_is_seen_to_help_and_who_gains(crowded, city) -> None:
    history, present = crowded
    trial = try_draft(history, present, all_serve_all(city))
    assert trial.difference.high < 0
    assert trial.draft.mean.low <= trial.draft.mean.value <= trial.draft.mean.high
    assert {queue.prefix: queue.verdict for queue in trial.queues}["A"] == "gains"
    assert [stress.difference.high < 0 for stress in trial.stress] == [True, True]
    assert trial.stress[0].now_mean < trial.now.mean.value < trial.stress[1].now_mean
    assert trial.conflicts == ()


def test_the_plan_against_itself_makes_no_difference_at_all(crowded) -> None:
    history, present = crowded
    trial = try_draft(history, present, present.entries)
    assert (trial.difference.value, trial.difference.low, trial.difference.high) == (0, 0, 0)
    assert trial.days_better == 0
    assert {queue.verdict for queue in trial.queues} == {"same"}


def test_a_draft_and_its_reverse_are_mirror_images(crowded, city) -> None:
    history, present = crowded
    there = try_draft(history, present, all_serve_all(city))
    back = try_draft(history, type(present)(9, tuple(all_serve_all(city))), present.entries)
    assert there.difference.value == pytest.approx(-back.difference.value)
    assert (there.difference.low, there.difference.high) == pytest.approx(
        (-back.difference.high, -back.difference.low)
    )


def test_a_window_that_a_draft_closes_early_is_closed_and_costs_no_more_hours(crowded, city) -> None:
    """The plan counts on nobody after a window's last entry, although its clerk may go on."""
    history, present = crowded
    one, two, three = city.windows
    early = [
        PlanEntry(one, city.queue_a, False, 0, 1440), PlanEntry(two, city.queue_b, False, 0, 1440),
        PlanEntry(three, city.queue_b, False, 0, 720),
    ]  # fmt: skip
    trial = try_draft(history, present, early)
    closing = history.sessions[-1][1]
    assert trial.now.window_hours - trial.draft.window_hours == pytest.approx((closing - 720) / 60)
    assert [window.draft_open < window.now_open for window in trial.windows] == [False, False, True]


def test_the_same_question_has_the_same_answer(crowded, city) -> None:
    history, present = crowded
    assert trial_json(try_draft(history, present, narrow(city)[:2])) == trial_json(
        try_draft(history, present, narrow(city)[:2])
    )


def test_rules_that_the_draft_breaks_are_named_with_their_time(crowded, city) -> None:
    history, present = crowded
    one, two, _ = city.windows
    until_noon = [
        PlanEntry(one, city.queue_a, False, 0, 1440), PlanEntry(two, city.queue_b, False, 0, 720),
        PlanEntry(two, city.queue_a, False, 720, 1440),
    ]  # fmt: skip
    trial = try_draft(history, present, until_noon)
    broken = {(found.rule.value, found.subject, block.from_minute >= 720) for found, block in trial.conflicts}
    assert broken == {("coverage", "B", True)}


def test_too_short_a_history_is_said(database, city, clock) -> None:
    history, present = database.read_now(hall_to_plan, city.hall, TOMORROW, before=TODAY)
    with pytest.raises(HistoryTooShort):
        try_draft(history, present, narrow(city))


def test_a_newer_question_takes_the_place_of_one_that_waits(database, city, clock) -> None:
    first, second = (ask(database, city, clock, narrow(city)) for _ in range(2))
    dropped = database.read_now(studies.study_view, first.study.id, by=city.manager)
    assert dropped.status is StudyStatus.DROPPED
    job = database.write_now(jobs.claim, now=clock.now())
    assert (job.name, job.args["study_id"]) == ("try_window_plan", str(second.study.id))
    assert database.write_now(jobs.claim, now=clock.now()) is None
    late = {"study_id": str(first.study.id)}
    database.write_now(studies.answered, late, {"reason": "history_too_short"}, clock=clock)
    assert database.read_now(studies.study_view, first.study.id, by=city.manager).status == "dropped"


def test_an_answer_is_kept_and_a_failed_job_is_a_failed_study(database, city, clock, crowded) -> None:
    view = ask(database, city, clock, all_serve_all(city))
    history, present = crowded
    answer = {**trial_json(try_draft(history, present, all_serve_all(city))), "base_version": 2}
    answer["history"] = {"days_used": 24, "tickets_used": 1, "rows_left_out": {}, "days_left_out": []}
    database.write_now(studies.answered, {"study_id": str(view.study.id)}, answer, clock=clock)
    shown = TrialStudyOut.of(database.read_now(studies.study_view, view.study.id, by=city.manager))
    assert (shown.status, shown.answer.difference.high < 0) == ("answered", True)
    assert "entries" not in shown.question

    failing = ask(database, city, clock, narrow(city))
    for _ in range(jobs.ATTEMPTS):
        job = database.write_now(jobs.claim, now=clock.now())
        if job.args["study_id"] != str(failing.study.id):
            job = database.write_now(jobs.claim, now=clock.now())
        database.write_now(jobs.fail, job, "the worker died", now=clock.now())
        clock.advance(timedelta(minutes=10))
    assert database.read_now(studies.study_view, failing.study.id, by=city.manager).status == "failed"


@pytest.mark.parametrize(
    ("day", "refusal"), [(date(2026, 11, 17), DayHasPassed), (date(2026, 11, 21), ClosedOnThatDay)]
)
def test_days_that_cannot_be_tried_are_refused(sqlite_database, sqlite_city, clock, day, refusal) -> None:
    with pytest.raises(refusal):
        ask(sqlite_database, sqlite_city, clock, narrow(sqlite_city), day=day)


def test_a_draft_that_does_not_fit_the_hall_is_refused(sqlite_database, sqlite_city, clock) -> None:
    wrong = [PlanEntry(sqlite_city.windows[2], sqlite_city.queue_a, False, 0, 1440)]
    with pytest.raises(NotServedHere):
        ask(sqlite_database, sqlite_city, clock, wrong)
    with pytest.raises(StudyNotFound):
        sqlite_database.read_now(studies.study_view, StudyId(uuid7()), by=sqlite_city.manager)


def test_every_ending_of_a_study_can_be_reached_and_is_an_ending() -> None:
    assert set(STUDY_TRANSITIONS.values()) | {StudyStatus.COMPUTING} == set(StudyStatus)
    assert {action for _, action in STUDY_TRANSITIONS} == set(StudyAction)
    assert {status for status, _ in STUDY_TRANSITIONS} == {StudyStatus.COMPUTING}
    assert set(studies.JOBS) == set(StudyKind)


async def test_a_manager_tries_a_draft_over_http_and_a_clerk_does_not(client, city) -> None:
    body = {
        "for_day": "2026-11-19",
        "entries": [
            {
                "window_id": str(entry.window_id), "queue_id": str(entry.queue_id),
                "from_minute": 0, "to_minute": 1440,
            }
            for entry in narrow(city)
        ],
    }  # fmt: skip
    asked = await client.post("/api/v1/halls/H1/trials", json=body, headers=bearer(city.tokens["manager"]))
    assert (asked.status_code, asked.json()["status"]) == (200, "computing")
    look = await client.get(f"/api/v1/trials/{asked.json()['id']}", headers=bearer(city.tokens["supervisor"]))
    assert look.json()["answer"] is None
    refused = await client.post("/api/v1/halls/H1/trials", json=body, headers=bearer(city.tokens["clerk1"]))
    assert (refused.status_code, refused.json()["code"]) == (403, "wrong-role")


def test_a_trial_does_not_wait_behind_a_proposal(database, city, clock) -> None:
    database.write_now(service.request_proposal, "H1", TOMORROW, by=city.manager, clock=clock)
    clock.advance(timedelta(seconds=1))
    ask(database, city, clock, narrow(city))
    long = database.write_now(jobs.claim, now=clock.now(), but=QUICK_JOBS)
    assert long.name == service.JOB
    assert database.write_now(jobs.claim, now=clock.now(), but=QUICK_JOBS) is None
    quick = database.write_now(jobs.claim, now=clock.now(), only=QUICK_JOBS)
    assert quick.name == "try_window_plan"
