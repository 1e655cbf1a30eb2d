"""The compiled objective is the plain one, and the search ends where trying everything ends."""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
import pytest

from sim.appointment_search import Schedules, best_schedule, shift_vectors
from sim.bench.appointments import PUBLISHED, plain_objective, published
from sim.exact_appointments import poisson_masses, schedule_objective


@pytest.mark.parametrize("schedule", ["11" + "01" * 22 + "00", "30102", "0210020"])
def test_the_compiled_objective_is_the_plain_one(schedule) -> None:
    places = [int(digit) for digit in schedule]
    service = poisson_masses(9.0)
    compiled = Schedules(service).objective(places)
    assert compiled == pytest.approx(schedule_objective(schedule, service), abs=1e-9)
    assert compiled == pytest.approx(plain_objective(places, list(service)), abs=1e-9)


def test_the_published_schedules_have_their_published_objectives() -> None:
    for _, schedule, in_print in PUBLISHED:
        assert round(published().objective([int(digit) for digit in schedule]), 6) == in_print


def test_the_search_ends_at_the_best_of_all_schedules() -> None:
    schedules = published()
    every = [
        [chosen.count(slot) for slot in range(5)] for chosen in combinations_with_replacement(range(5), 3)
    ]
    least = min(map(schedules.objective, every))
    for start in every[::7]:
        assert best_schedule(schedules, start, subset=4).objective == pytest.approx(least, abs=1e-12)


def test_a_shift_moves_one_patient_one_slot_earlier() -> None:
    vectors = shift_vectors(4)
    assert vectors.sum() == 0
    assert np.array_equal(vectors[2], [0, 1, -1, 0])
    assert np.array_equal(vectors[0], [-1, 0, 0, 1])
