"""Routes of appointments: thin shells around the use cases."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from booking import service
from booking.activation.errors import CodeJustSent, CodesUsedUp
from booking.activation.limits import limit_sending
from booking.calendar_file import appointment_ics, check_in_qr
from booking.change_schemas import RescheduleIn
from booking.errors import (
    AppointmentNotFound,
    AppointmentNotPossible,
    CardNotRecognised,
    CheckInElsewhere,
    CheckInNotRecognised,
    CheckInOver,
    CheckInTooEarly,
    ErasureTooEarly,
    HoldExpired,
    IdTailNeeded,
    NameInvalid,
    NoServiceChosen,
    PartyTooLarge,
    PersonLimit,
    PhoneInvalid,
    SeveralAppointments,
    SlotNotBookable,
    SlotTaken,
    TooManyHolds,
    TooManyTries,
)
from booking.limits import limit_cards, limit_check_ins
from booking.meeting.errors import AddressInvalid, KindNotOffered, NotInPerson
from booking.mine import owned
from booking.mine.access import OwnerByBearer
from booking.mine.errors import TooManyCodes
from booking.no_shows.errors import BookingPaused
from booking.puzzles.errors import PuzzleNeeded
from booking.puzzles.guarding import guard_holds
from booking.rules.parties import LARGEST
from booking.schemas import (
    AppointmentOut,
    CheckInIn,
    ConfirmIn,
    ErasedOut,
    HeldTokenIn,
    HoldIn,
    HoldOut,
    SlotsOut,
)
from kernel.catalogue import NotOfferedHere, ServiceNotFound
from kernel.days import Day
from kernel.erasure import LinkErased
from kernel.errors import NotSignedIn
from kernel.events import HallNotFound
from kernel.identity import CITIZEN, Device
from kernel.web.access import Holder, Public, known_device
from kernel.web.callers import caller_address
from kernel.web.once import Once
from kernel.web.parts import ClockDep, Db, Parts, PartsDep, VaultDep
from kernel.web.problems import gives, refuses
from queueing.errors import NotTakingTickets
from queueing.schemas import IssuedTicketOut

router = APIRouter(prefix="/api/v1", tags=["booking"])

MOST_AHEAD = 24 * 60  # minutes; who travels longer than a day plans otherwise
_NO_STORE = {"Cache-Control": "no-store"}
_MOVES = refuses(AppointmentNotFound, AppointmentNotPossible, HoldExpired, LinkErased)


@router.get(
    "/halls/{code}/slots",
    dependencies=[Public],
    responses=refuses(HallNotFound, ServiceNotFound, NotOfferedHere, NoServiceChosen, PartyTooLarge),
)
async def slots(
    code: str,
    db: Db,
    clock: ClockDep,
    chosen: Annotated[list[str], Query(alias="service")],
    first_day: Annotated[Day | None, Query(alias="from")] = None,
    days: Annotated[int, Query(ge=1, le=31)] = 7,
    party: Annotated[int, Query(ge=1, le=LARGEST)] = 1,
) -> SlotsOut:
    """Return the free starts for these services in a hall, by local date, for so many people."""
    found = await db.read(
        service.free_slots, code, chosen, first_day=first_day, days=days, now=clock.now(), party=party
    )
    return SlotsOut.of(found)


@router.post(
    "/appointments/holds",
    dependencies=[Public],
    responses=refuses(
        *(SlotTaken, SlotNotBookable, TooManyHolds, HallNotFound, ServiceNotFound, NotOfferedHere),
        *(PartyTooLarge, PuzzleNeeded, KindNotOffered),
    ),
    response_model=HoldOut,
)
async def hold(
    asked: HoldIn, request: Request, once: Once, here: PartsDep, owner: OwnerByBearer
) -> HoldOut | Response:
    """Keep a place while the citizen fills in the form; in a burst a puzzle is to be solved first."""
    await guard_holds(request, here, asked.hall, asked.services, asked.puzzle, owner=owner)
    return await once.write(
        HoldOut.of,
        service.hold,
        asked.hall,
        asked.services,
        asked.starts_at,
        client=_client(request, owner),
        clock=here.clock,
        vault=here.vault,
        party=asked.party,
        kind=asked.kind,
    )


def _client(request: Request, owner: bytes | None) -> service.Client:
    headers = request.headers
    browser = f"{headers.get('user-agent', '')}|{headers.get('accept-language', '')}"
    return service.Client.of(browser, caller_address(request), owner)


@router.post(
    "/appointments/confirm",
    dependencies=[Holder],
    responses=refuses(
        *(AppointmentNotFound, HoldExpired, AppointmentNotPossible, PersonLimit, BookingPaused),
        *(PhoneInvalid, NameInvalid, IdTailNeeded, AddressInvalid, CodeJustSent, CodesUsedUp, TooManyCodes),
    ),
    response_model=AppointmentOut,
)
async def confirm(
    asked: ConfirmIn, request: Request, once: Once, here: PartsDep, owner: OwnerByBearer
) -> AppointmentOut | Response:
    """Turn a hold into an appointment; whoever is signed in (`/mine`) finds it on the own list.

    Where the hall asks for a code, or a person may have only one such appointment, it is held
    (`waits_for_code`) until `/appointments/activate`.
    """
    await limit_sending(request, here, asked.token, owner)
    return await once.write(
        AppointmentOut.of, owned.confirm, asked.token, asked.person(),
        owner=owner, clock=here.clock, vault=here.vault,
    )  # fmt: skip


@router.post("/appointments/cancel", dependencies=[Holder], responses=_MOVES, response_model=AppointmentOut)
async def cancel(
    asked: HeldTokenIn, once: Once, clock: ClockDep, vault: VaultDep
) -> AppointmentOut | Response:
    """Cancel an appointment or let a hold go."""
    return await once.write(AppointmentOut.of, service.cancel, asked.token, clock=clock, vault=vault)


@router.post(
    "/appointments/reschedule",
    dependencies=[Holder],
    responses=refuses(
        *(AppointmentNotFound, AppointmentNotPossible, HoldExpired),
        *(SlotTaken, SlotNotBookable, PersonLimit, KindNotOffered, AddressInvalid, PhoneInvalid),
    ),
    response_model=AppointmentOut,
)
async def reschedule(
    asked: RescheduleIn, once: Once, clock: ClockDep, vault: VaultDep
) -> AppointmentOut | Response:
    """Change the time of an appointment, how it is held, or both; if that cannot be, all stays as it was."""
    return await once.write(
        AppointmentOut.of, service.reschedule, asked.token, asked.starts_at, asked.otherwise(),
        clock=clock, vault=vault,
    )  # fmt: skip


@router.post(
    "/appointments/erase",
    dependencies=[Holder],
    responses=refuses(AppointmentNotFound, ErasureTooEarly, LinkErased),
    response_model=ErasedOut,
)
async def erase(asked: HeldTokenIn, once: Once, clock: ClockDep, vault: VaultDep) -> Response:
    """Erase name, number and everything else that leads to a person, once the visit is over or cancelled."""
    return await once.write(ErasedOut.of, service.erase_mine, asked.token, clock=clock, vault=vault)


@router.post(
    "/appointments/look-up", dependencies=[Holder], responses=refuses(AppointmentNotFound, LinkErased)
)
async def look_up(asked: HeldTokenIn, db: Db, clock: ClockDep, vault: VaultDep) -> AppointmentOut:
    """Return an appointment; the token travels in the body, not in a log."""
    found = await db.read(service.look_up, asked.token, now=clock.now(), vault=vault)
    return AppointmentOut.of(found)


@router.post(
    "/appointments/check-in",
    dependencies=[Holder],
    responses=refuses(
        *(AppointmentNotFound, AppointmentNotPossible, CheckInTooEarly, CheckInOver, CheckInElsewhere),
        *(
            CheckInNotRecognised,
            CardNotRecognised,
            SeveralAppointments,
            TooManyTries,
            NotTakingTickets,
            NotInPerson,
            NotSignedIn,
        ),
    ),
    response_model=IssuedTicketOut,
)
async def check_in(
    asked: CheckInIn, request: Request, once: Once, here: PartsDep
) -> IssuedTicketOut | Response:
    """Turn an appointment into a ticket: by its token; at a kiosk by reference and number's end, or card."""
    kiosk = await known_device(request)
    if asked.token is not None:
        at_hall, by = (kiosk.hall_id, kiosk.actor) if kiosk else (None, CITIZEN)
        return await once.write(
            IssuedTicketOut.of,
            service.check_in,
            asked.token,
            at_hall=at_hall,
            by=by,
            clock=here.clock,
            vault=here.vault,
        )
    if kiosk is None or kiosk.kind != "kiosk":
        raise NotSignedIn
    return await _check_in_at_kiosk(asked, kiosk, once, here)


