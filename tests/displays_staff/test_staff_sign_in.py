"""Staff sign in and out by form, by JSON and by link; wrong passwords count."""

from __future__ import annotations

import asyncio
import re
import threading
from datetime import timedelta

import httpx2
import pytest
from sqlalchemy import select

import kernel.secrets
from displays.passwords import MOST_WAITING
from kernel.clock import ManualClock
from kernel.identity import LOCK_AFTER, SESSION_LASTS, new_sign_in_link
from kernel.identity_tables import StaffRow
from kernel.web.access import STAFF_COOKIE
from kernel.web.parts import Parts
from tests.conftest import bearer
from tests.support.people import PASSWORD, give_passwords
from tests.support.small_city import SmallCity

_staff = StaffRow.__table__  # type: ignore[attr-defined]


@pytest.fixture
def known(sqlite_parts: Parts, sqlite_city: SmallCity) -> SmallCity:
    """The small city, whose people have a password."""
    give_passwords(sqlite_parts.database)
    return sqlite_city


async def sign_in(client: httpx2.AsyncClient, **fields: str) -> httpx2.Response:
    form = {"username": "clerk1", "password": PASSWORD, **fields}
    return await client.post("/staff/sign-in", data=form)


async def test_the_form_opens_a_session_in_a_cookie_no_script_reads(
    known: SmallCity, sqlite_client: httpx2.AsyncClient
) -> None:
    answer = await sign_in(sqlite_client)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/staff"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie  # the test's settings; the next test turns it on
    assert (await sqlite_client.get("/api/v1/me")).json()["name"] == "Clerk1"


async def test_a_page_asked_for_before_signing_in_is_shown_after(
    known: SmallCity, sqlite_client: httpx2.AsyncClient
) -> None:
    turned_away = await sqlite_client.get("/staff/city?days=7")
    assert turned_away.status_code == 303
    assert turned_away.headers["location"] == "/staff/sign-in?next=%2Fstaff%2Fcity%3Fdays%3D7"
    form = await sqlite_client.get(turned_away.headers["location"])
    assert 'name="next" value="/staff/city?days=7"' in form.text
    answer = await sign_in(sqlite_client, username="supervisor", next="/staff/city?days=7")
    assert answer.headers["location"] == "/staff/city?days=7"


@pytest.mark.parametrize(
    "target", ["https://evil.example/staff/", "//evil.example", "/a/token", "/staff/sign-in"]
)
@pytest.mark.slow
async def test_signing_in_leads_nowhere_else(
    known: SmallCity, sqlite_client: httpx2.AsyncClient, target: str
) -> None:
    assert (await sign_in(sqlite_client, next=target)).headers["location"] == "/staff"


async def test_a_wrong_password_says_so_keeps_the_name_and_is_counted(
    known: SmallCity, sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts
) -> None:
    answer = await sign_in(sqlite_client, password="guess")
    assert answer.status_code == 401
    assert 'id="error-summary"' in answer.text
    assert 'value="clerk1"' in answer.text
    assert "guess" not in answer.text
    assert "set-cookie" not in answer.headers
    assert _failed_tries(sqlite_parts) == 1


async def test_five_wrong_passwords_lock_the_name_and_time_opens_it(
    known: SmallCity, sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, clock: ManualClock
) -> None:
    for _ in range(LOCK_AFTER):
        await sign_in(sqlite_client, password="guess")
    locked = await sign_in(sqlite_client)
    assert locked.status_code == 429
    assert "09:41" in locked.text  # the clock of these tests stands at 09:40
    assert STAFF_COOKIE not in sqlite_client.cookies
    clock.advance(timedelta(minutes=1))
    assert (await sign_in(sqlite_client)).status_code == 303
    assert _failed_tries(sqlite_parts) == 0


def _failed_tries(parts: Parts) -> int:
    def read(session) -> int:  # type: ignore[no-untyped-def]
        return int(
            session.execute(select(_staff.c.failed_tries).where(_staff.c.username == "clerk1")).scalar_one()
        )

    return parts.database.read_now(read)


async def test_an_unknown_name_gets_the_same_answer_as_a_wrong_password(
    known: SmallCity, sqlite_client: httpx2.AsyncClient
) -> None:
    unknown = await sign_in(sqlite_client, username="nobody")
    wrong = await sign_in(sqlite_client, password="guess")
    assert unknown.status_code == wrong.status_code == 401
    assert unknown.text.replace("nobody", "clerk1") == wrong.text


