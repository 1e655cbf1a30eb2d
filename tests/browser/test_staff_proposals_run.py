"""Proposals that are really searched for, judged and measured, from asking to taking back, in a browser."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, expect

from kernel.clock import ManualClock
from queueing.plans.search import Budget
from queueing.plans.service import measure_accepted
from queueing.store.plans import waiting_plans
from tests.browser.staff_site import Site, assert_finished, page_of, plan_now
from tests.browser.staff_worker import crowd, searching, work
from tests.support.past_days import add_days, workdays
from tests.support.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PROPOSALS = "/staff/halls/H1/proposals"
SHORT, LONG = Budget(60, None), Budget(1_000_000, 40.0)


@pytest.fixture
def site(served: Served) -> Site:
    made = Site.of(served)
    crowd(made)
    return made


def test_a_search_is_stopped_and_what_it_found_is_judged_accepted_and_taken_back(
    site: Site, chromium: Browser
) -> None:
    desk = page_of(chromium, site, "manager", PROPOSALS)
    page, detail = desk.page, desk.page.locator("#detail")
    page.locator("#for-day").select_option(index=0)  # today
    with searching(site, LONG):
        page.get_by_role("button", name="Ask for a proposal").press("Enter")
        expect(detail.get_by_role("progressbar")).to_be_visible()
        expect(detail).to_contain_text("less waiting than with the present plan")
        page.get_by_role("button", name="Stop, and take the best so far").press("Enter")
    expect(detail).to_contain_text("the mean wait falls from")
    expect(page.locator("#message")).to_have_text("The proposal has been computed.")
    expect(detail).to_contain_text("The search was stopped by hand")
    gaining = detail.get_by_role("row", name="General intake")
    expect(gaining).to_contain_text("gains")
    expect(detail.locator(".staff-proposed tbody tr")).not_to_have_count(0)
    expect(detail).not_to_contain_text("undefined")
    before = plan_now(site)
    detail.get_by_role("button", name="Accept").press("Enter")
    # Today's opening is over: what is offered instead is still to come.
    expect(page.locator("#accept-at")).to_have_value(re.compile("2026-11-18T(09|1[0-9]):00"))
    page.get_by_role("dialog").get_by_role("button", name="Accept").press("Enter")
    expect(page.locator("#message")).to_have_text("Accepted; the plan holds now.")
    assert "A" in plan_now(site)["2"]
    assert "A" not in before["2"]
    detail.get_by_role("button", name="Take back").press("Enter")
    expect(page.locator("#message")).to_have_text("Taken back; the plan before holds again.")
    assert plan_now(site) == before
    assert desk.errors == []


def test_an_accepted_proposal_is_measured_a_week_later_and_says_whether_it_kept_its_promise(
    site: Site, chromium: Browser
) -> None:
    desk = page_of(chromium, site, "manager", PROPOSALS)
    page, detail = desk.page, desk.page.locator("#detail")
    page.locator("#for-day").select_option(index=0)  # today
    with searching(site, SHORT):
        page.get_by_role("button", name="Ask for a proposal").press("Enter")
    detail.get_by_role("button", name="Accept").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Accept").press("Enter")
    expect(detail).to_contain_text("every night says whether the promise is kept")
    site.parts.database.write_now(add_days, site.city, workdays(date(2026, 11, 19), 5))
    assert isinstance(site.parts.clock, ManualClock)
    site.parts.clock.advance(timedelta(days=8))
    site.parts.database.write_now(measure_accepted, site.city.hall, now=site.parts.clock.now())
    assert work(site) == "measure_proposal"
    site.parts.clock.advance(timedelta(days=-8))  # the same session reads on
    page.reload()
    promise = detail.locator(".staff-promise")
    expect(promise.get_by_role("heading")).to_contain_text("kept")
    expect(promise).to_contain_text("On the 5 days since (better on 5)")
    expect(promise.get_by_role("row", name="General intake")).to_be_visible()
    expect(promise).to_contain_text("This verdict is final")
    assert desk.errors == []
    assert_finished(chromium, site, "manager", PROPOSALS, ".staff-promise")


def test_a_search_that_ran_to_its_end_is_declined_with_a_reason_that_stays(
    site: Site, chromium: Browser
) -> None:
    page = page_of(chromium, site, "manager", PROPOSALS).page
    before = plan_now(site)
    with searching(site, SHORT):
        page.get_by_role("button", name="Ask for a proposal").press("Enter")
    expect(page.locator("#detail")).to_contain_text("The search tried")
    page.get_by_role("button", name="Decline …").press("Enter")
    page.keyboard.type("Window 2 has a trainee.")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#message")).to_have_text("Declined; the reason is kept.")
    page.reload()
    expect(page.locator("#detail")).to_contain_text("Declined because: Window 2 has a trainee.")
    assert plan_now(site) == before


def test_tomorrows_proposal_is_accepted_for_its_morning_waits_and_is_called_off(
    site: Site, chromium: Browser
) -> None:
    desk = page_of(chromium, site, "manager", PROPOSALS)
    page, detail = desk.page, desk.page.locator("#detail")
    before = plan_now(site)
    expect(page.locator("#for-day option").first).to_have_text(re.compile("18 Nov · today"))
    expect(page.locator("#for-day")).to_have_value("2026-11-19")  # the day that is still to be planned
    page.get_by_label("Spare every queue").check()
    with searching(site, SHORT):
        page.get_by_role("button", name="Ask for a proposal").press("Enter")
    expect(detail).to_contain_text("Every queue was spared")
    detail.get_by_role("button", name="Accept").press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("From a time on:").last).to_have_value("2026-11-19T08:30")
    expect(dialog).to_contain_text("Until then nothing changes")
    dialog.get_by_role("button", name="Accept").press("Enter")
    expect(page.locator("#message")).to_have_text("Accepted; the plan waits for its time.")
    expect(detail).to_contain_text("Accepted to hold from Thu 19 Nov, 08:30 on.")
    assert plan_now(site) == before
    detail.get_by_role("button", name="Take back").press("Enter")
    expect(page.locator("#message")).to_have_text("Taken back; the plan before holds again.")
    assert site.parts.database.read_now(waiting_plans, site.city.hall) == []
    assert desk.errors == []


def test_a_proposal_whose_plan_was_replaced_says_in_sight_of_its_key_what_helps(
    site: Site, chromium: Browser
) -> None:
    desk = page_of(chromium, site, "manager", PROPOSALS)
    page, detail = desk.page, desk.page.locator("#detail")
    with searching(site, SHORT):
        page.get_by_role("button", name="Ask for a proposal").press("Enter")
    accept = detail.get_by_role("button", name="Accept")
    expect(accept).to_be_visible()
    crowd(site)  # somebody publishes a plan
    page.set_viewport_size({"width": 1280, "height": 400})
    accept.press("Enter")
    page.mouse.wheel(0, 3000)
    page.get_by_role("dialog").get_by_role("button", name="Accept").press("Enter")
    problem = page.locator("#problem")
    expect(problem).to_contain_text(
        "Another window plan was published meanwhile. It would be overwritten unseen."
    )
    expect(problem).to_be_in_viewport()
    expect(detail).to_contain_text("the plan has changed since")
    expect(detail.get_by_role("button", name="Decline")).to_be_visible()
    expect(accept).to_have_count(0)
    assert desk.errors == []


def test_a_search_that_has_not_begun_claims_no_share_of_it(site: Site, chromium: Browser) -> None:
    page = page_of(chromium, site, "manager", PROPOSALS).page
    page.get_by_role("button", name="Ask for a proposal").click()
    detail = page.locator("#detail")
    expect(detail).to_contain_text("the past days are being read")
    expect(detail).not_to_contain_text("0%")
    expect(detail.locator("progress:not([value])")).to_have_count(1)
