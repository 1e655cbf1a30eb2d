"""Rating at the kiosk, for people without a phone: the code on the paper ticket is the key."""

import re
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from booking.ratings.errors import RatingClosed, RatingFinal, RatingNotAsked, StaffDoNotRate
from displays.devices import own_hall
from displays.ratings import RatingForm, rating_part, save_rating
from displays.rendering import led_on, page
from kernel.catalogue import Hall
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.web.access import Kiosk
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses
from queueing.errors import TicketNotFound

_SCANNED = re.compile(r"/[ta]/([A-Za-z0-9_-]{8,64})\s*$")
_HERE = refuses(HallNotFound, WrongHall)
_RATES = refuses(
    HallNotFound, TicketNotFound, RatingNotAsked, RatingClosed, RatingFinal, StaffDoNotRate, WrongHall
)

router = APIRouter(include_in_schema=False, prefix="/kiosk/{code}/rate")


@router.get("", responses=_HERE)
async def ask_ticket(code: str, request: Request, here: PartsDep, kiosk: Kiosk) -> Response:
    """Ask for the code on the ticket."""
    return _ask(request, await own_hall(here, code, kiosk), unread=False)


@router.post("", responses=_HERE)
async def read_ticket(
    code: str,
    request: Request,
    here: PartsDep,
    kiosk: Kiosk,
    scanned: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Lead to the question, or say that this was no ticket's code."""
    hall = await own_hall(here, code, kiosk)
    found = _SCANNED.search(scanned)
    if found is None:
        return _ask(request, hall, unread=True)
    return led_on(_address(code, found[1]))


@router.get("/{token}", responses=_RATES)
async def ask(code: str, token: str, request: Request, here: PartsDep, kiosk: Kiosk) -> Response:
    """Ask how the visit was; whoever rates here has no phone, so words and number are left out."""
    return await _page(request, here, await own_hall(here, code, kiosk), token)


@router.post("/{token}", responses=_RATES)
async def rate(
    code: str, token: str, request: Request, here: PartsDep, kiosk: Kiosk, answers: RatingForm
) -> Response:
    """Rate the visit."""
    hall = await own_hall(here, code, kiosk)
    wrong = await save_rating(request, here, token, answers)
    if wrong:
        return await _page(request, here, hall, token, wrong)
    return led_on(_address(code, token))


def _address(code: str, token: str) -> str:
    return f"/kiosk/{quote(code)}/rate/{quote(token)}"


def _ask(request: Request, hall: Hall, *, unread: bool) -> Response:
    status = 422 if unread else 200
    return page(
        request, "public/kiosk_rate.html", status=status, personal=True, hall=hall, part=None, unread=unread
    )


async def _page(
    request: Request, here: Parts, hall: Hall, token: str, wrong: dict[str, str] | None = None
) -> Response:
    part = await rating_part(request, here, token, _address(hall.code, token), at_kiosk=True, wrong=wrong)
    status = 422 if wrong else 200
    return page(
        request, "public/kiosk_rate.html", status=status, personal=True, hall=hall, part=part, unread=False
    )
