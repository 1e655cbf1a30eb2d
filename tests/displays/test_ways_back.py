"""Whoever goes back, is refused, or opens an old address comes to a page from which it goes on."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from kernel.tables import ServicePaperRow

if TYPE_CHECKING:
    import httpx2
    from sqlmodel import Session

    from kernel.clock import ManualClock
    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

AS_PEOPLE = {"Accept": "text/html", "Accept-Language": "en"}
SLOTS = "/book?hall=H1&service=id-card"
ELSEWHERE = "/book?hall=H2&service=insurance"
FORM_KEY = re.compile(r'name="key" value="([0-9a-f]{32})"')
START = re.compile(r'name="starts_at" value="([^"]+)"')
SWITCH_TO = re.compile(r'name="next" value="([^"]+)"')


def key_in(page: str) -> str:
    found = FORM_KEY.search(page)
    assert found is not None
    return found[1]


def starts_in(page: str) -> list[str]:
    return [html.unescape(start) for start in START.findall(page)]


async def booked(client: httpx2.AsyncClient, phone: str = "13800138000") -> str:
    """Book the first free time; return the address of the appointment's page."""
    slots = (await client.get(SLOTS)).text
    chosen = {"hall": "H1", "service": "id-card", "starts_at": starts_in(slots)[0], "key": key_in(slots)}
    form = (await client.post("/book", data=chosen)).headers["location"]
    answers = {"key": key_in((await client.get(form)).text), "name": "王小明", "phone": phone}
    answer = await client.post(form, data=answers)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def test_who_goes_back_chooses_another_time_with_the_same_form(
    sqlite_client: httpx2.AsyncClient,
) -> None:
    slots = (await sqlite_client.get(SLOTS)).text
    same = {"hall": "H1", "service": "id-card", "key": key_in(slots)}
    kept = [
        await sqlite_client.post("/book", data={**same, "starts_at": start}) for start in starts_in(slots)[:2]
    ]
    assert [answer.status_code for answer in kept] == [303, 303]
    assert kept[0].headers["location"] != kept[1].headers["location"]


@pytest.mark.slow
async def test_who_goes_back_after_booking_is_led_to_what_was_booked(
    sqlite_client: httpx2.AsyncClient,
) -> None:
    slots = (await sqlite_client.get(SLOTS)).text
    chosen = {"hall": "H1", "service": "id-card", "starts_at": starts_in(slots)[0], "key": key_in(slots)}
    form = (await sqlite_client.post("/book", data=chosen)).headers["location"]
    key = key_in((await sqlite_client.get(form)).text)
    for name, status in (("王小明", 303), ("王小明", 303), ("李四", 409)):
        answers = {"key": key, "name": name, "phone": "13800138000"}
        answer = await sqlite_client.post(form, data=answers, headers=AS_PEOPLE)
        assert answer.status_code == status, answer.text
    assert f'href="{form}"' in answer.text
    assert (await sqlite_client.get(form)).headers["location"].startswith("/a/")


async def test_another_time_for_a_kept_place_moves_it_and_leads_back_to_the_form(
    sqlite_client: httpx2.AsyncClient,
) -> None:
    slots = (await sqlite_client.get(SLOTS)).text
    chosen = {"hall": "H1", "service": "id-card", "starts_at": starts_in(slots)[0], "key": key_in(slots)}
    form = (await sqlite_client.post("/book", data=chosen)).headers["location"]
    change = form.replace("/book/", "/a/") + "/change"
    assert f'href="{change}"' in (await sqlite_client.get(form)).text
    times = (await sqlite_client.get(change)).text
    assert f'href="{form}"' in times
    moved = await sqlite_client.post(change, data={"key": key_in(times), "starts_at": starts_in(times)[-1]})
    assert (moved.status_code, moved.headers["location"]) == (303, form)


