"""The ranking sends nobody to a hall whose walk-in numbers are used up when they would be there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert

from booking.ranking_schemas import RankingOut
from geo.rules.coordinates import Datum, Position
from geo.rules.prospects import Opening, Way
from kernel.identity_tables import StaffRow
from kernel.ids import uuid7
from queueing.quotas import store
from queueing.rules.quotas import DAY_MINUTES
from tests.booking.booking_city import build_city, local
from tests.booking.test_booking_finder import ELDER, order, ranked, waits

if TYPE_CHECKING:
    from sqlmodel import Session

    from kernel.database import Database
    from tests.booking.booking_city import BookingCity

LATE = local(16, 5)  # whoever sets out now reaches no slot of today
BETWEEN = replace(ELDER, position=Position(22.875, 115.339, Datum.WGS84))


@pytest.fixture
def city(sqlite_database: Database) -> BookingCity:
    return sqlite_database.write_now(build_city)


def limit(database: Database, city: BookingCity, most: int, *, given: int, ends: int = DAY_MINUTES) -> None:
    """Let the town's hall give so many numbers of its queue, of which some are given today."""

    def write(session: Session) -> None:
        staff_id = uuid7()
        session.execute(
            insert(StaffRow.__table__).values(  # type: ignore[attr-defined]
                id=staff_id, username="m", display_name="M", role="manager", hall_id=city.halls["town"],
                password_hash="!", failed_tries=0, disabled=False,
            )
        )  # fmt: skip
        own = store.new_quota(
            city.halls["town"], city.queues["town/A"], None, from_minute=0, to_minute=ends, most=most
        )
        store.add(session, own, by=staff_id, at=local(8))  # type: ignore[arg-type]
        store.set_given(session, own, local(8).date(), given)

    database.write_now(write)


def short_waits(city: BookingCity) -> Any:
    return waits({city.queues["city/A"]: 8.0, city.queues["town/A"]: 1.0})


def test_a_hall_without_numbers_stands_behind_one_that_has_some(
    sqlite_database: Database, city: BookingCity
) -> None:
    assert order(ranked(sqlite_database, BETWEEN, short_waits(city), LATE))[0] == "town"
    limit(sqlite_database, city, 5, given=5)
    ranking = ranked(sqlite_database, BETWEEN, short_waits(city), LATE)
    assert order(ranking)[0] == "city"
    town = next(own for own in ranking.options if own.hall.code == "town")
    assert town.ranked.prospect.walk_in is None
    assert town.ranked.prospect.hall.opening is Opening.OPEN, "its doors are open all the same"
    told = next(own for own in RankingOut.of(ranking).halls if own.code == "town")
    assert (told.no_numbers, told.numbers_at, told.walk_in_done) == (True, None, None)


def test_one_number_left_is_enough(sqlite_database: Database, city: BookingCity) -> None:
    limit(sqlite_database, city, 5, given=4)
    assert order(ranked(sqlite_database, BETWEEN, short_waits(city), LATE))[0] == "town"


def test_numbers_that_are_given_again_later_today_are_waited_for(
    sqlite_database: Database, city: BookingCity
) -> None:
    limit(sqlite_database, city, 5, given=5, ends=15 * 60)
    ranking = ranked(sqlite_database, ELDER, short_waits(city), local(14))
    town = next(own for own in ranking.options if own.hall.code == "town").ranked.prospect
    assert town.walk_in is not None
    assert (town.walk_in.way, town.hall.numbers_at) == (Way.WALK_IN, local(15))
    assert town.walk_in.starts_at >= local(15)


def test_another_day_has_numbers_of_its_own(sqlite_database: Database, city: BookingCity) -> None:
    limit(sqlite_database, city, 5, given=5)
    ranking = ranked(sqlite_database, ELDER, short_waits(city), local(9, days=1))
    assert all(own.lacking is None for own in ranking.options)


def test_a_hall_that_has_neither_number_nor_slot_today_says_so(
    sqlite_database: Database, city: BookingCity
) -> None:
    limit(sqlite_database, city, 0, given=0)
    ranking = ranked(sqlite_database, BETWEEN, short_waits(city), LATE)
    town = next(own for own in ranking.options if own.hall.code == "town")
    assert "今天不能办" in town.reason_zh
