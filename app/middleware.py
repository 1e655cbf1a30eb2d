"""Around every request: a request id, one structured log line, security headers."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import structlog

from app.metrics import count_request
from kernel.clock import monotonic

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response

    from kernel.settings import Settings

log = structlog.get_logger("access")

REQUEST_ID = "x-request-id"
CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)


def add_middleware(app: FastAPI, settings: Settings, broken: Callable[[Request], Response]) -> None:
    """Add what surrounds every request; ``broken`` answers one that ended in an error of ours.

    It is answered here and not further out, or the answer would go without its id and its headers, and the
    log would have a bare trace instead of a line.
    """

    @app.middleware("http")
    async def around(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        request_id = _request_id(request)
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = monotonic()
        try:
            try:
                response = await call_next(request)
            except Exception:
                log.exception("an error of ours", method=request.method, route=_route(request))
                response = broken(request)
            _log(request, response.status_code, started)
        finally:
            structlog.contextvars.unbind_contextvars("request_id")
        response.headers[REQUEST_ID] = request_id
        _protect(response, hsts=settings.secure_cookies)
        return response


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


def _protect(response: Response, *, hsts: bool) -> None:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "geolocation=(self), camera=(), microphone=()")
    if hsts:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
