"""What one can expect of one hall: the two ways, the earlier of them, and a range of the right width."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from geo.errors import ImpossibleWait
from geo.rules.coordinates import Datum, Position
from geo.rules.prospects import HallFacts, Opening, Prospect, Spread, Standing, Way, prospect
from geo.rules.travel import TravelRange

LEAVE = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
HERE = Position(22.78, 115.35, Datum.WGS84)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def spread(p10: float, p50: float, p90: float) -> Spread:
    return Spread(minutes(p10), minutes(p50), minutes(p90))


def expect(**facts: Any) -> Prospect:
    known: dict[str, Any] = {
        "code": "1",
        "name_zh": "甲",
        "name_en": "A",
        "position": HERE,
        "travel": TravelRange(minutes(8), minutes(10), minutes(16)),
        "wait": spread(10, 20, 35),
        "service": spread(5, 10, 15),
    }
    hall = HallFacts(**(known | facts))
    return prospect(hall, metres=2000.0, departs_at=LEAVE, unknown_wait=minutes(50))


def test_walking_in_takes_travel_and_wait_and_service() -> None:
    found = expect()
    assert found.walk_in is not None
    assert found.walk_in.done_at == LEAVE + minutes(40)
    assert found.done == found.walk_in
    assert found.standing is Standing.TODAY


def test_a_slot_that_is_done_earlier_is_the_way_and_both_are_shown() -> None:
    found = expect(next_slot_at=LEAVE + minutes(20), slot_wait=spread(0, 2, 6))
    assert found.by_slot is not None
    assert found.by_slot.done_at == LEAVE + minutes(32)
    assert found.done == found.by_slot
    assert found.done.way is Way.SLOT
    assert found.walk_in is not None


def test_who_leaves_when_it_is_early_enough_is_served_no_later() -> None:
    at_once = expect().walk_in
    opens_later = expect(opening=Opening.OPENS_LATER, opens_at=LEAVE + minutes(30)).walk_in
    by_slot = expect(next_slot_at=LEAVE + minutes(60)).by_slot
    soon = expect(next_slot_at=LEAVE + minutes(17)).by_slot
    assert None not in (at_once, opens_later, by_slot, soon)
    assert at_once.leave_at == LEAVE
    assert opens_later.leave_at == LEAVE + minutes(20)  # a usual trip ends as the doors open
    assert by_slot.leave_at == LEAVE + minutes(60 - 16 - 5)  # a slow trip, and five minutes to check in
    assert soon.leave_at == LEAVE


@pytest.mark.parametrize(("slot", "counts"), [(15.9, False), (16, True), (30, True)])
def test_a_slot_counts_only_if_a_slow_trip_still_reaches_it(slot: float, counts: bool) -> None:
    assert (expect(next_slot_at=LEAVE + minutes(slot)).by_slot is not None) is counts


def test_a_hall_that_opens_later_serves_from_its_opening() -> None:
    found = expect(opening=Opening.OPENS_LATER, opens_at=LEAVE + minutes(30))
    assert found.walk_in is not None
    assert found.walk_in.starts_at == LEAVE + minutes(50)
    assert found.walk_in.done_low_at >= LEAVE + minutes(30)
    with pytest.raises(ValueError, match="opens_at"):
        expect(opening=Opening.OPENS_LATER)


def test_a_hall_that_stops_before_ones_turn_cannot_be_walked_into() -> None:
    assert expect(last_start_at=LEAVE + minutes(30)).walk_in is not None
    late = expect(last_start_at=LEAVE + minutes(29))
    assert late.walk_in is None
    assert late.standing is Standing.CLOSED
    assert (
        expect(last_start_at=LEAVE + minutes(29), next_slot_at=LEAVE + minutes(25)).standing is Standing.TODAY
    )
    tomorrow = expect(last_start_at=LEAVE + minutes(29), next_slot_at=LEAVE + minutes(1440))
    assert tomorrow.standing is Standing.ANOTHER_DAY


def test_a_closed_hall_offers_its_slots_only_and_one_that_cannot_do_it_nothing() -> None:
    assert expect(opening=Opening.CLOSED).standing is Standing.CLOSED
    booked = expect(opening=Opening.CLOSED, next_slot_at=LEAVE + minutes(1500))
    assert (booked.standing, booked.walk_in) == (Standing.ANOTHER_DAY, None)
    cannot = expect(can_do=False, next_slot_at=LEAVE + minutes(30))
    assert (cannot.standing, cannot.walk_in, cannot.by_slot, cannot.done) == (
        Standing.CANNOT_DO,
        None,
        None,
        None,
    )


def test_an_unknown_wait_is_ordered_by_an_assumption_and_shown_as_unknown() -> None:
    found = expect(wait=None)
    assert (found.walk_in, found.done) == (None, None)
    assert found.order_at == LEAVE + minutes(10 + 50 + 10)
    assert found.assumed_wait == minutes(50)


def test_an_unknown_wait_does_not_hide_a_slot_that_is_earlier() -> None:
    found = expect(wait=None, next_slot_at=LEAVE + minutes(20))
    assert found.done == found.by_slot
    assert found.assumed_wait is None


@pytest.mark.parametrize("wait", [(3, 2, 5), (1, 5, 4), (-1, 2, 3)])
def test_a_wait_out_of_order_is_refused(wait: tuple[float, float, float]) -> None:
    with pytest.raises(ImpossibleWait):
        spread(*wait)


def test_the_done_range_holds_about_eight_in_ten_and_adding_the_ends_would_hold_more() -> None:
    rng = np.random.default_rng(11)
    draws = [rng.gamma(shape, scale, 200_000) for shape, scale in ((9, 1.5), (1.5, 14), (2.5, 5))]
    travel, wait, service = (np.percentile(each, [10, 50, 90]) for each in draws)
    found = expect(
        travel=TravelRange(*(minutes(each) for each in travel)), wait=spread(*wait), service=spread(*service)
    )
    assert found.done is not None
    total = sum(draws)
    low = (found.done.done_low_at - LEAVE) / minutes(1)
    high = (found.done.done_high_at - LEAVE) / minutes(1)
    assert 0.76 < np.mean((total >= low) & (total <= high)) < 0.88
    ends = np.array([travel, wait, service]).sum(axis=0)
    assert np.mean((total >= ends[0]) & (total <= ends[2])) > 0.9
