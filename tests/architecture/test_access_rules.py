"""Every route and websocket names who may use it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.routing import BaseRoute

from app.main import create_app
from kernel.web.access import Public


def rules_of(dependant: Dependant) -> Iterator[str]:
    for inner in dependant.dependencies:
        rule = getattr(inner.call, "access_rule", None)
        if rule is not None:
            yield rule
        yield from rules_of(inner)


def routes_of(app: FastAPI) -> Iterator[BaseRoute]:
    """Yield every route, those of included routers too, whichever way this FastAPI keeps them."""
    todo = list(app.routes)
    while todo:
        route = todo.pop(0)
        included = getattr(route, "original_router", None)
        if included is None:
            yield route
        else:
            todo.extend(included.routes)


def unruled(app: FastAPI) -> list[str]:
    """Return the routes without exactly one access rule."""
    return [
        f"{route.path}: {rules}"
        for route in routes_of(app)
        if isinstance(route, (APIRoute, APIWebSocketRoute))
        and len(rules := list(rules_of(route.dependant))) != 1
    ]


@pytest.fixture
def app(sqlite_parts: Any) -> FastAPI:
    return create_app(sqlite_parts)


def test_every_route_has_exactly_one_access_rule(app: FastAPI) -> None:
    assert len([route for route in routes_of(app) if isinstance(route, APIRoute)]) > 60
    assert unruled(app) == []


def test_a_route_without_a_rule_is_noticed(app: FastAPI) -> None:
    router = APIRouter()

    @router.get("/open-door")
    def open_door() -> str:
        return "anyone"

    @router.get("/two-rules", dependencies=[Public, Public])
    def two_rules() -> str:
        return "which"

    app.include_router(router)
    assert [entry.split(":")[0] for entry in unruled(app)] == ["/open-door", "/two-rules"]


def test_the_only_other_route_is_the_description_of_the_api(app: FastAPI) -> None:
    others = [
        getattr(route, "path", repr(route))
        for route in routes_of(app)
        if not isinstance(route, (APIRoute, APIWebSocketRoute))
    ]
    assert sorted(others) == ["/openapi.json"]
