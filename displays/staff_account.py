"""The own account: password, second factor, and where one is signed in."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from displays.passwords import hashed, tried
from displays.staff_access import AnyStaffPage, Visitor, asked_of, keep_session, sso_name
from displays.staff_frame import staff_page
from kernel import own_account
from kernel.identity import NameLocked, WrongPassword
from kernel.own_account import Renewed
from kernel.secrets import LEAST_PASSWORD
from kernel.single_sign_on import connected_since
from kernel.web.access import token_of
from kernel.web.parts import Parts, PartsDep

ACCOUNT_PATH = "/staff/account"

router = APIRouter(include_in_schema=False)

Typed = Annotated[str, Form(max_length=256)]


@router.get(ACCOUNT_PATH)
async def account(visitor: AnyStaffPage, request: Request, here: PartsDep, done: str = "") -> Response:
    """Show the account; ``done`` says what was just done to it."""
    return await account_page(request, visitor, here, done=done)


@router.post(ACCOUNT_PATH)
async def choose(
    visitor: AnyStaffPage, request: Request, here: PartsDep, present: Typed = "", password: Typed = ""
) -> Response:
    """Take the new password, and end every other session and link of the person."""
    if len(password) < LEAST_PASSWORD:
        return await account_page(request, visitor, here, status=422, short=True)
    asked, own = asked_of(request), visitor.staff.id
    typed, made = await tried(here, present, of=own), await hashed(password)
    try:
        taken = await here.database.write(own_account.choose_password, own, typed, made, asked=asked)
    except NameLocked as locked:
        free_at = locked.facts["free_at"]
        return await account_page(request, visitor, here, status=locked.status, locked_until=free_at)
    if taken is None:
        return await account_page(request, visitor, here, status=WrongPassword.status, wrong=True)
    return renewed_to(f"{ACCOUNT_PATH}?done=password", taken, here)


@router.post(f"{ACCOUNT_PATH}/sessions/end")
async def end_one(
    visitor: AnyStaffPage,
    request: Request,
    here: PartsDep,
    handle: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """End one of the own sessions; where it has ended meanwhile, the list says so by itself."""
    asked = asked_of(request)
    await here.database.write(own_account.end_own_session, visitor.staff.id, handle, asked=asked)
    return RedirectResponse(f"{ACCOUNT_PATH}?done=session#sessions", status_code=303)


@router.post(f"{ACCOUNT_PATH}/sessions/end-others")
async def end_others(visitor: AnyStaffPage, request: Request, here: PartsDep) -> Response:
    """End whatever else signs the person in."""
    asked = asked_of(request)
    renewed = await here.database.write(own_account.end_other_sessions, visitor.staff.id, asked=asked)
    return renewed_to(f"{ACCOUNT_PATH}?done=sessions#sessions", renewed, here)


def renewed_to(target: str, renewed: Renewed, here: Parts) -> Response:
    """Lead on with the session that took the place of the old one."""
    answer = RedirectResponse(target, status_code=303)
    keep_session(answer, renewed.token, secure=here.settings.secure_cookies)
    return answer


async def account_page(
    request: Request, visitor: Visitor, here: Parts, *, status: int = 200, **why: Any
) -> Response:
    """Return the account's page with what went wrong or was done."""
    shown = {"short": False, "wrong": False, "wrong_proof": False, "locked_until": None, "done": "", **why}
    since = await here.database.read(connected_since, visitor.staff.id) if here.settings.sso else None
    own = await here.database.read(
        own_account.own_account,
        visitor.staff.id,
        token_of(request),
        asked=asked_of(request),
        idle=here.settings.staff_idle,
    )
    return staff_page(
        request,
        visitor,
        "staff/account.html",
        status=status,
        section="account",
        own=own,
        sso_name=sso_name(request),
        sso_since=since,
        required=visitor.staff.role.value in here.settings.second_factor_for,
        may_reset=visitor.staff.role.value != "clerk",
        least=LEAST_PASSWORD,
        **shown,
    )
