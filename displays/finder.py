"""The citizen's way to a hall: find the service, learn what to bring, see where one would be done soonest.

Every page works as plain forms. A position comes in the body of a POST, is used in memory and shown no more
precisely than a kilometre; a named place or a chosen hall gives the same page by GET.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from booking import guidance
from booking.city import City, city_of
from booking.deps import RoadsDep
from booking.errors import NoServiceChosen
from booking.finder import Ranking, Wish, rank_halls
from booking.rules.kinds import MARKS
from booking.travelling import trips_from
from displays.asked import Asked, AskedHalls
from displays.forms import new_key
from displays.questions import PathText, Way, asked_before
from displays.rendering import led_on, page
from displays.rules.schematic import schematic
from geo.errors import AmbiguousArea, UnknownArea
from geo.routing import Router
from geo.rules.coordinates import Datum, Position
from geo.rules.ranking import DEFAULT_POLICY
from geo.rules.reasons import SortKey
from geo.rules.travel import TravelMode
from kernel.catalogue import Hall, Service, ServiceNotFound, Theme
from kernel.events import HallNotFound
from kernel.web.access import Public
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses
from queueing.notices.service import standing_everywhere
from queueing.trust import told_on_arrival

COMMON_SERVICES = 8
SUGGESTIONS = 12
SHOWN_AT_ONCE = 6
DRAWN = 9  # more numbers than these hide each other on a phone

router = APIRouter(include_in_schema=False)

Codes = Annotated[list[str], Query(alias="service", max_length=6)]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the citizen starts: what they chose, and the words for it."""

    hall: Hall | None = None
    area: str = ""
    position: Position | None = None
    assumed: bool = False
    """Nobody said so: the city's own hall stands in."""
    cut: bool = False
    """Of what was typed only this part is known."""


@router.get("/", dependencies=[Public])
async def front(request: Request, here: PartsDep, q: Annotated[str, Query(max_length=60)] = "") -> Response:
    """Ask what the citizen comes for; with ``q``, answer with the services that match."""
    city = await here.database.read(city_of)
    found = await here.database.read(guidance.search_services, q, audience=None) if q.strip() else []
    return page(
        request,
        "public/front.html",
        q=q,
        found=found[:SUGGESTIONS],
        common=common_services(city),
        themes=city.themes,
        groups=by_audience(city),
        questions=bool(city.questions),
    )


def common_services(city: City) -> list[Service]:
    """Return the services that most halls offer, each with people in mind before companies."""
    return sorted(
        city.services.values(),
        key=lambda each: ("person" not in each.audience, -len(city.offers.get(each.id, {})), each.code),
    )[:COMMON_SERVICES]


def by_audience(city: City) -> dict[str, list[Service]]:
    """Return all services by whom they are for."""
    groups: dict[str, list[Service]] = {"person": [], "company": []}
    for each in city.services.values():
        groups["person" if "person" in each.audience or each.audience == "all" else "company"].append(each)
    return {audience: services for audience, services in groups.items() if services}


@router.get("/services/{code}", dependencies=[Public], responses=refuses(ServiceNotFound))
async def service(code: str, request: Request, here: PartsDep, path: PathText = "") -> Response:
    """Say what to bring for a service, what need not be brought, and whether one has to come at all.

    ``path``: the answers that led here; they stand on the page, and each leads back to its question.
    """
    return await _guided(request, here, [code], None, path)


@router.get("/themes/{code}", dependencies=[Public], responses=refuses(ServiceNotFound))
async def theme(code: str, request: Request, here: PartsDep, path: PathText = "") -> Response:
    """Say the same for an errand of several services, each paper once."""
    city = await here.database.read(city_of)
    chosen = next((each for each in city.themes if each.code == code), None)
    if chosen is None:
        raise ServiceNotFound(theme=code)
    return await _guided(request, here, list(chosen.service_codes), chosen, path)


async def _guided(
    request: Request, here: Parts, codes: list[str], theme: Theme | None, path: str
) -> Response:
    guide = await here.database.read(guidance.guidance, codes)
    asked = await asked_before(here, path, theme or guide.services[0]) if path else None
    return page(
        request,
        "public/service.html",
        guide=guide,
        codes=codes,
        theme=theme,
        asked=asked,
        marks=marks_of(guide.services),
        way=Way.of("/questions", path, ""),
    )


def marks_of(services: Sequence[Service]) -> list[tuple[str, list[Service]]]:
    """Return the four exemptions (四免) that hold, each with the services that have it."""
    found = ((mark.value, [own for own in services if mark.value in own.marks]) for mark in MARKS)
    return [(mark, own) for mark, own in found if own]


@router.get(
    "/halls", dependencies=[Public], responses=refuses(ServiceNotFound, NoServiceChosen, HallNotFound)
)
async def halls(
    request: Request,
    here: PartsDep,
    roads: RoadsDep,
    codes: Codes,
    asked: AskedHalls,
    was: Annotated[str, Query(max_length=32)] = "",
    was_area: Annotated[str, Query(max_length=60)] = "",
    cut: bool = False,
) -> Response:
    """Rank the halls from a named place or a chosen hall; without either, from the city's own hall.

    ``was`` and ``was_area`` are what the form held when it was shown: a name that still stands there gives
    way to a hall that was chosen since.
    """
    city = await here.database.read(city_of)
    if asked.area and (asked.near == was or asked.area != was_area):
        origin = Origin(area=asked.area, cut=cut)
    else:
        origin = Origin(hall=_hall(city, asked.near), assumed=not asked.near)
    return await _ranked(request, here, roads, city, codes, origin, asked.mode, asked.sort)


