"""Routes of the code that confirms a booking."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import Field

from booking.activation import service
from booking.activation.errors import CodeJustSent, CodesUsedUp
from booking.activation.limits import limit_sending, limit_typing
from booking.errors import (
    AppointmentNotFound,
    AppointmentNotPossible,
    HoldExpired,
    PersonLimit,
    TooManyTries,
)
from booking.mine import owned
from booking.mine.access import OwnerByBearer
from booking.mine.errors import CodeEnded, CodeWrong, TooManyCodes
from booking.no_shows.errors import BookingPaused
from booking.schemas import AppointmentOut, HeldTokenIn
from kernel.erasure import LinkErased
from kernel.web.access import Holder
from kernel.web.parts import PartsDep
from kernel.web.problems import refuses

router = APIRouter(prefix="/api/v1/appointments", tags=["booking"], dependencies=[Holder])

_FOUND = (AppointmentNotFound, LinkErased, AppointmentNotPossible, HoldExpired)


class ActivateIn(HeldTokenIn):
    """The code as it came to the number that was left."""

    code: str = Field(min_length=1, max_length=24)


@router.post(
    "/activate",
    responses=refuses(*_FOUND, CodeWrong, CodeEnded, TooManyTries, PersonLimit, BookingPaused),
)
async def activate(
    asked: ActivateIn, request: Request, here: PartsDep, owner: OwnerByBearer
) -> AppointmentOut:
    """Confirm a booking by its code; the same again changes nothing."""
    await limit_typing(request, here)
    outcome = await here.database.write(
        owned.activate, asked.token, asked.code, owner=owner, clock=here.clock, vault=here.vault
    )
    if outcome.appointment is None:
        raise CodeWrong(tries_left=outcome.tries_left)
    return AppointmentOut.of(outcome.appointment)


@router.post("/code", responses=refuses(*_FOUND, CodeJustSent, CodesUsedUp, TooManyCodes))
async def send_again(asked: HeldTokenIn, request: Request, here: PartsDep) -> AppointmentOut:
    """Send another code to the same number; the one before it counts no more."""
    await limit_sending(request, here, asked.token, None)
    found = await here.database.write(service.send_again, asked.token, clock=here.clock, vault=here.vault)
    return AppointmentOut.of(found)
