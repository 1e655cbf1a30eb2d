"""What a clerk says at a window beside calling, over HTTP on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.conftest import bearer

if TYPE_CHECKING:
    import httpx2

    from kernel.clock import ManualClock
    from tests.support.small_city import SmallCity


class Desk:
    """A clerk's requests at the first window."""

    def __init__(self, http: httpx2.AsyncClient, city: SmallCity) -> None:
        self.http, self.city = http, city

    async def post(self, path: str, body: Any = None, *, who: str = "clerk1", status: int = 200) -> Any:
        headers = bearer(self.city.tokens[who], key=uuid4().hex)
        answer = await self.http.post(f"/api/v1/{path}", json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def get(self, path: str, *, who: str) -> Any:
        answer = await self.http.get(f"/api/v1/{path}", headers=bearer(self.city.tokens[who]))
        assert answer.status_code == 200, answer.text
        return answer.json()

    @property
    def window(self) -> str:
        return f"windows/{self.city.windows[0]}"

    async def serve(self) -> str:
        await self.post("halls/H1/tickets", {"services": ["id-card"]}, who="kiosk")
        ticket = await self.post(f"{self.window}/call-next")
        await self.post(f"tickets/{ticket['id']}/start")
        return f"tickets/{ticket['id']}"


@pytest.fixture
async def desk(client: httpx2.AsyncClient, city: SmallCity) -> Desk:
    made = Desk(client, city)
    await made.post(f"{made.window}/open")
    return made


def codes(ticket: Any) -> tuple[list[str], list[str]]:
    return [own["code"] for own in ticket["services"]], [own["code"] for own in ticket["delivered"]]


@pytest.mark.slow
async def test_a_finish_takes_a_body_or_none(desk: Desk) -> None:
    nothings: tuple[dict[str, object] | None, ...] = (None, {})
    for nothing in nothings:
        plain = await desk.post(f"{await desk.serve()}/finish", nothing)
        assert codes(plain) == (["id-card"], ["id-card"])
    ticket = await desk.serve()
    recorded = await desk.post(f"{ticket}/services", {"services": ["household"]})
    assert codes(recorded) == (["id-card"], ["household"])
    refused = await desk.post(f"{ticket}/finish", {"services": ["no-such"]}, status=404)
    assert refused["code"] == "service-not-found"
    await desk.post(f"{ticket}/finish", {"services": []}, status=422)
    done = await desk.post(f"{ticket}/finish", {"services": ["insurance", "id-card"]})
    assert codes(done) == (["id-card"], ["id-card", "insurance"])


async def test_who_does_not_come_is_called_again_over_http(desk: Desk, clock: ManualClock) -> None:
    await desk.post("halls/H1/tickets", {"services": ["id-card"]}, who="kiosk")
    called = await desk.post(f"{desk.window}/call-next")
    early = await desk.post(f"tickets/{called['id']}/recall", status=409)
    assert early["code"] == "too-soon-to-recall"
    clock.advance(timedelta(seconds=20))
    again = await desk.post(f"tickets/{called['id']}/recall")
    assert (again["label"], again["status"], again["calls"]) == (called["label"], "called", 2)


async def test_help_is_asked_for_and_taken_over_http(desk: Desk) -> None:
    call = await desk.post(f"{desk.window}/help-calls", {"words": "printer"})
    assert (call["window"], call["status"], call["taken_name"]) == ("1", "asked", None)
    listed = await desk.get("halls/H1/help-calls", who="supervisor")
    assert [own["id"] for own in listed["calls"]] == [call["id"]]
    taken = await desk.post(f"help-calls/{call['id']}/take", who="clerk2")
    assert taken["status"] == "taken"
    late = await desk.post(f"help-calls/{call['id']}/take", who="manager", status=409)
    assert (late["code"], late["by"]) == ("help-taken", taken["taken_name"])
    await desk.post(f"help-calls/{call['id']}/end", who="clerk2")
    assert (await desk.get("halls/H1/help-calls", who="clerk1"))["calls"] == []
    too_long = await desk.post(f"{desk.window}/help-calls", {"words": "x" * 61}, status=422)
    assert too_long["code"] == "request-invalid"


async def test_a_pause_takes_a_kind_or_none(desk: Desk) -> None:
    assert (await desk.post(f"{desk.window}/pause"))["pause_kind"] == "other"
    assert (await desk.post(f"{desk.window}/resume"))["pause_kind"] is None
    assert (await desk.post(f"{desk.window}/pause", {"kind": "break"}))["pause_kind"] == "break"
    await desk.post(f"{desk.window}/resume")
    await desk.post(f"{desk.window}/pause", {"kind": "lunch"}, status=422)
