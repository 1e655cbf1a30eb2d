"""Where a list of halls starts from, that back leads to the same list, and the rule that is published."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete

from booking.city import forget_city
from geo.rules.ranking import DEFAULT_POLICY
from kernel.tables import HallServiceRow

if TYPE_CHECKING:
    import httpx2
    from sqlmodel import Session

    from kernel.clock import ManualClock
    from kernel.web.parts import Parts

FIRST = re.compile(r'hall__name">([^<]+)')


async def start_of(client: httpx2.AsyncClient, address: str) -> str:
    """Return what the list says it starts from."""
    page = (await client.get(address)).text
    chosen = re.search(r'<select class="select" id="near".*?</select>', page, re.DOTALL)
    assert chosen is not None
    picked = re.search(r"<option[^>]* selected>([^<]+)<", chosen[0])
    assert picked is not None
    return picked[1]


async def test_a_hall_chosen_after_a_place_was_typed_is_where_one_starts(
    sqlite_client: httpx2.AsyncClient,
) -> None:
    typed = "/halls?service=id-card&near=H1&was=H1&area=H2区"
    assert await start_of(sqlite_client, typed) == "H2区"
    assert (await start_of(sqlite_client, "/halls?service=id-card&near=H1&area=H2区&was_area=H2区"))[
        :2
    ] == "H1"
    assert await start_of(sqlite_client, "/halls?service=id-card&near=&area=H2区&was_area=H2区") == "H2区"
    assert (await start_of(sqlite_client, "/halls?service=id-card&near=H1&was=H2"))[:2] == "H1"


async def test_the_form_says_what_it_held(sqlite_client: httpx2.AsyncClient) -> None:
    page = (await sqlite_client.get("/halls?service=id-card&area=H2区")).text
    assert 'name="was" value=""' in page
    assert 'name="was_area" value="H2区"' in page


async def test_a_start_that_nobody_chose_is_told(sqlite_client: httpx2.AsyncClient) -> None:
    told = "您还没有选择出发地"
    chinese = {"Accept-Language": "zh"}
    page = (await sqlite_client.get("/halls?service=id-card", headers=chinese)).text
    assert told in page
    assert "本市暂无办理该事项的地点" not in page
    for said in ("near=H2", "area=H2区"):
        found = await sqlite_client.get(f"/halls?service=id-card&{said}", headers=chinese)
        assert told not in found.text
    position = {"service": "id-card", "lat": "22.97", "lon": "115.33"}
    assert told not in (await sqlite_client.post("/halls", data=position, headers=chinese)).text


async def test_back_from_the_times_leads_to_the_same_list(sqlite_client: httpx2.AsyncClient) -> None:
    page = (await sqlite_client.get("/halls?service=id-card&area=H2区&mode=walk&sort=distance")).text
    first = FIRST.search(page)
    book = re.search(r'href="(/book\?[^"]+)"', page)
    assert first is not None
    assert book is not None
    times = (await sqlite_client.get(html.unescape(book[1]))).text
    back = re.search(r'back-link" href="([^"]+)"', times)
    later = re.search(r'href="(/book\?[^"]+from=[^"]+)"', times)
    assert back is not None
    assert later is not None
    again = (await sqlite_client.get(html.unescape(back[1]))).text
    assert FIRST.findall(again) == FIRST.findall(page)
    assert 'value="walk" selected' in again
    assert back[0] in (await sqlite_client.get(html.unescape(later[1]))).text


async def test_the_published_rule_is_the_one_that_orders(sqlite_client: httpx2.AsyncClient) -> None:
    minutes = DEFAULT_POLICY.tie_floor.total_seconds() / 60
    share = DEFAULT_POLICY.tie_share * 100
    page = await sqlite_client.get("/halls?service=id-card", headers={"Accept-Language": "en"})
    told = f"Halls within {minutes:g} minutes or {share:g} % of each other count as equal, "
    assert told + "the one with the shorter wait first" in page.text


async def test_what_no_place_offers_is_told_at_once(
    sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts
) -> None:
    nowhere = "No place in this city offers this"
    english = {"Accept-Language": "en"}
    sqlite_parts.database.write_now(_withdraw)
    sqlite_parts.database.read_now(forget_city)
    assert nowhere in (await sqlite_client.get("/halls?service=insurance", headers=english)).text


def _withdraw(session: Session) -> None:
    session.execute(delete(HallServiceRow.__table__))  # type: ignore[attr-defined]


async def test_nobody_is_noted_as_on_the_way_to_closed_doors(
    sqlite_client: httpx2.AsyncClient, clock: ManualClock
) -> None:
    asked = "/halls?service=id-card&near=H1"
    assert "/halls/H1/going" in (await sqlite_client.get(asked)).text
    clock.advance(timedelta(hours=11))
    assert "/halls/H1/going" not in (await sqlite_client.get(asked)).text


async def test_later_days_end_where_booking_ends(sqlite_client: httpx2.AsyncClient) -> None:
    page, weeks = (
        await sqlite_client.get("/book?hall=H1&service=id-card", headers={"Accept-Language": "en"}),
        0,
    )
    while (later := re.search(r'href="(/book\?[^"]+from=[^"]+)"', page.text)) is not None:
        page, weeks = (
            await sqlite_client.get(html.unescape(later[1]), headers={"Accept-Language": "en"}),
            weeks + 1,
        )
        assert weeks < 5
    assert "Later days cannot be booked yet." in page.text
    assert weeks == 2  # two weeks ahead, seven days a page, today among them
