"""The waiting list for citizens: joining it, and the page of one wait, by its link alone."""

from dataclasses import replace
from typing import Annotated, Any, Protocol
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from sqlmodel import Session
from starlette.responses import Response

from booking import service as booking
from booking.calendar_file import check_in_qr
from booking.errors import AppointmentNotFound, AppointmentNotPossible, PersonLimit
from booking.mine import owned
from booking.mine.access import OwnerByCookie
from booking.no_shows.errors import BookingPaused
from booking.rules.own_list import About
from booking.waitlist import service
from booking.waitlist.errors import OfferOver, TooManyWaits, WaitingNotFound, WaitingOver
from booking.waitlist.limits import limit_joins
from booking.waitlist.schemas import JoinedOut, WaitingOut
from booking.waitlist.service import WaitingView
from displays.days_shown import not_past
from displays.forms import FormOnce, Key, new_key
from displays.meeting import HALL, AskedKind
from displays.mine_access import own_part
from displays.no_shows import paused_page, rule_in_force
from displays.rendering import led_on, page, reader_of
from displays.rules.dates import CITY_ZONE
from displays.waiting_form import WRONG, Wanted, WantedForm, form_facts, local_day, on_days, part_of
from kernel.catalogue import NotOfferedHere, ServiceNotFound
from kernel.clock import Clock
from kernel.days import Day
from kernel.erasure import LinkErased
from kernel.errors import Refusal
from kernel.events import HallNotFound
from kernel.secrets import Vault
from kernel.web.access import Holder, Public
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses

router = APIRouter(include_in_schema=False)

_OWN = refuses(AppointmentNotFound, AppointmentNotPossible, LinkErased)
_FOUND = refuses(WaitingNotFound, LinkErased)
_MOVES = refuses(WaitingNotFound, LinkErased, WaitingOver, OfferOver, PersonLimit, BookingPaused)


class Move(Protocol):
    """A use case of whoever waits."""

    def __call__(self, session: Session, token: str, *, clock: Clock, vault: Vault) -> WaitingView: ...


@router.get(
    "/waitlist", dependencies=[Public], responses=refuses(HallNotFound, ServiceNotFound, NotOfferedHere)
)
async def ask(
    request: Request,
    here: PartsDep,
    hall: Annotated[str, Query(max_length=32)],
    codes: Annotated[list[str], Query(alias="service", max_length=6)],
    day: Day | None = None,
    kind: AskedKind = HALL,
) -> Response:
    """Ask when and where it would suit, and who comes; a day that was full is filled in."""
    last = await here.database.read(booking.last_bookable_day, hall, now=here.clock.now())
    first = not_past(day, here.clock.now()) or local_day(here.clock.now(), CITY_ZONE)
    wanted = on_days(Wanted(kind=kind), first, first if day else last)
    return await _form(request, here, hall, codes, wanted)


async def _form(
    request: Request,
    here: Parts,
    hall: str,
    codes: list[str],
    wanted: Wanted,
    wrong: Refusal | None = None,
    **more: Any,
) -> Response:
    facts = await form_facts(here, hall, codes, wanted, wrong, **more)
    rule = await rule_in_force(here)
    shown = {
        "action": "/waitlist",
        "kind": "new",
        "now_at": None,
        "held": None,
        "no_show_rule": rule,
        **facts,
    }
    status = wrong.status if wrong else 200
    return page(request, "public/waiting_form.html", status=status, personal=True, **shown)


@router.post(
    "/waitlist",
    dependencies=[Public],
    responses=refuses(HallNotFound, ServiceNotFound, NotOfferedHere, TooManyWaits, BookingPaused, *WRONG),
)
async def join(
    request: Request,
    here: PartsDep,
    codes: Annotated[list[str], Form(alias="service", max_length=6)],
    chosen: Annotated[str, Form(max_length=32)],
    key: Key,
    wanted: WantedForm,
    owner: OwnerByCookie,
) -> Response:
    """Put somebody on the list, or say beside each field what cannot be right."""
    await limit_joins(request, here)
    try:
        joined = await FormOnce(request, key, *codes, *wanted.said()).write(
            JoinedOut.of,
            owned.join,
            wanted.asked(codes, locale=reader_of(request).locale),
            owner=owner,
            clock=here.clock,
            vault=here.vault,
        )
    except WRONG as wrong:
        return await _form(request, here, chosen, codes, wanted, wrong)
    except BookingPaused as paused:
        return paused_page(request, paused)
    return _to(joined["link"])


@router.get("/a/{token}/earlier", dependencies=[Holder], responses=_OWN)
async def ask_for_earlier(token: str, request: Request, here: PartsDep, day: Day | None = None) -> Response:
    """Ask on which days an earlier time would suit."""
    own = await here.database.read(booking.look_up, token, now=here.clock.now(), vault=here.vault)
    today = local_day(here.clock.now(), own.hall.timezone)
    first = not_past(day, here.clock.now()) or today
    last = first if day else local_day(own.starts_at, own.hall.timezone)
    return await _earlier_form(request, here, token, own, on_days(Wanted(), first, last))


async def _earlier_form(
    request: Request,
    here: Parts,
    token: str,
    own: booking.AppointmentView,
    wanted: Wanted,
    wrong: Refusal | None = None,
) -> Response:
    codes = [each.code for each in own.services]
    return await _form(
        request, here, own.hall.code, codes, wanted, wrong, asks_person=False, asks_halls=False,
        action=f"/a/{quote(token)}/earlier", kind="earlier", now_at=own.starts_at,
        held=own.meeting.kind,
    )  # fmt: skip


