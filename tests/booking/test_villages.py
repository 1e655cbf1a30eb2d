"""The fourth level: service points of villages are found, ranked and booked like any hall."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from booking.city import city_of, forget_city
from geo.errors import AmbiguousArea
from kernel.tables import HallClockRow, HallRow, HallServiceRow, OpeningHoursRow, QueueRow
from tests.booking.booking_city import BookingCity, build_city, local, plan_windows
from tests.conftest import client_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2
    from sqlmodel import Session

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.web.parts import Parts


def add_village(session: Session, city: BookingCity, code: str, zh: str, *, town: str, lat: float) -> None:
    """A point with one window of its own, in a town's village."""
    hall = HallRow(
        code=code, parent_code=town, kind="hall", level="village", area_zh="海城镇", area_en="Haicheng",
        name_zh=f"{zh}便民服务站", name_en=f"{code.title()} Service Point", lat=lat, lon=115.33, policy={},
    )  # fmt: skip
    session.add(hall)
    session.flush()
    city.halls[code] = hall.id  # type: ignore[assignment]
    session.add(HallClockRow(hall_id=hall.id, ticked_at=local(0, days=-30)))
    for weekday in range(5):
        session.add(OpeningHoursRow(hall_id=hall.id, weekday=weekday, opens=time(9), closes=time(12)))
    queue = QueueRow(hall_id=hall.id, prefix="A", rank=0, name_zh="综合受理", name_en="All", mean_minutes=9.0)
    session.add(queue)
    session.flush()
    city.queues[f"{code}/A"] = queue.id  # type: ignore[assignment]
    service = city.services["elder-benefit"]
    session.add(HallServiceRow(hall_id=hall.id, service_id=service, queue_id=queue.id))
    plan_windows(session, city, code, {"1": ["A"]}, version=1)


def build_villages(session: Session) -> BookingCity:
    city = build_city(session)
    add_village(session, city, "xinshan", "新山村", town="town", lat=22.971)
    add_village(session, city, "xinshan2", "新山村", town="city", lat=22.781)
    forget_city(session)
    return city


@pytest.fixture
async def web(
    sqlite_parts: Parts, sqlite_database: Database, clock: ManualClock
) -> AsyncIterator[httpx2.AsyncClient]:
    clock.set(local(9, 30))
    sqlite_database.write_now(build_villages)
    async with client_of(sqlite_parts) as client:
        client.headers.update({"Accept-Language": "en"})
        yield client


def test_villages_lie_in_their_towns_and_are_told_apart_by_them(database: Database) -> None:
    database.write_now(build_villages)
    city = database.read_now(city_of)
    with pytest.raises(AmbiguousArea) as several:
        city.areas.find("新山村")
    names = several.value.facts["candidates"]
    assert len(set(names)) == 2
    assert any("海城镇新山村" in name for name in names)
    assert city.places.find("海城镇新山村").position.lat == pytest.approx(22.971)
    assert city.places.find("海城镇新山村便民服务站").position.lat == pytest.approx(22.971)


@pytest.mark.slow
async def test_a_village_ranks_beside_halls_and_terminals(web: httpx2.AsyncClient) -> None:
    asked = {"services": ["elder-benefit"], "position": {"lat": 22.9712, "lon": 115.3301}}
    options = (await web.post("/api/v1/halls/ranking", json=asked)).json()["halls"]
    assert {own["level"] for own in options} == {"city", "town", "village"}
    first = options[0]
    assert (first["code"], first["level"], first["can_do"]) == ("xinshan", "village", True)
    assert first["next_slots"]
    other = {**asked, "services": ["social-card"]}
    options = (await web.post("/api/v1/halls/ranking", json=other)).json()["halls"]
    village = next(own for own in options if own["code"] == "xinshan")
    assert not village["can_do"], "which service can be done where is said of villages too"


@pytest.mark.slow
async def test_the_page_marks_villages_and_lets_them_be_typed(web: httpx2.AsyncClient) -> None:
    page = await web.get("/halls?service=elder-benefit&area=海城镇新山村", headers={"Accept": "text/html"})
    assert "in the village" in page.text
    assert '<option value="xinshan"' not in page.text, "hundreds of villages are no list to choose from"
    form = {"service": "elder-benefit", "area": "海城镇新山村 3 组", "near": "", "was": "", "was_area": ""}
    led = await web.post("/halls/from", data=form)
    assert "新山村" in unquote(led.headers["location"])


async def test_an_appointment_is_booked_in_a_village(web: httpx2.AsyncClient) -> None:
    slots = (await web.get("/api/v1/halls/xinshan/slots?service=elder-benefit")).json()
    start = slots["days"][0]["slots"][0]["starts_at"]
    wish = {"hall": "xinshan", "services": ["elder-benefit"], "starts_at": start}
    held = await web.post("/api/v1/appointments/holds", json=wish, headers={"Idempotency-Key": "village-1"})
    assert held.status_code == 200, held.text
    assert held.json()["appointment"]["hall"]["level"] == "village"
