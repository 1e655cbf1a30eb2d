"""Plans for the rest of a day: from the live hall, by the same rules, applied at a time, gone tomorrow."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from kernel.clock import ManualClock
from kernel.database import Database
from kernel.errors import Refusal
from kernel.ids import QueueId, WindowId
from kernel.secrets import Vault
from queueing import service
from queueing.engine import HallModel, Plan, PlanEntry, QueueModel, exponential
from queueing.engine.arrays import plan_arrays
from queueing.engine.forward import BusyWindow, LiveState, WaitingTicket, run_forward
from queueing.engine.futures import Futures
from queueing.errors import PlanChangedMeanwhile, TimeHasPassed
from queueing.plans.chain import anneal
from queueing.plans.effect import replan_json
from queueing.plans.errors import DayHasPassed, ProposalNotOpen, ProposalUnderway
from queueing.plans.intraday import HallNow, blocks_from, pays_too_much, replan
from queueing.plans.intraday_search import RestOfDay
from queueing.plans.judge import QueueEffect
from queueing.plans.lifecycle import ProposalStatus
from queueing.plans.live_reading import hall_now
from queueing.plans.rules import PlanQueue, PlanWindow, violations
from queueing.plans.service import accept, decline, proposal_done, request_replan, rollback
from queueing.plans.tables import ProposalRow
from queueing.plans.warm import warm
from queueing.rules.day_plans import between
from queueing.rules.windows import PlanEntry as DayEntry
from queueing.rules.windows import served_at
from queueing.store import plan_of
from queueing.window_tables import WindowEquipmentRow
from tests.support.walk_ins import walk_in

A, B = QueueId(UUID(int=1)), QueueId(UUID(int=2))
WINDOWS = tuple(WindowId(UUID(int=10 + number)) for number in range(3))
SESSIONS = ((510, 1020),)


def crowded_hall(now: float = 600.0, waiting: int = 14) -> HallNow:
    """Everybody waits in A, which only window 1 serves; windows 2 and 3 serve B, where nobody comes."""
    model = HallModel(
        queues=(
            QueueModel("A", walk_ins_per_interval=(3.0,) * 34, service=exponential(8.0)),
            QueueModel("B", walk_ins_per_interval=(0.02,) * 34, service=exponential(8.0)),
        ),
        windows=("1", "2", "3"),
        sessions=SESSIONS,
    )
    lists = ((0, 0), (1, 1), (2, 1))
    entries = tuple(DayEntry(WINDOWS[w], (A, B)[q], False, 510, 1020) for w, q in lists)
    return HallNow(
        model=model,
        plan=Plan(tuple(PlanEntry(w, q, 510, 1020) for w, q in lists)),
        live=LiveState(
            now,
            tuple(WaitingTicket(0, now - waiting + n, now - waiting + n) for n in range(waiting)),
            (BusyWindow(0, 0, now - 3), BusyWindow(1, 1, now - 5)),
        ),
        queues=(PlanQueue(A, "A"), PlanQueue(B, "B")),
        windows=tuple(PlanWindow(own, str(n + 1), 0b11, 2) for n, own in enumerate(WINDOWS)),
        entries=entries,
        sessions=SESSIONS,
    )


def found_for(hall: HallNow, **options: Any) -> Any:
    return replan(hall, clock=lambda: 0.0, evaluations=120, **options)


def test_a_crowd_before_one_window_gets_the_help_of_the_idle_ones() -> None:
    found = replan(crowded_hall(), clock=lambda: 0.0, evaluations=600)
    assert found is not None
    assert (found.status, found.losers) == ("shown", [])
    assert found.planned.mean < 0.6 * found.now.mean
    assert found.high < 0
    helped = [w for w in (1, 2) if any((p | h) & 1 for p, h in found.layout.cells(w))]
    assert helped


def effect(now_mean: float, planned_mean: float) -> QueueEffect:
    return QueueEffect("B", 5, now_mean, planned_mean, 0.0, 0.0)


def test_a_search_that_finds_nothing_better_goes_back_to_where_it_began(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a third of the futures a layout may look better than it is on all of them."""
    monkeypatch.setattr(RestOfDay, "_annealed", lambda _self, starts, *_: starts[-1])
    found = replan(crowded_hall(), clock=lambda: 0.0, evaluations=600)
    assert found is not None
    assert found.difference < 0.0


