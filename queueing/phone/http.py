"""Routes of numbers by telephone: what a screen shows, and a number for whoever reads it there."""

from __future__ import annotations

import json

from fastapi import APIRouter, Request
from starlette.responses import Response

from kernel.catalogue import NotOfferedHere, ServiceNotFound
from kernel.clock import wall
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.web.access import Lobby, Public
from kernel.web.callers import caller_address
from kernel.web.once import Once
from kernel.web.parts import PartsDep
from kernel.web.problems import refuses
from queueing.errors import NotTakingTickets, NumbersUsedUp
from queueing.phone import browser, service
from queueing.phone.errors import HallCodeOld, NoPhoneTickets, NumberHeld, TooManyPhoneTickets
from queueing.phone.limits import codes_counted, count_number, refuse_hoarding
from queueing.phone.proofs import Code
from queueing.phone.schemas import HallCodeOut, PhoneIssueIn
from queueing.priority.errors import PriorityClassNotFound
from queueing.quotas.errors import QuotaUsedUp
from queueing.schemas import IssuedTicketOut

router = APIRouter(prefix="/api/v1/halls/{code}", tags=["numbers by phone"])


@router.get("/phone-code", responses=refuses(HallNotFound, WrongHall))
async def phone_code(code: str, screen: Lobby, here: PartsDep) -> HallCodeOut:
    """Return the code for a screen of the hall; nobody who is not there may read it."""
    at, clock = wall(here.clock), here.clock
    shown = await here.database.read(service.shown_code, code, device=screen, clock=clock, vault=here.vault)
    return HallCodeOut.of(shown, at=at)


@router.post(
    "/phone-tickets",
    dependencies=[Public],
    responses=refuses(
        *(HallNotFound, ServiceNotFound, NotOfferedHere, NotTakingTickets, NumbersUsedUp, QuotaUsedUp),
        PriorityClassNotFound,
        *(HallCodeOld, NoPhoneTickets, NumberHeld, TooManyPhoneTickets),
    ),
    response_model=IssuedTicketOut,
)
async def take_number(
    code: str, asked: PhoneIssueIn, request: Request, once: Once, here: PartsDep
) -> Response:
    """Issue a walk-in's ticket to a phone in the hall, against the code on the hall's screen."""
    address = caller_address(request)
    await refuse_hoarding(here, address, hall=code)
    own = browser.browser_of(request)
    async with codes_counted(here, address):
        answer = await once.write(
            IssuedTicketOut.of,
            service.take_number,
            code,
            asked.services,
            priority=asked.wish(),
            browser=own,
            proof=Code(asked.code),
            clock=here.clock,
            vault=here.vault,
        )
    await count_number(here, address, hall=code, token=json.loads(bytes(answer.body))["token"])
    browser.remember(answer, own, secure=here.settings.secure_cookies)
    return answer
