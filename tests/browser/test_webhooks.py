"""The supervisor's pages of webhooks in a real browser: finished, by keyboard, the secret shown once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from booking.rules.webhooks import Answered, WebhookKind
from booking.webhooks import handing_on, sending
from booking.webhooks import service as hooks
from kernel.identity import SYSTEM
from tests.browser.staff_site import Site, assert_finished, page_of, violations

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]
URL = "https://hooks.example.cn/jinban/events"
# Addresses and codes are no language; milliseconds are.
CODES = (
    "code, .webhook-url, #webhooks td:nth-child(2), #deliveries td:nth-child(4) .soft:not(.webhook-answer)"
)


def told(site: Site) -> str:
    """Register a webhook whose receiver took one event and refuses another."""
    write, clock, vault = site.parts.database.write_now, site.parts.clock, site.parts.vault
    wanted = hooks.NewWebhook("统一受理平台", URL, frozenset(WebhookKind), None)
    made = write(hooks.register, wanted, by=SYSTEM, clock=clock, vault=vault, allowed=())
    for answered in (Answered(204, took_ms=38), Answered(500, answer="服务暂不可用", took_ms=912)):
        site.issue()
        write(handing_on.hand_on, clock=clock)
        (claimed,) = write(sending.claim_due, clock=clock, vault=vault, allowed=())
        write(sending.settle, claimed, answered, clock=clock, share=0.5)
    return f"/staff/webhooks/{made.webhook.own.id}"


def test_the_pages_are_finished(site: Site, chromium: Browser) -> None:
    address = told(site)
    words = f"document.querySelectorAll('{CODES}').forEach(e => e.remove())"
    assert_finished(chromium, site, "supervisor", "/staff/webhooks", "#kinds", before=words)
    assert_finished(chromium, site, "supervisor", address, "#deliveries", before=words)


@pytest.mark.parametrize("width", [1280, 320])
def test_a_supervisor_registers_by_keyboard_and_sees_the_secret_once(
    site: Site, chromium: Browser, width: int
) -> None:
    desk = page_of(chromium, site, "supervisor", "/staff/webhooks", width=width, locale="zh-CN")
    page = desk.page
    page.locator("#name").focus()
    page.keyboard.type("省平台")
    page.keyboard.press("Tab")
    page.keyboard.type("https://10.1.2.3/x")
    page.keyboard.press("Enter")
    expect(page.locator("#errors")).to_be_focused()
    expect(page.locator("#url-error")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(page) == []
    page.fill("#url", URL)
    page.locator("[name=kinds]").nth(0).focus()
    page.keyboard.press("Space")
    expect(page.locator("[name=kinds]:checked")).to_have_count(len(WebhookKind) - 1)
    page.locator("form.card .button--primary").focus()
    page.keyboard.press("Enter")
    secret = page.locator("#secret")
    expect(secret).to_have_text(re.compile("^whsec_"))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(page) == []
    page.goto(site.url + "/staff/webhooks")
    page.click("#webhooks a")
    expect(page.locator("#deliveries")).to_be_visible()
    expect(page.locator("#secret")).to_have_count(0)
    assert desk.errors == []
