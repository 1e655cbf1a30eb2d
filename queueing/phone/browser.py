"""Which browser asks: a random cookie of its own, and nothing else about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kernel.secrets import new_token

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

COOKIE = "jinban_phone"
LASTS_S = 24 * 3600  # a number lives for a day at most
_ONE_OF_OURS = re.compile(r"[A-Za-z0-9_-]{22}")


def browser_of(request: Request) -> str:
    """Return the browser's word: the one it brought, else a new one, which ``remember`` then gives it."""
    known = request.cookies.get(COOKIE, "")
    return known if _ONE_OF_OURS.fullmatch(known) else new_token()


def remember(answer: Response, browser: str, *, secure: bool) -> None:
    """Let the browser keep its word."""
    answer.set_cookie(COOKIE, browser, max_age=LASTS_S, httponly=True, samesite="lax", secure=secure)
