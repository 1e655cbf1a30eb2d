"""Licences on file in a real browser: agreed to when booking, looked at at the window, listed, taken back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import httpx2
import pytest
from playwright.sync_api import expect

from displays.mine_sign_in import BACK_PATH, SEALED_FOR
from kernel.openid_client import OpenIdProvider
from tests.browser.staff_site import Site, assert_finished, page_of
from tests.browser.test_messages import held
from tests.browser.test_ratings import looked_at, open_as_citizen
from tests.conftest import bearer, test_settings
from tests.support.openid_provider import StandIn
from tests.support.served import listening_with, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def site(sqlite_parts: Parts, sqlite_city: SmallCity) -> Iterator[Site]:
    """The served city with an identity service and the licence system's stand-in."""
    provider = StandIn()
    with listening_with(provider.app()) as (_, port):
        provider.issuer = f"http://127.0.0.1:{port}"
        named = provider.for_citizens()
        settings = test_settings(citizen_sign_in=named.model_dump(), licences={"kind": "stand_in"})
        parts = replace(sqlite_parts, settings=settings)
        with serving(parts, sqlite_city) as served:
            state = served.server.config.app.state  # type: ignore[union-attr]
            state.citizen_sign_in = OpenIdProvider(
                named, parts.vault, back=served.url + BACK_PATH, sealed_for=SEALED_FOR, asks_anew=False
            )
            yield Site(served.url, served.city, served.parts)


@pytest.mark.parametrize("width", [1280, 320])
def test_a_citizen_agrees_reads_and_takes_it_back(chromium: Browser, site: Site, width: int) -> None:
    page = open_as_citizen(chromium, site, f"/mine/sign-in?next=/book/{held(site)}", width)
    page.get_by_role("link", name="Agree").click()
    page.fill("#name", "王小明")
    page.fill("#phone", "13800138000")
    page.fill("#id_number", "110105194912310021")
    page.get_by_label("查询我本人可以免带的材料").check()
    page.get_by_role("button", name="预约", exact=True).click()
    expect(page.locator("#id_number-error")).to_be_visible()
    looked_at(page, "licences-book", width)
    page.fill("#id_number", "11010519491231002X")
    page.get_by_role("button", name="预约", exact=True).click()
    page.get_by_role("heading", name="预约成功").wait_for()
    expect(page.locator("section[aria-labelledby=bring]")).to_contain_text("户口簿")
    page.locator("#looks summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#looks")).to_contain_text("您本人")
    looked_at(page, "licences-appointment", width)
    page.get_by_role("button", name="撤回同意").click()
    expect(page.get_by_role("button", name="同意查询")).to_be_visible()
    looked_at(page, "licences-taken-back", width)
    page.context.close()


def test_a_clerk_with_leave_looks_while_the_ticket_is_served(chromium: Browser, site: Site) -> None:
    page = page_of(chromium, site, "manager", "/staff/halls/H1/licences", locale="zh-CN").page
    looked_at(page, "licences-leave", 1280)
    page.get_by_role("button", name="授予 Clerk1 查询权限").click()
    expect(page.get_by_role("button", name="取消 Clerk1 的查询权限")).to_be_visible()
    page.context.close()
    site.issue()
    window, clerk = site.city.windows[0], site.city.tokens["clerk1"]
    for step in ("open", "call-next"):
        done = httpx2.post(f"{site.url}/api/v1/windows/{window}/{step}", headers=bearer(clerk)).json()
    httpx2.post(f"{site.url}/api/v1/tickets/{done['id']}/start", headers=bearer(clerk)).raise_for_status()
    path = f"/staff/windows/{window}"
    page = page_of(chromium, site, "clerk1", path, locale="zh-CN").page
    page.get_by_role("link", name="电子证照").click()
    page.fill("#number", "11010519491231002X")
    page.get_by_label("本人在场").check()
    page.get_by_role("button", name="查询电子证照").click()
    expect(page.locator("section[aria-labelledby=found]")).to_be_visible()
    looked_at(page, "licences-found", 1280)
    page.context.close()
    assert_finished(chromium, site, "clerk1", f"{path}/licences", "#number")
    assert_finished(chromium, site, "manager", "/staff/halls/H1/licences", "table")
