"""The manager's today in a real browser: chart and table, alerts taken care of, a plan for the day's rest."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Route, expect
from sqlalchemy import insert

from kernel.ids import uuid7
from kernel.sessions import end_sessions
from queueing import service
from queueing.plans.store import plain_entry
from queueing.plans.tables import ProposalRow
from tests.browser.staff_site import Site, page_of
from tests.browser.staff_worker import learn, raise_alerts
from tests.support.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def site(served: Served) -> Site:
    made = Site.of(served)
    learn(made)
    return made


def replanned(site: Site, *, status: str = "shown", reason: str = "") -> None:
    """Store a plan for the rest of today as the worker hands it back: window 3 helps A."""
    plan = site.parts.database.read_now(service.plan_of, site.city.hall, now=site.parts.clock.now())
    cell, helps = {"primary": ["B"], "helping": []}, {"primary": ["B"], "helping": ["A"]}
    waits = {"mean": 22.0, "p90": 40.0, "over_target": 0.5, "tail": 51.0}
    queue = {"tickets": 40, "now_p90": 40.0, "planned_p90": 25.0}
    effect = {
        "reason": reason,
        "now": waits, "planned": {**waits, "mean": 14.0}, "tickets": 60, "futures": 96, "days_better": 90,
        "difference": {"mean": -8.0, "low": -9.5, "high": -6.5}, "until_minute": 730, "seconds": 1.4,
        "queues": [
            {**queue, "prefix": "A", "now_mean": 25.0, "planned_mean": 12.0, "verdict": "gains"},
            {**queue, "prefix": "B", "now_mean": 3.0, "planned_mean": 5.0, "verdict": "loses"},
        ],
        "blocks": [{"from_minute": 580, "to_minute": 730}],
        "windows": [{"label": "3", "changed": True, "now": [cell], "planned": [helps]}],
    }  # fmt: skip
    values = {
        "id": uuid7(), "hall_id": site.city.hall, "for_day": site.parts.clock.now().date(),
        "kind": "intraday", "status": status, "base_version": plan.version, "reason": "",
        "created_at": site.parts.clock.now(),
        "plan": [plain_entry(entry) for entry in plan.entries if not entry.helping], "effect": effect,
    }  # fmt: skip
    table = ProposalRow.__table__  # type: ignore[attr-defined]
    site.parts.database.write_now(lambda session: session.execute(insert(table).values(**values)))


def test_on_a_telephone_every_queue_shows_its_expected_wait_and_windows(
    site: Site, chromium: Browser
) -> None:
    page = page_of(chromium, site, "manager", "/staff/halls/H1", width=390).page
    expect(page.locator("#queues tbody tr").first).to_contain_text("no open window")
    # At once, since the lines are drawn anew with each reading.
    rights = page.evaluate(
        "[...document.querySelectorAll('#queues td')].map((own) => own.getBoundingClientRect().right)"
    )
    assert max(rights) <= 390


def test_the_chart_says_in_words_and_in_a_table_what_it_shows(site: Site, chromium: Browser) -> None:
    page = page_of(chromium, site, "manager", "/staff/halls/H1").page
    chart = page.locator("svg.today-chart")
    expect(chart).to_have_attribute("role", "img")
    words = page.locator("#chart-words")
    expect(words).not_to_be_empty()
    expect(chart).to_have_attribute("aria-label", words.inner_text())
    page.locator(".today-table summary").click()
    expect(page.locator("#chart-table tbody tr")).to_have_count(10)  # 8:30 to 17:30, an hour a line
    page.locator("#chart-choice button").nth(1).press("Enter")
    expect(page.locator("#chart-choice button").nth(1)).to_have_attribute("aria-pressed", "true")
    expect(words).to_contain_text("A ")
    expect(page.locator(".today-gap").first).to_be_visible()


def test_a_plan_withheld_for_a_queue_says_which_would_pay(site: Site, chromium: Browser) -> None:
    replanned(site, status="no_gain", reason="queue_worse")
    found = page_of(chromium, site, "manager", "/staff/halls/H1").page.locator("#replan-found")
    expect(found).to_contain_text("make one queue wait much longer")
    expect(found.locator(".today-replan__queues").last).to_contain_text("3.0 → 5.0")
    expect(found.get_by_role("button", name="Accept")).to_have_count(0)


def test_what_several_queues_lack_is_told_together_and_not_as_the_largest_alone(
    site: Site, chromium: Browser
) -> None:
    """Two queues lack half a window each: one is missing, not two, and not for one queue only."""
    page = page_of(chromium, site, "manager", "/staff/halls/H1").page

    def both_short(route: Route) -> None:
        answer = route.fetch()
        gap = {"from_minute": 600, "to_minute": 660, "windows": 1, "hints": []}
        short = [{**gap, "prefix": "A", "lacking": 0.7}, {**gap, "prefix": "B", "lacking": 0.9}]
        route.fulfill(response=answer, json={**answer.json(), "gaps": short})

    page.route("**/halls/H1/today", both_short)
    page.reload()
    figure = page.locator("#figures .today-figure--short")
    expect(figure).to_contain_text("2 windows")  # 1.6 windows
    expect(figure).to_contain_text("10:00–11:00, queues A, B")
    expect(page.locator("#gaps")).to_contain_text("10:00–11:00, A, B together: 2 windows short.")
    expect(page.locator(".today-gap")).to_have_count(2)


def test_a_window_that_somebody_left_open_is_told_and_closed_from_there(
    site: Site, chromium: Browser
) -> None:
    write, window, clerk = site.parts.database.write_now, site.city.windows[0], site.city.clerks[0]
    write(service.open_window, window, by=clerk, clock=site.parts.clock)
    page = page_of(chromium, site, "manager", "/staff/halls/H1", width=390).page
    expect(page.locator("#windows")).to_contain_text("Clerk1")
    expect(page.locator("#left-open")).to_be_hidden()
    write(end_sessions, clerk.id)
    page.reload()
    expect(page.locator("#left-open")).to_contain_text("Window 1 is open, but Clerk1 is not signed in")
    assert Axe().run(page).response["violations"] == []
    page.get_by_role("link", name="Open the desk of window 1").press("Enter")
    page.get_by_role("button", name="Close the window").click()
    expect(page.get_by_role("button", name="Open the window")).to_be_visible()
    page.goto(f"{site.url}/staff/halls/H1")
    expect(page.locator("#windows")).to_be_visible()
    expect(page.locator("#left-open")).to_be_hidden()


def test_an_alert_is_taken_care_of_by_keyboard(site: Site, chromium: Browser) -> None:
    raise_alerts(site)
    page = page_of(chromium, site, "manager", "/staff/halls/H1").page
    expect(page.locator("#alerts-said")).not_to_be_empty()  # role=status: it is read out
    line = page.locator("#alerts-standing .today-alert").first
    line.locator("button").press("Enter")
    page.keyboard.type("asked the office for a clerk")
    page.keyboard.press("Enter")
    expect(line).to_contain_text("asked the office for a clerk")
    expect(line).to_contain_text("Manager")
    expect(line.locator("button")).to_have_count(0)


def test_a_plan_for_the_rest_of_today_is_accepted_and_taken_back_with_one_key_each(
    site: Site, chromium: Browser
) -> None:
    replanned(site)
    page = page_of(chromium, site, "manager", "/staff/halls/H1").page
    found = page.locator("#replan-found")
    expect(found).to_contain_text("12:10")
    expect(found.locator(".today-replan__changes li")).to_have_count(1)
    found.locator('[data-focus="replan-accept"]').press("Enter")
    back = found.locator('[data-focus="replan-rollback"]')
    expect(back).to_be_visible()
    plan = page.context.new_page()
    plan.goto(f"{site.url}/staff/halls/H1/plan")
    expect(plan.locator("#only-today")).to_contain_text("For the rest of today another one holds")
    back.press("Enter")
    expect(back).to_have_count(0)
    plan.reload()
    expect(plan.locator("#version")).to_be_visible()
    expect(plan.locator("#only-today")).to_have_count(0)
    expect(page.locator("#replan-message")).to_have_class("staff-message staff-message--done")


def test_on_a_telephone_a_time_that_is_over_is_refused_in_sight_of_the_key(
    site: Site, chromium: Browser
) -> None:
    replanned(site)
    page = page_of(chromium, site, "manager", "/staff/halls/H1", width=390).page
    page.get_by_label("In force from").fill("09:00")
    page.locator("#replan-found").get_by_role("button", name="Accept").click()
    expect(page.locator("#replan-message")).to_contain_text("That time is over.")
    expect(page.locator("#replan-message")).to_be_in_viewport(ratio=1)
    expect(page.locator("#replan-found").get_by_role("button", name="Accept")).to_be_in_viewport()
    expect(page.get_by_label("In force from")).to_have_value("09:00")


def test_a_declined_plan_needs_a_reason(site: Site, chromium: Browser) -> None:
    replanned(site)
    page = page_of(chromium, site, "manager", "/staff/halls/H1").page
    page.locator('[data-focus="replan-decline"]').click()
    page.keyboard.press("Enter")
    expect(page.locator("#replan-reason-error")).to_be_visible()
    page.locator("#replan-reason").fill("lunch is near")
    page.keyboard.press("Enter")
    expect(page.locator('[data-focus="replan-decline"]')).to_have_count(0)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_is_accessible_and_fits(site: Site, chromium: Browser, width: int) -> None:
    raise_alerts(site)
    replanned(site)
    page = page_of(chromium, site, "manager", "/staff/halls/H1", width=width).page
    expect(page.locator("svg.today-chart")).to_be_visible()
    expect(page.locator("#replan-found .staff-headline")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page).response["violations"]
    assert [(own["id"], own["nodes"][0]["html"][:120]) for own in found] == []


def test_each_figure_has_its_unit(site: Site, chromium: Browser) -> None:
    page = page_of(chromium, site, "manager", "/staff/halls/H1").page
    figures = page.locator("#figures > div")
    expect(figures.filter(has_text="Arrived today").locator("dd")).to_contain_text("people")
    expect(figures.filter(has_text="Windows short").locator("dd")).to_contain_text("window")


def test_a_plan_that_takes_long_says_that_it_is_still_computed(site: Site, chromium: Browser) -> None:
    page = page_of(chromium, site, "manager", "/staff/halls/H1").page
    page.clock.install()
    with page.expect_response("**/api/v1/proposals/*"):  # it is asked and followed now
        page.locator("#replan-ask").click()
    message = page.locator("#replan-message")
    expect(message).to_have_text("Computing …")
    page.clock.fast_forward(11_000)
    expect(message).to_contain_text("Still computing")
