"""Forms of citizens: once per hidden key, whatever is pressed twice, reloaded or sent again.

Nobody is signed in on these pages: the capability token in the address or the form is the right to act, so
there is no session that another site could misuse.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, ParamSpec, TypeVar

from fastapi import Form

from kernel.idempotency import Intention, once
from kernel.ids import uuid7
from kernel.web.parts import parts

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import BaseModel
    from sqlmodel import Session
    from starlette.requests import Request

P = ParamSpec("P")
T = TypeVar("T")

Key = Annotated[str, Form(min_length=16, max_length=80, alias="key")]


class FormOnce:
    """One intention of one form; ``asked`` is what makes two forms with one key the same."""

    def __init__(self, request: Request, key: str, *asked: str) -> None:
        self._parts = parts(request)
        scope = self._parts.vault.digest("form", field="idempotency.scope").hex()
        said = "\x00".join((request.url.path, *asked)).encode()
        self._intention = Intention(scope, key, hashlib.sha256(said).digest())

    async def write(
        self,
        answer: Callable[[T], BaseModel],
        use_case: Callable[Concatenate[Session, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> dict[str, Any]:
        """Run the use case and return its answer as JSON; a repeat of the form gets the stored one."""
        here = self._parts

        def unit(session: Session) -> bytes:
            return once(
                session,
                self._intention,
                lambda inner: answer(use_case(inner, *args, **kwargs)).model_dump_json().encode(),
                vault=here.vault,
                now=here.clock.now(),
            )

        stored: dict[str, Any] = json.loads(await here.database.write(unit))
        return stored


def new_key() -> str:
    """Return a key for one form: every press of its button says the same."""
    return uuid7().hex