def test_a_queue_pays_too_much_unless_it_still_waits_shortly_in_a_hall_that_does_not() -> None:
    assert not pays_too_much(effect(0.0, 9.5), hall_mean=30.0)
    assert pays_too_much(effect(0.0, 9.5), hall_mean=15.0)
    assert pays_too_much(effect(3.0, 10.5), hall_mean=60.0)
    assert not pays_too_much(effect(10.0, 12.0), hall_mean=30.0)  # within the judge's quarter


@settings(max_examples=6)
@given(st.integers(515, 985), st.integers(0, 40), st.integers(0, 120))
@pytest.mark.slow
def test_every_plan_keeps_the_rules_and_what_is_past_or_fixed(now: int, waiting: int, ahead: int) -> None:
    hall = crowded_hall(float(now), waiting)
    found = found_for(hall, from_minute=float(now + ahead))
    if found is None:
        assert now + ahead >= 1020
        return
    assert list(violations(found.hall, found.layout, found.present)) == []
    for minute in range(0, now + ahead):
        for window in WINDOWS:
            assert served_at(found.entries, window, minute) == served_at(hall.entries, window, minute)
    for seat in range(3):  # who is open when does not change
        opened = [bool(p | h) for p, h in found.layout.cells(seat)]
        assert opened == [bool(p | h) for p, h in found.present.cells(seat)]


def test_the_same_state_and_evaluations_give_the_same_plan() -> None:
    assert found_for(crowded_hall()).entries == found_for(crowded_hall()).entries


def test_the_rest_of_a_day_needs_no_code_that_the_install_did_not_compile() -> None:
    warm()
    compiled: Any = anneal  # numba's, which keeps what it compiled by signature
    known = len(compiled.signatures)
    found_for(crowded_hall())
    assert len(compiled.signatures) == known


def test_a_hall_where_nobody_waits_is_left_alone() -> None:
    quiet = crowded_hall(waiting=0)
    queues = tuple(replace(queue, walk_ins_per_interval=(0.1,) * 34) for queue in quiet.model.queues)
    found = found_for(replace(quiet, model=replace(quiet.model, queues=queues)))
    assert found.status == "no_gain"
    assert found.reason in {"as_it_is", "gain_too_small", "interval_includes_zero"}


def test_after_closing_there_is_nothing_to_plan() -> None:
    assert found_for(crowded_hall(now=1020.0)) is None


def test_blocks_begin_now_and_leave_no_gap() -> None:
    blocks, fixed = blocks_from(crowded_hall(now=607.4), 640.0)
    assert (blocks[0].from_minute, blocks[-1].to_minute, fixed) == (607, 1020, 1)
    assert all(one.to_minute == other.from_minute for one, other in pairwise(blocks))


@pytest.mark.parametrize(("now", "second"), [(580.5, 600), (580.0, 600), (595.2, 630)])
def test_no_list_is_put_on_for_a_few_minutes(now: float, second: int) -> None:
    blocks, fixed = blocks_from(crowded_hall(now=now), now)
    assert fixed == 0
    assert (blocks[0].from_minute, blocks[1].from_minute) == (int(now), second)


def test_futures_play_the_plan_in_force_as_run_forward_does() -> None:
    hall = crowded_hall()
    once = Futures(hall.model, hall.plan, hall.live, seed=5, count=40).play(
        plan_arrays(hall.model, hall.plan)
    )
    forward = run_forward(hall.model, hall.plan, hall.live, seed=5, replications=40).summary
    assert once.mean_wait_minutes == pytest.approx(forward.mean_wait_minutes)


