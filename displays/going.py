"""I am going there: the hall expects one more for a while, and the way to it is shown."""

from datetime import datetime
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from booking import service
from booking.city import city_of
from booking.errors import NoServiceChosen
from booking.ranking_schemas import GoingOut
from booking.travellers import remember, traveller
from displays.asked import Asked, AskedHalls
from displays.forms import FormOnce, Key
from displays.rendering import led_on, page
from geo.rules.reasons import SortKey
from geo.rules.travel import TravelMode
from kernel.catalogue import NotOfferedHere, ServiceNotFound
from kernel.days import Instant
from kernel.events import HallNotFound
from kernel.web.access import Public
from kernel.web.parts import PartsDep
from kernel.web.problems import refuses

router = APIRouter(include_in_schema=False, dependencies=[Public])

_REFUSALS = refuses(HallNotFound, ServiceNotFound, NoServiceChosen, NotOfferedHere)


@router.post("/halls/{code}/going", responses=_REFUSALS)
async def going(
    code: str,
    request: Request,
    here: PartsDep,
    codes: Annotated[list[str], Form(alias="service", max_length=6)],
    arrives_at: Annotated[Instant, Form()],
    key: Key,
    mode: Annotated[TravelMode, Form()] = TravelMode.RIDE,
    sort: Annotated[SortKey, Form()] = SortKey.DONE,
    near: Annotated[str, Form(max_length=32)] = "",
    area: Annotated[str, Form(max_length=60)] = "",
) -> Response:
    """Expect this device at the hall and nowhere else, then show the way; a repeat changes nothing."""
    who, fresh = await traveller(request, here)
    said = await FormOnce(request, key, code, *codes).write(
        GoingOut.of, service.go_to, code, codes, arrives_at, who, clock=here.clock
    )
    at = [("at", said["expected_at"])] if said["expected_at"] else []
    asked = Asked(near, area, mode, sort).items()
    said_in = urlencode([*(("service", each) for each in codes), *asked, *at])
    answer = led_on(f"/halls/{quote(code)}/way?{said_in}")
    remember(answer, fresh, secure=here.settings.secure_cookies)
    return answer


@router.get("/halls/{code}/way", responses=_REFUSALS)
async def way(
    code: str,
    request: Request,
    here: PartsDep,
    codes: Annotated[list[str], Query(alias="service", max_length=6)],
    asked: AskedHalls,
    at: datetime | None = None,
) -> Response:
    """Show how to get to a hall, and that coming is no reservation."""
    city = await here.database.read(city_of)
    hall = next((own for own in city.halls if own.code == code), None)
    if hall is None:
        raise HallNotFound(hall=code)
    return page(
        request,
        "public/way.html",
        personal=True,
        hall=hall,
        services=city.chosen(codes),
        codes=codes,
        links=city.links(hall, asked.mode),
        back_query=urlencode(asked.items()),
        expected_at=at,
    )
