"""The kiosk without its server: the page it keeps for that time, and the worker that keeps it."""

import json
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from displays.devices import own_hall
from displays.rendering import asset_url, assets, assets_digest, page
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.web.access import Kiosk
from kernel.web.parts import PartsDep
from kernel.web.problems import refuses

WORKER = "js/kiosk/worker.js"
# What the pages of a kiosk are made of: fonts are the machine's own.
_PARTS = ("icon.svg", "css/tokens.css", "css/base.css", "css/kiosk.css", "js/page.js", "js/kiosk.js")
_MODULES = (
    "js/kiosk_leaving.js",
    "js/kiosk/away.js",
    "js/kiosk/contact.js",
    "js/kiosk/keep.js",
    "js/kiosk/standing.js",
)

router = APIRouter(include_in_schema=False, prefix="/kiosk/{code}")


@router.get("/away", responses=refuses(HallNotFound, WrongHall))
async def away(code: str, request: Request, here: PartsDep, kiosk: Kiosk) -> Response:
    """Show the page that gives numbers without the server; the kiosk's worker keeps it."""
    return page(request, "public/kiosk_away.html", personal=True, hall=await own_hall(here, code, kiosk))


@router.get("/worker.js", responses=refuses(HallNotFound, WrongHall))
async def worker(code: str, here: PartsDep, kiosk: Kiosk) -> Response:
    """Serve the worker; it changes with any asset, and so brings every update with it."""
    hall = await own_hall(here, code, kiosk)
    home = f"/kiosk/{quote(hall.code)}"
    known = {
        "HOME": home,
        "VERSION": assets_digest(),
        "ASSETS": [asset_url(name) for name in (*_PARTS, *_MODULES)],
    }
    before = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in known.items())
    return Response(
        before.encode() + assets()[WORKER].content,
        media_type="text/javascript",
        # Beside its own folder it also minds the kiosk's first page.
        headers={"Cache-Control": "no-cache", "Service-Worker-Allowed": home},
    )