def test_of_two_plans_until_a_minute_the_one_and_then_the_other() -> None:
    held = [DayEntry(WINDOWS[0], A, False, 510, 1020)]
    planned = [DayEntry(WINDOWS[0], A, False, 0, 700), DayEntry(WINDOWS[0], B, False, 700, 1440)]
    assert between(held, planned, 600, 800) == (
        DayEntry(WINDOWS[0], A, False, 510, 700),
        DayEntry(WINDOWS[0], A, False, 800, 1020),
        DayEntry(WINDOWS[0], B, False, 700, 800),
    )


# --- on the databases -----------------------------------------------------------------------------------


@pytest.fixture
def busy(database: Database, city: Any, vault: Vault, clock: ManualClock) -> Any:
    """The small city at 9:40 with twelve people waiting in A; windows 2 and 3 stand idle with B."""
    for window, clerk in zip(city.windows, city.clerks, strict=True):
        database.write_now(service.open_window, window, by=clerk, clock=clock)
    equip_all(database, city)
    for _ in range(12):
        walk_in(database, city, clock=clock, vault=vault)
    clock.advance(timedelta(minutes=5))
    return city


def equip_all(database: Database, city: Any) -> None:
    table = WindowEquipmentRow.__table__  # type: ignore[attr-defined]
    row = {"window_id": city.windows[2], "queue_id": city.queue_a}
    database.write_now(lambda session: session.execute(insert(table).values(row)))


def computed(database: Database, city: Any, clock: ManualClock) -> Any:
    """Ask for a plan, compute it as the worker does, and store it as the API does."""
    asked = database.write_now(request_replan, "H1", from_minute=None, by=city.manager, clock=clock)
    hall, version = database.read_now(hall_now, city.hall, now=clock.now())  # type: ignore[misc]
    result = replan_json(found_for(hall), version)
    args = {"proposal_id": str(asked.proposal.id)}
    database.write_now(proposal_done, args, result, clock=clock)
    return asked.proposal.id


def serves(database: Database, city: Any, window: int, clock: ManualClock) -> tuple[str, ...]:
    board = database.read_now(service.board, city.hall, now=clock.now())
    return board.windows[window].serves


@pytest.mark.slow
def test_an_accepted_plan_holds_at_once_for_calls_and_boards_and_only_today(
    database: Database, busy: Any, clock: ManualClock
) -> None:
    proposal = computed(database, busy, clock)
    assert serves(database, busy, 2, clock) == ("B",)
    database.write_now(accept, proposal, by=busy.manager, clock=clock)
    assert "A" in serves(database, busy, 2, clock)
    called = database.write_now(service.call_next, busy.windows[2], by=busy.clerks[2], clock=clock)
    assert called.label.startswith("A")
    clock.advance(timedelta(days=7))  # the same weekday
    assert serves(database, busy, 2, clock) == ("B",)
    usual = database.read_now(plan_of, busy.hall, clock.now().weekday())
    assert usual.version == 1


def test_a_plan_accepted_for_later_begins_then(database: Database, busy: Any, clock: ManualClock) -> None:
    proposal = computed(database, busy, clock)
    at = 10 * 60 + 15
    database.write_now(accept, proposal, by=busy.manager, clock=clock, from_minute=at)
    assert serves(database, busy, 2, clock) == ("B",)
    clock.advance(timedelta(minutes=31))  # 10:16
    assert "A" in serves(database, busy, 2, clock)


def test_a_time_that_is_over_is_refused_and_nothing_changes(
    database: Database, busy: Any, clock: ManualClock
) -> None:
    proposal = computed(database, busy, clock)
    clock.advance(timedelta(minutes=31))  # 10:16
    with pytest.raises(TimeHasPassed) as refused:
        database.write_now(accept, proposal, by=busy.manager, clock=clock, from_minute=10 * 60 + 15)
    applies_at = refused.value.facts["applies_at"]
    assert isinstance(applies_at, datetime)
    assert clock.now() - applies_at < timedelta(minutes=2)
    assert serves(database, busy, 2, clock) == ("B",)
    database.write_now(accept, proposal, by=busy.manager, clock=clock, from_minute=10 * 60 + 16)
    assert "A" in serves(database, busy, 2, clock)


