"""Who gets the worker of a desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from displays.rendering import assets, assets_digest
from displays.staff_desk_away import WORKER
from tests.conftest import bearer

if TYPE_CHECKING:
    import httpx2

    from tests.support.small_city import SmallCity


async def test_the_worker_is_served_to_staff_and_changes_with_the_assets(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    answer = await sqlite_client.get("/staff/windows/worker.js", headers=bearer(sqlite_city.tokens["clerk1"]))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert f'VERSION = "{assets_digest()}"' in answer.text
    assert assets()[WORKER].content.decode() in answer.text
    assert (await sqlite_client.get("/staff/windows/worker.js")).status_code in (303, 401)
