"""When to leave for an appointment, over HTTP; road services that know the way."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from icalendar import Calendar
from pydantic import ValidationError
from sqlalchemy import inspect, text
from structlog.testing import capture_logs

from booking.travelling import router_of
from geo.roads import Osrm, Valhalla
from geo.routing import Fallback, GreatCircleRouter, RoadRouter, TravelAnswer
from geo.rules.travel import Travel, TravelRange, TravelSource
from kernel.settings import RoadSettings, Settings
from tests.booking.booking_city import build_city, local
from tests.booking.test_booking_http import book, post
from tests.conftest import client_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    import httpx2

    from geo.rules.coordinates import Position
    from geo.rules.travel import TravelMode
    from kernel.clock import ManualClock
    from kernel.web.parts import Parts

TOWN = {"lat": 22.969123, "lon": 115.331456}


class Roads:
    """A road service: every way takes as long as it says, to whoever asks."""

    def __init__(self, minutes: float, fallback: Fallback | None = None) -> None:
        self.fallback = fallback
        self.trip = TravelRange(*(timedelta(minutes=minutes * part) for part in (0.9, 1, 1.5)))
        self.asked: list[int] = []

    async def travel(
        self, origin: Position, destinations: Sequence[Position], mode: TravelMode
    ) -> TravelAnswer:
        self.asked.append(len(destinations))
        return TravelAnswer((Travel(self.trip, TravelSource.VALHALLA),) * len(destinations), self.fallback)

    async def aclose(self) -> None:
        return None


@asynccontextmanager
async def serving(parts: Parts, roads: Roads | None = None) -> AsyncIterator[httpx2.AsyncClient]:
    parts.database.write_now(build_city)
    async with client_of(parts) as web:
        if roads is not None:
            web._transport.app.state.roads = roads  # type: ignore[attr-defined]
        yield web


@pytest.fixture
async def web(sqlite_parts: Parts) -> AsyncIterator[httpx2.AsyncClient]:
    async with serving(sqlite_parts) as client:
        yield client


async def leave(web: httpx2.AsyncClient, token: str, **said: Any) -> httpx2.Response:
    return await web.post("/api/v1/appointments/leaving", json={"token": token, "mode": "drive", **said})


async def test_it_says_when_to_leave_and_what_that_comes_to(
    web: httpx2.AsyncClient, clock: ManualClock
) -> None:
    booked = await book(web, local(15).isoformat())
    told = (await leave(web, booked["token"], position=TOWN)).json()
    assert told["urgency"] == "later"
    slow = timedelta(minutes=told["travel"]["high"])
    assert abs(local(14, 55) - slow - _instant(told["leave_at"])) < timedelta(minutes=1)
    assert told["distance_km"] == pytest.approx(20.8, abs=0.2)
    clock.advance(_instant(told["leave_at"]) - clock.now())
    assert (await leave(web, booked["token"], position=TOWN)).json()["urgency"] == "now"
    clock.advance(local(14, 55) - clock.now())
    late = (await leave(web, booked["token"], position=TOWN)).json()
    assert late["urgency"] == "too-late"
    assert _instant(late["arrives_at"]) > _instant(late["counts_until"]) == local(15, 10)


async def test_a_named_place_does_as_well_and_what_cannot_be_answered_is_refused(
    web: httpx2.AsyncClient,
) -> None:
    booked = await book(web)
    assert (await leave(web, booked["token"], area="海城镇")).status_code == 200
    refusals = [
        await leave(web, booked["token"]),
        await leave(web, booked["token"], area="火星"),
        await leave(web, booked["token"], position={"lat": 222, "lon": 115}),
        await leave(web, "nobody-has-this-token", position=TOWN),
    ]
    assert [each.json()["code"] for each in refusals] == [
        "origin-missing", "unknown-area", "impossible-position", "appointment-not-found",
    ]  # fmt: skip
    await post(web, "/appointments/cancel", {"token": booked["token"]})
    gone = await leave(web, booked["token"], position=TOWN)
    assert (gone.status_code, gone.json()["code"]) == (409, "appointment-not-possible")


async def test_where_somebody_starts_is_written_nowhere(
    web: httpx2.AsyncClient, sqlite_parts: Parts, capsys: pytest.CaptureFixture[str]
) -> None:
    booked = await book(web)
    await leave(web, booked["token"], position=TOWN)
    await web.post(f"/a/{booked['token']}/leave", data={"lat": "22.969123", "lon": "115.331456"})
    assert "22.969" not in capsys.readouterr().out

    def everything(session: Any) -> str:
        tables = inspect(session.connection()).get_table_names()
        return "\n".join(str(session.execute(text(f'select * from "{name}"')).all()) for name in tables)

    kept = sqlite_parts.database.read_now(everything)
    assert "115.331456" not in kept
    assert booked["code"] in kept  # or the search above would find nothing in anything


@pytest.mark.slow
async def test_a_road_service_decides_order_and_departure(sqlite_parts: Parts) -> None:
    roads = Roads(40.0)
    async with serving(sqlite_parts, roads) as web:
        asked = {"services": ["elder-benefit"], "position": TOWN}
        halls = (await web.post("/api/v1/halls/ranking", json=asked)).json()["halls"]
        assert {hall["travel"]["source"] for hall in halls} == {"valhalla"}
        assert {hall["travel"]["typical"] for hall in halls} == {40}
        booked = await book(web, local(15).isoformat())
        told = (await leave(web, booked["token"], position=TOWN)).json()
        assert _instant(told["leave_at"]) == local(13, 55)
        page = await web.post(f"/a/{booked['token']}/leave", data={"area": "海城镇"})
        assert "13:55" in page.text
        assert "valhalla" in (await web.get("/halls?service=elder-benefit&area=海城镇")).text
    assert roads.asked == [3, 3, 3, 3]


@pytest.mark.slow
async def test_why_a_road_service_was_not_used_stands_in_the_log_without_a_place(
    sqlite_parts: Parts,
) -> None:
    roads = Roads(40.0, Fallback.UNREACHABLE)
    asked = {"services": ["elder-benefit"], "position": TOWN}
    async with serving(sqlite_parts, roads) as web:
        with capture_logs() as logs:
            await web.post("/api/v1/halls/ranking", json=asked)
            for fine in (Fallback.RESTING, Fallback.MODE_NOT_SERVED, Fallback.NO_ROAD, None):
                roads.fallback = fine
                await web.post("/api/v1/halls/ranking", json=asked)
    told = [own for own in logs if own["event"].startswith("the road service")]
    assert [own["why"] for own in told] == ["router-unreachable"]
    assert str(TOWN["lat"]) not in repr(told)


def test_settings_choose_the_road_service(clock: ManualClock) -> None:
    def chosen(**road: str) -> Any:
        road_service = RoadSettings(**road) if road else None  # type: ignore[arg-type]
        return router_of(Settings(road_service=road_service, _env_file=None), clock.now)  # type: ignore[call-arg]

    assert isinstance(chosen(), GreatCircleRouter)
    for kind, client in (("osrm", Osrm), ("valhalla", Valhalla)):
        router = chosen(kind=kind, url="http://roads.internal:8002")
        assert isinstance(router, RoadRouter)
        assert isinstance(router._service, client)
    with pytest.raises(ValidationError):
        chosen(kind="crystal-ball", url="http://roads.internal:8002")


@pytest.mark.slow
async def test_the_calendar_reminds_when_to_leave_too(web: httpx2.AsyncClient) -> None:
    booked = await book(web, local(15).isoformat())
    address = f"/api/v1/appointments/{booked['token']}/calendar.ics"
    (event,) = Calendar.from_ical((await web.get(f"{address}?leave=65")).content).walk("VEVENT")
    alarms = [alarm["TRIGGER"].dt for alarm in event.walk("VALARM")]
    assert alarms == [timedelta(days=-1), timedelta(minutes=-65)]
    assert (await web.get(f"{address}?leave=0")).status_code == 422
    (plain,) = Calendar.from_ical((await web.get(address)).content).walk("VEVENT")
    assert len(plain.walk("VALARM")) == 1


async def test_the_page_answers_keeps_what_was_typed_and_offers_other_names(web: httpx2.AsyncClient) -> None:
    booked = await book(web, local(15).isoformat())
    address = f"/a/{booked['token']}"
    english = {"Accept-Language": "en"}
    asked = await web.get(address, headers=english)
    assert "When must I leave?" in asked.text
    page = await web.post(f"{address}/leave", data={"area": "海城镇", "mode": "bus"}, headers=english)
    assert "Leave by" in page.text
    assert 'value="海城镇"' in page.text
    assert '<option value="bus" selected>' in page.text
    assert page.headers["cache-control"] == "no-store"
    unknown = await web.post(f"{address}/leave", data={"area": "海城"}, headers=english)
    assert "海城镇" in unknown.text
    again = await web.get(f"{address}/leave")  # a reload, or another language
    assert (again.status_code, again.headers["location"]) == (303, address)
    nothing = await web.post(f"{address}/leave", data={}, headers=english)
    assert "Type where you start" in nothing.text
    for wrong in ("north", "nan", "222"):
        refused = await web.post(f"{address}/leave", data={"lat": wrong, "lon": "1"}, headers=english)
        assert (refused.status_code, "Type where you start" in refused.text) == (200, True)


async def test_the_ranking_says_when_it_is_early_enough_to_leave(web: httpx2.AsyncClient) -> None:
    asked = {"services": ["elder-benefit"], "position": TOWN}
    told = (await web.post("/api/v1/halls/ranking", json=asked)).json()
    best = [(hall["best"], hall["leave_at"]) for hall in told["halls"] if hall["best"] != "none"]
    assert best
    assert all(_instant(at) >= _instant(told["departs_at"]) for _, at in best)


def _instant(said: str) -> datetime:
    return datetime.fromisoformat(said)
