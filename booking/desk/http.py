"""Routes of the hall's appointments for its staff: thin shells around the use cases."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from booking.desk import service
from booking.desk.errors import CancelWordsMissing, NobodyToCancel
from booking.desk.looking import looks_at_day
from booking.desk.schemas import CancelIn, CancelledOut, ExpectedDayOut, NumberOut
from booking.errors import AppointmentNotFound, AppointmentNotPossible, CheckInOver, CheckInTooEarly
from booking.schemas import AppointmentOut
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.ids import AppointmentId
from kernel.looking import Looker
from kernel.web.access import Clerk, Manager
from kernel.web.once import Once
from kernel.web.parts import PartsDep
from kernel.web.problems import refuses
from queueing.errors import NotTakingTickets
from queueing.schemas import IssuedTicketOut

router = APIRouter(prefix="/api/v1/halls/{code}/appointments", tags=["the hall's appointments"])

Day = Annotated[date | None, Query(ge=service.EARLIEST, le=service.LATEST)]
_HALL = (HallNotFound, WrongHall)
_ONE = (*_HALL, AppointmentNotFound)


@router.get("", responses=refuses(*_HALL))
async def expected(code: str, clerk: Clerk, here: PartsDep, day: Day = None) -> ExpectedDayOut:
    """Return a hall's appointments of a local date, today's if none is given; the look is noted."""
    now = here.clock.now()
    found = await Looker(here.database, clerk, now).see(
        looks_at_day, service.expected_day, code, day, by=clerk, now=now, vault=here.vault
    )
    return ExpectedDayOut.of(found)


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
