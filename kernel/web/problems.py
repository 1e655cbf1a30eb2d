"""Refusals as RFC 9457 problem documents, rendered here and nowhere else."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from starlette.responses import JSONResponse

from kernel.errors import Refusal
from kernel.i18n import translator

if TYPE_CHECKING:
    from kernel.errors import Fact

MEDIA_TYPE = "application/problem+json"


def problem(refusal: Refusal, *, locale: str, instance: str) -> dict[str, Any]:
    """Return the problem document of a refusal; title and help are in the reader's language."""
    say = translator(locale)
    document: dict[str, Any] = {name: _plain(fact) for name, fact in refusal.facts.items()}
    document |= {
        "type": f"/problems/{refusal.code}",
        "title": say(refusal.title),
        "status": refusal.status,
        "code": refusal.code,
        "instance": instance,
    }
    if refusal.help:
        document["help"] = say(refusal.help)
    return document


def problem_response(refusal: Refusal, *, locale: str, instance: str) -> JSONResponse:
    """Return the HTTP answer for a refusal, with ``Retry-After`` where waiting would help."""
    headers = {"Cache-Control": "no-store"}
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(max(1, round(refusal.retry_after.total_seconds())))
    return JSONResponse(
        problem(refusal, locale=locale, instance=instance),
        status_code=refusal.status,
        media_type=MEDIA_TYPE,
        headers=headers,
    )


def _plain(fact: Fact) -> Any:
    if isinstance(fact, (datetime, date)):
        return fact.isoformat()
    if isinstance(fact, timedelta):
        return fact.total_seconds()
    if isinstance(fact, Enum):
        return fact.value
    return str(fact) if isinstance(fact, UUID) else fact


def refuses(*refusals: type[Refusal]) -> dict[int | str, dict[str, Any]]:
    """Return the ``responses`` of a route that may refuse in these ways, for OpenAPI."""
    by_status: dict[int | str, dict[str, Any]] = {}
    for refusal in refusals:
        entry = by_status.setdefault(
            refusal.status,
            {"description": "", "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}},
        )
        entry["description"] = "; ".join(filter(None, [entry["description"], f"`{refusal.code}`"]))
    return by_status


def gives(media_type: str) -> dict[int | str, dict[str, Any]]:
    """Return the ``responses`` of a route that answers with a file; it also needs ``response_class``."""
    return {200: {"description": "A file", "content": {media_type: {"schema": {"type": "string"}}}}}
