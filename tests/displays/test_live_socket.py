"""The websocket of a hall: who may open it, what it sends, when it closes."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from displays import live
from displays.hub import Screen
from kernel import catalogue
from kernel.devices import registered_devices
from kernel.errors import Busy
from kernel.identity import HEARD_EVERY
from kernel.web import access
from kernel.web.access import DEVICE_COOKIE

if TYPE_CHECKING:
    from tests.support.served import Served

IN_TIME_S = 15.0


async def _next(socket: Any, kind: str) -> dict[str, Any]:
    """Return the next frame of a kind; fails if it does not come in time, however many others do."""
    async with asyncio.timeout(IN_TIME_S):
        while True:
            frame: dict[str, Any] = json.loads(await socket.recv())
            if frame["type"] == kind:
                return frame


async def _board_with(socket: Any, waiting: list[int]) -> None:
    """Wait for a board with so many waiting, whether it comes with its event or read anew."""
    async with asyncio.timeout(IN_TIME_S):
        while True:
            frame = json.loads(await socket.recv())
            if "board" in frame and [queue["waiting"] for queue in frame["board"]["queues"]] == waiting:
                return


@pytest.mark.slow
async def test_a_screen_gets_the_board_then_each_change_then_beats(served: Served) -> None:
    async with connect(served.live("H1")) as socket:
        board = await _next(socket, "board")
        assert [queue["waiting"] for queue in board["board"]["queues"]] == [0, 0]
        served.ticket()
        await _board_with(socket, [1, 0])
        assert (await _next(socket, "beat"))["age_s"] < IN_TIME_S


@pytest.mark.slow
async def test_a_registered_screen_is_heard_of_by_socket_and_by_poll_and_written_down_now_and_then(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts, cookie = served.parts, {"Cookie": f"{DEVICE_COOKIE}={served.city.tokens['lobby']}"}
    clock: Any = parts.clock

    def heard() -> dict[str, datetime | None]:
        return {own.kind: own.heard_at for own in parts.database.read_now(registered_devices)}

    async def comes(at: datetime) -> None:
        async with asyncio.timeout(IN_TIME_S):
            while heard()["lobby"] != at:
                await asyncio.sleep(0.02)

    assert heard() == {"kiosk": None, "lobby": None}
    first = clock.now()
    async with connect(served.live("H1"), additional_headers=cookie):
        await comes(first)
    assert heard()["kiosk"] is None
    clock.advance(HEARD_EVERY - timedelta(seconds=1))
    httpx2.get(f"{served.url}/lobby/H1/now", headers=cookie).raise_for_status()
    assert heard()["lobby"] == first  # asks every few seconds, is written down every few minutes
    clock.advance(timedelta(seconds=1))
    httpx2.get(f"{served.url}/lobby/H1/now", headers=cookie).raise_for_status()
    assert heard()["lobby"] == clock.now()
    monkeypatch.setattr(live, "HEARD_EVERY", timedelta(milliseconds=20))
    async with connect(served.live("H1"), additional_headers=cookie):
        clock.advance(HEARD_EVERY)  # a socket that stays open is heard of again
        await comes(clock.now())


@pytest.mark.slow
async def test_a_page_of_another_origin_is_refused(served: Served) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(served.live("H1"), origin="https://evil.example"):  # type: ignore[arg-type]
            pass
    assert refused.value.response.status_code == 403
    async with connect(served.live("H1"), origin=served.url) as socket:  # type: ignore[arg-type]
        await _next(socket, "board")


async def test_an_origin_that_is_no_address_is_refused_and_no_error_of_ours(served: Served) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(served.live("H1"), origin="https://["):  # type: ignore[arg-type]
            pass
    assert refused.value.response.status_code == 403


async def test_a_hall_that_does_not_exist_has_no_feed(served: Served) -> None:
    with pytest.raises(InvalidStatus):
        async with connect(served.live("nowhere")):
            pass


async def test_a_screen_that_comes_back_while_the_database_is_away_is_told_to_come_again(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise Busy

    cookie = {"Cookie": f"{DEVICE_COOKIE}={served.city.tokens['lobby']}"}
    for module, name in ((catalogue, "hall_by_code"), (access, "device_by_token")):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, away)
            with pytest.raises(InvalidStatus) as refused:
                async with connect(served.live("H1"), additional_headers=cookie):
                    pass
        assert refused.value.response.status_code == 503  # an error of ours would be 500
    async with connect(served.live("H1"), additional_headers=cookie) as socket:
        await _next(socket, "board")


async def test_a_client_that_talks_too_much_is_closed(served: Served) -> None:
    async with connect(served.live("H1")) as socket:
        await socket.send("small talk")
        await _next(socket, "board")
        await socket.send("x" * (live.FRAME_LIMIT + 1))
        with pytest.raises(ConnectionClosed) as closed:
            await _next(socket, "never")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == live.TOO_BIG


@pytest.mark.slow
async def test_one_address_cannot_hold_all_sockets(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "SOCKETS_PER_ADDRESS", 2)
    async with connect(served.live("H1")), connect(served.live("H1")):
        with pytest.raises(InvalidStatus):
            async with connect(served.live("H1")):
                pass
    async with connect(served.live("H1")) as socket:
        await _next(socket, "board")


class _Stuck:
    """A client whose link takes nothing."""

    def __init__(self) -> None:
        self.closed_with: int | None = None

    async def send_text(self, _frame: str) -> None:
        await asyncio.Event().wait()

    async def close(self, code: int) -> None:
        self.closed_with = code


async def test_a_screen_that_takes_nothing_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "STUCK_S", 0.05)
    stuck, screen = _Stuck(), Screen()
    screen.put("{}")
    await asyncio.wait_for(live._send(stuck, screen), IN_TIME_S)  # type: ignore[arg-type]
    assert stuck.closed_with == live.TRY_LATER
