"""Forms of citizens: once per hidden key, whatever is pressed twice, reloaded or sent again.

The capability token in the address or the form is the right to act, so there is no session that another site
could misuse. The own list has one, and its forms carry a token of it (``displays.mine_access``).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, ParamSpec, TypeVar

from fastapi import Form

from booking.service.views import ID_NUMBER_FIELD
from kernel.idempotency import Intention, once
from kernel.ids import uuid7
from kernel.web.access import CsrfMissing
from kernel.web.parts import parts

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import BaseModel
    from sqlmodel import Session
    from starlette.requests import HTTPConnection, Request

    from kernel.web.parts import Parts

P = ParamSpec("P")
T = TypeVar("T")

Key = Annotated[str, Form(min_length=16, max_length=80, alias="key")]


class FormOnce:
    """One intention of one form; ``asked`` is what makes two sendings of it the same.

    Who goes back and chooses or corrects something has the old form before them, hidden key and all. So
    the key counts together with what was asked: the same again is a repeat, anything else a new intention.
    """

    def __init__(self, request: Request, key: str, *asked: str) -> None:
        self._parts = parts(request)
        scope = self._parts.vault.digest("form", field="idempotency.scope").hex()
        said = "\x00".join((request.url.path, *asked)).encode()
        fingerprint = hashlib.sha256(said).digest()
        own_key = hashlib.sha256(key.encode() + fingerprint).hexdigest()
        self._intention = Intention(scope, own_key, fingerprint)

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


def said_by(answers: Any, here: Parts) -> tuple[str, ...]:
    """Return what makes two sendings of a form the same; an ID number only as a keyed hash.

    ``answers`` is a dataclass. Of a number alone a plain hash is undone by trying all numbers.
    """
    return tuple(
        here.vault.digest(value, field=ID_NUMBER_FIELD).hex() if name == "id_number" else str(value)
        for name, value in asdict(answers).items()
    )


def new_key() -> str:
    """Return a key for one form: every press of its button says the same."""
    return uuid7().hex


def refuse_foreign_forms(connection: HTTPConnection) -> None:
    """Raise ``CsrfMissing`` for a sign-in that another site's page sends; there is no session to ask yet."""
    if connection.headers.get("sec-fetch-site", "same-origin") in {"cross-site", "same-site"}:
        raise CsrfMissing
