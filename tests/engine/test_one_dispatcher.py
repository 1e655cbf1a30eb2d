"""The compiled engine and the plain rule call the same ticket to the same window at the same instant.

Times of the random halls are coarse on purpose, so that ties are common.
"""

from __future__ import annotations

import itertools
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from queueing.engine import (
    AppointmentSlot,
    Break,
    HallModel,
    Plan,
    PlanEntry,
    QueueModel,
    constant,
    empirical,
    exponential,
    lognormal,
    normal,
)
from queueing.engine.plain import play_plainly
from queueing.engine.run import draw_days, play_records
from queueing.rules.call_order import CallPolicy

services = st.sampled_from(
    [constant(5), constant(0), exponential(7), lognormal(8, 0.9), empirical([1, 2, 2, 30])]
)


@st.composite
def queue_models(draw: st.DrawFn, count: int, index: int) -> QueueModel:
    transfers = {}
    if draw(st.booleans()) and count > 1:
        transfers = {(index + 1) % count: draw(st.sampled_from([0.2, 0.5, 1.0]))}
    return QueueModel(
        name=chr(ord("A") + index),
        walk_ins_per_interval=tuple(draw(st.lists(st.sampled_from([0.0, 2.0, 6.0]), min_size=4, max_size=4))),
        service=draw(services),
        day_cv=draw(st.sampled_from([0.0, 0.5])),
        patience=draw(
            st.sampled_from([None, exponential(15), constant(10), exponential(30, zero_share=0.2)])
        ),
        priority_share=draw(st.sampled_from([0.0, 0.3])),
        missed_share=draw(st.sampled_from([0.0, 0.2])),
        transfers=transfers,
        appointments=tuple(
            AppointmentSlot(
                30.0 * draw(st.integers(0, 8)), draw(st.integers(0, 3)), draw(st.sampled_from([-60.0, 25.0]))
            )
            for _ in range(draw(st.integers(0, 3)))
        ),
        no_show_share=draw(st.sampled_from([0.0, 0.3])),
        punctuality=draw(st.sampled_from([constant(0), constant(-5), normal(0, 8)])),
    )


@st.composite
def plans(draw: st.DrawFn, queues: int, windows: int) -> Plan:
    entries, breaks = [], []
    for window in range(windows):
        edges = sorted(
            draw(st.sets(st.sampled_from([0, 20, 60, 90, 120, 150, 200, 240, 300]), min_size=2, max_size=4))
        )
        for begins, ends in itertools.pairwise(edges):
            for queue in draw(st.sets(st.integers(0, queues - 1), max_size=queues)):
                entries.append(PlanEntry(window, queue, begins, ends, helping=draw(st.booleans())))
        if draw(st.booleans()):
            begins = draw(st.sampled_from([30, 60, 100]))
            breaks.append(Break(window, begins, begins + draw(st.sampled_from([10, 40]))))
    return Plan(tuple(entries), tuple(breaks))


@st.composite
def halls(draw: st.DrawFn) -> tuple[HallModel, Plan]:
    queues, windows = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    policy = CallPolicy(
        appointment_credit=timedelta(minutes=draw(st.sampled_from([0, 10]))),
        help_limit=timedelta(minutes=draw(st.sampled_from([0, 5, 20]))),
    )
    model = HallModel(
        queues=tuple(draw(queue_models(queues, index)) for index in range(queues)),
        windows=tuple(str(number) for number in range(windows)),
        sessions=draw(st.sampled_from([((0.0, 240.0),), ((0.0, 120.0), (150.0, 240.0))])),
        interval_minutes=60.0,
        day_cv=draw(st.sampled_from([0.0, 0.4])),
        walk=draw(st.sampled_from([constant(0), constant(1), exponential(1)])),
        missed_minutes=draw(st.sampled_from([0.0, 2.0])),
        setup_minutes=draw(st.sampled_from([0.0, 5.0])),
        pace=draw(
            st.sampled_from(
                [None, tuple(tuple(0.8 + 0.1 * w for w in range(windows)) for _ in range(queues))]
            )
        ),
        list_pace=draw(st.sampled_from([(), (1.0, 1.0, 1.12)])),
        policy=policy,
        drains=draw(st.booleans()),
        full_breaks=draw(st.booleans()),
        pools=draw(st.sampled_from([None, tuple(w % 2 for w in range(windows))])),
    )
    return model, draw(plans(queues, windows))


@pytest.mark.slow
@given(hall=halls(), seed=st.integers(0, 2**31))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_compiled_engine_and_the_plain_rule_call_the_same_tickets(
    hall: tuple[HallModel, Plan], seed: int
) -> None:
    model, plan = hall
    days = draw_days(model, seed=seed, days=2)
    for day, record in enumerate(play_records(model, plan, days)):
        plain = play_plainly(model, plan, days, day)
        called = np.where(np.isnan(record.called_minutes), -1, np.rint(record.called_minutes * 60e6)).astype(
            int
        )
        assert [ticket.called for ticket in plain] == called.tolist()
        assert [ticket.window for ticket in plain] == record.window.tolist()
        assert [int(ticket.outcome) for ticket in plain] == record.outcome.tolist()
        finished = np.where(np.isnan(record.finished_minutes), -1, np.rint(record.finished_minutes * 60e6))
        assert [ticket.finished for ticket in plain] == finished.astype(int).tolist()
