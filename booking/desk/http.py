"""Routes of the hall's appointments for its staff: thin shells around the use cases."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from booking.desk import booking, reaching, service
from booking.desk.choosing import times_for
from booking.desk.errors import CancelWordsMissing, NobodyToCancel, VisitNotYet
from booking.desk.looking import looks_at_day
from booking.desk.schemas import (
    BookedAsOut,
    BookForIn,
    CancelIn,
    CancelledOut,
    DeskTimesOut,
    ExpectedDayOut,
    HomeVisitsOut,
    MoveIn,
    NumberOut,
    ReachOut,
    VisitedIn,
)
from booking.errors import (
    AppointmentNotFound,
    AppointmentNotPossible,
    CheckInOver,
    CheckInTooEarly,
    IdTailNeeded,
    NameInvalid,
    NoServiceChosen,
    PartyTooLarge,
    PersonLimit,
    PhoneInvalid,
    SlotNotBookable,
    SlotTaken,
    TooManyHolds,
    TooManyServices,
)
from booking.meeting.errors import AddressInvalid, KindNotOffered
from booking.no_shows.errors import AppealWordsMissing, BookingPaused, NotPaused
from booking.no_shows.schemas import TermsOut
from booking.rules.parties import LARGEST
from booking.schemas import AppointmentOut, HoldOut
from kernel.catalogue import NotOfferedHere, ServiceNotFound
from kernel.days import Day as DayOfYears
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.ids import AppointmentId, TicketId
from kernel.looking import Looker
from kernel.web.access import Clerk, Manager
from kernel.web.once import Once
from kernel.web.parts import PartsDep
from kernel.web.problems import refuses
from queueing.errors import NotTakingTickets, TicketNotFound
from queueing.schemas import IssuedTicketOut

router = APIRouter(prefix="/api/v1/halls/{code}/appointments", tags=["the hall's appointments"])

Day = Annotated[date | None, Query(ge=service.EARLIEST, le=service.LATEST)]
_HALL = (HallNotFound, WrongHall)
_ONE = (*_HALL, AppointmentNotFound)
_WISH = (ServiceNotFound, NotOfferedHere, NoServiceChosen, TooManyServices, PartyTooLarge)
_SLOT = (SlotTaken, SlotNotBookable, PersonLimit)


@router.get("", responses=refuses(*_HALL))
async def expected(code: str, clerk: Clerk, here: PartsDep, day: Day = None) -> ExpectedDayOut:
    """Return a hall's appointments of a local date, today's if none is given; the look is noted."""
    now = here.clock.now()
    found = await Looker(here.database, clerk, now).see(
        looks_at_day, service.expected_day, code, day, by=clerk, now=now, vault=here.vault
    )
    return ExpectedDayOut.of(found)


@router.get("/times", responses=refuses(*_HALL, *_WISH))
async def times(
    code: str,
    clerk: Clerk,
    here: PartsDep,
    chosen: Annotated[list[str], Query(alias="service", max_length=6)],
    at: Annotated[str, Query(max_length=32)] = "",
    first_day: Annotated[DayOfYears | None, Query(alias="from")] = None,
    party: Annotated[int, Query(ge=1, le=LARGEST)] = 1,
) -> DeskTimesOut:
    """Return free times for somebody at the help desk: of this hall or `at` another, and the soonest near."""
    found = await here.database.read(
        times_for, code, chosen, at, first_day=first_day, by=clerk, now=here.clock.now(), party=party
    )
    return DeskTimesOut.of(found)


@router.post(
    "",
    responses=refuses(
        *(*_HALL, *_WISH, *_SLOT, TooManyHolds, PhoneInvalid, NameInvalid, IdTailNeeded),
        *(BookingPaused, NotPaused, AppealWordsMissing, KindNotOffered, AddressInvalid),
    ),
    response_model=HoldOut,
)
async def book_for(code: str, asked: BookForIn, clerk: Clerk, once: Once, here: PartsDep) -> Response:
    """Book for somebody at the help desk; the answer's link is what the slip carries."""
    return await once.write(
        HoldOut.of, booking.book_for, code, asked.wish(code), asked.person(), asked.leave,
        by=clerk, clock=here.clock, vault=here.vault,
    )  # fmt: skip


@router.post(
    "/{appointment_id}/move-at-wish",
    responses=refuses(
        *(*_HALL, *_SLOT, AppointmentNotFound, AppointmentNotPossible),
        *(KindNotOffered, AddressInvalid, PhoneInvalid),
    ),
    response_model=AppointmentOut,
)
async def move_at_wish(
    code: str, appointment_id: UUID, asked: MoveIn, clerk: Clerk, once: Once, here: PartsDep
) -> Response:
    """Change time or kind for somebody who asks for it; if that cannot be, all stays as it was."""
    return await once.write(
        AppointmentOut.of, booking.move_at_wish, code, AppointmentId(appointment_id),
        asked.starts_at, asked.otherwise(),
        by=clerk, clock=here.clock, vault=here.vault,
    )  # fmt: skip


