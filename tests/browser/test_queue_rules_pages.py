"""Quotas, classes, returns and looking ahead in a real browser: finished pages, keys, small screens."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from playwright.sync_api import expect

from tests.browser.staff_site import Site, assert_finished, page_of
from tests.conftest import bearer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SHOTS = os.environ.get("QUEUE_SHOTS")


def post(site: Site, who: str, path: str, **json: Any) -> Any:
    answer = httpx2.post(
        f"{site.url}/api/v1/{path}", json=json, headers=bearer(site.city.tokens[who]), timeout=30
    )
    return answer.raise_for_status().json()


def keep(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def shown(chromium: Browser, site: Site, address: str, width: int, height: int = 844) -> Page:
    context = chromium.new_context(locale="zh-CN", viewport={"width": width, "height": height})
    page = context.new_page()
    page.goto(site.url + address)
    return page


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_a_manager_s_limits_and_classes_are_finished_pages_and_people_see_them(
    site: Site, chromium: Browser
) -> None:
    post(site, "manager", "halls/H1/ticket-quotas", queue="A", most=1, by_weekday=[{"weekday": 5, "most": 9}])
    post(
        site, "manager", "halls/H1/ticket-quotas", service="insurance", most=5, from_minute=540, to_minute=720
    )
    for names in (
        ("老年人", "Elderly people", 20),
        ("残障人士", "Disabled people", 20),
        ("退役军人", "Veterans", 10),
    ):
        post(
            site, "manager", "halls/H1/priority-classes", name_zh=names[0], name_en=names[1], minutes=names[2]
        )
    assert_finished(chromium, site, "manager", "/staff/halls/H1/quotas", "#about")
    assert_finished(chromium, site, "manager", "/staff/halls/H1/priority", "#zh-new")
    assert_finished(chromium, site, "manager", "/staff/halls/H1/places", "#first")
    for path in ("quotas", "priority", "places"):
        desk = page_of(chromium, site, "manager", f"/staff/halls/H1/{path}", locale="zh-CN")
        keep(desk.page, f"manager_{path}")
        narrow = page_of(chromium, site, "manager", f"/staff/halls/H1/{path}", width=320, locale="zh-CN")
        assert fits(narrow.page)
        for field in narrow.page.locator(".staff-week .input:visible").all():
            box = field.bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= 320, "no day of the week is cut off"
        keep(narrow.page, f"manager_{path}_320")
    kiosk = shown(chromium, site, f"/kiosk/H1?device={site.city.tokens['kiosk']}", 1080, 1400)
    kiosk.goto(site.url + "/kiosk/H1/queues/A/id-card")
    keep(kiosk, "kiosk_classes")
    kiosk.get_by_role("button", name="残障人士").click()
    expect(kiosk.locator(".paper")).to_contain_text("残障人士")
    kiosk.goto(site.url + "/kiosk/H1")
    expect(kiosk.get_by_text("今日号已发完")).to_be_visible()
    keep(kiosk, "kiosk_start")
    kiosk.goto(site.url + "/kiosk/H1/queues/A/household")
    expect(kiosk.get_by_text("今天的现场号已发完。")).to_be_visible()
    keep(kiosk, "kiosk_none")
    desk = page_of(chromium, site, "clerk1", "/staff/halls/H1/tickets", locale="zh-CN")
    keep(desk.page, "give_ticket")


def test_a_clerk_looks_ahead_and_sends_somebody_for_papers_by_keys(site: Site, chromium: Browser) -> None:
    window = site.city.windows[0]
    post(site, "clerk1", f"windows/{window}/open")
    site.issue()
    desk = page_of(chromium, site, "clerk1", f"/staff/windows/{window}", locale="zh-CN")
    page = desk.page
    page.keyboard.press("l")
    expect(page.locator("#next")).to_contain_text("A001")
    expect(page.locator("#next")).to_contain_text("取号时告知：")
    keep(page, "desk_next")
    page.keyboard.press("n")
    expect(page.locator("#current")).to_contain_text("A001")
    expect(page.locator("#next")).to_be_hidden()
    page.keyboard.press("s")
    expect(page.locator('[data-command="come-back"]')).to_have_attribute("aria-disabled", "false")
    page.keyboard.press("c")
    page.keyboard.type("居住证原件")
    keep(page, "desk_return")
    page.keyboard.press("Enter")
    slip = page.locator("#return-slip a")
    expect(slip).to_contain_text("补件码")
    keep(page, "desk_slip")
    address = slip.get_attribute("href")
    assert address is not None
    assert not desk.errors
    printed = page_of(chromium, site, "clerk1", address, locale="zh-CN")
    code = printed.page.locator(".reference").inner_text()
    keep(printed.page, "slip")
    plain = (
        "document.querySelector('.reference').textContent = '3333 4444'"  # letters of a code are no English
    )
    assert_finished(chromium, site, "clerk1", address, "h1", before=plain)
    kiosk = shown(chromium, site, f"/kiosk/H1?device={site.city.tokens['kiosk']}", 1080, 1400)
    kiosk.goto(site.url + "/kiosk/H1/back")
    for letter in code.replace(" ", ""):
        kiosk.locator(f'[data-key="{letter}"]').click()
    keep(kiosk, "kiosk_back")
    kiosk.get_by_role("button", name="取号").click()
    expect(kiosk.locator(".paper__number")).to_have_text("A002")