@router.post("/halls/from", dependencies=[Public], responses=refuses(ServiceNotFound, NoServiceChosen))
async def halls_from_typed(
    request: Request,
    here: PartsDep,
    roads: RoadsDep,
    service: Annotated[list[str], Form(max_length=6)],
    area: Annotated[str, Form(max_length=60)] = "",
    near: Annotated[str, Form(max_length=32)] = "",
    was: Annotated[str, Form(max_length=32)] = "",
    was_area: Annotated[str, Form(max_length=60)] = "",
    mode: Annotated[TravelMode, Form()] = TravelMode.RIDE,
    sort: Annotated[SortKey, Form()] = SortKey.DONE,
) -> Response:
    """Say what a typed address is taken for, and lead to the list from there.

    The address comes in a body and goes no further: the list's own address has the street or town, no house.
    """
    city = await here.database.read(city_of)
    typed = area.strip()
    cut = False
    asked = Asked(near, "", mode, sort)
    if typed and (near == was or typed != was_area):
        try:
            taken = city.places.find(typed)
        except (UnknownArea, AmbiguousArea):
            return await _ranked(request, here, roads, city, service, Origin(area=typed), mode, sort)
        asked, cut = Asked("", taken.name, mode, sort), not taken.whole
    query = [*(("service", code) for code in service), *asked.items(), *([("cut", "1")] if cut else [])]
    return led_on(f"/halls?{urlencode(query)}")


@router.get("/halls/from", dependencies=[Public])
async def halls_from_again() -> Response:
    """Lead who reloads an answer to the beginning."""
    return led_on("/")


@router.post("/halls", dependencies=[Public], responses=refuses(ServiceNotFound, NoServiceChosen))
async def halls_near_me(
    request: Request,
    here: PartsDep,
    roads: RoadsDep,
    service: Annotated[list[str], Form(max_length=6)],
    lat: Annotated[float, Form()],
    lon: Annotated[float, Form()],
    mode: Annotated[TravelMode, Form()] = TravelMode.RIDE,
    sort: Annotated[SortKey, Form()] = SortKey.DONE,
) -> Response:
    """Rank the halls from where the citizen is; a POST, so that no place lands in a log of URLs."""
    city = await here.database.read(city_of)
    origin = Origin(position=Position(lat, lon, Datum.WGS84))
    return await _ranked(request, here, roads, city, service, origin, mode, sort)


def _hall(city: City, code: str) -> Hall:
    """Return the hall chosen as a place, the city's own one if none is; raises ``HallNotFound``."""
    staffed = [hall for hall in city.halls if hall.kind == "hall"]
    if not code:
        chosen = next((hall for hall in staffed if hall.level == "city"), staffed[0] if staffed else None)
    else:
        chosen = next((hall for hall in staffed if hall.code == code), None)
    if chosen is None:
        raise HallNotFound(hall=code)
    return chosen


async def _ranked(
    request: Request,
    here: Parts,
    roads: Router,
    city: City,
    codes: list[str],
    origin: Origin,
    mode: TravelMode,
    sort: SortKey,
) -> Response:
    position = city.positions[origin.hall.id] if origin.hall else origin.position
    wish = Wish(tuple(codes), mode, sort, position, origin.area or None)
    refused: UnknownArea | AmbiguousArea | None = None
    ranking: Ranking | None = None
    asked = Asked(origin.hall.code if origin.hall and not origin.assumed else "", origin.area, mode, sort)
    try:
        trips = await trips_from(here.database, roads, wish.position, wish.area, mode)
        ranking = await here.database.read(
            rank_halls, wish, now=here.clock.now(), outlook=told_on_arrival, trips=trips
        )
    except (UnknownArea, AmbiguousArea) as unknown:
        refused = unknown
    return page(
        request,
        "public/halls.html",
        personal=origin.position is not None,
        services=city.chosen(codes),
        codes=codes,
        here=f"/halls?{urlencode([*(('service', code) for code in codes), *asked.items()])}",
        asked=asked,
        back_query=urlencode(asked.items()),
        origin=origin,
        policy=DEFAULT_POLICY,
        places=_places(city),
        mode=mode.value,
        sort=sort.value,
        ranking=ranking,
        notices=await here.database.read(standing_everywhere, now=here.clock.now()),
        drawn=schematic(ranking, most=DRAWN) if ranking else None,
        nowhere=ranking is not None and not any(each.ranked.hall.can_do for each in ranking.options),
        refused=refused,
        shown_at_once=SHOWN_AT_ONCE,
        new_key=new_key,
    )


def _places(city: City) -> dict[str, list[Hall]]:
    """Return the staffed halls by their district: the places one can choose to start from.

    Villages are typed: a list of hundreds is no choice.
    """
    places: dict[str, list[Hall]] = {}
    for hall in city.halls:
        if hall.kind == "hall" and hall.level != "village":
            places.setdefault(hall.area_zh, []).append(hall)
    return places
