"""Several services in one visit with one's own phone, for whoever is in the hall (``displays.here``)."""

from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from booking.combining.in_hall import themes_here
from booking.errors import TooManyServices
from displays.here import visitor_of
from displays.rendering import led_on, page
from displays.rules.visit_address import VisitAddress
from displays.visit_here import Codes, QueueLetter, SearchText, more_shown, visit_shown
from kernel.catalogue import NotOfferedHere, ServiceNotFound
from kernel.events import HallNotFound
from kernel.web.access import Holder
from kernel.web.parts import PartsDep
from kernel.web.problems import refuses

router = APIRouter(include_in_schema=False, prefix="/here/{code}", dependencies=[Holder])
_CHOOSING = refuses(HallNotFound, ServiceNotFound, NotOfferedHere, TooManyServices)


@router.get("/visit", responses=_CHOOSING)
async def visit(code: str, request: Request, here: PartsDep, codes: Codes) -> Response:
    """Show what the visit holds, the waits and the papers; a press takes its one number."""
    base = f"/here/{quote(code)}"
    if not (await visitor_of(request, here, code)).is_here:
        return led_on(base)
    shown = await visit_shown(here, base, code, codes)
    return page(request, "public/here_visit.html", personal=True, **shown)


@router.get("/visit/more", responses=_CHOOSING)
async def one_more(
    code: str, request: Request, here: PartsDep, codes: Codes, q: SearchText = "", queue: QueueLetter = ""
) -> Response:
    """Show what can be added in this hall, and where the rest is done."""
    base = f"/here/{quote(code)}"
    if not (await visitor_of(request, here, code)).is_here:
        return led_on(base)
    shown = await more_shown(here, base, code, codes, q=q, letter=queue)
    return page(request, "public/here_more.html", personal=True, **shown)


@router.get("/themes", responses=refuses(HallNotFound))
async def themes(code: str, request: Request, here: PartsDep) -> Response:
    """Show the errands of several services, and what this hall lacks of those that it cannot do whole."""
    base = f"/here/{quote(code)}"
    visitor = await visitor_of(request, here, code)
    if not visitor.is_here:
        return led_on(base)
    return page(
        request,
        "public/here_themes.html",
        personal=True,
        hall=visitor.hall,
        themes=await here.database.read(themes_here, code),
        way=VisitAddress(f"{base}/visit", ()),
    )
