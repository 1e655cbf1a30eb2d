"""Road routers against a server of their own on loopback that answers, lies, dawdles and breaks off."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from geo.roads import BATCH, LARGEST_ANSWER_BYTES, osrm_router, valhalla_router
from geo.routing import Fallback, GreatCircleRouter, RoadRouter
from geo.rules.coordinates import Datum, Position
from geo.rules.travel import TravelMode, TravelSource, estimate, routed

ORIGIN = Position(22.78, 115.35, Datum.WGS84)
HALLS = [Position(22.80, 115.36, Datum.WGS84), Position(22.97, 115.33, Datum.WGS84)]
SHORT = timedelta(seconds=0.2)  # for services that never answer in time
PATIENT = timedelta(seconds=10)  # for those that do, on a machine however busy
Answer = Callable[[str, bytes, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    """What a road service saw, and how it answers next."""

    answer: Answer
    url: str = ""
    heads: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            lines = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
            body = await reader.readexactly(int(lines.get("content-length", "0")))
            self.heads.append(head.split("\r\n")[0])
            self.bodies.append(body)
            await self.answer(head, body, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[Server]:
    server = Server(answer)
    listener = await asyncio.start_server(server.handle, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    server.url = f"http://127.0.0.1:{port}"
    try:
        yield server
    finally:
        listener.close()


def says(content: object, status: int = 200) -> Answer:
    async def answer(head: str, body: bytes, writer: asyncio.StreamWriter) -> None:
        payload = content if isinstance(content, bytes) else json.dumps(content).encode()
        writer.write(f"HTTP/1.1 {status} x\r\ncontent-length: {len(payload)}\r\n\r\n".encode() + payload)
        await writer.drain()

    return answer


async def never(head: str, body: bytes, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(5)


async def drips(head: str, body: bytes, writer: asyncio.StreamWriter) -> None:
    """Satisfy every socket time-out, one byte at a time, for longer than anybody would wait."""
    writer.write(b"HTTP/1.1 200 x\r\ncontent-length: 1000\r\n\r\n")
    for _ in range(100):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


async def breaks_off(head: str, body: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 x\r\ncontent-length: 1000\r\n\r\n{")
    await writer.drain()


async def floods(head: str, body: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 x\r\n\r\n")
    for _ in range(LARGEST_ANSWER_BYTES // 65_536 + 2):
        writer.write(b" " * 65_536)
        await writer.drain()


def osrm_says(*seconds: float | None, snapped: tuple[float, ...] | None = None) -> dict[str, object]:
    return {
        "code": "Ok",
        "durations": [list(seconds)],
        "sources": [{"distance": 12.5}],
        "destinations": [{"distance": each} for each in snapped or (3.0,) * len(seconds)],
    }


class Hands:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 1, 40, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@asynccontextmanager
async def osrm(
    url: str, clock: Hands | None = None, *, timeout: timedelta = PATIENT
) -> AsyncIterator[RoadRouter]:
    router = osrm_router(url, now=clock or Hands(), timeout=timeout, deadline=2 * timeout)
    try:
        yield router
    finally:
        await router.aclose()


@asynccontextmanager
async def valhalla(url: str) -> AsyncIterator[RoadRouter]:
    router = valhalla_router(url, now=Hands(), timeout=PATIENT, deadline=2 * PATIENT)
    try:
        yield router
    finally:
        await router.aclose()


async def test_osrms_seconds_become_ranges_and_name_their_source() -> None:
    async with serving(says(osrm_says(300, 2400))) as server, osrm(server.url) as router:
        answer = await router.travel(ORIGIN, HALLS, TravelMode.DRIVE)
    assert [trip.range for trip in answer.trips] == [
        routed(300, TravelMode.DRIVE),
        routed(2400, TravelMode.DRIVE),
    ]
    assert {trip.source for trip in answer.trips} == {TravelSource.OSRM}
    assert answer.fallback is None
    assert server.heads == [
        "GET /table/v1/driving/115.350000,22.780000;115.360000,22.800000;115.330000,22.970000"
        "?sources=0&destinations=1;2&annotations=duration HTTP/1.1"
    ]


async def test_positions_reach_the_road_service_in_wgs84() -> None:
    chinese = [hall.to(Datum.BD09) for hall in HALLS]
    async with serving(says(osrm_says(300, 2400))) as server, osrm(server.url) as router:
        await router.travel(ORIGIN.to(Datum.GCJ02), chinese, TravelMode.DRIVE)
        await router.travel(ORIGIN, HALLS, TravelMode.DRIVE)
    assert server.heads[0] == server.heads[1]


@pytest.mark.parametrize(
    "table",
    [
        {"durations": [[300, 2400]], "distances": [[3.1, 25.0]]},
        [[{"time": 300, "to_index": 0, "from_index": 0}, {"time": 2400, "to_index": 1, "from_index": 0}]],
    ],
    ids=["short form", "long form"],
)
async def test_valhalla_answers_in_either_form_to_a_body_not_a_url(table: object) -> None:
    async with serving(says({"sources_to_targets": table})) as server, valhalla(server.url) as router:
        answer = await router.travel(ORIGIN, HALLS, TravelMode.RIDE)
    assert [trip.range for trip in answer.trips] == [
        routed(300, TravelMode.RIDE),
        routed(2400, TravelMode.RIDE),
    ]
    assert {trip.source for trip in answer.trips} == {TravelSource.VALHALLA}
    assert server.heads == ["POST /sources_to_targets HTTP/1.1"]
    asked = json.loads(server.bodies[0])
    assert asked["sources"] == [{"lat": 22.78, "lon": 115.35}]
    assert [target["lat"] for target in asked["targets"]] == [22.8, 22.97]
    assert asked["costing"] == "motor_scooter"


BROKEN: dict[str, tuple[Answer, Fallback]] = {
    "silence": (never, Fallback.TIMED_OUT),
    "one byte at a time": (drips, Fallback.TIMED_OUT),
    "broken off": (breaks_off, Fallback.UNREACHABLE),
    "a flood": (floods, Fallback.GARBAGE),
    "500": (says({"code": "InternalError"}, 500), Fallback.REFUSED),
    "400 TooBig": (says({"code": "TooBig"}, 400), Fallback.REFUSED),
    "a redirect": (says(b"", 302), Fallback.REFUSED),
    "200 with an error code": (says({"code": "NoTable"}), Fallback.REFUSED),
    "no JSON": (says(b"<html>502</html>"), Fallback.GARBAGE),
    "no object": (says([1, 2]), Fallback.GARBAGE),
    "deep nesting": (says(b"[" * 200_000), Fallback.GARBAGE),
    "bytes that are no text": (says(b'{"code": "\xff\xfe"}'), Fallback.GARBAGE),
    "no durations": (says({"code": "Ok"}), Fallback.GARBAGE),
    "too few durations": (says(osrm_says(300)), Fallback.GARBAGE),
    "words for numbers": (says({"code": "Ok", "durations": [["soon", True]]}), Fallback.GARBAGE),
    "NaN": (says(b'{"code": "Ok", "durations": [[NaN, 1]]}'), Fallback.GARBAGE),
    "a number beyond floats": (
        says(b'{"code": "Ok", "durations": [[1' + b"0" * 400 + b", 1]]}"),
        Fallback.GARBAGE,
    ),
    "negative seconds": (says(osrm_says(-5, 300)), Fallback.GARBAGE),
    "zeros (an empty road file)": (says(osrm_says(0, 0)), Fallback.GARBAGE),
}


@pytest.mark.parametrize("fault", BROKEN)
@pytest.mark.slow
async def test_whatever_the_service_does_the_great_circle_answers_in_time_and_says_why(fault: str) -> None:
    answer_with, expected = BROKEN[fault]
    loop = asyncio.get_running_loop()
    async with serving(answer_with) as server, osrm(server.url, timeout=SHORT) as router:
        started = loop.time()
        answer = await router.travel(ORIGIN, HALLS, TravelMode.DRIVE)
        assert loop.time() - started < 5  # the deadline is 0.4 s; the rest is a slow machine
    assert answer.trips == estimate(ORIGIN, HALLS, TravelMode.DRIVE)
    assert answer.fallback is expected


async def test_nobody_listening_falls_back() -> None:
    async with serving(never) as server:
        url = server.url
    async with osrm(url) as router:
        answer = await router.travel(ORIGIN, HALLS, TravelMode.DRIVE)
    assert answer.fallback is Fallback.UNREACHABLE
    assert answer.trips == estimate(ORIGIN, HALLS, TravelMode.DRIVE)


async def test_a_hall_without_a_road_falls_back_alone() -> None:
    by_formula = estimate(ORIGIN, HALLS, TravelMode.DRIVE)
    for table in (osrm_says(300, None), osrm_says(300, 2400, snapped=(5.0, 9000.0))):
        async with serving(says(table)) as server, osrm(server.url) as router:
            answer = await router.travel(ORIGIN, HALLS, TravelMode.DRIVE)
        assert [trip.source for trip in answer.trips] == [TravelSource.OSRM, TravelSource.GREAT_CIRCLE]
        assert answer.trips[1] == by_formula[1]
        assert answer.fallback is Fallback.NO_ROAD


async def test_an_origin_outside_the_road_file_falls_back_for_all() -> None:
    table = osrm_says(300, 2400) | {"sources": [{"distance": 80_000.0}]}
    async with serving(says(table)) as server, osrm(server.url) as router:
        answer = await router.travel(ORIGIN, HALLS, TravelMode.DRIVE)
    assert answer.fallback is Fallback.NO_ROAD
    assert answer.trips == estimate(ORIGIN, HALLS, TravelMode.DRIVE)


async def test_a_mode_that_roads_do_not_tell_is_not_asked_for() -> None:
    async with serving(says(osrm_says(300, 2400))) as server, osrm(server.url) as router:
        answer = await router.travel(ORIGIN, HALLS, TravelMode.BUS)
    assert answer.fallback is Fallback.MODE_NOT_SERVED
    assert server.heads == []


async def test_more_halls_than_a_table_takes_are_asked_in_batches() -> None:
    async def counts(head: str, body: bytes, writer: asyncio.StreamWriter) -> None:
        size = head.split("destinations=")[1].split("&")[0].count(";") + 1
        await says(osrm_says(*(float(600 + index) for index in range(size))))(head, body, writer)

    halls = [Position(22.78 + index / 10_000, 115.36, Datum.WGS84) for index in range(BATCH + 7)]
    async with serving(counts) as server, osrm(server.url) as router:
        answer = await router.travel(ORIGIN, halls, TravelMode.DRIVE)
    assert len(server.heads) == 2
    assert len(answer.trips) == BATCH + 7
    assert answer.trips[BATCH].range == routed(600, TravelMode.DRIVE)


async def test_after_three_failures_the_service_is_left_alone_until_its_rest_is_over() -> None:
    clock = Hands()
    async with serving(says({}, 503)) as server, osrm(server.url, clock) as router:
        asked = [(await router.travel(ORIGIN, HALLS, TravelMode.DRIVE)).fallback for _ in range(5)]
        assert asked == [Fallback.REFUSED] * 3 + [Fallback.RESTING] * 2
        assert len(server.heads) == 3
        server.answer = says(osrm_says(300, 2400))
        clock.now += timedelta(seconds=31)
        assert (await router.travel(ORIGIN, HALLS, TravelMode.DRIVE)).fallback is None
        assert (await router.travel(ORIGIN, HALLS, TravelMode.DRIVE)).fallback is None


async def test_no_log_line_holds_where_the_citizen_is(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with serving(says(osrm_says(300, 2400))) as server, osrm(server.url) as router:
        await router.travel(ORIGIN, HALLS, TravelMode.DRIVE)
    assert "115.35" not in caplog.text
    assert len(server.heads) == 1


async def test_nothing_to_reach_asks_nobody() -> None:
    async with serving(never) as server, osrm(server.url) as router:
        assert (await router.travel(ORIGIN, [], TravelMode.DRIVE)).trips == ()
    assert server.heads == []


async def test_the_default_router_is_the_estimate() -> None:
    router = GreatCircleRouter()
    answer = await router.travel(ORIGIN, HALLS, TravelMode.WALK)
    await router.aclose()
    assert answer.trips == estimate(ORIGIN, HALLS, TravelMode.WALK)
    assert answer.fallback is None
