"""What is done with an appointment, by its link alone: another time, given back, erased, checked in."""

from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from booking import service
from booking.errors import (
    AppointmentNotFound,
    AppointmentNotPossible,
    CheckInOver,
    CheckInTooEarly,
    ErasureTooEarly,
    PersonLimit,
    PhoneInvalid,
    SlotNotBookable,
    SlotTaken,
)
from booking.meeting.errors import AddressInvalid, KindNotOffered, NotInPerson
from booking.rules.appointments import AppointmentStatus
from booking.rules.meeting import AppointmentKind
from booking.schemas import AppointmentOut, ErasedOut
from booking.service import AppointmentView
from displays.change_kind import (
    WRONG_KIND,
    AskedChange,
    Wanted,
    WantedForm,
    change_facts,
    is_other,
    kinds_to_choose,
)
from displays.days_shown import DAYS_SHOWN, later_than, not_past
from displays.forms import FormOnce, Key, new_key
from displays.lost_times import lost_change
from displays.no_shows import missed_part, terms_of
from displays.notices import notices_now
from displays.rendering import led_on, page, reader_of
from kernel.days import Day
from kernel.erasure import LinkErased
from kernel.errors import Refusal
from kernel.identity import CITIZEN
from kernel.web.access import Holder
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses
from queueing.errors import NotTakingTickets
from queueing.schemas import IssuedTicketOut

_FOUND = refuses(AppointmentNotFound, LinkErased)
_MOVES = refuses(AppointmentNotFound, AppointmentNotPossible, LinkErased)

_CHANGES = {
    **_MOVES,
    **refuses(SlotTaken, SlotNotBookable, PersonLimit, KindNotOffered, AddressInvalid, PhoneInvalid),
}

router = APIRouter(include_in_schema=False, dependencies=[Holder])


@router.get("/a/{token}/change", responses=_FOUND)
async def choose_other_time(
    token: str,
    request: Request,
    here: PartsDep,
    first_day: Annotated[Day | None, Query(alias="from")] = None,
    kind: AppointmentKind | None = None,
) -> Response:
    """Ask for another time, and another way where there is a choice: one tap here, and one on the time."""
    now = here.clock.now()
    found = await here.database.read(service.look_up, token, now=now, vault=here.vault)
    codes = [each.code for each in found.services]
    days = await here.database.read(
        service.free_slots,
        found.hall.code,
        codes,
        first_day=not_past(first_day, now),
        days=DAYS_SHOWN,
        now=now,
        party=found.party,
    )
    kinds = await kinds_to_choose(here, found)
    return page(
        request,
        "public/slots.html",
        personal=True,
        hall=found.hall,
        notices=await notices_now(here, found.hall.id),
        services=found.services,
        codes=codes,
        days=days,
        later=later_than(days, await here.database.read(service.last_bookable_day, found.hall.code, now=now)),
        address=f"/a/{quote(token)}/change?" + (f"kind={kind.value}" if kind else ""),
        action=f"/a/{quote(token)}/change",
        back=f"/{'book' if found.status is AppointmentStatus.HELD else 'a'}/{quote(token)}",
        key=new_key(),
        moving=found,
        party=found.party,
        party_most=1,
        kinds=kinds,
        kind=kind or found.meeting.kind,
        keeps_time=bool(kinds) and now < found.starts_at,
        terms=await terms_of(here, token),
        wait_at=f"/a/{quote(token)}/earlier?"
        if found.status is AppointmentStatus.CONFIRMED and found.party == 1
        else None,
    )


@router.post("/a/{token}/change", responses=_CHANGES)
async def change(
    token: str,
    request: Request,
    here: PartsDep,
    starts_at: Annotated[datetime, Form()],
    key: Key,
    kind: Annotated[AppointmentKind | None, Form()] = None,
) -> Response:
    """Move the appointment, or the place that is kept; if the new time is taken, the old one stays.

    Where an appointment would be held in another way, what that means and needs is said first.
    """
    found = await here.database.read(service.look_up, token, now=here.clock.now(), vault=here.vault)
    wanted = Wanted(starts_at, kind or found.meeting.kind)
    if is_other(found, kind):
        return led_on(f"/a/{quote(token)}/change/kind?{wanted.query()}")
    return await _changed(token, request, here, wanted, key, found)


