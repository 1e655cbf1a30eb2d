"""Managers at work in a real browser: the plan grid by keyboard and by dragging, draft, review, publish."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, expect

from kernel.ids import QueueId, WindowId
from queueing import service
from queueing.rules.windows import PlanEntry, planned_at
from tests.browser.staff_site import Site, page_of, plan_now

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_manager_edits_and_publishes_a_plan_by_keyboard(site: Site, chromium: Browser) -> None:
    desk = page_of(chromium, site, "manager", "/staff/halls/H1/plan")
    page = desk.page
    page.locator('.staff-cell[data-row="0"][data-column="0"]').focus()
    page.keyboard.press("ArrowDown")  # window 2, which serves B and helps A
    page.keyboard.press("Shift+End")  # its whole day
    expect(page.locator("#message")).to_have_text("9 cells selected")
    page.keyboard.press("1")  # A: helping becomes off
    expect(page.locator("#change-count")).to_have_text("9")
    page.keyboard.press("2")  # B: primary becomes helping
    expect(page.locator("#message")).to_contain_text("B Social insurance helps in 9 cells.")
    page.keyboard.press("Control+z")
    page.locator("#review").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("08:30–17:30")
    expect(page.get_by_role("dialog")).to_contain_text("General intake helping")
    assert plan_now(site)["2"] == {"B": False, "A": True}  # nothing holds before it is published
    page.keyboard.press("Enter")  # the focus is on Publish
    expect(page.locator("#message")).to_have_text("Plan no. 2 holds now.")
    assert plan_now(site)["2"] == {"B": False}
    expect(page.locator("#change-count")).to_have_text("0")
    page.locator("#rollback").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#change-count")).to_have_text("9")
    page.locator("#review").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator("#message")).to_have_text("Plan no. 3 holds now.")
    assert plan_now(site)["2"] == {"B": False, "A": True}
    assert desk.errors == []


def test_cells_are_selected_by_dragging_and_switched_by_a_press(site: Site, chromium: Browser) -> None:
    desk = page_of(chromium, site, "manager", "/staff/halls/H1/plan")
    page = desk.page
    page.locator('.staff-cell[data-row="1"][data-column="1"]').hover()
    page.mouse.down()
    page.locator('.staff-cell[data-row="2"][data-column="3"]').hover()
    page.mouse.up()
    expect(page.locator('.staff-cell[aria-selected="true"]')).to_have_count(6)
    page.get_by_role("button", name="General intake").click()
    # Window 3 has no equipment for A, so only window 2 changes, and the page says why.
    expect(page.locator("#change-count")).to_have_text("3")
    expect(page.locator("#message")).to_contain_text("Left out, no equipment for it: window 3.")


def test_a_queue_without_a_primary_window_is_pointed_out_before_publishing(
    site: Site, chromium: Browser
) -> None:
    page = page_of(chromium, site, "manager", "/staff/halls/H1/plan").page
    page.locator('.staff-cell[data-row="0"][data-column="2"]').focus()
    page.keyboard.press("Delete")
    expect(page.locator("#warnings")).to_contain_text("A General intake has no primary window: 10:30–11:30.")
    page.locator("#review").click()
    expect(page.get_by_role("dialog")).to_contain_text("has no primary window")


def test_a_draft_survives_a_reload_and_is_put_on_top_of_a_colleagues_plan(
    site: Site, chromium: Browser
) -> None:
    page = page_of(chromium, site, "manager", "/staff/halls/H1/plan").page
    page.locator('.staff-cell[data-row="1"][data-column="0"]').focus()
    page.keyboard.press("Delete")
    page.reload()
    expect(page.locator("#message")).to_have_text("Your draft from before is still here.")
    expect(page.locator("#change-count")).to_have_text("1")
    plan = site.parts.database.read_now(service.plan_of, site.city.hall, now=site.parts.clock.now())
    without_third = [entry for entry in plan.entries if entry.window_id != site.city.windows[2]]
    site.parts.database.write_now(
        service.publish_plan,
        site.city.hall,
        without_third,
        base_version=plan.version,
        by=site.city.manager,
        clock=site.parts.clock,
    )
    page.locator("#review").click()
    page.locator("#publish").click()
    expect(page.locator("#message")).to_contain_text("Another plan was published meanwhile.")
    expect(page.locator("#change-count")).to_have_text("1")
    page.locator("#review").click()
    page.locator("#publish").click()
    expect(page.locator("#message")).to_have_text("Plan no. 3 holds now.")
    assert plan_now(site)["3"] == {}  # the colleague's change and the manager's both hold


def test_the_stored_entries_of_any_grid_say_what_the_grid_shows(site: Site, chromium: Browser) -> None:
    """Whatever cells the grid shows, its entries serve the same queues by the server's own rule."""
    page = page_of(chromium, site, "manager", "/staff/halls/H1/plan").page
    blocks = [{"from": 510, "to": 570}, {"from": 570, "to": 720}, {"from": 840, "to": 900}]
    windows = [{"id": str(UUID(int=n)), "label": str(n), "equipped": [], "list_limit": 3} for n in (1, 2)]
    queues = [str(UUID(int=n)) for n in (11, 12, 13)]
    cell = st.dictionaries(st.sampled_from(queues), st.sampled_from(["primary", "helping"]), max_size=3)
    row = st.lists(cell, min_size=len(blocks), max_size=len(blocks))
    module = page.locator('script[src$="staff/plan.js"]').get_attribute("src")
    assert module is not None
    run = """async ([from, plan, windows, blocks]) => {
      const model = await import(from.replace("plan.js", "plan_model.js"));
      const entries = model.entriesOf(plan, windows, blocks);
      return [entries, model.cellsOf(entries, windows, blocks)];
    }"""

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(rows=st.tuples(row, row))
    def check(rows: tuple[list[dict[str, str]], list[dict[str, str]]]) -> None:
        plan = {window["id"]: list(cells) for window, cells in zip(windows, rows, strict=True)}
        entries, shown_again = page.evaluate(run, [module, plan, windows, blocks])
        assert shown_again == plan
        stored = [
            PlanEntry(
                WindowId(UUID(own["window_id"])),
                QueueId(UUID(own["queue_id"])),
                own["helping"],
                own["from_minute"],
                own["to_minute"],
            )
            for own in entries
        ]
        for window in windows:
            for place, block in enumerate(blocks):
                served = planned_at(stored, WindowId(UUID(str(window["id"]))), float(block["from"]))
                words = {str(q): "helping" if helping else "primary" for q, helping in served.items()}
                assert words == shown_again[window["id"]][place]

    check()


def test_a_window_that_ends_early_in_the_plan_is_explained(site: Site, chromium: Browser) -> None:
    page = page_of(chromium, site, "manager", "/staff/halls/H1/plan").page
    page.locator('.staff-cell[data-row="2"][data-column="8"]').focus()
    page.keyboard.press("Delete")
    expect(page.locator("#warnings")).to_contain_text("From 16:30 window 3 has no queues")
