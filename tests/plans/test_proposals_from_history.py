"""From stored facts to a proposal, in both databases and on the command line."""

from __future__ import annotations

import re
from datetime import date

import pytest

from kernel import jobs
from queueing import service as live
from queueing.plans import service
from queueing.plans.command import optimize_hall
from queueing.plans.errors import ClosedOnThatDay, DayHasPassed
from queueing.plans.jobs import plan_for
from queueing.plans.lifecycle import ProposalStatus
from queueing.plans.search import Budget
from queueing.plans.staffing_command import staffing_text
from queueing.rules.windows import PlanEntry
from tests.support.proposals import TOMORROW, ask, look, plan_now, write_history


def test_from_stored_facts_to_an_accepted_plan(database, city, clock) -> None:
    """The second window serves B only, for which few come; A's citizens wait for the first one."""
    one, two, three = city.windows
    narrow = [(one, city.queue_a), (two, city.queue_b), (three, city.queue_b)]
    entries = [PlanEntry(window, queue, False, 0, 1440) for window, queue in narrow]
    database.write_now(live.apply_plan, city.hall, entries, source="manual", by=city.manager, clock=clock)
    database.write_now(write_history, city)
    view = ask(database, city, clock)
    job = database.write_now(jobs.claim, now=clock.now())
    result = plan_for(database, city.hall, TOMORROW, today=date(2026, 11, 18), budget=Budget(60, None))
    database.write_now(service.proposal_done, job.args, result, clock=clock)
    effect = look(database, city, view.proposal.id).proposal.effect
    assert look(database, city, view.proposal.id).status is ProposalStatus.SHOWN, effect["reason"]
    assert effect["difference"]["high"] < 0
    assert effect["history"]["days_used"] == 24
    database.write_now(service.accept, view.proposal.id, by=city.manager, clock=clock)
    accepted = plan_now(database, city, clock)
    served = {(entry.window_id, entry.queue_id) for entry in accepted.entries}
    assert (city.windows[1], city.queue_a) in served
    assert accepted.version == 3


def test_a_hall_without_history_says_so(sqlite_database, sqlite_city, clock) -> None:
    text = optimize_hall(sqlite_database, "H1", TOMORROW, clock=clock)
    assert text.splitlines() == [
        "H1 2026-11-19: failed, fewer than eight days of history can be used", "History: 0 days, 0 tickets",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "refusal"), [(date(2026, 11, 22), ClosedOnThatDay), (date(2026, 11, 17), DayHasPassed)]
)
def test_the_command_line_plans_no_day_that_is_closed_or_over(
    sqlite_database, sqlite_city, clock, day, refusal
) -> None:
    """Both were told that their history is too short, which no history would have helped."""
    with pytest.raises(refusal):
        optimize_hall(sqlite_database, "H1", day, clock=clock)
    with pytest.raises(refusal):
        staffing_text(sqlite_database, "H1", day, target_minutes=15, share=0.9, clock=clock)


def test_the_command_line_tells_what_the_page_tells(sqlite_database, sqlite_city, clock) -> None:
    sqlite_database.write_now(write_history, sqlite_city)
    text = optimize_hall(sqlite_database, "H1", TOMORROW, clock=clock, seconds=None, evaluations=40)
    again = optimize_hall(sqlite_database, "H1", TOMORROW, clock=clock, seconds=None, evaluations=40)
    spared = optimize_hall(
        sqlite_database, "H1", TOMORROW,
        clock=clock, seconds=None, evaluations=40, spare_every_queue=True,
    )  # fmt: skip
    assert "no queue was let wait clearly longer" in spared
    assert "no queue was let wait clearly longer" not in text
    assert text == again
    assert "Judged on 6 unseen days" in text
    assert "History: 24 days" in text


def test_the_command_line_says_when_each_list_begins_and_how_the_search_ended(
    sqlite_database, sqlite_city, clock
) -> None:
    sqlite_database.write_now(write_history, sqlite_city)
    narrow = [(window, sqlite_city.queue_b) for window in sqlite_city.windows[1:]]
    entries = [
        PlanEntry(window, queue, False, 0, 1440)
        for window, queue in [(sqlite_city.windows[0], sqlite_city.queue_a), *narrow]
    ]
    sqlite_database.write_now(
        live.apply_plan, sqlite_city.hall, entries, source="manual", by=sqlite_city.manager, clock=clock
    )
    heard: list[float] = []
    text = optimize_hall(
        sqlite_database, "H1", TOMORROW, clock=clock, seconds=None, evaluations=1_000_000,
        watch=lambda so_far: heard.append(so_far.best), stopped=lambda: len(heard) > 1,
    )  # fmt: skip
    assert "now      08:30 B\n" in text
    assert re.search(r"planned  08:30 \S+(, \d\d:\d\d \S+)*\n", text)
    assert "Search: stopped by hand after" in text