@pytest.mark.slow
async def test_a_new_time_that_is_gone_keeps_the_appointment_and_offers_others(
    sqlite_client: httpx2.AsyncClient, clock: ManualClock
) -> None:
    address = await booked(sqlite_client)
    before = re.search(r"<dd>([^<]+)<br>", (await sqlite_client.get(address)).text)
    times = (await sqlite_client.get(f"{address}/change")).text
    gone = {"key": key_in(times), "starts_at": (clock.now() - timedelta(hours=1)).isoformat()}
    answer = await sqlite_client.post(f"{address}/change", data=gone)
    assert answer.status_code == 422
    assert len(starts_in(answer.text)) == 3
    assert f'<a class="button" href="{address}">' in answer.text
    after = re.search(r"<dd>([^<]+)<br>", (await sqlite_client.get(address)).text)
    assert before is not None
    assert after is not None
    assert before[1] == after[1]
    other = {"key": key_in(answer.text), "starts_at": starts_in(answer.text)[-1]}
    moved = await sqlite_client.post(f"{address}/change", data=other)
    assert (moved.status_code, moved.headers["location"]) == (303, f"{address}?moved=true")


@pytest.fixture
async def kiosk(sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity) -> httpx2.AsyncClient:
    """A client that has registered as the first hall's kiosk."""
    await sqlite_client.get(f"/kiosk/H1?device={sqlite_city.tokens['kiosk']}")
    return sqlite_client


async def taken(kiosk: httpx2.AsyncClient) -> str:
    """Take a ticket; return the address of its page."""
    last = (await kiosk.get("/kiosk/H1/queues/A/id-card")).text
    asked = {"key": key_in(last), "service": "id-card", "priority": "false"}
    answer = await kiosk.post("/kiosk/H1/tickets", data=asked)
    return "/t/" + str(answer.headers["location"]).rsplit("/", 1)[1]


async def test_a_step_that_is_refused_leads_back_to_the_ticket(kiosk: httpx2.AsyncClient) -> None:
    ticket = await taken(kiosk)
    first, second = [key_in((await kiosk.get(ticket)).text) for _ in range(2)]
    assert (await kiosk.post(f"{ticket}/give-up", data={"key": first})).status_code == 303
    refused = await kiosk.post(f"{ticket}/more-time", data={"key": second}, headers=AS_PEOPLE)
    assert refused.status_code == 409
    assert f'href="{ticket}"' in refused.text
    switch = SWITCH_TO.search(refused.text)
    assert switch is not None
    assert switch[1] == ticket, "the language changes on a page that can be asked for"
    opened = await kiosk.get(f"{ticket}/more-time", headers=AS_PEOPLE)
    assert (opened.status_code, opened.headers["content-type"].split(";")[0]) == (404, "text/html")
    assert f'href="{ticket}"' in opened.text


async def test_the_switches_on_a_list_from_a_position_lead_to_a_list(
    sqlite_client: httpx2.AsyncClient,
) -> None:
    asked = {"service": "id-card", "lat": "22.97", "lon": "115.33", "mode": "walk"}
    switch = SWITCH_TO.search((await sqlite_client.post("/halls", data=asked)).text)
    assert switch is not None
    address = html.unescape(switch[1])
    assert "22.97" not in address
    assert (await sqlite_client.get(address)).status_code == 200
    assert "mode=walk" in address


async def test_a_refusal_at_a_kiosk_stays_a_kiosks_page(
    kiosk: httpx2.AsyncClient, clock: ManualClock
) -> None:
    last = (await kiosk.get("/kiosk/H1/queues/A/id-card")).text
    clock.advance(timedelta(hours=10))
    asked = {"key": key_in(last), "service": "id-card", "priority": "false"}
    refused = await kiosk.post("/kiosk/H1/tickets", data=asked, headers=AS_PEOPLE)
    assert refused.status_code == 409
    assert 'id="idle"' in refused.text, "it starts over when nobody is there"
    assert 'href="/kiosk/H1"' in refused.text
    assert 'href="/"' not in refused.text


async def test_people_are_not_told_about_the_api(sqlite_client: httpx2.AsyncClient) -> None:
    for address in (
        "/services/none",
        "/lobby/none",
        f"/?q={'长' * 61}",
        "/halls?service=none",
        "/halls",
        ELSEWHERE,
    ):
        answer = await sqlite_client.get(address, headers=AS_PEOPLE)
        assert answer.status_code in (404, 422), address
        said = re.sub(r"<[^>]+>", " ", answer.text)
        assert not re.search(r"/api/|GET |/docs|field list", said), address


