"""Who may see a staff page, what holds for a sign-in, and how the session's cookies come and go."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response

from displays.http import local_path
from displays.rendering import came_from, reader_of
from displays.rules.device_words import device_words
from displays.rules.way_back import standing_page
from kernel.clock import wall
from kernel.i18n import DEFAULT_LOCALE
from kernel.identity import SESSION_LASTS, Role, SignedIn, Staff, WrongRole
from kernel.signing_in import SET_UP_LASTS, Asked
from kernel.web.access import (
    SAFE_METHODS,
    STAFF_COOKIE,
    csrf_token,
    signed_in_here,
    told_as,
)
from kernel.web.parts import Parts, parts

SIGN_IN_PATH = "/staff/sign-in"
HOME_PATH = "/staff"
HALF_COOKIE = "jinban_staff_half"


@dataclass(frozen=True, slots=True)
class Left:
    """How long a session still lasts if its person asks for nothing.

    ``seconds`` on the wall's clock; ``final``: the working day's end comes first, which no asking moves.
    """

    seconds: float
    final: bool


@dataclass(frozen=True, slots=True)
class Visitor:
    """A staff member in front of a page: the session, and the token that the page's changes carry."""

    staff: Staff
    csrf: str
    username: str
    left: Left


def page_for(*roles: Role) -> Callable[[HTTPConnection], Awaitable[Visitor]]:
    """Return a rule for pages: strangers are led to sign in and back; an administrator sees all pages."""

    async def rule(connection: HTTPConnection) -> Visitor:
        found = await signed_in_here(connection)
        if found is None:
            raise HTTPException(303, headers={"Location": f"{SIGN_IN_PATH}?{urlencode(_way_in(connection))}"})
        staff = found.staff
        if staff.role not in roles and staff.role is not Role.ADMINISTRATOR:
            raise WrongRole(role=staff.role, needed=[role.value for role in roles])
        here = parts(connection)
        return Visitor(staff, csrf_of(connection), found.username, left_of(found, here))

    return told_as("staff page: " + ", ".join(roles), rule)


def _way_in(connection: HTTPConnection) -> dict[str, str]:
    """Return where signing in leads back to; a form's own address cannot be asked for, its page can."""
    if connection.scope["method"] in SAFE_METHODS:
        target = connection.url.path + (f"?{connection.url.query}" if connection.url.query else "")
    else:
        target = standing_page(connection.url.path, came_from(connection))
    return {"next": target} | ({"ended": "1"} if connection.cookies.get(STAFF_COOKIE) else {})


def left_of(found: SignedIn, here: Parts) -> Left:
    """Return how long a session still lasts, on the wall's clock."""
    speed = here.settings.demo.speed if here.settings.demo else 1.0
    seconds = (found.ends_at - here.clock.now()).total_seconds() / speed
    return Left(max(0.0, seconds), final=found.ends_at == found.expires_at)


def csrf_of(connection: HTTPConnection) -> str:
    """Return the token that pages of this session send with every change."""
    token = connection.cookies.get(STAFF_COOKIE)
    return csrf_token(token, parts(connection).vault) if token else ""


def asked_of(connection: HTTPConnection) -> Asked:
    """Return what holds for a sign-in or a change of the own account that comes by this request."""
    here = parts(connection)
    return Asked(
        now=here.clock.now(),
        wall=wall(here.clock),
        vault=here.vault,
        required=frozenset(Role(role) for role in here.settings.second_factor_for),
        device=device_words(connection.headers.get("user-agent", "")),
    )


def sso_name(connection: HTTPConnection) -> str:
    """Return what the city's single sign-on is called in the reader's language; "" where there is none."""
    sso = parts(connection).settings.sso
    if sso is None:
        return ""
    return sso.name_zh if reader_of(connection).locale == DEFAULT_LOCALE else sso.name_en


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


def keep_half(answer: Response, token: str, *, secure: bool) -> None:
    """Put a half sign-in into a cookie of its own, which only the steps after the password see."""
    answer.set_cookie(
        HALF_COOKIE,
        token,
        max_age=int(SET_UP_LASTS.total_seconds()),
        path=SIGN_IN_PATH,
        httponly=True,
        samesite="lax",
        secure=secure,
    )


def forget_half(answer: Response, *, secure: bool) -> None:
    """Take the half sign-in's cookie away."""
    answer.delete_cookie(HALF_COOKIE, path=SIGN_IN_PATH, httponly=True, samesite="lax", secure=secure)


def way_back(target: str) -> str:
    """Return where to go after signing in: a staff page of this site, else the staff's front page.

    >>> way_back("/staff/city?days=7"), way_back("/a/some-token"), way_back("https://x.example/staff")
    ('/staff/city?days=7', '/staff', '/staff')
    """
    path = local_path(target)
    return path if path.startswith(f"{HOME_PATH}/") and not path.startswith(SIGN_IN_PATH) else HOME_PATH


AnyStaffPage = Annotated[Visitor, Depends(page_for(Role.CLERK, Role.MANAGER, Role.SUPERVISOR))]
DeskPage = Annotated[Visitor, Depends(page_for(Role.CLERK, Role.MANAGER))]
ManagerPage = Annotated[Visitor, Depends(page_for(Role.MANAGER))]
HallPage = Annotated[Visitor, Depends(page_for(Role.MANAGER, Role.SUPERVISOR))]
CityPage = Annotated[Visitor, Depends(page_for(Role.SUPERVISOR))]
