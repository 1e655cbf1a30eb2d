"""Routes of messages: to be told of a ticket, to be told no more, and what staff see of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from booking.errors import AppointmentNotFound, PhoneInvalid
from booking.messages import stopping, tickets
from booking.messages.errors import NoMessagesHere, StopLinkNotFound, TicketHasEnded
from booking.messages.report import message_report
from booking.messages.schemas import (
    LinkIn,
    MessagesOut,
    ReportOut,
    TicketTokenIn,
    TicketWishIn,
    TicketWishOut,
    WantedIn,
)
from kernel.erasure import LinkErased
from kernel.events import HallNotFound
from kernel.identity import Role, Staff, WrongHall
from kernel.web.access import Holder, staff_as
from kernel.web.once import Once
from kernel.web.parts import PartsDep
from kernel.web.problems import refuses
from queueing.errors import TicketNotFound

router = APIRouter(prefix="/api/v1", tags=["messages"])

Reader = Annotated[Staff, Depends(staff_as(Role.MANAGER, Role.SUPERVISOR))]


@router.post(
    "/tickets/messages",
    dependencies=[Holder],
    responses=refuses(NoMessagesHere, TicketNotFound, TicketHasEnded, LinkErased, PhoneInvalid),
    response_model=TicketWishOut,
)
async def tell_me_soon(asked: TicketWishIn, here: PartsDep, once: Once) -> Response:
    """Leave a number to be told when a ticket is soon due; it is kept until the ticket ends."""
    return await once.write(
        TicketWishOut.of,
        tickets.tell_me_soon,
        asked.token,
        asked.phone,
        asked.language,
        ahead=asked.ahead,
        minutes=asked.minutes,
        clock=here.clock,
        vault=here.vault,
    )


@router.post(
    "/tickets/messages/stop",
    dependencies=[Holder],
    responses=refuses(TicketNotFound, LinkErased),
    response_model=TicketWishOut,
)
async def tell_me_nothing(asked: TicketTokenIn, here: PartsDep, once: Once) -> Response:
    """Forget the number that was left for a ticket."""
    return await once.write(
        TicketWishOut.of, tickets.tell_me_nothing, asked.token, clock=here.clock, vault=here.vault
    )


@router.post(
    "/appointments/messages",
    dependencies=[Holder],
    responses=refuses(AppointmentNotFound, NoMessagesHere, LinkErased),
    response_model=MessagesOut,
)
async def want(asked: WantedIn, here: PartsDep, once: Once) -> Response:
    """Stop the messages about an appointment, or go on with them."""
    return await once.write(
        MessagesOut.of,
        stopping.want_appointment_messages,
        asked.token,
        asked.wanted,
        clock=here.clock,
        vault=here.vault,
    )


@router.post(
    "/messages/stop",
    dependencies=[Holder],
    responses=refuses(StopLinkNotFound),
    response_model=MessagesOut,
)
async def stop(asked: LinkIn, here: PartsDep, once: Once) -> Response:
    """Stop all messages to the number behind the link in a message, or go on with them."""
    return await once.write(
        MessagesOut.of,
        stopping.want_link_messages,
        asked.code,
        asked.wanted,
        clock=here.clock,
        vault=here.vault,
    )


@router.get("/messages/report", responses=refuses(HallNotFound, WrongHall))
async def report(
    reader: Reader,
    here: PartsDep,
    hall: Annotated[str | None, Query(max_length=32)] = None,
    days: Annotated[int, Query(ge=1, le=366)] = 7,
) -> ReportOut:
    """Return how many messages were sent, failed or held back, of a hall or of the city."""
    found = await here.database.read(
        message_report, hall, days=days, reader=reader, now=here.clock.now(), vault=here.vault
    )
    return ReportOut.of(found)