async def test_empty_fields_are_named_one_by_one(known: SmallCity, sqlite_client: httpx2.AsyncClient) -> None:
    answer = await sign_in(sqlite_client, username=" ", password="")
    assert answer.status_code == 422
    assert 'href="#username"' in answer.text
    assert 'href="#password"' in answer.text
    only_password = await sign_in(sqlite_client, password="")
    assert 'href="#username"' not in only_password.text


async def test_another_sites_page_cannot_sign_anybody_in(
    known: SmallCity, sqlite_client: httpx2.AsyncClient
) -> None:
    answer = await sqlite_client.post(
        "/staff/sign-in",
        data={"username": "clerk1", "password": PASSWORD},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_programs_sign_in_and_out_by_json(known: SmallCity, sqlite_client: httpx2.AsyncClient) -> None:
    answer = await sqlite_client.post("/api/v1/sessions", json={"username": "manager", "password": PASSWORD})
    assert answer.status_code == 200
    me = answer.json()
    assert (me["name"], me["role"], me["hall_id"]) == ("Manager", "manager", str(known.hall))
    assert (await sqlite_client.delete("/api/v1/sessions")).status_code == 403  # the CSRF token is missing
    ended = await sqlite_client.delete("/api/v1/sessions", headers={"X-CSRF-Token": me["csrf_token"]})
    assert ended.status_code == 204
    assert STAFF_COOKIE not in sqlite_client.cookies
    assert (await sqlite_client.get("/api/v1/me")).status_code == 401


async def test_a_wrong_password_by_json_is_a_problem_document(
    known: SmallCity, sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts
) -> None:
    answer = await sqlite_client.post("/api/v1/sessions", json={"username": "clerk1", "password": "guess"})
    assert answer.status_code == 401
    assert answer.json()["code"] == "wrong-password"
    assert _failed_tries(sqlite_parts) == 1


async def test_signing_out_ends_the_session_itself_not_just_the_cookie(
    known: SmallCity, sqlite_client: httpx2.AsyncClient
) -> None:
    await sign_in(sqlite_client)
    token = sqlite_client.cookies[STAFF_COOKIE]
    csrf = (await sqlite_client.get("/api/v1/me")).json()["csrf_token"]
    assert (await sqlite_client.post("/staff/sign-out", data={"csrf_token": "forged"})).status_code == 403
    out = await sqlite_client.post("/staff/sign-out", data={"csrf_token": csrf})
    assert out.headers["location"] == "/staff/sign-in"
    assert (await sqlite_client.get("/api/v1/me", headers=bearer(token))).status_code == 401


async def test_a_session_ends_after_a_working_day(
    known: SmallCity, sqlite_client: httpx2.AsyncClient, clock: ManualClock
) -> None:
    await sign_in(sqlite_client)
    clock.advance(SESSION_LASTS)
    assert (await sqlite_client.get("/api/v1/me")).status_code == 401


async def test_a_sign_in_link_signs_in_until_it_ends(
    known: SmallCity, sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, clock: ManualClock
) -> None:
    link = sqlite_parts.database.write_now(
        new_sign_in_link,
        known.clerks[0].id,
        vault=sqlite_parts.vault,
        expires_at=clock.now() + timedelta(hours=1),
    )
    answer = await sqlite_client.get(f"/staff/link/{link}")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/staff"
    assert (await sqlite_client.get("/api/v1/me")).json()["name"] == "Clerk1"
    sqlite_client.cookies.clear()
    clock.advance(timedelta(hours=1))
    assert (await sqlite_client.get(f"/staff/link/{link}")).status_code == 401
    assert STAFF_COOKIE not in sqlite_client.cookies


async def test_the_own_password_is_chosen_on_its_page(
    known: SmallCity, sqlite_client: httpx2.AsyncClient
) -> None:
    await sign_in(sqlite_client)
    english = {"Accept-Language": "en"}
    page = await sqlite_client.get("/staff/account", headers=english)
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert csrf is not None
    form = {"csrf_token": csrf[1], "present": PASSWORD, "password": "three plain words"}
    assert (await sqlite_client.post("/staff/account", data={**form, "csrf_token": ""})).status_code == 403
    short = await sqlite_client.post("/staff/account", data={**form, "password": "short"}, headers=english)
    assert (short.status_code, "12 characters or more" in short.text) == (422, True)
    wrong = await sqlite_client.post("/staff/account", data={**form, "present": "guess"}, headers=english)
    assert (wrong.status_code, "not right" in wrong.text) == (401, True)
    before = sqlite_client.cookies[STAFF_COOKIE]
    done = await sqlite_client.post("/staff/account", data=form)
    assert done.headers["location"] == "/staff/account?done=password"
    told = await sqlite_client.get(done.headers["location"], headers=english)
    assert "Your new password holds." in told.text
    assert sqlite_client.cookies[STAFF_COOKIE] != before
    assert (await sqlite_client.get("/api/v1/me")).status_code == 200
    assert (await sign_in(sqlite_client)).status_code == 401
    assert (await sign_in(sqlite_client, password="three plain words")).status_code == 303


@pytest.mark.slow
async def test_a_clerk_whom_the_manager_added_chooses_a_first_password(
    sqlite_parts: Parts, sqlite_city: SmallCity, sqlite_client: httpx2.AsyncClient
) -> None:
    manager = bearer(sqlite_city.tokens["manager"])
    added = {"username": "new.clerk", "name": "新来的"}
    setup = await sqlite_client.post(
        "/api/v1/halls/H1/setup/clerks", json=added, headers={**manager, "Idempotency-Key": "k" * 16}
    )
    assert setup.status_code == 200, setup.text
    clerk = next(each for each in setup.json()["clerks"] if each["username"] == "new.clerk")
    link = await sqlite_client.post(
        f"/api/v1/halls/H1/setup/clerks/{clerk['id']}/sign-in-link",
        headers={**manager, "Idempotency-Key": "l" * 16},
    )
    await sqlite_client.get(link.json()["path"])
    page = await sqlite_client.get("/staff/account", headers={"Accept-Language": "en"})
    assert "You came by a sign-in link so far." in page.text
    assert 'name="present"' not in page.text
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert csrf is not None
    form = {"csrf_token": csrf[1], "password": "my first own words"}
    assert (await sqlite_client.post("/staff/account", data=form)).status_code == 303
    again = await sign_in(sqlite_client, username="new.clerk", password="my first own words")
    assert again.status_code == 303


class Slowly:
    """Checks and makes passwords only while the database writes for somebody else, and beside the pages."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self.asked = parts, 0

    def _see_that_others_go_on(self) -> None:
        assert threading.current_thread() is not threading.main_thread(), "no page goes on meanwhile"
        written = self._parts.database._backend.submit(lambda _: "written")
        assert written.result(5) == "written"
        self.asked += 1

    def verify(self, password: str, _hash: str) -> bool:
        self._see_that_others_go_on()
        return password == PASSWORD

    def hash(self, password: str) -> str:
        self._see_that_others_go_on()
        return f"hash of {len(password)} signs"


async def test_while_a_password_is_checked_or_made_everybody_else_goes_on(
    known: SmallCity, sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes as long as a hundred calls of tickets, and anybody may try one."""
    slowly = Slowly(sqlite_parts)
    monkeypatch.setattr(kernel.secrets, "_passwords", slowly)
    asked = {"username": "clerk1", "password": PASSWORD}
    assert (await sqlite_client.post("/api/v1/sessions", json=asked)).status_code == 200
    assert (await sign_in(sqlite_client, password="guess")).status_code == 401
    assert (await sign_in(sqlite_client, username="nobody")).status_code == 401
    assert (await sign_in(sqlite_client)).status_code == 303
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', (await sqlite_client.get("/staff/account")).text)
    assert csrf is not None
    form = {"csrf_token": csrf[1], "present": PASSWORD, "password": "three plain words"}
    assert (await sqlite_client.post("/staff/account", data=form)).status_code == 303
    assert slowly.asked == 6


async def test_of_a_flood_of_guesses_most_are_told_to_come_again(
    known: SmallCity, sqlite_client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on = threading.Event()

    class Stuck:
        def verify(self, _password: str, _hash: str) -> bool:
            return not may_go_on.wait(20)

    monkeypatch.setattr(kernel.secrets, "_passwords", Stuck())
    said = []
    for guess in asyncio.as_completed([sign_in(sqlite_client) for _ in range(MOST_WAITING + 3)]):
        said.append((await guess).status_code)
        if len(said) == 3:  # the others wait for the one that is stuck
            assert said == [503, 503, 503]
            may_go_on.set()
    assert said.count(503) == 3


async def test_a_token_of_other_letters_is_a_wrong_token_and_no_error(
    known: SmallCity, sqlite_client: httpx2.AsyncClient
) -> None:
    await sign_in(sqlite_client)
    for sent in ({"data": {"csrf_token": "né"}}, {"headers": {b"x-csrf-token": "né".encode()}}):
        answer = await sqlite_client.post("/staff/sign-out", **sent)  # type: ignore[arg-type]
        assert answer.status_code == 403
