"""The own account: somebody who works here chooses a password."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from displays.staff_access import AnyStaffPage, Visitor
from displays.staff_frame import staff_page
from kernel.accounts import choose_password, knows_password
from kernel.identity import NameLocked, WrongPassword, session_hash
from kernel.secrets import LEAST_PASSWORD, hash_password
from kernel.web.access import STAFF_COOKIE
from kernel.web.parts import Parts, PartsDep

router = APIRouter(include_in_schema=False)

Typed = Annotated[str, Form(max_length=256)]


@router.get("/staff/account")
async def account(visitor: AnyStaffPage, request: Request, here: PartsDep) -> Response:
    """Show the form."""
    return await _form(request, visitor, here)


@router.post("/staff/account")
async def choose(
    visitor: AnyStaffPage, request: Request, here: PartsDep, present: Typed = "", password: Typed = ""
) -> Response:
    """Take the new password, and end every other session and link of the person."""
    if len(password) < LEAST_PASSWORD:
        return await _form(request, visitor, here, status=422, short=True)
    staff_id, token = visitor.staff.id, request.cookies.get(STAFF_COOKIE, "")
    try:
        taken = await here.database.write(
            choose_password, staff_id, present, hash_password(password),
            keep=session_hash(token, here.vault), now=here.clock.now(),
        )  # fmt: skip
    except NameLocked as locked:
        free_at = locked.facts["free_at"]
        return await _form(request, visitor, here, status=locked.status, locked_until=free_at)
    if not taken:
        return await _form(request, visitor, here, status=WrongPassword.status, wrong=True)
    return await _form(request, visitor, here, done=True)


async def _form(
    request: Request, visitor: Visitor, here: Parts, *, status: int = 200, **why: Any
) -> Response:
    shown = {"short": False, "wrong": False, "locked_until": None, "done": False, **why}
    return staff_page(
        request,
        visitor,
        "staff/account.html",
        status=status,
        section="account",
        knows=await here.database.read(knows_password, visitor.staff.id),
        least=LEAST_PASSWORD,
        **shown,
    )
