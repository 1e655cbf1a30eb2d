"""Whose list a request opens: by the cookies of our pages, or a program's ``Authorization: Bearer``."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from booking.mine.sessions import Known, known_by
from kernel.clock import wall
from kernel.errors import NotSignedIn
from kernel.web.access import told_as
from kernel.web.parts import parts

SIGNED_IN_COOKIE, FOUND_COOKIE = "jinban_citizen", "jinban_found"


def bearer_of(connection: HTTPConnection) -> str:
    """Return the token that a program sends, or nothing."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def tokens_in_cookies(connection: HTTPConnection) -> list[str]:
    """Return the tokens that a browser holds, that of signing in first."""
    held = (connection.cookies.get(name, "") for name in (SIGNED_IN_COOKIE, FOUND_COOKIE))
    return [token for token in held if token]


async def known_from(connection: HTTPConnection, tokens: list[str]) -> Known | None:
    """Return whose lists these tokens open; the database is asked only where there are some."""
    if not any(tokens):
        return None
    here = parts(connection)
    return await here.database.read(known_by, tokens, wall=wall(here.clock), vault=here.vault)


async def _citizen(connection: HTTPConnection) -> Known:
    found = await known_from(connection, [bearer_of(connection)])
    if found is None:
        raise NotSignedIn
    return found


async def owner_by_bearer(connection: HTTPConnection) -> bytes | None:
    """Return who is signed in by a program's token, or None: then what is done belongs to its link alone."""
    found = await known_from(connection, [bearer_of(connection)])
    return found.person if found else None


async def owner_by_cookie(connection: HTTPConnection) -> bytes | None:
    """Return who is signed in in this browser, or None."""
    found = await known_from(connection, [connection.cookies.get(SIGNED_IN_COOKIE, "")])
    return found.person if found else None


Citizen = Annotated[Known, Depends(told_as("citizen with an open list", _citizen))]
OwnerByBearer = Annotated[bytes | None, Depends(owner_by_bearer)]
OwnerByCookie = Annotated[bytes | None, Depends(owner_by_cookie)]
