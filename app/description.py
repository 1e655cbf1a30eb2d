"""The description of the API (``/openapi.json``), completed by what stands around every route."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from app.bodies import BodyTooLarge
from kernel.errors import Busy, NotSignedIn
from kernel.identity import WrongRole
from kernel.web.problems import MEDIA_TYPE, refuses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi.dependencies.models import Dependant

# What FastAPI says of a request that cannot be read; ours is a problem document like any other refusal.
_THEIRS = ("HTTPValidationError", "ValidationError")
_OPEN = frozenset({"public", "holder of a capability token"})


class DescribedApp(FastAPI):
    """An app whose description says of every route who is refused and how, and that all may be busy."""

    def openapi(self) -> dict[str, Any]:
        """Return the description; it is made once."""
        if self.openapi_schema is None:
            description = super().openapi()
            for route in self.routes:
                if isinstance(route, APIRoute) and route.include_in_schema:
                    _complete(route, description["paths"][route.path_format])
            for name in _THEIRS:
                description.get("components", {}).get("schemas", {}).pop(name, None)
        return self.openapi_schema or {}


def _complete(route: APIRoute, item: dict[str, Any]) -> None:
    around = dict(refuses(Busy))
    if _OPEN.isdisjoint(_rules(route.dependant)):
        around |= refuses(NotSignedIn, WrongRole)
    for method in route.methods or ():
        told = item[method.lower()]["responses"]
        if "422" in told and MEDIA_TYPE not in told["422"].get("content", {}):
            told["422"] = {
                "description": "`request-invalid`",
                "content": {MEDIA_TYPE: {"schema": {"type": "object"}}},
            }
        if "requestBody" in item[method.lower()]:
            told.setdefault(str(BodyTooLarge.status), refuses(BodyTooLarge)[BodyTooLarge.status])
        for status, entry in around.items():
            told.setdefault(str(status), entry)


def _rules(dependant: Dependant) -> Iterator[str]:
    for inner in dependant.dependencies:
        rule = getattr(inner.call, "access_rule", None)
        if rule is not None:
            yield rule
        yield from _rules(inner)
