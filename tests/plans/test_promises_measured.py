"""An accepted plan is measured on the days that really came: kept, not kept, too early, not comparable."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from kernel import jobs
from kernel.clock import ManualClock
from kernel.database import Database
from queueing import service
from queueing.plans import store as proposal_store
from queueing.plans.judge import Judgement, QueueEffect, Waits
from queueing.plans.lifecycle import ProposalStatus
from queueing.plans.promise import kept_json, measure, verdict_of
from queueing.plans.promise_reading import to_measure
from queueing.plans.schemas import MeasuredOut
from queueing.plans.service import accept, measure_accepted, proposal_measured
from queueing.plans.store import plain_entry
from queueing.plans.tables import ProposalRow
from queueing.rules.windows import PlanEntry
from queueing.window_tables import WindowEquipmentRow
from tests.support.past_days import add_days, workdays

PROMISED = {"mean": -5.0, "low": -7.0, "high": -3.0}


def judged(difference: float, half: float, days: int = 5) -> Judgement:
    waits = Waits(10.0, 25.0, 0.1, 40.0)
    queue = QueueEffect("A", 100, 10.0, 10.0 + difference, 25.0, 20.0)
    return Judgement(
        tuple(date(2026, 11, 2) + timedelta(days=n) for n in range(days)), 500, waits,
        replace(waits, mean=10.0 + difference), difference, difference - half, difference + half,
        difference, difference - half, difference + half, days,
        (queue,), (), (0.0,),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("difference", "half", "days", "finished", "verdict"),
    [
        (-5.0, 1.0, 5, False, "kept"),
        (-4.0, 2.0, 5, True, "kept"),
        (-1.0, 0.5, 5, False, "not_kept"),  # surely less than the least that was promised
        (2.0, 1.0, 5, True, "not_kept"),
        (-3.0, 4.0, 5, False, "too_early"),
        (-3.0, 4.0, 5, True, "not_kept"),
        (-5.0, 1.0, 2, False, "too_early"),
        (-5.0, 1.0, 2, True, "not_comparable"),
    ],
)
def test_the_verdict_follows_from_both_intervals(
    difference: float, half: float, days: int, finished: bool, verdict: str
) -> None:
    lived = 10.0 + difference  # people waited as they were to
    found = verdict_of(judged(difference, half, days), PROMISED, finished=finished, observed_mean=lived)
    assert found == verdict


@pytest.mark.parametrize(("observed", "verdict"), [(5.2, "kept"), (7.4, "kept"), (7.6, "not_seen")])
def test_a_gain_that_is_played_but_not_seen_in_real_waits_is_not_called_kept(
    observed: float, verdict: str
) -> None:
    played = judged(-5.0, 1.0)  # from 10 to 5 minutes
    assert verdict_of(played, PROMISED, finished=True, observed_mean=observed) == verdict


# --- on the databases -----------------------------------------------------------------------------------


@pytest.fixture
def accepted(database: Database, city: Any, clock: ManualClock) -> Any:
    """A plan in which window 3 helps A, promised to save some minutes, accepted on Wednesday morning."""
    row = {"window_id": city.windows[2], "queue_id": city.queue_a}
    table = WindowEquipmentRow.__table__  # type: ignore[attr-defined]
    database.write_now(lambda session: session.execute(insert(table).values(row)))
    before = database.read_now(service.plan_of, city.hall, now=clock.now())
    entries = [*before.entries, PlanEntry(city.windows[2], city.queue_a, True, 510, 1050)]
    proposal_id = proposal_store.new_proposal_id()
    values = {
        "id": proposal_id, "hall_id": city.hall, "for_day": clock.now().date(), "status": "shown",
        "base_version": before.version, "created_at": clock.now(), "reason": "",
        "plan": [plain_entry(entry) for entry in entries],
        "effect": {"difference": {"mean": -8.0, "low": -30.0, "high": -0.5}},
    }  # fmt: skip
    proposals = ProposalRow.__table__  # type: ignore[attr-defined]
    database.write_now(lambda session: session.execute(insert(proposals).values(values)))
    database.write_now(add_days, city, workdays(date(2026, 10, 12), 25))
    database.write_now(accept, proposal_id, by=city.manager, clock=clock)
    return proposal_id


def later(database: Database, clock: ManualClock, days: float) -> None:
    clock.advance(timedelta(days=days))


def found(database: Database, proposal_id: Any, clock: ManualClock) -> Any:
    return database.read_now(to_measure, proposal_id, now=clock.now())


def kept(found: Any) -> Any:
    return measure(
        found.history, found.days, found.before, found.planned, found.promised,
        finished=found.finished, seed=1, one_day=found.one_day,
    )  # fmt: skip


@pytest.mark.slow
def test_a_week_later_the_plan_is_judged_on_the_days_since_and_kept(
    database: Database, city: Any, accepted: Any, clock: ManualClock
) -> None:
    since = workdays(date(2026, 11, 19), 5)
    database.write_now(add_days, city, since)
    later(database, clock, 8.0)
    what = found(database, accepted, clock)
    assert [day.day for day in what.days] == since  # the day of acceptance was not whole
    assert what.finished
    result = kept(what)
    assert result.verdict == "kept"
    assert result.judged.difference < -0.5
    told = MeasuredOut.model_validate(kept_json(result))
    assert told.observed_mean == pytest.approx(result.observed[""][0])
    assert told.tickets == 650


@pytest.mark.slow
def test_where_people_went_on_waiting_as_before_the_gain_is_not_seen(
    database: Database, city: Any, accepted: Any, clock: ManualClock
) -> None:
    database.write_now(add_days, city, workdays(date(2026, 11, 19), 5), waited=45.0)
    later(database, clock, 8.0)
    result = kept(found(database, accepted, clock))
    assert result.judged.difference < -0.5
    assert result.verdict == "not_seen"


@pytest.mark.slow
def test_the_day_after_it_is_too_early(
    database: Database, city: Any, accepted: Any, clock: ManualClock
) -> None:
    database.write_now(add_days, city, [date(2026, 11, 19)])
    later(database, clock, 2.0)
    what = found(database, accepted, clock)
    assert not what.finished
    assert kept(what).verdict == "too_early"


@pytest.mark.slow
def test_days_on_which_another_plan_held_are_not_counted(
    database: Database, city: Any, accepted: Any, clock: ManualClock
) -> None:
    database.write_now(add_days, city, workdays(date(2026, 11, 19), 2))
    entries = [PlanEntry(window, city.queue_b, False, 510, 1050) for window in city.windows[1:]]
    entries.append(PlanEntry(city.windows[0], city.queue_a, False, 510, 1050))
    database.write_now(service.apply_plan, city.hall, entries, source="manual", by=city.manager, clock=clock)
    later(database, clock, 4.0)
    what = found(database, accepted, clock)
    assert (what.days, what.finished) == ((), True)
    assert kept(what).verdict == "not_comparable"


def test_every_night_accepted_plans_are_measured_until_the_verdict_is_final(
    database: Database, city: Any, accepted: Any, clock: ManualClock
) -> None:
    assert database.write_now(measure_accepted, city.hall, now=clock.now()) == 1
    job = database.write_now(jobs.claim, now=clock.now())
    assert job is not None
    assert (job.name, job.args) == ("measure_proposal", {"proposal_id": str(accepted)})
    told: dict[str, Any] = {"verdict": "kept", "days": [], "difference": None, "queues": [], "final": True}
    database.write_now(proposal_measured, job.args, told, clock=clock)
    stored = database.read_now(proposal_store.proposal, accepted)
    assert stored.status is ProposalStatus.ACCEPTED
    assert stored.effect["measured"]["verdict"] == "kept"
    assert stored.effect["difference"]["mean"] == -8.0  # the promise itself is never touched
    assert database.write_now(measure_accepted, city.hall, now=clock.now()) == 0


def test_what_was_never_accepted_is_not_measured(
    database: Database, city: Any, accepted: Any, clock: ManualClock
) -> None:
    proposals = ProposalRow.__table__  # type: ignore[attr-defined]
    database.write_now(
        lambda session: session.execute(update(proposals).values(status="declined", effect={}))
    )
    assert found(database, accepted, clock) is None
    assert database.write_now(measure_accepted, city.hall, now=clock.now()) == 0