@pytest.mark.slow
async def test_who_checks_in_at_the_kiosk_follows_the_ticket_from_the_appointments_link(
    kiosk: httpx2.AsyncClient, clock: ManualClock
) -> None:
    address = await booked(kiosk)
    clock.advance(timedelta(minutes=25))
    code = re.search(r'class="reference">(\w{4}) (\w{4})<', (await kiosk.get(address)).text)
    assert code is not None
    page = (await kiosk.get("/kiosk/H1/check-in")).text
    typed = {"key": key_in(page), "reference": code[1] + code[2], "tail": "8000"}
    paper = await kiosk.get((await kiosk.post("/kiosk/H1/check-in", data=typed)).headers["location"])
    number = re.search(r'paper__number">(\w+)<', paper.text)
    link = re.search(r'href="(/t/[^"]+)"', (await kiosk.get(address)).text)
    assert link is not None
    assert number is not None
    assert number[1] in (await kiosk.get(link[1])).text
    assert link[1].removeprefix("/t/") in paper.text, "paper and appointment lead to one page"


@pytest.mark.slow
async def test_the_ticket_of_an_appointment_opens_nothing_but_itself(
    sqlite_client: httpx2.AsyncClient, clock: ManualClock
) -> None:
    address = await booked(sqlite_client)
    clock.advance(timedelta(minutes=25))
    key = key_in((await sqlite_client.get(address)).text)
    ticket = (await sqlite_client.post(f"{address}/check-in", data={"key": key})).headers["location"]
    assert (await sqlite_client.get(ticket)).status_code == 200
    assert (await sqlite_client.get(ticket.replace("/t/", "/a/"))).status_code == 404
    assert (await sqlite_client.get(address.replace("/a/", "/t/"))).status_code == 404


async def test_a_kiosk_begins_anew_in_its_own_language(kiosk: httpx2.AsyncClient) -> None:
    for chosen in ({"language": "en"}, {"text": "large"}):
        await kiosk.post("/preferences", data={**chosen, "next": "/kiosk/H1"})
    assert '<html lang="en" class="large-text">' in (await kiosk.get("/kiosk/H1")).text
    answer = await kiosk.post("/preferences", data={"anew": "true", "next": "/kiosk/H1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/kiosk/H1")
    fresh = (await kiosk.get("/kiosk/H1", headers={"Accept-Language": "zh"})).text
    assert '<html lang="zh-CN" class="">' in fresh


@pytest.mark.slow
async def test_more_time_is_taken_back_on_the_tickets_page(kiosk: httpx2.AsyncClient) -> None:
    ticket = await taken(kiosk)
    await taken(kiosk)
    for action, offered in (("more-time", True), ("undo-more-time", False)):
        page = (await kiosk.get(ticket)).text
        moved = await kiosk.post(f"{ticket}/{action}", data={"key": key_in(page)})
        assert moved.status_code == 303, moved.text
        assert (f"{ticket}/undo-more-time" in (await kiosk.get(ticket)).text) is offered


async def test_a_ticket_says_where_to_wait_and_what_to_have_at_hand(
    kiosk: httpx2.AsyncClient, sqlite_parts: Parts
) -> None:
    sqlite_parts.database.write_now(_want_all_papers)
    page = (await kiosk.get(await taken(kiosk), headers={"Accept-Language": "en"})).text
    assert "Wait where you see the screens" in page
    assert "<li>Household register</li>" in page


def _want_all_papers(session: Session) -> None:
    session.execute(update(ServicePaperRow.__table__).values(need="bring"))  # type: ignore[attr-defined]


async def test_an_old_link_to_the_times_begins_today(sqlite_client: httpx2.AsyncClient) -> None:
    old = (await sqlite_client.get(f"{SLOTS}&from=2020-01-01")).text
    assert starts_in(old) == starts_in((await sqlite_client.get(SLOTS)).text) != []
