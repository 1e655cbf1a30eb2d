"""A plan that was made under other rules of the hall than it has now is not applied, in both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, insert, update

from kernel import jobs
from kernel.tables import ClosureRow
from queueing.plans import service, studies
from queueing.plans.errors import RulesChangedMeanwhile
from queueing.plans.jobs import plan_for
from queueing.plans.lifecycle import ProposalStatus
from queueing.plans.rules_now import rules_on
from queueing.plans.search import Budget
from queueing.plans.store import plain_entry
from queueing.plans.study_jobs import week_answer
from queueing.window_tables import ClerkHoursRow, ClerkSkillRow, WindowEquipmentRow, WindowRow
from tests.support.proposals import TOMORROW, all_serve_all, ask, found, look, plan_now, write_history

TODAY = date(2026, 11, 18)
_windows, _equipment = WindowRow.__table__, WindowEquipmentRow.__table__

CHANGES: dict[str, Callable[[Any], Any]] = {
    "skill": lambda city: insert(ClerkSkillRow.__table__).values(
        staff_id=city.clerks[0].id, queue_id=city.queue_b
    ),
    "shift": lambda city: insert(ClerkHoursRow.__table__).values(
        staff_id=city.clerks[0].id, from_minute=600, to_minute=900, break_minutes=0
    ),
    "list limit": lambda city: update(_windows).where(_windows.c.id == city.windows[0]).values(list_limit=1),
    "equipment": lambda city: delete(_equipment).where(
        _equipment.c.window_id == city.windows[1], _equipment.c.queue_id == city.queue_b
    ),
    "hours": lambda city: insert(ClosureRow.__table__).values(
        hall_id=city.hall, day=TOMORROW, opens_as_weekday=5, reason_zh="", reason_en=""
    ),
}


def change(database, statement):
    database.write_now(lambda session: session.execute(statement) and None)


def shown_under(database, city, clock, rules):
    view = ask(database, city, clock)
    result = found(city)
    result["effect"] |= {"rules": rules}
    database.write_now(service.proposal_done, {"proposal_id": str(view.proposal.id)}, result, clock=clock)
    return view.proposal.id


@pytest.mark.parametrize("what", CHANGES)
def test_a_proposal_made_under_other_rules_is_not_accepted(database, city, clock, what) -> None:
    rules = database.read_now(rules_on, city.hall, TOMORROW)
    proposal_id = shown_under(database, city, clock, rules)
    change(database, CHANGES[what](city))
    with pytest.raises(RulesChangedMeanwhile):
        database.write_now(service.accept, proposal_id, by=city.manager, clock=clock)
    assert plan_now(database, city, clock).version == 1
    seen = look(database, city, proposal_id)
    assert (seen.status, seen.rules_changed) == (ProposalStatus.SHOWN, True), "it says so before"


def test_under_the_rules_it_was_made_under_a_proposal_is_accepted(database, city, clock) -> None:
    rules = database.read_now(rules_on, city.hall, TOMORROW)
    proposal_id = shown_under(database, city, clock, rules)
    change(database, update(_windows).values(clerk_id=city.clerks[0].id))  # who sits where is no rule
    change(database, CHANGES["hours"](city).values(day=date(2026, 11, 20)))  # of another day
    assert not look(database, city, proposal_id).rules_changed
    database.write_now(service.accept, proposal_id, by=city.manager, clock=clock)
    assert plan_now(database, city, clock).version == 2


def test_the_worker_says_under_which_rules_it_planned(sqlite_database, sqlite_city, clock) -> None:
    sqlite_database.write_now(write_history, sqlite_city)
    rules = sqlite_database.read_now(rules_on, sqlite_city.hall, TOMORROW)
    made = plan_for(sqlite_database, sqlite_city.hall, TOMORROW, today=TODAY, budget=Budget(10, None))
    assert made["effect"]["rules"] == rules
    args = {"hall_id": str(sqlite_city.hall), "days": [TOMORROW.isoformat()], "today": TODAY.isoformat()}
    quick = {"common": Budget(10, None), "own": Budget(5, None)}
    week = week_answer(sqlite_database, args, progress=lambda _: None, **quick)
    assert [day["rules"] for day in week["days"]] == [rules]


def test_a_week_is_not_accepted_under_other_rules(database, city, clock) -> None:
    view = database.write_now(studies.ask_week, "H1", TODAY, by=city.manager, clock=clock)
    job = database.write_now(jobs.claim, now=clock.now())
    rules = {day: database.read_now(rules_on, city.hall, date.fromisoformat(day)) for day in job.args["days"]}
    planned = [
        {
            **{"day": day, "kind": "common", "reason": "", "base_version": 1, "trial": None},
            **{"entries": [plain_entry(entry) for entry in all_serve_all(city)], "rules": rules[day]},
        }
        for day in job.args["days"]
    ]
    database.write_now(studies.answered, job.args, {"days": planned}, clock=clock)
    change(database, CHANGES["skill"](city))
    with pytest.raises(RulesChangedMeanwhile):
        database.write_now(studies.accept_week, view.study.id, [TOMORROW], by=city.manager, clock=clock)
    assert plan_now(database, city, clock).version == 1
    change(database, delete(ClerkSkillRow.__table__))
    database.write_now(studies.accept_week, view.study.id, [TOMORROW], by=city.manager, clock=clock)
