"""An appointment's own page, by its link alone: what was promised, change, cancel, check in."""

from datetime import date, datetime, timedelta
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from booking import guidance, service
from booking.city import city_of, position_of
from booking.errors import (
    AppointmentNotFound,
    AppointmentNotPossible,
    CheckInOver,
    CheckInTooEarly,
    ErasureTooEarly,
    PersonLimit,
    SlotNotBookable,
    SlotTaken,
)
from booking.schemas import AppointmentOut, ErasedOut
from displays.forms import FormOnce, Key, new_key
from displays.rendering import page
from geo.rules.links import navigation_links
from geo.rules.travel import TravelMode
from kernel.erasure import LinkErased
from kernel.identity import CITIZEN
from kernel.web.access import Holder
from kernel.web.parts import PartsDep
from kernel.web.problems import refuses
from queueing.errors import NotTakingTickets
from queueing.schemas import IssuedTicketOut

DAYS_SHOWN = 7
_FOUND = refuses(AppointmentNotFound, LinkErased)
_MOVES = refuses(AppointmentNotFound, AppointmentNotPossible, LinkErased)

router = APIRouter(include_in_schema=False, dependencies=[Holder])


@router.get("/a/{token}", responses=_FOUND)
async def appointment(token: str, request: Request, here: PartsDep) -> Response:
    """Show the appointment: reference, time, hall, the way, papers, change and cancel."""
    now = here.clock.now()
    found = await here.database.read(service.look_up, token, now=now, vault=here.vault)
    guide = await here.database.read(guidance.guidance, [each.code for each in found.services])
    city = await here.database.read(city_of)
    return page(
        request,
        "public/appointment.html",
        personal=True,
        token=token,
        found=found,
        may={action.value for action in found.may},
        guide=guide,
        links=navigation_links(
            position_of(found.hall), found.hall.name_zh, TravelMode.RIDE, region=city.name_zh
        ),
        may_check_in_now=now >= found.check_in_opens_at,
        key=new_key(),
    )


@router.get("/a/{token}/change", responses=_FOUND)
async def choose_other_time(
    token: str,
    request: Request,
    here: PartsDep,
    first_day: Annotated[date | None, Query(alias="from")] = None,
) -> Response:
    """Ask for another time: one tap here, and one on the time."""
    now = here.clock.now()
    found = await here.database.read(service.look_up, token, now=now, vault=here.vault)
    codes = [each.code for each in found.services]
    days = await here.database.read(
        service.free_slots, found.hall.code, codes, first_day=first_day, days=DAYS_SHOWN, now=now
    )
    return page(
        request,
        "public/slots.html",
        personal=True,
        hall=found.hall,
        services=found.services,
        codes=codes,
        days=days,
        later=days[-1].date + timedelta(days=1),
        address=f"/a/{quote(token)}/change?",
        action=f"/a/{quote(token)}/change",
        back=f"/a/{quote(token)}",
        key=new_key(),
        moving=found,
    )


@router.post("/a/{token}/change", responses={**_MOVES, **refuses(SlotTaken, SlotNotBookable, PersonLimit)})
async def change(
    token: str, request: Request, here: PartsDep, starts_at: Annotated[datetime, Form()], key: Key
) -> Response:
    """Move the appointment; if the new time is taken, the old one is kept."""
    await FormOnce(request, key, starts_at.isoformat()).write(
        AppointmentOut.of, service.reschedule, token, starts_at, clock=here.clock, vault=here.vault
    )
    return _back(token)


@router.get("/a/{token}/cancel", responses=_FOUND)
async def ask_to_cancel(token: str, request: Request, here: PartsDep) -> Response:
    """Ask once whether the appointment is really given back."""
    found = await here.database.read(service.look_up, token, now=here.clock.now(), vault=here.vault)
    return page(request, "public/cancel.html", personal=True, token=token, found=found, key=new_key())


@router.post("/a/{token}/cancel", responses=_MOVES)
async def cancel(token: str, request: Request, here: PartsDep, key: Key) -> Response:
    """Give the appointment back."""
    await FormOnce(request, key).write(
        AppointmentOut.of, service.cancel, token, clock=here.clock, vault=here.vault
    )
    return _back(token)


@router.get("/a/{token}/erase", responses=_FOUND)
async def ask_to_erase(token: str, request: Request, here: PartsDep) -> Response:
    """Say what erasing takes away, and ask once."""
    found = await here.database.read(service.look_up, token, now=here.clock.now(), vault=here.vault)
    if not found.may_erase:
        return _back(token)
    return page(request, "public/erase.html", personal=True, token=token, found=found, key=new_key())


@router.post("/a/{token}/erase", responses={**_FOUND, **refuses(ErasureTooEarly)})
async def erase(token: str, request: Request, here: PartsDep, key: Key) -> Response:
    """Erase what leads to a person; the link itself says from then on that it was."""
    await FormOnce(request, key).write(
        ErasedOut.of, service.erase_mine, token, clock=here.clock, vault=here.vault
    )
    return _back(token)


@router.post(
    "/a/{token}/check-in",
    responses={**_MOVES, **refuses(CheckInTooEarly, CheckInOver, NotTakingTickets)},
)
async def check_in(token: str, request: Request, here: PartsDep, key: Key) -> Response:
    """Turn the appointment into a ticket and lead to the ticket's page."""
    issued = await FormOnce(request, key).write(
        IssuedTicketOut.of, service.check_in, token, by=CITIZEN, clock=here.clock, vault=here.vault
    )
    return RedirectResponse(f"/t/{quote(issued['token'])}", 303, headers={"Cache-Control": "no-store"})


def _back(token: str) -> Response:
    return RedirectResponse(f"/a/{quote(token)}", 303, headers={"Cache-Control": "no-store"})
