"""Nobody waits and yet there is a wait: every page and screen says that it is for a free window."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from kernel.web.access import STAFF_COOKIE
from tests.conftest import bearer
from tests.support.pages import shown

if TYPE_CHECKING:
    import httpx2

    from kernel.clock import ManualClock
    from tests.support.small_city import SmallCity

FOR_WINDOW = re.compile(r"约 \d+(–\d+ 分钟后| 分钟内)有窗口空出")


async def the_only_window_is_busy(client: httpx2.AsyncClient, city: SmallCity) -> None:
    """Let window 3 serve whoever came for queue B, which it serves alone; nobody waits there."""
    for token, path, body in (
        (city.tokens["kiosk"], "halls/H1/tickets", {"services": ["insurance"]}),
        (city.tokens["clerk3"], f"windows/{city.windows[2]}/open", {}),
        (city.tokens["clerk3"], f"windows/{city.windows[2]}/call-next", {}),
    ):
        answer = await client.post(f"/api/v1/{path}", json=body, headers=bearer(token))
        assert answer.status_code < 300, answer.text


async def test_an_empty_queue_says_what_is_waited_for(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    await the_only_window_is_busy(sqlite_client, sqlite_city)
    frame: dict[str, Any] = (await sqlite_client.get("/lobby/H1/now")).json()
    line = next(own for own in frame["board"]["queues"] if own["prefix"] == "B")
    assert line["waiting"] == 0
    told = frame["told"][line["queue_id"]]
    assert FOR_WINDOW.fullmatch(told["zh"]), told
    assert told["en"].startswith("window free ")
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["manager"])
    for_staff = await shown(sqlite_client, "/staff/halls/H1/tickets")
    sqlite_client.cookies.clear()
    sqlite_client.headers.update(bearer(sqlite_city.tokens["kiosk"]))
    kiosk, confirm = "/kiosk/H1", "/kiosk/H1/queues/B/insurance"
    for page in (for_staff, await shown(sqlite_client, kiosk), await shown(sqlite_client, confirm)):
        assert re.search(rf"0 人在等 · (<strong>)?{FOR_WINDOW.pattern}", page), page


async def test_whoever_is_next_reads_it_and_whoever_comes_after_reads_the_wait_alone(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, clock: ManualClock
) -> None:
    await the_only_window_is_busy(sqlite_client, sqlite_city)
    kiosk, pages = sqlite_city.tokens["kiosk"], []
    for _ in range(2):
        clock.advance(timedelta(seconds=5))
        taken = await sqlite_client.post(
            "/api/v1/halls/H1/tickets", json={"services": ["insurance"]}, headers=bearer(kiosk)
        )
        pages.append(await shown(sqlite_client, f"/t/{taken.json()['token']}"))
    assert [bool(FOR_WINDOW.search(page)) for page in pages] == [True, False]
    assert ["ticket__wait--window" in page for page in pages] == [True, False], "set as a sentence"
