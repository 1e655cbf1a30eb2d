"""Whoever has a line of IPv6 has all its addresses: limits count the line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import pytest

from app.main import create_app
from kernel.web.callers import counted_as
from queueing.phone.limits import WRONG_CODES_PER_ADDRESS

if TYPE_CHECKING:
    from kernel.web.parts import Parts


@pytest.mark.usefixtures("sqlite_city")
async def test_other_addresses_of_the_same_line_guess_no_further(sqlite_parts: Parts) -> None:
    app = create_app(sqlite_parts)

    async def tries(address: str) -> int:
        transport = httpx2.ASGITransport(app=app, client=(address, 1))
        async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as client:
            return (await client.post("/here", data={"digits": "1"})).status_code

    said = [await tries(f"2001:db8:0:7::{n:x}") for n in range(WRONG_CODES_PER_ADDRESS + 1)]
    assert (set(said[:-1]), said[-1]) == ({410}, 429)
    assert await tries("2001:db8:0:8::1") == 410, "a neighbour's line"


@pytest.mark.parametrize("address", ["", "unix", "fe80::1%eth0", "1.2.3", "::1"])
def test_whatever_the_server_says_of_an_address_is_counted_as_something(address: str) -> None:
    assert isinstance(counted_as(address), str)
