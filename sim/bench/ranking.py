"""Ranking the city's halls in the product, on the seeded demo: in process, and over HTTP beside a no-op.

CPU milliseconds are those of the thread that ranks: reading, estimating, ordering and wording, one core.
Over HTTP the same machine also runs the simulated citizens, so the no-op of the same run stands beside it.
Seeds a city of its own; takes about three minutes. Rankings start from places all over the prefecture.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2

from booking.city import city_of
from booking.finder import Wish, rank_halls
from geo.rules.coordinates import Datum, Position
from geo.rules.distance import geodesic_metres
from geo.rules.travel import TravelMode
from kernel.database import Database
from queueing.trust import told_on_arrival
from sim.bench import BenchRow
from sim.bench.demo_running import HALL, running_demo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from sim.bench.demo_running import Demo

PORT = 8973
RANKINGS = 400
REQUESTS = 300
WARM = 20
CENTRE = 22.78, 115.35
SPREAD_DEGREES = 0.2
SEED = 20261125
GOAL_MS = 50.0
MODES = tuple(TravelMode)


def rows() -> list[BenchRow]:
    with tempfile.TemporaryDirectory(prefix="jinban-ranking-") as name:
        folder = Path(name)
        with running_demo(folder, "--no-citizens", port=PORT) as quiet:
            measured = [
                *in_process(folder / "build/demo/live.sqlite", _now(quiet)),
                *over_http(quiet, "quiet"),
            ]
        with running_demo(folder, port=PORT) as live:
            return [*measured, *over_http(live, "live citizens")]


def _now(demo: Demo) -> datetime:
    board = httpx2.get(f"{demo.base}/api/v1/halls/{HALL}/board", timeout=30).raise_for_status()
    return datetime.fromisoformat(board.json()["made_at"])


def in_process(path: Path, now: datetime) -> list[BenchRow]:
    """Rank in this process: one session, one thread, no server."""
    database = Database(f"sqlite:///{path}")
    try:
        halls, spent = asyncio.run(database.read(_ranked_again_and_again, now))
    finally:
        database.close()
    p50, p99, pairs = statistics.median(spent), _p99(spent), _geopy_ms()
    name = f"ranking of {halls} halls and terminals in process, CPU"
    return [
        BenchRow(f"{name}, p50", p50, "ms", "54 geopy distances, p50", p50 / pairs, "", None),
        BenchRow(f"{name}, p99 of {len(spent)}", p99, "ms", "its p50", p99 / p50, "<= 50 ms", p99 <= GOAL_MS),
    ]


def _geopy_ms() -> float:
    """A piece of plain Python of the same run, so that the figure can be compared between machines."""
    chance = random.Random(SEED)
    origin, *halls = (Position(*_place(chance), Datum.WGS84) for _ in range(55))
    spent = []
    for _ in range(40):
        begun = time.thread_time()
        for hall in halls:
            geodesic_metres(origin, hall)
        spent.append((time.thread_time() - begun) * 1000)
    return statistics.median(spent)


def _ranked_again_and_again(session: Session, now: datetime) -> tuple[int, list[float]]:
    city = city_of(session)
    codes = sorted(city.services, key=lambda code: -len(city.offers.get(city.services[code].id, {})))[:12]
    chance = random.Random(SEED)
    spent = []
    for number in range(WARM + RANKINGS):
        position = Position(*_place(chance), Datum.WGS84)
        wish = Wish((codes[number % len(codes)],), MODES[number % len(MODES)], position=position)
        begun = time.thread_time()
        rank_halls(session, wish, now=now + timedelta(seconds=number), outlook=told_on_arrival)
        spent.append((time.thread_time() - begun) * 1000)
    return len(city.halls), spent[WARM:]


def over_http(demo: Demo, when: str) -> list[BenchRow]:
    """Ask the running API, and a no-op of it in turn."""
    return asyncio.run(_asked(demo, when))


async def _asked(demo: Demo, when: str) -> list[BenchRow]:
    chance = random.Random(SEED)
    async with httpx2.AsyncClient(base_url=demo.base, timeout=30) as http:
        found = (await http.get("/api/v1/services")).json()["services"]
        codes = [each["code"] for each in found[:12]]
        ranked, idle = [], []
        for number in range(WARM + REQUESTS):
            lat, lon = _place(chance)
            body = {
                "services": [codes[number % len(codes)]],
                "position": {"lat": lat, "lon": lon, "datum": "WGS-84"},
                "mode": MODES[number % len(MODES)].value,
            }
            ranked.append(await _took(http, "POST", "/api/v1/halls/ranking", json=body))
            idle.append(await _took(http, "GET", "/livez"))
    ranked, idle = ranked[WARM:], idle[WARM:]
    name = f"ranking over HTTP, {when}, wall"
    of_median = statistics.median(ranked) / statistics.median(idle)
    p99 = _p99(ranked)
    return [
        BenchRow(f"{name}, p50", statistics.median(ranked), "ms", "GET /livez, p50", of_median, "", None),
        BenchRow(
            f"{name}, p99 of {len(ranked)}",
            p99,
            "ms",
            "GET /livez, p99",
            p99 / _p99(idle),
            "<= 50 ms",
            p99 <= GOAL_MS,
        ),
    ]


async def _took(http: httpx2.AsyncClient, method: str, path: str, **body: Any) -> float:
    begun = time.perf_counter()
    (await http.request(method, path, **body)).raise_for_status()
    return (time.perf_counter() - begun) * 1000


def _place(chance: random.Random) -> tuple[float, float]:
    return CENTRE[0] + chance.gauss(0, SPREAD_DEGREES), CENTRE[1] + chance.gauss(0, SPREAD_DEGREES)


def _p99(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=100)[98]