@pytest.mark.slow
def test_taking_back_brings_back_the_plan_before_and_declining_keeps_the_reason(
    database: Database, busy: Any, clock: ManualClock
) -> None:
    proposal = computed(database, busy, clock)
    database.write_now(accept, proposal, by=busy.manager, clock=clock)
    back = database.write_now(rollback, proposal, by=busy.manager, clock=clock)
    assert back.status is ProposalStatus.ROLLED_BACK
    assert serves(database, busy, 2, clock) == ("B",)
    other = computed(database, busy, clock)
    told = database.write_now(decline, other, reason="lunch is near", by=busy.manager, clock=clock)
    assert (told.status, told.proposal.reason) == (ProposalStatus.DECLINED, "lunch is near")


def test_a_plan_published_meanwhile_is_not_overwritten(
    database: Database, busy: Any, clock: ManualClock
) -> None:
    proposal = computed(database, busy, clock)
    entries = database.read_now(plan_of, busy.hall, clock.now().weekday()).entries
    database.write_now(service.apply_plan, busy.hall, entries, source="manual", by=busy.manager, clock=clock)
    with pytest.raises(PlanChangedMeanwhile):
        database.write_now(accept, proposal, by=busy.manager, clock=clock)


def test_a_plan_for_the_rest_of_yesterday_is_over(database: Database, busy: Any, clock: ManualClock) -> None:
    proposal = computed(database, busy, clock)
    clock.advance(timedelta(days=1))
    with pytest.raises(DayHasPassed):
        database.write_now(accept, proposal, by=busy.manager, clock=clock)
    clock.advance(timedelta(hours=9))
    with pytest.raises(DayHasPassed):
        database.write_now(request_replan, "H1", from_minute=None, by=busy.manager, clock=clock)


def test_one_at_a_time_is_computed_in_a_hall(database: Database, busy: Any, clock: ManualClock) -> None:
    database.write_now(request_replan, "H1", from_minute=None, by=busy.manager, clock=clock)
    with pytest.raises(ProposalUnderway):
        database.write_now(request_replan, "H1", from_minute=None, by=busy.manager, clock=clock)


# --- two managers at once ---------------------------------------------------------------------------------


def at_once(*acts: Any) -> list[Any]:
    """Run these at the same moment; return what each returned or refused with."""
    barrier = threading.Barrier(len(acts))
    outcomes: list[Any] = [None] * len(acts)

    def run(place: int, act: Any) -> None:
        barrier.wait()
        try:
            outcomes[place] = act()
        except Refusal as refused:
            outcomes[place] = refused

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_of_two_managers_who_decide_at_once_one_is_told_that_it_is_decided(
    database: Database, busy: Any, clock: ManualClock
) -> None:
    proposal = computed(database, busy, clock)
    outcomes = at_once(
        lambda: database.write_now(accept, proposal, by=busy.manager, clock=clock),
        lambda: database.write_now(decline, proposal, reason="no", by=busy.administrator, clock=clock),
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refusal)]
    assert len(refused) == 1
    assert isinstance(refused[0], ProposalNotOpen)


def test_without_the_guard_both_managers_believe_that_they_decided(
    database: Database, busy: Any, clock: ManualClock
) -> None:
    """Read, think, write, without looking again whether it is still shown: the race is real."""
    proposal = computed(database, busy, clock)
    table = ProposalRow.__table__  # type: ignore[attr-defined]
    looked = threading.Barrier(2)

    def decide(status: str) -> str:
        with database.engine.connect() as connection:
            found = connection.execute(select(table.c.status).where(table.c.id == proposal)).scalar_one()
        assert found == "shown"
        looked.wait()
        with database.engine.begin() as connection:
            connection.execute(update(table).where(table.c.id == proposal).values(status=status))
        return status

    outcomes = at_once(lambda: decide("accepted"), lambda: decide("declined"))
    assert sorted(outcomes) == ["accepted", "declined"]
