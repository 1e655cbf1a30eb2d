"""How much a request may bring: what is larger is refused before it is all in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from kernel.errors import Refusal

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope

TOO_LARGE = 413
LONGEST_BODY = (
    4 * 1024 * 1024
)  # bytes; our largest, a window plan of five thousand entries, takes one of them


class BodyTooLarge(Refusal):
    code, status, title = "body-too-large", TOO_LARGE, "The request brings more than is taken at once."
    help = "Send it in parts; `most_bytes` is what one request may bring."
    help_on_page = "What was typed is too long. Shorten it and send it again."


def limited(scope: Scope, receive: Receive) -> Receive:
    """Return ``receive`` that ends a body of more than ``LONGEST_BODY``, by its word or by what comes.

    It raises what FastAPI lets through while it reads a body; any refusal of ours would count as JSON that
    cannot be read. Routes that read no body never ask.
    """
    come = 0

    async def receiving() -> Message:
        nonlocal come
        if _declared(scope) > LONGEST_BODY:
            raise HTTPException(TOO_LARGE)
        message = await receive()
        come += len(message.get("body", b""))
        if come > LONGEST_BODY:
            raise HTTPException(TOO_LARGE)
        return message

    return receiving


def _declared(scope: Scope) -> int:
    """Return how long the body is by its own word; 0 without one that can be read."""
    said = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    return int(said) if said.isdigit() else 0
