"""What a lobby screen says on its websocket is kept where it is registered, and nowhere else."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx2
from websockets.asyncio.client import connect

from displays import live
from tests.conftest import bearer

if TYPE_CHECKING:
    import pytest

    from tests.support.served import Served

IN_TIME_S = 15.0


async def told(served: Served, count: int, state: str | None = None) -> list[dict[str, Any]]:
    """Wait until so many screens are told, in this state."""
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(IN_TIME_S), httpx2.AsyncClient(base_url=served.url) as client:
        while True:
            answer = await client.get(
                "/api/v1/halls/H1/screens", headers=bearer(served.city.tokens["clerk1"])
            )
            found = answer.json()["screens"]
            if len(found) == count and all(own["state"] == state for own in found):
                return found
            await asyncio.sleep(0.05)


def as_device(served: Served, kind: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {served.city.tokens[kind]}"}


async def test_a_registered_screen_is_heard(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "REPORT_REST_S", 0.0)
    async with connect(served.live("H1"), additional_headers=as_device(served, "lobby")) as socket:
        for wrong in ("small talk", "[]", '{"sound": "loud"}', '{"sound": null}', "[" * 3000):
            await socket.send(wrong)
        await socket.send(json.dumps({"sound": "silent"}))
        assert (await told(served, 1, "silent"))[0]["name"] == "lobby"
        await socket.send(json.dumps({"sound": "voice"}))
        await told(served, 1, "voice")


async def test_a_screen_says_how_its_own_clock_is_and_nonsense_is_no_clock(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "REPORT_REST_S", 0.0)
    async with connect(served.live("H1"), additional_headers=as_device(served, "lobby")) as socket:
        for said, told_s in (("soon", None), (1999, None), (-2500.4, -2.5), (1e300, 24 * 86_400.0)):
            await socket.send(json.dumps({"sound": "silent", "drift_ms": said}))
            async with asyncio.timeout(IN_TIME_S):
                while (await told(served, 1, "silent"))[0]["drift_s"] != told_s:
                    await asyncio.sleep(0.05)


async def test_strangers_kiosks_and_screens_of_other_halls_are_not_heard(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "REPORT_REST_S", 0.0)
    for hall, headers in (("H1", {}), ("H1", as_device(served, "kiosk")), ("H2", as_device(served, "lobby"))):
        async with connect(served.live(hall), additional_headers=headers) as socket:
            await socket.send(json.dumps({"sound": "silent"}))
            await asyncio.wait_for(socket.recv(), IN_TIME_S)
            pong = await socket.ping()
            await asyncio.wait_for(pong, IN_TIME_S)
    await told(served, 0)
