"""The supervisor's page of the trail: by hall, person and day; no citizen shows through it."""

from __future__ import annotations

import httpx2
import pytest

from displays.rules.trail_words import ROLES, WHAT
from kernel.audit import note
from kernel.i18n import translator
from kernel.web.access import STAFF_COOKIE
from kernel.web.parts import Parts
from tests.conftest import bearer
from tests.support.small_city import SmallCity

HTML = {"Accept": "text/html", "Accept-Language": "en"}


async def shown(client: httpx2.AsyncClient, city: SmallCity, query: str = "", who: str = "supervisor") -> str:
    client.cookies.set(STAFF_COOKIE, city.tokens[who])
    answer = await client.get(f"/staff/audit{query}", headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer.text.split("<tbody>")[1].split("</tbody>")[0]


async def test_looks_are_found_by_hall_person_and_day(
    client: httpx2.AsyncClient, parts: Parts, city: SmallCity
) -> None:
    for who, hall in ((city.clerks[0], city.hall), (city.other_clerk, city.other_hall)):
        await parts.database.write(
            note, "look.desk", by=who, hall_id=hall, at=parts.clock.now(), detail={"window": "7"}
        )
    await shown(client, city)  # that the trail was opened stands in it for the next who looks
    day = await shown(client, city)
    assert day.count("opened the desk of a window") == 2
    assert day.count("opened this audit trail") == 1
    assert (await shown(client, city, "?hall=H1")).count("<tr>") == 1
    person = await shown(client, city, f"?person={city.other_clerk.id}")
    assert person.count("<tr>") == 1
    assert "H2 Government" in person
    assert (await shown(client, city, "?day=2026-11-18")).count("opened the desk of a window") == 2
    assert "Nothing was looked at" in await shown(client, city, "?day=2026-11-17&hall=&person=")


async def test_what_an_operator_typed_and_whom_it_was_about_is_not_shown(
    client: httpx2.AsyncClient, parts: Parts, city: SmallCity
) -> None:
    await parts.database.write(
        note, "privacy.export", by=city.supervisor, hall_id=city.hall, at=parts.clock.now(),
        subject="0198a3c1-0000-7000-8000-0123456789ab", detail={"reason": "13800138000"},
    )  # fmt: skip
    day = await shown(client, city)
    assert "exported one person" in day
    assert "13800138000" not in day
    assert "…456789ab" in day


def test_whatever_the_trail_tells_has_its_chinese() -> None:
    say = translator("zh")
    assert [text for text in (*WHAT.values(), *ROLES.values()) if say(text) == text] == []


@pytest.mark.parametrize(("who", "status"), [("clerk1", 403), ("manager", 403), ("admin", 200)])
async def test_only_supervisors_and_administrators_see_the_trail(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, who: str, status: int
) -> None:
    headers = bearer(sqlite_city.tokens[who]) | HTML
    assert (await sqlite_client.get("/staff/audit", headers=headers)).status_code == status