async def _check_in_at_kiosk(asked: CheckInIn, kiosk: Device, once: Once, here: Parts) -> Response:
    if asked.id_number is not None:
        async with limit_cards(here, f"kiosk:{kiosk.id}"):
            return await once.write(
                IssuedTicketOut.of,
                service.check_in_by_card,
                kiosk.hall_id,
                asked.id_number,
                appointment=asked.appointment,
                by=kiosk.actor,
                clock=here.clock,
                vault=here.vault,
            )
    await limit_check_ins(here, f"kiosk:{kiosk.id}", asked.code or "")
    return await once.write(
        IssuedTicketOut.of,
        service.check_in_at_kiosk,
        kiosk.hall_id,
        asked.code or "",
        asked.phone_tail or "",
        by=kiosk.actor,
        clock=here.clock,
        vault=here.vault,
    )


@router.get(
    "/appointments/{token}/calendar.ics",
    dependencies=[Holder],
    responses={**gives("text/calendar"), **refuses(AppointmentNotFound)},
    response_class=Response,
)
async def calendar_file(
    token: str,
    request: Request,
    db: Db,
    clock: ClockDep,
    vault: VaultDep,
    leave: Annotated[int | None, Query(ge=1, le=MOST_AHEAD)] = None,
) -> Response:
    """Return the appointment for one's own calendar; ``leave``: minutes before, to remind then too."""
    now = clock.now()
    found = await db.read(service.look_up, token, now=now, vault=vault)
    named = {"Content-Disposition": f'attachment; filename="{found.code}.ics"', **_NO_STORE}
    body = appointment_ics(found, _link(request, token), now=now, leave_minutes=leave)
    return Response(body, media_type="text/calendar; charset=utf-8", headers=named)


@router.get(
    "/appointments/{token}/qr.svg",
    dependencies=[Holder],
    responses={**gives("image/svg+xml"), **refuses(AppointmentNotFound)},
    response_class=Response,
)
async def qr_code(token: str, request: Request, db: Db, clock: ClockDep, vault: VaultDep) -> Response:
    """Return the check-in code: the link to the appointment, which the kiosk reads."""
    await db.read(service.look_up, token, now=clock.now(), vault=vault)
    return Response(check_in_qr(_link(request, token)), media_type="image/svg+xml", headers=_NO_STORE)


def _link(request: Request, token: str) -> str:
    return str(request.base_url.replace(path=f"/a/{quote(token, safe='')}"))
