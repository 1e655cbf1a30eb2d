"""A request that brings too much is refused before it is all in memory, and what is told is not kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from starlette.exceptions import HTTPException

from app.bodies import LONGEST_BODY, limited
from tests.conftest import bearer

if TYPE_CHECKING:
    import httpx2

    from tests.support.small_city import SmallCity

TICKETS = "/api/v1/halls/H1/tickets"
PART = b" " * 65_536


def kiosk(city: SmallCity) -> dict[str, str]:
    json_body = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    return {**bearer(city.tokens["kiosk"]), **json_body}


async def test_a_body_that_is_too_large_by_its_own_word_is_refused(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    large = b'{"services": ["id-card"], "x": "' + b" " * LONGEST_BODY + b'"}'
    answer = await sqlite_client.post(TICKETS, content=large, headers=kiosk(sqlite_city))
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")
    assert answer.json()["most_bytes"] == LONGEST_BODY
    form = {"next": "/", "language": "x" * LONGEST_BODY}
    page = await sqlite_client.post("/preferences", data=form, headers={"Accept": "text/html"})
    assert page.status_code == 413
    assert "content-security-policy" in page.headers


async def test_a_body_without_end_is_not_read_to_it() -> None:
    """Through the layer itself: the client of these tests would gather all of it first."""

    async def part() -> dict[str, object]:
        return {"type": "http.request", "body": PART, "more_body": True}

    receiving = limited({"type": "http", "headers": []}, part)  # type: ignore[arg-type]
    for _ in range(LONGEST_BODY // len(PART)):
        await receiving()
    with pytest.raises(HTTPException, match="413"):
        await receiving()


@pytest.mark.parametrize("deep", [b"[" * 200_000, b'{"a":' * 200_000, b"[" * 90_000 + b"]" * 90_000])
async def test_json_that_is_nested_without_end_is_refused(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, deep: bytes
) -> None:
    answer = await sqlite_client.post(TICKETS, content=deep, headers=kiosk(sqlite_city))
    assert (answer.status_code, answer.json()["code"]) == (422, "request-invalid")


@pytest.mark.slow
async def test_no_answer_of_the_api_is_kept_on_the_way(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    paths = json.loads((await sqlite_client.get("/openapi.json")).text)["paths"]
    plain = [path.replace("{code}", "H1") for path, own in paths.items() if "get" in own]
    asked = [path for path in plain if "{" not in path and path.startswith("/api/")]
    assert len(asked) > 30
    for path in asked:
        answer = await sqlite_client.get(path, headers=bearer(sqlite_city.tokens["admin"]))
        assert (
            "no-store" in answer.headers.get("cache-control", "nothing")
            or "max-age" in (answer.headers["cache-control"])
        ), path
