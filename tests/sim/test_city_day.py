"""A city day keeps the halls' rules, and knowing more never makes the best assignment worse."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import sim
from queueing.engine.replay import days_of_tickets
from queueing.engine.run import play_records
from sim.city.hindsight import best_in_hindsight
from sim.city.model import City, city_from_csv, draw_citizens, hall_model
from sim.city.study import RULES, CityBoard, lower_bound, rules_for, usual_inflow

HALLS = Path(sim.__file__).parent / "data" / "shanwei_halls.csv"


@pytest.fixture(scope="module")
def city() -> City:
    return city_from_csv(HALLS)


def test_the_city_loop_and_the_hall_engine_agree_on_every_hall(city: City) -> None:
    citizens = draw_citizens(city, seed=1, load=0.5)
    board = CityBoard(city)
    day = board.play(
        citizens, rules_for(len(citizens.need), RULES["nearest hall"], 1.0, 1), np.zeros(len(city.names))
    )
    for hall in (0, 1, 30):
        here = np.flatnonzero(day.hall == hall)
        joined = citizens.leaves_minutes[here] + citizens.travel_minutes[here, hall]
        model, plan = hall_model(city, hall, int(city.windows.max()))
        alone = days_of_tickets(
            np.zeros(len(here)), citizens.need[here], joined, citizens.service_minutes[here], days=1, queues=3
        )
        record = play_records(model, plan, alone)[0]
        order = np.argsort(joined, kind="stable")
        assert np.allclose(record.wait_minutes, day.wait_minutes[here][order], atol=1e-6)


def test_nobody_is_sent_to_a_hall_that_does_not_offer_the_service(city: City) -> None:
    citizens = draw_citizens(city, seed=2, load=0.4)
    board = CityBoard(city)
    for rule in RULES.values():
        day = board.play(citizens, rules_for(len(citizens.need), rule, 1.0, 1), np.zeros(len(city.names)))
        assert city.offers[day.hall, citizens.need].all()
        assert (day.wait_minutes >= 0).all()


def test_the_best_assignment_found_lies_between_its_start_and_the_lower_bound(city: City) -> None:
    citizens = draw_citizens(city, seed=3, load=0.6)
    board = CityBoard(city)
    rule = rules_for(len(citizens.need), RULES["predicted done-time"], 1.0, 1)
    start = board.play(citizens, rule, usual_inflow(city, citizens, 1.0))
    best = best_in_hindsight(board, citizens, start, seed=1, rounds=25)
    assert lower_bound(city, citizens) < best.mean < start.mean
