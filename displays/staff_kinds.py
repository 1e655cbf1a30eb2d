"""The manager's page of the kinds of appointments: what is offered by telephone, by video, at home."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from booking.meeting import service
from booking.meeting.errors import KindInvalid
from booking.meeting.schemas import HallKindsOut
from booking.meeting.service import WantedKind
from booking.rules.meeting import LONGEST_EN, LONGEST_LINK, LONGEST_ZH
from displays.forms import FormOnce, Key, new_key
from displays.meeting import FormKind
from displays.staff_access import HallPage, ManagerPage, Visitor
from displays.staff_frame import staff_page
from kernel.catalogue import NotOfferedHere, ServiceNotFound
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses

router = APIRouter(include_in_schema=False, prefix="/staff/halls/{code}/appointment-kinds")

_HALL = (HallNotFound, WrongHall)

Typed = Annotated[str, Form(max_length=LONGEST_EN)]


@router.get("", responses=refuses(*_HALL))
async def kinds(code: str, visitor: HallPage, request: Request, here: PartsDep, done: str = "") -> Response:
    """Show each service that can be booked, and how its appointments can be had."""
    return await _page(request, here, visitor, code, done=done)


@router.post("/{service_code}", responses=refuses(*_HALL, KindInvalid, ServiceNotFound, NotOfferedHere))
async def save(
    code: str,
    service_code: str,
    visitor: ManagerPage,
    request: Request,
    here: PartsDep,
    key: Key,
    kind: FormKind,
    offered: Annotated[bool, Form()] = False,
    link: Typed = "",
    words_zh: Typed = "",
    words_en: Typed = "",
) -> Response:
    """Offer a kind or no more, or say what is missing and keep what was typed."""
    wanted = WantedKind(kind, offered, link, words_zh, words_en)
    said = (service_code, kind, str(offered), link, words_zh, words_en)
    try:
        await FormOnce(request, key, *said).write(
            HallKindsOut.of, service.set_kind, code, service_code, wanted,
            by=visitor.staff, clock=here.clock,
        )  # fmt: skip
    except KindInvalid as wrong:
        return await _page(request, here, visitor, code, typed=(service_code, wanted), wrong=wrong)
    return RedirectResponse(
        f"/staff/halls/{quote(code)}/appointment-kinds?done=set#{quote(service_code)}", 303
    )


async def _page(
    request: Request,
    here: Parts,
    visitor: Visitor,
    code: str,
    *,
    done: str = "",
    typed: tuple[str, WantedKind] | None = None,
    wrong: KindInvalid | None = None,
) -> Response:
    found = await here.database.read(service.hall_kinds, code, by=visitor.staff)
    return staff_page(
        request,
        visitor,
        "staff/appointment_kinds.html",
        status=wrong.status if wrong else 200,
        hall=found.hall,
        found=found,
        may_change=visitor.staff.may_manage(found.hall.id),
        typed=typed,
        wrong=wrong,
        done=done == "set",
        limits={"zh": LONGEST_ZH, "en": LONGEST_EN, "link": LONGEST_LINK},
        new_key=new_key,
        section="setup",
    )
