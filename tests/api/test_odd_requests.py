"""Whatever is asked, the API answers with something it describes, and never with an error of ours."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid4

import httpx2
import pytest
from fastapi import APIRouter
from starlette.responses import Response

from app.main import create_app
from kernel.web.access import STAFF_COOKIE, Public
from tests.conftest import bearer
from tests.support.odd_requests import Maker, Request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from fastapi import FastAPI

    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

# These would sign out whoever asks; the others tell of the process, not of what was sent.
LEFT_OUT = ("/api/v1/sessions", "/metrics")
# Said by what stands around every route: who asks, what is asked for, how much.
ALWAYS = {"401", "403", "422", "429"}
HTML = {"Accept": "text/html", "Accept-Language": "en"}
BEYOND = ("0001-01-01", "9999-12-31")


def known(city: SmallCity) -> dict[str, list[str]]:
    """Values that are there, by a part of the field's name."""
    return {
        "code": ["H1", "H2", "T1"],
        "hall": ["H1"],
        "service": list(city.services),
        "window": [str(own) for own in city.windows],
        "queue": [str(city.queue_a), str(city.queue_b)],
        "staff_id": [str(own.id) for own in city.clerks],
        "phone": ["13800138000"],
        "name": ["王小明"],
    }


@asynccontextmanager
async def asking(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://testserver") as client,
    ):
        yield client


async def ask(client: httpx2.AsyncClient, own: Request, token: str) -> httpx2.Response:
    headers = {**bearer(token), "Idempotency-Key": uuid4().hex}
    return await client.request(own.method, own.path, params=own.query, json=own.body, headers=headers)


async def surprises(app: FastAPI, city: SmallCity, *, each: int, seed: int) -> list[str]:
    """Return what was answered that the description does not say, or with an error of ours."""
    found = []
    async with asking(app) as client:
        description = (await client.get("/openapi.json")).json()
        for operation, own in Maker(description, known(city), seed).of_operations(each):
            if own.pattern.startswith(LEFT_OUT):
                continue
            answer = await ask(client, own, city.tokens["admin"])
            if answer.status_code == 401:
                answer = await ask(client, own, city.tokens["kiosk"])
            if is_surprise(answer, operation):
                found.append(f"{own.method} {own.pattern}: {answer.status_code} for {own}")
    return found


def is_surprise(answer: httpx2.Response, operation: Mapping[str, Any]) -> bool:
    status = str(answer.status_code)
    if status == "404" and answer.json()["code"] == "not-found":
        return False  # a part of the address was such that no route has it
    return answer.status_code >= 500 or status not in {*operation["responses"], *ALWAYS}


@pytest.mark.slow
async def test_no_request_is_answered_with_an_error_of_ours_or_what_is_not_described(
    sqlite_parts: Parts, sqlite_city: SmallCity
) -> None:
    assert await surprises(create_app(sqlite_parts), sqlite_city, each=2, seed=7) == []


async def test_a_seeded_fault_is_found(sqlite_parts: Parts, sqlite_city: SmallCity) -> None:
    app = create_app(sqlite_parts)
    faulty = APIRouter(prefix="/api/v1/faulty")

    @faulty.get("", dependencies=[Public])
    def breaks(by: int) -> Response:
        return Response(status_code=500 + by - by)

    @faulty.delete("", dependencies=[Public], status_code=204)
    def says_otherwise(by: int) -> Response:
        return Response(status_code=418 + by - by)

    app.router.routes.clear()
    app.include_router(faulty)
    app.openapi_schema = None
    app.setup()
    assert {own.split(" for ")[0] for own in await surprises(app, sqlite_city, each=2, seed=7)} == {
        "GET /api/v1/faulty: 500",
        "DELETE /api/v1/faulty: 418",
    }


@pytest.mark.drill
@pytest.mark.timeout(3000)
async def test_twenty_thousand_odd_requests(parts: Parts, city: SmallCity) -> None:
    assert await surprises(create_app(parts), city, each=130, seed=1) == []


async def test_what_lies_beyond_the_calendar_or_the_columns_is_refused(
    client: httpx2.AsyncClient, city: SmallCity
) -> None:
    client.cookies.set(STAFF_COOKIE, city.tokens["admin"])
    pages = ("/staff/audit?day=", "/staff/course?until=", "/book?hall=H1&service=id-card&from=")
    for address in (page + day for page in pages for day in BEYOND):
        shown = await client.get(address, headers=HTML)
        assert shown.status_code in (200, 422), address
    for day in BEYOND:
        asked = await client.get(f"/api/v1/halls/H1/slots?service=id-card&from={day}")
        assert asked.status_code in (200, 422), day
    for text in ("\x00", "a\x00b"):
        found = await client.get("/api/v1/services", params={"q": text})
        assert found.status_code in (200, 422)
        board = await client.get(f"/api/v1/halls/{quote(text)}/board")
        assert board.status_code in (404, 422)
    taken = await client.post(
        "/api/v1/halls/H1/desk-tickets",
        json={"services": ["\x00"]},
        headers={**bearer(city.tokens["clerk1"]), "Idempotency-Key": uuid4().hex},
    )
    assert taken.status_code in (404, 422)


async def test_bytes_that_are_no_text_are_refused_like_any_body_that_cannot_be_read(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    headers = {**bearer(sqlite_city.tokens["kiosk"]), "Content-Type": "application/json"}
    answer = await sqlite_client.post("/api/v1/halls/H1/tickets", content=b"0\xff4w\xfe", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "request-invalid")
    assert answer.headers["content-type"] == "application/problem+json"
