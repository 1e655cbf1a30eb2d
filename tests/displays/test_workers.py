"""A worker keeps all that its pages are made of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from displays.rendering import LANGUAGE_COOKIE, asset_url, assets
from displays.workers import with_imports
from kernel.web.access import DEVICE_COOKIE, STAFF_COOKIE

if TYPE_CHECKING:
    import httpx2

    from tests.support.small_city import SmallCity

NAMED = re.compile(r'(?:src|href)="(/static/[^"]+)"')
PAGES = {
    "desk": ("/staff/windows/{window}", "/staff/windows/worker.js"),
    "kiosk": ("/kiosk/H1/away", "/kiosk/H1/worker.js"),
    "lobby": ("/lobby/H1", "/lobby/H1/worker.js"),
    "ticket": ("/t/away", "/t/worker.js"),
    "window": ("/window/H1/1", "/window/H1/1/worker.js"),
}


def test_imports_are_followed_through_modules_once() -> None:
    desk = with_imports("css/base.css", "staff/desk.js")
    assert desk[0] == "css/base.css"
    assert {"staff/away/keep.js", "staff/desk_reach.js", "staff/api.js"} < set(desk)
    assert len(desk) == len(set(desk))
    with pytest.raises(KeyError):
        with_imports("staff/no-such.js")


@pytest.mark.parametrize("kind", PAGES)
@pytest.mark.slow
async def test_whatever_a_page_names_and_imports_its_worker_keeps(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, kind: str
) -> None:
    cookies = {
        STAFF_COOKIE: sqlite_city.tokens["clerk1"],
        DEVICE_COOKIE: sqlite_city.tokens["kiosk"],
        LANGUAGE_COOKIE: "en",
    }
    headers = {"cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    page, worker = (path.format(window=sqlite_city.windows[0]) for path in PAGES[kind])
    shown = await sqlite_client.get(page, headers=headers)
    script = await sqlite_client.get(worker, headers=headers)
    assert (shown.status_code, script.status_code) == (200, 200)
    names = {asset_url(name): name for name in assets()}
    named = [names[url] for url in NAMED.findall(shown.text)]
    assert any(name.endswith(".js") for name in named)
    missing = [name for name in with_imports(*named) if asset_url(name) not in script.text]
    assert missing == []
