"""The second factor on the pages and by JSON: set up, asked for, required, reset by others."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from kernel.clock import ManualClock
from kernel.identity import LOCK_AFTER, signed_in
from kernel.second_factor import second_factor_of
from kernel.web.access import STAFF_COOKIE
from kernel.web.parts import Parts
from tests.conftest import client_of, test_settings
from tests.support.people import PASSWORD, Telephone, give_passwords, with_telephone
from tests.support.small_city import SmallCity
from tests.support.trail import noted

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def known(sqlite_parts: Parts, sqlite_city: SmallCity) -> SmallCity:
    give_passwords(sqlite_parts.database)
    return sqlite_city


async def sign_in(client: httpx2.AsyncClient, name: str = "clerk1", **fields: str) -> httpx2.Response:
    return await client.post("/staff/sign-in", data={"username": name, "password": PASSWORD, **fields})


def field(page: httpx2.Response, name: str) -> str:
    main = page.text[page.text.index("<main") :]  # the switches above have a form of their own
    found = re.search(rf'name="{name}" value="([^"]*)"', main)
    assert found is not None
    return found[1]


def telephone_of(page: httpx2.Response, clock: ManualClock) -> Telephone:
    groups = re.search(r'id="secret">(.*?)</span> *</p>', page.text, re.DOTALL)
    assert groups is not None
    return Telephone("".join(re.findall(r"<span>(\w+)</span>", groups[1])), clock)


async def test_after_the_password_the_code_is_asked_for_and_leads_where_one_wanted_to_go(
    known: SmallCity, sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, clock: ManualClock
) -> None:
    telephone, _ = with_telephone(sqlite_parts.database, known.clerks[0], sqlite_parts.vault, clock)
    half = await sign_in(sqlite_client, next="/staff/halls/H1/tickets")
    assert half.headers["location"] == "/staff/sign-in/code?next=%2Fstaff%2Fhalls%2FH1%2Ftickets"
    assert STAFF_COOKIE not in sqlite_client.cookies
    assert (await sqlite_client.get("/staff/account")).status_code == 303
    page = await sqlite_client.get(half.headers["location"], headers=ENGLISH)
    assert page.headers["cache-control"] == "no-store"
    form = {"csrf_token": field(page, "csrf_token"), "next": field(page, "next")}
    path = "/staff/sign-in/code"
    assert (await sqlite_client.post(path, data={**form, "csrf_token": "x"})).status_code == 403
    assert (await sqlite_client.post(path, data={**form, "code": " "})).status_code == 422
    wrong = await sqlite_client.post(path, data={**form, "code": "000000"}, headers=ENGLISH)
    assert (wrong.status_code, "was used before" in wrong.text) == (401, True)
    entered = await sqlite_client.post(path, data={**form, "code": telephone.code()})
    assert entered.headers["location"] == "/staff/halls/H1/tickets"
    assert (await sqlite_client.get("/api/v1/me")).json()["name"] == "Clerk1"
    late = await sqlite_client.post(path, data={**form, "code": telephone.code()})
    assert late.headers["location"] == "/staff/sign-in?late=1"


async def test_wrong_codes_lock_the_name_on_the_page_and_by_json(
    known: SmallCity, sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, clock: ManualClock
) -> None:
    telephone, _ = with_telephone(sqlite_parts.database, known.clerks[0], sqlite_parts.vault, clock)
    asked = {"username": "clerk1", "password": PASSWORD}

    async def code_by_json(**more: str) -> Any:
        return (await sqlite_client.post("/api/v1/sessions", json={**asked, **more})).json()

    assert (await code_by_json())["code"] == "code-needed"
    for _ in range(LOCK_AFTER - 1):
        assert (await code_by_json(code="000000"))["code"] == "wrong-code"
    half = await sign_in(sqlite_client)
    page = await sqlite_client.get(half.headers["location"])
    form = {"csrf_token": field(page, "csrf_token"), "code": "000000"}
    await sqlite_client.post("/staff/sign-in/code", data=form)
    locked = await sqlite_client.post("/staff/sign-in/code", data=form, headers=ENGLISH)
    assert (locked.status_code, "locked until 09:41" in locked.text) == (429, True)
    assert (await code_by_json(code=telephone.code()))["code"] == "name-locked"


async def test_a_program_signs_in_with_the_code_beside_the_password(
    known: SmallCity, sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, clock: ManualClock
) -> None:
    telephone, _ = with_telephone(sqlite_parts.database, known.clerks[0], sqlite_parts.vault, clock)
    asked = {"username": "clerk1", "password": PASSWORD, "code": telephone.code()}
    assert (await sqlite_client.post("/api/v1/sessions", json=asked)).json()["name"] == "Clerk1"


@pytest.mark.slow
async def test_it_is_set_up_on_the_own_page_and_recovery_codes_are_shown_once(
    known: SmallCity, sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, clock: ManualClock
) -> None:
    await sign_in(sqlite_client)
    before = sqlite_client.cookies[STAFF_COOKIE]
    page = await sqlite_client.get("/staff/account/second-factor", headers=ENGLISH)
    telephone = telephone_of(page, clock)
    form = {"csrf_token": field(page, "csrf_token"), "sealed": field(page, "sealed")}
    path = "/staff/account/second-factor"
    wrong = await sqlite_client.post(path, data={**form, "code": telephone.code(), "proof": "guess"})
    assert wrong.status_code == 401
    assert field(wrong, "sealed") == form["sealed"]  # the telephone need not scan again
    foreign = await sqlite_client.post(path, data={**form, "sealed": "00", "code": telephone.code()})
    assert field(foreign, "sealed") != "00"
    done = await sqlite_client.post(path, data={**form, "code": telephone.code(), "proof": PASSWORD})
    codes = re.findall(r"<li>(\w{5}-\w{5})</li>", done.text)
    assert (len(codes), done.headers["cache-control"]) == (10, "no-store")
    assert sqlite_client.cookies[STAFF_COOKIE] != before
    account = await sqlite_client.get("/staff/account", headers=ENGLISH)
    assert "10 recovery codes are left" in account.text
    assert codes[0] not in account.text
    csrf = {"csrf_token": field(account, "csrf_token")}
    assert f'content="{csrf["csrf_token"]}"' in done.text  # the page after the change has the new session's
    off = f"{path}/off"
    assert (await sqlite_client.post(off, data={**csrf, "code": telephone.code()})).status_code == 401
    gone = await sqlite_client.post(off, data={**csrf, "code": codes[0]})
    assert gone.headers["location"] == "/staff/account?done=off#second-factor"
    assert sqlite_parts.database.read_now(second_factor_of, known.clerks[0].id) is None


@pytest.mark.slow
async def test_a_role_that_must_have_one_sets_it_up_before_it_sees_any_page(
    known: SmallCity, sqlite_parts: Parts, clock: ManualClock
) -> None:
    here = replace(sqlite_parts, settings=test_settings(second_factor_for=["manager", "supervisor"]))
    async with client_of(here) as client:
        assert (await sign_in(client)).headers["location"] == "/staff"  # a clerk need not
        client.cookies.clear()
        by_json = {"username": "manager", "password": PASSWORD}
        told = await client.post("/api/v1/sessions", json=by_json)
        assert (told.status_code, told.json()["code"]) == (403, "second-factor-missing")
        half = await sign_in(client, "manager", next="/staff/halls/H1/plan")
        assert half.headers["location"].startswith("/staff/sign-in/second-factor?next=")
        assert (await client.get("/staff/halls/H1/plan")).status_code == 303
        assert (await client.get("/staff/sign-in/code")).status_code == 303  # not the step that is due
        page = await client.get(half.headers["location"])
        telephone = telephone_of(page, clock)
        form = {name: field(page, name) for name in ("csrf_token", "next", "sealed")}
        path = "/staff/sign-in/second-factor"
        assert (await client.post(path, data={**form, "code": "000000"})).status_code == 401
        done = await client.post(path, data={**form, "code": telephone.code()}, headers=ENGLISH)
        assert "Your recovery codes" in done.text
        assert 'href="/staff/halls/H1/plan"' in done.text
        assert (await client.get("/staff/halls/H1/plan")).status_code == 200
        refused = await client.post(
            "/staff/account/second-factor/off",
            data={"code": telephone.code()},
            headers={"X-CSRF-Token": (await client.get("/api/v1/me")).json()["csrf_token"]},
        )
        assert refused.json()["code"] == "second-factor-required"


async def test_a_manager_resets_for_a_clerk_of_the_own_hall_only(
    known: SmallCity, sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, clock: ManualClock
) -> None:
    for person in (known.clerks[0], known.other_clerk):
        with_telephone(sqlite_parts.database, person, sqlite_parts.vault, clock)
    await sign_in(sqlite_client, "manager")
    page = await sqlite_client.get("/staff/second-factors?hall=H2", headers=ENGLISH)
    assert "Clerk1" in page.text
    assert "Clerk4" not in page.text
    form = {"csrf_token": field(page, "csrf_token"), "person": str(known.clerks[0].id), "hall": "H1"}
    path = "/staff/second-factors/reset"
    assert (await sqlite_client.post(path, data={**form, "csrf_token": ""})).status_code == 403
    foreign = await sqlite_client.post(path, data={**form, "person": str(known.other_clerk.id)})
    assert foreign.json()["code"] == "not-your-person"
    done = await sqlite_client.post(path, data=form)
    told = await sqlite_client.get(done.headers["location"], headers=ENGLISH)
    assert "The second factor of clerk1 was reset." in told.text
    assert sqlite_parts.database.read_now(second_factor_of, known.clerks[0].id) is None
    await sign_in(sqlite_client)
    assert (await sqlite_client.get("/staff/second-factors")).status_code == 403  # nothing for clerks


async def test_sessions_are_listed_with_their_browser_and_ended(
    known: SmallCity, sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, clock: ManualClock
) -> None:
    edge = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0"
    await sign_in(sqlite_client)
    here = sqlite_client.cookies[STAFF_COOKIE]
    sqlite_client.cookies.clear()
    await sqlite_client.post(
        "/staff/sign-in", data={"username": "clerk1", "password": PASSWORD}, headers={"User-Agent": edge}
    )
    elsewhere = sqlite_client.cookies[STAFF_COOKIE]
    sqlite_client.cookies.set(STAFF_COOKIE, here, domain="testserver.local")
    page = await sqlite_client.get("/staff/account", headers=ENGLISH)
    assert "Edge · Windows" in page.text
    handle = re.search(r'Edge · Windows.*?name="handle" value="(\w+)"', page.text, re.DOTALL)
    assert handle is not None
    form = {"csrf_token": field(page, "csrf_token"), "handle": handle[1]}
    ended = await sqlite_client.post("/staff/account/sessions/end", data=form)
    assert ended.headers["location"] == "/staff/account?done=session#sessions"
    told = {"vault": sqlite_parts.vault, "now": clock.now()}
    alive = [sqlite_parts.database.read_now(signed_in, own, **told) for own in (here, elsewhere)]
    assert [own is not None for own in alive] == [True, False]
    others = await sqlite_client.post("/staff/account/sessions/end-others", data=form)
    assert others.headers["location"] == "/staff/account?done=sessions#sessions"
    assert sqlite_client.cookies[STAFF_COOKIE] != here


async def test_new_recovery_codes_void_the_old_ones(
    known: SmallCity, sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, clock: ManualClock
) -> None:
    telephone, old = with_telephone(sqlite_parts.database, known.clerks[0], sqlite_parts.vault, clock)
    await sign_in(sqlite_client)
    page = await sqlite_client.get("/staff/sign-in/code")
    form = {"csrf_token": field(page, "csrf_token"), "code": telephone.code()}
    await sqlite_client.post("/staff/sign-in/code", data=form)
    path = "/staff/account/second-factor"
    page = await sqlite_client.get(f"{path}/change", headers=ENGLISH)
    form = {"csrf_token": field(page, "csrf_token"), "code": "guess"}
    assert (await sqlite_client.post(f"{path}/recovery-codes", data=form)).status_code == 401
    made = await sqlite_client.post(f"{path}/recovery-codes", data={**form, "code": old[0]})
    codes = re.findall(r"<li>(\w{5}-\w{5})</li>", made.text)
    assert (made.status_code, len(codes), made.headers["cache-control"]) == (200, 10, "no-store")
    assert not set(codes) & set(old)
    csrf = {"csrf_token": re.findall(r'name="csrf-token" content="([^"]+)"', made.text)[0]}
    assert (await sqlite_client.post(f"{path}/off", data={**csrf, "code": old[1]})).status_code == 401
    assert (await sqlite_client.post(f"{path}/off", data={**csrf, "code": codes[0]})).status_code == 303
    assert (known.clerks[0].id, "account.recovery_codes") in noted(sqlite_parts.database)
