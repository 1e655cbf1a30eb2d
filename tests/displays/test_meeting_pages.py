"""Appointments by telephone, by video and at home as citizens, the help desk and the manager see them."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from app.rounds import Rounds
from booking import service
from kernel.catalogue import NotOfferedHere
from kernel.tables import HallServiceRow
from kernel.web.access import STAFF_COOKIE
from tests.booked.test_booked_http import ENGLISH, submit
from tests.conftest import bearer
from tests.support.own_lists import PEOPLE
from tests.support.trail import noted

if TYPE_CHECKING:
    import httpx2
    from sqlmodel import Session

    from kernel.clock import ManualClock
    from kernel.ids import AppointmentId
    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

pytestmark = pytest.mark.slow

KINDS = "/api/v1/halls/H1/services/id-card/appointment-kinds"
ADDRESS = "汕尾大道128号3栋502"
VIDEO = {"kind": "video", "offered": True, "link": "https://video.example/{room}"}
PHONE = {
    "kind": "phone",
    "offered": True,
    "words_zh": "请备好户口簿",
    "words_en": "Have your register at hand",
}
HOME = {"kind": "home", "offered": True, "words_zh": "新港街道", "words_en": "Xingang streets"}


@pytest.fixture
async def offered(sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity) -> httpx2.AsyncClient:
    for wanted in (PHONE, VIDEO, HOME):
        headers = {**bearer(sqlite_city.tokens["manager"]), "Idempotency-Key": uuid4().hex}
        answer = await sqlite_client.post(KINDS, json=wanted, headers=headers)
        assert answer.status_code == 200, answer.text
    return sqlite_client


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found, name
    return html.unescape(found[1])


async def kept(client: httpx2.AsyncClient, kind: str) -> str:
    page = (await client.get(f"/book?hall=H1&service=id-card&kind={kind}", headers=PEOPLE)).text
    form = {
        "hall": "H1", "service": "id-card", "kind": kind,
        "key": hidden(page, "key"), "starts_at": hidden(page, "starts_at"),
    }  # fmt: skip
    answer = await client.post("/book", data=form, headers=PEOPLE)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def booked(client: httpx2.AsyncClient, kind: str, **who: str) -> str:
    address = await kept(client, kind)
    filled = {"key": uuid4().hex, "name": "王小明", "phone": "13800138000", **who}
    answer = await client.post(address, data=filled, headers=PEOPLE)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def text_of(client: httpx2.AsyncClient, address: str) -> str:
    return html.unescape((await client.get(address, headers=PEOPLE)).text)


async def calendar_of(client: httpx2.AsyncClient, address: str) -> str:
    file = await client.get(f"/api/v1/appointments/{address.removeprefix('/a/')}/calendar.ics?leave=30")
    return file.text.replace("\r\n ", "")


async def test_where_only_the_hall_is_offered_nobody_is_asked_how(sqlite_client: httpx2.AsyncClient) -> None:
    page = await text_of(sqlite_client, "/book?hall=H1&service=id-card")
    assert "How would you like it done?" not in page
    listed = await sqlite_client.get("/api/v1/halls/H1/appointment-kinds?service=id-card")
    assert [own["kind"] for own in listed.json()["kinds"]] == ["hall"]


async def test_each_kind_says_at_once_what_it_means(offered: httpx2.AsyncClient) -> None:
    page = await text_of(offered, "/book?hall=H1&service=id-card&kind=phone")
    assert "How would you like it done?" in page
    assert 'value="phone" checked' in page
    for words in ("A clerk calls the number you leave", "open the link", "come to the address", "Xingang"):
        assert words in page


@pytest.mark.slow
async def test_a_telephone_appointment_says_so_on_every_step(offered: httpx2.AsyncClient) -> None:
    form = await text_of(offered, await kept(offered, "phone"))
    assert "This is the number that is called." in form
    assert "ID card" not in form
    own = await booked(offered, "phone")
    page = await text_of(offered, own)
    assert "By telephone" in page
    for gone in ("When to leave", "Directions", "check in at the kiosk"):
        assert gone not in page
    file = await calendar_of(offered, own)
    assert "by telephone: the hall calls you" in file
    assert "GEO:" not in file
    assert "time to leave" not in file


async def test_a_video_appointment_has_its_link_on_the_page_and_in_the_calendar(
    offered: httpx2.AsyncClient,
) -> None:
    own = await booked(offered, "video")
    found = re.search(r"https://video\.example/[\w-]{16}", await text_of(offered, own))
    assert found
    assert f"LOCATION:{found[0]}" in await calendar_of(offered, own)


async def test_a_visit_needs_an_address_and_what_was_typed_stays(offered: httpx2.AsyncClient) -> None:
    address = await kept(offered, "home")
    typed = {"key": uuid4().hex, "name": "王小明", "phone": "13800138000", "address": "x"}
    refused = await offered.post(address, data=typed, headers=PEOPLE)
    assert refused.status_code == 422
    assert "This is not an address" in refused.text
    assert 'value="13800138000"' in refused.text
    answer = await offered.post(
        address, data={**typed, "address": ADDRESS, "key": uuid4().hex}, headers=PEOPLE
    )
    page = await text_of(offered, str(answer.headers["location"]))
    assert "汕尾大道12" in page
    assert ADDRESS not in page
    assert ADDRESS not in await calendar_of(offered, str(answer.headers["location"]))


async def test_a_link_cannot_check_in_who_is_called(offered: httpx2.AsyncClient) -> None:
    token = (await booked(offered, "phone")).removeprefix("/a/")
    for path, more in (("check-in", {}), ("leaving", {"area": "H1"})):
        headers = {"Idempotency-Key": uuid4().hex}
        answer = await offered.post(
            f"/api/v1/appointments/{path}", json={"token": token, **more}, headers=headers
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "not-in-person"), path


async def test_the_finder_names_times_for_which_nobody_travels(offered: httpx2.AsyncClient) -> None:
    asked = {"services": ["id-card"], "area": "H2"}
    position = {"lat": 22.97, "lon": 115.33}
    answer = await offered.post("/api/v1/halls/ranking", json={**asked, "area": None, "position": position})
    found = answer.json()["without_way"]
    assert {(own["hall"], own["kind"]) for own in found} == {("H1", "phone"), ("H1", "video")}
    page = await text_of(offered, "/halls?service=id-card")
    assert "Without going anywhere: from " in page
    assert "&kind=phone" in page


@pytest.mark.slow
async def test_the_desk_reads_the_number_once_it_is_called(
    offered: httpx2.AsyncClient, sqlite_parts: Parts, sqlite_city: SmallCity, clock: ManualClock
) -> None:
    own = await booked(offered, "phone")
    token = own.removeprefix("/a/")
    view = (await offered.post("/api/v1/appointments/look-up", json={"token": token})).json()
    clock.set(datetime.fromisoformat(view["starts_at"]) + timedelta(seconds=3))
    rounds = Rounds(sqlite_parts.database, clock, sqlite_parts.vault)
    await rounds._let_remote_enter(sqlite_city.hall)
    assert "Your time has come" in await text_of(offered, own)
    window, clerk = f"/api/v1/windows/{sqlite_city.windows[0]}", bearer(sqlite_city.tokens["clerk1"])

    async def do(path: str) -> Any:
        answer = await offered.post(path, headers={**clerk, "Idempotency-Key": uuid4().hex})
        assert answer.status_code == 200, answer.text
        return answer.json()

    await do(f"{window}/open")
    called = await do(f"{window}/call-next")
    assert called["remote"] is True
    assert "It is your turn now" in await text_of(offered, own)
    of_ticket = f"/api/v1/halls/H1/appointments/of-ticket/{called['id']}"
    assert (await offered.get(of_ticket, headers=clerk)).json()["kind"] == "phone"
    reached = {"kind": "phone", "phone": "+8613800138000", "phone_shown": "138 0013 8000", "link": ""}
    assert await do(f"{of_ticket}/reach") == reached
    board = (await offered.get("/lobby/H1/now")).json()["board"]
    assert called["label"] not in str(board["windows"]) + str(board["calls"])


async def test_the_manager_offers_a_kind_and_is_told_what_is_missing(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    home = "/staff/halls/H1/appointment-kinds"
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["manager"])
    page = (await sqlite_client.get(home, headers=ENGLISH)).text
    assert "only in the hall" in page
    csrf = hidden(page, "csrf_token")
    wanted = {
        "csrf_token": csrf,
        "key": uuid4().hex,
        "kind": "video",
        "offered": "true",
        "link": "video.example",
    }
    refused = await sqlite_client.post(f"{home}/id-card", data=wanted, headers=ENGLISH)
    assert refused.status_code == 422
    assert 'value="video.example"' in refused.text
    wanted |= {"link": "https://video.example/{room}", "key": uuid4().hex}
    saved = await sqlite_client.post(f"{home}/id-card", data=wanted, headers=ENGLISH)
    assert saved.status_code == 303
    assert "By video" in (await sqlite_client.get(home, headers=ENGLISH)).text


async def test_services_with_kinds_stand_first(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    headers = bearer(sqlite_city.tokens["manager"])
    every = "/api/v1/halls/H1/services/appointment-kinds"
    *others, last = [
        own["code"] for own in (await sqlite_client.get(every, headers=headers)).json()["services"]
    ]
    assert others
    headers["Idempotency-Key"] = uuid4().hex
    one = f"/api/v1/halls/H1/services/{last}/appointment-kinds"
    assert (await sqlite_client.post(one, json=PHONE, headers=headers)).status_code == 200
    after = (await sqlite_client.get(every, headers=headers)).json()["services"]
    assert [own["code"] for own in after] == [last, *others]


@pytest.mark.slow
async def test_staff_print_whom_they_visit_and_write_what_became_of_it(
    offered: httpx2.AsyncClient, sqlite_city: SmallCity, clock: ManualClock
) -> None:
    own = await booked(offered, "home", address=ADDRESS)
    token = own.removeprefix("/a/")
    view = (await offered.post("/api/v1/appointments/look-up", json={"token": token})).json()
    start = datetime.fromisoformat(view["starts_at"])
    offered.cookies.set(STAFF_COOKIE, sqlite_city.tokens["clerk1"])
    day = f"/staff/halls/H1/home-visits?day={start.date().isoformat()}"
    assert ADDRESS in (await offered.get(day, headers=ENGLISH)).text
    clock.set(start + timedelta(minutes=20))
    page = (await offered.get(day, headers=ENGLISH)).text
    answer, _ = await submit(offered, page, f"home-visits/{view['id']}", met="true")
    assert answer.status_code == 303
    assert "This appointment has taken place." in await text_of(offered, own)
    headers = {**bearer(sqlite_city.tokens["clerk1"]), "Idempotency-Key": uuid4().hex}
    visits = await offered.get("/api/v1/halls/H1/appointments/home-visits", headers=headers)
    assert [each["status"] for each in visits.json()["visits"]] == ["checked_in"]
    again = await offered.post(
        f"/api/v1/halls/H1/appointments/{view['id']}/visited", json={"met": True}, headers=headers
    )
    assert (again.status_code, again.json()["code"]) == (409, "appointment-not-possible")


async def test_a_program_writes_that_nobody_was_at_home(
    offered: httpx2.AsyncClient, sqlite_city: SmallCity, sqlite_parts: Parts, clock: ManualClock
) -> None:
    own = await booked(offered, "home", address=ADDRESS)
    token = own.removeprefix("/a/")
    view = (await offered.post("/api/v1/appointments/look-up", json={"token": token})).json()
    clock.set(datetime.fromisoformat(view["starts_at"]) + timedelta(minutes=20))
    headers = {**bearer(sqlite_city.tokens["clerk1"]), "Idempotency-Key": uuid4().hex}
    answer = await offered.post(
        f"/api/v1/halls/H1/appointments/{view['id']}/visited", json={"met": False}, headers=headers
    )
    assert [each["status"] for each in answer.json()["visits"]] == ["no_show"]
    assert [what for _, what in noted(sqlite_parts.database, "appointment.visited")] == [
        "appointment.visited"
    ]


@pytest.mark.slow
async def test_the_help_desk_books_a_call(offered: httpx2.AsyncClient, sqlite_city: SmallCity) -> None:
    offered.cookies.set(STAFF_COOKIE, sqlite_city.tokens["clerk1"])
    times = (await offered.get("/staff/halls/H1/book/times?service=id-card", headers=ENGLISH)).text
    assert "How would you like it done?" in times
    start = hidden(times, "starts_at")
    kept_place, _ = await submit(offered, times, "times", starts_at=start, kind="phone")
    form = (await offered.get(str(kept_place.headers["location"]), headers=ENGLISH)).text
    assert "This is the number that is called." in form
    refused, text = await submit(offered, form, r"book/[^\"/]+", name="王奶奶", phone="")
    assert refused.status_code == 422
    done, _ = await submit(offered, text, r"book/[^\"/]+", name="王奶奶", phone="13800138001")
    slip = (await offered.get(str(done.headers["location"]), headers=ENGLISH)).text
    assert "By telephone" in slip
    assert "Check in from" not in slip
    day = start[:10]
    listed = (await offered.get(f"/staff/halls/H1/appointments?day={day}", headers=ENGLISH)).text
    assert "By telephone" in listed


@pytest.mark.slow
async def test_one_that_cannot_enter_keeps_no_other_from_it(
    offered: httpx2.AsyncClient,
    sqlite_parts: Parts,
    sqlite_city: SmallCity,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pages = [await booked(offered, "phone"), await booked(offered, "video", phone="13800138001")]
    clock.set(clock.now().replace(hour=6))

    def refusing(session: Session, own: AppointmentId, **parts: Any) -> Any:
        if own == first:
            raise NotOfferedHere(services=["id-card"])
        return service.enter_remote(session, own, **parts)

    first, second = sqlite_parts.database.read_now(service.remote_due, sqlite_city.hall, now=clock.now())
    assert first != second
    monkeypatch.setattr("app.rounds.enter_remote", refusing)
    rounds = Rounds(sqlite_parts.database, clock, sqlite_parts.vault)
    await rounds._visit(sqlite_city.hall)
    shown = ["Your time has come" in await text_of(offered, page) for page in pages]
    assert sorted(shown) == [False, True]


async def test_what_keeps_one_out_is_logged_once_and_staff_see_whom_to_call(
    offered: httpx2.AsyncClient,
    sqlite_parts: Parts,
    sqlite_city: SmallCity,
    clock: ManualClock,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await booked(offered, "phone")
    clock.set(clock.now().replace(hour=6))
    offers = HallServiceRow.__table__  # type: ignore[attr-defined]
    switched_off = update(offers).where(offers.c.service_id == sqlite_city.services["id-card"])
    sqlite_parts.database.write_now(
        lambda session: session.execute(switched_off.values(queue_id=None)) and None
    )
    rounds = Rounds(sqlite_parts.database, clock, sqlite_parts.vault)
    for _ in range(3):
        await rounds._let_remote_enter(sqlite_city.hall)
    assert capsys.readouterr().out.count("not let into the queue") == 1
    offered.cookies.set(STAFF_COOKIE, sqlite_city.tokens["clerk1"])
    page = (await offered.get("/staff/halls/H1/appointments", headers=ENGLISH)).text
    assert "what this hall does not offer any more" in page
    assert "not offered any more</span>" in page
    chinese = (await offered.get("/staff/halls/H1/appointments", headers={"Accept-Language": "zh"})).text
    assert "事项已停办" in chinese
    day = await offered.get("/api/v1/halls/H1/appointments", headers=bearer(sqlite_city.tokens["clerk1"]))
    assert len(day.json()["dropped"]) == 1
    assert day.json()["appointments"][0]["dropped"] is True
