"""The cases of bad ratings: the manager's of the own hall, the supervisor's of all, what is overdue first.

Plain forms: each key is one step of one case, once however often it is pressed.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from pydantic import StringConstraints
from starlette.requests import Request
from starlette.responses import Response

from booking.ratings import cases
from booking.ratings.errors import (
    NoCallBackNumber,
    OwnAnswer,
    RatingCaseNotFound,
    RatingCaseNotPossible,
)
from booking.ratings.schemas import CaseOut
from booking.rules.rating_cases import LONGEST_NOTE, NEEDS_NOTE, SHORTEST_NOTE, CaseAction
from displays.forms import FormOnce, Key, new_key
from displays.rendering import led_on
from displays.staff_access import CityPage, HallPage, Visitor, way_back
from displays.staff_frame import staff_page
from kernel.events import HallNotFound
from kernel.identity import WrongHall, WrongRole
from kernel.ids import RatingCaseId
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses

router = APIRouter(include_in_schema=False)

_STEPS = refuses(RatingCaseNotFound, RatingCaseNotPossible, OwnAnswer, WrongHall, WrongRole)
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_NOTE), Form()]


@router.get("/staff/rating-cases")
async def city_cases(visitor: CityPage, request: Request, here: PartsDep, ended: bool = False) -> Response:
    """Show the cases of all halls."""
    return await _page(request, here, visitor, None, ended=ended)


@router.get("/staff/halls/{code}/rating-cases", responses=refuses(HallNotFound, WrongHall))
async def hall_cases(
    code: str, visitor: HallPage, request: Request, here: PartsDep, ended: bool = False
) -> Response:
    """Show a hall's cases."""
    return await _page(request, here, visitor, code, ended=ended)


@router.post("/staff/rating-cases/{case_id}/number", responses={**_STEPS, **refuses(NoCallBackNumber)})
async def number(
    case_id: UUID,
    visitor: HallPage,
    request: Request,
    here: PartsDep,
    hall: Annotated[str, Form(max_length=32)],
) -> Response:
    """Show the number to call back, once: the next look is another step of the case."""
    wanted = RatingCaseId(case_id)
    phone = await here.database.write(
        cases.read_number, wanted, by=visitor.staff, clock=here.clock, vault=here.vault
    )
    return await _page(request, here, visitor, hall, ended=False, number=(wanted, phone))


@router.post("/staff/rating-cases/{case_id}/{action}", responses=_STEPS)
async def go_on(
    case_id: UUID,
    action: CaseAction,
    visitor: HallPage,
    request: Request,
    here: PartsDep,
    key: Key,
    note: Note = "",
    back: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Take a case a step on and lead back to it; a note that is missing is asked for."""
    listed = way_back(back).split("?", maxsplit=1)[0]
    if action in NEEDS_NOTE and len(note) < SHORTEST_NOTE:
        return _back(f"{listed}?missing={case_id}", case_id)
    once = FormOnce(request, key, str(visitor.staff.id), note)
    await once.write(
        CaseOut.of,
        cases.go_on,
        RatingCaseId(case_id),
        action,
        note,
        by=visitor.staff,
        clock=here.clock,
        vault=here.vault,
    )
    return _back(f"{listed}?done={action}", case_id)


def _back(address: str, case_id: UUID) -> Response:
    return led_on(f"{address}#case-{case_id}")


async def _page(
    request: Request,
    here: Parts,
    visitor: Visitor,
    code: str | None,
    *,
    ended: bool,
    number: tuple[RatingCaseId, str] | None = None,
) -> Response:
    found = await here.database.read(
        cases.list_cases, code, ended=ended, reader=visitor.staff, now=here.clock.now(), vault=here.vault
    )
    listed = f"/staff/halls/{code}/rating-cases" if code else "/staff/rating-cases"
    return staff_page(
        request,
        visitor,
        "staff/rating_cases.html",
        hall=found.hall,
        section="ratings",
        found=found,
        ended=ended,
        number=number,
        address=listed,
        new_key=new_key,
        longest=LONGEST_NOTE,
        done=request.query_params.get("done", ""),
        missing=request.query_params.get("missing", ""),
    )
