"""What a kiosk gets for the time without its server: kit, numbers, the page and the worker that keep it."""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath
from posixpath import normpath
from uuid import uuid4

import httpx2
import pytest

from displays.rendering import assets, assets_digest
from kernel.clock import ManualClock
from kernel.web.access import DEVICE_COOKIE
from tests.conftest import bearer
from tests.support.small_city import SmallCity

IMPORT = re.compile(r'^import .* from "(.+)";$', re.MULTILINE)


async def test_a_kiosk_reserves_hands_in_and_the_staff_mark_once_whatever_is_repeated(
    client: httpx2.AsyncClient, city: SmallCity, clock: ManualClock
) -> None:
    kiosk, clerk = city.tokens["kiosk"], city.tokens["clerk1"]
    kit = (await client.get("/api/v1/halls/H1/kiosk-kit", headers=bearer(kiosk))).json()
    assert [queue["prefix"] for queue in kit["queues"]] == ["A", "B"]
    asked = {"days": kit["days"][:1]}
    key = bearer(kiosk, key="reserve-once")
    blocks = [
        (await client.post("/api/v1/halls/H1/number-blocks", json=asked, headers=key)).json()
        for _ in range(2)
    ]
    assert blocks[0] == blocks[1] == {"blocks": [{"day": kit["days"][0], "first": 1, "last": 250}]}
    slip = {"id": str(uuid4()), "day": kit["days"][0], "number": 1, "service": "id-card"}
    slip |= {"printed_at": clock.now().isoformat(), "heard_at": clock.now().isoformat()}
    for _ in range(2):  # under another key each time
        answer = await client.post("/api/v1/halls/H1/slips", json={"slips": [slip]}, headers=bearer(kiosk))
        assert [(own["label"], own["merged"]) for own in answer.json()["slips"]] == [("X001", True)]
    numbers = "/api/v1/halls/H1/provisional-numbers"
    ticket = (await client.get(numbers, headers=bearer(clerk))).json()["tickets"][0]
    assert (ticket["label"], ticket["provisional"], ticket["told"]["p50"]) == ("X001", True, None)
    served = {"ticket_ids": [ticket["id"]]}
    key = bearer(clerk, key="served-once")
    for _ in range(2):
        day = (await client.post(f"{numbers}/served", json=served, headers=key)).json()
        assert day["tickets"][0]["status"] == "served_on_paper"
    foreign = await client.get(numbers, headers=bearer(city.tokens["clerk4"]))
    assert foreign.json()["code"] == "wrong-hall"
    gone = await client.post(
        f"{numbers}/put-away", json={"slip_id": slip["id"]}, headers=bearer(clerk)
    )  # it merged, so there is nothing to put away
    assert gone.json()["code"] == "slip-not-found"


async def test_the_worker_keeps_all_that_its_page_is_made_of_and_changes_with_it(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    sqlite_client.cookies.set(DEVICE_COOKIE, sqlite_city.tokens["kiosk"])
    worker = await sqlite_client.get("/kiosk/H1/worker.js")
    assert worker.headers["service-worker-allowed"] == "/kiosk/H1"
    assert worker.headers["cache-control"] == "no-cache"
    assert f'VERSION = "{assets_digest()}"' in worker.text
    kept = set(json.loads(re.findall(r"^const ASSETS = (.+);$", worker.text, re.MULTILINE)[0]))
    page = await sqlite_client.get("/kiosk/H1/away")
    needed = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text))
    needed |= {f"/static/{assets_digest()}/{name}" for name in imported_by("js/kiosk.js")}
    assert kept == needed
    for address in kept:
        assert (await sqlite_client.get(address)).status_code == 200


@pytest.mark.parametrize(
    ("home", "module"), [("/lobby/H1", "js/lobby/main.js"), ("/window/H1/1", "js/window/main.js")]
)
async def test_the_worker_of_a_screen_keeps_all_that_its_page_is_made_of(
    sqlite_client: httpx2.AsyncClient, home: str, module: str
) -> None:
    worker = await sqlite_client.get(f"{home}/worker.js")
    assert worker.headers["service-worker-allowed"] == home
    assert worker.headers["cache-control"] == "no-cache"
    assert f'HOME = "{home}"' in worker.text
    assert f'VERSION = "{assets_digest()}"' in worker.text
    kept = set(json.loads(re.findall(r"^const ASSETS = (.+);$", worker.text, re.MULTILINE)[0]))
    page = await sqlite_client.get(home)
    needed = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text))
    assert kept == needed | {f"/static/{assets_digest()}/{name}" for name in imported_by(module)}


def imported_by(name: str) -> set[str]:
    """Return the paths of all modules that a module needs, itself left out."""
    found: set[str] = set()
    for path in IMPORT.findall(assets()[name].content.decode()):
        own = normpath(PurePosixPath(name).parent / path)
        found |= {own} | imported_by(own)
    return found


async def test_worker_and_page_are_for_kiosks_of_the_hall(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    for path in ("/kiosk/H1/worker.js", "/kiosk/H1/away"):
        assert (await sqlite_client.get(path)).status_code == 401
    sqlite_client.cookies.set(DEVICE_COOKIE, sqlite_city.tokens["kiosk"])
    for path in ("/kiosk/H2/worker.js", "/kiosk/H2/away"):
        assert (await sqlite_client.get(path)).json()["code"] == "wrong-hall"
