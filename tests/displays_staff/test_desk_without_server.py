"""What a desk's worker keeps is all that a desk is made of."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from displays.rendering import assets, assets_digest
from displays.staff_desk_away import PARTS, WORKER
from tests.conftest import bearer

if TYPE_CHECKING:
    import httpx2

    from tests.support.small_city import SmallCity

IMPORTS = re.compile(r'from "(\.[^"]+)"')


def modules_of(name: str, found: set[str]) -> set[str]:
    """Return a module and all that it imports."""
    if name in found:
        return found
    found.add(name)
    for own in IMPORTS.findall(assets()[name].content.decode()):
        modules_of(posixpath.normpath(posixpath.join(posixpath.dirname(name), own)), found)
    return found


def test_the_worker_keeps_every_module_of_the_desk() -> None:
    needed = set[str]()
    for first in ("staff/desk.js", "staff/session.js", "js/page.js"):
        modules_of(first, needed)
    assert {name for name in PARTS if name.endswith(".js")} == needed


async def test_the_worker_is_served_to_staff_and_changes_with_the_assets(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    answer = await sqlite_client.get("/staff/windows/worker.js", headers=bearer(sqlite_city.tokens["clerk1"]))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert f'VERSION = "{assets_digest()}"' in answer.text
    assert assets()[WORKER].content.decode() in answer.text
    assert (await sqlite_client.get("/staff/windows/worker.js")).status_code in (303, 401)
