"""The city's single sign-on as a clerk meets it: connected on the account's page, then used to sign in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect

from displays.staff_sso import BACK_PATH
from kernel.openid_client import OpenIdProvider
from kernel.web.parts import Parts
from tests.browser.staff_site import Site, violations
from tests.conftest import test_settings
from tests.support.openid_provider import StandIn
from tests.support.people import PASSWORD, give_passwords
from tests.support.served import listening_with, serving
from tests.support.small_city import SmallCity

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def site(sqlite_parts: Parts, sqlite_city: SmallCity) -> Iterator[Site]:
    """The served city beside a provider on a port of its own."""
    give_passwords(sqlite_parts.database)
    provider = StandIn()
    with listening_with(provider.app()) as (_, port):
        provider.issuer = f"http://127.0.0.1:{port}"
        named = provider.settings()
        parts = replace(sqlite_parts, settings=test_settings(sso=named.model_dump()))
        with serving(parts, sqlite_city) as served:
            back = served.url + BACK_PATH
            served.server.config.app.state.sso = OpenIdProvider(named, parts.vault, back=back)  # type: ignore[union-attr]
            yield Site.of(served)


def test_a_clerk_connects_the_name_and_signs_in_by_it(site: Site, chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 800}, locale="en-GB")
    page = context.new_page()
    page.goto(f"{site.url}/staff/account")
    assert violations(page) == []
    page.get_by_label("Name").fill("clerk1")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("Your password").fill(PASSWORD)
    assert violations(page) == []
    page.get_by_role("button", name="Connect with Example ID").click()
    expect(page.get_by_role("link", name="Go on to Example ID")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="Go on to Example ID").click()
    page.get_by_role("link", name="Agree").click()
    expect(page.get_by_role("status")).to_contain_text("Your name is connected.")
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("link", name="Sign in by Example ID").click()
    page.get_by_role("link", name="Agree").click()
    expect(page).to_have_url(f"{site.url}/staff/halls/H1/windows")
    context.close()
