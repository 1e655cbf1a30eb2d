"""My appointments in a real browser: signed in, found by a code, taken off; wide, narrow, by keyboard."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import uuid4

import httpx2
import pytest
from playwright.sync_api import expect

from displays.mine_sign_in import BACK_PATH, SEALED_FOR
from kernel.openid_client import OpenIdProvider
from tests.browser.staff_site import ENGLISH, SAID_ALOUD, SAME_IN_CHINESE, Site
from tests.browser.test_messages import held
from tests.browser.test_ratings import looked_at, open_as_citizen
from tests.conftest import bearer, test_settings
from tests.ratings.raters import PHONE
from tests.support.openid_provider import StandIn
from tests.support.served import listening_with, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from booking.messages.gateway import StandIn as StandInGateway
    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TERMS = {"kind": "stand_in", "origin": "https://jb.example.cn"}


@dataclass(frozen=True)
class OwnSite(Site):
    """A site whose messages can be read."""

    gateway: StandInGateway


@pytest.fixture
def site(sqlite_parts: Parts, sqlite_city: SmallCity) -> Iterator[OwnSite]:
    """The served city beside an identity service on a port of its own; no message leaves the database."""
    provider = StandIn()
    with listening_with(provider.app()) as (_, port):
        provider.issuer = f"http://127.0.0.1:{port}"
        named = provider.for_citizens()
        settings = test_settings(citizen_sign_in=named.model_dump(), messages=TERMS)
        parts = replace(sqlite_parts, settings=settings)
        with serving(parts, sqlite_city) as served:
            state = served.server.config.app.state  # type: ignore[union-attr]
            back = served.url + BACK_PATH
            state.citizen_sign_in = OpenIdProvider(
                named, parts.vault, back=back, sealed_for=SEALED_FOR, asks_anew=False
            )
            yield OwnSite(served.url, served.city, served.parts, state.gateway)


def book(page: Page, phone: str = PHONE) -> None:
    page.fill("#name", "王小明")
    page.fill("#phone", phone)
    page.get_by_role("button", name="预约", exact=True).click()
    page.get_by_role("heading", name="预约成功").wait_for()


def in_one_language(page: Page) -> None:
    said = page.evaluate(SAID_ALOUD).replace("\u200b", "")
    assert set(ENGLISH.findall(said)) - SAME_IN_CHINESE == set()


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_who_signs_in_finds_what_they_booked(chromium: Browser, site: OwnSite, width: int) -> None:
    page = open_as_citizen(chromium, site, "/", width)
    looked_at(page, "own-front", width)
    page.get_by_role("link", name="我的预约").click()
    page.wait_for_url("**/mine")
    looked_at(page, "own-ways", width)
    in_one_language(page)
    page.goto(f"{site.url}/book/{held(site)}")
    looked_at(page, "own-book", width)
    page.get_by_role("link", name="用省统一身份认证登录").click()
    page.get_by_role("link", name="Agree").click()
    book(page)
    expect(page.locator(".own-part")).to_contain_text("已加入")
    looked_at(page, "own-appointment", width)
    page.locator(".own-part").get_by_role("link", name="我的预约").click()
    expect(page.get_by_role("heading", name="即将到来的预约")).to_be_visible()
    looked_at(page, "own-list", width)
    in_one_language(page)
    line = page.locator(".own__link")
    line.focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="预约成功").wait_for()
    page.get_by_role("button", name="移出").click()
    expect(page.get_by_role("status")).to_contain_text("已移出列表")
    looked_at(page, "own-empty", width)
    in_one_language(page)
    page.get_by_role("link", name="清除我的列表").click()
    page.wait_for_url("**/mine/forget")
    looked_at(page, "own-forget", width)
    page.get_by_role("link", name="保留列表").click()
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_role("status")).to_contain_text("您已退出")
    page.context.close()


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_who_has_the_telephone_finds_it_by_a_code(chromium: Browser, site: OwnSite, width: int) -> None:
    page = open_as_citizen(chromium, site, f"/book/{held(site)}", width)
    book(page)
    link = page.url
    page.context.close()
    page = open_as_citizen(chromium, site, "/mine", width)
    page.fill("#phone", "12")
    page.get_by_role("button", name="获取验证码").click()
    expect(page.locator("#errors")).to_be_focused()
    looked_at(page, "own-no-number", width)
    page.fill("#phone", PHONE)
    page.keyboard.press("Enter")
    page.fill("#code", "00")
    looked_at(page, "own-code", width)
    in_one_language(page)
    page.keyboard.press("Enter")
    expect(page.locator("#errors")).to_contain_text("验证码不正确")
    looked_at(page, "own-wrong-code", width)
    page.fill("#code", code_of(page, site))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="即将到来的预约")).to_be_visible()
    looked_at(page, "own-found", width)
    page.locator(".own__link").click()
    expect(page).to_have_url(link)
    page.context.close()


def code_of(page: Page, site: OwnSite) -> str:
    """Return the code that the stand-in for the gateway got; the app's own sender works beside the page."""
    for _ in range(120):
        for kept in site.gateway.latest():
            if found := re.search(r"验证码 (\d{6})", kept.text):
                return found[1]
        page.wait_for_timeout(250)
    pytest.fail("no code was sent in 30 s")


