"""Screens on walls without their server: the workers that keep the pages of lobbies and of windows."""

import json
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from displays.rendering import asset_url, assets, assets_digest
from displays.window import Label
from kernel import catalogue
from kernel.events import HallNotFound
from kernel.web.access import Public
from kernel.web.parts import PartsDep
from kernel.web.problems import refuses

WORKER = "js/screens/worker.js"
# What the pages of screens are made of: fonts are the machine's own.
SHARED = (
    *("icon.svg", "css/tokens.css", "js/live.js", "js/upgrade.js", "js/screens/last.js"),
    *("js/kiosk/standing.js", "js/lobby/notices.js", "js/lobby/glyphs.js"),
)
LOBBY = ("css/lobby.css", "js/lobby/main.js", "js/lobby/calls.js", "js/lobby/phone.js", "js/lobby/voice.js")
WINDOW = ("css/window.css", "js/window/main.js", "js/window/sign.js")

router = APIRouter(include_in_schema=False)


@router.get("/lobby/{code}/worker.js", dependencies=[Public], responses=refuses(HallNotFound))
async def lobby_worker(code: str, here: PartsDep) -> Response:
    """Serve the worker of a hall's lobby screens."""
    hall = await here.database.read(catalogue.hall_by_code, code)
    return _worker(f"/lobby/{quote(hall.code)}", LOBBY)


@router.get("/window/{code}/{label}/worker.js", dependencies=[Public], responses=refuses(HallNotFound))
async def window_worker(code: str, label: Label, here: PartsDep) -> Response:
    """Serve the worker of the screen above a window."""
    hall = await here.database.read(catalogue.hall_by_code, code)
    return _worker(f"/window/{quote(hall.code)}/{quote(label)}", WINDOW)


def _worker(home: str, own: tuple[str, ...]) -> Response:
    """Return the worker of one screen; it changes with any asset, and so brings every update with it."""
    known = {
        "HOME": home,
        "VERSION": assets_digest(),
        "ASSETS": [asset_url(name) for name in (*SHARED, *own)],
    }
    before = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in known.items())
    return Response(
        before.encode() + assets()[WORKER].content,
        media_type="text/javascript",
        # Beside its own folder it also minds the screen's page.
        headers={"Cache-Control": "no-cache", "Service-Worker-Allowed": home},
    )
