"""``Idempotency-Key`` for routes: ``await once.write(answer, use_case, ...)``."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Annotated, Concatenate, ParamSpec, TypeVar

from fastapi import Depends
from pydantic import BaseModel
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from kernel.idempotency import Intention, KeyMissing, once
from kernel.web.access import DEVICE_COOKIE, STAFF_COOKIE
from kernel.web.parts import Parts, parts

P = ParamSpec("P")
T = TypeVar("T")

KEY_HEADER = "idempotency-key"
KEY_LENGTH = 80


class OnceWriter:
    """Runs a use case and stores its answer under the request's key in one unit of work."""

    def __init__(self, here: Parts, intention: Intention) -> None:
        self._parts = here
        self._intention = intention

    async def write(
        self,
        answer: Callable[[T], BaseModel],
        use_case: Callable[Concatenate[Session, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Response:
        """Return the answer as JSON; the first time by doing the work, later from the store."""

        def unit(session: Session) -> bytes:
            return once(
                session,
                self._intention,
                lambda inner: answer(use_case(inner, *args, **kwargs)).model_dump_json().encode(),
                vault=self._parts.vault,
                now=self._parts.clock.now(),
            )

        body = await self._parts.database.write(unit)
        return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})


async def _once(request: Request) -> OnceWriter:
    key = request.headers.get(KEY_HEADER, "")
    if not 0 < len(key) <= KEY_LENGTH:
        raise KeyMissing(max_length=KEY_LENGTH)
    here = parts(request)
    who = (
        request.headers.get("authorization")
        or request.cookies.get(STAFF_COOKIE)
        or request.cookies.get(DEVICE_COOKIE)
        or ""
    )
    body = await request.body()
    asked = f"{request.method} {request.url.path}?{request.url.query}".encode()
    scope = here.vault.digest(who, field="idempotency.scope").hex()
    # Under the token key: of a body that is hardly more than an ID number all can be tried.
    said = here.vault.digest(hashlib.sha256(asked + b"\x00" + body).hexdigest(), field="idempotency.asked")
    return OnceWriter(here, Intention(scope, key, said))


Once = Annotated[OnceWriter, Depends(_once)]
