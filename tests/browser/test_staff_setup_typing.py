"""What a manager has typed in the set-up is neither lost nor refused for a reason that is not theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from kernel.tables import QueueRow
from queueing.setup.service import setup_of
from tests.browser.staff_site import page_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from sqlmodel import Session

    from tests.browser.staff_site import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def change(site: Site, queue: object, **values: object) -> None:
    def unit(session: Session) -> None:
        rows = QueueRow.__table__  # type: ignore[attr-defined]
        session.execute(update(rows).where(rows.c.id == queue).values(**values))

    site.parts.database.write_now(unit)


def test_a_queue_whose_minutes_were_measured_is_given_another_urgency(site: Site, chromium: Browser) -> None:
    change(site, site.city.queue_a, mean_minutes=10.2)
    desk = page_of(chromium, site, "manager", "/staff/halls/H1/setup#queues")
    page, weight = desk.page, desk.page.get_by_label("A Urgency in window plans")
    weight.fill("3")
    page.locator("tr", has=weight).get_by_role("button", name="Save").click()
    expect(page.locator("#message")).to_have_text("Saved.")
    setup = site.parts.database.read_now(setup_of, "H1", by=site.city.manager, now=site.parts.clock.now())
    assert (setup.queues[0].plan_weight, setup.queues[0].mean_minutes) == (3, 10.2)
    assert desk.errors == []


def test_saving_one_line_keeps_what_was_typed_in_others(site: Site, chromium: Browser) -> None:
    desk = page_of(chromium, site, "manager", "/staff/halls/H1/setup#clerks")
    page = desk.page
    page.get_by_label("Clerk1: Shift from").fill("09:00")
    page.get_by_label("Clerk2: A General intake").uncheck()
    page.get_by_role("link", name="Opening hours").click()
    page.get_by_role("button", name="Sunday Add").click()
    page.get_by_role("link", name="Queues and services").click()
    page.get_by_label("A Name (English)").fill("Papers")
    page.get_by_label("B Name (English)").fill("Money")
    page.locator("tr", has=page.get_by_label("A Name (English)")).get_by_role("button", name="Save").click()
    expect(page.locator("#message")).to_have_text("Saved.")
    typed = page.get_by_label("B Name (English)")
    expect(typed).to_have_value("Money")
    expect(page.locator("tr", has=typed).get_by_role("button", name="Save")).to_be_enabled()
    page.get_by_role("link", name="Opening hours").click()
    expect(page.get_by_label("Sunday opens")).to_have_count(1)
    page.get_by_role("link", name="Clerks and skills").click()
    expect(page.get_by_label("Clerk1: Shift from")).to_have_value("09:00")
    expect(page.get_by_label("Clerk2: A Papers")).not_to_be_checked()
    assert desk.errors == []


def test_what_somebody_else_saved_meanwhile_is_shown_instead_of_what_was_typed(
    site: Site, chromium: Browser
) -> None:
    desk = page_of(chromium, site, "manager", "/staff/halls/H1/setup#queues")
    page = desk.page
    page.get_by_label("B Name (English)").fill("Money")
    change(site, site.city.queue_b, name_en="Cash desk")
    page.get_by_label("A Name (English)").fill("Papers")
    page.locator("tr", has=page.get_by_label("A Name (English)")).get_by_role("button", name="Save").click()
    expect(page.locator("#message")).to_have_text("Saved.")
    expect(page.get_by_label("B Name (English)")).to_have_value("Cash desk")


def test_nobody_leaves_what_is_not_saved_without_being_asked(site: Site, chromium: Browser) -> None:
    desk = page_of(chromium, site, "manager", "/staff/halls/H1/setup#queues")
    page, asked = desk.page, list[str]()
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))  # type: ignore[call-overload, func-returns-value]
    page.get_by_label("A Name (English)").fill("Papers")
    with page.expect_event("dialog"):
        page.get_by_role("link", name="Hall today").click()
    assert asked == ["beforeunload"]
    expect(page.get_by_label("A Name (English)")).to_have_value("Papers")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/staff/sign-in*")
    assert asked == ["beforeunload"]  # whoever is signed out for being away is not kept by it


def test_clerks_of_the_same_name_are_told_apart_in_shifts(site: Site, chromium: Browser) -> None:
    page = page_of(chromium, site, "manager", "/staff/halls/H1/setup#clerks").page
    name = page.get_by_label("Name of clerk2")
    name.fill("Clerk1")
    page.locator("tr", has=name).get_by_role("button", name="Save").click()
    expect(page.get_by_label("Clerk1 (clerk1): Shift from")).to_have_count(1)
    expect(page.locator("#shifts-list tbody th").first).to_contain_text("clerk1")


def test_a_window_is_not_sent_with_an_impossible_limit(site: Site, chromium: Browser) -> None:
    desk = page_of(chromium, site, "manager", "/staff/halls/H1/setup#windows")
    page, limit = desk.page, desk.page.get_by_label("Window 1: Queues at once, at most")
    limit.fill("99")
    page.locator("tr", has=limit).get_by_role("button", name="Save").click()
    expect(limit).to_be_focused()
    expect(page.locator("#problem")).to_be_hidden()
    assert desk.errors == []
