"""Proposals in a real browser: beside changing nothing, accepted, declined with a reason, taken back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect
from sqlalchemy import insert

import displays
from kernel import jobs
from kernel.ids import uuid7
from queueing import service
from queueing.plans import history
from queueing.plans.rules_now import rules_on
from queueing.plans.store import plain_entry
from queueing.plans.tables import ProposalRow
from queueing.window_tables import ClerkHoursRow
from tests.browser.staff_site import Site, page_of, plan_now, violations

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def propose(
    site: Site,
    *,
    status: str = "shown",
    reason: str = "",
    rules: str | None = None,
    planned_mean: float = 9.5,
    measured: dict[str, object] | None = None,
) -> None:
    """Store a proposal as the worker hands it back: window 2 gives up helping A."""
    plan = site.parts.database.read_now(service.plan_of, site.city.hall, now=site.parts.clock.now())
    kept = [entry for entry in plan.entries if not entry.helping]
    cell = {"primary": ["B"], "helping": []}
    own = {"primary": ["A"], "helping": []}
    waits = {"mean": 12.5, "p90": 30.0, "over_target": 0.2, "tail": 41.0}
    queue = {"tickets": 90, "now_mean": 12.0, "planned_mean": 8.0, "now_p90": 30.0, "planned_p90": 21.0}
    effect = {
        "reason": reason,
        "judged_days": ["2026-11-16", "2026-11-17"],
        "tickets": 180,
        "now": waits,
        "planned": {**waits, "mean": planned_mean},
        "difference": {"mean": -3.0, "low": -4.5, "high": -1.5},
        "days_better": 2,
        "queues": [
            {**queue, "prefix": "A", "verdict": "gains"},
            {**queue, "prefix": "B", "planned_mean": 13.0, "verdict": "loses"},
        ],
        "stress": [{"demand": 1.2, "now_mean": 20.0, "planned_mean": 15.0}],
        "changes": {"windows": 1, "cells": 2, "during_day": 0},
        "blocks": [{"from_minute": 510, "to_minute": 780}, {"from_minute": 780, "to_minute": 1050}],
        "windows": [
            {"label": "1", "changed": False, "now": [own, own], "planned": [own, own]},
            {
                "label": "2",
                "changed": True,
                "now": [{**cell, "helping": ["A"]}] * 2,
                "planned": [cell, cell],
            },
        ],
        "history": {
            "days_used": 20,
            "tickets_used": 900,
            "rows_left_out": {"times out of order": 3},
            "days_left_out": [
                {"day": day, "reason": "a gap in the day"} for day in ("2026-10-17", "2026-10-24")
            ],
        },
        "evaluations": 400,
        "notes": ["clerks_incomplete"],
        "rules": rules,
        "measured": measured,
    }
    row = {
        "id": uuid7(),
        "hall_id": site.city.hall,
        "for_day": site.parts.clock.now().date(),
        "status": status,
        "base_version": plan.version,
        "created_at": site.parts.clock.now(),
        "reason": "",
        "plan": [plain_entry(entry) for entry in kept],
        "effect": effect,
    }
    site.parts.database.write_now(
        lambda session: session.execute(insert(ProposalRow.__table__), row) and None
    )  # type: ignore[attr-defined]


def test_a_proposal_stands_beside_changing_nothing_and_is_accepted_and_taken_back(
    site: Site, chromium: Browser
) -> None:
    propose(site)
    desk = page_of(chromium, site, "manager", "/staff/halls/H1/proposals")
    page, detail = desk.page, desk.page.locator("#detail")
    expect(detail).to_contain_text("the mean wait falls from 12.5 to 9.5 minutes")
    expect(detail).to_contain_text("95% interval −4.5 to −1.5")
    expect(detail.get_by_role("row", name="Mean wait", exact=False).first).to_contain_text("12.5 min")
    expect(detail.get_by_role("row", name="Social insurance")).to_contain_text("loses")
    expect(detail.locator(".staff-proposed")).to_contain_text("now: B (A)")
    expect(detail).not_to_contain_text("null")
    expect(detail).not_to_contain_text("object")
    assert Axe().run(page).response["violations"] == []
    detail.get_by_role("button", name="Accept").press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("wait longer with it: B Social insurance")
    expect(page.get_by_role("dialog")).to_contain_text(
        "it holds not only on Wed 18 Nov but on every day that has the present plan: Mon–"
    )
    page.get_by_role("dialog").get_by_role("button", name="Accept").press("Enter")
    expect(page.locator("#message")).to_have_text("Accepted; the plan holds now.")
    assert plan_now(site)["2"] == {"B": False}
    detail.get_by_role("button", name="Take back").press("Enter")
    expect(page.locator("#message")).to_have_text("Taken back; the plan before holds again.")
    assert plan_now(site)["2"] == {"B": False, "A": True}
    assert desk.errors == []


def test_a_time_that_is_over_is_refused_in_the_dialog_and_stays_to_be_changed(
    site: Site, chromium: Browser
) -> None:
    propose(site)
    desk = page_of(chromium, site, "manager", "/staff/halls/H1/proposals")
    page, dialog = desk.page, desk.page.get_by_role("dialog")
    page.locator("#detail").get_by_role("button", name="Accept").press("Enter")
    # Words that take two lines stand beside their button, not under it.
    expect(dialog.locator(".choice span").first).to_have_css("display", "block")
    dialog.get_by_role("radio", name="From a time on:").check()
    page.locator("#accept-at").fill("2026-11-18T08:00")
    dialog.get_by_role("button", name="Accept").press("Enter")
    expect(dialog.get_by_role("alert")).to_have_text(
        "That time is over. Choose a later time, or publish at once."
    )
    expect(page.locator("#accept-at")).to_have_value("2026-11-18T08:00")
    expect(page.locator("#accept-at")).to_be_focused()
    assert violations(page) == []
    page.locator("#accept-at").fill("2026-11-18T16:00")
    dialog.get_by_role("button", name="Accept").press("Enter")
    expect(page.locator("#message")).to_have_text("Accepted; the plan waits for its time.")


def test_a_proposal_says_that_the_rules_have_changed_before_anybody_accepts_it(
    site: Site, chromium: Browser
) -> None:
    today = site.parts.clock.now().date()
    propose(site, rules=site.parts.database.read_now(rules_on, site.city.hall, today))
    page = page_of(chromium, site, "manager", "/staff/halls/H1/proposals").page
    expect(page.locator("#detail").get_by_role("button", name="Accept")).to_be_visible()
    shift = {"staff_id": site.city.clerks[0].id, "from_minute": 600, "to_minute": 900, "break_minutes": 0}
    site.parts.database.write_now(
        lambda session: session.execute(insert(ClerkHoursRow.__table__), shift) and None
    )  # type: ignore[attr-defined]
    page.reload()
    expect(page.locator("#detail")).to_contain_text("so it cannot be accepted: it might break them")
    expect(page.locator("#detail-title")).to_contain_text("the rules have changed since")
    expect(page.locator("#detail").get_by_role("button", name="Accept")).to_have_count(0)


def test_declining_a_proposal_needs_a_reason_that_is_kept(site: Site, chromium: Browser) -> None:
    propose(site)
    page = page_of(chromium, site, "manager", "/staff/halls/H1/proposals").page
    page.get_by_role("button", name="Decline …").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Decline").click()
    expect(dialog.get_by_label("Why?")).to_be_focused()
    expect(dialog).to_contain_text("Write a reason.")
    dialog.get_by_label("Why?").fill("Window 2 has a trainee.")
    dialog.get_by_role("button", name="Decline").click()
    expect(page.locator("#message")).to_have_text("Declined; the reason is kept.")
    expect(page.locator("#detail")).to_contain_text("Declined because: Window 2 has a trainee.")
    expect(page.locator("#detail").get_by_role("button", name="Accept")).to_have_count(0)


def test_a_search_without_gain_says_why_and_offers_nothing(site: Site, chromium: Browser) -> None:
    propose(site, status="no_gain", reason="interval_includes_zero")
    page = page_of(chromium, site, "manager", "/staff/halls/H1/proposals").page
    expect(page.locator("#detail")).to_contain_text("smaller than what chance makes from day to day")
    expect(page.locator("#detail").get_by_role("button", name="Accept")).to_have_count(0)


def test_a_plan_withheld_for_a_queue_says_how_to_go_on(site: Site, chromium: Browser) -> None:
    propose(site, status="no_gain", reason="queue_worse")
    page = page_of(chromium, site, "manager", "/staff/halls/H1/proposals").page
    expect(page.locator("#detail")).to_contain_text("Some queue would wait clearly longer")
    expect(page.locator("#detail")).to_contain_text("Ask for one that spares every queue")
    expect(page.locator("#detail").get_by_role("button", name="Accept")).to_have_count(0)


def test_waits_that_go_on_as_before_are_said_beside_the_promise(site: Site, chromium: Browser) -> None:
    waits = {"p90": 20.0, "over_target": 0.1, "tail": 30.0}
    gap = {"mean": -2.7, "low": -3.8, "high": -1.6}
    measured = {
        "verdict": "not_seen", "final": True, "days": ["2026-11-12", "2026-11-13", "2026-11-16"],
        "tickets": 300, "difference": gap, "before": {**waits, "mean": 4.4},
        "planned": {**waits, "mean": 1.8}, "days_better": 3, "observed_mean": 4.2, "observed_p90": 14.3,
    }  # fmt: skip
    propose(site, status="accepted", measured=measured)
    page = page_of(chromium, site, "manager", "/staff/halls/H1/proposals").page
    promise = page.locator(".staff-promise")
    expect(promise.get_by_role("heading")).to_contain_text("not seen in real waits")
    expect(page.locator("#list")).to_contain_text("promise not seen")
    expect(promise).to_contain_text("waited 4.2 min on average: nearer to the plan before (4.4)")
    assert violations(page) == []


def test_what_was_not_believed_of_the_history_is_told_with_its_reason(site: Site, chromium: Browser) -> None:
    propose(site)
    told = {
        "en-GB": ["3 rows: times out of order", "Sat 17 Oct, Sat 24 Oct: a gap in the day"],
        "zh-CN": ["3 条记录：时间先后不合理", "10月17日周六、10月24日周六：当天有一段没有记录"],
    }
    for locale, lines in told.items():
        page = page_of(chromium, site, "manager", "/staff/halls/H1/proposals", locale=locale).page
        page.locator(".staff-left-out summary").press("Enter")
        expect(page.locator(".staff-left-out li")).to_have_text(lines)


def test_every_reason_not_to_believe_history_has_its_words_on_the_page() -> None:
    source = Path(history.__file__).read_text(encoding="utf-8")
    reasons = set(re.findall(r'(?:return |problems\[day\] = |day: |day\.day, )"([^"]+)"', source))
    words = (Path(displays.__file__).parent / "templates/staff/proposals.html").read_text(encoding="utf-8")
    assert len(reasons) == 13
    assert {reason for reason in reasons if f'"left.{reason}": text("{reason}")' not in words} == set()


def test_a_wait_that_stays_is_not_said_to_fall(site: Site, chromium: Browser) -> None:
    propose(site, status="no_gain", reason="interval_includes_zero", planned_mean=12.46)
    page = page_of(chromium, site, "manager", "/staff/halls/H1/proposals").page
    expect(page.locator("#detail")).to_contain_text("the mean wait stays at 12.5 minutes")


def test_asking_for_a_proposal_shows_that_it_is_computed(site: Site, chromium: Browser) -> None:
    page = page_of(chromium, site, "manager", "/staff/halls/H1/proposals").page
    page.locator("#ask button").click()
    expect(page.locator("#message")).to_have_text("The proposal is being computed.")
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.locator("#ask button").click()
    expect(page.locator("#problem")).to_contain_text("A proposal for this hall is being computed.")


def test_a_search_shows_the_best_so_far_and_can_be_stopped(site: Site, chromium: Browser) -> None:
    page = page_of(chromium, site, "manager", "/staff/halls/H1/proposals").page
    page.locator("#ask button").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    job = site.parts.database.write_now(jobs.claim, now=site.parts.clock.now())
    assert job is not None
    site.parts.database.write_now(jobs.note_progress, job.id, 0.4, {"now": 12.0, "best": 7.5})
    expect(page.locator("#detail")).to_contain_text("Best so far: 38% less waiting")
    page.get_by_role("button", name="Stop, and take the best so far").press("Enter")
    expect(page.locator("#detail")).to_contain_text("The search is being stopped")
    expect(page.get_by_role("button", name="Stop, and take the best so far")).to_have_count(0)
    assert site.parts.database.read_now(jobs.stop_asked, job.id)


def test_on_a_telephone_a_chosen_proposal_is_read_from_its_head_with_its_keys_in_sight(
    site: Site, chromium: Browser
) -> None:
    propose(site)
    desk = page_of(chromium, site, "manager", "/staff/halls/H1/proposals", width=390, touch=True)
    page, detail = desk.page, desk.page.locator("#detail")
    page.locator("#list").get_by_role("button").first.click()
    expect(detail).to_be_focused()
    expect(page.locator("#detail-title")).to_be_in_viewport()
    expect(detail.get_by_role("button", name="Accept")).to_be_in_viewport(ratio=1)
    expect(detail.get_by_role("button", name="Decline")).to_be_in_viewport(ratio=1)
    detail.get_by_role("link", name="Proposed plan").focus()
    expect(detail.get_by_role("link", name="Proposed plan")).to_be_in_viewport(ratio=1)
    assert violations(page) == []
    assert desk.errors == []
