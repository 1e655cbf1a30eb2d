"""What the engine promises about a day, in small halls that one can check by hand."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from queueing.engine import (
    AppointmentSlot,
    BadModel,
    Break,
    HallModel,
    Plan,
    PlanEntry,
    QueueModel,
    constant,
    discretised_poisson,
    empirical,
    exponential,
    lognormal,
)
from queueing.engine.forward import BusyWindow, LiveState, Probe, WaitingTicket, run_forward
from queueing.engine.replay import days_of_tickets
from queueing.engine.result import DayRecord, Outcome
from queueing.engine.run import compare_plans, draw_days, play, play_records, simulate_day, simulate_days
from queueing.engine.tally import CALLED, NO_SHOWS, SERVED_COUNT, WAIT_SUM
from queueing.rules.call_order import CallPolicy
from sim.exact import civicq_proof, erlang_c


def hall(*queues: QueueModel, windows: int = 1, **options: object) -> HallModel:
    found = queues or (QueueModel("A", (), constant(10)),)
    base = HallModel(found, tuple(map(str, range(windows))), ((0.0, 240.0),), interval_minutes=240.0)
    return replace(base, **options)  # type: ignore[arg-type]


def serves(window: int, *queues: int, begins: float = 0.0, ends: float = 240.0) -> tuple[PlanEntry, ...]:
    return tuple(PlanEntry(window, queue, begins, ends) for queue in queues)


def played(
    model: HallModel, plan: Plan, joined: list[float], service: list[float], queue: list[int] | None = None
) -> DayRecord:
    days = days_of_tickets(
        [0] * len(joined), queue or [0] * len(joined), joined, service, days=1, queues=len(model.queues)
    )
    return play_records(model, plan, days)[0]


def test_a_break_that_begins_late_keeps_its_length() -> None:
    plan = Plan(serves(0, 0), (Break(0, 30.0, 60.0),))
    record = played(hall(), plan, [25.0, 26.0], [20.0, 1.0])
    assert record.called_minutes.tolist() == [25.0, 75.0]  # finishes at 45, rests until 75
    strict = played(hall(full_breaks=False), plan, [25.0, 26.0], [20.0, 1.0])
    assert strict.called_minutes.tolist() == [25.0, 60.0]


def test_a_window_with_a_new_list_loses_the_setup_time() -> None:
    model = hall(QueueModel("A", (), constant(1)), QueueModel("B", (), constant(1)), setup_minutes=5.0)
    plan = Plan((*serves(0, 0, ends=100.0), *serves(0, 1, begins=100.0)))
    record = played(model, plan, [90.0, 95.0], [1.0, 1.0], [0, 1])
    assert record.called_minutes.tolist() == [90.0, 105.0]


def test_a_closing_window_finishes_its_citizen_and_takes_no_other() -> None:
    plan = Plan((*serves(0, 0, ends=60.0), *serves(1, 0, begins=90.0)))
    record = played(hall(windows=2), plan, [55.0, 56.0], [20.0, 1.0])
    assert record.finished_minutes.tolist() == [75.0, 91.0]
    assert record.window.tolist() == [0, 1]


def test_everybody_inside_is_served_after_closing_unless_the_hall_does_not_drain() -> None:
    plan, joined, service = Plan(serves(0, 0)), [235.0, 236.0], [30.0, 5.0]
    assert played(hall(), plan, joined, service).called_minutes.tolist() == [235.0, 265.0]
    cut = played(hall(drains=False), plan, joined, service)
    assert cut.outcome.tolist() == [Outcome.SERVED, Outcome.TURNED_AWAY]


def test_at_noon_whoever_is_inside_is_served_before_the_windows_rest() -> None:
    model = hall(sessions=((0.0, 120.0), (150.0, 240.0)))
    plan = Plan((*serves(0, 0, ends=120.0), *serves(0, 0, begins=150.0)))
    record = played(model, plan, [118.0, 119.0, 151.0], [10.0, 10.0, 1.0])
    assert record.called_minutes.tolist() == [118.0, 128.0, 151.0]


def test_a_helping_window_calls_its_own_queue_first_until_the_help_limit() -> None:
    model = hall(QueueModel("A", (), constant(1)), QueueModel("B", (), constant(1)))
    plan = Plan((*serves(0, 0), PlanEntry(0, 1, 0.0, 240.0, helping=True)))
    soon = played(model, plan, [0.0, 1.0, 2.0], [15.0, 1.0, 1.0], [0, 1, 0])
    assert soon.called_minutes.tolist() == [0.0, 16.0, 15.0]
    overdue = played(model, plan, [0.0, 1.0, 2.0], [25.0, 1.0, 1.0], [0, 1, 0])
    assert overdue.called_minutes.tolist() == [0.0, 25.0, 26.0]


def test_booked_citizens_count_from_their_slot_less_the_credit_and_no_shows_are_counted() -> None:
    queue = QueueModel(
        "A",
        (),
        constant(1),
        appointments=(AppointmentSlot(60.0, 5),),
        punctuality=constant(-20),
        no_show_share=0.5,
    )
    model = hall(queue, policy=CallPolicy(appointment_credit=timedelta(minutes=10)))
    record = simulate_day(model, Plan(serves(0, 0)), seed=3)
    assert set(record.effective_minutes) == {50.0}
    assert set(record.joined_minutes) == {40.0}
    assert len(record.queue) + record.no_shows_by_queue.sum() == 5
    assert record.wait_minutes.max() == 0.0  # called before the slot begins


def test_a_transferred_ticket_keeps_its_place_in_the_next_queue() -> None:
    first = QueueModel("A", (2.0,), constant(5), transfers={1: 1.0})
    model = hall(first, QueueModel("B", (8.0,), constant(20)), windows=2)
    record = simulate_day(model, Plan((*serves(0, 0), *serves(1, 1))), seed=2)
    parents = np.flatnonzero(record.next_leg >= 0)
    legs = record.next_leg[parents]
    assert len(parents) > 0
    assert (record.effective_minutes[legs] == record.effective_minutes[parents]).all()
    assert (record.joined_minutes[legs] == record.finished_minutes[parents]).all()


def test_two_plans_meet_the_same_citizens_and_a_better_plan_wins_on_them() -> None:
    model = hall(QueueModel("A", (60.0,), exponential(8.0)), windows=4)
    few, many = (
        Plan(sum((serves(w, 0) for w in range(3)), ())),
        Plan(sum((serves(w, 0) for w in range(4)), ())),
    )
    found = compare_plans(model, few, many, seed=1, days=60)
    assert found.difference_minutes < -found.half_width_minutes
    same = compare_plans(model, few, few, seed=1, days=20)
    assert (same.difference_minutes, same.half_width_minutes) == (0.0, 0.0)


def test_threads_and_chunks_do_not_change_the_result() -> None:
    model = hall(QueueModel("A", (300.0,), lognormal(2.0, 0.8), day_cv=0.2), windows=3)
    plan = Plan(sum((serves(w, 0) for w in range(3)), ()))
    one = simulate_days(model, plan, seed=4, days=120)
    two = simulate_days(model, plan, seed=4, days=120, threads=2)
    assert np.array_equal(one.daily, two.daily)
    assert np.array_equal(one.daily, play(model, plan, draw_days(model, seed=4, days=120)).daily)


@pytest.mark.slow
def test_the_mean_wait_is_the_exact_one_within_three_standard_errors() -> None:
    queue = QueueModel("A", (12.0, 15.0, 10.0, 8.0, 8.0, 12.0, 14.0, 10.0), exponential(8.0))
    model = HallModel((queue,), ("1", "2", "3", "4"), ((0.0, 480.0),), interval_minutes=60.0)
    hours = (3, 3, 3, 2, 2, 3, 3, 2)
    plan = Plan(
        tuple(PlanEntry(w, 0, 60.0 * h, 60.0 * h + 60) for h, n in enumerate(hours) for w in range(n))
    )
    mean, error = simulate_days(model, plan, seed=8, days=20_000).ratio_with_error(WAIT_SUM, CALLED)
    assert abs(mean - civicq_proof(interchangeable=False).mean_wait(hours)) < 3 * error


@pytest.mark.slow
def test_the_proven_optimum_is_the_published_plan() -> None:
    proof = civicq_proof()
    assert len(proof.plans) == 6404
    assert proof.best(0.5)[0] == (3, 3, 3, 2, 2, 3, 3, 2)
    assert proof.best(0.5)[1] == pytest.approx(12.9156, abs=1e-4)
    assert proof.cut_mass < 1e-9
    assert erlang_c(4.2, 0.5, 12) == pytest.approx((0.18389, 0.10216), abs=1e-5)


@pytest.mark.parametrize(
    "distribution",
    [
        exponential(7),
        lognormal(9, 0.8),
        empirical([1, 5, 9]),
        discretised_poisson(9),
        exponential(5, zero_share=0.3),
    ],
)
def test_compiled_draws_have_the_mean_they_say(distribution: object) -> None:
    model = hall(QueueModel("A", (2000.0,), distribution), windows=1)  # type: ignore[arg-type]
    service = draw_days(model, seed=5, days=20).tickets.service / 60e6
    error = service.std() / np.sqrt(len(service))
    assert abs(service.mean() - distribution.mean) < 4 * error  # type: ignore[attr-defined]


def test_a_probe_sees_the_wait_without_adding_to_it_and_waiting_people_go_first() -> None:
    model = hall(QueueModel("A", (), constant(10)))
    live = LiveState(
        100.0,
        waiting=(WaitingTicket(0, 95.0, 95.0), WaitingTicket(0, 96.0, 96.0)),
        busy=(BusyWindow(0, 0, 94.0),),
    )
    with_probe = run_forward(
        model, Plan(serves(0, 0)), live, seed=1, replications=3, probes=(Probe(0, 105.0),)
    )
    assert with_probe.called_minutes.tolist() == [[104.0, 114.0]] * 3
    assert with_probe.probe_wait_minutes.tolist() == [[19.0]] * 3


def test_a_long_service_is_expected_to_last_longer_than_a_memoryless_one() -> None:
    plan, live = (
        Plan(serves(0, 0)),
        LiveState(100.0, (WaitingTicket(0, 99.0, 99.0),), (BusyWindow(0, 0, 70.0),)),
    )
    rest = {
        name: float(
            np.mean(
                run_forward(
                    hall(QueueModel("A", (), service)), plan, live, seed=2, replications=4000
                ).called_minutes
            )
        )
        - 100
        for name, service in (("memoryless", exponential(10.0)), ("heavy", lognormal(10.0, 1.2)))
    }
    assert rest["memoryless"] == pytest.approx(10.0, abs=0.7)
    assert rest["heavy"] > rest["memoryless"]


def test_counts_add_up_to_everyone_who_joined() -> None:
    queue = QueueModel(
        "A", (80.0,), lognormal(6, 1), patience=exponential(20), missed_share=0.1, no_show_share=0.2,
        appointments=(AppointmentSlot(60.0, 20),),
    )  # fmt: skip
    summary = simulate_days(hall(queue, drains=False), Plan(serves(0, 0)), seed=6, days=30)
    joined, _, served, gave_up, missed, away = (summary.daily[:, 0, column] for column in range(6))
    assert np.array_equal(joined, served + gave_up + missed + away)
    assert summary.counts(SERVED_COUNT)[0] > 0
    assert summary.counts(NO_SHOWS)[0] > 0


def test_impossible_halls_and_plans_are_refused() -> None:
    with pytest.raises(BadModel, match="not negative"):
        hall(QueueModel("A", (-1.0,), constant(1)))
    with pytest.raises(BadModel, match="overlap"):
        simulate_days(hall(), Plan((*serves(0, 0), *serves(0, 0, begins=10))), seed=1, days=1)


def test_the_descriptions_load_neither_numba_nor_numpy() -> None:
    check = "import sys, queueing.engine; sys.exit(any(m in sys.modules for m in ('numba', 'numpy')))"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
