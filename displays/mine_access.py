"""Who stands before the own list: cookies of citizens, which give no right but to the own things."""

import hmac
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from booking.mine.access import (
    FOUND_COOKIE,
    SIGNED_IN_COOKIE,
    known_from,
    tokens_in_cookies,
)
from booking.mine.http import SIGN_IN_PATH
from booking.mine.listing import is_listed
from booking.mine.opening import thing_of
from booking.mine.sessions import LASTS, Known
from booking.rules.own_list import CODE_LASTS, About, Way
from displays.reading import local_path
from displays.rendering import NO_STORE, embedded, reader_of
from kernel.i18n import DEFAULT_LOCALE
from kernel.web.access import SAFE_METHODS, CsrfMissing, csrf_token, told_as
from kernel.web.parts import Parts, parts

HOME_PATH = "/mine"
CODE_COOKIE = "jinban_code"
_COOKIES = {Way.SIGNED_IN: (SIGNED_IN_COOKIE, "/"), Way.FOUND: (FOUND_COOKIE, HOME_PATH)}


@dataclass(frozen=True, slots=True)
class OwnVisitor:
    """Somebody whose list is open, and the token that the page's changes carry."""

    known: Known
    csrf: str


async def own_visitor(connection: HTTPConnection) -> OwnVisitor | None:
    """Return whose list is open in this browser, or None; raises ``CsrfMissing``."""
    tokens = tokens_in_cookies(connection)
    known = await known_from(connection, tokens)
    if known is None:
        return None
    vault = parts(connection).vault
    if connection.scope["method"] not in SAFE_METHODS:
        await _check_csrf(connection, csrf_token(tokens[0], vault))
    return OwnVisitor(known, csrf_token(tokens[0], vault))


async def _check_csrf(connection: HTTPConnection, right: str) -> None:
    """Hold the form against the first cookie alone: another's list put beside it counts nothing."""
    assert isinstance(connection, Request)
    form = await connection.form()
    if not hmac.compare_digest(str(form.get("csrf_token", "")).encode(), right.encode()):
        raise CsrfMissing


async def _page(connection: HTTPConnection) -> OwnVisitor:
    found = await own_visitor(connection)
    if found is None:
        raise HTTPException(303, headers={"Location": f"{HOME_PATH}?ended=1", **NO_STORE})
    return found


OwnPage = Annotated[OwnVisitor, Depends(told_as("citizen page", _page))]


def keep_list(answer: Response, way: Way, token: str, *, secure: bool) -> None:
    """Put an open list into its cookie: no script reads it, no form of another site sends it along."""
    name, path = _COOKIES[way]
    age = int(LASTS[way].total_seconds())
    answer.set_cookie(name, token, max_age=age, path=path, httponly=True, samesite="lax", secure=secure)


def forget_lists(answer: Response, *, secure: bool) -> None:
    """Take both cookies away."""
    for name, path in _COOKIES.values():
        answer.delete_cookie(name, path=path, httponly=True, samesite="lax", secure=secure)


def keep_asked(answer: Response, token: str, *, secure: bool) -> None:
    """Keep what goes with a code; Strict, so that no other site can have its own code typed here."""
    age = int(CODE_LASTS.total_seconds())
    answer.set_cookie(
        CODE_COOKIE, token, max_age=age, path=HOME_PATH, httponly=True, samesite="strict", secure=secure
    )


def forget_asked(answer: Response, *, secure: bool) -> None:
    """Take it away."""
    answer.delete_cookie(CODE_COOKIE, path=HOME_PATH, httponly=True, samesite="strict", secure=secure)


def sign_in_name(connection: HTTPConnection) -> str:
    """Return what the identity service is called in the reader's language; "" where there is none."""
    own = parts(connection).settings.citizen_sign_in
    if own is None or embedded(connection):  # a browser keeps no cookie of ours in another site's frame
        return ""
    return own.name_zh if reader_of(connection).locale == DEFAULT_LOCALE else own.name_en


def way_back(target: str) -> str:
    """Return where to go after signing in: a page of citizens, else the own list; never another host.

    >>> way_back("/a/some-token"), way_back("/staff"), way_back("//x.example"), way_back("/mine/sign-in")
    ('/a/some-token', '/mine', '/mine', '/mine')
    """
    path = local_path(target)
    ours = path.startswith(("/a/", "/t/", "/w/", "/book/", "/waitlist?"))
    return path if ours else HOME_PATH


def sign_in_path(target: str) -> str:
    """Return the address that leads to the identity service and back to a page."""
    return f"{SIGN_IN_PATH}?{urlencode({'next': target})}"


@dataclass(frozen=True, slots=True)
class OwnPart:
    """What a thing's own page says of the list: nothing where nobody can sign in.

    ``subject`` names it there; ``csrf`` is "" where nobody is signed in, then ``sign_in`` leads there.
    """

    about: str
    token: str
    subject: str
    name: str
    csrf: str
    listed: bool
    sign_in: str


async def own_part(request: Request, here: Parts, about: About, token: str) -> OwnPart | None:
    """Return the part of the page behind a link that puts it on the list of who is signed in."""
    name = sign_in_name(request)
    if not name:
        return None
    tokens = [request.cookies.get(SIGNED_IN_COOKIE, "")]
    known = await known_from(request, tokens)
    subject, listed, csrf = "", False, ""
    if known is not None and known.person is not None:
        now = here.clock.now()
        thing = await here.database.read(thing_of, about, token, now=now, vault=here.vault)
        listed = await here.database.read(is_listed, known.person, thing.subject)
        subject, csrf = str(thing.subject), csrf_token(tokens[0], here.vault)
    back = {About.APPOINTMENT: "a", About.VISIT: "t", About.WAITING: "w"}[about]
    return OwnPart(about, token, subject, name, csrf, listed, sign_in_path(f"/{back}/{token}"))
