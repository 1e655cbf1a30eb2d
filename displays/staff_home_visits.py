"""Whom the hall's staff visit at home on a day: a list to print and take along, and what became of it."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from booking.desk import reaching
from booking.desk.errors import VisitNotYet
from booking.desk.schemas import HomeVisitsOut
from booking.errors import AppointmentNotFound, AppointmentNotPossible
from displays.forms import FormOnce, Key, new_key
from displays.staff_access import DeskPage
from displays.staff_appointments import day_asked
from displays.staff_frame import staff_page
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.ids import AppointmentId
from kernel.looking import Looker
from kernel.web.parts import PartsDep
from kernel.web.problems import refuses

router = APIRouter(include_in_schema=False, prefix="/staff/halls/{code}/home-visits")

_HALL = (HallNotFound, WrongHall)


@router.get("", responses=refuses(*_HALL))
async def visits(
    code: str,
    visitor: DeskPage,
    request: Request,
    here: PartsDep,
    day: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """Show times, names, numbers and addresses of a day, today's if none is asked for; it is noted."""
    now = here.clock.now()
    found = await Looker(here.database, visitor.staff, now).see(
        reaching.looks_at_homes, reaching.home_visits, code, day_asked(day),
        by=visitor.staff, now=now, vault=here.vault,
    )  # fmt: skip
    one = timedelta(days=1)
    return staff_page(
        request,
        visitor,
        "staff/home_visits.html",
        hall=found.hall,
        found=found,
        before=found.day - one,
        after=found.day + one,
        address=f"/staff/halls/{quote(code)}/home-visits",
        new_key=new_key,
        section="appointments",
    )


@router.post(
    "/{appointment_id}",
    responses=refuses(*_HALL, AppointmentNotFound, AppointmentNotPossible, VisitNotYet),
)
async def visited(
    code: str,
    appointment_id: UUID,
    visitor: DeskPage,
    request: Request,
    here: PartsDep,
    key: Key,
    met: Annotated[bool, Form()],
) -> Response:
    """Write whether somebody was met, and lead back to the day."""
    done = await FormOnce(request, key, str(appointment_id), str(met)).write(
        HomeVisitsOut.of, reaching.end_visit, code, AppointmentId(appointment_id), met=met,
        by=visitor.staff, clock=here.clock, vault=here.vault,
    )  # fmt: skip
    return RedirectResponse(f"/staff/halls/{quote(code)}/home-visits?day={done['day']}", 303)
