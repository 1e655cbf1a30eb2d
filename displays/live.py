"""The live feed of a hall by websocket, and the same frame by poll for when the socket fails."""

import asyncio
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
from kernel.identity import HEARD_EVERY
from kernel.web.access import Public, known_device
from kernel.web.parts import Db, parts
from kernel.web.problems import refuses

STUCK_S = 10.0  # a screen that takes no frame for so long is closed; it reconnects when it is well
FRAME_LIMIT = 4096  # bytes; clients have nothing to say
SOCKETS_PER_ADDRESS = 1_000

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
    """
    return origin is None or origin in allowed or urlsplit(origin).netloc == host


@router.websocket("/api/v1/halls/{code}/live", dependencies=[Public])
async def live(websocket: WebSocket, code: str) -> None:
    """Send the board, each change of it, and a beat every 2 s that tells how old the data is."""
    here = parts(websocket)
    headers = websocket.headers
    if not may_open(headers.get("origin"), headers.get("host", ""), here.settings.allowed_origins):
        await websocket.close(REFUSED)
        return
    address = websocket.client.host if websocket.client else ""
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
    await websocket.accept()
    async with hub_of(websocket).watch(hall.id) as screen:
        sending = asyncio.create_task(_send(websocket, screen))
        hearing = asyncio.create_task(_hear(websocket))
        noting = asyncio.create_task(_note_heard(websocket))
        try:
            await asyncio.wait({sending, hearing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, hearing, noting):
                task.cancel()
            await asyncio.gather(sending, hearing, noting, return_exceptions=True)


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


async def _hear(websocket: WebSocket) -> None:
    """Wait for the client to leave; what it says is not read, and a big frame ends the connection."""
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return
        said = message.get("text") or message.get("bytes") or ""
        if len(said) > FRAME_LIMIT:
            with suppress(RuntimeError):
                await websocket.close(TOO_BIG)
            return


@router.get(
    "/lobby/{code}/now", dependencies=[Public], include_in_schema=False, responses=refuses(HallNotFound)
)
async def snapshot(code: str, db: Db, connection: HTTPConnection) -> Response:
    """Return the frame a screen begins with; what it polls while its socket is silent."""
    hall = await db.read(catalogue.hall_by_code, code)
    await known_device(connection)
    frame = await hub_of(connection).snapshot(hall.id)
    return Response(frame, media_type="application/json", headers={"Cache-Control": "no-store"})
