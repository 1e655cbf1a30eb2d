"""Whoever says "I am going there" is expected: once, a little, for a while, as nobody in particular."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from booking import service
from booking.service.going import FURTHEST, GOING_SHOWS
from booking.travellers import COOKIE, MOST_PER_ADDRESS
from kernel.catalogue import NotOfferedHere
from kernel.events import HallNotFound
from queueing.estimate import Ask, estimate_on_arrival
from queueing.expected import forget_past
from queueing.tables import ExpectedArrivalRow
from tests.booking.booking_city import BookingCity, build_city
from tests.conftest import client_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    import httpx2
    from sqlmodel import Session

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.web.parts import Parts

expected = ExpectedArrivalRow.__table__  # type: ignore[attr-defined]
SERVICE = ["elder-benefit"]


def rows(session: Session) -> list[Any]:
    return list(session.execute(select(expected)).all())


def go(database: Database, clock: ManualClock, hall: str, who: UUID | None, at: datetime) -> Any:
    return database.write_now(service.go_to, hall, SERVICE, at, who, clock=clock)


def test_one_device_is_one_person_however_often_it_presses(
    database: Database, booking_city: BookingCity, clock: ManualClock
) -> None:
    who, at = uuid4(), clock.now() + timedelta(minutes=20)
    for _ in range(100):
        go(database, clock, "city", who, at)
    found = database.read_now(rows)
    assert [(row.reference, row.due_at, row.show_probability) for row in found] == [(who, at, GOING_SHOWS)]


def test_who_changes_their_mind_is_expected_at_the_new_hall_only(
    database: Database, booking_city: BookingCity, clock: ManualClock
) -> None:
    who, at = uuid4(), clock.now() + timedelta(minutes=20)
    go(database, clock, "city", who, at)
    before = {row.queue_id for row in database.read_now(rows)}
    other = next(
        code for code in booking_city.halls if code != "city" and _offered(database, clock, code, at)
    )
    go(database, clock, other, who, at)
    after = {row.queue_id for row in database.read_now(rows)}
    assert len(after) == 1
    assert after != before
    database.write_now(service.stay, who)
    assert database.read_now(rows) == []


def _offered(database: Database, clock: ManualClock, code: str, at: datetime) -> bool:
    try:
        return go(database, clock, code, uuid4(), at).expected_at is not None and _forget(database)
    except NotOfferedHere:
        return False


def _forget(database: Database) -> bool:
    database.write_now(lambda session: session.execute(expected.delete()))
    return True


def test_it_expires_by_itself(database: Database, booking_city: BookingCity, clock: ManualClock) -> None:
    for _ in range(5):
        go(database, clock, "city", uuid4(), clock.now() + timedelta(minutes=20))
    queue_id = database.read_now(rows)[0].queue_id
    clock.advance(timedelta(minutes=21))
    later = Ask(queue_id, clock.now() + timedelta(minutes=30))
    with_past = database.read_now(estimate_on_arrival, [later], now=clock.now())
    _forget(database)
    assert database.read_now(estimate_on_arrival, [later], now=clock.now()) == with_past


def test_what_is_long_past_is_swept(
    database: Database, booking_city: BookingCity, clock: ManualClock
) -> None:
    go(database, clock, "city", uuid4(), clock.now() + timedelta(minutes=20))
    database.write_now(forget_past, clock.now() + timedelta(days=1))
    assert len(database.read_now(rows)) == 1
    database.write_now(forget_past, clock.now() + timedelta(days=3))
    assert database.read_now(rows) == []


def test_nobody_is_counted_for_a_far_time_or_without_a_reference(
    database: Database, booking_city: BookingCity, clock: ManualClock
) -> None:
    late = clock.now() + FURTHEST + timedelta(minutes=1)
    assert go(database, clock, "city", uuid4(), late).expected_at is None
    assert go(database, clock, "city", None, clock.now()).expected_at is None
    assert database.read_now(rows) == []


def test_a_hall_that_is_not_there_is_refused(
    database: Database, booking_city: BookingCity, clock: ManualClock
) -> None:
    with pytest.raises(HallNotFound):
        go(database, clock, "nowhere", uuid4(), clock.now())


@pytest.fixture
async def web(sqlite_parts: Parts, sqlite_database: Database) -> AsyncIterator[httpx2.AsyncClient]:
    sqlite_database.write_now(build_city)
    async with client_of(sqlite_parts) as client:
        yield client


async def press(web: httpx2.AsyncClient, clock: ManualClock) -> httpx2.Response:
    arrives_at = (clock.now() + timedelta(minutes=20)).isoformat()
    return await web.post(
        "/api/v1/halls/city/going",
        json={"services": SERVICE, "arrives_at": arrives_at},
        headers={"Idempotency-Key": uuid4().hex},
    )


def count(session: Session) -> int:
    return session.execute(select(func.count()).select_from(expected)).scalar_one()


@pytest.mark.slow
async def test_a_browser_that_presses_a_hundred_times_is_one_person(
    web: httpx2.AsyncClient, sqlite_database: Database, clock: ManualClock
) -> None:
    for _ in range(100):
        assert (await press(web, clock)).json()["expected_at"] is not None
    assert sqlite_database.read_now(count) == 1


@pytest.mark.slow
async def test_one_address_cannot_fill_a_hall_with_made_up_devices(
    web: httpx2.AsyncClient, sqlite_database: Database, clock: ManualClock
) -> None:
    """Without a cookie, and with cookies of its own making, each pressed twice."""
    for number in range(40):
        web.cookies.clear()
        for _ in range(2):
            if number % 2:
                web.cookies.set(COOKIE, f"made-up-{number}")
            answer = await press(web, clock)
            assert answer.status_code == 200
            web.cookies.clear()
    assert sqlite_database.read_now(count) == MOST_PER_ADDRESS


async def test_the_page_says_it_and_shows_the_way(web: httpx2.AsyncClient, clock: ManualClock) -> None:
    form = {
        "service": SERVICE,
        "arrives_at": (clock.now() + timedelta(minutes=20)).isoformat(),
        "key": uuid4().hex,
    }
    answer = await web.post("/halls/city/going", data=form)
    assert answer.status_code == 303
    assert "lat" not in answer.headers["location"]
    way = await web.get(answer.headers["location"])
    assert way.status_code == 200
    assert "geo:" in way.text
