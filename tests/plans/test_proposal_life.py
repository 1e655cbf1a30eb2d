"""The life of a proposal in both databases: asked for, shown, accepted, declined, taken back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from kernel import catalogue, jobs
from kernel.errors import Refusal
from kernel.identity import WrongHall
from kernel.work_tables import JobRow, OutboxRow
from queueing import plan_history
from queueing import service as live
from queueing.errors import PlanChangedMeanwhile, TimeHasPassed
from queueing.plans import export, service
from queueing.plans.errors import (
    ClosedOnThatDay,
    DayHasPassed,
    ProposalNotFound,
    ProposalNotOpen,
    ProposalUnderway,
    ReasonMissing,
)
from queueing.plans.lifecycle import PROPOSAL_TRANSITIONS, ProposalAction, ProposalStatus
from queueing.plans.promise_reading import to_measure
from queueing.plans.store import new_proposal_id
from queueing.service import apply_due_plans
from tests.conftest import bearer
from tests.support.proposals import ask, found, look, plan_now, planned, shown


def test_asking_enqueues_one_job_and_shows_how_far_it_is(database, city, clock) -> None:
    view = ask(database, city, clock)
    assert (view.status, view.progress) == (ProposalStatus.COMPUTING, 0.0)
    job = database.write_now(jobs.claim, now=clock.now())
    assert (job.name, job.args["for_day"], job.args["today"]) == (service.JOB, "2026-11-19", "2026-11-18")
    database.write_now(jobs.note_progress, job.id, 0.5)
    assert look(database, city, view.proposal.id).progress == 0.5
    with pytest.raises(ProposalUnderway):
        ask(database, city, clock)


def test_what_was_found_so_far_is_shown_and_a_stop_reaches_the_job(database, city, clock) -> None:
    view = ask(database, city, clock)
    job = database.write_now(jobs.claim, now=clock.now())
    database.write_now(jobs.note_progress, job.id, 0.5, {"now": 12.0, "best": 8.0})
    seen = look(database, city, view.proposal.id)
    assert (seen.so_far, seen.stopping) == ({"now": 12.0, "best": 8.0}, False)
    assert not database.read_now(jobs.stop_asked, job.id)
    for _ in range(2):  # asked twice it is one stop
        stopping = database.write_now(service.stop, view.proposal.id, by=city.manager, clock=clock)
        assert (stopping.status, stopping.stopping) == (ProposalStatus.COMPUTING, True)
    assert database.read_now(jobs.stop_asked, job.id)
    args = {"proposal_id": str(view.proposal.id)}
    database.write_now(service.proposal_done, args, found(city), clock=clock)
    assert look(database, city, view.proposal.id).status is ProposalStatus.SHOWN


def test_a_proposal_names_the_weekdays_on_which_it_would_hold(database, city, clock) -> None:
    proposal_id = shown(database, city, clock)  # asked for a Thursday
    opened = tuple(sorted(database.read_now(catalogue.calendar, city.hall).hours))
    assert look(database, city, proposal_id).weekdays == opened
    monday, *others = opened
    database.write_now(
        live.apply_plan, city.hall, planned(city)[:1],
        source="manual", by=city.manager, clock=clock, weekday=monday, only_weekday=True,
    )  # fmt: skip
    assert look(database, city, proposal_id).weekdays == tuple(others)
    database.write_now(service.accept, proposal_id, by=city.manager, clock=clock)
    assert look(database, city, proposal_id).weekdays == ()  # it holds; the history says where
    held = database.read_now(plan_history.versions, "H1", by=city.manager)
    assert [own.holds_on for own in held if own.version.source == "proposal"] == [tuple(others)]


def test_only_what_is_being_computed_can_be_stopped(database, city, clock) -> None:
    proposal_id = shown(database, city, clock)
    with pytest.raises(ProposalNotOpen):
        database.write_now(service.stop, proposal_id, by=city.manager, clock=clock)
    with pytest.raises(Refusal):
        database.write_now(service.stop, proposal_id, by=city.clerks[0], clock=clock)


def test_a_proposal_whose_job_failed_for_good_has_failed_and_another_may_be_asked_for(
    database, city, clock
) -> None:
    view = ask(database, city, clock)
    for _ in range(jobs.ATTEMPTS):
        job = database.write_now(jobs.claim, now=clock.now())
        database.write_now(jobs.fail, job, "the worker died", now=clock.now())
        clock.advance(timedelta(minutes=10))
    assert look(database, city, view.proposal.id).status is ProposalStatus.FAILED
    assert ask(database, city, clock).status is ProposalStatus.COMPUTING


@pytest.mark.parametrize(
    ("day", "refusal"),
    [(date(2026, 11, 17), DayHasPassed), (date(2026, 11, 21), ClosedOnThatDay)],
    ids=["yesterday", "saturday"],
)
def test_days_that_cannot_be_planned_are_refused(database, city, clock, day, refusal) -> None:
    with pytest.raises(refusal):
        ask(database, city, clock, day=day)
    assert database.read_now(lambda session: session.execute(select(JobRow.__table__)).all()) == []


def test_accepting_lets_the_plan_hold_and_tells_the_boards(database, city, clock) -> None:
    proposal_id = shown(database, city, clock)
    view = database.write_now(service.accept, proposal_id, by=city.manager, clock=clock)
    assert view.status is ProposalStatus.ACCEPTED
    plan = plan_now(database, city, clock)
    assert (plan.version, set(plan.entries)) == (2, set(planned(city)))
    assert view.proposal.effect["applied_version"] == 2
    kinds = database.read_now(lambda session: session.scalars(select(OutboxRow.__table__.c.kind)).all())
    assert kinds == ["window_plan_applied"]


TOMORROW_MORNING = datetime(2026, 11, 19, 0, 30, tzinfo=UTC)


def test_a_proposal_accepted_for_a_time_holds_from_then_and_is_taken_back(database, city, clock) -> None:
    before = plan_now(database, city, clock)
    proposal_id = shown(database, city, clock)
    view = database.write_now(
        service.accept, proposal_id, by=city.manager, clock=clock, applies_at=TOMORROW_MORNING
    )
    assert view.status is ProposalStatus.ACCEPTED
    assert plan_now(database, city, clock) == before
    clock.advance(TOMORROW_MORNING - clock.now())
    database.write_now(apply_due_plans, city.hall, clock=clock)
    assert set(plan_now(database, city, clock).entries) == set(planned(city))
    database.write_now(service.rollback, proposal_id, by=city.manager, clock=clock)
    assert set(plan_now(database, city, clock).entries) == set(before.entries)


def test_a_proposal_that_still_waits_for_its_time_is_called_off(database, city, clock) -> None:
    before = plan_now(database, city, clock)
    proposal_id = shown(database, city, clock)
    database.write_now(service.accept, proposal_id, by=city.manager, clock=clock, applies_at=TOMORROW_MORNING)
    assert database.read_now(to_measure, proposal_id, now=clock.now()) is None
    view = database.write_now(service.rollback, proposal_id, by=city.manager, clock=clock)
    assert view.status is ProposalStatus.ROLLED_BACK
    clock.advance(TOMORROW_MORNING - clock.now())
    assert database.write_now(apply_due_plans, city.hall, clock=clock) == []
    assert plan_now(database, city, clock) == before


def test_a_time_that_is_over_is_refused_and_the_proposal_stays_open(database, city, clock) -> None:
    proposal_id = shown(database, city, clock)
    past = clock.now() - timedelta(minutes=1)
    with pytest.raises(TimeHasPassed):
        database.write_now(service.accept, proposal_id, by=city.manager, clock=clock, applies_at=past)
    assert look(database, city, proposal_id).status is ProposalStatus.SHOWN


def test_a_plan_that_changed_meanwhile_is_not_overwritten(database, city, clock) -> None:
    proposal_id = shown(database, city, clock)
    now = plan_now(database, city, clock)
    assert not look(database, city, proposal_id).overtaken
    database.write_now(
        live.publish_plan, city.hall, now.entries, base_version=1, by=city.manager, clock=clock
    )
    with pytest.raises(PlanChangedMeanwhile):
        database.write_now(service.accept, proposal_id, by=city.manager, clock=clock)
    assert plan_now(database, city, clock).version == 2
    seen = look(database, city, proposal_id)
    assert (seen.status, seen.overtaken) == (ProposalStatus.SHOWN, True)


def test_taking_back_lets_the_replaced_plan_hold_again(database, city, clock) -> None:
    before = plan_now(database, city, clock)
    proposal_id = shown(database, city, clock)
    database.write_now(service.accept, proposal_id, by=city.manager, clock=clock)
    view = database.write_now(service.rollback, proposal_id, by=city.manager, clock=clock)
    after = plan_now(database, city, clock)
    assert view.status is ProposalStatus.ROLLED_BACK
    assert (after.version, set(after.entries)) == (3, set(before.entries))
    with pytest.raises(ProposalNotOpen):
        database.write_now(service.rollback, proposal_id, by=city.manager, clock=clock)


def test_a_later_plan_is_not_thrown_away_by_taking_back(database, city, clock) -> None:
    proposal_id = shown(database, city, clock)
    database.write_now(service.accept, proposal_id, by=city.manager, clock=clock)
    later = plan_now(database, city, clock)
    database.write_now(
        live.publish_plan, city.hall, later.entries, base_version=2, by=city.manager, clock=clock
    )
    with pytest.raises(PlanChangedMeanwhile):
        database.write_now(service.rollback, proposal_id, by=city.manager, clock=clock)


def test_declining_keeps_the_reason_and_the_plan(database, city, clock) -> None:
    proposal_id = shown(database, city, clock)
    with pytest.raises(ReasonMissing):
        database.write_now(service.decline, proposal_id, reason="  ", by=city.manager, clock=clock)
    view = database.write_now(
        service.decline, proposal_id, reason="窗口三在装修", by=city.manager, clock=clock
    )
    assert (view.status, view.proposal.reason) == (ProposalStatus.DECLINED, "窗口三在装修")
    assert plan_now(database, city, clock).version == 1
    with pytest.raises(ProposalNotOpen):
        database.write_now(service.accept, proposal_id, by=city.manager, clock=clock)


@pytest.mark.parametrize("status", ["no_gain", "failed"])
def test_what_is_no_gain_is_explained_but_cannot_be_accepted(database, city, clock, status) -> None:
    view = ask(database, city, clock)
    args = {"proposal_id": str(view.proposal.id)}
    database.write_now(service.proposal_done, args, found(city, status), clock=clock)
    assert look(database, city, view.proposal.id).status == status
    with pytest.raises(ProposalNotOpen):
        database.write_now(service.accept, view.proposal.id, by=city.manager, clock=clock)
    assert plan_now(database, city, clock).version == 1


def test_a_result_that_comes_late_does_not_undo_a_decision(database, city, clock) -> None:
    proposal_id = shown(database, city, clock)
    database.write_now(service.accept, proposal_id, by=city.manager, clock=clock)
    args = {"proposal_id": str(proposal_id)}
    database.write_now(service.proposal_done, args, found(city, "no_gain"), clock=clock)
    assert look(database, city, proposal_id).status is ProposalStatus.ACCEPTED


def test_a_manager_of_another_hall_may_neither_look_nor_decide(database, city, clock) -> None:
    proposal_id = shown(database, city, clock)
    with pytest.raises(WrongHall):
        database.write_now(service.accept, proposal_id, by=city.other_clerk, clock=clock)
    with pytest.raises(WrongHall):
        database.read_now(service.proposal_view, proposal_id, by=city.other_clerk)
    assert database.read_now(service.proposal_view, proposal_id, by=city.supervisor).status == "shown"


def test_an_unknown_proposal_is_not_found(sqlite_database, sqlite_city) -> None:
    with pytest.raises(ProposalNotFound):
        sqlite_database.read_now(service.proposal_view, new_proposal_id(), by=sqlite_city.manager)


def test_every_ending_of_a_proposal_can_be_reached_and_is_an_ending() -> None:
    reached = set(PROPOSAL_TRANSITIONS.values()) | {ProposalStatus.COMPUTING}
    assert reached == set(ProposalStatus)
    assert {action for _, action in PROPOSAL_TRANSITIONS} == set(ProposalAction)
    going_on = {status for status, _ in PROPOSAL_TRANSITIONS}
    assert set(ProposalStatus) - going_on == {
        ProposalStatus.NO_GAIN, ProposalStatus.FAILED, ProposalStatus.DECLINED, ProposalStatus.ROLLED_BACK,
    }  # fmt: skip


def test_the_plan_can_be_read_as_a_table(sqlite_database, sqlite_city, clock) -> None:
    proposal_id = shown(sqlite_database, sqlite_city, clock)
    text = sqlite_database.read_now(export.proposal_csv, proposal_id, by=sqlite_city.manager)
    assert text.splitlines() == [
        "\ufeffwindow,from,to,primary,helping", "1,08:30,17:30,A,", "2,08:30,17:30,A,B", "3,08:30,17:30,B,",
    ]  # fmt: skip


async def test_a_manager_asks_looks_and_accepts_over_http(client, parts, city, clock) -> None:
    manager = city.tokens["manager"]
    wish = {"for_day": "2026-11-19", "spare_every_queue": True}
    asked = await client.post("/api/v1/halls/H1/proposals", json=wish, headers=bearer(manager))
    assert (asked.status_code, asked.json()["status"]) == (200, "computing")
    assert (await parts.database.write(jobs.claim, now=clock.now())).args["spare_every_queue"] is True
    proposal_id = asked.json()["id"]
    stopped = await client.post(f"/api/v1/proposals/{proposal_id}/stop", headers=bearer(manager))
    assert (stopped.status_code, stopped.json()["stopping"]) == (200, True)
    await parts.database.write(service.proposal_done, {"proposal_id": proposal_id}, found(city), clock=clock)
    listed = await client.get("/api/v1/halls/H1/proposals", headers=bearer(manager))
    assert [one["status"] for one in listed.json()["proposals"]] == ["shown"]
    key = "once"
    for _ in range(2):
        accepted = await client.post(
            f"/api/v1/proposals/{proposal_id}/accept", headers=bearer(manager, key=key)
        )
        assert (accepted.status_code, accepted.json()["status"]) == (200, "accepted")
    table = await client.get(f"/api/v1/proposals/{proposal_id}/plan.csv", headers=bearer(manager))
    assert table.headers["content-type"].startswith("text/csv")
    again = await client.post(f"/api/v1/proposals/{proposal_id}/accept", headers=bearer(manager))
    assert (again.status_code, again.json()["code"]) == (409, "proposal-not-open")


async def test_clerks_do_not_decide_on_plans(sqlite_client, sqlite_city) -> None:
    refused = await sqlite_client.post(
        "/api/v1/halls/H1/proposals",
        json={"for_day": "2026-11-19"},
        headers=bearer(sqlite_city.tokens["clerk1"]),
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "wrong-role")


def test_refusals_of_proposals_have_stable_codes() -> None:
    refusals = (
        ProposalNotFound,
        ProposalNotOpen,
        ProposalUnderway,
        DayHasPassed,
        ClosedOnThatDay,
        ReasonMissing,
    )
    assert all(issubclass(refusal, Refusal) and refusal.code != Refusal.code for refusal in refusals)
