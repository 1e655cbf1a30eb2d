"""Coming back with papers: the code of the slip, typed at a kiosk or on one's own phone in the hall."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from booking.errors import TooManyTries
from booking.limits import limit_check_ins
from displays.forms import FormOnce, Key, new_key
from displays.here import visitor_of
from displays.rendering import led_on, page
from kernel import catalogue
from kernel.catalogue import Hall, NotOfferedHere
from kernel.errors import Refusal
from kernel.events import HallNotFound
from kernel.identity import PHONE, WrongHall
from kernel.readable import ALPHABET
from kernel.web.access import Holder, Kiosk
from kernel.web.parts import PartsDep
from kernel.web.problems import refuses
from queueing.errors import NotTakingTickets, NumbersUsedUp
from queueing.phone.proofs import browser_hash
from queueing.returns.errors import ReturnNotFound, ReturnOver, ReturnUsed
from queueing.returns.service import number_at, number_for_return
from queueing.schemas import IssuedTicketOut

REFUSED = (ReturnNotFound, ReturnUsed, ReturnOver, NotTakingTickets, NotOfferedHere, TooManyTries)
Typed = Annotated[str, Form(max_length=40)]

router = APIRouter(include_in_schema=False)


def _ask(
    request: Request, template: str, hall: Hall, wrong: Refusal | None = None, typed: str = ""
) -> Response:
    shown: dict[str, Any] = {"hall": hall, "wrong": wrong, "typed": typed, "letters": ALPHABET}
    return page(
        request, template, status=wrong.status if wrong else 200, personal=True, key=new_key(), **shown
    )


@router.get("/kiosk/{code}/back", responses=refuses(HallNotFound, WrongHall))
async def ask_at_kiosk(code: str, request: Request, here: PartsDep, kiosk: Kiosk) -> Response:
    """Ask for the code on the slip."""
    hall = await here.database.read(catalogue.hall_by_code, code)
    kiosk.must_stand_in(hall.id)
    return _ask(request, "public/kiosk_back.html", hall)


@router.post("/kiosk/{code}/back", responses=refuses(HallNotFound, WrongHall, NumbersUsedUp, *REFUSED))
async def take_at_kiosk(
    code: str, request: Request, here: PartsDep, kiosk: Kiosk, key: Key, typed: Typed = ""
) -> Response:
    """Give the number of a return code, once whatever is pressed twice."""
    hall = await here.database.read(catalogue.hall_by_code, code)
    try:
        await limit_check_ins(here, f"kiosk:{kiosk.id}", typed)
        issued = await FormOnce(request, key, typed).write(
            IssuedTicketOut.of, number_at, code, typed, device=kiosk, clock=here.clock, vault=here.vault
        )
    except REFUSED as wrong:
        return _ask(request, "public/kiosk_back.html", hall, wrong, typed)
    return led_on(f"/kiosk/{quote(code)}/tickets/{quote(issued['token'])}")


@router.get("/here/{code}/back", dependencies=[Holder], responses=refuses(HallNotFound))
async def ask_on_phone(code: str, request: Request, here: PartsDep) -> Response:
    """Ask whoever is in the hall for the code on the slip or on the page of the ticket."""
    visitor = await visitor_of(request, here, code)
    if not visitor.is_here:
        return led_on(f"/here/{quote(code)}")
    return _ask(request, "public/here_back.html", visitor.hall)


@router.post(
    "/here/{code}/back", dependencies=[Holder], responses=refuses(HallNotFound, NumbersUsedUp, *REFUSED)
)
async def take_on_phone(code: str, request: Request, here: PartsDep, key: Key, typed: Typed = "") -> Response:
    """Give the number of a return code to somebody who is here, once whatever is pressed twice."""
    visitor = await visitor_of(request, here, code)
    if not visitor.is_here:
        return led_on(f"/here/{quote(code)}")
    try:
        await limit_check_ins(here, f"phone:{browser_hash(visitor.browser, here.vault).hex()}", typed)
        issued = await FormOnce(request, key, visitor.browser, typed).write(
            IssuedTicketOut.of, number_for_return, code, typed, by=PHONE, clock=here.clock, vault=here.vault
        )
    except REFUSED as wrong:
        return _ask(request, "public/here_back.html", visitor.hall, wrong, typed)
    return led_on(f"/t/{quote(issued['token'])}")
