"""The way into a hall's pages on one's own phone: the code on its screens, typed or scanned.

Whoever showed the right code is marked for the time it takes to choose. The address keeps no code, so a page
that is passed on opens nothing.
"""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from booking.calendar_file import check_in_qr
from displays.rendering import NO_STORE, led_on, page
from kernel import catalogue
from kernel.catalogue import Hall
from kernel.clock import wall
from kernel.errors import Refusal
from kernel.events import HallNotFound
from kernel.identity import Device, WrongHall
from kernel.web.access import Kiosk, Lobby, Public
from kernel.web.callers import caller_address
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses
from queueing.phone import browser as browsers
from queueing.phone.errors import HallCodeOld, NoPhoneTickets, TooManyPhoneTickets
from queueing.phone.limits import codes_counted
from queueing.phone.proofs import Code, Proof, Seen
from queueing.phone.service import gives_numbers, hall_with_code, shown_code

SEEN_COOKIE = "jinban_here"
Typed = Annotated[str, Form(max_length=24, alias="digits")]

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser before a hall's pages; ``seen`` is its mark, or nothing that holds."""

    hall: Hall
    browser: str
    seen: Proof
    came_before: bool
    is_here: bool


async def visitor_of(request: Request, here: Parts, code: str) -> Visitor:
    """Return who stands before a hall's pages; raises ``HallNotFound``."""
    hall = await here.database.read(catalogue.hall_by_code, code)
    own = browsers.browser_of(request)
    mark = Seen.read(request.cookies.get(SEEN_COOKIE, ""))
    seen: Proof = mark or Code("")
    holds = seen.holds(hall.id, own, now=wall(here.clock), vault=here.vault)
    return Visitor(hall, own, seen, mark is not None, holds and gives_numbers(hall))


@router.get("/here", dependencies=[Public])
async def ask_code(request: Request) -> Response:
    """Ask for the digits on the screen; they say which hall it is."""
    return ask_for_code(request)


def ask_for_code(request: Request, hall: Hall | None = None, wrong: Refusal | None = None) -> Response:
    """Return the page that asks for the digits; ``wrong`` says why again."""
    status = wrong.status if wrong else 200
    return page(
        request, "public/here_code.html", status=status, personal=True, hall=hall, wrong=wrong,
        off=isinstance(wrong, NoPhoneTickets),
    )  # fmt: skip


@router.post("/here", dependencies=[Public], responses=refuses(HallCodeOld, TooManyPhoneTickets))
async def type_code(request: Request, here: PartsDep, digits: Typed = "") -> Response:
    """Let whoever typed the digits of a hall's screen into its pages."""
    now = wall(here.clock)
    try:
        async with codes_counted(here, caller_address(request)):
            hall = await here.database.read(hall_with_code, digits, now=now, vault=here.vault)
    except (HallCodeOld, TooManyPhoneTickets) as wrong:
        return ask_for_code(request, None, wrong)
    return _let_in(request, here, hall)


def _let_in(request: Request, here: Parts, hall: Hall) -> Response:
    """Mark the browser and lead on without the code in the address."""
    own = browsers.browser_of(request)
    mark = Seen.now(hall.id, own, now=wall(here.clock), vault=here.vault)
    answer = led_on(f"/here/{quote(hall.code)}?scanned=1")
    secure = here.settings.secure_cookies
    browsers.remember(answer, own, secure=secure)
    answer.set_cookie(
        SEEN_COOKIE,
        str(mark),
        max_age=browsers.LASTS_S,
        path="/here",
        httponly=True,
        samesite="lax",
        secure=secure,
    )
    return answer


async def scan(request: Request, here: Parts, hall: Hall, digits: str) -> Response:
    """Let in who scanned the hall's present code, or ask for the digits."""
    try:
        async with codes_counted(here, caller_address(request)):
            if not Code(digits).holds(hall.id, "", now=wall(here.clock), vault=here.vault):
                raise HallCodeOld(hall=hall.code)
    except (HallCodeOld, TooManyPhoneTickets) as wrong:
        return ask_for_code(request, hall, wrong)
    return _let_in(request, here, hall)


@router.get("/lobby/{code}/phone.svg", responses=refuses(HallNotFound, WrongHall, NoPhoneTickets))
async def lobby_qr(code: str, request: Request, here: PartsDep, screen: Lobby) -> Response:
    """Return the present code as a link to scan, for a screen of the hall."""
    return await _qr(code, request, here, screen)


@router.get("/kiosk/{code}/phone.svg", responses=refuses(HallNotFound, WrongHall, NoPhoneTickets))
async def kiosk_qr(code: str, request: Request, here: PartsDep, kiosk: Kiosk) -> Response:
    """Return the same for a kiosk of the hall."""
    return await _qr(code, request, here, kiosk)


async def _qr(code: str, request: Request, here: Parts, device: Device) -> Response:
    clock = here.clock
    shown = await here.database.read(shown_code, code, device=device, clock=clock, vault=here.vault)
    if shown is None:
        raise NoPhoneTickets(hall=code)
    link = request.base_url.replace(path=f"/here/{quote(code)}", query=f"c={shown.code}")
    drawn = check_in_qr(str(link), "手机取号 / number by phone")
    return Response(drawn, media_type="image/svg+xml", headers=NO_STORE)
