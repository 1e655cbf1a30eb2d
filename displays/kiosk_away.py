"""The kiosk without its server: the page it keeps for that time, and the worker that keeps it."""

from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from displays.devices import own_hall
from displays.rendering import page
from displays.workers import with_imports, worker_script
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.web.access import Kiosk
from kernel.web.parts import PartsDep
from kernel.web.problems import refuses

WORKER = "js/kiosk/worker.js"
# What the pages of a kiosk are made of: fonts are the machine's own.
_PARTS = ("icon.svg", "css/tokens.css", "css/base.css", "css/kiosk.css", "js/page.js", "js/kiosk.js")

router = APIRouter(include_in_schema=False, prefix="/kiosk/{code}")


@router.get("/away", responses=refuses(HallNotFound, WrongHall))
async def away(code: str, request: Request, here: PartsDep, kiosk: Kiosk) -> Response:
    """Show the page that gives numbers without the server; the kiosk's worker keeps it."""
    return page(request, "public/kiosk_away.html", personal=True, hall=await own_hall(here, code, kiosk))


@router.get("/worker.js", responses=refuses(HallNotFound, WrongHall))
async def worker(code: str, here: PartsDep, kiosk: Kiosk) -> Response:
    """Serve the worker."""
    hall = await own_hall(here, code, kiosk)
    return worker_script(WORKER, f"/kiosk/{quote(hall.code)}", with_imports(*_PARTS), beside=True)
