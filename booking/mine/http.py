"""Routes of citizens' own lists: thin shells around the use cases.

A program holds the list's token as a bearer; no cookie counts here, so no other site's page can act.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from booking.errors import AppointmentNotFound, PhoneInvalid, TooManyTries
from booking.messages.errors import NoMessagesHere
from booking.mine import codes, opening, sessions
from booking.mine.access import Citizen, bearer_of
from booking.mine.errors import CodeEnded, CodeWrong, OwnThingNotFound, TooManyCodes
from booking.mine.limits import limit_asking, limit_trying
from booking.mine.listing import own_list
from booking.mine.schemas import (
    AddedOut,
    AddIn,
    CodeIn,
    CodeOut,
    GoneOut,
    LinkOut,
    OpenedOut,
    OpenIn,
    OwnListOut,
    ThingIn,
    WaysOut,
)
from booking.rules.own_list import FOUND_LASTS
from booking.waitlist.errors import WaitingNotFound
from kernel.clock import wall
from kernel.erasure import LinkErased
from kernel.errors import NotSignedIn
from kernel.web.access import Public
from kernel.web.parts import PartsDep
from kernel.web.problems import refuses
from queueing.errors import TicketNotFound

SIGN_IN_PATH = "/mine/sign-in"
NO_STORE = {"Cache-Control": "no-store"}

router = APIRouter(prefix="/api/v1/mine", tags=["my appointments"])


@router.get("/ways", dependencies=[Public])
async def ways(here: PartsDep) -> WaysOut:
    """Return how one comes to the own list here: by an identity service, by a code to the telephone."""
    return WaysOut.of(here.settings, SIGN_IN_PATH)


@router.post("/codes", dependencies=[Public], responses=refuses(NoMessagesHere, PhoneInvalid, TooManyCodes))
async def ask(asked: CodeIn, request: Request, here: PartsDep, response: Response) -> CodeOut:
    """Send a code to a number if something was booked with it; the answer is the same if not.

    It takes no Idempotency-Key: a repeat would be kept under a hash that leads to the number, and costs no
    more than one of the number's few codes a day.
    """
    await limit_asking(request, here)
    response.headers.update(NO_STORE)
    given = await here.database.write(
        codes.ask_code, asked.phone, asked.language,
        wall=wall(here.clock), clock=here.clock, vault=here.vault,
    )  # fmt: skip
    return CodeOut.of(given)


@router.post("/open", dependencies=[Public], responses=refuses(CodeWrong, CodeEnded, TooManyTries))
async def open_by_code(asked: OpenIn, request: Request, here: PartsDep, response: Response) -> OpenedOut:
    """Open the list of the number that the code was sent to; a code opens it once."""
    await limit_trying(request, here)
    now = wall(here.clock)
    token = await here.database.write(
        codes.redeem_code, asked.token, asked.code, wall=now, clock=here.clock, vault=here.vault
    )
    if token is None:
        raise CodeWrong
    response.headers.update(NO_STORE)
    return OpenedOut(token=token, expires_at=now + FOUND_LASTS)


@router.get("", responses=refuses(NotSignedIn))
async def show(known: Citizen, here: PartsDep, response: Response) -> OwnListOut:
    """Return what is one's own: today's tickets, coming appointments, waits, what is past and kept yet."""
    response.headers.update(NO_STORE)
    return OwnListOut.of(await here.database.read(own_list, known, now=here.clock.now()))


@router.post("/link", responses=refuses(NotSignedIn, OwnThingNotFound))
async def link(asked: ThingIn, known: Citizen, here: PartsDep, response: Response) -> LinkOut:
    """Return where something on the list has its own page, to be changed, cancelled or followed there."""
    response.headers.update(NO_STORE)
    return LinkOut(link=await here.database.read(opening.way_to, known, asked.id, vault=here.vault))


@router.post(
    "/add",
    responses=refuses(NotSignedIn, AppointmentNotFound, TicketNotFound, WaitingNotFound, LinkErased),
)
async def add(asked: AddIn, known: Citizen, here: PartsDep) -> AddedOut:
    """Put what a link opens on the list of who is signed in; again, it stays there once."""
    subject = await here.database.write(
        opening.add_by_link, known, asked.about, asked.token, clock=here.clock, vault=here.vault
    )
    return AddedOut(id=subject)


@router.post("/take-off", responses=refuses(NotSignedIn, OwnThingNotFound))
async def take_off(asked: ThingIn, known: Citizen, here: PartsDep) -> GoneOut:
    """Take something off the list; it stays as it is, reached by its link."""
    await here.database.write(opening.take_off, known, asked.id)
    return GoneOut(things=1)


@router.post("/forget", responses=refuses(NotSignedIn))
async def forget(known: Citizen, here: PartsDep) -> GoneOut:
    """Forget all that is kept of who is signed in; what was booked stays, reached by its links."""
    return GoneOut(things=await here.database.write(opening.forget_list, known, clock=here.clock))


@router.post("/close", responses=refuses(NotSignedIn))
async def close(known: Citizen, request: Request, here: PartsDep) -> GoneOut:
    """Close the list; its token opens nothing any more."""
    del known
    await here.database.write(sessions.sign_out, [bearer_of(request)], vault=here.vault)
    return GoneOut(things=0)
