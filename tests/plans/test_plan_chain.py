"""The compiled search and the plain rules say the same about the same layouts."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from queueing.engine.arrays import policy_arrays
from queueing.engine.run import draw_days
from queueing.plans import chain
from queueing.plans.chain_plays import Prices
from queueing.plans.chain_room import (
    chain_at,
    citizens_of,
    hall_arrays,
    layout_in,
    room_for,
    scratch_for,
    state_of,
    timetable,
)
from queueing.plans.rules import Layout, Limits, PlanClerk, Rest, violations
from queueing.plans.scoring import TAIL_SHARE, TAIL_WEIGHT, PlanCompiler, Scorer
from sim.bench.plan_instances import Shape, make_instance
from tests.plans.small_halls import hall, layout

BLOCKS = 4
LISTS = st.lists(st.lists(st.integers(0, 7), min_size=BLOCKS, max_size=BLOCKS), min_size=3, max_size=3)
SMALL = make_instance(Shape(windows=6, queues=4, load=0.9, days=10, seed=5))


@st.composite
def halls(draw):
    """A hall of three windows and three queues, with whatever rules; its hours are 9:00 to 13:00."""
    limits = Limits(
        changes_per_window=draw(st.integers(0, 3)),
        changes_per_day=draw(st.integers(0, 6)),
        windows_changed=draw(st.none() | st.integers(0, 3)),
        pinned=draw(st.sampled_from([frozenset(), frozenset({"2"})])),
        primaries=draw(st.integers(0, 2)),
        integrated=draw(st.integers(0, 2)),
    )
    of = hall(
        [draw(st.sampled_from(["ABC", "AB", "C"])) for _ in range(2)] + ["ABC"],
        list_limit=draw(st.integers(1, 3)), blocks=BLOCKS,
        clerks=draw(st.none() | st.just(["ABC", "AB", "BC"])),
        staffed=draw(st.lists(st.integers(1, 3), min_size=BLOCKS, max_size=BLOCKS)), limits=limits,
    )  # fmt: skip
    clerks = tuple(
        replace(
            clerk,
            shift=draw(st.none() | st.sampled_from([(540, 720), (600, 780), (0, 1440)])),
            rest=draw(
                st.none() | st.sampled_from([Rest(60, 600, 780), Rest(90, 540, 720), Rest(30, 0, 1440)])
            ),
        )
        for clerk in of.clerks
    )
    return replace(of, clerks=clerks, open_minutes=draw(st.none() | st.integers(6, 12).map(lambda n: 60 * n)))


@pytest.mark.slow
@settings(deadline=None, max_examples=300, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(of=halls(), own=LISTS, helped=LISTS, present=LISTS, seats=st.permutations([0, 1, None]))
def test_the_compiled_rules_are_the_plain_rules(of, own, helped, present, seats) -> None:
    queues = (1 << len(of.queues)) - 1

    def rows(lists):
        return tuple(tuple(mask & queues for mask in row) for row in lists)

    sitting = tuple(seats) if of.clerks else (None,) * 3
    planned = Layout(rows(own), tuple(tuple(h & ~o & queues for h, o in zip(*pair, strict=True))
                                      for pair in zip(helped, own, strict=True)), sitting)  # fmt: skip
    now = Layout(rows(present), ((0,) * BLOCKS,) * 3, sitting)
    state = state_of(of, planned)
    arrays = hall_arrays(of, now)
    chain.count_all(arrays, state)
    compiled = chain.whole_keeps_rules(arrays, state, scratch_for(of))
    assert compiled == (not list(violations(of, planned, now)))


def test_the_compiled_rules_are_seen_to_bite_and_to_let_pass() -> None:
    of = hall(["AB", "AB"], blocks=4)
    for planned, may in ((layout(of, "A+B", "B"), True), (layout(of, "A+B", "A"), False)):
        state, arrays = state_of(of, planned), hall_arrays(of, planned)
        chain.count_all(arrays, state)
        assert chain.whole_keeps_rules(arrays, state, scratch_for(of)) is may


def cost(of, planned, present, days, *, edges_now=0, weights=None):
    """What a chain says of the layout it stands at."""
    citizens, arrays = citizens_of(days, len(of.windows)), hall_arrays(of, present)
    prices = Prices(
        weight=np.ones(len(of.queues)) if weights is None else np.array(weights),
        tail_weight=TAIL_WEIGHT, tail_share=TAIL_SHARE,
        ceiling=np.full(len(of.queues), np.inf), over_ceiling=0.0, cell=0.0, change=0.0, edge=0.0,
        edges_now=edges_now,
        wide_pace=of.limits.integrated_pace,
    )  # fmt: skip
    one = chain_at(of, planned, seed=1)
    chain.count_all(arrays, one.state)
    room, table = room_for(of, days), timetable(SMALL.truth, of)
    chain.anneal(arrays, policy_arrays(SMALL.truth), citizens, table, prices, room, one, 0.0, 1.0)
    return float(one.costs[len(citizens.stages) - 1]), one


@pytest.mark.parametrize("seed", range(6))
def test_the_compiled_search_scores_as_the_engine_does(seed) -> None:
    """Also with breaks, which keep their length, and at integrated windows, which are slower."""
    chance = Random(seed)
    clerks = tuple(PlanClerk(clerk.id, 15, place, None, Rest(60, 600, 720)) for place, clerk in
                   enumerate(SMALL.hall.clerks))  # fmt: skip
    of = replace(SMALL.hall, clerks=clerks if seed % 2 else (), limits=Limits(integrated=3 * (seed > 2)))
    planned = Layout(
        tuple(tuple(chance.randrange(16 if seed > 2 else 8) for _ in of.blocks) for _ in of.windows),
        tuple(tuple(0 for _ in of.blocks) for _ in of.windows),
        SMALL.present.seats,
    )
    days = draw_days(SMALL.truth, seed=seed, days=6)
    weights = [1.0 + 2.0 * (queue == seed % len(of.queues)) for queue in range(len(of.queues))]
    slow = Scorer(SMALL.truth, PlanCompiler(SMALL.truth, of.blocks, of), days, weights).score(planned)
    fast, one = cost(of, planned, SMALL.present, days, weights=weights)
    assert fast == pytest.approx(slow.objective, rel=1e-9)
    assert layout_in(one.state) == planned
