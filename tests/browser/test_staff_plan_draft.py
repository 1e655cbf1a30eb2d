"""The plan grid's tools in a real browser: palette, copies, fingers, trials, and a plan that waits."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.staff_site import Site, assert_finished, page_of, plan_now
from tests.browser.staff_worker import crowd, work

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PLAN = "/staff/halls/H1/plan"


def cell(page: Page, row: int, column: int) -> Locator:
    return page.locator(f'.staff-cell[data-row="{row}"][data-column="{column}"]')


def test_a_queue_is_dragged_from_the_palette_onto_the_selected_cells(site: Site, chromium: Browser) -> None:
    desk = page_of(chromium, site, "manager", PLAN)
    page = desk.page
    cell(page, 1, 2).click()
    cell(page, 1, 4).click(modifiers=["Shift"])
    page.get_by_role("button", name="General intake").hover()
    page.mouse.down()
    cell(page, 1, 3).hover()
    expect(page.locator(".plan-dragged")).to_be_visible()
    page.mouse.up()
    expect(page.locator(".plan-dragged")).to_have_count(0)
    expect(page.locator(".staff-cell--changed")).to_have_count(3)
    # Dropped on a cell outside the selection, it goes there alone.
    page.get_by_role("button", name="General intake").hover()
    page.mouse.down()
    cell(page, 1, 7).hover()
    page.mouse.up()
    expect(page.locator(".staff-cell--changed")).to_have_count(4)
    # Let go beside the grid, nothing happens.
    page.get_by_role("button", name="General intake").hover()
    page.mouse.down()
    page.locator("h1").hover()
    page.mouse.up()
    expect(page.locator(".staff-cell--changed")).to_have_count(4)
    assert desk.errors == []


def test_cells_are_copied_pasted_undone_and_done_again_by_keyboard(site: Site, chromium: Browser) -> None:
    page = page_of(chromium, site, "manager", PLAN).page
    expect(page.locator("#paste")).to_be_disabled()
    cell(page, 0, 0).focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Control+c")
    expect(page.locator("#message")).to_have_text("2 cells copied; choose where to and paste.")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Control+v")
    expect(page.locator("#message")).to_have_text("2 cells pasted.")
    expect(page.locator(".staff-cell--changed")).to_have_count(2)
    expect(cell(page, 1, 1)).to_have_attribute("aria-label", re.compile("changed"))
    page.keyboard.press("Control+z")
    expect(page.locator(".staff-cell--changed")).to_have_count(0)
    expect(page.locator("#undo")).to_be_disabled()
    page.keyboard.press("Control+y")
    expect(page.locator("#message")).to_have_text("Done again.")
    expect(page.locator("#change-count")).to_have_text("2")
    expect(page.locator("#redo")).to_be_disabled()
    cell(page, 2, 3).focus()
    page.keyboard.press("Control+v")
    expect(page.locator("#message")).to_have_text("Left out, no equipment for it: window 3.")
    expect(page.locator("#change-count")).to_have_text("2")


def test_a_finger_selects_several_cells_by_two_taps(site: Site, chromium: Browser) -> None:
    desk = page_of(chromium, site, "manager", PLAN, width=390, touch=True)
    page = desk.page
    page.locator("#several").tap()
    expect(page.locator("#several")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#message")).to_have_text("Tap the first and the last cell.")
    cell(page, 0, 0).tap()
    cell(page, 1, 2).tap()
    expect(page.locator('.staff-cell[aria-selected="true"]')).to_have_count(6)
    page.locator("#empty").tap()
    expect(page.locator("#change-count")).to_have_text("6")
    page.locator("#several").tap()
    cell(page, 0, 0).tap()
    expect(page.locator('.staff-cell[aria-selected="true"]')).to_have_count(1)
    page.locator("#review").tap()
    first = page.locator("#review-dialog .choice").first
    expect(first).to_be_visible()
    mark, words = first.locator("input").bounding_box(), first.locator("span").bounding_box()
    assert mark is not None
    assert words is not None
    assert words["x"] > mark["x"] + mark["width"]  # a choice's words stand beside its mark, not below
    assert desk.errors == []


def test_a_window_and_an_hour_are_selected_by_their_heads(site: Site, chromium: Browser) -> None:
    page = page_of(chromium, site, "manager", PLAN).page
    page.get_by_role("button", name="Select window 2").click()
    expect(page.locator('.staff-cell[aria-selected="true"]')).to_have_count(9)
    page.get_by_role("button", name="Select 09:30 to").click()
    expect(page.locator('.staff-cell[aria-selected="true"]')).to_have_count(3)


def test_a_broken_rule_is_marked_where_it_is_broken_and_said(site: Site, chromium: Browser) -> None:
    page = page_of(chromium, site, "manager", PLAN).page
    cell(page, 0, 2).focus()
    page.keyboard.press("Delete")
    head = page.locator(".staff-grid__conflict")
    expect(head).to_have_count(1)
    expect(head).to_have_attribute("title", re.compile("General intake has no primary window"))
    page.keyboard.press("Control+z")
    expect(head).to_have_count(0)


def test_a_plan_waits_for_its_time_shows_what_it_changes_and_is_called_off(
    site: Site, chromium: Browser
) -> None:
    desk = page_of(chromium, site, "manager", PLAN)
    page = desk.page
    page.get_by_role("button", name="Select window 2").click()
    page.keyboard.press("1")
    page.locator("#review").press("Enter")
    page.locator("#when-later").check()
    expect(page.locator("#applies-at")).to_be_enabled()
    page.locator("#applies-at").fill("2026-11-18T14:00")
    page.locator("#publish").press("Enter")
    expect(page.locator("#message")).to_contain_text("waits and takes effect at")
    expect(page.locator("#message")).to_contain_text("14:00")
    expect(page.locator("#change-count")).to_have_text("0")
    assert plan_now(site)["2"] == {"B": False, "A": True}  # the plan before holds meanwhile
    page.reload()
    expect(page.locator("#waiting")).to_contain_text("Plan no. 2 waits")
    page.get_by_role("link", name="What changes then?").click()
    expect(page.locator("#changes tbody tr").first).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="Call it off").press("Enter")
    expect(page.locator("#message")).to_have_text("Plan no. 2 is called off.")
    expect(page.locator("#waiting")).to_be_empty()
    assert desk.errors == []


def test_a_time_that_is_over_is_refused_in_words(site: Site, chromium: Browser) -> None:
    page = page_of(chromium, site, "manager", PLAN).page
    page.get_by_role("button", name="Select window 2").click()
    page.keyboard.press("1")
    page.locator("#review").click()
    page.locator("#when-later").check()
    page.locator("#applies-at").fill("2026-11-18T08:00")
    page.locator("#publish").click()
    # Where the key was pressed, with the time that was chosen still there to be changed.
    expect(page.locator("#review-problem")).to_be_visible()
    expect(page.locator("#applies-at")).to_be_focused()
    expect(page.locator("#applies-at")).to_have_value("2026-11-18T08:00")
    expect(page.locator("#change-count")).to_have_text("9")  # the draft is kept
    page.locator("#applies-at").fill("")
    expect(page.locator("#review-problem")).to_be_hidden()
    page.locator("#publish").click()
    expect(page.locator("#applies-at")).to_be_focused()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.locator("#applies-at").fill("2027-11-18T08:30")
    page.locator("#publish").click()
    expect(page.locator("#waiting")).to_contain_text("2027")  # or it would read like a day of this year


def test_a_plan_that_is_overtaken_no_longer_waits(site: Site, chromium: Browser) -> None:
    page = page_of(chromium, site, "manager", PLAN).page
    for key, time in (("1", "2026-11-18T14:00"), ("2", None)):
        page.get_by_role("button", name="Select window 2").click()
        page.keyboard.press(key)
        page.locator("#review").click()
        if time:
            page.locator("#when-later").check()
            page.locator("#applies-at").fill(time)
        page.locator("#publish").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#message")).to_contain_text("Plan no. 3 holds now. Plan no. 2, which waited")
    expect(page.locator("#waiting")).to_be_empty()
    page.reload()
    expect(page.locator("#waiting")).to_be_empty()


def test_a_long_review_opens_at_its_beginning_with_its_keys_in_sight(site: Site, chromium: Browser) -> None:
    page = page_of(chromium, site, "manager", PLAN).page
    page.set_viewport_size({"width": 1280, "height": 420})
    page.get_by_role("button", name="Select window 2").click()
    page.keyboard.press("1")
    page.locator("#review").click()
    expect(page.locator("#publish")).to_be_focused()
    expect(page.locator("#publish")).to_be_in_viewport()
    expect(page.locator("#review-title")).to_be_in_viewport()


def test_one_weekday_gets_a_plan_of_its_own(site: Site, chromium: Browser) -> None:
    page = page_of(chromium, site, "manager", PLAN).page
    page.locator("#day").select_option(index=1)
    page.wait_for_url("**day=2026-11-19**")
    page.get_by_role("button", name="Select window 2").click()
    page.keyboard.press("1")
    page.locator("#review").click()
    page.locator('[name="scope"][value="weekday"]').check()
    page.locator('[name="when"][value="now"]').check()
    page.locator("#publish").click()
    expect(page.locator("#message")).to_contain_text("holds now.")
    page.reload()
    expect(page.locator("#review")).to_be_disabled()
    page.goto(f"{site.url}{PLAN}/history")
    expect(page.locator(".plan-versions__now").first).to_contain_text("Thu")
    assert plan_now(site)["2"] == {"B": False, "A": True}  # Wednesday's stays


def test_a_draft_is_tried_above_the_grid_and_marked_once_it_changes(site: Site, chromium: Browser) -> None:
    crowd(site)
    desk = page_of(chromium, site, "manager", PLAN)
    page, trial = desk.page, desk.page.locator("#trial")
    page.locator("#day").select_option(index=1)
    page.wait_for_url("**day=2026-11-19**")
    page.get_by_role("button", name="Select window 2").click()
    page.keyboard.press("1")  # A also at window 2: fewer wait
    page.keyboard.press("t")
    expect(trial.get_by_role("progressbar")).to_be_visible()
    assert work(site) == "try_window_plan"
    expect(trial).to_contain_text("This is the draft as it stands.")
    expect(trial.locator(".plan-better").first).to_contain_text("→")
    expect(trial.locator(".plan-sides")).to_contain_text("General intake")
    above, grid = trial.bounding_box(), page.locator("#grid-scroll").bounding_box()
    assert above is not None
    assert grid is not None
    assert above["y"] < grid["y"]
    page.locator("#effect summary").press("Enter")
    expect(page.locator("#effect table").first).to_be_visible()
    expect(page.locator("#effect")).not_to_contain_text("undefined")
    page.locator("#review").click()
    expect(page.locator("#review-effect")).to_contain_text("→")
    page.locator("#review-back").click()
    cell(page, 2, 3).click()
    page.keyboard.press("Delete")
    expect(trial).to_contain_text("The draft has changed since this trial.")
    expect(trial.get_by_role("button", name="Try again")).to_be_visible()
    page.locator("#review").click()
    expect(page.locator("#review-effect")).to_be_empty()  # stale figures are not published with
    page.locator("#review-back").click()
    page.keyboard.press("Control+z")
    expect(trial).to_contain_text("This is the draft as it stands.")
    expect(trial).not_to_contain_text("hours a day")
    cell(page, 2, 3).click()
    page.keyboard.press("Delete")
    expect(trial).to_contain_text("The draft has changed since this trial.")
    page.keyboard.press("t")
    expect(trial.get_by_role("progressbar")).to_be_visible()
    assert work(site) == "try_window_plan"
    expect(trial).to_contain_text("hours a day less with it")  # what a trial costs in staff is said with it
    page.locator("#discard").click()
    expect(trial).to_be_hidden()
    assert desk.errors == []


def test_a_trial_without_history_says_why_it_has_no_answer(site: Site, chromium: Browser) -> None:
    page = page_of(chromium, site, "manager", PLAN).page
    cell(page, 1, 2).focus()
    page.keyboard.press("2")
    page.keyboard.press("t")
    expect(page.locator("#trial progress")).to_be_visible()
    work(site)
    expect(page.locator("#trial")).to_contain_text("too few days of history")


CHANGE = """() => { const one = document.querySelector('.staff-cell[data-row="0"][data-column="2"]');
  one.focus(); one.dispatchEvent(new KeyboardEvent("keydown", { key: "Delete", bubbles: true })); }"""


def test_the_grid_with_a_draft_looks_right_everywhere(site: Site, chromium: Browser) -> None:
    assert_finished(chromium, site, "manager", PLAN, ".staff-cell", before=CHANGE)


def test_whoever_may_not_change_the_plan_sees_it_without_tools(site: Site, chromium: Browser) -> None:
    page = page_of(chromium, site, "supervisor", PLAN).page
    expect(page.locator(".staff-cell").first).to_be_visible()
    for tool in ("try", "review", "copy", "several"):
        expect(page.locator(f"#{tool}")).to_have_count(0)
    assert_finished(chromium, site, "supervisor", PLAN, ".staff-cell")
