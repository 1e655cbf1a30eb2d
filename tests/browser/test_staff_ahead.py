"""Planning ahead in a real browser: week, windows needed, appointment places, history, promises."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import delete

from queueing.window_tables import WindowEquipmentRow
from tests.browser.staff_site import Site, assert_finished, page_of, plan_now
from tests.browser.staff_worker import crowd, work

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PLAN = "/staff/halls/H1/plan"


def test_the_history_says_what_differs_and_lets_an_old_plan_hold_again(site: Site, chromium: Browser) -> None:
    crowd(site)
    desk = page_of(chromium, site, "manager", f"{PLAN}/history")
    page = desk.page
    expect(page.locator(".plan-versions tbody tr")).to_have_count(2)
    expect(page.locator("#changes tbody tr")).to_contain_text(["2"])
    # The list scrolls, and cut between two lines it would look complete.
    expect(page.locator("#changes")).to_contain_text("Differences: 1")
    # What is chosen and restored there is in sight, without scrolling sideways.
    assert page.locator("#versions .table-scroll").evaluate("(own) => own.scrollWidth - own.clientWidth") == 0
    assert plan_now(site)["2"] == {"B": False}
    page.get_by_role("button", name="Restore").press("Enter")
    expect(page.locator("main")).to_contain_text("in the place of no. 2, which holds on Mon–Fri")
    expect(page.get_by_role("button", name="Yes, let it hold")).to_be_focused()
    page.get_by_role("button", name="No", exact=True).press("Enter")
    expect(page.get_by_role("button", name="Yes, let it hold")).to_have_count(0)
    page.get_by_role("button", name="Restore").press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator("#message")).to_have_text("No. 1 holds again, as no. 3.")
    assert plan_now(site)["2"] == {"B": False, "A": True}
    page.locator('input[name="before"][value="1"]').check()
    expect(page.locator("#changes")).to_contain_text("No. 1 and no. 3 say the same.")
    assert desk.errors == []
    assert_finished(chromium, site, "manager", f"{PLAN}/history", "#changes table")


def test_the_plan_is_downloaded_as_a_table_and_as_a_calendar_of_all_windows(
    site: Site, chromium: Browser
) -> None:
    page = page_of(chromium, site, "manager", f"{PLAN}/history").page
    for button, ending in (("Download CSV", ".csv"), ("Download .ics", ".ics")):
        with page.expect_download() as download:
            page.get_by_role("button", name=button).click()
        assert download.value.suggested_filename.endswith(ending)


def test_a_week_is_planned_and_accepted_day_by_day_and_together(site: Site, chromium: Browser) -> None:
    crowd(site)
    desk = page_of(chromium, site, "manager", f"{PLAN}/week")
    page, answer = desk.page, desk.page.locator("#answer")
    expect(page.locator("#first-day")).to_have_value("2026-11-19")
    page.get_by_role("button", name="Plan these days").press("Enter")
    expect(answer.get_by_role("progressbar")).to_be_visible()
    assert work(site) == "plan_week"
    rows = answer.locator("section tbody tr")
    expect(rows.first).to_be_visible()
    days = rows.count()
    assert days >= 3
    expect(answer).not_to_contain_text("undefined")
    folded = answer.locator("details summary").first
    expect(folded).to_be_visible()
    assert "▸" in folded.evaluate("(own) => getComputedStyle(own, '::before').content")  # says that it opens
    rows.last.get_by_role("button", name="Into the draft").press("Enter")
    expect(page.locator("#message")).to_contain_text("computed layout as a draft")
    page.goto(f"{site.url}{PLAN}/week")  # the answer is still there
    expect(answer.get_by_role("button", name="Accept", exact=True)).to_have_count(days)
    last = rows.last.get_by_role("button", name="Accept", exact=True)
    last.press("Enter")
    expect(page.locator("#message")).to_contain_text("hold now, each on its weekday")
    expect(rows.last).to_contain_text("accepted")
    answer.get_by_role("button", name=f"Accept all {days - 1}").press("Enter")
    expect(answer.get_by_role("button", name="Accept", exact=False)).to_have_count(0)
    assert "A" in plan_now(site)["2"]
    page.reload()
    expect(answer.locator(".tag", has_text="accepted")).to_have_count(days)
    assert desk.errors == []
    assert_finished(chromium, site, "manager", f"{PLAN}/week", "#answer table")


def test_the_windows_that_are_needed_are_worked_out_and_become_a_draft(site: Site, chromium: Browser) -> None:
    crowd(site)
    desk = page_of(chromium, site, "manager", f"{PLAN}/staffing")
    page, answer = desk.page, desk.page.locator("#answer")
    expect(page.locator("#for-day")).to_have_value("2026-11-19")
    page.locator("#share").select_option("80")
    page.locator("#target").fill("30")
    page.keyboard.press("Enter")
    expect(answer.get_by_role("progressbar")).to_be_visible()
    assert work(site) == "answer_staffing"
    expect(answer.locator("svg.plan-curve")).to_be_visible()
    expect(answer).to_contain_text("80% of every queue within 30 minutes")
    expect(answer).not_to_contain_text("undefined")
    alone = answer.get_by_role("cell", name=re.compile(r"^\d+ from 08:30( · \d+ from \d\d:\d\d)*$"))
    expect(alone.first).to_be_visible()  # how many windows, and from when
    assert_finished(chromium, site, "manager", f"{PLAN}/staffing", "svg.plan-curve")
    answer.get_by_role("button", name="Put into the draft").press("Enter")
    expect(page.locator("#message")).to_contain_text("computed layout as a draft")
    assert desk.errors == []


def test_a_goal_out_of_reach_is_said_with_what_is_missing(site: Site, chromium: Browser) -> None:
    crowd(site)
    page = page_of(chromium, site, "manager", f"{PLAN}/staffing").page
    expect(page.locator("#for-day")).to_have_value("2026-11-19")
    page.locator("#share").select_option("95")
    page.locator("#target").fill("1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("progressbar")).to_be_visible()
    work(site)
    expect(page.locator("#answer .notice--warn")).to_contain_text("Out of reach.")
    expect(page.get_by_role("button", name="Put into the draft")).to_have_count(0)


@pytest.mark.parametrize(
    ("page_name", "asks"),
    [("week", "Plan these days"), ("staffing", "Work it out")],
    ids=["week", "staffing"],
)
def test_rules_that_cannot_be_kept_are_named(
    site: Site, chromium: Browser, page_name: str, asks: str
) -> None:
    crowd(site)
    blind = delete(WindowEquipmentRow).where(WindowEquipmentRow.__table__.c.queue_id == site.city.queue_b)
    site.parts.database.write_now(lambda session: session.execute(blind))
    page = page_of(chromium, site, "manager", f"{PLAN}/{page_name}").page
    answer = page.locator("#answer")
    page.get_by_role("button", name=asks).press("Enter")
    expect(answer.get_by_role("progressbar")).to_be_visible()
    work(site)
    expect(answer).to_contain_text("these contradict each other:")
    expect(answer).to_contain_text("every queue has a primary window (B)")
    expect(answer).to_contain_text("equipment of windows (B)")


def test_appointment_places_are_played_chosen_and_given_back_to_the_shares(
    site: Site, chromium: Browser
) -> None:
    crowd(site)
    desk = page_of(chromium, site, "manager", f"{PLAN}/appointments")
    page, answer = desk.page, desk.page.locator("#answer")
    expect(page.locator("#for-day")).to_have_value("2026-11-19")
    page.get_by_role("button", name="Work it out").press("Enter")
    expect(answer.get_by_role("progressbar")).to_be_visible()
    assert work(site) == "plan_appointments"
    expect(answer).to_contain_text("What each offer would give")
    expect(answer).to_contain_text("Nobody has chosen yet.")
    expect(answer.get_by_role("button", name="Go by the shares again")).to_have_count(0)
    expect(answer).not_to_contain_text("undefined")
    proposed = answer.get_by_role("row", name="proposed")
    proposed.get_by_role("button", name="Choose").press("Enter")
    expect(page.locator("#message")).to_contain_text("proposed holds now on Mon, Tue, Wed, Thu, Fri")
    expect(proposed).to_contain_text("holds")
    assert_finished(chromium, site, "manager", f"{PLAN}/appointments", "#answer table")
    page.get_by_role("button", name="Work it out").press("Enter")  # a new question knows of the old decision
    assert work(site) == "plan_appointments"
    expect(answer).to_contain_text("An offer that was chosen before holds.")
    answer.get_by_role("button", name="Go by the shares again").press("Enter")
    expect(page.locator("#message")).to_contain_text("by the shares holds now on Mon, Tue, Wed, Thu, Fri")
    expect(answer.get_by_role("button", name="Go by the shares again")).to_have_count(0)
    assert desk.errors == []


@pytest.mark.parametrize("page", ["week", "staffing", "appointments"])
def test_a_hall_without_history_is_told_so(site: Site, chromium: Browser, page: str) -> None:
    shown = page_of(chromium, site, "manager", f"{PLAN}/{page}").page
    shown.locator("#ask button").click()
    expect(shown.get_by_role("progressbar")).to_be_visible()
    work(site)
    expect(shown.locator("#answer")).to_contain_text("too few days of history")


def test_the_course_is_asked_for_by_period_and_looks_right_everywhere(site: Site, chromium: Browser) -> None:
    crowd(site)
    page = page_of(chromium, site, "supervisor", "/staff/course").page
    page.get_by_label("Hall", exact=True).select_option("H1")
    page.get_by_label("Periods", exact=True).select_option("month")
    page.get_by_role("button", name="Show").press("Enter")
    page.wait_for_url("**by=month**")
    expect(page.get_by_label("Periods", exact=True)).to_have_value("month")
    expect(page.locator("h1")).to_contain_text("Over time")
    assert_finished(chromium, site, "supervisor", "/staff/course?hall=H1", ".staff-course tbody tr")


def test_a_county_is_opened_into_its_halls_and_looks_right_everywhere(site: Site, chromium: Browser) -> None:
    crowd(site)
    page = page_of(chromium, site, "supervisor", "/staff/compare").page
    page.get_by_label("To the window, over", exact=True).select_option("3")
    page.get_by_role("button", name="Show").press("Enter")
    page.wait_for_url("**walk_over=3**")
    page.get_by_role("button", name="What does “To the window: half / nine in ten” count?").press("Enter")
    expect(page.locator("#define-walk")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="H1 district").first.press("Enter")
    expect(page.locator("h1")).to_contain_text("Compared by hall · H1 district")
    expect(page.locator(".staff-compare tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Without “H1 district”").press("Enter")
    expect(page.locator(".staff-compare tbody tr")).to_have_count(2)
    assert_finished(chromium, site, "supervisor", "/staff/compare?by=department", ".staff-four-free tfoot tr")


@pytest.mark.parametrize(
    ("who", "path"), [("manager", "/staff/halls/H1/promises"), ("supervisor", "/staff/promises")]
)
def test_the_promise_reports_look_right_everywhere(
    site: Site, chromium: Browser, who: str, path: str
) -> None:
    crowd(site)
    page = page_of(chromium, site, who, path).page
    page.locator("#days").select_option("7")
    page.get_by_role("button", name="Show").press("Enter")
    page.wait_for_url("**days=7**")
    expect(page.locator("#days")).to_have_value("7")
    page.locator("#definitions summary").press("Enter")
    expect(page.locator("#definitions dl")).to_be_visible()
    if who == "manager":  # the supervisor's is the same page
        assert_finished(chromium, site, who, path, ".promises tbody tr")
