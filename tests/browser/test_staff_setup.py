"""A manager sets up the hall in a real browser; a supervisor looks; pages pass axe at both widths."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, expect
from sqlalchemy import insert
from sqlmodel import Session

from kernel.ids import uuid7
from queueing.plans.rules import Rest
from queueing.plans.working_rules import look_at_rules
from queueing.setup.service import HallSetup, setup_of
from queueing.tables import ExpectedArrivalRow
from tests.browser.staff_site import Site, page_of
from tests.conftest import MORNING

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SECTIONS = ("hours", "contact", "queues", "windows", "clerks", "values", "trail")


@pytest.fixture
def booked_tomorrow(site: Site) -> str:
    """Somebody is expected tomorrow at ten; returns the day."""
    tomorrow = MORNING + timedelta(days=1)

    def unit(session: Session) -> None:
        session.execute(
            insert(ExpectedArrivalRow.__table__).values(  # type: ignore[attr-defined]
                reference=uuid7(), queue_id=site.city.queue_a, due_at=tomorrow, show_probability=0.9
            )
        )

    site.parts.database.write_now(unit)
    return tomorrow.date().isoformat()


def middle(shown: Locator) -> int:
    """Return how far down the middle of something lies, in whole pixels."""
    place = shown.bounding_box()
    assert place is not None
    return round(place["y"] + place["height"] / 2)


def stored(site: Site) -> HallSetup:
    return site.parts.database.read_now(setup_of, "H1", by=site.city.manager, now=site.parts.clock.now())


def test_address_and_telephone_are_set_and_a_wrong_number_is_told(site: Site, chromium: Browser) -> None:
    desk = page_of(chromium, site, "manager", "/staff/halls/H1/setup#contact")
    page, said = desk.page, desk.page.locator("#message")
    save = page.locator("#contact").get_by_role("button", name="Save")
    page.get_by_role("textbox", name="Telephone").fill("ask Mr Li")
    save.press("Enter")
    expect(page.locator("#problem")).to_contain_text("ask Mr Li")
    expect(page.get_by_role("textbox", name="Telephone")).to_have_value("ask Mr Li")
    page.get_by_role("textbox", name="Telephone").fill("0660-3390000")
    page.get_by_label("Address (Chinese)").fill("香洲路 1 号")
    save.press("Enter")
    expect(said).to_have_text("Saved.")
    assert stored(site).hall.phone == "0660-3390000"
    page.get_by_role("link", name="Changes", exact=True).press("Enter")
    expect(page.locator("#trail-list")).to_contain_text("Address and telephone")


def test_hours_skills_and_values_are_set_by_keyboard_and_stand_in_the_trail(
    site: Site, chromium: Browser
) -> None:
    desk = page_of(chromium, site, "manager", "/staff/halls/H1/setup")
    page, said = desk.page, desk.page.locator("#message")
    monday = page.locator('[data-week="0"]')
    monday.get_by_label("closes").first.fill("16:30")
    page.locator("#week").get_by_role("button", name="Save").press("Enter")
    expect(said).to_have_text("Saved.")
    assert f"{stored(site).hours[0][0][1]:%H:%M}" == "16:30"
    page.get_by_role("link", name="Clerks and skills").press("Enter")
    tick = page.get_by_label("Clerk1: A General intake")
    tick.press("Space")
    page.locator("tr", has=tick).get_by_role("button", name="Save").press("Enter")
    expect(said).to_have_text("Saved.")
    expect(page.get_by_label("Clerk1: A General intake")).not_to_be_checked()
    clerk = next(each for each in stored(site).clerks if each.username == "clerk1")
    assert clerk.skills == (site.city.queue_b,)
    page.get_by_role("link", name="Published values").press("Enter")
    page.get_by_label("Grace for late appointments").fill("90")
    page.locator("#values").get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_label("Grace for late appointments")).to_be_focused()  # out of bounds: not sent
    page.get_by_label("Grace for late appointments").fill("15")
    page.locator("#values").get_by_role("button", name="Save").press("Enter")
    expect(said).to_have_text("Saved; it holds from now on.")
    page.get_by_role("link", name="Changes").press("Enter")
    expect(page.locator("#trail")).to_contain_text("Grace for late appointments: 10 → 15")
    assert desk.errors == []


def test_on_a_telephone_a_span_of_opening_hours_stands_on_one_line(site: Site, chromium: Browser) -> None:
    page = page_of(chromium, site, "manager", "/staff/halls/H1/setup", width=390).page
    monday = page.locator('[data-week="0"]')
    opens, closes, away = (
        monday.get_by_label(name).first for name in ("opens", "closes", "remove this span")
    )
    assert middle(opens) == middle(closes) == middle(away)
    assert middle(monday.get_by_role("rowheader")) == middle(monday.get_by_label("add a span"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_fields_of_several_spans_of_a_day_have_names_of_their_own(site: Site, chromium: Browser) -> None:
    page = page_of(chromium, site, "manager", "/staff/halls/H1/setup").page
    monday = page.locator('[data-week="0"]')
    before = monday.locator(".setup-span").count()
    monday.get_by_label("add a span").press("Enter")
    expect(monday.get_by_label(f"span {before + 1} opens")).to_be_focused()
    named = monday.locator(".setup-span [aria-label]")
    names = named.evaluate_all("all => all.map((own) => own.getAttribute('aria-label'))")
    assert len(names) == 3 * (before + 1)
    assert len(set(names)) == len(names)
    monday.get_by_label(f"span {before + 1} remove this span").press("Enter")
    expect(monday.get_by_label("add a span")).to_be_focused()
    expect(monday.locator(".setup-span")).to_have_count(before)


def test_on_a_telephone_what_is_said_of_a_row_far_down_is_read_beside_it(
    site: Site, chromium: Browser
) -> None:
    page = page_of(chromium, site, "manager", "/staff/halls/H1/setup#clerks", width=390).page
    at_once, save = page.locator("#integrated"), page.locator("#shifts-list").get_by_role("button")
    at_once.fill("1")
    save.click()
    expect(page.locator("#message")).to_have_text("Saved.")
    expect(page.locator("#message")).to_be_in_viewport(ratio=1)
    expect(at_once).to_be_in_viewport(ratio=1)
    shift = page.locator("#shifts-list tbody tr").last
    shift.get_by_label("Shift from").fill("14:00")
    shift.get_by_label("Shift to").fill("09:00")
    save.click()
    expect(page.locator("#problem")).to_be_in_viewport(ratio=1)
    expect(at_once).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("section", ["queues", "windows", "clerks"])
def test_on_a_telephone_no_field_of_the_set_up_is_reached_by_scrolling_sideways(
    site: Site, chromium: Browser, section: str
) -> None:
    page = page_of(chromium, site, "manager", f"/staff/halls/H1/setup#{section}", width=390).page
    place = page.locator(f"#{section}")
    for more in place.locator("summary").all():
        more.click()
    fields = place.locator("input:visible, select:visible, button:visible")
    expect(fields.first).to_be_visible()
    edges = fields.evaluate_all("(all) => all.map((own) => own.getBoundingClientRect().right)")
    assert len(edges) > 5
    assert max(edges) <= 390


def test_closing_the_day_of_a_booking_asks_first(site: Site, chromium: Browser, booked_tomorrow: str) -> None:
    desk = page_of(chromium, site, "manager", "/staff/halls/H1/setup")
    page = desk.page
    page.get_by_text("Close a day, or open on a day off").click()
    page.get_by_label("Day", exact=True).fill(booked_tomorrow)
    page.get_by_label("Reason (Chinese)").fill("设备检修")
    page.get_by_role("button", name="Set this day").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 people have booked")
    dialog.get_by_role("button", name="Back").click()
    assert stored(site).own_days == ()
    page.get_by_role("button", name="Set this day").click()
    dialog.get_by_role("button", name="Save anyway").click()
    expect(page.locator("#days-list")).to_contain_text("设备检修")
    assert [each.day.isoformat() for each in stored(site).own_days] == [booked_tomorrow]
    page.get_by_role("button", name="Follow the calendar again").click()
    expect(page.locator("#message")).to_have_text("Saved.")
    assert stored(site).own_days == ()


def test_a_queues_urgency_in_plans_is_set_within_its_bounds_and_stands_in_the_trail(
    site: Site, chromium: Browser
) -> None:
    desk = page_of(chromium, site, "manager", "/staff/halls/H1/setup#queues")
    page, weight = desk.page, desk.page.get_by_label("A Urgency in window plans")
    save = page.locator("tr", has=weight).get_by_role("button", name="Save")
    weight.fill("6")
    save.press("Enter")
    expect(weight).to_be_focused()  # out of bounds: not sent
    assert [queue.plan_weight for queue in stored(site).queues] == [1, 1]
    weight.fill("3")
    save.press("Enter")
    expect(page.locator("#message")).to_have_text("Saved.")
    assert [queue.plan_weight for queue in stored(site).queues] == [3, 1]
    page.get_by_role("link", name="Changes").press("Enter")
    expect(page.locator("#trail")).to_contain_text("Urgency in window plans: 1 → 3")
    assert desk.errors == []


def test_a_break_is_entered_whole_or_not_at_all(site: Site, chromium: Browser) -> None:
    desk = page_of(chromium, site, "manager", "/staff/halls/H1/setup#clerks")
    page = desk.page
    save = page.locator("#shifts-list").get_by_role("button", name="Save")
    page.get_by_label("Clerk1: Break, minutes").fill("60")
    save.click()
    expect(page.get_by_label("Clerk1: Break not before")).to_be_focused()  # half a break is not sent
    page.get_by_label("Clerk1: Break not before").fill("11:30")
    page.get_by_label("Clerk1: Break over by").fill("12:00")
    save.click()
    expect(page.locator("#problem")).to_contain_text("This break or shift cannot be kept.")
    expect(page.locator("#problem")).to_contain_text("It is about Clerk1.")
    page.get_by_label("Clerk1: Break over by").fill("14:00")
    page.get_by_label("Integrated windows at once, at most").fill("1")
    save.click()
    expect(page.locator("#message")).to_have_text("Saved.")
    held = site.parts.database.read_now(look_at_rules, "H1", by=site.city.manager)
    assert held.integrated == 1
    assert [(own.staff_id, own.rest) for own in held.clerks] == [(site.city.clerks[0].id, Rest(60, 690, 840))]
    assert desk.errors == []


def test_a_new_clerk_gets_a_link_that_signs_in(site: Site, chromium: Browser) -> None:
    desk = page_of(chromium, site, "manager", "/staff/halls/H1/setup#clerks")
    page = desk.page
    page.get_by_text("Add a clerk …").click()
    page.get_by_label("Sign-in name").fill("li.min")
    page.get_by_label("Name that colleagues see").fill("李敏")
    page.get_by_role("button", name="Add the clerk").click()
    page.get_by_role("button", name="李敏: Sign-in link").click()
    expect(page.locator("#link-value")).to_have_value(re.compile("/staff/link/"))
    link = page.locator("#link-value").input_value()
    stranger = chromium.new_context(locale="en-GB").new_page()
    stranger.goto(link)
    expect(stranger.locator(".staff-me__name")).to_contain_text("李敏")


def test_what_the_plan_uses_is_told_and_a_supervisor_only_looks(site: Site, chromium: Browser) -> None:
    page = page_of(chromium, site, "manager", "/staff/halls/H1/setup#windows").page
    tick = page.get_by_label("Window 1: A General intake")
    tick.uncheck()
    page.get_by_label("Window 1: B Social insurance").check()
    page.locator("tr", has=tick).get_by_role("button", name="Save").click()
    expect(page.locator("#problem")).to_contain_text("Still served there: A.")
    looking = page_of(chromium, site, "supervisor", "/staff/halls/H1/setup#windows").page
    expect(looking.get_by_label("Window 1: A General intake")).to_be_disabled()
    expect(looking.get_by_role("button", name="Save", exact=True)).to_have_count(0)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_sections_pass_axe_and_never_scroll_sideways(site: Site, chromium: Browser, width: int) -> None:
    desk = page_of(chromium, site, "manager", "/staff/halls/H1/setup", width=width)
    for section in SECTIONS:
        desk.page.evaluate("(id) => { location.hash = id; }", section)
        expect(desk.page.locator(f"#{section}")).to_be_visible()
        found = Axe().run(desk.page)
        assert found.violations_count == 0, found.generate_report()
        assert desk.page.evaluate("document.documentElement.scrollWidth") <= width
    assert desk.errors == []
