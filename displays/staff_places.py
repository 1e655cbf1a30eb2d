"""Places of a hall over a range of days: planned, offered, held, booked, used; as a page and as a file."""

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from booking.capacity.errors import DaysTooMany
from booking.capacity.schemas import PlacesOut, UsedOut
from booking.capacity.service import MOST_DAYS, PlacesReport, places_report
from displays.staff_access import HallPage, Visitor
from displays.staff_frame import staff_page, table_file
from kernel import catalogue
from kernel.days import Day
from kernel.errors import Refusal
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses

router = APIRouter(include_in_schema=False, prefix="/staff/halls/{code}")

_HALL = refuses(HallNotFound, WrongHall)
_USED = tuple(UsedOut.model_fields)
_COLUMNS = ("first", "last", "queue", "service", "name_zh", "name_en", "planned", "offered", *_USED)


@router.get("/places", responses={**_HALL, **refuses(DaysTooMany)})
async def places(
    code: str,
    visitor: HallPage,
    request: Request,
    here: PartsDep,
    first: Day | None = None,
    last: Day | None = None,
) -> Response:
    """Show the places of a range of days, the last two weeks unless others are chosen."""
    try:
        report = await _report(here, visitor, code, first, last)
    except DaysTooMany as wrong:
        return await _page(request, here, visitor, code, wrong=wrong, first=first, last=last)
    return await _page(request, here, visitor, code, report=report, first=report.first, last=report.last)


async def _page(
    request: Request,
    here: Parts,
    visitor: Visitor,
    code: str,
    *,
    first: Day | None,
    last: Day | None,
    report: PlacesReport | None = None,
    wrong: Refusal | None = None,
) -> Response:
    days: dict[str, Any] = {"first": first, "last": last}
    return staff_page(
        request,
        visitor,
        "staff/places.html",
        status=wrong.status if wrong else 200,
        hall=await here.database.read(catalogue.hall_by_code, code),
        report=report,
        wrong=wrong,
        most_days=MOST_DAYS,
        file=f"/staff/halls/{quote(code)}/places.csv?first={first}&last={last}" if report else "",
        tab="used",
        section="plan",
        **days,
    )


@router.get("/places.csv", responses={**_HALL, **refuses(DaysTooMany)})
async def places_csv(
    code: str, visitor: HallPage, here: PartsDep, first: Day | None = None, last: Day | None = None
) -> Response:
    """Return the same as a file: a line for each queue, with its places, and for each of its services."""
    found = PlacesOut.of(await _report(here, visitor, code, first, last))
    days = (found.first.isoformat(), found.last.isoformat())
    rows: list[list[object]] = []
    for queue in found.queues:
        own = [getattr(queue, name) for name in _USED]
        rows.append(
            [*days, queue.prefix, "", queue.name_zh, queue.name_en, queue.planned, queue.offered, *own]
        )
        rows.extend(
            [*days, queue.prefix, each.code or "", each.name_zh, each.name_en, "", ""]
            + [getattr(each, name) for name in _USED]
            for each in queue.services
        )
    return table_file(f"jinban-places-{code}.csv", _COLUMNS, rows)


async def _report(
    here: Parts, visitor: Visitor, code: str, first: Day | None, last: Day | None
) -> PlacesReport:
    return await here.database.read(places_report, code, first, last, by=visitor.staff, now=here.clock.now())
