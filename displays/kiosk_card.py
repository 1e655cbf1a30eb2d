"""Check-in by ID card at the kiosk: the reader types the number as a fast keyboard does."""

from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from booking import service as booking
from booking.errors import CardNotRecognised, TooManyTries
from booking.limits import limit_cards
from booking.service.cards import CardHeld, card_hash
from displays.arriving import ARRIVING
from displays.devices import own_hall
from displays.forms import FormOnce, Key, new_key
from displays.rendering import led_on, page
from kernel.catalogue import Hall
from kernel.errors import Refusal
from kernel.events import HallNotFound
from kernel.identity import Device, WrongHall
from kernel.web.access import Kiosk
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses
from queueing.schemas import IssuedTicketOut

router = APIRouter(include_in_schema=False, prefix="/kiosk/{code}/check-in/card")

_REFUSED = (*ARRIVING, CardNotRecognised)


@router.get("", responses=refuses(HallNotFound, WrongHall))
async def ask_card(code: str, request: Request, here: PartsDep, kiosk: Kiosk) -> Response:
    """Ask for the card."""
    return _page(request, await own_hall(here, code, kiosk))


def _page(
    request: Request, hall: Hall, *, wrong: Refusal | None = None, held: CardHeld | None = None
) -> Response:
    return page(
        request,
        "public/kiosk_card.html",
        status=wrong.status if wrong else 200,
        personal=True,
        hall=hall,
        wrong=wrong,
        held=zip(held.appointments, held.tickets, strict=True) if held else (),
        choice=held.choice if held else "",
        key=new_key(),
    )


@router.post("", responses=refuses(HallNotFound, WrongHall, TooManyTries))
async def hold_card(
    code: str,
    request: Request,
    here: PartsDep,
    kiosk: Kiosk,
    key: Key,
    number: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Check in what the card is booked for today; of several ask which, and show again what has a ticket."""
    hall = await own_hall(here, code, kiosk)
    try:
        async with limit_cards(here, f"kiosk:{kiosk.id}"):
            held = await here.database.read(
                booking.hold_card, hall.id, number, clock=here.clock, vault=here.vault
            )
        if len(held.appointments) > 1:
            return _page(request, hall, held=held)
        if held.tickets[0] is not None:
            return _to_ticket(code, held.tickets[0])
        hashed = card_hash(number, here.vault) or b""
        token = await _checked_in(
            request, here, kiosk, key, hashed.hex(), booking.check_in_by_card, hall.id, number
        )
    except _REFUSED as wrong:
        return _page(request, hall, wrong=wrong)
    return _to_ticket(code, token)


async def _checked_in(
    request: Request, here: Parts, kiosk: Device, key: str, asked: str, use_case: Any, *args: object
) -> str:
    issued = await FormOnce(request, key, asked).write(
        IssuedTicketOut.of, use_case, *args, by=kiosk.actor, clock=here.clock, vault=here.vault
    )
    return str(issued["token"])


@router.post("/chosen", responses=refuses(HallNotFound, WrongHall))
async def choose(
    code: str,
    request: Request,
    here: PartsDep,
    kiosk: Kiosk,
    key: Key,
    choice: Annotated[str, Form(max_length=600)],
    appointment: Annotated[UUID, Form()],
) -> Response:
    """Check in the chosen one of several; the choice ends after two minutes."""
    hall = await own_hall(here, code, kiosk)
    try:
        token = await _checked_in(
            request, here, kiosk, key, str(appointment), booking.check_in_chosen, hall.id, choice, appointment
        )
    except _REFUSED as wrong:
        return _page(request, hall, wrong=wrong)
    return _to_ticket(code, token)


@router.get("/chosen", responses=refuses(HallNotFound, WrongHall))
async def again(code: str, here: PartsDep, kiosk: Kiosk) -> Response:
    """Lead who reloads an answer to where the card is asked for."""
    hall = await own_hall(here, code, kiosk)
    return led_on(f"/kiosk/{quote(hall.code)}/check-in/card")


def _to_ticket(code: str, token: str) -> Response:
    return led_on(f"/kiosk/{quote(code)}/tickets/{quote(token)}")
