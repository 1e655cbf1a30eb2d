"""The help desk books for somebody in a real browser: by keyboard, narrow, without a phone, to the slip."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.staff_site import Site, assert_finished, page_of, violations
from tests.browser.test_booked import book

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOME = "/staff/halls/H1/book"
TIMES = f"{HOME}/times?service=id-card"
# References and addresses are words of no language; the hall has its English name beside the Chinese one.
WITHOUT_REFERENCES = """() => {
  document.title = "1";
  const apart = ".paper__number--code, .paper__link, .paper [lang=en]";
  for (const own of document.querySelectorAll(apart)) own.textContent = "1";
}"""
# A function: the page's security policy forbids to look twice at a mere expression.
HAS_ITS_QR = "() => document.querySelector('.paper__qr').naturalWidth > 0"
WITHOUT_LEAD = "() => { document.querySelector('.lead').textContent = '1'; }"


def test_a_clerk_books_for_somebody_without_a_phone_by_keyboard(site: Site, chromium: Browser) -> None:
    desk = page_of(chromium, site, "clerk1", HOME, locale="zh-CN")
    page = desk.page
    page.locator("#find").press_sequentially("身份证")
    expect(page.locator("[name=service][value=insurance]")).to_be_hidden()
    page.locator("[name=service][value=id-card]").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.locator(".slot").first.focus()
    page.keyboard.press("Enter")
    page.locator("#name").fill("李秀英")
    who = page.url.removeprefix(site.url)
    assert_finished(chromium, site, "clerk1", who, "#name")
    page.locator("#name").press("Enter")
    expect(page.locator(".paper__qr")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("预约单是唯一凭证")
    page.wait_for_function(HAS_ITS_QR)
    expect(page.locator(".paper__number--code")).to_have_text(re.compile(r"^\w{4} \w{4}$"))
    slip = page.url.removeprefix(site.url)
    assert_finished(chromium, site, "clerk1", slip, ".paper__qr", before=WITHOUT_REFERENCES)
    page.emulate_media(media="print")
    expect(page.locator(".paper")).to_be_visible()
    expect(page.locator("#print")).to_be_hidden()
    expect(page.locator("main"), "what staff read is not printed").not_to_contain_text(
        "预约单是唯一凭证", use_inner_text=True
    )
    assert desk.errors == []


@pytest.mark.parametrize(("path", "ready"), [(HOME, "[name=service]"), (TIMES, ".slot")])
def test_choosing_is_finished_wide_and_narrow_in_both_languages(
    site: Site, chromium: Browser, path: str, ready: str
) -> None:
    assert_finished(chromium, site, "clerk1", path, ready)


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(site: Site, chromium: Browser) -> None:
    desk = page_of(chromium, site, "clerk1", TIMES, width=320)
    page = desk.page
    page.locator(".slot").first.click()
    page.locator("#phone").fill("12")
    page.get_by_role("button", name="Book", exact=True).click()
    expect(page.locator("#errors")).to_be_focused()
    expect(page.locator("#phone-error")).to_be_visible()
    expect(page.locator("#name-error")).to_be_visible()
    expect(page.locator("#phone")).to_have_value("12")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert violations(page) == []


def test_a_clerk_moves_an_appointment_for_somebody(site: Site, chromium: Browser) -> None:
    booked = book(site, 1)[0].appointment
    desk = page_of(chromium, site, "clerk1", "/staff/halls/H1/appointments")
    page = desk.page
    page.get_by_role("link", name=re.compile("^Move ")).first.click()
    expect(page.locator(".slot").first).to_be_visible()
    address = page.url.removeprefix(site.url)
    assert_finished(chromium, site, "clerk1", address, ".slot", before=WITHOUT_LEAD)
    page.locator(".slot").nth(2).click()
    expect(page.get_by_role("status").first).to_contain_text("Moved to this day.")
    expect(page.locator("#appointments")).to_contain_text(booked.code[:4])
    assert desk.errors == []
