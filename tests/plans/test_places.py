"""Places of slots: all offers meet the same citizens, by the engine's law, and the search finds the best."""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import numpy as np
import pytest

from queueing.engine.draw import WALK_IN
from queueing.plans.appointments import plan_places
from queueing.plans.demand import fit, model_of
from queueing.plans.place_days import drawn
from queueing.plans.place_desk import Desk, Slots, Takers
from queueing.plans.place_search import Ground, Played, search
from sim.bench.plan_instances import Shape, make_instance

STARTS = (510, 615, 840, 945)
NONE = (0,) * len(STARTS)
SMALL = make_instance(Shape(4, 2, 0.6, 2, seed=100))
TAKERS = Takers(show=0.85, willing=0.6)


def desk(most=((3,) * 4, NONE), **changed) -> Desk:
    return Desk(SMALL.history, SMALL.view, Slots(STARTS, most), TAKERS, seed=1, **changed)


@pytest.fixture(scope="module")
def days():
    model = model_of(SMALL.history, fit(SMALL.history, SMALL.history.days))
    return drawn(model, STARTS, ((3,) * 4, (2,) * 4), show=0.85, seed=3, days=400)


def tickets(days, kept, booked, since=0, until=400):
    found = days.of(kept, booked, since=since, until=until)
    return found, set(zip(*(array.tolist() for array in found.tickets[:5]), strict=True))


