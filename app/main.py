"""``create_app``: the parts in, the real app out. Tests build the same app with parts of their own."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

import displays.http
from app.away import say_why
from app.bodies import LONGEST_BODY, TOO_LARGE, BodyTooLarge
from app.city import keep_city
from app.description import DescribedApp
from app.health import Readiness
from app.jobs import JobDispatcher
from app.lasting import lasting
from app.messages import Sender
from app.metrics import Metrics
from app.middleware import add_middleware
from app.misses import Misses
from app.offers import Offers
from app.others_things import as_unknown
from app.relay import Relay
from app.retention import Retention
from app.rounds import Rounds
from app.routers import ROUTERS
from app.waits import EstimatorLane, WaitsListener, learn_first
from app.webhooks import Courier, Webhooks
from app.wiring import JOB_RESULTS, QUICK_JOBS
from booking.licences.port import licence_system_of
from booking.messages.gateway import gateway_of
from booking.travelling import router_of
from displays import mine_sign_in, staff_sso
from displays.hub import Hub
from kernel.errors import Busy, Invalid, NotFound, Refusal
from kernel.i18n import choose_locale
from kernel.web.problems import problem_response
from kernel.web.routes import take_over

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request

    from kernel.openid import Provider
    from kernel.web.parts import Parts


def _providers(parts: Parts) -> tuple[Provider | None, Provider | None]:
    """Return who vouches for staff and who for citizens, where the installation has such providers."""
    staff, citizens = parts.settings.sso, parts.settings.citizen_sign_in
    if staff is None and citizens is None:
        return None, None
    from kernel.openid_client import OpenIdProvider  # noqa: PLC0415 - a quarter of a second

    return (
        OpenIdProvider(staff, parts.vault, back=staff.origin + staff_sso.BACK_PATH) if staff else None,
        OpenIdProvider(
            citizens,
            parts.vault,
            back=citizens.origin + mine_sign_in.BACK_PATH,
            sealed_for=mine_sign_in.SEALED_FOR,
            asks_anew=citizens.ask_anew,
        )
        if citizens
        else None,
    )


def create_app(parts: Parts) -> FastAPI:
    """Return the app over these parts; its background tasks live as long as its lifespan."""
    app = DescribedApp(
        title="Jinban 近办",
        version="0.1.0",
        summary="Nearest hall, shortest wait: queueing and appointments of a whole city.",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.parts = parts
    app.state.hub = Hub(parts.database, parts.bus, parts.clock)
    app.state.readiness = Readiness(parts.database)
    app.state.metrics = Metrics(parts, app.state.hub)
    app.state.roads = router_of(parts.settings, parts.clock.now)
    app.state.sso, app.state.citizen_sign_in = _providers(parts)
    app.state.licences = licence_system_of(parts.settings.licences, parts.clock.now, parts.vault)
    app.state.gateway = gateway_of(parts.settings.messages, parts.clock.now)
    add_middleware(app, parts.settings, lambda request: _answer(request, InternalError()))
    _render_refusals(app)
    take_over(app, *ROUTERS)
    displays.http.mount_static(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Start the relay, the hub, the rounds and, where the settings ask for it, the worker."""
    parts: Parts = app.state.parts
    relay = Relay(parts.database, parts.bus, parts.clock)
    rounds = Rounds(parts.database, parts.clock, parts.vault)
    parts.database.on_commit(relay.wake, asyncio.get_running_loop())
    async with AsyncExitStack() as stack:
        stack.push_async_callback(parts.bus.close)
        stack.push_async_callback(app.state.hub.close)
        stack.push_async_callback(app.state.roads.aclose)
        if app.state.licences is not None:
            stack.push_async_callback(app.state.licences.aclose)
        if app.state.gateway is not None:
            stack.push_async_callback(app.state.gateway.aclose)
        if parts.settings.run_worker:
            dispatcher = JobDispatcher(parts, JOB_RESULTS, QUICK_JOBS)
            await stack.enter_async_context(dispatcher)
            await learn_first(parts)
        async with asyncio.TaskGroup() as tasks:
            work: dict[str, Callable[[], Awaitable[None]]] = {
                "relay": relay.run,
                "rounds": rounds.run,
                "retention": Retention(parts).run,
                "offers": Offers(parts).run,
                "misses": Misses(parts).run,
                "messages": Sender(parts, app.state.gateway).run,
                "waits": WaitsListener(parts.bus).run,
                "city": partial(keep_city, parts.database),
            }
            if parts.settings.run_worker:
                work["estimator"] = EstimatorLane(parts.bus).run
                work["webhooks"] = Webhooks(parts, Courier()).run
            running = [tasks.create_task(lasting(name, run)) for name, run in work.items()]
            yield
            for task in running:
                task.cancel()


def _render_refusals(app: FastAPI) -> None:
    @app.exception_handler(Refusal)
    async def refusal(request: Request, refused: Refusal) -> Response:
        if isinstance(refused, Busy):
            say_why(refused)
        return _answer(request, as_unknown(refused, request.path_params))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, failure: RequestValidationError) -> Response:
        return _answer(request, RequestInvalid(fields=[_field(error) for error in failure.errors()]))

    @app.exception_handler(HTTPException)
    async def plain(request: Request, failure: HTTPException) -> Response:
        if failure.status_code == NotFound.status or _asked_for_a_step(request, failure):
            return _answer(request, NotFound())
        if failure.status_code == 400:  # a body whose bytes are no text: said as of any that cannot be read
            return _answer(request, RequestInvalid(fields=["body: cannot be read"]))
        if failure.status_code == TOO_LARGE:
            return _answer(request, BodyTooLarge(most_bytes=LONGEST_BODY))
        response: Response = JSONResponse(
            {"type": "about:blank", "title": failure.detail, "status": failure.status_code},
            failure.status_code,
            media_type="application/problem+json",
            headers=failure.headers,
        )
        return response


def _asked_for_a_step(request: Request, failure: HTTPException) -> bool:
    """Return whether somebody opened the address of a form's step, as a shared or remembered link does."""
    return failure.status_code == 405 and request.method == "GET" and _is_for_people(request)


def _field(error: Any) -> str:
    """Return where and why, never the value that was sent: it may be personal."""
    return f"{'.'.join(str(part) for part in error['loc'])}: {error['msg']}"


class RequestInvalid(Invalid):
    code, title = "request-invalid", "The request is not complete or has fields that cannot be right."
    help = "The field list names what to change; /docs describes every request."
    help_on_page = "Something in the address or the form is missing or too long. Go back and try again."


class InternalError(Busy):
    code, status, title = "internal-error", 500, "Something went wrong on our side; nothing was changed."


def _answer(request: Request, refused: Refusal) -> Response:
    locale = choose_locale(
        request.headers.get("accept-language", ""), chosen=request.cookies.get("jinban_lang")
    )
    if _is_for_people(request):
        return displays.http.problem_page(request, refused)
    return problem_response(refused, locale=locale, instance=request.url.path)


def _is_for_people(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")
