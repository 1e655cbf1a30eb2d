"""The lobby screen's page, and its voice."""

import json
from typing import Literal

from fastapi import APIRouter, Request
from starlette.responses import Response

from displays import speech
from displays.devices import register_device
from displays.errors import DeviceUnknown, VoiceMissing
from displays.live import hub_of
from displays.rendering import assets_digest, page
from kernel import catalogue
from kernel.events import HallNotFound
from kernel.web.access import Public, known_device
from kernel.web.parts import PartsDep
from kernel.web.problems import refuses

CLIP_KEPT_S = 24 * 3600

router = APIRouter(include_in_schema=False)


@router.get("/lobby/{code}", dependencies=[Public], responses=refuses(HallNotFound, DeviceUnknown))
async def lobby(code: str, request: Request, here: PartsDep, device: str | None = None) -> Response:
    """Show a hall's calls and queues; ``device`` registers the screen."""
    hall = await here.database.read(catalogue.hall_by_code, code)
    if device is not None:
        return await register_device(request, hall, "lobby", device)
    demo = here.settings.demo
    own = await known_device(request)
    return page(
        request,
        "public/lobby.html",
        hall=hall,
        pages=assets_digest(),
        speed=demo.speed if demo else 1.0,
        voice=speech.program() is not None,
        # The code is for who stands before a screen of the hall; this page anybody may open.
        phones=own is not None and own.kind == "lobby" and own.hall_id == hall.id,
    )


@router.get(
    "/lobby/{code}/speech/{language}/{number}/{window}.wav",
    dependencies=[Public],
    responses=refuses(HallNotFound, VoiceMissing),
)
async def spoken_call(
    code: str, language: Literal["zh", "en"], number: str, window: str, request: Request, here: PartsDep
) -> Response:
    """Speak a call that stands on the board; nothing else, so nobody makes the hall say what they like.

    Screens name how they want 1 read, so that no clip of an older setting is kept; the hall decides.
    """
    hall = await here.database.read(catalogue.hall_by_code, code)
    board = json.loads(await hub_of(request).snapshot(hall.id))["board"]
    if not any((call["number"], call["window"]) == (number, window) for call in board["calls"]):
        raise VoiceMissing(number=number)
    try:
        wav = await speech.spoken(language, number, window, one=board["announcing"]["one"])
    except speech.NoVoice as silent:
        raise VoiceMissing(number=number) from silent
    return Response(wav, media_type="audio/wav", headers={"Cache-Control": f"public, max-age={CLIP_KEPT_S}"})
