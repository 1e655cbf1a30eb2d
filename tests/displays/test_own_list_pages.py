"""My appointments as pages: who is let in, what leads where, what other sites cannot do."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import pytest

from booking.messages.tables import MessageRow
from booking.mine.access import FOUND_COOKIE, SIGNED_IN_COOKIE
from booking.mine.tables import OwnItemRow
from displays.mine_access import CODE_COOKIE
from displays.mine_sign_in import BACK_PATH, SEALED_FOR
from kernel.web.access import STAFF_COOKIE
from kernel.web.parts import Parts
from kernel.work_tables import IdempotencyRow
from tests.conftest import client_of, test_settings
from tests.support.openid_provider import StandIn
from tests.support.own_lists import FOREIGN, PEOPLE, PHONE, Here, csrf_in, installed
from tests.support.served import listening_with
from tests.support.small_city import SmallCity

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from kernel.clock import ManualClock


@pytest.fixture
async def here(sqlite_parts: Parts, sqlite_city: SmallCity) -> AsyncIterator[Here]:
    assert sqlite_city
    async with installed(sqlite_parts) as made:
        yield made


# --- signed in --------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_who_signs_in_books_and_finds_it_on_the_list(here: Here) -> None:
    assert 'href="/mine/sign-in?next=%2Fmine"' in (await here.mine()).text
    assert await here.sign_in() == "/mine"
    token = await here.book()
    page = await here.mine()
    assert page.headers["cache-control"] == "no-store"
    assert "Coming appointments" in page.text
    assert token not in page.text, "no list holds a link that opens anything"
    (way,) = re.findall(r'href="(/mine/to/[^"]+)"', page.text)
    led = await here.client.get(way)
    assert (led.headers["location"], led.headers["cache-control"]) == (f"/a/{token}", "no-store")
    own = await here.client.get(f"/a/{token}", headers=PEOPLE)
    assert "This stands in" in own.text


async def test_it_gives_no_right_of_staff(here: Here) -> None:
    await here.sign_in()
    assert STAFF_COOKIE not in here.client.cookies
    assert (await here.client.get("/staff/account")).headers["location"].startswith("/staff/sign-in")
    held = here.client.cookies[SIGNED_IN_COOKIE]
    assert (
        await here.client.get("/api/v1/me", headers={"Authorization": f"Bearer {held}"})
    ).status_code == 401


@pytest.mark.slow
async def test_what_was_booked_before_is_added_on_its_page(here: Here) -> None:
    token = await here.book()
    page = await here.client.get(f"/a/{token}", headers=PEOPLE)
    assert f"/mine/sign-in?next=%2Fa%2F{token}" in page.text
    assert await here.sign_in(f"/mine/sign-in?next=/a/{token}") == f"/a/{token}"
    page = await here.client.get(f"/a/{token}", headers=PEOPLE)
    form = {**csrf_in(page), "about": "appointment", "token": token}
    added = await here.client.post("/mine/add", data=form)
    assert added.headers["location"] == f"/a/{token}"
    page = await here.client.get(f"/a/{token}", headers=PEOPLE)
    subject = re.search(r'name="subject" value="([^"]+)"', page.text)
    assert subject is not None
    gone = await here.client.post("/mine/take-off", data={**csrf_in(page), "subject": subject[1]})
    assert gone.headers["location"] == "/mine?done=off"
    assert here.rows(OwnItemRow) == []


async def test_a_change_without_the_pages_own_token_is_refused(here: Here) -> None:
    token = await here.book()
    await here.sign_in()
    form = {"about": "appointment", "token": token}
    for path, data in (
        ("/mine/add", form),
        ("/mine/take-off", {"subject": str(uuid4())}),
        ("/mine/forget", {}),
        ("/mine/sign-out", {}),
    ):
        for wrong in ({}, {"csrf_token": "0" * 64}, {"csrf_token": "谁"}):
            answer = await here.client.post(path, data={**data, **wrong}, headers=PEOPLE)
            assert answer.status_code == 403, path
    assert here.rows(OwnItemRow) == []
    assert (await here.mine()).status_code == 200


async def test_signing_in_never_takes_over_a_token_that_was_put_there(here: Here) -> None:
    await here.sign_in()
    planted = here.client.cookies[SIGNED_IN_COOKIE]
    here.provider.person = "person-2"
    await here.sign_in()
    assert here.client.cookies[SIGNED_IN_COOKIE] != planted
    answer = await here.client.get("/api/v1/mine", headers={"Authorization": f"Bearer {planted}"})
    assert answer.status_code == 401


async def test_an_answer_that_another_browser_set_out_for_opens_nothing(here: Here) -> None:
    address = await here.at_provider()
    here.client.cookies.clear()
    assert (await here.client.get(address)).headers["location"] == "/mine?sign_in=refused"
    assert SIGNED_IN_COOKIE not in here.client.cookies
    told = await here.client.get("/mine?sign_in=refused", headers=PEOPLE)
    assert "Example Citizen ID has not let you in" in told.text


async def test_the_journey_of_a_staff_member_opens_no_list(here: Here, clock: ManualClock) -> None:
    back = f"http://testserver{BACK_PATH}"
    own = here.provider.for_citizens()
    for how, opens in (({}, False), ({"sealed_for": SEALED_FOR, "asks_anew": False}, True)):
        leaving = await here.provider.provider(own, here.parts.vault, back, **how).leave(
            "/mine", wall=clock.now()
        )
        here.client.cookies.clear()
        here.client.cookies.set("jinban_citizen_away", leaving.sealed)
        address = here.provider.agreed(dict(parse_qsl(urlsplit(leaving.url).query)))
        await here.client.get(address)
        assert (SIGNED_IN_COOKIE in here.client.cookies) is opens


async def test_an_answer_counts_once(here: Here) -> None:
    address = await here.at_provider()
    cookie = here.client.cookies["jinban_citizen_away"]
    await here.client.get(address)
    here.client.cookies.delete(SIGNED_IN_COOKIE)
    here.client.cookies.set("jinban_citizen_away", cookie, path="/mine/sign-in")
    assert (await here.client.get(address)).headers["location"] == "/mine?sign_in=refused"


@pytest.mark.parametrize("target", ["https://x.example/", "//x.example", "/\\x.example", "/staff", "/a\n/"])
@pytest.mark.slow
async def test_nobody_is_led_off_the_citizens_pages(here: Here, target: str) -> None:
    left = await here.client.get("/mine/sign-in", params={"next": target})
    asked = dict(parse_qsl(urlsplit(left.headers["location"]).query))
    assert (await here.client.get(here.provider.agreed(asked))).headers["location"] == "/mine"


async def test_a_silent_service_leaves_the_other_ways(here: Here) -> None:
    here.provider.silent = True
    left = await here.client.get("/mine/sign-in")
    assert left.headers["location"] == "/mine?sign_in=silent"
    told = await here.client.get("/mine?sign_in=silent", headers=PEOPLE)
    assert "does not answer at the moment" in told.text
    assert "Send me a code" in told.text


async def test_whoever_is_signed_in_there_is_not_asked_anew_unless_the_settings_say_so(here: Here) -> None:
    left = await here.client.get("/mine/sign-in")
    assert "prompt" not in dict(parse_qsl(urlsplit(left.headers["location"]).query))


@pytest.mark.parametrize("ask_anew", [False, True])
@pytest.mark.slow
async def test_the_settings_name_the_service_and_whether_it_asks_anew(
    sqlite_parts: Parts, sqlite_city: SmallCity, ask_anew: bool
) -> None:
    assert sqlite_city
    service = StandIn()
    with listening_with(service.app()) as (_, port):
        service.issuer = f"http://127.0.0.1:{port}"
        made = service.for_citizens(ask_anew=ask_anew)
        settings = test_settings(citizen_sign_in=made.model_dump())
        async with client_of(replace(sqlite_parts, settings=settings)) as client:
            left = await client.get("/mine/sign-in")
    asked = dict(parse_qsl(urlsplit(left.headers["location"]).query))
    assert asked["redirect_uri"] == "http://testserver/mine/sign-in/back"
    assert (asked["scope"], asked.get("prompt")) == ("openid", "login" if ask_anew else None)


@pytest.mark.slow
async def test_the_list_closes_by_itself_and_says_so(here: Here, clock: ManualClock) -> None:
    await here.sign_in()
    token = await here.book()
    (way,) = re.findall(r'href="(/mine/to/[^"]+)"', (await here.mine()).text)
    clock.advance(timedelta(hours=1, seconds=1))
    assert (await here.client.get(way)).headers["location"] == "/mine?ended=1"
    told = await here.client.get("/mine?ended=1", headers=PEOPLE)
    assert "Your list has closed by itself" in told.text
    assert token not in told.text


async def test_signing_out_closes_it_and_forgetting_takes_everything_off(here: Here) -> None:
    await here.sign_in()
    await here.book()
    held = here.client.cookies[SIGNED_IN_COOKIE]
    out = await here.client.post("/mine/sign-out", data=csrf_in(await here.mine()))
    assert out.headers["location"] == "/mine?done=out"
    assert SIGNED_IN_COOKIE not in here.client.cookies
    program = {"Authorization": f"Bearer {held}"}
    assert (await here.client.get("/api/v1/mine", headers=program)).status_code == 401
    await here.sign_in()
    asked = await here.client.get("/mine/forget", headers=PEOPLE)
    gone = await here.client.post("/mine/forget", data=csrf_in(asked))
    assert gone.headers["location"] == "/mine?done=forgotten"
    assert here.rows(OwnItemRow) == []


# --- by a code --------------------------------------------------------------------------------------


async def test_a_code_opens_the_list_of_the_number(here: Here) -> None:
    token = await here.book()
    asked = await here.ask()
    assert (asked.status_code, asked.headers["location"]) == (303, "/mine/code")
    cookie = asked.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Path=/mine"))
    wrong = await here.type_code("12345")
    assert (wrong.status_code, "The code is not right." in wrong.text) == (401, True)
    opened = await here.type_code(here.code())
    assert opened.headers["location"] == "/mine"
    page = await here.mine()
    (way,) = re.findall(r'href="(/mine/to/[^"]+)"', page.text)
    assert (await here.client.get(way)).headers["location"] == f"/a/{token}"
    assert CODE_COOKIE not in here.client.cookies


async def test_known_and_unknown_numbers_get_the_same_answer(here: Here) -> None:
    await here.book()
    answers = []
    for phone in (PHONE, "13700000000"):
        here.client.cookies.clear()
        asked = await here.ask(phone)
        form = await here.client.get("/mine/code", headers=PEOPLE)
        wrong = await here.type_code("000000")
        shape = re.sub(r"=[^;]+;", "=;", asked.headers["set-cookie"], count=1)
        answers.append((asked.status_code, shape, form.text, wrong.status_code, wrong.text))
    assert answers[0] == answers[1]


async def test_no_hash_that_leads_to_the_number_is_kept_with_the_form(here: Here) -> None:
    """The stored answer of a form is found by a hash: of a number alone it would tell the number."""
    from hashlib import sha256  # noqa: PLC0415 - beside its only use

    await here.ask()
    plain = sha256(f"/mine/find\x00{PHONE}".encode()).digest()
    assert [row for row in here.rows(IdempotencyRow) if bytes(row.fingerprint) == plain] == []
    assert here.rows(IdempotencyRow)


async def test_pressed_twice_it_is_one_code(here: Here) -> None:
    await here.book()
    form = {"key": uuid4().hex, "phone": PHONE}
    for _ in range(2):
        await here.client.post("/mine/find", data=form)
    assert len([row for row in here.rows(MessageRow) if row.kind == "code"]) == 1


async def test_another_sites_page_asks_for_no_code_and_types_none(here: Here) -> None:
    await here.book()
    assert (await here.ask(**FOREIGN)).status_code == 403
    await here.ask()
    assert (await here.type_code(here.code(), **FOREIGN)).status_code == 403
    assert FOUND_COOKIE not in here.client.cookies


async def test_what_is_no_number_is_said_beside_the_field(here: Here) -> None:
    wrong = await here.ask("12")
    assert (wrong.status_code, 'aria-invalid="true"' in wrong.text) == (422, True)


async def test_an_address_asks_for_a_limited_number_of_codes(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("booking.mine.limits.ASKED_PER_ADDRESS", 2)
    assert [(await here.ask()).status_code for _ in range(3)] == [303, 303, 429]
    monkeypatch.setattr("booking.mine.limits.TRIES_PER_ADDRESS", 2)
    assert [(await here.type_code("1")).status_code for _ in range(3)] == [401, 401, 429]


@pytest.mark.slow
async def test_without_messages_and_sign_in_the_page_says_what_to_do(
    sqlite_parts: Parts, sqlite_city: SmallCity
) -> None:
    assert sqlite_city
    async with installed(sqlite_parts, messages=False, sign_in=False) as here:
        told = await here.mine()
        assert "the help desk of the hall finds your appointment in its list" in told.text
        assert "Send me a code" not in told.text
        assert "Sign in" not in told.text
        assert (await here.ask()).status_code == 409
        assert (await here.client.get("/mine/sign-in")).status_code == 404
        ways = (await here.client.get("/api/v1/mine/ways")).json()
        assert ways == {"sign_in": None, "by_phone": False}
