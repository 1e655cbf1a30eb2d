"""An appointment's own page, by its link alone: what was promised, when to leave, how the visit was."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Annotated, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from booking import guidance, service
from booking.city import city_of, position_of
from booking.deps import RoadsDep
from booking.errors import (
    AppointmentNotFound,
    AppointmentNotPossible,
    OriginMissing,
)
from booking.leaving.service import Departure, when_to_leave
from booking.licences.giving import LIVE
from booking.meeting.errors import NotInPerson
from booking.messages.stopping import appointment_messages
from booking.ratings.errors import RatingClosed, RatingFinal, RatingNotAsked, StaffDoNotRate
from booking.rules.appointments import AppointmentStatus
from booking.rules.cancelling import REASON_TEXTS
from booking.rules.meeting import REMOTE, AppointmentKind
from booking.rules.own_list import About
from booking.travelling import trips_from
from displays.change_kind import kinds_to_choose
from displays.forms import Key, new_key
from displays.licences import licences_part
from displays.mine_access import own_part
from displays.no_shows import BY_LINK, Words, back_to, missed_part, terms_of, write_by_link
from displays.notices import notices_now
from displays.ratings import Answers, RatingForm, rating_part, save_rating
from displays.rendering import led_on, page
from geo.errors import AmbiguousArea, ImpossiblePosition, UnknownArea
from geo.rules.coordinates import Datum, Position
from geo.rules.links import navigation_links
from geo.rules.travel import TravelMode
from kernel import catalogue
from kernel.erasure import LinkErased
from kernel.errors import Refusal
from kernel.web.access import Holder
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses
from queueing.service import TicketView, follow

_FOUND = refuses(AppointmentNotFound, LinkErased)
_MOVES = refuses(AppointmentNotFound, AppointmentNotPossible, NotInPerson, LinkErased)

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
async def appointment(
    token: str, request: Request, here: PartsDep, moved: Annotated[bool, Query()] = False
) -> Response:
    """Show the appointment: reference, time, hall, the way, papers, change and cancel, how the visit was.

    ``moved``: its time has just been changed.
    """
    return await _shown(token, request, here, moved=moved)


@router.get("/a/{token}/leave")
async def leave_again(token: str) -> Response:
    """Lead who reloads an answer, or changes the language of it, to the appointment."""
    return led_on(f"/a/{quote(token)}")


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
    moved: bool = False,
) -> Response:
    now = here.clock.now()
    found = await here.database.read(service.look_up, token, now=now, vault=here.vault)
    own_ticket, call = await _ticket_or_call(here, token, found)
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
        moved=moved,
        reasons=REASON_TEXTS,
        own_ticket=own_ticket,
        call=call,
        other_kinds=found.status is AppointmentStatus.CONFIRMED and await kinds_to_choose(here, found),
        kind=found.meeting.kind.value,
        closed_then=await _closed_then(here, found),
        missed=await missed_part(here, token, words=appeal[0], wrong=appeal[1]),
        terms=await terms_of(here, token),
        notices=await notices_now(here, found.hall.id),
        may={action.value for action in found.may},
        guide=guide,
        messages=await here.database.read(appointment_messages, token, vault=here.vault),
        links=navigation_links(
            position_of(found.hall), found.hall.name_zh, TravelMode.RIDE, region=city.name_zh
        ),
        may_check_in_now=now >= found.check_in_opens_at,
        licences=await licences_part(request, here, token, live=found.status in LIVE),
        own_part=await own_part(request, here, About.APPOINTMENT, token),
        key=new_key(),
        **_leaving(start, now),
    )


async def _closed_then(here: Parts, found: service.AppointmentView) -> bool:
    """Return whether somebody is to come at a time at which the hall's calendar by now has its doors shut."""
    if found.status is not AppointmentStatus.CONFIRMED or found.meeting.kind is not AppointmentKind.HALL:
        return False
    calendar = await here.database.read(catalogue.calendar, found.hall.id)
    return not calendar.is_open(found.starts_at)


async def _ticket_or_call(
    here: Parts, token: str, found: service.AppointmentView
) -> tuple[str | None, TicketView | None]:
    """Return what it became: the token of a ticket to watch; of who is reached elsewhere their call."""
    if found.status is not AppointmentStatus.CHECKED_IN:
        return None, None
    ticket = await here.database.read(service.ticket_of, token, clock=here.clock, vault=here.vault)
    if ticket is None or found.meeting.kind not in REMOTE:
        return ticket, None
    return None, await here.database.read(follow, ticket, clock=here.clock, vault=here.vault)


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
    return led_on(f"/a/{quote(token)}#rating")


@router.get("/a/{token}/appeal")
async def appeal_again(token: str) -> Response:
    """Lead who reloads a refusal, or changes the language of it, to the appointment."""
    return led_on(f"/a/{quote(token)}")


@router.post("/a/{token}/appeal", responses=BY_LINK)
async def appeal(token: str, request: Request, here: PartsDep, key: Key, words: Words = "") -> Response:
    """Write why it should not count as a no-show, or say that words are missing."""
    wrong = await write_by_link(request, here, token, key, words)
    return back_to(token) if wrong is None else await _shown(token, request, here, appeal=(words, wrong))