def test_in_english_too(chromium: Browser, site: OwnSite) -> None:
    page = open_as_citizen(chromium, site, "/mine", 390, locale="en-GB")
    looked_at(page, "own-ways-en", 390)
    page.get_by_role("link", name="Sign in by Example Citizen ID").click()
    page.get_by_role("link", name="Agree").click()
    expect(page.locator(".lead")).to_contain_text("Nothing stands here yet.")
    looked_at(page, "own-empty-en", 390)
    page.context.close()


@pytest.mark.parametrize("width", [390, 320])
def test_tickets_and_appointments_are_added_from_their_own_pages(
    chromium: Browser, site: OwnSite, width: int
) -> None:
    page = open_as_citizen(chromium, site, "/mine", width)
    page.get_by_role("link", name="用省统一身份认证登录").click()
    page.get_by_role("link", name="Agree").click()
    kiosk = bearer(site.city.tokens["kiosk"])
    where = f"{site.url}/api/v1/halls/H1/tickets"
    for _ in range(2):
        issued = httpx2.post(
            where, json={"services": ["id-card"]}, headers=kiosk | {"Idempotency-Key": uuid4().hex}
        )
        page.goto(f"{site.url}/t/{issued.json()['token']}")
        page.get_by_role("button", name="加入我的预约").click()
        expect(page.locator(".own-part")).to_contain_text("已加入")
    looked_at(page, "own-ticket", width)
    page.get_by_role("button", name="放弃排队").click()
    page.get_by_text("您已放弃").first.wait_for()
    page.goto(f"{site.url}/book/{held(site)}")
    book(page)
    page.goto(f"{site.url}/mine")
    for place, heading in enumerate(("今天的排队号", "即将到来的预约", "最近办过的")):
        expect(page.locator("h2").nth(place)).to_have_text(heading)
    looked_at(page, "own-full", width)
    in_one_language(page)
    page.context.close()


def test_what_is_found_by_number_is_kept_by_who_is_signed_in(chromium: Browser, site: OwnSite) -> None:
    page = open_as_citizen(chromium, site, f"/book/{held(site)}", 390)
    book(page)
    page.context.close()
    page = open_as_citizen(chromium, site, "/mine", 390)
    page.get_by_role("link", name="用省统一身份认证登录").click()
    page.get_by_role("link", name="Agree").click()
    page.fill("#phone", PHONE)
    page.keyboard.press("Enter")
    page.fill("#code", code_of(page, site))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="即将到来的预约")).to_be_visible()
    looked_at(page, "own-both", 390)
    page.get_by_role("button", name="将凭手机号找到的内容加入我的预约").click()
    expect(page.get_by_role("status")).to_contain_text("已加入我的预约")
    looked_at(page, "own-kept", 390)
    page.context.close()
