"""A citizen's day through HTTP and a websocket, the real app, on both databases."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import uvicorn
import websockets

from app.main import create_app
from kernel.clock import ManualClock
from kernel.web.parts import Parts

NAME, PHONE = "李小雷", "13812345678"
IN_TIME_S = 20


class Citizen:
    """Talks to the running app like any client."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self.http = http

    async def post(
        self, path: str, body: dict[str, Any] | None = None, *, token: str | None = None, status: int = 200
    ) -> dict[str, Any]:
        headers = {"Idempotency-Key": uuid4().hex}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        answer = await self.http.post(f"/api/v1{path}", json=body, headers=headers)
        assert answer.status_code == status, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def get(self, path: str, *, token: str | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = await self.http.get(f"/api/v1{path}", headers=headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
async def served(parts: Parts, city: Any) -> AsyncIterator[str]:
    """The real app on a loopback port; yields its base URL."""
    config = uvicorn.Config(
        create_app(parts), port=0, log_level="error", ws="websockets-sansio", lifespan="on"
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


class Lobby:
    """A lobby screen: collects frames and waits for what it wants to see."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self.socket = socket
        self.board: dict[str, Any] = {}

    async def until(self, seen: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        async with asyncio.timeout(IN_TIME_S):
            while not (self.board and seen(self.board)):
                frame = json.loads(await self.socket.recv())
                self.board = frame.get("board", self.board)
        return self.board


async def test_a_citizens_day(served: str, city: Any, clock: ManualClock) -> None:
    async with (
        httpx2.AsyncClient(base_url=served, timeout=10) as http,
        websockets.connect(f"{served.replace('http', 'ws')}/api/v1/halls/H1/live", origin=served) as socket,
    ):
        me, lobby = Citizen(http), Lobby(socket)
        await lobby.until(lambda board: board["seq"] == 0)
        clerk = city.tokens["clerk1"]

        # Where would I be done soonest?
        ranked = await me.post(
            "/halls/ranking",
            {
                "services": ["id-card"],
                "position": {"lat": 22.79, "lon": 115.35, "datum": "WGS-84"},
                "mode": "ride",
            },
        )
        halls = ranked["halls"]
        assert [hall["code"] for hall in halls[:2]] == ["H1", "H2"]
        assert halls[0]["reason_zh"]

        # Book the second free time of today, at the hall on top.
        slots = await me.get("/halls/H1/slots?service=id-card")
        starts_at = slots["days"][0]["slots"][1]["starts_at"]
        held = await me.post(
            "/appointments/holds", {"hall": "H1", "services": ["id-card"], "starts_at": starts_at}
        )
        token = held["token"]
        booked = await me.post("/appointments/confirm", {"token": token, "name": NAME, "phone": PHONE})
        assert booked["status"] == "confirmed"
        assert NAME not in json.dumps(booked, ensure_ascii=False)
        assert PHONE not in json.dumps(booked)
        calendar = await http.get(f"/api/v1/appointments/{token}/calendar.ics")
        assert "BEGIN:VEVENT" in calendar.text

        # A walk-in comes before, from the kiosk.
        kiosk = city.tokens["kiosk"]
        walk_in = await me.post("/halls/H1/tickets", {"services": ["id-card"]}, token=kiosk)
        assert walk_in["ticket"]["label"] == "A001"
        await lobby.until(lambda board: board["queues"][0]["waiting"] == 1)

        # Check in five minutes early, and follow the ticket.
        clock.set(datetime.fromisoformat(starts_at) - timedelta(minutes=5))
        issued = await me.post("/appointments/check-in", {"token": token})
        ticket = issued["ticket"]
        assert ticket["is_appointment"]
        following = await me.post("/tickets/follow", {"token": issued["token"]})
        assert following["people_ahead"] in (0, 1)
        assert following["wait"] is not None

        # The clerk opens and calls both; the lobby shows each call.
        window = city.windows[0]
        await me.post(f"/windows/{window}/open", token=clerk)
        called = []
        for _ in range(2):
            call = await me.post(f"/windows/{window}/call-next", token=clerk)
            called.append(call["label"])
            shown = await lobby.until(
                lambda board, label=call["label"]: board["calls"] and board["calls"][0]["number"] == label
            )
            assert shown["calls"][0]["window"] == "1"
            await me.post(f"/tickets/{call['id']}/start", token=clerk)
            clock.advance(timedelta(minutes=6))
            await me.post(f"/tickets/{call['id']}/finish", token=clerk)
        assert sorted(called) == sorted(["A001", ticket["label"]])
        following = await me.post("/tickets/follow", {"token": issued["token"]})
        assert following["status"] == "finished"
        nobody = await me.post(f"/windows/{window}/call-next", token=clerk, status=409)
        assert nobody["code"] == "nobody-waiting"
        assert nobody["type"] == "/problems/nobody-waiting"

        # Nothing personal ever went over the public socket.
        assert NAME not in json.dumps(lobby.board, ensure_ascii=False)


@pytest.mark.slow
async def test_a_repeat_with_the_same_key_has_one_effect(served: str, city: Any) -> None:
    async with httpx2.AsyncClient(base_url=served, timeout=10) as http:
        headers = {"Authorization": f"Bearer {city.tokens['kiosk']}", "Idempotency-Key": "one-intention"}
        body = {"services": ["id-card"]}
        answers = await asyncio.gather(
            *(http.post("/api/v1/halls/H1/tickets", json=body, headers=headers) for _ in range(5))
        )
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.text for answer in answers}) == 1
        board = (await http.get("/api/v1/halls/H1/board")).json()
        assert [line["waiting"] for line in board["queues"]] == [1, 0]

        other = await http.post("/api/v1/halls/H1/tickets", json={"services": ["insurance"]}, headers=headers)
        assert other.status_code == 422
        assert other.json()["code"] == "idempotency-key-reused"
        del headers["Idempotency-Key"]
        missing = await http.post("/api/v1/halls/H1/tickets", json=body, headers=headers)
        assert missing.json()["code"] == "idempotency-key-missing"


@pytest.mark.slow
async def test_without_the_key_a_lost_answer_makes_two_tickets(served: str, city: Any) -> None:
    """The twin: a client that repeats under a new key gets a second ticket."""
    async with httpx2.AsyncClient(base_url=served, timeout=10) as http:
        for _ in range(2):
            headers = {"Authorization": f"Bearer {city.tokens['kiosk']}", "Idempotency-Key": uuid4().hex}
            await http.post("/api/v1/halls/H1/tickets", json={"services": ["id-card"]}, headers=headers)
        board = (await http.get("/api/v1/halls/H1/board")).json()
        assert [line["waiting"] for line in board["queues"]] == [2, 0]


@pytest.mark.parametrize(
    ("method", "path", "token", "status", "code"),
    [
        ("GET", "/api/v1/windows?hall=H1", None, 401, "not-signed-in"),
        ("POST", "/api/v1/halls/H1/tickets", "clerk1", 401, "not-signed-in"),
        ("GET", "/api/v1/halls/H1/day", "clerk4", 403, "wrong-hall"),
        ("POST", "/api/v1/halls/H2/tickets", "kiosk", 403, "wrong-hall"),
        ("GET", "/api/v1/halls/nowhere/board", None, 404, "hall-not-found"),
        ("POST", "/api/v1/tickets/follow", None, 422, "request-invalid"),
        ("GET", "/api/v1/no-such-thing", None, 404, "not-found"),
    ],
)
@pytest.mark.slow
async def test_refusals_say_what_why_and_what_would_help(
    sqlite_client: httpx2.AsyncClient,
    sqlite_city: Any,
    method: str,
    path: str,
    token: str | None,
    status: int,
    code: str,
) -> None:
    headers = {"Idempotency-Key": uuid4().hex, "Accept-Language": "zh-CN"}
    if token is not None:
        headers["Authorization"] = f"Bearer {sqlite_city.tokens[token]}"
    body = {"services": ["id-card"]} if path.endswith("tickets") else {}
    answer = await sqlite_client.request(
        method, path, headers=headers, json=body if method == "POST" else None
    )
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert any("\u4e00" <= letter <= "\u9fff" for letter in problem["title"])
    assert answer.headers["x-request-id"]


async def test_a_cookie_alone_changes_nothing(sqlite_client: httpx2.AsyncClient, sqlite_city: Any) -> None:
    sqlite_client.cookies.set("jinban_staff", sqlite_city.tokens["clerk1"])
    answer = await sqlite_client.post(
        f"/api/v1/windows/{sqlite_city.windows[0]}/open", headers={"Idempotency-Key": "k"}
    )
    assert answer.json()["code"] == "csrf-token-missing"
    me = await sqlite_client.get("/api/v1/me")
    token = me.json()["csrf_token"]
    opened = await sqlite_client.post(
        f"/api/v1/windows/{sqlite_city.windows[0]}/open",
        headers={"Idempotency-Key": "k", "X-CSRF-Token": token},
    )
    assert opened.status_code == 200, opened.text
