"""Staff book for somebody: what they come for, and a time of which the place is kept."""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import Response

from booking.desk import booking
from booking.desk.choosing import DeskTimes, times_for
from booking.errors import (
    NoServiceChosen,
    PartyTooLarge,
    SlotNotBookable,
    SlotTaken,
    TooManyHolds,
    TooManyServices,
)
from booking.meeting.errors import KindNotOffered
from booking.rules.meeting import AppointmentKind
from booking.rules.parties import LARGEST
from booking.schemas import HoldOut
from displays import staff_reads
from displays.days_shown import later_than, not_past
from displays.forms import FormOnce, Key, new_key
from displays.lost_times import people_in
from displays.meeting import HALL, FormKind
from displays.rendering import led_on
from displays.rules.queue_colours import colours_of
from displays.staff_access import DeskPage, Visitor
from displays.staff_frame import staff_page
from kernel import catalogue
from kernel.catalogue import NotOfferedHere, ServiceNotFound
from kernel.days import Day
from kernel.errors import Refusal
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses

router = APIRouter(include_in_schema=False, prefix="/staff/halls/{code}/book")

_HALL = (HallNotFound, WrongHall)
_LOST = (SlotTaken, SlotNotBookable)

Chosen = Annotated[list[str], Query(alias="service", max_length=6)]


@router.get("", responses=refuses(*_HALL))
async def choose_services(code: str, visitor: DeskPage, request: Request, here: PartsDep) -> Response:
    """Ask what somebody at the help desk comes for; several services make one visit."""
    help_desk = await here.database.read(
        staff_reads.help_desk_start, code, by=visitor.staff, now=here.clock.now()
    )
    own = {service.code for line in help_desk.lines for service in line.services}
    every = await here.database.read(catalogue.services)
    return staff_page(
        request,
        visitor,
        "staff/book_services.html",
        hall=help_desk.hall,
        lines=[line for line in help_desk.lines if line.services],
        colours=colours_of(line.line.prefix for line in help_desk.lines),
        others=[service for service in every if service.code not in own],
        address=address_of(code),
        section="appointments",
    )


@router.get(
    "/times",
    responses=refuses(
        *_HALL, NoServiceChosen, TooManyServices, ServiceNotFound, NotOfferedHere, PartyTooLarge
    ),
)
async def choose_time(
    code: str,
    visitor: DeskPage,
    request: Request,
    here: PartsDep,
    chosen: Chosen = [],  # noqa: B006 - the framework copies it
    at: Annotated[str, Query(max_length=32)] = "",
    first_day: Annotated[Day | None, Query(alias="from")] = None,
    party: Annotated[int, Query(ge=1, le=LARGEST)] = 1,
) -> Response:
    """Show the free times of a hall, this one unless another is asked for, and the soonest of those near."""
    if not chosen:
        await here.database.read(staff_reads.own_hall, code, by=visitor.staff)
        return led_on(address_of(code))
    now = here.clock.now()
    found = await times_now(here, visitor, code, chosen, at, not_past(first_day, now), party=party)
    return times_page(request, visitor, found, chosen)


async def times_now(
    here: Parts,
    visitor: Visitor,
    code: str,
    chosen: list[str],
    at: str,
    first_day: Any = None,
    *,
    party: int,
    kind: AppointmentKind = HALL,
) -> DeskTimes:
    """Return the times that can be kept now for what somebody comes for."""
    return await here.database.read(
        times_for, code, chosen, at,
        first_day=first_day, by=visitor.staff, now=here.clock.now(), party=party, kind=kind,
    )  # fmt: skip


def times_page(
    request: Request, visitor: Visitor, found: DeskTimes, codes: list[str], lost: Refusal | None = None
) -> Response:
    """Return the page of these times; ``lost``: why the one that was chosen is not to be had."""
    return staff_page(
        request,
        visitor,
        "staff/book_times.html",
        status=lost.status if lost else 200,
        hall=found.hall,
        found=found,
        codes=codes,
        later=later_than(found.days, found.last),
        lost=lost,
        near=_near(lost),
        address=address_of(found.hall.code),
        query=urlencode([*(("service", each) for each in codes), *people_in(found.party)]),
        key=new_key(),
        section="appointments",
    )


def _near(lost: Refusal | None) -> list[datetime]:
    known = lost.facts.get("next_free") if lost else None
    return [datetime.fromisoformat(start) for start in known] if isinstance(known, list) else []


@router.post(
    "/times", responses=refuses(*_HALL, *_LOST, TooManyHolds, KindNotOffered, ServiceNotFound, NotOfferedHere)
)
async def keep_place(
    code: str,
    visitor: DeskPage,
    request: Request,
    here: PartsDep,
    key: Key,
    starts_at: Annotated[datetime, Form()],
    at: Annotated[str, Form(max_length=32)],
    chosen: Annotated[list[str], Form(alias="service", max_length=6)],
    party: Annotated[int, Form(ge=1, le=LARGEST)] = 1,
    kind: FormKind = HALL,
) -> Response:
    """Keep the place while staff ask who comes; when it is taken, show the times again, nearest first."""
    wish = booking.Wish(at, tuple(chosen), starts_at, party, kind)
    try:
        held = await FormOnce(request, key, at, *chosen, starts_at.isoformat(), str(party), kind).write(
            HoldOut.of, booking.hold_for, code, wish, by=visitor.staff, clock=here.clock, vault=here.vault
        )
    except _LOST as lost:
        again = await times_now(here, visitor, code, chosen, at, party=party, kind=kind)
        return times_page(request, visitor, again, chosen, lost)
    return led_on(f"{address_of(code)}/{quote(held['token'])}")


def address_of(code: str) -> str:
    """Return where staff of a hall book for somebody."""
    return f"/staff/halls/{quote(code)}/book"
