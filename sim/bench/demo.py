"""The demo, measured from outside as its user meets it: ``jinban demo`` in a fresh folder, over HTTP.

Seeds the city from nothing, starts a second time, then measures memory, ranking, a call's way to a
lobby screen, and a proposal for the city hall. Takes about four minutes; wall-clock figures, one machine.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx2
import psutil
import websockets
from websockets.typing import Origin

from sim.bench import BenchRow

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PORT = 8971
HALL = "441500"
SERVICES = ("id-card-replace", "food-permit", "company-setup")
RANKINGS = 300
CALLS = 20
LINE = re.compile(r"^\s{2}(.+?)\s{2,}(http\S+)\s*$")


@dataclass(slots=True)
class Demo:
    """A running demo: what it printed, and how long its first page took."""

    process: subprocess.Popen[str]
    links: dict[str, str]
    volume: str
    seconds: float
    port: int

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def link(self, word: str) -> str:
        return next(url for name, url in self.links.items() if word in name)


@contextmanager
def running_demo(folder: Path, *options: str, port: int = PORT) -> Iterator[Demo]:
    """Run ``jinban demo`` in a folder of its own and end it with Ctrl-C's signal."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "demo", "--port", str(port), *options],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        text=True,
    )
    demo = Demo(process, {}, "", 0.0, port)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(("Seeded:", "Ready:")):
                demo.volume = line.partition(":")[2].strip()
            if found := LINE.match(line):
                demo.links[found[1]] = found[2]
            if "Ctrl-C" in line and demo.links:
                break
        httpx2.get(demo.link("Find a hall"), timeout=30).raise_for_status()
        demo.seconds = time.perf_counter() - begun
        yield demo
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


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
        token = await _manager_session(demo, http)
        calls = await _calls(demo, http, token)
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


async def _manager_session(demo: Demo, http: httpx2.AsyncClient) -> str:
    """Sign in by the printed link and return the CSRF token of that session."""
    (await http.get(demo.link("Manager"))).raise_for_status()
    me = await http.get("/api/v1/me")
    found: str = me.json()["csrf_token"]
    return found


def _changes(csrf: str) -> dict[str, str]:
    return {"X-CSRF-Token": csrf, "Idempotency-Key": uuid4().hex}


async def _calls(demo: Demo, http: httpx2.AsyncClient, csrf: str) -> list[BenchRow]:
    """Call by hand at windows that are free, and take the time until a lobby socket shows the number."""
    seen: dict[str, float] = {}
    watching = asyncio.create_task(_watch(demo, seen))
    delays: list[float] = []
    for _ in range(CALLS * 10):
        if len(delays) >= CALLS:
            break
        windows = (await http.get("/api/v1/windows", params={"hall": HALL})).json()["windows"]
        for window in windows:
            if window["status"] == "open" and window["ticket"] is None:
                delays += await _call(http, seen, window["id"], csrf)
        await asyncio.sleep(0.3)
    watching.cancel()
    if not delays:
        return [_row("call -> lobby screen: no window was free in time", 0, "calls", ">= 1", holds=False)]
    worst = max(delays)
    return [_row(f"call -> lobby screen, worst of {len(delays)}", worst, "s", "<= 1", worst <= 1)]


async def _watch(demo: Demo, seen: dict[str, float]) -> None:
    """Be a lobby screen: note when each called number is first shown."""
    address = f"{demo.base.replace('http', 'ws')}/api/v1/halls/{HALL}/live"
    async with websockets.connect(address, origin=Origin(demo.base)) as screen:
        async for frame in screen:
            board: dict[str, Any] = json.loads(frame).get("board") or {}
            for call in board.get("calls", ()):
                seen.setdefault(call["number"], time.perf_counter())


async def _call(http: httpx2.AsyncClient, seen: dict[str, float], window: str, csrf: str) -> list[float]:
    """Return the seconds from the press to the screen; nothing when nobody waited for the window."""
    begun = time.perf_counter()
    answer = await http.post(f"/api/v1/windows/{window}/call-next", headers=_changes(csrf))
    if answer.status_code != httpx2.codes.OK:
        return []
    label = answer.json()["label"]
    async with asyncio.timeout(10):
        while label not in seen:
            await asyncio.sleep(0.01)
    return [seen[label] - begun]


async def _proposal(http: httpx2.AsyncClient, csrf: str) -> list[BenchRow]:
    begun = time.perf_counter()
    today = (await http.get(f"/api/v1/halls/{HALL}/board")).json()["made_at"][:10]
    asked = await http.post(
        f"/api/v1/halls/{HALL}/proposals", json={"for_day": today}, headers=_changes(csrf)
    )
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
