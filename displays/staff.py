"""Staff sign in and out, by form, by JSON, by link; ``router`` also carries all staff pages."""

from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

import displays.staff_account
import displays.staff_city
import displays.staff_course
import displays.staff_messages
import displays.staff_pages
import displays.staff_paper
import displays.staff_plan
import displays.staff_promises
import displays.staff_rating_cases
import displays.staff_ratings
import displays.staff_setup
import displays.staff_tickets
import displays.staff_trail
import displays.staff_waiting
from displays.rendering import page
from displays.staff_access import (
    HOME_PATH,
    SIGN_IN_PATH,
    forget_session,
    keep_session,
    refuse_foreign_forms,
    way_back,
)
from displays.staff_schemas import MeOut, SessionIn
from kernel.errors import NotSignedIn
from kernel.identity import (
    LinkEnded,
    NameLocked,
    WrongPassword,
    sign_in,
    sign_in_by_link,
    sign_out,
    staff_by_token,
)
from kernel.web.access import STAFF_COOKIE, AnyStaff, Holder, Public, csrf_token
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses

router = APIRouter()


@router.post(
    "/api/v1/sessions", dependencies=[Public], tags=["staff"], responses=refuses(WrongPassword, NameLocked)
)
async def open_session(asked: SessionIn, request: Request, response: Response, here: PartsDep) -> MeOut:
    """Sign in: sets the session cookie, which programs may also send as a bearer token."""
    refuse_foreign_forms(request)
    token = await _session_for(here, asked.username, asked.password)
    keep_session(response, token, secure=here.settings.secure_cookies)
    response.headers["Cache-Control"] = "no-store"
    staff = await here.database.read(staff_by_token, token, vault=here.vault, now=here.clock.now())
    if staff is None:
        raise NotSignedIn
    return MeOut.of(staff, csrf=csrf_token(token, here.vault))


@router.delete("/api/v1/sessions", tags=["staff"], status_code=204, responses=refuses(NotSignedIn))
async def end_session(_staff: AnyStaff, request: Request, here: PartsDep) -> Response:
    """Sign out: the session ends here and on every other page of it."""
    answer = Response(status_code=204)
    await _end(request, answer, here)
    return answer


@router.get("/api/v1/me", tags=["staff"], responses=refuses(NotSignedIn))
async def me(staff: AnyStaff, request: Request, response: Response, here: PartsDep) -> MeOut:
    """Return who is signed in."""
    response.headers["Cache-Control"] = "no-store"
    return MeOut.of(staff, csrf=csrf_token(_token_of(request), here.vault))


@router.get(SIGN_IN_PATH, dependencies=[Public], include_in_schema=False)
async def sign_in_page(request: Request, next: str = HOME_PATH) -> Response:
    """Show the form."""
    return _form(request, target=way_back(next))


@router.post(SIGN_IN_PATH, dependencies=[Public], include_in_schema=False)
async def sign_in_by_form(
    request: Request,
    here: PartsDep,
    username: Annotated[str, Form(max_length=64)] = "",
    password: Annotated[str, Form(max_length=256)] = "",
    next: Annotated[str, Form()] = HOME_PATH,
) -> Response:
    """Sign in and go where the person wanted to go; a wrong try shows the form again, the name kept."""
    refuse_foreign_forms(request)
    target = way_back(next)
    if not username.strip() or not password:
        return _form(request, target=target, username=username, status=422, missing=True)
    try:
        token = await _session_for(here, username.strip(), password)
    except WrongPassword as wrong:
        return _form(request, target=target, username=username, status=wrong.status, wrong=True)
    except NameLocked as locked:
        free_at = locked.facts["free_at"]
        return _form(request, target=target, username=username, status=locked.status, locked_until=free_at)
    answer = RedirectResponse(target, status_code=303)
    keep_session(answer, token, secure=here.settings.secure_cookies)
    return answer


@router.get(
    "/staff/link/{token}", dependencies=[Holder], include_in_schema=False, responses=refuses(LinkEnded)
)
async def sign_in_link(token: str, here: PartsDep) -> Response:
    """Sign in by a link that an administrator handed out."""
    session = await here.database.write(sign_in_by_link, token, vault=here.vault, now=here.clock.now())
    answer = RedirectResponse(HOME_PATH, status_code=303, headers={"Referrer-Policy": "no-referrer"})
    keep_session(answer, session, secure=here.settings.secure_cookies)
    return answer


@router.post("/staff/sign-out", include_in_schema=False)
async def sign_out_by_form(
    request: Request, _staff: AnyStaff, here: PartsDep, idle: Annotated[bool, Form()] = False
) -> Response:
    """Sign out; ``idle`` tells the sign-in page to say why."""
    answer = RedirectResponse(f"{SIGN_IN_PATH}?idle=1" if idle else SIGN_IN_PATH, status_code=303)
    await _end(request, answer, here)
    return answer


async def _session_for(here: Parts, username: str, password: str) -> str:
    """Return a new session's token; a wrong try is counted in a unit of its own, then refused."""
    token = await here.database.write(sign_in, username, password, vault=here.vault, now=here.clock.now())
    if token is None:
        raise WrongPassword
    return token


async def _end(request: Request, answer: Response, here: Parts) -> None:
    await here.database.write(sign_out, _token_of(request), vault=here.vault)
    forget_session(answer, secure=here.settings.secure_cookies)


def _token_of(request: Request) -> str:
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    return bearer if scheme.lower() == "bearer" and bearer else request.cookies.get(STAFF_COOKIE, "")


def _form(request: Request, *, target: str, username: str = "", status: int = 200, **why: Any) -> Response:
    shown = {"missing": False, "wrong": False, "locked_until": None, **why}
    idle = request.query_params.get("idle") == "1"
    return page(
        request,
        "staff/sign_in.html",
        status=status,
        personal=True,
        target=target,
        username=username,
        idle=idle,
        **shown,
    )


router.include_router(displays.staff_account.router)
router.include_router(displays.staff_pages.router)
router.include_router(displays.staff_tickets.router)
router.include_router(displays.staff_paper.router)
router.include_router(displays.staff_plan.router)
router.include_router(displays.staff_city.router)
router.include_router(displays.staff_course.router)
router.include_router(displays.staff_promises.router)
router.include_router(displays.staff_ratings.router)
router.include_router(displays.staff_rating_cases.router)
router.include_router(displays.staff_messages.router)
router.include_router(displays.staff_setup.router)
router.include_router(displays.staff_trail.router)
router.include_router(displays.staff_waiting.router)
