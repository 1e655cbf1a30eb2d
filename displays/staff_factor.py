"""The own second factor: set up or moved to another telephone, taken off, new recovery codes."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from displays.passwords import tried
from displays.rules.second_factor import code_picture, in_groups
from displays.staff_access import AnyStaffPage, Visitor, asked_of, keep_session
from displays.staff_account import ACCOUNT_PATH, renewed_to
from displays.staff_frame import staff_page
from kernel import own_account
from kernel.identity import NameLocked
from kernel.one_time_codes import app_address
from kernel.own_account import Renewed, SecondFactorRequired, Wrong
from kernel.second_factor import Offer, offer, offered
from kernel.signing_in import WrongCode
from kernel.web.access import csrf_token, token_of
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses

FACTOR_PATH = f"{ACCOUNT_PATH}/second-factor"

router = APIRouter(include_in_schema=False)

Code = Annotated[str, Form(max_length=32)]


@router.get(FACTOR_PATH)
async def set_up_page(visitor: AnyStaffPage, request: Request, here: PartsDep) -> Response:
    """Show a secret for the telephone; nothing is stored until a code shows that it has it."""
    return await _set_up_form(request, visitor, here, offer(visitor.staff.id, vault=here.vault))


@router.post(FACTOR_PATH)
async def set_up(
    visitor: AnyStaffPage,
    request: Request,
    here: PartsDep,
    code: Code = "",
    proof: Annotated[str, Form(max_length=256)] = "",
    sealed: Annotated[str, Form(max_length=512)] = "",
) -> Response:
    """Take the telephone as second factor and show the recovery codes, only now."""
    own = offered(visitor.staff.id, sealed, vault=here.vault)
    if own is None:
        return await set_up_page(visitor, request, here)
    asked, staff_id = asked_of(request), visitor.staff.id
    typed = await tried(here, proof, of=staff_id)
    try:
        done = await here.database.write(
            own_account.set_up_second_factor, staff_id, own.secret, code, proof=typed, asked=asked
        )
    except NameLocked as locked:
        free_at = locked.facts["free_at"]
        return await _set_up_form(request, visitor, here, own, status=locked.status, locked_until=free_at)
    if isinstance(done, Wrong):
        return await _set_up_form(request, visitor, here, own, status=WrongCode.status, wrong=done)
    return _recovery_codes(request, visitor, here, done)


@router.get(f"{FACTOR_PATH}/change")
async def change_page(visitor: AnyStaffPage, request: Request, here: PartsDep) -> Response:
    """Show what a code can do: make new recovery codes, or take the second factor off."""
    return await _change_form(request, visitor, here)


@router.post(f"{FACTOR_PATH}/recovery-codes")
async def new_codes(visitor: AnyStaffPage, request: Request, here: PartsDep, code: Code = "") -> Response:
    """Show new recovery codes; all older ones are void."""
    asked = asked_of(request)
    try:
        done = await here.database.write(own_account.new_recovery_codes, visitor.staff.id, code, asked=asked)
    except NameLocked as locked:
        return await _change_form(request, visitor, here, locked_until=locked.facts["free_at"])
    if done is None:
        return await _change_form(request, visitor, here, wrong=True)
    return _recovery_codes(request, visitor, here, done)


@router.post(f"{FACTOR_PATH}/off", responses=refuses(SecondFactorRequired))
async def take_off(visitor: AnyStaffPage, request: Request, here: PartsDep, code: Code = "") -> Response:
    """Go without a second factor from now on."""
    asked = asked_of(request)
    try:
        done = await here.database.write(
            own_account.take_off_second_factor, visitor.staff.id, code, asked=asked
        )
    except NameLocked as locked:
        return await _change_form(request, visitor, here, locked_until=locked.facts["free_at"])
    if done is None:
        return await _change_form(request, visitor, here, wrong=True)
    return renewed_to(f"{ACCOUNT_PATH}?done=off#second-factor", done, here)


def _recovery_codes(request: Request, visitor: Visitor, here: Parts, done: Renewed) -> Response:
    own = Visitor(visitor.staff, csrf_token(done.token, here.vault), visitor.username, visitor.left)
    answer = staff_page(
        request, own, "staff/recovery_codes.html", section="account", codes=done.recovery_codes
    )
    keep_session(answer, done.token, secure=here.settings.secure_cookies)
    return answer


async def _set_up_form(
    request: Request, visitor: Visitor, here: Parts, own: Offer, *, status: int = 200, **why: Any
) -> Response:
    shown = {"wrong": None, "locked_until": None, **why}
    return staff_page(
        request,
        visitor,
        "staff/second_factor.html",
        status=status,
        section="account",
        own=await _own(request, visitor, here),
        picture=code_picture(app_address(own.secret, visitor.username)),
        groups=in_groups(own.secret),
        sealed=own.sealed,
        **shown,
    )


async def _change_form(request: Request, visitor: Visitor, here: Parts, **why: Any) -> Response:
    shown = {"wrong": False, "locked_until": None, **why}
    return staff_page(
        request,
        visitor,
        "staff/second_factor_change.html",
        status=401 if shown["wrong"] else 429 if shown["locked_until"] else 200,
        section="account",
        own=await _own(request, visitor, here),
        required=visitor.staff.role.value in here.settings.second_factor_for,
        **shown,
    )


async def _own(request: Request, visitor: Visitor, here: Parts) -> own_account.OwnAccount:
    return await here.database.read(
        own_account.own_account,
        visitor.staff.id,
        token_of(request),
        asked=asked_of(request),
        idle=here.settings.staff_idle,
    )
