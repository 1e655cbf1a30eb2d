"""Around every request: a request id, one structured log line, security headers, a limit to its body."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request

from app.bodies import limited
from app.metrics import count_request
from displays.rules.embedding import frame_ancestors
from kernel.clock import monotonic
from kernel.origin import ADDRESS_LIMIT, Origin, coming_from

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from kernel.settings import Settings

log = structlog.get_logger("access")

REQUEST_ID = "x-request-id"
CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
)


def add_middleware(app: FastAPI, settings: Settings, broken: Callable[[Request], Response]) -> None:
    """Add what surrounds every request; ``broken`` answers one that ended in an error of ours.

    It is answered here and not further out, or the answer would go without its id and its headers, and the
    log would have a bare trace instead of a line.
    """
    app.add_middleware(
        _Around, hsts=settings.secure_cookies, embedders=tuple(settings.embed_origins), broken=broken
    )


class _Around:
    """Plain ASGI: Starlette's ``BaseHTTPMiddleware`` would run each request in a task of its own."""

    def __init__(
        self, app: ASGIApp, *, hsts: bool, embedders: tuple[str, ...], broken: Callable[[Request], Response]
    ) -> None:
        self._app, self._hsts, self._embedders, self._broken = app, hsts, embedders, broken

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        client = scope.get("client")
        with coming_from(Origin(address=client[0][:ADDRESS_LIMIT] if client else "")):
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        request, started = Request(scope), monotonic()
        request_id = _request_id(request)
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                frames = frame_ancestors(scope["path"], self._embedders)
                headers = MutableHeaders(scope=message)
                _complete(headers, request_id, frames, hsts=self._hsts)
                if scope["path"].startswith("/api/"):
                    # Most of it is about people or for staff, and all of it is old the next minute.
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, limited(scope, receive), sending)
            except Exception:
                log.exception("an error of ours", method=request.method, route=_route(request))
                if status:  # half of an answer is out: only the line can be cut
                    raise
                await self._broken(request)(scope, receive, sending)
            _log(request, status, started)


def _request_id(request: Request) -> str:
    """Return the caller's request id if it is a sane one, else a new one."""
    given = request.headers.get(REQUEST_ID, "")
    return given if 0 < len(given) <= 64 and given.isalnum() else uuid4().hex


def _log(request: Request, status: int, started: float) -> None:
    seconds, route = monotonic() - started, _route(request)
    count_request(request.method, route, status, seconds)
    log.info("request", method=request.method, route=route, status=status, ms=round(seconds * 1000, 1))


def _route(request: Request) -> str:
    """Return the route's pattern, never the URL: capability tokens and positions stay out of the log."""
    return str(getattr(request.scope.get("route"), "path", "(no route)"))


def _complete(headers: MutableHeaders, request_id: str, frames: str, *, hsts: bool) -> None:
    headers[REQUEST_ID] = request_id
    headers.setdefault("Content-Security-Policy", CONTENT_POLICY + frames)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "geolocation=(self), camera=(), microphone=()")
    if hsts:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
