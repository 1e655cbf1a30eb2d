"""Messages in a real browser: told at booking, stopped, asked for at the ticket, counted for staff."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import httpx2
import pytest
from playwright.sync_api import expect
from sqlmodel import col, func, select

from booking.messages.tables import MessageContactRow, MessageRow
from booking.rules.messages import MessageStatus
from kernel.bus import InProcessBus
from kernel.web.parts import Parts
from tests.browser.staff_site import Site, assert_finished, page_of
from tests.browser.test_ratings import looked_at, open_as_citizen
from tests.conftest import test_settings
from tests.ratings.raters import PHONE
from tests.support.served import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def post_site(
    sqlite_database: Database, clock: ManualClock, vault: Vault, sqlite_city: SmallCity
) -> Iterator[Site]:
    """The served city with a stand-in for the gateway."""
    terms = {"kind": "stand_in", "origin": "https://jb.example.cn"}
    parts = Parts(test_settings(messages=terms), sqlite_database, clock, vault, InProcessBus())
    with serving(parts, sqlite_city) as served:
        yield Site.of(served)


def held(site: Site) -> str:
    """Keep a place for the day after tomorrow and return its token."""
    where = "/api/v1/halls/H1/slots?service=id-card&from=2026-11-20"
    slots = httpx2.get(site.url + where).json()
    wish = {"hall": "H1", "services": ["id-card"], "starts_at": slots["days"][0]["slots"][0]["starts_at"]}
    key = {"Idempotency-Key": uuid4().hex}
    answer = httpx2.post(f"{site.url}/api/v1/appointments/holds", json=wish, headers=key)
    return str(answer.json()["token"])


def wait_until_sent(page: Page, site: Site) -> None:
    """Let the sender, which works beside the requests, send: to stop messages voids what still waits."""
    sent = select(func.count()).where(col(MessageRow.status) == MessageStatus.SENT)
    for _ in range(120):
        if site.parts.database.read_now(lambda session: session.scalar(sent)):
            return
        page.wait_for_timeout(250)
    pytest.fail("nothing was sent in 30 s")


def test_messages_are_told_stopped_and_asked_for(chromium: Browser, post_site: Site) -> None:
    site = post_site
    page = open_as_citizen(chromium, site, f"/book/{held(site)}", 390)
    expect(page.locator("#phone-hint")).to_contain_text("最多发 6 条短信")
    looked_at(page, "messages-told", 390)
    page.fill("#name", "王小明")
    page.fill("#phone", PHONE)
    page.get_by_role("button", name="预约", exact=True).click()
    expect(page.locator("#sms")).to_contain_text("139****0123")
    looked_at(page, "messages-appointment", 390)
    wait_until_sent(page, site)
    page.get_by_role("button", name="不再接收短信").click()
    expect(page.locator("#sms [role=status]")).to_contain_text("不再给 139****0123 发短信")
    page.context.close()

    for _ in range(4):
        site.issue()
    kiosk = {"Authorization": f"Bearer {site.city.tokens['kiosk']}", "Idempotency-Key": uuid4().hex}
    where = f"{site.url}/api/v1/halls/H1/tickets"
    token = httpx2.post(where, json={"services": ["id-card"]}, headers=kiosk).json()["token"]
    page = open_as_citizen(chromium, site, f"/t/{token}", 320)
    page.fill("#sms-phone", "12")
    page.get_by_role("button", name="短信提醒我").click()
    expect(page.locator("#sms-phone-error")).to_be_visible()
    expect(page.locator("#sms-phone")).to_be_focused()
    looked_at(page, "messages-wrong-number", 320)
    page.fill("#sms-phone", PHONE)
    page.get_by_role("button", name="短信提醒我").click()
    expect(page.locator("#sms [role=status]")).to_contain_text("给 139****0123 发短信")
    page.context.close()

    staff = page_of(chromium, site, "supervisor", "/staff/messages", locale="zh-CN")
    expect(staff.page.locator("#latest tbody")).to_contain_text("预约成功")
    text = staff.page.locator(".staff-texts").inner_text()
    assert staff.errors == []
    no_links = "document.querySelectorAll('.staff-text').forEach((own) => { own.textContent = ''; })"
    assert_finished(chromium, site, "supervisor", "/staff/messages", "#latest", before=no_links)
    stop = text.split("https://jb.example.cn")[-1].split()[0]
    page = open_as_citizen(chromium, site, stop, 390)
    expect(page.get_by_role("heading", level=1)).to_have_text("不再发短信")
    looked_at(page, "messages-stop", 390)
    page.context.close()
    read = site.parts.database.read_now
    assert len(read(lambda session: list(session.execute(MessageContactRow.__table__.select())))) == 2  # type: ignore[attr-defined]


def test_a_number_that_was_typed_wrong_at_the_desk_is_corrected_there(
    chromium: Browser, post_site: Site
) -> None:
    for _ in range(4):
        post_site.issue()
    desk = page_of(chromium, post_site, "clerk1", "/staff/halls/H1/tickets", locale="zh-CN", width=1366)
    desk.page.locator("button[name=service]").first.click()
    state = desk.page.locator(".staff-sms [role=status]")
    desk.page.fill("#sms-phone", "13800000000")
    desk.page.get_by_role("button", name="短信提醒").click()
    expect(state).to_contain_text("给 138****0000 发短信")
    desk.page.get_by_text("换一个号码").click()
    desk.page.fill("#sms-phone", PHONE)
    desk.page.get_by_role("button", name="短信提醒").click()
    expect(state).to_contain_text("给 139****0123 发短信")
    looked_at(desk.page, "messages-desk", 1366)
    assert desk.errors == []
