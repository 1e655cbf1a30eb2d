"""The fast way from a layout to the engine is the slow way, and the tail is what it says."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import numpy as np
import pytest

from queueing.engine.arrays import plan_arrays
from queueing.engine.plan import Plan, PlanEntry
from queueing.engine.run import draw_days, play
from queueing.engine.tally import BIN_MINUTES, BINS
from queueing.plans.rules import Layout
from queueing.plans.scoring import PlanCompiler, Scorer, evenly_mixed, tail_mean
from sim.bench.plan_instances import Shape, make_instance

SMALL = make_instance(Shape(windows=6, queues=4, load=0.9, days=10, seed=5))


def slow_plan(hall, layout):
    """The layout as the engine's own plan, an entry for every window, queue and block."""
    return Plan(
        tuple(
            PlanEntry(window, queue, block.from_minute, block.to_minute, helping)
            for window in range(len(hall.windows))
            for number, block in enumerate(hall.blocks)
            for helping, masks in ((False, layout.primary), (True, layout.helping))
            for queue in range(len(hall.queues))
            if masks[window][number] >> queue & 1
        )
    )


@pytest.mark.parametrize("seed", range(4))
def test_the_fast_compiler_and_the_engines_own_play_the_same_day(seed) -> None:
    chance, hall = Random(seed), SMALL.hall
    masks = range(1 << len(hall.queues))  # any set of queues, none as well
    primary = tuple(tuple(chance.choice(masks) for _ in hall.blocks) for _ in hall.windows)
    helping = tuple(tuple(chance.choice(masks) & ~own for own in row) for row in primary)
    layout = Layout(primary, helping, SMALL.present.seats)
    citizens = draw_days(SMALL.truth, seed=seed, days=4)
    fast = play(SMALL.truth, PlanCompiler(SMALL.truth, hall.blocks).arrays(layout), citizens)
    slow = play(SMALL.truth, plan_arrays(SMALL.truth, slow_plan(hall, layout)), citizens)
    assert np.array_equal(fast.daily, slow.daily)
    assert np.array_equal(fast.waits, slow.waits)


def test_the_tail_is_the_mean_of_the_longest_tenth() -> None:
    counts = np.zeros(BINS, dtype=np.int64)
    counts[0], counts[80], counts[160] = 85, 10, 5
    expected = (5 * 160.5 + 5 * 80.5) / 10 * BIN_MINUTES
    assert tail_mean(counts) == pytest.approx(expected)


def test_without_waits_there_is_no_tail() -> None:
    assert tail_mean(np.zeros(BINS, dtype=np.int64)) == 0.0


def test_days_are_mixed_so_that_the_first_four_stand_amid_the_quarters() -> None:
    days = draw_days(SMALL.truth, seed=4, days=32)
    mixed = evenly_mixed(days)
    work = [int(days.tickets.service[a:b].sum()) for a, b in pairwise(days.starts)]
    again = [int(mixed.tickets.service[a:b].sum()) for a, b in pairwise(mixed.starts)]
    assert sorted(again) == sorted(work)
    ranks = [sorted(work).index(one) for one in again[:4]]
    assert sorted(rank // 8 for rank in ranks) == [0, 1, 2, 3]


def test_an_urgent_queue_counts_more_in_the_objective_and_nowhere_else() -> None:
    days = draw_days(SMALL.truth, seed=4, days=4)
    compiler = PlanCompiler(SMALL.truth, SMALL.hall.blocks, SMALL.hall)
    plain = Scorer(SMALL.truth, compiler, days).score(SMALL.present)
    worst = int(plain.by_queue.argmax())
    weights = [5.0 if queue == worst else 1.0 for queue in range(len(plain.by_queue))]
    urgent = Scorer(SMALL.truth, compiler, days, weights).score(SMALL.present)
    assert urgent.objective > plain.objective
    assert (urgent.mean_minutes, urgent.tail_minutes) == (plain.mean_minutes, plain.tail_minutes)
