"""My appointments (我的预约): signed in or by a code, a short list that leads to each thing's own page."""

from datetime import timedelta
from math import ceil
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from booking.errors import AppointmentNotFound, PhoneInvalid, TooManyTries
from booking.messages.errors import NoMessagesHere
from booking.mine import codes, opening, sessions
from booking.mine.access import FOUND_COOKIE, tokens_in_cookies
from booking.mine.errors import CodeEnded, CodeWrong, OwnThingNotFound, TooManyCodes
from booking.mine.limits import limit_asking, limit_trying
from booking.mine.listing import own_list
from booking.mine.schemas import CodeOut
from booking.rules.own_list import CODE_TRIES, About, Part, Way
from booking.waitlist.errors import WaitingNotFound
from displays.demo_codes import code_in_demo
from displays.forms import FormOnce, Key, new_key, refuse_foreign_forms
from displays.mine_access import (
    CODE_COOKIE,
    HOME_PATH,
    OwnPage,
    forget_asked,
    forget_lists,
    keep_asked,
    keep_list,
    own_visitor,
    sign_in_name,
    sign_in_path,
)
from displays.rendering import led_on, page, reader_of
from displays.rules.own_words import STATUS_WORDS
from kernel.clock import wall
from kernel.erasure import LinkErased
from kernel.errors import NotSignedIn, Refusal
from kernel.web.access import CsrfMissing, Public
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses
from queueing.errors import TicketNotFound

CODE_PATH = f"{HOME_PATH}/code"
PHONE_FIELD = "citizen_code.form"
_LINKED = refuses(AppointmentNotFound, TicketNotFound, WaitingNotFound, LinkErased, CsrfMissing)

router = APIRouter(include_in_schema=False)

Said = Annotated[str, Query(max_length=16)]


@router.get(HOME_PATH, dependencies=[Public])
async def mine(
    request: Request, here: PartsDep, sign_in: Said = "", done: Said = "", ended: bool = False
) -> Response:
    """Show the own list, or the ways to it."""
    return await _shown(request, here, sign_in=sign_in, done=done, ended=ended)


async def _shown(
    request: Request, here: Parts, *, wrong: Refusal | None = None, phone: str = "", **said: Any
) -> Response:
    visitor = await own_visitor(request) if request.method == "GET" else None
    found = None
    if visitor is not None:
        found = await here.database.read(own_list, visitor.known, now=here.clock.now())
    return page(
        request,
        "public/mine.html",
        status=wrong.status if wrong else 200,
        personal=True,
        visitor=visitor,
        own=found,
        closes_in=ceil((found.ends_at - wall(here.clock)) / timedelta(minutes=1)) if found else 0,
        parts=list(Part),
        words=STATUS_WORDS,
        sign_in_name=sign_in_name(request),
        sign_in_at=sign_in_path(HOME_PATH),
        by_phone=here.settings.messages is not None,
        wrong=wrong,
        phone=phone,
        key=new_key(),
        **{"sign_in": "", "done": "", "ended": False, **said},
    )


@router.get(f"{HOME_PATH}/find", dependencies=[Public])
async def find_again() -> Response:
    """Lead who reloads an answer to the page with the form."""
    return RedirectResponse(HOME_PATH, 303)


@router.post(f"{HOME_PATH}/find", dependencies=[Public], responses=refuses(NoMessagesHere, CsrfMissing))
async def find(
    request: Request, here: PartsDep, key: Key, phone: Annotated[str, Form(max_length=32)] = ""
) -> Response:
    """Send a code to the number if something was booked with it; what follows looks the same if not."""
    refuse_foreign_forms(request)
    # Kept as a keyed hash: of a number alone a plain one is undone by trying all numbers.
    typed = here.vault.digest(phone, field=PHONE_FIELD).hex()
    try:
        await limit_asking(request, here)
        given = await FormOnce(request, key, typed).write(
            CodeOut.of, codes.ask_code, phone, reader_of(request).locale,
            wall=wall(here.clock), clock=here.clock, vault=here.vault,
        )  # fmt: skip
    except (PhoneInvalid, TooManyCodes) as wrong:
        return await _shown(request, here, wrong=wrong, phone=phone)
    answer = led_on(CODE_PATH)
    keep_asked(answer, given["token"], secure=here.settings.secure_cookies)
    return answer


