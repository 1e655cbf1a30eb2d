"""A hall's no-shows for its own staff: what counted, what the hall takes back, leave to book. Plain forms."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form
from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from booking.errors import PhoneInvalid
from booking.no_shows import deciding, excusing, helping
from booking.no_shows.errors import (
    AppealWordsMissing,
    NoShowNotCounting,
    NoShowNotFound,
    NotPaused,
    OutageInvalid,
)
from booking.no_shows.looking import looks_at_hall
from booking.no_shows.staff_schemas import (
    ExceptionOut,
    ExcusedOut,
    OutageOut,
)
from booking.rules.no_shows import LONGEST_WORDS
from displays.forms import FormOnce, Key, new_key
from displays.rendering import led_on
from displays.staff_access import DeskPage, ManagerPage, Visitor
from displays.staff_frame import staff_page
from kernel import catalogue
from kernel.days import Instant
from kernel.errors import Refusal
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.ids import NoShowId
from kernel.looking import Look, Looker
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses

router = APIRouter(include_in_schema=False, prefix="/staff/halls/{code}/no-shows")

_HALL = (HallNotFound, WrongHall)
_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
Typed = Annotated[str, Form(max_length=LONGEST_WORDS)]
Short = Annotated[str, Form(max_length=32)]


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed into one of the forms, and what cannot be right about it."""

    form: str
    values: dict[str, str]
    wrong: Refusal


@router.get("", responses=refuses(*_HALL))
async def hall_no_shows(
    code: str, visitor: DeskPage, request: Request, here: PartsDep, done: str = ""
) -> Response:
    """Show a clerk the form for leave to book; a manager also what counted and the outages."""
    return await _page(request, here, visitor, code, done=done)


async def _page(
    request: Request,
    here: Parts,
    visitor: Visitor,
    code: str,
    *,
    done: str = "",
    draft: Draft | None = None,
    leave: dict[str, Any] | None = None,
    number: helping.OfNumber | None = None,
) -> Response:
    by = visitor.staff

    def looks(found: excusing.HallNoShows) -> list[Look]:
        return looks_at_hall(found) if by.may_manage(found.hall.id) else []  # a clerk sees none of them

    looker = Looker(here.database, by, here.clock.now(), opened=True)
    found = await looker.see(looks, excusing.of_hall, code, by=by)
    manages = by.may_manage(found.hall.id)
    tallies = await here.database.read(deciding.appeal_tallies, found.hall.id, now=here.clock.now())
    return staff_page(
        request,
        visitor,
        "staff/hall_no_shows.html",
        status=draft.wrong.status if draft else 200,
        hall=found.hall,
        section="no-shows",
        found=found,
        manages=manages,
        tally=tallies.get(found.hall.id, deciding.AppealTally()),
        done=done,
        draft=draft,
        leave=leave,
        number=number,
        leave_until=datetime.fromisoformat(leave["expires_at"]) if leave else None,
        longest=LONGEST_WORDS,
        new_key=new_key,
    )


@router.post("/exception", responses=refuses(*_HALL, PhoneInvalid, NotPaused, AppealWordsMissing))
async def exception(
    code: str,
    visitor: DeskPage,
    request: Request,
    here: PartsDep,
    key: Key,
    phone: Short = "",
    reason: Typed = "",
) -> Response:
    """Let somebody whose booking is paused book once."""
    try:
        given = await FormOnce(request, key, str(visitor.staff.id), phone, reason).write(
            ExceptionOut.of, helping.grant_exception, code, phone, reason,
            by=visitor.staff, clock=here.clock, vault=here.vault,
        )  # fmt: skip
    except (PhoneInvalid, NotPaused, AppealWordsMissing) as wrong:
        draft = Draft("exception", {"phone": phone, "reason": reason}, wrong)
        return await _page(request, here, visitor, code, draft=draft)
    return await _page(request, here, visitor, code, leave=given)


@router.post("/look-up", responses=refuses(*_HALL, PhoneInvalid))
async def look_up(
    code: str, visitor: DeskPage, request: Request, here: PartsDep, phone: Short = ""
) -> Response:
    """Show what counts against the number of somebody at the desk; each look is in the trail."""
    try:
        found = await here.database.write(
            helping.of_number, code, phone, by=visitor.staff, clock=here.clock, vault=here.vault
        )
    except PhoneInvalid as wrong:
        return await _page(request, here, visitor, code, draft=Draft("look-up", {"phone": phone}, wrong))
    return await _page(request, here, visitor, code, number=found)


@router.post("/outage", responses=refuses(*_HALL, OutageInvalid, AppealWordsMissing))
async def outage(
    code: str,
    visitor: ManagerPage,
    request: Request,
    here: PartsDep,
    key: Key,
    begins: Short = "",
    ends: Short = "",
    reason: Typed = "",
) -> Response:
    """Say that the hall could not serve; what was due in that time does not count."""
    hall = await here.database.read(catalogue.hall_by_code, code)
    try:
        begins_at, ends_at = _instant(begins, hall.timezone), _instant(ends, hall.timezone)
        await FormOnce(request, key, str(visitor.staff.id), begins, ends, reason).write(
            OutageOut.of, excusing.declare_outage, code, begins_at, ends_at, reason,
            by=visitor.staff, clock=here.clock, vault=here.vault,
        )  # fmt: skip
    except (OutageInvalid, AppealWordsMissing) as wrong:
        draft = Draft("outage", {"begins": begins, "ends": ends, "reason": reason}, wrong)
        return await _page(request, here, visitor, code, draft=draft)
    return _back(code, "outage")


def _instant(typed: str, zone: str) -> datetime:
    """Return a local time of a hall; raises ``OutageInvalid`` for none, and for one beyond what is kept."""
    try:
        return _INSTANT.validate_python(datetime.fromisoformat(typed).replace(tzinfo=ZoneInfo(zone)))
    except ValueError as none:
        raise OutageInvalid(field="begins_at") from none


@router.post(
    "/{no_show_id}/excuse", responses=refuses(*_HALL, NoShowNotFound, NoShowNotCounting, AppealWordsMissing)
)
async def excuse(
    code: str,
    no_show_id: UUID,
    visitor: ManagerPage,
    request: Request,
    here: PartsDep,
    key: Key,
    reason: Typed = "",
) -> Response:
    """Take one back that is wrong."""
    await FormOnce(request, key, str(visitor.staff.id), reason).write(
        ExcusedOut.of, excusing.excuse, NoShowId(no_show_id), reason,
        by=visitor.staff, clock=here.clock, vault=here.vault,
    )  # fmt: skip
    return _back(code, "excused")


def _back(code: str, done: str) -> Response:
    address = f"/staff/halls/{quote(code)}/no-shows?done={done}"
    return led_on(address)
