"""Several services in one visit, put together before one chooses a hall: plain links, kept in the address."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from booking import guidance
from booking.combining.in_city import together
from booking.service.slots import MOST_SERVICES
from displays.asked import AskedHalls
from displays.rendering import page
from displays.rules.visit_address import VisitAddress
from kernel.catalogue import ServiceNotFound
from kernel.web.access import Public
from kernel.web.parts import PartsDep
from kernel.web.problems import refuses

router = APIRouter(include_in_schema=False)

Codes = Annotated[list[str], Query(alias="service", min_length=1, max_length=MOST_SERVICES)]


@router.get("/visit", dependencies=[Public], responses=refuses(ServiceNotFound))
async def visit(
    request: Request,
    here: PartsDep,
    codes: Codes,
    asked: AskedHalls,
    q: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """Show what the visit holds, the papers of all of it, and what can be added; ``q`` searches."""
    visit_so_far = await here.database.read(together, codes, q)
    chosen = tuple(own.code for own in visit_so_far.services)
    rest = tuple(asked.items())
    return page(
        request,
        "public/visit.html",
        visit=visit_so_far,
        guide=await here.database.read(guidance.guidance, chosen),
        way=VisitAddress("/visit", chosen, rest),
        halls_at=f"/halls?{urlencode([*(('service', code) for code in chosen), *rest])}",
        hidden=rest,
        most=MOST_SERVICES,
        q=q,
    )