def test_one_place_more_adds_its_citizen_and_changes_nobody_else(days) -> None:
    _, fewer = tickets(days, (0.7, 0.9), ((1, 2, 0, 1), NONE))
    _, more = tickets(days, (0.7, 0.9), ((1, 2, 1, 1), NONE))
    assert fewer < more
    assert {ticket[1] // 60_000_000 for ticket in more - fewer} == {840}
    _, instead = tickets(days, (0.6, 0.9), ((1, 2, 0, 1), NONE))
    assert instead < fewer, "who no longer just comes is missing, nobody is new"


def test_as_many_come_as_the_shares_say(days) -> None:
    """Of all places booked 85 % see somebody come, and 60 % of the others stay: to four standard errors."""
    everybody, _ = tickets(days, (1.0, 1.0), (NONE, NONE))
    offered, _ = tickets(days, (0.6, 1.0), ((3,) * 4, NONE))
    due = offered.tickets.due
    shown = np.sum(due != WALK_IN)
    assert shown == pytest.approx(0.85 * 4800, abs=4 * np.sqrt(4800 * 0.85 * 0.15))
    first = np.sum(everybody.tickets.queue == 0)
    kept = np.sum((offered.tickets.queue == 0) & (due == WALK_IN))
    assert kept == pytest.approx(0.6 * first, abs=4 * np.sqrt(first * 0.24))


def test_days_come_in_order_and_parts_make_up_the_whole(days) -> None:
    offered = ((2, 0, 3, 1), (1, 1, 0, 2))
    whole, _ = tickets(days, (0.8, 0.5), offered)
    first, _ = tickets(days, (0.8, 0.5), offered, until=150)
    rest, _ = tickets(days, (0.8, 0.5), offered, since=150)
    for array, begin, end in zip(whole.tickets, first.tickets, rest.tickets, strict=True):
        assert np.array_equal(array, np.concatenate([begin, end]))
    assert np.array_equal(whole.joining, np.concatenate([first.joining, rest.joining]))
    for start, end in zip(whole.starts[:-1], whole.starts[1:], strict=True):
        assert np.all(np.diff(whole.tickets.joined[start:end]) >= 0)


def test_places_of_a_slot_are_taken_in_an_order_that_favours_nobody(days) -> None:
    """One of three places has the booker who came first as often as the one who came second or last."""
    one, _ = tickets(days, (0.0, 0.0), ((1, 0, 0, 0), NONE))
    three, _ = tickets(days, (0.0, 0.0), ((3, 0, 0, 0), NONE))
    late = [ticket.tickets.joined.mean() / 60e6 - 510 for ticket in (one, three)]
    assert late[0] == pytest.approx(late[1], abs=4 * 6 / np.sqrt(one.count * 0.85))


def test_the_search_finds_the_best_of_all_offers_of_a_small_hall() -> None:
    own = desk(((2,) * 4, NONE))
    found = own.improve([(NONE, NONE)], progress=lambda _: None)
    offers = [(places, NONE) for places in product(range(3), repeat=4)]
    assert own.cost(found) == pytest.approx(min(map(own.cost, offers)), abs=1e-9)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_offer_never_worse_than_the_present_one() -> None:
    now = ((0, 3, 0, 1), (0, 0, 1, 0))
    first, again = (desk(((3,) * 4, (1,) * 4)) for _ in range(2))
    found = first.improve([now], progress=lambda _: None)
    assert found == again.improve([now], progress=lambda _: None)
    assert first.cost(found) <= first.cost(now)
    assert all(
        0 <= place <= most for place, most in zip(found[0] + found[1], (3,) * 4 + (1,) * 4, strict=True)
    )


def played_as(cost):
    """Return how a made-up hall plays, its days alike."""

    def play(offer, since, until):
        days = np.ones(until - since)
        return Played(cost(offer) * days, days, 0.0 * days)

    return play


def test_a_place_goes_from_one_slot_to_another_where_single_steps_lead_nowhere() -> None:
    """Any place more or fewer costs a lot: only moving one helps."""

    def cost(offer):
        return 10.0 * abs(sum(offer[0]) - 4) + sum(
            abs(own - best) for own, best in zip(offer[0], (0, 3, 0, 1), strict=True)
        )

    ground = Ground(played_as(cost), ((4, 4, 4, 4),), 8, 0.0, 500)
    found = search(ground, [((1, 1, 1, 1),)], random.Random(2), lambda _: None)
    assert found == ((0, 3, 0, 1),)


def test_the_search_stops_when_it_has_played_enough() -> None:
    shown: list[Any] = []
    days: list[Any] = []
    play = played_as(lambda offer: -sum(map(sum, offer)))

    def counted(offer, since, until):
        days.append(until - since)
        return play(offer, since, until)

    ground = Ground(counted, ((900,) * 6,) * 3, 8, 0.0, 20)
    search(ground, [((0,) * 6,) * 3], random.Random(2), shown.append)
    assert 20 * 8 <= sum(days) < 21 * 8
    assert shown == sorted(shown)
    assert shown[-1] == 1.0


def test_more_places_than_may_be_offered_are_played_but_never_added_to() -> None:
    now = ((5, 0, 0, 0), NONE)
    found = plan_places(SMALL.history, SMALL.view, Slots(STARTS, ((1,) * 4, NONE)), TAKERS, now, [])
    assert found.present.places == 5
    assert found.present.booked == 5
    assert found.found[0][0] <= 5
    assert max(found.found[0][1:]) <= 1


def test_a_day_without_slots_keeps_its_offer() -> None:
    found = plan_places(SMALL.history, SMALL.view, Slots((), ((), ())), TAKERS, ((), ()), [])
    assert found.found == ((), ())
    assert not found.worth_it


def test_where_nothing_may_be_offered_nothing_is() -> None:
    nothing = (NONE, NONE)
    found = plan_places(SMALL.history, SMALL.view, Slots(STARTS, nothing), TAKERS, nothing, [nothing])
    assert found.found == nothing
    assert found.proposed.difference.value == 0.0
    assert not found.worth_it


def test_a_slot_after_closing_keeps_nobody_from_an_answer() -> None:
    starts = (510, 1080)
    found = plan_places(
        SMALL.history, SMALL.view, Slots(starts, ((2, 2), (0, 0))), TAKERS, ((0, 2), (0, 0)), []
    )
    assert found.proposed.everybody.value <= found.present.everybody.value + 1e-9
