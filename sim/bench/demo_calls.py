"""From a clerk's key to the lobby's screen, in a running demo: at the window of the demo's clerk.

Whoever works at a window of the demo has it to themselves (``sim.live.clerk.SomebodyElse``), so the
bench sits down there, finishes whom it finds and calls the next, again and again.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

import httpx2
import websockets
from websockets.typing import Origin

from sim.bench import BenchRow
from sim.bench.demo_running import HALL, changes

if TYPE_CHECKING:
    from sim.bench.demo_running import Demo

CALLS = 20
WITHIN_S = 90.0  # for all calls: whoever is waiting now is called in seconds, then people come by and by
SHOWN_WITHIN_S = 10.0


async def call_rows(demo: Demo) -> list[BenchRow]:
    """Return the worst time from the press of the key to a lobby socket that shows the number."""
    async with httpx2.AsyncClient(base_url=demo.base, timeout=30, follow_redirects=True) as http:
        csrf = await demo.signed_in(http, "Clerk")
        seen: dict[str, float] = {}
        watching = asyncio.create_task(_watch(demo, seen))
        try:
            delays = await _delays(http, csrf, seen)
        finally:
            watching.cancel()
    if not delays:
        return [BenchRow("call -> lobby screen: nobody came in time", 0, "calls", None, None, ">= 1", False)]
    worst = max(delays)
    name = f"call -> lobby screen, worst of {len(delays)}"
    return [BenchRow(name, worst, "s", None, None, "<= 1", worst <= 1)]


async def _delays(http: httpx2.AsyncClient, csrf: str, seen: dict[str, float]) -> list[float]:
    delays: list[float] = []
    until = time.perf_counter() + WITHIN_S
    while len(delays) < CALLS and time.perf_counter() < until:
        window = await _window(http)
        if window is None:
            break
        if window["ticket"] is not None:
            await _finish(http, csrf, window["ticket"])
        begun = time.perf_counter()
        answer = await http.post(f"/api/v1/windows/{window['id']}/call-next", headers=changes(csrf))
        if answer.status_code != httpx2.codes.OK:
            await asyncio.sleep(1.0)
            continue
        delays.append(await _shown(answer.json()["label"], seen) - begun)
    return delays


async def _window(http: httpx2.AsyncClient) -> dict[str, Any] | None:
    """Return the window at which the demo's clerk sits."""
    me = (await http.get("/api/v1/me")).json()["id"]
    windows = (await http.get("/api/v1/windows", params={"hall": HALL})).json()["windows"]
    return next((window for window in windows if window["clerk_id"] == me), None)


async def _finish(http: httpx2.AsyncClient, csrf: str, ticket: dict[str, Any]) -> None:
    verbs = ("start", "finish") if ticket["status"] == "called" else ("finish",)
    for verb in verbs:
        await http.post(f"/api/v1/tickets/{ticket['id']}/{verb}", headers=changes(csrf))


async def _shown(label: str, seen: dict[str, float]) -> float:
    """Return when the screen showed a number; raises ``TimeoutError``."""
    async with asyncio.timeout(SHOWN_WITHIN_S):
        while label not in seen:
            await asyncio.sleep(0.005)
    return seen[label]


async def _watch(demo: Demo, seen: dict[str, float]) -> None:
    """Be a lobby screen: note when each called number is first shown."""
    address = f"{demo.base.replace('http', 'ws')}/api/v1/halls/{HALL}/live"
    async with websockets.connect(address, origin=Origin(demo.base)) as screen:
        async for frame in screen:
            board: dict[str, Any] = json.loads(frame).get("board") or {}
            for call in board.get("calls", ()):
                seen.setdefault(call["number"], time.perf_counter())
