"""Licences on file as citizens and clerks meet them: agreed to, shown once, listed, taken back."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from booking.licences.tables import LicenceConsentRow, LicenceLookRow
from tests.conftest import bearer
from tests.support.own_lists import FOREIGN, PEOPLE, Here, installed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from kernel.clock import ManualClock
    from kernel.web.parts import Parts
    from tests.licences.conftest import Office
    from tests.support.small_city import SmallCity

pytestmark = pytest.mark.slow

BOOK = "户口簿"
ID_NUMBER = "11010519491231002X"


@pytest.fixture
async def here(sqlite_parts: Parts, sqlite_city: SmallCity, office: Office) -> AsyncIterator[Here]:
    assert sqlite_city
    office.until = {BOOK: date(2031, 5, 1)}
    async with installed(sqlite_parts, licences=office) as made:
        yield made


async def page_of(here: Here, token: str) -> str:
    return (await here.client.get(f"/a/{token}", headers=PEOPLE)).text


async def agree(here: Here, token: str) -> str:
    answer = await here.client.post(f"/a/{token}/licences")
    assert answer.headers["location"] == f"/a/{token}#bring", answer.text
    return await page_of(here, token)


async def test_who_is_signed_in_and_agrees_reads_what_need_not_be_brought(here: Here, office: Office) -> None:
    await here.sign_in()
    token = await here.book()
    before = await page_of(here, token)
    assert "I agree, look it up" in before
    assert office.asked == [], "nothing is asked before somebody agrees"
    shown = await agree(here, token)
    assert "Need not be brought: on file" in shown
    assert "valid until 1 May 2031" in shown
    (question,) = office.asked
    assert (question.services, question.papers) == (("id-card",), (BOOK,))
    assert (question.holder.kind, question.holder.value) == ("citizen", here.provider.person)
    assert "you, on this page" in shown


async def test_agreeing_with_the_booking_itself(here: Here, office: Office) -> None:
    await here.sign_in()
    token = await here.hold()
    form = {"key": uuid4().hex, "name": "王小明", "phone": "13987650123", "licences": "true"}
    assert (
        "Look up which papers I need not bring"
        in (await here.client.get(f"/book/{token}", headers=PEOPLE)).text
    )
    assert (await here.client.post(f"/book/{token}", data=form)).headers["location"] == f"/a/{token}"
    assert "valid until 1 May 2031" in await page_of(here, token)


@pytest.mark.slow
async def test_what_is_not_on_file_or_ends_before_the_visit_is_to_be_brought(
    here: Here, office: Office
) -> None:
    await here.sign_in()
    token = await here.book()
    office.until = {}
    assert "not found on file: please bring it" in await agree(here, token)
    office.until = {BOOK: date(2026, 11, 19)}
    assert "on file only until 19 November 2026: please bring it" in await page_of(here, token)
    office.until = {BOOK: date(2026, 11, 20)}
    assert "please bring it" not in await page_of(here, token), "its last day is a day on which it holds"


async def test_a_system_that_is_away_leaves_the_general_list_and_says_so(here: Here, office: Office) -> None:
    await here.sign_in()
    token = await here.book()
    office.away = True
    shown = await agree(here, token)
    assert "does not answer now. What you see is what holds for everybody" in shown
    assert "Need not be brought" in shown


async def test_the_link_alone_shows_nobodys_licences(here: Here, office: Office) -> None:
    await here.sign_in()
    token = await here.book()
    await agree(here, token)
    here.client.cookies.clear()
    shown = await page_of(here, token)
    assert "valid until" not in shown
    assert "Only whoever agreed sees here what was found, signed in." in shown
    here.provider.person = "somebody-else"
    await here.sign_in()
    assert "valid until" not in await page_of(here, token)
    assert len(office.asked) == 1


async def test_taken_back_nothing_is_looked_up_and_nobody_is_kept(here: Here, office: Office) -> None:
    await here.sign_in()
    token = await here.book()
    await agree(here, token)
    answer = await here.client.post(f"/a/{token}/licences/withdraw")
    assert answer.headers["location"] == f"/a/{token}#bring"
    shown = await page_of(here, token)
    assert "valid until" not in shown
    assert "you, on this page" in shown, "what was looked at stays listed"
    (row,) = here.rows(LicenceConsentRow)
    assert row.holder_sealed is None
    assert len(office.asked) == 1


async def test_another_sites_page_makes_nobody_agree(here: Here) -> None:
    await here.sign_in()
    token = await here.book()
    answer = await here.client.post(f"/a/{token}/licences", headers=FOREIGN)
    assert answer.status_code == 403
    assert here.rows(LicenceConsentRow) == []


async def test_who_is_not_signed_in_is_led_to_it_and_cannot_agree(here: Here) -> None:
    token = await here.book()
    assert "to see what you yourself need not bring" in await page_of(here, token)
    assert (await here.client.post(f"/a/{token}/licences")).status_code == 403


# --- at the window ----------------------------------------------------------------------------------


class Window:
    """A clerk at window 1 of the small city, with leave to look."""

    def __init__(self, here: Here, city: SmallCity, clock: ManualClock) -> None:
        self.here, self.city, self.clock = here, city, clock
        self.path = f"/api/v1/windows/{city.windows[0]}/licences"
        self.clerk = bearer(city.tokens["clerk1"])

    async def leave(self, *, may_look: bool = True) -> None:
        path = f"/api/v1/halls/H1/licences/staff/{self.city.clerks[0].id}"
        headers = bearer(self.city.tokens["manager"])
        answer = await self.here.client.put(path, json={"may_look": may_look}, headers=headers)
        assert answer.status_code == 200, answer.text

    async def do(self, path: str) -> dict[str, object]:
        answer = await self.here.client.post(path, headers=bearer(self.city.tokens["clerk1"]))
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def serve(self) -> str:
        window = f"/api/v1/windows/{self.city.windows[0]}"
        await self.do(f"{window}/open")
        called = await self.do(f"{window}/call-next")
        await self.do(f"/api/v1/tickets/{called['id']}/start")
        return str(called["id"])

    async def look(self, number: str = "") -> tuple[int, dict[str, Any]]:
        answer = await self.here.client.post(self.path, json={"number": number}, headers=self.clerk)
        return answer.status_code, answer.json()


@pytest.fixture
def window(here: Here, sqlite_city: SmallCity, clock: ManualClock) -> Window:
    return Window(here, sqlite_city, clock)


async def walk_in(window: Window) -> str:
    kiosk = bearer(window.city.tokens["kiosk"])
    wish = {"services": ["id-card"]}
    answer = await window.here.client.post("/api/v1/halls/H1/tickets", json=wish, headers=kiosk)
    assert answer.status_code < 300, answer.text
    return str(answer.json()["token"])


@pytest.mark.slow
async def test_a_desk_sees_licences_only_with_leave_and_while_the_ticket_is_served(
    here: Here, window: Window, office: Office
) -> None:
    ticket = await walk_in(window)
    assert (await window.look(ID_NUMBER))[1]["code"] == "no-licence-permission"
    await window.leave()
    assert (await window.look(ID_NUMBER))[1]["code"] == "nobody-served-here"
    served = await window.serve()
    assert (await window.look())[1]["code"] == "no-licence-consent"
    status, seen = await window.look(ID_NUMBER)
    assert (status, seen["state"], seen["known"][0]["until"]) == (200, "known", "2031-05-01")
    await window.do(f"/api/v1/tickets/{served}/finish")
    assert (await window.look(ID_NUMBER))[1]["code"] == "nobody-served-here"
    assert len(office.asked) == 1
    own = (await here.client.get(f"/t/{ticket}", headers=PEOPLE)).text
    assert "Who looked up your licences" in own
    assert "Window 1 · H1" in own


async def test_leave_that_is_taken_ends_it_and_stands_in_the_trail(window: Window) -> None:
    await walk_in(window)
    await window.leave()
    await window.serve()
    await window.leave(may_look=False)
    assert (await window.look(ID_NUMBER))[1]["code"] == "no-licence-permission"


async def test_the_number_typed_at_the_window_is_kept_nowhere(
    here: Here, window: Window, sqlite_parts: Parts
) -> None:
    await walk_in(window)
    await window.leave()
    await window.serve()
    await window.look(ID_NUMBER)
    (row,) = here.rows(LicenceConsentRow)
    assert row.holder_sealed is None
    assert [own.who for own in here.rows(LicenceLookRow)] == ["window"]
    path = sqlite_parts.database.engine.url.database
    for name in (path, f"{path}-wal"):
        with open(name, "rb") as file:
            assert ID_NUMBER.encode() not in file.read()


async def test_a_number_that_is_none_is_no_consent(window: Window) -> None:
    await walk_in(window)
    await window.leave()
    await window.serve()
    assert (await window.look("110105194912310021"))[1]["code"] == "no-licence-consent"


async def test_nobody_at_another_window_sees_them(here: Here, window: Window) -> None:
    await walk_in(window)
    await window.leave()
    await window.serve()
    answer = await here.client.post(
        window.path, json={"number": ID_NUMBER}, headers=bearer(window.city.tokens["clerk4"])
    )
    assert answer.json()["code"] == "window-not-found"
