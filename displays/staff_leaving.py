"""Signing out: at once, or after a word on the window that is still open in the clerk's name."""

from enum import StrEnum

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from displays.staff_access import HOME_PATH, SIGN_IN_PATH, AnyStaffPage, forget_session
from displays.staff_frame import staff_page
from kernel.sessions import sign_out
from kernel.web.access import AnyStaff, token_of
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses
from queueing import service
from queueing.errors import WindowBusy
from queueing.service.leaving import left_open

LEAVING_PATH = "/staff/leaving"

router = APIRouter(include_in_schema=False)


class Leaving(StrEnum):
    """What becomes of the own window: asked first, closed, or kept."""

    ASK = "ask"
    CLOSE = "close"
    STAY = "stay"


@router.post("/staff/sign-out", responses=refuses(WindowBusy))
async def sign_out_by_form(
    request: Request, staff: AnyStaff, here: PartsDep, window: Leaving = Leaving.ASK
) -> Response:
    """Sign out and show the sign-in page; ask first while a window is open in the person's name."""
    own = None if window is Leaving.STAY else await here.database.read(left_open, by=staff)
    if own and (window is Leaving.ASK or own.ticket):
        return RedirectResponse(LEAVING_PATH, status_code=303)
    if own:
        await here.database.write(service.close_window, own.id, by=staff, clock=here.clock)
    answer = RedirectResponse(SIGN_IN_PATH, status_code=303)
    await end(request, answer, here)
    return answer


@router.get(LEAVING_PATH)
async def ask(request: Request, visitor: AnyStaffPage, here: PartsDep) -> Response:
    """Show which window is still open, who is at it, and the ways to go on."""
    own = await here.database.read(left_open, by=visitor.staff)
    if own is None:
        return RedirectResponse(HOME_PATH, status_code=303)
    return staff_page(request, visitor, "staff/leaving.html", own=own)


async def end(request: Request, answer: Response, here: Parts) -> None:
    """End the request's session and take its cookie away."""
    await here.database.write(sign_out, token_of(request), vault=here.vault, at=here.clock.now())
    forget_session(answer, secure=here.settings.secure_cookies)
