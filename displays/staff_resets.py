"""Who lost the telephone: somebody's second factor is reset by whoever answers for that person."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from displays.staff_access import HallPage
from displays.staff_frame import staff_page
from kernel import accounts, catalogue
from kernel.accounts import NotYourPerson, StaffNotFound
from kernel.events import HallNotFound
from kernel.identity import Role
from kernel.ids import StaffId
from kernel.web.parts import PartsDep
from kernel.web.problems import refuses

PEOPLE_PATH = "/staff/second-factors"

router = APIRouter(include_in_schema=False)


@router.get(PEOPLE_PATH, responses=refuses(HallNotFound))
async def people(
    visitor: HallPage,
    request: Request,
    here: PartsDep,
    hall: Annotated[str, Query(max_length=32)] = "",
    done: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """Show the people of a hall, or those of the whole city, who could come with a lost telephone."""
    staff, chosen = visitor.staff, visitor.staff.hall_id
    halls = [own for own in await here.database.read(catalogue.halls) if own.kind == "hall"]
    if staff.role is Role.MANAGER:
        halls = [own for own in halls if own.id == chosen]
    elif hall or (staff.role is Role.SUPERVISOR and halls):
        hall = hall or halls[0].code
        chosen = (await here.database.read(catalogue.hall_by_code, hall)).id
    found = await here.database.read(accounts.people_of, staff, hall_id=chosen)
    return staff_page(
        request,
        visitor,
        "staff/second_factors.html",
        section="account",
        halls=halls,
        chosen=hall,
        people=found,
        done=done,
        city_too=staff.role is Role.ADMINISTRATOR,
    )


@router.post(f"{PEOPLE_PATH}/reset", responses=refuses(StaffNotFound, NotYourPerson))
async def reset(
    visitor: HallPage,
    here: PartsDep,
    person: Annotated[UUID, Form()],
    hall: Annotated[str, Form(max_length=32)] = "",
) -> Response:
    """Take somebody's second factor away; it is in the audit trail."""
    now = here.clock.now()
    known = await here.database.write(
        accounts.reset_second_factor, StaffId(person), by=visitor.staff, now=now
    )
    answer = {"hall": hall, "done": known.username}
    return RedirectResponse(f"{PEOPLE_PATH}?{urlencode(answer)}", status_code=303)
