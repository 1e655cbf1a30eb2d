"""The page of a window's screen: registered for one window of one hall, and never another's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kernel.devices import add_device

if TYPE_CHECKING:
    import httpx2

    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity


@pytest.fixture
def tokens(sqlite_parts: Parts, sqlite_city: SmallCity) -> dict[str, str]:
    """The screens above windows 1 and 2, by label."""

    def registered(label: str) -> str:
        return sqlite_parts.database.write_now(
            add_device, sqlite_city.hall, kind="window", name=label, vault=sqlite_parts.vault, window=label
        )

    return {label: registered(label) for label in ("1", "2")}


async def test_a_screen_is_registered_and_the_token_leaves_the_address(
    sqlite_client: httpx2.AsyncClient, tokens: dict[str, str]
) -> None:
    led = await sqlite_client.get(f"/window/H1/2?device={tokens['2']}")
    assert (led.status_code, led.headers["location"]) == (303, "/window/H1/2")
    shown = await sqlite_client.get("/window/H1/2")
    assert shown.status_code == 200
    assert 'data-window="2"' in shown.text


async def test_a_screen_shows_its_own_window_whatever_it_is_asked(
    sqlite_client: httpx2.AsyncClient, tokens: dict[str, str]
) -> None:
    assert (await sqlite_client.get(f"/window/H1/2?device={tokens['1']}")).status_code == 401
    await sqlite_client.get(f"/window/H1/1?device={tokens['1']}")
    led = await sqlite_client.get("/window/H1/2")
    assert (led.status_code, led.headers["location"]) == (303, "/window/H1/1")


async def test_lobby_and_window_are_not_registered_as_each_other(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, tokens: dict[str, str]
) -> None:
    assert (await sqlite_client.get(f"/window/H1/1?device={sqlite_city.tokens['lobby']}")).status_code == 401
    assert (await sqlite_client.get(f"/lobby/H1?device={tokens['1']}")).status_code == 401


@pytest.mark.parametrize("path", ["/window/H1/99", "/window/H9/1", "/window/H1/%E7%AA%97"])
async def test_a_window_that_is_not_there_has_no_page(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, path: str
) -> None:
    assert (await sqlite_client.get(path)).status_code == 404
