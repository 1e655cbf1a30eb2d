"""Clients of OSRM and Valhalla, the two road services a city can run on its own network.

Both get WGS-84 positions, since their roads come from OpenStreetMap. OSRM takes coordinates in the URL
only: a log line of the client library would then hold where a citizen is, so those lines are dropped here
(and the service's own access log must be off, see docs/how-to/routing.md). Valhalla takes a body.
"""

from __future__ import annotations

import json
import logging
import math
from typing import TYPE_CHECKING

import httpx2

from geo.routing import Fallback, RoadRouter, RouterFailed
from geo.rules.coordinates import Datum
from geo.rules.travel import TravelMode, TravelSource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, timedelta

    from geo.rules.coordinates import Position

LARGEST_ANSWER_BYTES = 4_000_000  # a thousand destinations take 40 kB; more is not an answer to us
BATCH = 90  # OSRM refuses tables of more than 100 places unless told otherwise
# Further from any road than this, the place lies outside the service's road file.
FURTHEST_SNAP_METRES = 2_000.0

OSRM_PROFILES: Mapping[TravelMode, str] = {
    TravelMode.WALK: "foot",
    TravelMode.RIDE: "bike",
    TravelMode.DRIVE: "driving",
}
VALHALLA_COSTINGS: Mapping[TravelMode, str] = {
    TravelMode.WALK: "pedestrian",
    TravelMode.RIDE: "motor_scooter",
    TravelMode.DRIVE: "auto",
}
# GB 17761-2018: an e-bike's motor stops at 25 km/h; Valhalla's scooter would go 45.
_COSTING_OPTIONS = {"motor_scooter": {"top_speed": 25}}


class _DropsRequestLines(logging.Filter):
    """Keeps the client library's one line per request to ``host`` out of every log."""

    def __init__(self, host: str) -> None:
        super().__init__()
        self._host = host

    def filter(self, record: logging.LogRecord) -> bool:
        arguments = record.args if isinstance(record.args, tuple) else ()
        return not any(isinstance(each, httpx2.URL) and each.host == self._host for each in arguments)


class _Client:
    """One connection pool to one road service, with limits on time and size."""

    def __init__(self, url: str, *, timeout: timedelta) -> None:
        self._http = httpx2.AsyncClient(
            base_url=url, timeout=timeout.total_seconds(), follow_redirects=False, trust_env=False
        )
        self._filter = _DropsRequestLines(self._http.base_url.host)
        logging.getLogger("httpx2").addFilter(self._filter)

    async def ask(self, method: str, path: str, *, body: object = None) -> dict[str, object]:
        """Return the JSON object answered with 200; raises ``RouterFailed`` for anything else."""
        try:
            content = await self._read(method, path, body)
        except httpx2.TimeoutException:
            raise RouterFailed(Fallback.TIMED_OUT) from None
        except (httpx2.HTTPError, httpx2.InvalidURL):
            raise RouterFailed(Fallback.UNREACHABLE) from None
        try:
            answer = json.loads(content)
        except (ValueError, RecursionError):
            raise RouterFailed(Fallback.GARBAGE) from None
        if not isinstance(answer, dict):
            raise RouterFailed(Fallback.GARBAGE)
        return answer

    async def _read(self, method: str, path: str, body: object) -> bytes:
        async with self._http.stream(method, path, json=body) as response:
            if response.status_code != httpx2.codes.OK:
                raise RouterFailed(Fallback.REFUSED)
            content = bytearray()
            async for chunk in response.aiter_bytes():
                content += chunk
                if len(content) > LARGEST_ANSWER_BYTES:
                    raise RouterFailed(Fallback.GARBAGE)
        return bytes(content)

    async def aclose(self) -> None:
        logging.getLogger("httpx2").removeFilter(self._filter)
        await self._http.aclose()


class Osrm:
    """OSRM's table service, ``GET /table/v1/{profile}/...``; one URL per profile is possible.

    ``profiles`` maps a mode to the profile in the URL; OSRM knows no timetable, so the bus is not routed.
    """

    source = TravelSource.OSRM

    def __init__(
        self, url: str, *, timeout: timedelta, profiles: Mapping[TravelMode, str] = OSRM_PROFILES
    ) -> None:
        self._client = _Client(url, timeout=timeout)
        self._profiles = dict(profiles)

    def profile_of(self, mode: TravelMode) -> str | None:
        return self._profiles.get(mode)

    async def seconds(
        self, origin: Position, destinations: Sequence[Position], profile: str
    ) -> list[float | None]:
        found: list[float | None] = []
        for start in range(0, len(destinations), BATCH):
            batch = destinations[start : start + BATCH]
            places = ";".join(_lon_lat(each) for each in (origin, *batch))
            targets = ";".join(str(index + 1) for index in range(len(batch)))
            path = f"/table/v1/{profile}/{places}?sources=0&destinations={targets}&annotations=duration"
            found += _osrm_seconds(await self._client.ask("GET", path), len(batch))
        return found

    async def aclose(self) -> None:
        await self._client.aclose()


