"""The demo, measured from outside as its user meets it: ``jinban demo`` in a fresh folder, over HTTP.

Seeds the city from nothing, starts a second time, then measures memory, ranking, a call's way to a
lobby screen, and a proposal for the city hall. Takes about four minutes; wall-clock figures, one machine.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import psutil

from sim.bench import BenchRow
from sim.bench.demo_calls import call_rows
from sim.bench.demo_running import HALL, PORT, changes, running_demo

if TYPE_CHECKING:
    from sim.bench.demo_running import Demo

SERVICES = ("id-card-replace", "food-permit", "company-setup")
RANKINGS = 300


def rows() -> list[BenchRow]:
    """Measure the demo; the goals are those of the first issue."""
    with tempfile.TemporaryDirectory(prefix="jinban-demo-") as name:
        folder = Path(name)
        with running_demo(folder) as first:
            seeded = first
        with running_demo(folder) as second:
            measured = [*_starts(seeded, second), *_memory(second)]
            measured += asyncio.run(_requests(second))
        measured.append(_nothing_left())
    return measured


def _starts(first: Demo, second: Demo) -> list[BenchRow]:
    return [
        _row(
            f"first demo to first page ({first.volume})", first.seconds, "s", "<= 180", first.seconds <= 180
        ),
        _row(
            "second demo to first page",
            second.seconds,
            "s",
            "<= 10",
            second.seconds <= 10,
            baseline="first demo",
            ratio=second.seconds / first.seconds,
        ),
    ]


def _memory(demo: Demo) -> list[BenchRow]:
    """Measure proportional memory (shared pages counted once) after half a minute of live queues."""
    time.sleep(30)
    parent = psutil.Process(demo.process.pid)
    everyone = [parent, *parent.children(recursive=True)]
    used = {process.pid: process.memory_full_info().pss / 2**20 for process in everyone}
    api = next(process for process in everyone if "app.serve" in process.cmdline())
    whole = sum(used.values())
    return [
        _row("memory of the API process", used[api.pid], "MiB", "<= 200", used[api.pid] <= 200),
        _row(f"memory of the whole demo ({len(everyone)} processes)", whole, "MiB", "<= 900", whole <= 900),
    ]


def _nothing_left() -> BenchRow:
    left = sum(
        f"--port {PORT}" in " ".join(process.info["cmdline"] or ())
        or f":{PORT}" in " ".join(process.info["cmdline"] or ())
        for process in psutil.process_iter(["cmdline"])
    )
    return _row("processes left after Ctrl-C", left, "processes", "= 0", left == 0)


async def _requests(demo: Demo) -> list[BenchRow]:
    async with httpx2.AsyncClient(base_url=demo.base, timeout=30, follow_redirects=True) as http:
        ranking = await _ranking(http)
        calls = await call_rows(demo)
        token = await demo.signed_in(http, "Manager")
        proposal = await _proposal(http, token)
    return [ranking, *calls, *proposal]


async def _ranking(http: httpx2.AsyncClient) -> BenchRow:
    seconds = []
    for number in range(RANKINGS):
        body = {
            "services": [SERVICES[number % len(SERVICES)]],
            "position": {"lat": 22.7 + number % 17 / 25, "lon": 115.2 + number % 13 / 20, "datum": "WGS-84"},
            "mode": ("ride", "drive", "bus", "walk")[number % 4],
        }
        begun = time.perf_counter()
        (await http.post("/api/v1/halls/ranking", json=body)).raise_for_status()
        seconds.append(time.perf_counter() - begun)
    p99 = statistics.quantiles(seconds, n=100)[98] * 1000
    return _row(
        f"ranking of the 54 halls, p99 of {RANKINGS}",
        p99,
        "ms",
        "<= 100",
        p99 <= 100,
        baseline="its median",
        ratio=p99 / (statistics.median(seconds) * 1000),
    )


async def _proposal(http: httpx2.AsyncClient, csrf: str) -> list[BenchRow]:
    begun = time.perf_counter()
    today = (await http.get(f"/api/v1/halls/{HALL}/board")).json()["made_at"][:10]
    asked = await http.post(f"/api/v1/halls/{HALL}/proposals", json={"for_day": today}, headers=changes(csrf))
    asked.raise_for_status()
    proposal = asked.json()
    while proposal["status"] == "computing" and time.perf_counter() - begun < 180:
        await asyncio.sleep(0.5)
        proposal = (await http.get(f"/api/v1/proposals/{proposal['id']}")).json()
    seconds = time.perf_counter() - begun
    effect = proposal["effect"]
    now, planned, difference = effect["now"], effect["planned"], effect["difference"]
    interval = f"95 % of the difference: {difference['low']:.2f} to {difference['high']:.2f} min"
    return [
        _row(f"proposal for the city hall ({proposal['status']})", seconds, "s", "<= 60", seconds <= 60),
        BenchRow(
            name=f"its mean wait on {len(effect['judged_days'])} unseen days ({interval})",
            value=planned["mean"],
            unit="min",
            baseline=f"change nothing, {now['mean']:.2f} min",
            ratio=planned["mean"] / now["mean"],
            goal="< 1, interval below 0",
            holds=difference["high"] < 0,
        ),
    ]


def _row(
    name: str,
    value: float,
    unit: str,
    goal: str,
    holds: bool,
    *,
    baseline: str | None = None,
    ratio: float | None = None,
) -> BenchRow:
    return BenchRow(name, float(value), unit, baseline, ratio, goal, holds)