@router.get(CODE_PATH, dependencies=[Public])
async def ask_code(request: Request) -> Response:
    """Ask for the code; without one that was asked for, lead to where it can be."""
    if CODE_COOKIE not in request.cookies:
        return led_on(HOME_PATH)
    return _code_form(request)


def _code_form(request: Request, wrong: Refusal | None = None) -> Response:
    status = wrong.status if wrong else 200
    return page(
        request, "public/mine_code.html", status=status, personal=True, wrong=wrong, tries=CODE_TRIES,
        demo_code=code_in_demo(request),
    )  # fmt: skip


@router.post(CODE_PATH, dependencies=[Public], responses=refuses(CsrfMissing))
async def open_by_code(
    request: Request, here: PartsDep, code: Annotated[str, Form(max_length=24)] = ""
) -> Response:
    """Open the list of the number, or ask again."""
    refuse_foreign_forms(request)
    asked, secure = request.cookies.get(CODE_COOKIE, ""), here.settings.secure_cookies
    try:
        await limit_trying(request, here)
        token = await here.database.write(
            codes.redeem_code, asked, code, instead_of=request.cookies.get(FOUND_COOKIE, ""),
            wall=wall(here.clock), clock=here.clock, vault=here.vault,
        )  # fmt: skip
    except (CodeEnded, TooManyTries) as ended:
        answer = await _shown(request, here, wrong=ended)
        forget_asked(answer, secure=secure)
        return answer
    if token is None:
        return _code_form(request, CodeWrong())
    opened = led_on(HOME_PATH)
    forget_asked(opened, secure=secure)
    keep_list(opened, Way.FOUND, token, secure=secure)
    return opened


@router.get(f"{HOME_PATH}/to/{{subject}}", responses=refuses(OwnThingNotFound))
async def to_own_page(subject: UUID, visitor: OwnPage, here: PartsDep) -> Response:
    """Lead from the list to something's own page: the list itself holds no link that opens anything."""
    path = await here.database.read(opening.way_to, visitor.known, subject, vault=here.vault)
    return led_on(path)


@router.post(f"{HOME_PATH}/add", responses=_LINKED)
async def add(
    visitor: OwnPage,
    here: PartsDep,
    about: Annotated[About, Form()],
    token: Annotated[str, Form(min_length=8, max_length=64)],
) -> Response:
    """Put what a link opens on the list, and lead back to its page."""
    subject = await here.database.write(
        opening.add_by_link, visitor.known, about, token, clock=here.clock, vault=here.vault
    )
    return await to_own_page(subject, visitor, here)


@router.post(f"{HOME_PATH}/add-found", responses=refuses(NotSignedIn, CsrfMissing))
async def add_found(visitor: OwnPage, here: PartsDep) -> Response:
    """Put all that was found by the number on the list of who is signed in too."""
    await here.database.write(opening.add_found, visitor.known, clock=here.clock, vault=here.vault)
    return led_on(f"{HOME_PATH}?done=added")


@router.post(f"{HOME_PATH}/take-off", responses=refuses(OwnThingNotFound, CsrfMissing))
async def take_off(visitor: OwnPage, here: PartsDep, subject: Annotated[UUID, Form()]) -> Response:
    """Take something off the list; it stays as it is."""
    await here.database.write(opening.take_off, visitor.known, subject)
    return led_on(f"{HOME_PATH}?done=off")


@router.get(f"{HOME_PATH}/forget")
async def ask_to_forget(visitor: OwnPage, request: Request) -> Response:
    """Say what forgetting the list takes away, and ask once."""
    return page(request, "public/mine_forget.html", personal=True, visitor=visitor)


@router.post(f"{HOME_PATH}/forget", responses=refuses(CsrfMissing))
async def forget(visitor: OwnPage, request: Request, here: PartsDep) -> Response:
    """Forget what is kept of who is signed in, and sign out."""
    await here.database.write(opening.forget_list, visitor.known, clock=here.clock)
    return await _signed_out(request, here, "forgotten")


@router.post(f"{HOME_PATH}/sign-out", responses=refuses(CsrfMissing))
async def sign_out(visitor: OwnPage, request: Request, here: PartsDep) -> Response:
    """Close the list in this browser."""
    del visitor
    return await _signed_out(request, here, "out")


async def _signed_out(request: Request, here: Parts, done: str) -> Response:
    await here.database.write(sessions.sign_out, tokens_in_cookies(request), vault=here.vault)
    answer = led_on(f"{HOME_PATH}?done={done}")
    forget_lists(answer, secure=here.settings.secure_cookies)
    return answer
