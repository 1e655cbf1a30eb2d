"""A browser that is away at an identity provider: the cookie that has to come back with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kernel.openid import AWAY

if TYPE_CHECKING:
    from starlette.responses import Response

    from kernel.openid import Leaving

LONGEST_WAY_BACK = 400  # characters, six bytes each at worst: it lies in the cookie, and browsers keep 4096


@dataclass(frozen=True, slots=True)
class JourneyCookie:
    """The cookie of one kind of sign-in, sent along below its ``path`` alone."""

    name: str
    path: str

    def keep(self, answer: Response, leaving: Leaving, *, secure: bool) -> Response:
        """Keep what has to come back; Lax, since the provider's page leads back by a link."""
        answer.set_cookie(
            self.name,
            leaving.sealed,
            max_age=int(AWAY.total_seconds()),
            path=self.path,
            httponly=True,
            samesite="lax",
            secure=secure,
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def end(self, answer: Response, *, secure: bool) -> Response:
        """Take the cookie away from whoever is back."""
        answer.delete_cookie(self.name, path=self.path, httponly=True, samesite="lax", secure=secure)
        answer.headers["Cache-Control"] = "no-store"
        answer.headers["Referrer-Policy"] = "no-referrer"  # the address holds the provider's code
        return answer
