"""The page of the audit trail in a real browser: wide, narrow, both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.staff_site import Site, assert_finished

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.support.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_trails_page_is_finished(site: Site, chromium: Browser, served: Served) -> None:
    served.ticket()
    served.call()
    assert_finished(chromium, site, "supervisor", "/staff/audit", "#trail td")
