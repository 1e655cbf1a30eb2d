"""Staff sign in and out, by form, by JSON, by link; ``router`` also carries all staff pages."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

import displays.staff_account
import displays.staff_appointments
import displays.staff_book
import displays.staff_book_times
import displays.staff_city
import displays.staff_compare
import displays.staff_course
import displays.staff_desk_away
import displays.staff_factor
import displays.staff_hall_no_shows
import displays.staff_home_visits
import displays.staff_kinds
import displays.staff_leaving
import displays.staff_licences
import displays.staff_messages
import displays.staff_moving
import displays.staff_no_shows
import displays.staff_notices
import displays.staff_pages
import displays.staff_paper
import displays.staff_places
import displays.staff_plan
import displays.staff_priority
import displays.staff_promises
import displays.staff_quotas
import displays.staff_rating_cases
import displays.staff_ratings
import displays.staff_resets
import displays.staff_returns
import displays.staff_second_step
import displays.staff_setup
import displays.staff_sso
import displays.staff_tickets
import displays.staff_trail
import displays.staff_waiting
import displays.staff_webhooks
from displays.forms import refuse_foreign_forms
from displays.passwords import tried
from displays.rendering import page
from displays.staff_access import (
    HOME_PATH,
    SIGN_IN_PATH,
    asked_of,
    keep_session,
    left_of,
    sso_name,
    way_back,
)
from displays.staff_schemas import HereIn, LeftOut, MeOut, SessionIn
from displays.staff_second_step import let_in
from kernel.errors import NotSignedIn
from kernel.identity import LinkEnded, NameLocked, WrongPassword, signed_in, staff_by_token
from kernel.sessions import note_active
from kernel.signing_in import (
    CodeNeeded,
    Entered,
    SecondFactorMissing,
    Step,
    WrongCode,
    enter_code,
    sign_in,
    sign_in_by_link,
)
from kernel.web.access import AnyStaff, Holder, Public, TouchedPage, csrf_token, token_of
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses
from kernel.web.routes import take_over

router = APIRouter()


@router.post(
    "/api/v1/sessions",
    dependencies=[Public],
    tags=["staff"],
    responses=refuses(WrongPassword, WrongCode, CodeNeeded, SecondFactorMissing, NameLocked),
)
async def open_session(asked: SessionIn, request: Request, response: Response, here: PartsDep) -> MeOut:
    """Sign in: sets the session cookie, which programs may also send as a bearer token."""
    refuse_foreign_forms(request)
    token = await _whole_sign_in(request, here, asked)
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
    await displays.staff_leaving.end(request, answer, here)
    return answer


@router.get("/api/v1/me", tags=["staff"], responses=refuses(NotSignedIn))
async def me(staff: AnyStaff, request: Request, response: Response, here: PartsDep) -> MeOut:
    """Return who is signed in."""
    response.headers["Cache-Control"] = "no-store"
    return MeOut.of(staff, csrf=csrf_token(token_of(request), here.vault))


@router.post("/api/v1/me/here", tags=["staff"], responses=refuses(NotSignedIn))
async def still_here(asked: HereIn, _staff: TouchedPage, request: Request, here: PartsDep) -> LeftOut:
    """Note that the person touched the page so many seconds ago; return how long the session lasts now."""
    now, token = here.clock.now(), token_of(request)
    speed = here.settings.demo.speed if here.settings.demo else 1.0
    at = now - timedelta(seconds=asked.ago_s) * speed
    await here.database.write(note_active, token, vault=here.vault, at=at)
    idle = here.settings.staff_idle
    found = await here.database.read(signed_in, token, vault=here.vault, now=now, idle=idle)
    if found is None:
        raise NotSignedIn
    left = left_of(found, here)
    return LeftOut(left_s=left.seconds, final=left.final)


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
        typed = await tried(here, password, of=username)
        done = await here.database.write(sign_in, username, typed, asked=asked_of(request))
    except NameLocked as locked:
        free_at = locked.facts["free_at"]
        return _form(request, target=target, username=username, status=locked.status, locked_until=free_at)
    if done is None:
        return _form(request, target=target, username=username, status=WrongPassword.status, wrong=True)
    return let_in(done, target, here)


@router.get(
    "/staff/link/{token}", dependencies=[Holder], include_in_schema=False, responses=refuses(LinkEnded)
)
async def sign_in_link(token: str, request: Request, here: PartsDep) -> Response:
    """Sign in by a link that an administrator handed out."""
    demo = here.settings.demo is not None
    done = await here.database.write(sign_in_by_link, token, asked=asked_of(request), demo=demo)
    answer = let_in(done, HOME_PATH, here)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


async def _whole_sign_in(request: Request, here: Parts, given: SessionIn) -> str:
    """Return a new session's token; wrong tries are counted in units of their own, then refused."""
    asked = asked_of(request)
    typed = await tried(here, given.password, of=given.username)
    done = await here.database.write(sign_in, given.username, typed, asked=asked)
    if done is None:
        raise WrongPassword
    if isinstance(done, Entered):
        return done.token
    if done.step is Step.SET_UP:
        raise SecondFactorMissing
    if not given.code:
        raise CodeNeeded
    entered = await here.database.write(enter_code, done.token, given.code, asked=asked)
    if entered is None:
        raise WrongCode
    return entered.token


def _form(request: Request, *, target: str, username: str = "", status: int = 200, **why: Any) -> Response:
    came = {name: request.query_params.get(name) == "1" for name in ("ended", "late")}
    shown: dict[str, Any] = {"missing": False, "wrong": False, "locked_until": None, **came, **why}
    return page(
        request,
        "staff/sign_in.html",
        status=status,
        personal=True,
        target=target,
        username=username,
        sso_name=sso_name(request),
        sso=request.query_params.get("sso", ""),
        **shown,
    )


take_over(
    router,
    displays.staff_leaving.router,
    displays.staff_second_step.router,
    displays.staff_account.router,
    displays.staff_factor.router,
    displays.staff_sso.router,
    displays.staff_resets.router,
    displays.staff_desk_away.router,  # its worker stands beside the desks, whose addresses come after
    displays.staff_pages.router,
    displays.staff_tickets.router,
    displays.staff_returns.router,
    displays.staff_moving.router,
    displays.staff_appointments.router,
    displays.staff_book_times.router,  # before the one that takes any word for a token
    displays.staff_book.router,
    displays.staff_paper.router,
    displays.staff_plan.router,
    displays.staff_places.router,
    displays.staff_city.router,
    displays.staff_compare.router,
    displays.staff_course.router,
    displays.staff_promises.router,
    displays.staff_ratings.router,
    displays.staff_rating_cases.router,
    displays.staff_messages.router,
    displays.staff_no_shows.router,
    displays.staff_hall_no_shows.router,
    displays.staff_licences.router,
    displays.staff_notices.router,
    displays.staff_quotas.router,
    displays.staff_priority.router,
    displays.staff_kinds.router,
    displays.staff_home_visits.router,
    displays.staff_setup.router,
    displays.staff_trail.router,
    displays.staff_waiting.router,
    displays.staff_webhooks.router,
)
