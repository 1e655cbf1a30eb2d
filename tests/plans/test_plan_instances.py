"""The benchmark's halls are what their shapes say."""

from __future__ import annotations

import numpy as np

from sim.bench.plan_instances import MIDDAY, Shape, make_instance
from sim.bench.plans import prototype_shapes, shapes

SMALL = Shape(6, 4, 1.2, 2, days=10, seed=7, through_noon=True, long_day=True, apart=True, setup_minutes=5.0)


def test_queues_that_are_apart_come_in_the_morning_or_in_the_afternoon() -> None:
    truth = make_instance(SMALL).truth
    rates = np.array([queue.walk_ins_per_interval for queue in truth.queues])
    before = (MIDDAY - SMALL.sessions[0][0]) // 15
    morning, afternoon = rates[:, :before].sum(axis=1), rates[:, before:].sum(axis=1)
    assert rates.shape == (4, 36)
    assert ((morning == 0) != (afternoon == 0)).all()
    assert truth.setup_minutes == 5.0


def test_the_work_at_the_peak_is_what_the_shape_asks_for() -> None:
    truth = make_instance(SMALL).truth
    work = np.sum([np.array(q.walk_ins_per_interval) * q.service.mean / 15.0 for q in truth.queues], axis=0)
    smoothed = np.convolve(work, np.full(4, 0.25), mode="same")
    assert np.isclose(smoothed.max(), SMALL.load * SMALL.windows)


def test_every_hall_of_the_benchmark_has_a_name_of_its_own() -> None:
    every = [*shapes(), *prototype_shapes()]
    assert len(shapes()) >= 30
    assert len({shape.name for shape in every}) == len(every)
