"""Dates and instants at the ends of the calendar are wrong input, and no error of ours."""

from __future__ import annotations

from uuid import uuid4

import httpx2
import pytest

from tests.conftest import bearer
from tests.support.small_city import SmallCity


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("", "/api/v1/halls/H1/slots?service=id-card&from="),
        ("", "/book?hall=H1&service=id-card&from="),
        ("", "/waitlist?hall=H1&service=id-card&day="),
        ("supervisor", "/api/v1/course?by=month&until="),
        ("supervisor", "/staff/course?by=week&until="),
    ],
)
@pytest.mark.slow
async def test_a_day_that_no_calendar_has_is_wrong_input(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, who: str, path: str, day: str
) -> None:
    headers = bearer(sqlite_city.tokens[who]) if who else {}
    assert (await sqlite_client.get(f"{path}{day}", headers=headers)).status_code == 422


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
async def test_an_instant_that_no_calendar_has_is_wrong_input(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, at: str
) -> None:
    wish = {"hall": "H1", "services": ["id-card"], "starts_at": at}
    slip = {"id": str(uuid4()), "day": "2026-11-18", "number": 1, "service": "id-card"}
    for path, body, headers in (
        ("/api/v1/appointments/holds", wish, {"Idempotency-Key": "k" * 16}),
        ("/api/v1/halls/ranking", {"services": ["id-card"], "area": "城区", "depart_at": at}, {}),
        (
            "/api/v1/halls/H1/slips",
            {"slips": [{**slip, "printed_at": at, "heard_at": at}]},
            bearer(sqlite_city.tokens["kiosk"]),
        ),
    ):
        answer = await sqlite_client.post(path, json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "request-invalid"), path