class Valhalla:
    """Valhalla's matrix service, ``POST /sources_to_targets``; its matrix knows no timetable either."""

    source = TravelSource.VALHALLA

    def __init__(
        self, url: str, *, timeout: timedelta, costings: Mapping[TravelMode, str] = VALHALLA_COSTINGS
    ) -> None:
        self._client = _Client(url, timeout=timeout)
        self._costings = dict(costings)

    def profile_of(self, mode: TravelMode) -> str | None:
        return self._costings.get(mode)

    async def seconds(
        self, origin: Position, destinations: Sequence[Position], profile: str
    ) -> list[float | None]:
        question = {
            "sources": [_lat_lon(origin)],
            "targets": [_lat_lon(each) for each in destinations],
            "costing": profile,
            "costing_options": _COSTING_OPTIONS,
            "verbose": False,
        }
        answer = await self._client.ask("POST", "/sources_to_targets", body=question)
        return _valhalla_seconds(answer, len(destinations))

    async def aclose(self) -> None:
        await self._client.aclose()


def osrm_router(
    url: str, *, now: Callable[[], datetime], timeout: timedelta, deadline: timedelta
) -> RoadRouter:
    """Return a router that asks OSRM at ``url`` and falls back to the great circle."""
    return RoadRouter(Osrm(url, timeout=timeout), now=now, deadline=deadline)


def valhalla_router(
    url: str, *, now: Callable[[], datetime], timeout: timedelta, deadline: timedelta
) -> RoadRouter:
    """Return a router that asks Valhalla at ``url`` and falls back to the great circle."""
    return RoadRouter(Valhalla(url, timeout=timeout), now=now, deadline=deadline)


def _lon_lat(position: Position) -> str:
    there = position.to(Datum.WGS84)
    return f"{there.lon:.6f},{there.lat:.6f}"


def _lat_lon(position: Position) -> dict[str, float]:
    there = position.to(Datum.WGS84)
    return {"lat": round(there.lat, 6), "lon": round(there.lon, 6)}


def _osrm_seconds(answer: dict[str, object], count: int) -> list[float | None]:
    if answer.get("code") != "Ok":
        raise RouterFailed(Fallback.REFUSED)
    seconds = _numbers(_row(answer.get("durations")), count)
    start = answer.get("sources")
    if isinstance(start, list) and start and _is_far_from_road(start[0]):
        return [None] * count
    ends = answer.get("destinations")
    if not isinstance(ends, list) or len(ends) != count:
        return seconds
    return [None if _is_far_from_road(end) else each for each, end in zip(seconds, ends, strict=True)]


def _is_far_from_road(waypoint: object) -> bool:
    distance = waypoint.get("distance") if isinstance(waypoint, dict) else None
    return isinstance(distance, (int, float)) and distance > FURTHEST_SNAP_METRES


def _valhalla_seconds(answer: dict[str, object], count: int) -> list[float | None]:
    """Read either form: arrays of durations (``verbose`` false), or one object per pair (older servers)."""
    table = answer.get("sources_to_targets")
    if isinstance(table, dict):
        return _numbers(_row(table.get("durations")), count)
    return _numbers([each.get("time") if isinstance(each, dict) else each for each in _row(table)], count)


def _row(table: object) -> list[object]:
    if isinstance(table, list) and len(table) == 1 and isinstance(table[0], list):
        return list(table[0])
    raise RouterFailed(Fallback.GARBAGE)


def _numbers(row: list[object], count: int) -> list[float | None]:
    if len(row) != count:
        raise RouterFailed(Fallback.GARBAGE)
    return [_number(each) for each in row]


def _number(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise RouterFailed(Fallback.GARBAGE)
    try:
        seconds = float(value)
    except OverflowError:  # JSON allows whole numbers of any length
        raise RouterFailed(Fallback.GARBAGE) from None
    if not math.isfinite(seconds) or seconds < 0:
        raise RouterFailed(Fallback.GARBAGE)
    return seconds
