"""Several services in one visit at a kiosk: one more, one fewer, an errand whole; one ticket in the end."""

from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from booking.combining.in_hall import themes_here
from booking.errors import TooManyServices
from displays.devices import own_hall
from displays.rendering import page
from displays.rules.visit_address import VisitAddress
from displays.visit_here import Codes, QueueLetter, more_shown, visit_shown
from kernel import catalogue
from kernel.catalogue import NotOfferedHere, ServiceNotFound
from kernel.events import HallNotFound
from kernel.identity import Device, WrongHall
from kernel.web.access import Kiosk
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses

router = APIRouter(include_in_schema=False, prefix="/kiosk/{code}")
_CHOOSING = refuses(HallNotFound, ServiceNotFound, NotOfferedHere, TooManyServices, WrongHall)


async def _must_stand_here(here: Parts, code: str, kiosk: Device) -> str:
    """Return the address of the kiosk's own hall; raises ``WrongHall`` for another's."""
    await own_hall(here, code, kiosk)
    return f"/kiosk/{quote(code)}"


@router.get("/visit", responses=_CHOOSING)
async def visit(code: str, request: Request, here: PartsDep, kiosk: Kiosk, codes: Codes) -> Response:
    """Show what the visit holds, the waits and the papers; the next touch gives its one ticket."""
    base = await _must_stand_here(here, code, kiosk)
    shown = await visit_shown(here, base, code, codes)
    return page(request, "public/kiosk_visit.html", personal=True, **shown)


@router.get("/visit/more", responses=_CHOOSING)
async def one_more(
    code: str, request: Request, here: PartsDep, kiosk: Kiosk, codes: Codes, queue: QueueLetter = ""
) -> Response:
    """Show what can be added in this hall, and where the rest is done."""
    base = await _must_stand_here(here, code, kiosk)
    shown = await more_shown(here, base, code, codes, letter=queue)
    return page(request, "public/kiosk_more.html", personal=True, **shown)


@router.get("/themes", responses=refuses(HallNotFound, WrongHall))
async def themes(code: str, request: Request, here: PartsDep, kiosk: Kiosk) -> Response:
    """Show the errands of several services, and what this hall lacks of those that it cannot do whole."""
    base = await _must_stand_here(here, code, kiosk)
    return page(
        request,
        "public/kiosk_themes.html",
        personal=True,
        hall=await here.database.read(catalogue.hall_by_code, code),
        themes=await here.database.read(themes_here, code),
        way=VisitAddress(f"{base}/visit", ()),
    )