@router.get("/{appointment_id}/terms", responses=refuses(*_HALL, AppointmentNotFound))
async def terms(code: str, appointment_id: UUID, clerk: Clerk, here: PartsDep) -> TermsOut:
    """Return whether cancelling or moving it at the person's wish would count as a no-show now."""
    found = await here.database.read(
        booking.terms_for, code, AppointmentId(appointment_id), by=clerk, now=here.clock.now()
    )
    return TermsOut.of(found)


@router.post(
    "/cancel", responses=refuses(*_HALL, CancelWordsMissing, NobodyToCancel), response_model=CancelledOut
)
async def cancel(code: str, asked: CancelIn, manager: Manager, once: Once, here: PartsDep) -> Response:
    """Cancel what the hall cannot keep; whoever a message reaches is told, the others are to be called."""
    ids = [AppointmentId(each) for each in asked.appointments]
    return await once.write(
        CancelledOut.of, service.cancel_for_hall, code, ids, asked.why(),
        by=manager, clock=here.clock, vault=here.vault,
    )  # fmt: skip


@router.post(
    "/{appointment_id}/cancel-at-wish",
    responses=refuses(*_ONE, AppointmentNotPossible),
    response_model=AppointmentOut,
)
async def cancel_at_wish(
    code: str, appointment_id: UUID, clerk: Clerk, once: Once, here: PartsDep
) -> Response:
    """Cancel for somebody who asks for it at the help desk or by telephone."""
    return await once.write(
        AppointmentOut.of, service.cancel_at_wish, code, AppointmentId(appointment_id),
        by=clerk, clock=here.clock, vault=here.vault,
    )  # fmt: skip


@router.post(
    "/{appointment_id}/check-in",
    responses=refuses(*_ONE, AppointmentNotPossible, CheckInTooEarly, CheckInOver, NotTakingTickets),
    response_model=IssuedTicketOut,
)
async def check_in(code: str, appointment_id: UUID, clerk: Clerk, once: Once, here: PartsDep) -> Response:
    """Check in somebody who stands at the help desk."""
    return await once.write(
        IssuedTicketOut.of, service.check_in, code, AppointmentId(appointment_id),
        by=clerk, clock=here.clock, vault=here.vault,
    )  # fmt: skip


@router.post("/{appointment_id}/number", responses=refuses(*_ONE))
async def number(
    code: str, appointment_id: UUID, clerk: Clerk, response: Response, here: PartsDep
) -> NumberOut:
    """Return the number of whoever booked; each look is in the trail, and no answer is kept for a repeat."""
    response.headers["Cache-Control"] = "no-store"
    phone = await here.database.write(
        service.number_of, code, AppointmentId(appointment_id),
        by=clerk, clock=here.clock, vault=here.vault,
    )  # fmt: skip
    return NumberOut(phone=phone)


@router.get("/of-ticket/{ticket_id}", responses=refuses(*_HALL, TicketNotFound))
async def of_ticket(code: str, ticket_id: UUID, clerk: Clerk, here: PartsDep) -> BookedAsOut:
    """Return how whoever holds a ticket of this hall booked; nothing of who it is."""
    found = await here.database.read(booking.booked_as, code, TicketId(ticket_id), by=clerk)
    return BookedAsOut.of(found)


@router.post("/of-ticket/{ticket_id}/reach", responses=refuses(*_HALL, TicketNotFound, AppointmentNotFound))
async def reach(code: str, ticket_id: UUID, clerk: Clerk, response: Response, here: PartsDep) -> ReachOut:
    """Return the number to dial or the room to open; each look is in the trail, no answer is kept."""
    response.headers["Cache-Control"] = "no-store"
    found = await here.database.write(
        reaching.reach, code, TicketId(ticket_id), by=clerk, clock=here.clock, vault=here.vault
    )
    return ReachOut.model_validate(found)


@router.get("/home-visits", responses=refuses(*_HALL))
async def home_visits(
    code: str, clerk: Clerk, response: Response, here: PartsDep, day: Day = None
) -> HomeVisitsOut:
    """Return whom staff visit at home on a local date, with address and number; each person is noted."""
    response.headers["Cache-Control"] = "no-store"
    now = here.clock.now()
    found = await Looker(here.database, clerk, now).see(
        reaching.looks_at_homes, reaching.home_visits, code, day, by=clerk, now=now, vault=here.vault
    )
    return HomeVisitsOut.of(found)


@router.post(
    "/{appointment_id}/visited",
    responses=refuses(*_ONE, AppointmentNotPossible, VisitNotYet),
    response_model=HomeVisitsOut,
)
async def visited(
    code: str, appointment_id: UUID, asked: VisitedIn, clerk: Clerk, once: Once, here: PartsDep
) -> Response:
    """Write whether somebody was met at home; nobody there counts as nobody who came."""
    return await once.write(
        HomeVisitsOut.of, reaching.end_visit, code, AppointmentId(appointment_id), met=asked.met,
        by=clerk, clock=here.clock, vault=here.vault,
    )  # fmt: skip
