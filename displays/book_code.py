"""The code that confirms a booking: typed, wrong, asked for again; a held place, not an appointment yet."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from booking import service
from booking.activation import service as activation
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
from booking.mine.access import OwnerByCookie
from booking.mine.errors import CodeEnded, CodeWrong, TooManyCodes
from booking.no_shows.errors import BookingPaused
from displays.demo_codes import code_in_demo
from displays.forms import new_key
from displays.no_shows import paused_page
from displays.rendering import led_on, page
from kernel.erasure import LinkErased
from kernel.errors import Refusal
from kernel.web.access import Holder
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses

router = APIRouter(
    include_in_schema=False,
    dependencies=[Holder],
    responses=refuses(AppointmentNotFound, AppointmentNotPossible, LinkErased),
)


@router.get("/book/{token}/code")
async def ask(
    token: str, request: Request, here: PartsDep, sent: Annotated[bool, Query()] = False
) -> Response:
    """Ask for the code; who waits for none is led to the booking."""
    return await _asked(request, here, token, sent=sent)


async def _asked(
    request: Request, here: Parts, token: str, wrong: Refusal | None = None, *, sent: bool = False
) -> Response:
    held = await here.database.read(service.look_up, token, now=here.clock.now(), vault=here.vault)
    if held.waits_for_code is None:
        return led_on(f"/book/{quote(token)}")
    return page(
        request,
        "public/book_code.html",
        status=wrong.status if wrong else 200,
        personal=True,
        token=token,
        held=held,
        wrong=wrong,
        sent=sent,
        demo_code=code_in_demo(request, held.waits_for_code.phone_masked),
        key=new_key(),
    )


@router.post("/book/{token}/code")
async def type_code(
    token: str,
    request: Request,
    here: PartsDep,
    code: Annotated[str, Form(max_length=24)] = "",
    owner: OwnerByCookie = None,
) -> Response:
    """Book with the right code; with a wrong one say how many tries are left."""
    try:
        await limit_typing(request, here)
        outcome = await here.database.write(
            owned.activate, token, code, owner=owner, clock=here.clock, vault=here.vault
        )
    except (CodeEnded, TooManyTries, PersonLimit) as refused:
        return await _asked(request, here, token, refused)
    except BookingPaused as paused:
        return paused_page(request, paused, let_go=f"/a/{quote(token)}/cancel")
    except HoldExpired:
        return led_on(f"/book/{quote(token)}")
    if outcome.appointment is None:
        return await _asked(request, here, token, CodeWrong(tries_left=outcome.tries_left))
    return led_on(f"/a/{quote(token)}")


@router.post("/book/{token}/code/again")
async def send_again(token: str, request: Request, here: PartsDep) -> Response:
    """Send another code to the same number."""
    try:
        await limit_sending(request, here, token, None)
        await here.database.write(activation.send_again, token, clock=here.clock, vault=here.vault)
    except (CodeJustSent, CodesUsedUp, TooManyCodes) as refused:
        return await _asked(request, here, token, refused)
    except HoldExpired:
        return led_on(f"/book/{quote(token)}")
    return led_on(f"/book/{quote(token)}/code?sent=true")


@router.get("/book/{token}/code/again")
async def sent_again(token: str) -> Response:
    """Lead who reloads an answer to the page with the code."""
    return led_on(f"/book/{quote(token)}/code")
