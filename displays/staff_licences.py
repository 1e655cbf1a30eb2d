"""Licences on file for staff: at the own window while their holder is served there; who may look."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from booking.deps import LicencesDep
from booking.licences import looking, permitting
from booking.licences.errors import (
    NobodyServedHere,
    NoLicenceConsent,
    NoLicencePermission,
    NoLicencesHere,
)
from booking.licences.guiding import personal
from booking.licences.looking import Asked
from displays.licences import system_name
from displays.rendering import led_on
from displays.staff_access import DeskPage, ManagerPage, Visitor
from displays.staff_frame import staff_page
from kernel.accounts import StaffNotFound
from kernel.errors import Refusal
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.ids import WindowId
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses
from queueing.errors import WindowNotFound

router = APIRouter(include_in_schema=False)

_WINDOW = refuses(WindowNotFound, WrongHall, NoLicencesHere)
_HALL = (HallNotFound, WrongHall)


@router.get("/staff/windows/{window_id}/licences", responses=_WINDOW)
async def ask(
    window_id: UUID, visitor: DeskPage, request: Request, here: PartsDep, _system: LicencesDep
) -> Response:
    """Say who is served, and ask for their word before anything is looked up."""
    return await _shown(window_id, visitor, request, here)


@router.post("/staff/windows/{window_id}/licences", responses=_WINDOW)
async def look(
    window_id: UUID,
    visitor: DeskPage,
    request: Request,
    here: PartsDep,
    system: LicencesDep,
    number: Annotated[str, Form(max_length=40)] = "",
    agreed: Annotated[bool, Form()] = False,
) -> Response:
    """Show once what is on file; the next look is asked and noted anew."""
    try:
        if number and not agreed:
            raise NoLicenceConsent
        asked = await here.database.write(
            looking.look_at_window, WindowId(window_id), number,
            by=visitor.staff, clock=here.clock, vault=here.vault,
        )  # fmt: skip
    except (NoLicencePermission, NobodyServedHere, NoLicenceConsent) as wrong:
        return await _shown(window_id, visitor, request, here, wrong=wrong)
    answer = await looking.ask(system, asked.question)
    guide = personal(asked.services, answer.on_file, on=asked.day) if answer.on_file else None
    return await _shown(window_id, visitor, request, here, asked=asked, guide=guide, why=answer.why)


async def _shown(
    window_id: UUID,
    visitor: Visitor,
    request: Request,
    here: Parts,
    *,
    wrong: Refusal | None = None,
    asked: Asked | None = None,
    guide: Any = None,
    why: str = "",
) -> Response:
    served = None
    try:
        served = await here.database.write(looking.served_at, WindowId(window_id), by=visitor.staff)
    except (NoLicencePermission, NobodyServedHere) as nobody:
        wrong = wrong or nobody
    return staff_page(
        request,
        visitor,
        "staff/licences.html",
        status=wrong.status if wrong else 200,
        hall=await here.database.read(looking.hall_of_window, WindowId(window_id), by=visitor.staff),
        window_id=window_id,
        served=served,
        asked=asked,
        guide_for_one=guide,
        why=why,
        wrong=wrong,
        system=system_name(request),
        section="windows",
    )


@router.get("/staff/halls/{code}/licences", responses=refuses(*_HALL))
async def colleagues(code: str, visitor: ManagerPage, request: Request, here: PartsDep) -> Response:
    """Show who works in the hall, and who of them may look at licences."""
    hall, found = await here.database.read(permitting.colleagues, code, by=visitor.staff)
    return staff_page(
        request, visitor, "staff/licence_leave.html", hall=hall, colleagues=found,
        system=system_name(request), section="setup",
    )  # fmt: skip


@router.post("/staff/halls/{code}/licences", responses=refuses(*_HALL, StaffNotFound))
async def leave(
    code: str,
    visitor: ManagerPage,
    here: PartsDep,
    staff_id: Annotated[UUID, Form()],
    may_look: Annotated[bool, Form()] = False,
) -> Response:
    """Give somebody of the hall leave to look, or take it."""
    hall, _ = await here.database.write(
        permitting.give_leave, code, staff_id, may_look=may_look, by=visitor.staff, clock=here.clock
    )
    return led_on(f"/staff/halls/{hall.code}/licences")
