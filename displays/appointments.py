"""An appointment's own page, by its link alone: what was promised, change, cancel, check in."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Annotated, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from booking import guidance, service
from booking.city import city_of, position_of
from booking.deps import RoadsDep
from booking.errors import (
    AppointmentNotFound,
    AppointmentNotPossible,
    CheckInOver,
    CheckInTooEarly,
    ErasureTooEarly,
    OriginMissing,
    PersonLimit,
    SlotNotBookable,
    SlotTaken,
)
from booking.leaving.service import Departure, when_to_leave
from booking.messages.stopping import appointment_messages
from booking.no_shows.terms import Terms, terms_of_link
from booking.ratings.errors import RatingClosed, RatingFinal, RatingNotAsked, StaffDoNotRate
from booking.rules.appointments import AppointmentStatus
from booking.rules.cancelling import REASON_TEXTS
from booking.rules.own_list import About
from booking.schemas import AppointmentOut, ErasedOut
from booking.travelling import trips_from
from displays.days_shown import DAYS_SHOWN, later_than, not_past
from displays.forms import FormOnce, Key, new_key
from displays.lost_times import lost_change
from displays.mine_access import own_part
from displays.no_shows import BY_LINK, Words, back_to, missed_part, write_by_link
from displays.notices import notices_now
from displays.ratings import Answers, RatingForm, rating_part, save_rating
from displays.rendering import page
from geo.errors import AmbiguousArea, ImpossiblePosition, UnknownArea
from geo.rules.coordinates import Datum, Position
from geo.rules.links import navigation_links
from geo.rules.travel import TravelMode
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

router = APIRouter(include_in_schema=False, dependencies=[Holder])


@dataclass(frozen=True, slots=True)
class Start:
    """From where and how somebody goes, as they said it, and what came of it."""

    area: str = ""
    position: Position | None = None
    mode: TravelMode = TravelMode.RIDE
    departure: Departure | None = None
    refused: Refusal | None = None


@router.get("/a/{token}", responses=_FOUND)
async def appointment(token: str, request: Request, here: PartsDep) -> Response:
    """Show the appointment: reference, time, hall, the way, papers, change and cancel, how the visit was."""
    return await _shown(token, request, here)


@router.get("/a/{token}/leave")
async def leave_again(token: str) -> Response:
    """Lead who reloads an answer, or changes the language of it, to the appointment."""
    return _back(token)


@router.post("/a/{token}/leave", responses=_MOVES)
async def leave(
    token: str,
    request: Request,
    here: PartsDep,
    roads: RoadsDep,
    mode: Annotated[TravelMode, Form()] = TravelMode.RIDE,
    area: Annotated[str, Form(max_length=60)] = "",
    lat: Annotated[str, Form(max_length=24)] = "",
    lon: Annotated[str, Form(max_length=24)] = "",
) -> Response:
    """Say when to leave; a POST, so that no place lands in a log of URLs. A typed place goes first."""
    start = Start(area=area.strip(), mode=mode)
    try:
        if not start.area and lat and lon:
            start = replace(start, position=Position(_degrees(lat), _degrees(lon), Datum.WGS84))
        trips = await trips_from(here.database, roads, start.position, start.area, mode)
        departure = await here.database.read(
            when_to_leave, token, position=start.position, area=start.area, mode=mode,
            now=here.clock.now(), vault=here.vault, trips=trips,
        )  # fmt: skip
        start = replace(start, departure=departure)
    except (OriginMissing, ImpossiblePosition, UnknownArea, AmbiguousArea) as refused:
        start = replace(start, position=None, refused=refused)
    return await _shown(token, request, here, start)


def _degrees(said: str) -> float:
    try:
        return float(said)
    except ValueError:
        raise OriginMissing(fields=["position", "area"]) from None


async def _shown(
    token: str,
    request: Request,
    here: Parts,
    start: Start = Start(),
    *,
    answers: Answers | None = None,
    wrong: dict[str, str] | None = None,
    appeal: tuple[str, Refusal | None] = ("", None),
) -> Response:
    now = here.clock.now()
    found = await here.database.read(service.look_up, token, now=now, vault=here.vault)
    own_ticket = None
    if found.status is AppointmentStatus.CHECKED_IN:
        own_ticket = await here.database.read(service.ticket_of, token, clock=here.clock, vault=here.vault)
    guide = await here.database.read(guidance.guidance, [each.code for each in found.services])
    city = await here.database.read(city_of)
    return page(
        request,
        "public/appointment.html",
        status=422 if wrong or appeal[1] else 200,
        personal=True,
        part=await rating_part(
            request, here, token, f"/a/{quote(token)}/rating", answers=answers, wrong=wrong
        ),
        token=token,
        found=found,
        reasons=REASON_TEXTS,
        own_ticket=own_ticket,
        missed=await missed_part(here, token, words=appeal[0], wrong=appeal[1]),
        terms=await _terms(here, token),
        notices=await notices_now(here, found.hall.id),
        may={action.value for action in found.may},
        guide=guide,
        messages=await here.database.read(appointment_messages, token, vault=here.vault),
        links=navigation_links(
            position_of(found.hall), found.hall.name_zh, TravelMode.RIDE, region=city.name_zh
        ),
        may_check_in_now=now >= found.check_in_opens_at,
        own_part=await own_part(request, here, About.APPOINTMENT, token),
        key=new_key(),
        **_leaving(start, now),
    )


async def _terms(here: Parts, token: str) -> Terms | None:
    """Return by when the appointment can be given back without counting as a no-show."""
    return await here.database.read(terms_of_link, token, now=here.clock.now(), vault=here.vault)


def _leaving(start: Start, now: datetime) -> dict[str, Any]:
    """Return what the part about leaving shows."""
    facts: dict[str, Any] = {
        "departure": start.departure, "refused": start.refused, "position": start.position,
        "area": start.area, "mode": start.mode.value,
    }  # fmt: skip
    if start.departure is not None:
        own, zone = start.departure.appointment, ZoneInfo(start.departure.appointment.hall.timezone)
        leave_at = start.departure.leaving.leave_at
        facts["leave_minutes"] = ceil((own.starts_at - leave_at) / timedelta(minutes=1))
        facts["same_day"] = leave_at.astimezone(zone).date() == now.astimezone(zone).date()
    return facts


@router.post(
    "/a/{token}/rating",
    responses=refuses(AppointmentNotFound, RatingNotAsked, RatingClosed, RatingFinal, StaffDoNotRate),
)
async def rate(token: str, request: Request, here: PartsDep, answers: RatingForm) -> Response:
    """Rate the visit that came of the appointment."""
    wrong = await save_rating(request, here, token, answers)
    if wrong:
        return await _shown(token, request, here, answers=answers, wrong=wrong)
    return RedirectResponse(f"/a/{quote(token)}#rating", 303, headers={"Cache-Control": "no-store"})


@router.get("/a/{token}/appeal")
async def appeal_again(token: str) -> Response:
    """Lead who reloads a refusal, or changes the language of it, to the appointment."""
    return _back(token)


@router.post("/a/{token}/appeal", responses=BY_LINK)
async def appeal(token: str, request: Request, here: PartsDep, key: Key, words: Words = "") -> Response:
    """Write why it should not count as a no-show, or say that words are missing."""
    wrong = await write_by_link(request, here, token, key, words)
    return back_to(token) if wrong is None else await _shown(token, request, here, appeal=(words, wrong))


@router.get("/a/{token}/change", responses=_FOUND)
async def choose_other_time(
    token: str,
    request: Request,
    here: PartsDep,
    first_day: Annotated[Day | None, Query(alias="from")] = None,
) -> Response:
    """Ask for another time: one tap here, and one on the time."""
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
    )
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
        address=f"/a/{quote(token)}/change?",
        action=f"/a/{quote(token)}/change",
        back=f"/{'book' if found.status is AppointmentStatus.HELD else 'a'}/{quote(token)}",
        key=new_key(),
        moving=found,
        terms=await _terms(here, token),
        wait_at=f"/a/{quote(token)}/earlier?" if found.status is AppointmentStatus.CONFIRMED else None,
    )


@router.post("/a/{token}/change", responses={**_MOVES, **refuses(SlotTaken, SlotNotBookable, PersonLimit)})
async def change(
    token: str, request: Request, here: PartsDep, starts_at: Annotated[datetime, Form()], key: Key
) -> Response:
    """Move the appointment, or the place that is kept; if the new time is taken, the old one stays."""
    try:
        moved = await FormOnce(request, key, starts_at.isoformat()).write(
            AppointmentOut.of, service.reschedule, token, starts_at, clock=here.clock, vault=here.vault
        )
    except (SlotTaken, SlotNotBookable) as lost:
        found = await here.database.read(service.look_up, token, now=here.clock.now(), vault=here.vault)
        return await lost_change(request, here, lost, token, found)
    return _back(token, "book" if moved["status"] == AppointmentStatus.HELD else "a")


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
        terms=await _terms(here, token),
        key=new_key(),
    )


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


def _back(token: str, page: str = "a") -> Response:
    return RedirectResponse(f"/{page}/{quote(token)}", 303, headers={"Cache-Control": "no-store"})
