"""A queue has one colour in its hall, also on pages that leave other queues out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from kernel.web.access import STAFF_COOKIE
from tests.conftest import bearer
from tests.support.errands import take_offer

if TYPE_CHECKING:
    import httpx2

    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

BADGE = re.compile(r'class="queue-badge([^"]*)">([A-Z])<')
A, B = (" queue-badge--1", "A"), (" queue-badge--2", "B")


async def badges(client: httpx2.AsyncClient, address: str) -> list[tuple[str, str]]:
    """Return each badge of a page: its further classes and its letter."""
    answer = await client.get(address)
    assert answer.status_code == 200, answer.text
    return BADGE.findall(answer.text)


async def test_a_queue_keeps_its_colour_where_another_one_is_left_out(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    sqlite_client.headers.update(bearer(sqlite_city.tokens["kiosk"]))
    both_of_a = "service=id-card&service=household"
    assert await badges(sqlite_client, "/kiosk/H1") == [A, B]
    assert await badges(sqlite_client, f"/kiosk/H1/visit/more?{both_of_a}") == [B]
    assert await badges(sqlite_client, "/kiosk/H1/visit/more?service=id-card&queue=A") == [A]
    assert await badges(sqlite_client, "/kiosk/H1/visit?service=id-card&service=insurance") == [A, B]


@pytest.mark.parametrize("code", ["id-card", "insurance"])
async def test_the_help_desk_sees_the_colours_of_the_screens(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, sqlite_parts: Parts, code: str
) -> None:
    for other in {"id-card", "household", "insurance"} - {code}:
        take_offer(sqlite_parts.database, sqlite_city, other)
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["manager"])
    assert await badges(sqlite_client, "/staff/halls/H1/book") == [B if code == "insurance" else A]