@router.post("/a/{token}/earlier", dependencies=[Holder], responses={**_OWN, **refuses(*WRONG)})
async def wait_for_earlier(
    token: str, request: Request, here: PartsDep, key: Key, wanted: WantedForm, owner: OwnerByCookie
) -> Response:
    """Wait for an earlier time; the appointment stays as it is."""
    own = await here.database.read(booking.look_up, token, now=here.clock.now(), vault=here.vault)
    wanted = replace(wanted, halls=(own.hall.code,))
    try:
        joined = await FormOnce(request, key, *wanted.said()).write(
            JoinedOut.of, owned.join_for_earlier, token, wanted.times(), owner=owner,
            clock=here.clock, vault=here.vault,
        )  # fmt: skip
    except WRONG as wrong:
        return await _earlier_form(request, here, token, own, wanted, wrong)
    return _to(joined["link"])


@router.get("/w/{token}", dependencies=[Holder], responses=_FOUND)
async def waiting(token: str, request: Request, here: PartsDep) -> Response:
    """Show where somebody stands; a script keeps it up to date, without one it is as of now."""
    shown = await _shown(here, token)
    own = await own_part(request, here, About.WAITING, token)
    return page(request, "public/waiting.html", personal=True, own_part=own, **shown)


@router.get("/w/{token}/now", dependencies=[Holder], responses=_FOUND)
async def waiting_now(token: str, request: Request, here: PartsDep) -> Response:
    """Return the part of the page that changes."""
    return page(request, "public/waiting_panel.html", personal=True, **await _shown(here, token))


async def _shown(here: Parts, token: str) -> dict[str, Any]:
    own = await here.database.read(service.look_up, token, now=here.clock.now(), vault=here.vault)
    sends = here.settings.messages is not None
    return {"token": token, "own": own, "state": own.status.value, "key": new_key(), "sends": sends}


@router.get("/w/{token}/qr.svg", dependencies=[Holder], responses=_FOUND)
async def qr_code(token: str, request: Request, here: PartsDep) -> Response:
    """Return the link of a wait as a QR code, for paper and for another phone."""
    await here.database.read(service.look_up, token, now=here.clock.now(), vault=here.vault)
    link = str(request.base_url.replace(path=f"/w/{quote(token)}"))
    headers = {"Cache-Control": "no-store"}
    return Response(check_in_qr(link), media_type="image/svg+xml", headers=headers)


@router.get("/w/{token}/change", dependencies=[Holder], responses=_FOUND)
async def ask_to_change(token: str, request: Request, here: PartsDep) -> Response:
    """Show what is waited for, to be changed."""
    own = await here.database.read(service.look_up, token, now=here.clock.now(), vault=here.vault)
    wanted = on_days(part_of(own.from_minute, own.to_minute), own.first_day, own.last_day)
    wanted = replace(wanted, halls=tuple(hall.code for hall in own.halls))
    return await _change_form(request, here, token, own, wanted)


async def _change_form(
    request: Request,
    here: Parts,
    token: str,
    own: WaitingView,
    wanted: Wanted,
    wrong: Refusal | None = None,
) -> Response:
    return await _form(
        request, here, own.halls[0].code, own.codes, wanted, wrong, asks_person=False,
        asks_halls=own.earlier_than is None, action=f"/w/{quote(token)}/change", kind="change",
        now_at=own.earlier_than, held=own.kind,
    )  # fmt: skip


@router.post("/w/{token}/change", dependencies=[Holder], responses={**_MOVES, **refuses(*WRONG)})
async def change(token: str, request: Request, here: PartsDep, key: Key, wanted: WantedForm) -> Response:
    """Wait for something else; the place in the line stays."""
    own = await here.database.read(service.look_up, token, now=here.clock.now(), vault=here.vault)
    if own.earlier_than is not None:
        wanted = replace(wanted, halls=(own.halls[0].code,))
    try:
        await FormOnce(request, key, *wanted.said()).write(
            WaitingOut.of, service.change_wish, token, wanted.times(), clock=here.clock, vault=here.vault
        )
    except WRONG as wrong:
        return await _change_form(request, here, token, own, wanted, wrong)
    return _to(f"/w/{quote(token)}")


@router.get("/w/{token}/leave", dependencies=[Holder], responses=_FOUND)
async def ask_to_leave(token: str, request: Request, here: PartsDep) -> Response:
    """Ask once whether somebody really leaves the list."""
    return page(request, "public/waiting_leave.html", personal=True, **await _shown(here, token))


@router.post("/w/{token}/take", dependencies=[Holder], responses=_MOVES)
async def take(token: str, request: Request, here: PartsDep, key: Key) -> Response:
    """Take the place that is kept, and lead to the appointment."""
    return await _move(request, here, token, key, service.take)


@router.post("/w/{token}/decline", dependencies=[Holder], responses=_MOVES)
async def decline(token: str, request: Request, here: PartsDep, key: Key) -> Response:
    """Say no to the place, and go on waiting."""
    return await _move(request, here, token, key, service.decline)


@router.post("/w/{token}/leave", dependencies=[Holder], responses=_MOVES)
async def leave(token: str, request: Request, here: PartsDep, key: Key) -> Response:
    """Leave the list."""
    return await _move(request, here, token, key, service.leave)


async def _move(request: Request, here: Parts, token: str, key: str, use_case: Move) -> Response:
    await FormOnce(request, key).write(WaitingOut.of, use_case, token, clock=here.clock, vault=here.vault)
    return _to(f"/w/{quote(token)}")


def _to(address: str) -> Response:
    return led_on(address)
