"""A crowded hall's today in a browser: an alert comes and goes by itself, another plan is really computed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import update

from kernel.clock import ManualClock
from queueing import service
from queueing.plans.tables import ProposalRow
from queueing.rules.windows import planned_at
from queueing.store import plan_of
from tests.browser.staff_site import Site, page_of
from tests.browser.staff_worker import crowd, learn, raise_alerts, work
from tests.support.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TODAY = "/staff/halls/H1"


@pytest.fixture
def site(served: Served) -> Site:
    """Two windows serve B, for which nobody comes; before the first one A's citizens crowd."""
    made = Site.of(served)
    crowd(made)
    learn(made)
    for place in range(3):
        parts, city = made.parts, made.city
        parts.database.write_now(
            service.open_window, city.windows[place], by=city.clerks[place], clock=parts.clock
        )
    return made


def windows_for_a(site: Site, minute: int) -> int:
    """Return how many windows serve queue A at a local minute of today, by the plan in force."""
    today = site.parts.clock.now().date()
    plan = site.parts.database.read_now(plan_of, site.city.hall, today.weekday(), on=today)
    return sum(site.city.queue_a in planned_at(plan.entries, window, minute) for window in site.city.windows)


def test_an_alert_comes_when_the_hall_leaves_its_forecast_and_goes_when_it_is_back(
    site: Site, chromium: Browser
) -> None:
    desk = page_of(chromium, site, "manager", TODAY)
    page = desk.page
    standing = page.locator("#alerts-standing .today-alert")
    expect(standing.filter(has_text="General intake")).to_contain_text("only 0 came without appointment")
    expect(page.locator("#alerts-said")).not_to_be_empty()
    for _ in range(30):
        site.issue()
    assert isinstance(site.parts.clock, ManualClock)
    site.parts.clock.advance(timedelta(minutes=11))  # an alert keeps its state for ten
    raise_alerts(site)
    expect(standing.filter(has_text="only 0 came")).to_have_count(0, timeout=20_000)
    expect(page.locator("#alerts-past-title")).to_contain_text("Earlier today")
    assert desk.errors == []


@pytest.mark.parametrize(("locale", "windows"), [("en-GB", "2, 3"), ("zh-CN", "2、3")])
def test_windows_are_listed_as_the_readers_language_does(
    site: Site, chromium: Browser, locale: str, windows: str
) -> None:
    page = page_of(chromium, site, "manager", TODAY, locale=locale).page
    expect(page.locator("#queues tbody tr").nth(1)).to_contain_text(windows)


def test_an_alert_of_long_waits_says_beside_its_figures_how_it_is_now(site: Site, chromium: Browser) -> None:
    site.issue()
    assert isinstance(site.parts.clock, ManualClock)
    site.parts.clock.advance(timedelta(minutes=25))
    raise_alerts(site)
    page = page_of(chromium, site, "manager", TODAY).page
    alert = page.locator("#alerts-standing .today-alert").filter(has_text="over the 20 min promised")
    expect(alert).to_contain_text("Now: longest wait so far 25 min, 1 waiting; expected: ")
    site.parts.database.write_now(
        service.call_next, site.city.windows[0], by=site.city.clerks[0], clock=site.parts.clock
    )
    expect(alert).to_contain_text("Now: nobody waits.")


def test_an_alert_of_a_missing_window_says_once_it_is_open(site: Site, chromium: Browser) -> None:
    window, clerk, write = site.city.windows[0], site.city.clerks[0], site.parts.database.write_now
    write(service.close_window, window, by=clerk, clock=site.parts.clock)
    assert isinstance(site.parts.clock, ManualClock)
    site.parts.clock.advance(timedelta(minutes=15))
    raise_alerts(site)
    page = page_of(chromium, site, "manager", TODAY).page
    alert = page.locator("#alerts-standing .today-alert").filter(has_text="Window 1 is planned")
    expect(alert).to_be_visible()
    expect(alert).not_to_contain_text("Now: open.")
    write(service.open_window, window, by=clerk, clock=site.parts.clock)
    expect(alert).to_contain_text("Now: open.")


def test_a_reload_while_another_plan_is_computed_loses_nothing(site: Site, chromium: Browser) -> None:
    for _ in range(16):
        site.issue()
    desk = page_of(chromium, site, "manager", TODAY)
    page = desk.page
    with page.expect_response("**/replans"):
        page.locator("#replan-ask").press("Enter")
    page.reload()
    expect(page.locator("#replan-message")).to_have_text("Computing …")
    assert work(site) == "replan_today"
    expect(page.locator("#replan-found .staff-headline")).to_be_visible()
    expect(page.locator("#replan-message")).to_be_empty()
    assert desk.errors == []


def test_another_plan_for_the_crowd_is_computed_accepted_for_a_time_and_taken_back(
    site: Site, chromium: Browser
) -> None:
    for _ in range(16):
        site.issue()
    desk = page_of(chromium, site, "manager", TODAY)
    page, found = desk.page, desk.page.locator("#replan-found")
    page.locator("#replan-ask").press("Enter")
    expect(page.locator("#replan-message")).to_have_text("Computing …")
    assert work(site) == "replan_today"
    expect(found.locator(".staff-headline")).to_contain_text("people would wait")
    expect(page.locator("#replan-title")).to_be_focused()
    expect(found).to_contain_text("Shorter:")
    expect(found.locator(".today-replan__changes li")).not_to_have_count(0)
    expect(found).not_to_contain_text("undefined")
    found.get_by_label("In force from").fill("09:00")
    found.get_by_role("button", name="Accept").press("Enter")
    expect(page.locator("#replan-message")).to_contain_text("That time is over.")
    expect(found.get_by_label("In force from")).to_have_value("09:00")
    found.get_by_label("In force from").fill("10:05")
    found.get_by_role("button", name="Accept").press("Enter")
    expect(found).to_contain_text("it holds today only")
    assert windows_for_a(site, 604) == 1
    assert windows_for_a(site, 605) > 1
    found.get_by_role("button", name="Take back").press("Enter")
    expect(page.locator("#replan-message")).to_have_text("Taken back; the plan before holds again.")
    assert windows_for_a(site, 605) == 1
    assert desk.errors == []


def test_a_plan_for_the_rest_of_a_day_that_is_over_can_no_more_be_decided(
    site: Site, chromium: Browser
) -> None:
    for _ in range(16):
        site.issue()
    today = page_of(chromium, site, "manager", TODAY).page
    today.locator("#replan-ask").press("Enter")
    expect(today.locator("#replan-message")).to_have_text("Computing …")
    assert work(site) == "replan_today"
    yesterday = site.parts.clock.now().date() - timedelta(days=1)
    page = page_of(chromium, site, "manager", f"{TODAY}/proposals").page
    expect(page.get_by_role("button", name="Accept")).to_be_visible()
    site.parts.database.write_now(
        lambda session: session.execute(update(ProposalRow).values(for_day=yesterday))
    )
    page.reload()
    expect(page.locator("#detail-title .tag")).to_have_text("the day is over")
    expect(page.get_by_role("button", name="Accept")).to_have_count(0)
