"""A city day keeps the halls' rules, and knowing more never makes the best assignment worse."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import sim
from queueing.engine.replay import days_of_tickets
from queueing.engine.run import play_records
from sim.city import loop
from sim.city.closed_loop import Figures, paired
from sim.city.hindsight import best_in_hindsight
from sim.city.model import Citizens, City, city_from_csv, draw_citizens, hall_model, travel_minutes
from sim.city.study import OURS, QUARTERS, RULES, CityBoard, lower_bound, rules_for, usual_inflow

HALLS = Path(sim.__file__).parent / "data" / "shanwei_halls.csv"


def nobody(city: City) -> NDArray[np.float64]:
    """No inflow of others is known."""
    return np.zeros((len(city.names), QUARTERS))


@pytest.fixture(scope="module")
def city() -> City:
    return city_from_csv(HALLS)


def test_the_city_loop_and_the_hall_engine_agree_on_every_hall(city: City) -> None:
    citizens = draw_citizens(city, seed=1, load=0.5)
    board = CityBoard(city)
    day = board.play(citizens, rules_for(len(citizens.need), RULES["nearest hall"], 1.0, 1), nobody(city))
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
        day = board.play(citizens, rules_for(len(citizens.need), rule, 1.0, 1), nobody(city))
        assert city.offers[day.hall, citizens.need].all()
        assert (day.wait_minutes >= 0).all()


@pytest.mark.slow
def test_the_best_assignment_found_lies_between_its_start_and_the_lower_bound(city: City) -> None:
    citizens = draw_citizens(city, seed=3, load=0.6)
    board = CityBoard(city)
    rule = rules_for(len(citizens.need), RULES[OURS], 1.0, 1)
    start = board.play(citizens, rule, usual_inflow(city, [citizens], 1.0))
    best = best_in_hindsight(board, citizens, start, seed=1, rounds=25)
    assert lower_bound(city, citizens) < best.mean < start.mean


def two_halls(windows: int = 2) -> City:
    """A near hall and a far one, some 30 minutes apart, for one service of 10 minutes."""
    return City(
        names=("near", "far"),
        latitude=np.array([22.8, 22.8]),
        longitude=np.array([115.3, 115.39]),
        windows=np.array([windows, windows]),
        offers=np.ones((2, 1), dtype=np.bool_),
        mean_service_minutes=np.array([10.0]),
    )


def crowd(city: City, leaves: list[float], *, service: float = 10.0) -> Citizens:
    """People who live beside the near hall and leave home at these minutes."""
    home = np.full(len(leaves), city.latitude[0]), np.full(len(leaves), city.longitude[0])
    return Citizens(
        leaves_minutes=np.array(leaves),
        need=np.zeros(len(leaves), dtype=np.int64),
        service_minutes=np.full(len(leaves), service),
        travel_minutes=travel_minutes(*home, city),
    )


def chosen(city: City, people: Citizens, rule: int, *, age_s: float = 0.0) -> list[int]:
    rules = np.full(len(people.need), rule, dtype=np.int64)
    return CityBoard(city).play(people, rules, nobody(city), age_s=age_s).hall.tolist()


def test_whoever_was_sent_counts_though_no_board_shows_them_yet() -> None:
    """Ten leave within a minute: nobody has arrived, yet the far hall gets its share of the advised."""
    city = two_halls()
    people = crowd(city, [600.0 + step / 10 for step in range(10)])
    assert set(chosen(city, people, loop.PUBLISHED)) == {0}
    assert set(chosen(city, people, loop.LAST_SERVED)) == {0}
    assert set(chosen(city, people, loop.PREDICTED)) == {0, 1}
    assert set(chosen(city, people, loop.PREDICTED, age_s=300.0)) == {0, 1}


def test_old_boards_send_everybody_to_the_same_hall() -> None:
    city = two_halls(windows=1)
    people = crowd(city, [600.0 + 4.0 * step for step in range(30)])
    fresh, old = (chosen(city, people, loop.PUBLISHED, age_s=age) for age in (0.0, 3_600.0))
    assert old[:15] == [0] * 15
    assert old[15:].count(1) == 15
    assert set(fresh[:15]) == {0, 1}


def test_the_last_served_is_what_the_rule_of_the_last_served_goes_by() -> None:
    """Six at once at a single window: the second called has waited 10 minutes, the sixth 50."""
    city = two_halls(windows=1)
    early = [600.0] * 6
    at_once = crowd(city, [*early, 606.0])
    assert chosen(city, at_once, loop.LAST_SERVED)[-1] == 0  # the only one called so far did not wait
    later = crowd(city, [*early, 600.0 + 5.0 + 41.0])
    assert chosen(city, later, loop.LAST_SERVED)[-1] == 1  # the fifth was called after 40 minutes


def test_of_near_equals_the_nearest_or_the_calmer_is_taken_within_the_tolerance() -> None:
    """Eight leave at once, and the far hall lies 29 minutes further.

    The sixth at the near hall would be done after 37.5 minutes, at the far one after 43.8. For the seventh it
    is 42.5 against 43.8: equal, and nobody waits at the far one.
    """
    city = two_halls()
    people = crowd(city, [600.0] * 8)
    assert np.round(people.travel_minutes[0]).tolist() == [5.0, 34.0]
    assert chosen(city, people, loop.BY_WAY) == [0] * 8
    assert chosen(city, people, loop.PREDICTED) == [0] * 6 + [1] * 2


def test_the_difference_of_two_rules_has_an_interval_between_days() -> None:
    def figures(*means: float) -> Figures:
        return Figures(means, 0.0, 0.0, 0.0, 0.0, 0.0)

    clear = paired(figures(10.0, 20.0, 30.0), figures(12.0, 22.1, 31.9))
    assert clear.difference == pytest.approx(-2.0)
    assert clear.is_lower
    assert not paired(figures(10.0, 20.0, 30.0), figures(12.0, 18.0, 33.0)).is_lower


@pytest.mark.slow
def test_arrivals_that_follow_each_other_swing_more_than_those_that_do_not(city: City) -> None:
    """The published board herds when everybody follows it; nearest halls do not, and ours hardly more."""
    citizens = draw_citizens(city, seed=4, load=0.65)
    board = CityBoard(city)
    days = {
        name: board.play(citizens, rules_for(len(citizens.need), rule, 1.0, 1), nobody(city))
        for name, rule in RULES.items()
    }
    plain = days["nearest hall"].oscillation
    assert 0.8 < plain < 1.25
    assert days["published estimate now"].oscillation > 2 * plain
    assert days[OURS].oscillation < 1.3 * plain
    assert days[OURS].swing < days["published estimate now"].swing
