"""A booking confirmed by a code, two people together, a relative: in a real browser, wide and narrow."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from booking import service
from booking.service import Client, Person
from kernel.tables import HallRow, ServiceRow
from tests.browser.staff_site import assert_finished, page_of
from tests.browser.test_own_list import TERMS, OwnSite, code_of, in_one_language
from tests.browser.test_ratings import looked_at, open_as_citizen
from tests.conftest import test_settings
from tests.support.served import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser
    from sqlmodel import Session

    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SERVICES = ServiceRow.__table__


@pytest.fixture
def site(sqlite_parts: Parts, sqlite_city: SmallCity) -> Iterator[OwnSite]:
    """The served city whose hall asks for a code and takes up to three people for an identity card."""
    allowed = update(SERVICES).where(SERVICES.c.code == "id-card").values(party="places", party_most=3)

    def unit(session: Session) -> None:
        session.execute(allowed)
        hall = session.get_one(HallRow, sqlite_city.hall)
        hall.policy = {"appointment_share": 1, "activation": 1}
        hall.phone = "0660-3366000"

    parts = replace(sqlite_parts, settings=test_settings(messages=TERMS))
    with serving(parts, sqlite_city) as served:
        served.parts.database.write_now(unit)
        state = served.server.config.app.state  # type: ignore[union-attr]
        yield OwnSite(served.url, served.city, served.parts, state.gateway)


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_two_people_are_booked_for_a_relative_by_a_code(chromium: Browser, site: OwnSite, width: int) -> None:
    page = open_as_citizen(chromium, site, "/book?hall=H1&service=id-card", width)
    page.get_by_label("一共来几个人？").select_option("2")
    page.get_by_role("button", name="查看时间").click()
    page.wait_for_url("**party=2**")
    looked_at(page, "party-times", width)
    in_one_language(page)
    page.locator(".slot:visible").first.click()
    expect(page.locator("main")).to_contain_text("2 人同来")
    page.get_by_label("我为家人或他人代约").check()
    looked_at(page, "party-who", width)
    in_one_language(page)
    page.fill("#name", "王奶奶")
    page.fill("#phone", "13800138000")
    page.locator("#phone").press("Enter")
    page.get_by_role("heading", name="输入验证码").wait_for()
    looked_at(page, "code-asked", width)
    in_one_language(page)
    code = code_of(page, site)
    page.fill("#code", "000000" if code != "000000" else "111111")
    page.locator("#code").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("还可输入 4 次")
    expect(page.locator("#errors")).to_be_focused()
    looked_at(page, "code-wrong", width)
    page.fill("#code", code)
    page.locator("#code").press("Enter")
    page.get_by_role("heading", name="预约成功").wait_for()
    expect(page.locator(".facts")).to_contain_text("代他人预约")
    looked_at(page, "party-booked", width)
    page.context.close()


def test_the_desk_sees_who_comes_with_whom(chromium: Browser, site: OwnSite) -> None:
    write, keys = site.parts.database.write_now, {"clock": site.parts.clock, "vault": site.parts.vault}
    now = site.parts.clock.now()
    read = site.parts.database.read_now
    days = read(service.free_slots, "H1", ["id-card"], first_day=None, days=1, now=now, party=2)
    start = days[0].slots[0].starts_at
    held = write(service.hold, "H1", ["id-card"], start, client=Client("b", "203.0.113.1"), party=2, **keys)
    write(service.confirm, held.token, Person("王奶奶", "13800138000", for_other=True), **keys)
    assert_finished(chromium, site, "clerk1", "/staff/halls/H1/book/times?service=id-card&party=2", ".slot")
    desk = page_of(chromium, site, "clerk1", "/staff/halls/H1/appointments")
    row = desk.page.locator("#appointments tbody tr")
    expect(row).to_contain_text("2 people")
    expect(row).to_contain_text("booked by another")
    desk.page.get_by_role("button", name="Check in").click()
    expect(desk.page.get_by_role("button", name="Print the ticket")).to_be_visible()
    desk.page.goto(f"{site.url}/staff/windows/{site.city.windows[0]}")
    for command in ("open", "call-next"):
        desk.page.locator(f"[data-command={command}]:visible:enabled").click()
    expect(desk.page.locator("#current")).to_contain_text("2 people come together.")
    expect(desk.page.locator("#current")).to_contain_text("Somebody else booked for this person.")
    assert desk.errors == []
