"""Who may see a staff page, and how the session cookie comes and goes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response

from displays.http import local_path
from kernel.identity import SESSION_LASTS, Role, Staff, WrongRole
from kernel.web.access import STAFF_COOKIE, CsrfMissing, csrf_token, signed_in_staff
from kernel.web.parts import parts

SIGN_IN_PATH = "/staff/sign-in"
HOME_PATH = "/staff"


@dataclass(frozen=True, slots=True)
class Visitor:
    """A staff member in front of a page, and the token that the page's changes carry."""

    staff: Staff
    csrf: str


def page_for(*roles: Role) -> Callable[[HTTPConnection], Awaitable[Visitor]]:
    """Return a rule for pages: strangers are led to sign in and back; an administrator sees all pages."""

    async def rule(connection: HTTPConnection) -> Visitor:
        staff = await signed_in_staff(connection)
        if staff is None:
            here = connection.url.path + (f"?{connection.url.query}" if connection.url.query else "")
            raise HTTPException(303, headers={"Location": f"{SIGN_IN_PATH}?{urlencode({'next': here})}"})
        if staff.role not in roles and staff.role is not Role.ADMINISTRATOR:
            raise WrongRole(role=staff.role, needed=[role.value for role in roles])
        return Visitor(staff, _csrf_of(connection))

    rule.access_rule = "staff page: " + ", ".join(roles)  # type: ignore[attr-defined]
    return rule


def _csrf_of(connection: HTTPConnection) -> str:
    token = connection.cookies.get(STAFF_COOKIE)
    return csrf_token(token, parts(connection).vault) if token else ""


def refuse_foreign_forms(connection: HTTPConnection) -> None:
    """Raise ``CsrfMissing`` for a sign-in that another site's page sends; there is no session to ask yet."""
    if connection.headers.get("sec-fetch-site", "same-origin") in {"cross-site", "same-site"}:
        raise CsrfMissing


def keep_session(answer: Response, token: str, *, secure: bool) -> None:
    """Put the session into its cookie: no script reads it, no other site sends it along."""
    answer.set_cookie(
        STAFF_COOKIE,
        token,
        max_age=int(SESSION_LASTS.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=secure,
    )


def forget_session(answer: Response, *, secure: bool) -> None:
    """Take the session's cookie away."""
    answer.delete_cookie(STAFF_COOKIE, httponly=True, samesite="lax", secure=secure)


def way_back(target: str) -> str:
    """Return where to go after signing in: a staff page of this site, else the staff's front page.

    >>> way_back("/staff/city?days=7"), way_back("/a/some-token"), way_back("https://x.example/staff")
    ('/staff/city?days=7', '/staff', '/staff')
    """
    path = local_path(target)
    return path if path.startswith(f"{HOME_PATH}/") and not path.startswith(SIGN_IN_PATH) else HOME_PATH


AnyStaffPage = Annotated[Visitor, Depends(page_for(Role.CLERK, Role.MANAGER, Role.SUPERVISOR))]
DeskPage = Annotated[Visitor, Depends(page_for(Role.CLERK, Role.MANAGER))]
HallPage = Annotated[Visitor, Depends(page_for(Role.MANAGER, Role.SUPERVISOR))]
CityPage = Annotated[Visitor, Depends(page_for(Role.SUPERVISOR))]
