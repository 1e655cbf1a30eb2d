"""The live feed of a hall by websocket, and the same frame by poll for when the socket fails."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from fastapi import APIRouter, WebSocket
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.websockets import WebSocketDisconnect

from displays.hub import Hub, Screen
from kernel import catalogue
from kernel.errors import NotFound, Refusal
from kernel.events import HallNotFound
from kernel.identity import HEARD_EVERY, Device
from kernel.ids import uuid7
from kernel.web.access import Public, known_device
from kernel.web.callers import caller_address
from kernel.web.parts import Db, Parts, parts
from kernel.web.problems import refuses
from queueing.rules.screens import Sound, drift_of
from queueing.screens import service as screens

STUCK_S = 10.0  # a screen that takes no frame for so long is closed; it reconnects when it is well
FRAME_LIMIT = 4096  # bytes; a screen says whether it has sound, others have nothing to say
SOCKETS_PER_ADDRESS = 1_000
REPORT_REST_S = 1.0  # a screen whose sound flickers keeps nobody from the hall's lock

SCREENS = ("lobby", "window")  # the kinds of devices that are listened to

REFUSED, TOO_BIG, TRY_LATER, NO_SUCH_HALL = 1008, 1009, 1013, 4404

router = APIRouter()
_open_sockets: Counter[str] = Counter()


def hub_of(connection: HTTPConnection) -> Hub:
    """Return the hub of the app that serves this connection."""
    hub: Hub = connection.app.state.hub
    return hub


def may_open(origin: str | None, host: str, allowed: Sequence[str]) -> bool:
    """Return whether a page of this origin may open a websocket here; programs send no origin.

    >>> may_open("https://a.example", "a.example", []), may_open("https://b.example", "a.example", [])
    (True, False)
    >>> may_open("https://[", "a.example", [])
    False
    """
    if origin is None or origin in allowed:
        return True
    try:
        return urlsplit(origin).netloc == host
    except ValueError:
        return False


@router.websocket("/api/v1/halls/{code}/live", dependencies=[Public])
async def live(websocket: WebSocket, code: str) -> None:
    """Send the board, each change of it, and a beat every 2 s that tells how old the data is."""
    here = parts(websocket)
    headers = websocket.headers
    if not may_open(headers.get("origin"), headers.get("host", ""), here.settings.allowed_origins):
        await websocket.close(REFUSED)
        return
    address = caller_address(websocket)
    if _open_sockets[address] >= SOCKETS_PER_ADDRESS:
        await websocket.close(TRY_LATER)
        return
    _open_sockets[address] += 1
    try:
        await _serve(websocket, code)
    finally:
        _open_sockets[address] -= 1
        if not _open_sockets[address]:
            del _open_sockets[address]


async def _serve(websocket: WebSocket, code: str) -> None:
    try:
        hall = await parts(websocket).database.read(catalogue.hall_by_code, code)
    except NotFound:
        await websocket.close(NO_SUCH_HALL)
        return
    device = await known_device(websocket)
    registered = device is not None and device.kind in SCREENS and device.hall_id == hall.id
    line = ScreenLine(parts(websocket), device) if device is not None and registered else None
    await websocket.accept()
    async with hub_of(websocket).watch(hall.id) as screen:
        sending = asyncio.create_task(_send(websocket, screen))
        hearing = asyncio.create_task(_hear(websocket, line))
        noting = asyncio.create_task(_note_heard(websocket))
        try:
            await asyncio.wait({sending, hearing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, hearing, noting):
                task.cancel()
            await asyncio.gather(sending, hearing, noting, return_exceptions=True)
            if line is not None:
                await line.ended()


async def _note_heard(websocket: WebSocket) -> None:
    """Note, as long as a registered screen follows, that it does: its socket may stay open for weeks."""
    while True:
        with suppress(Refusal):
            await known_device(websocket)
        await asyncio.sleep(HEARD_EVERY.total_seconds())


async def _send(websocket: WebSocket, screen: Screen) -> None:
    """Send the latest frame whenever there is one; end when the client takes none for too long."""
    with suppress(WebSocketDisconnect, RuntimeError):
        while True:
            frame = await screen.next()
            try:
                async with asyncio.timeout(STUCK_S):
                    await websocket.send_text(frame)
            except TimeoutError:
                async with asyncio.timeout(1):
                    await websocket.close(TRY_LATER)
                return


class ScreenLine:
    """What a registered screen says on one line; others are not listened to."""

    def __init__(self, here: Parts, device: Device) -> None:
        self._here, self._device, self._link = here, device, uuid7()
        self._spoke = False

    async def said(self, text: str | bytes) -> None:
        """Keep ``{"sound": …, "drift_ms": …}``; anything else is small talk.

        A report that is not kept comes again.
        """
        try:
            word = json.loads(text)
            sound, drift = Sound(word["sound"]), drift_of(word.get("drift_ms"))
        except (ValueError, KeyError, TypeError, RecursionError):
            return
        self._spoke = True
        with suppress(Refusal, OSError):
            await self._here.database.write(
                screens.heard, self._device, sound, self._link, clock=self._here.clock, drift=drift
            )
        await asyncio.sleep(REPORT_REST_S)

    async def ended(self) -> None:
        """Note that the line is gone; where that fails, the silence tells it."""
        if self._spoke:
            with suppress(Refusal, OSError):
                await self._here.database.write(
                    screens.left, self._device, self._link, clock=self._here.clock
                )


async def _hear(websocket: WebSocket, line: ScreenLine | None) -> None:
    """Listen until the client leaves; a big frame ends the connection."""
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return
        said = message.get("text") or message.get("bytes") or ""
        if len(said) > FRAME_LIMIT:
            with suppress(RuntimeError):
                await websocket.close(TOO_BIG)
            return
        if line is not None:
            await line.said(said)


@router.get(
    "/lobby/{code}/now", dependencies=[Public], include_in_schema=False, responses=refuses(HallNotFound)
)
async def snapshot(code: str, db: Db, connection: HTTPConnection) -> Response:
    """Return the frame a screen begins with; what it polls while its socket is silent."""
    hall = await db.read(catalogue.hall_by_code, code)
    await known_device(connection)
    frame = await hub_of(connection).snapshot(hall.id)
    return Response(frame, media_type="application/json", headers={"Cache-Control": "no-store"})
