"""What became of messages: the supervisor's page of the city, the manager's of the own hall."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from booking.messages.gateway import StandIn
from booking.messages.report import message_report
from booking.rules.messages import HeldBecause, MessageKind, MessageStatus
from displays.rendering import reader_of
from displays.staff_access import CityPage, HallPage, Visitor
from displays.staff_frame import staff_page
from kernel.events import HallNotFound
from kernel.i18n import translator
from kernel.identity import WrongHall
from kernel.looking import Look, Looker
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses

router = APIRouter(include_in_schema=False)

Days = Annotated[int, Query(ge=1, le=366)]
PERIODS = (1, 7, 28)

KIND_WORDS: Mapping[MessageKind, str] = {
    MessageKind.CONFIRMED: "booked",
    MessageKind.MOVED: "moved",
    MessageKind.CANCELLED_BY_HALL: "cancelled by the hall",
    MessageKind.DAY_BEFORE: "reminder the day before",
    MessageKind.HOURS_BEFORE: "reminder two hours before",
    MessageKind.SOON: "ticket soon due",
    MessageKind.TIME_FREE: "a time is free",
    MessageKind.CODE: "code for the own list",
    MessageKind.ACTIVATION: "code that confirms a booking",
    MessageKind.NO_SHOW: "counts as a no-show",
    MessageKind.APPEAL_ANSWERED: "appeal answered",
}
STATUS_WORDS: Mapping[MessageStatus, str] = {
    MessageStatus.PLANNED: "to be tried again",
    MessageStatus.SENDING: "on its way",
    MessageStatus.SENT: "sent",
    MessageStatus.FAILED: "failed",
    MessageStatus.VOID: "no longer so",
    MessageStatus.HELD: "held back",
}
HELD_WORDS: Mapping[HeldBecause, str] = {
    HeldBecause.STOPPED: "its reader wanted no more",
    HeldBecause.DAY_BUDGET: "the number had its messages of the day",
    HeldBecause.ENOUGH: "the appointment had its messages",
    HeldBecause.QUIET: "quiet hours",
    HeldBecause.LATE: "too late to help",
    HeldBecause.UNREADABLE: "cannot be read with the present keys",
}


@router.get("/staff/messages")
async def city_messages(visitor: CityPage, request: Request, here: PartsDep, days: Days = 7) -> Response:
    """Show what became of the city's messages."""
    return await _shown(request, visitor, here, None, days)


@router.get("/staff/halls/{code}/messages", responses=refuses(HallNotFound, WrongHall))
async def hall_messages(
    code: str, visitor: HallPage, request: Request, here: PartsDep, days: Days = 7
) -> Response:
    """Show what became of a hall's messages."""
    return await _shown(request, visitor, here, code, days)


async def _shown(request: Request, visitor: Visitor, here: Parts, code: str | None, days: int) -> Response:
    now = here.clock.now()
    report = await Looker(here.database, visitor.staff, now, opened=True).see(
        lambda own: [Look("look.messages", own.hall.id if own.hall else None, f"messages.{code or 'city'}")],
        message_report,
        code,
        days=days,
        reader=visitor.staff,
        now=now,
        vault=here.vault,
    )
    gateway = request.app.state.gateway
    say = translator(reader_of(request).locale)
    return staff_page(
        request,
        visitor,
        "staff/messages.html",
        hall=report.hall,
        section="messages",
        report=report,
        days=days,
        periods=PERIODS,
        address=f"/staff/halls/{report.hall.code}/messages" if report.hall else "/staff/messages",
        kind_text=lambda kind: say(KIND_WORDS[kind]),
        status_text=lambda status: say(STATUS_WORDS[status]),
        held_text=lambda reason: say(HELD_WORDS[HeldBecause(reason)]),
        # A demo has nobody's telephone to look at; a real installation never shows a text.
        kept=gateway.latest() if isinstance(gateway, StandIn) and report.hall is None else None,
    )
