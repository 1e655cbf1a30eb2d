"""Between the password and the session: the code of the second factor, or setting one up where it is due."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response

from displays.forms import refuse_foreign_forms
from displays.rendering import page
from displays.rules.second_factor import code_picture, in_groups
from displays.staff_access import (
    HALF_COOKIE,
    HOME_PATH,
    SIGN_IN_PATH,
    asked_of,
    forget_half,
    keep_half,
    keep_session,
    way_back,
)
from kernel.identity import NameLocked
from kernel.one_time_codes import app_address
from kernel.second_factor import Offer, offer, offered
from kernel.signing_in import (
    Entered,
    Half,
    HalfWay,
    SignInNotFinished,
    Step,
    WrongCode,
    enter_code,
    half_way,
    set_up_half_way,
)
from kernel.web.access import CsrfMissing, csrf_token, told_as
from kernel.web.parts import Parts, PartsDep, parts

CODE_PATH = f"{SIGN_IN_PATH}/code"
SET_UP_PATH = f"{SIGN_IN_PATH}/second-factor"

router = APIRouter(include_in_schema=False)

Code = Annotated[str, Form(max_length=32)]


@dataclass(frozen=True, slots=True)
class Halfway:
    """Somebody half-way in, in front of the next step's page."""

    half: Half
    token: str
    csrf: str


def half_at(step: Step) -> Callable[[HTTPConnection], Awaitable[Halfway]]:
    """Return a rule that lets in who is half-way in and at this step; others begin again."""

    async def rule(connection: HTTPConnection) -> Halfway:
        here, token = parts(connection), connection.cookies.get(HALF_COOKIE, "")
        try:
            half = await here.database.read(half_way, token, asked=asked_of(connection))
        except SignInNotFinished:
            raise _begin_again() from None
        if half.step is not step:
            raise _begin_again()
        return Halfway(half, token, csrf_token(token, here.vault))

    return told_as(f"half-way in: {step.value}", rule)


def _begin_again() -> HTTPException:
    return HTTPException(303, headers={"Location": f"{SIGN_IN_PATH}?{urlencode({'late': '1'})}"})


AtCode = Annotated[Halfway, Depends(half_at(Step.CODE))]
AtSetUp = Annotated[Halfway, Depends(half_at(Step.SET_UP))]


@router.get(CODE_PATH)
async def code_page(who: AtCode, request: Request, next: str = HOME_PATH) -> Response:
    """Ask for the code."""
    return _code_form(request, who, way_back(next))


@router.post(CODE_PATH)
async def code(
    who: AtCode,
    request: Request,
    here: PartsDep,
    code: Code = "",
    next: Annotated[str, Form()] = HOME_PATH,
    csrf: Annotated[str, Form(alias="csrf_token")] = "",
) -> Response:
    """Take the code and lead on; a wrong one is counted like a wrong password."""
    _refuse_forged(request, who, csrf)
    target = way_back(next)
    if not code.strip():
        return _code_form(request, who, target, status=422, missing=True)
    try:
        entered = await here.database.write(enter_code, who.token, code, asked=asked_of(request))
    except NameLocked as locked:
        free_at = locked.facts["free_at"]
        return _code_form(request, who, target, status=locked.status, locked_until=free_at)
    except SignInNotFinished:
        raise _begin_again() from None
    if entered is None:
        return _code_form(request, who, target, status=WrongCode.status, wrong=True)
    return _enter(RedirectResponse(target, status_code=303), entered.token, here)


@router.get(SET_UP_PATH)
async def set_up_page(who: AtSetUp, request: Request, here: PartsDep, next: str = HOME_PATH) -> Response:
    """Show a secret for the telephone: this role signs in with a second factor."""
    return _set_up_form(request, who, way_back(next), offer(who.half.staff.id, vault=here.vault))


@router.post(SET_UP_PATH)
async def set_up(
    who: AtSetUp,
    request: Request,
    here: PartsDep,
    code: Code = "",
    sealed: Annotated[str, Form(max_length=512)] = "",
    next: Annotated[str, Form()] = HOME_PATH,
    csrf: Annotated[str, Form(alias="csrf_token")] = "",
) -> Response:
    """Take the code that shows that the telephone has the secret; open the session, show recovery codes."""
    _refuse_forged(request, who, csrf)
    target, own = way_back(next), offered(who.half.staff.id, sealed, vault=here.vault)
    if own is None:
        return await set_up_page(who, request, here, target)
    try:
        done = await here.database.write(
            set_up_half_way, who.token, own.secret, code, asked=asked_of(request)
        )
    except SignInNotFinished:
        raise _begin_again() from None
    if done is None:
        return _set_up_form(request, who, target, own, status=WrongCode.status, wrong=True)
    entered, codes = done
    shown = page(
        request, "staff/sign_in_recovery.html", personal=True, codes=codes, target=target, here=target
    )
    return _enter(shown, entered.token, here)


def let_in(done: Entered | HalfWay, target: str, here: Parts) -> Response:
    """Lead on to where the person wanted to go, or to the step that is still to come."""
    secure = here.settings.secure_cookies
    if isinstance(done, Entered):
        answer = RedirectResponse(target, status_code=303)
        keep_session(answer, done.token, secure=secure)
        return answer
    path = CODE_PATH if done.step is Step.CODE else SET_UP_PATH
    answer = RedirectResponse(f"{path}?{urlencode({'next': target})}", status_code=303)
    keep_half(answer, done.token, secure=secure)
    return answer


def _refuse_forged(request: Request, who: Halfway, csrf: str) -> None:
    refuse_foreign_forms(request)
    if not hmac.compare_digest(csrf.encode(), who.csrf.encode()):
        raise CsrfMissing


def _enter(answer: Response, token: str, here: Parts) -> Response:
    secure = here.settings.secure_cookies
    forget_half(answer, secure=secure)
    keep_session(answer, token, secure=secure)
    return answer


def _code_form(request: Request, who: Halfway, target: str, *, status: int = 200, **why: Any) -> Response:
    shown = {"missing": False, "wrong": False, "locked_until": None, **why}
    return page(
        request,
        "staff/sign_in_code.html",
        status=status,
        personal=True,
        name=who.half.staff.name,
        csrf=who.csrf,
        target=target,
        **shown,
    )


def _set_up_form(
    request: Request, who: Halfway, target: str, own: Offer, *, status: int = 200, wrong: bool = False
) -> Response:
    return page(
        request,
        "staff/sign_in_set_up.html",
        status=status,
        personal=True,
        name=who.half.staff.name,
        csrf=who.csrf,
        target=target,
        picture=code_picture(app_address(own.secret, who.half.username)),
        groups=in_groups(own.secret),
        sealed=own.sealed,
        wrong=wrong,
    )
