"""Messages as citizens see them: a number for the ticket, no more of them, the link that each carries."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from pydantic import BeforeValidator
from starlette.responses import Response

from booking.errors import AppointmentNotFound, PhoneInvalid
from booking.messages import stopping, tickets
from booking.messages.errors import NoMessagesHere, StopLinkNotFound, TicketHasEnded
from booking.messages.schemas import MessagesOut, TicketWishOut
from booking.rules.message_times import SOON_AHEAD, SOON_MINUTES, Soon, SoonAhead, SoonMinutes
from displays.forms import FormOnce, Key, new_key
from displays.rendering import led_on, page, reader_of
from displays.tickets import ticket_page
from kernel.erasure import LinkErased
from kernel.web.access import Holder
from kernel.web.parts import PartsDep
from kernel.web.problems import refuses
from queueing.errors import TicketNotFound

router = APIRouter(include_in_schema=False, dependencies=[Holder])

Wanted = Annotated[bool, Form()]


def _figure(typed: object) -> object:
    """Return a form's figure as a number; what is none is refused by its type."""
    return int(typed) if isinstance(typed, str) and typed.isdecimal() else typed


FormAhead = Annotated[SoonAhead | None, BeforeValidator(_figure), Form()]
FormMinutes = Annotated[SoonMinutes | None, BeforeValidator(_figure), Form()]
_TICKET = refuses(TicketNotFound, LinkErased, TicketHasEnded, NoMessagesHere)


@router.post("/t/{token}/messages", responses=_TICKET)
async def tell_me_soon(
    token: str,
    request: Request,
    here: PartsDep,
    key: Key,
    phone: Annotated[str, Form(max_length=32)] = "",
    ahead: FormAhead = None,
    minutes: FormMinutes = None,
) -> Response:
    """Keep a number for the ticket, or say beside the field what cannot be right.

    None: the one that was left before, which changes how soon "soon" is, else the booking's.
    """
    number = phone.strip() or None
    try:
        await FormOnce(request, key, phone, str(ahead), str(minutes)).write(
            TicketWishOut.of,
            tickets.tell_me_soon,
            token,
            number,
            reader_of(request).locale,
            ahead=ahead,
            minutes=minutes,
            clock=here.clock,
            vault=here.vault,
        )
    except PhoneInvalid as invalid:
        soon = Soon(ahead or SOON_AHEAD, minutes or SOON_MINUTES)
        return await ticket_page(request, here, token, wrong_phone=(phone, invalid.title), chosen=soon)
    return _back(f"/t/{quote(token)}#sms")


@router.post("/t/{token}/messages/stop", responses=refuses(TicketNotFound, LinkErased))
async def tell_me_nothing(token: str, request: Request, here: PartsDep, key: Key) -> Response:
    """Forget the number of the ticket."""
    await FormOnce(request, key).write(
        TicketWishOut.of, tickets.tell_me_nothing, token, clock=here.clock, vault=here.vault
    )
    return _back(f"/t/{quote(token)}#sms")


@router.post("/a/{token}/messages", responses=refuses(AppointmentNotFound, LinkErased, NoMessagesHere))
async def want(token: str, request: Request, here: PartsDep, key: Key, wanted: Wanted = False) -> Response:
    """Stop the messages about an appointment, or go on with them."""
    await FormOnce(request, key, str(wanted)).write(
        MessagesOut.of,
        stopping.want_appointment_messages,
        token,
        wanted,
        clock=here.clock,
        vault=here.vault,
    )
    return _back(f"/a/{quote(token)}#sms")


@router.get("/m/{code}", responses=refuses(StopLinkNotFound))
async def behind_link(code: str, request: Request, here: PartsDep) -> Response:
    """Ask whether messages shall stop; a look at the page stops nothing, since programs look at links too."""
    found = await here.database.read(stopping.link_messages, code, vault=here.vault)
    return page(request, "public/messages.html", personal=True, code=code, found=found, key=new_key())


@router.post("/m/{code}", responses=refuses(StopLinkNotFound))
async def want_by_link(
    code: str, request: Request, here: PartsDep, key: Key, wanted: Wanted = False
) -> Response:
    """Stop all messages to the number behind the link, or go on with them."""
    await FormOnce(request, key, str(wanted)).write(
        MessagesOut.of,
        stopping.want_link_messages,
        code,
        wanted,
        clock=here.clock,
        vault=here.vault,
    )
    return _back(f"/m/{quote(code)}")


def _back(address: str) -> Response:
    return led_on(address)