async def _changed(
    token: str, request: Request, here: Parts, wanted: Wanted, key: str, found: AppointmentView
) -> Response:
    other = wanted.kind is not found.meeting.kind
    try:
        moved = await FormOnce(request, key, *wanted.said()).write(
            AppointmentOut.of, service.reschedule, token, wanted.starts_at,
            wanted.otherwise(reader_of(request).locale) if other else None,
            clock=here.clock, vault=here.vault,
        )  # fmt: skip
    except (SlotTaken, SlotNotBookable) as lost:
        return await lost_change(request, here, lost, token, found, wanted if other else None)
    own = quote(token)
    return led_on(f"/book/{own}" if moved["status"] == AppointmentStatus.HELD else f"/a/{own}?moved=true")


@router.get("/a/{token}/change/kind", responses={**_FOUND, **refuses(KindNotOffered)})
async def ask_to_change_kind(token: str, request: Request, here: PartsDep, asked: AskedChange) -> Response:
    """Say what changes when it is held in another way, ask for what that needs, and ask once."""
    found = await here.database.read(service.look_up, token, now=here.clock.now(), vault=here.vault)
    if asked is None:
        return led_on(f"/a/{quote(token)}/change")
    if not is_other(found, asked.kind):
        return led_on(f"/a/{quote(token)}")
    return await _ask_kind(token, request, here, found, asked)


async def _ask_kind(
    token: str,
    request: Request,
    here: Parts,
    found: AppointmentView,
    wanted: Wanted,
    wrong: Refusal | None = None,
) -> Response:
    facts = await change_facts(here, found, wanted, wrong)
    return page(
        request,
        "public/change_kind.html",
        personal=True,
        here=f"/a/{quote(token)}/change/kind?{wanted.query()}",
        token=token,
        terms=await terms_of(here, token),
        **facts,
    )


@router.post("/a/{token}/change/kind", responses=_CHANGES)
async def change_kind(token: str, request: Request, here: PartsDep, wanted: WantedForm, key: Key) -> Response:
    """Hold the appointment in another way; what cannot be right is said beside its field."""
    found = await here.database.read(service.look_up, token, now=here.clock.now(), vault=here.vault)
    try:
        return await _changed(token, request, here, wanted, key, found)
    except WRONG_KIND as wrong:
        return await _ask_kind(token, request, here, found, wanted, wrong)


@router.get("/a/{token}/cancel", responses=_FOUND)
async def ask_to_cancel(token: str, request: Request, here: PartsDep) -> Response:
    """Ask once whether the appointment is really given back."""
    found = await here.database.read(service.look_up, token, now=here.clock.now(), vault=here.vault)
    return page(
        request,
        "public/cancel.html",
        personal=True,
        token=token,
        found=found,
        terms=await terms_of(here, token),
        key=new_key(),
    )


@router.post("/a/{token}/cancel", responses=_MOVES)
async def cancel(token: str, request: Request, here: PartsDep, key: Key) -> Response:
    """Give the appointment back."""
    await FormOnce(request, key).write(
        AppointmentOut.of, service.cancel, token, clock=here.clock, vault=here.vault
    )
    return led_on(f"/a/{quote(token)}")


@router.get("/a/{token}/erase", responses=_FOUND)
async def ask_to_erase(token: str, request: Request, here: PartsDep) -> Response:
    """Say what erasing takes away, and ask once."""
    found = await here.database.read(service.look_up, token, now=here.clock.now(), vault=here.vault)
    if not found.may_erase:
        return led_on(f"/a/{quote(token)}")
    missed = await missed_part(here, token)
    return page(
        request, "public/erase.html", personal=True, token=token, found=found, missed=missed, key=new_key()
    )


@router.post("/a/{token}/erase", responses={**_FOUND, **refuses(ErasureTooEarly)})
async def erase(token: str, request: Request, here: PartsDep, key: Key) -> Response:
    """Erase what leads to a person; the link itself says from then on that it was."""
    await FormOnce(request, key).write(
        ErasedOut.of, service.erase_mine, token, clock=here.clock, vault=here.vault
    )
    return led_on(f"/a/{quote(token)}")


@router.post(
    "/a/{token}/check-in",
    responses={**_MOVES, **refuses(CheckInTooEarly, CheckInOver, NotInPerson, NotTakingTickets)},
)
async def check_in(token: str, request: Request, here: PartsDep, key: Key) -> Response:
    """Turn the appointment into a ticket and lead to the ticket's page."""
    issued = await FormOnce(request, key).write(
        IssuedTicketOut.of, service.check_in, token, by=CITIZEN, clock=here.clock, vault=here.vault
    )
    return led_on(f"/t/{quote(issued['token'])}")
