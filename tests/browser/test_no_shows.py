"""The no-show rule in a real browser: told before booking, the refusal, the appeal, and staff's pages."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from booking import service
from booking.no_shows import appealing, publishing
from booking.no_shows.appealing import Proof
from booking.no_shows.publishing import Wanted
from booking.service import Client, Person
from tests.browser.staff_site import Site, assert_finished, page_of, violations

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHOTS = os.environ.get("JINBAN_TEST_SHOTS")  # a folder: then the pages are kept as pictures, to be looked at
RULE = Wanted(in_force=True, limit=3, within_days=90, pause_days=30, cancel_minutes=60, answer_days=5)
PHONE = "13800138000"
# References are words of no language.
WITHOUT_REFERENCES = """() => {
  for (const own of document.querySelectorAll("#main p, #main dd, #main summary, #main li")) {
    if (!own.children.length || own.matches("p, summary")) own.innerHTML =
      own.innerHTML.replace(/\\b[A-HJ-NP-Z0-9]{8}\\b/g, "1");
  }
}"""


def publish(site: Site) -> None:
    parts = site.parts
    parts.database.write_now(publishing.publish, RULE, after=0, by=site.city.supervisor, clock=parts.clock)


def hold(site: Site) -> service.HeldAppointment:
    parts = site.parts
    now = parts.clock.now()
    (day,) = parts.database.read_now(service.free_slots, "H1", ["id-card"], first_day=None, days=1, now=now)
    return parts.database.write_now(
        service.hold, "H1", ["id-card"], day.slots[0].starts_at,
        client=Client("browser", f"203.0.113.{now.minute}"), clock=parts.clock, vault=parts.vault,
    )  # fmt: skip


def book(site: Site) -> service.HeldAppointment:
    """Book the next free time of today."""
    held, parts = hold(site), site.parts
    parts.database.write_now(
        service.confirm, held.token, Person("王小明", PHONE), clock=parts.clock, vault=parts.vault
    )
    return held


def too_late(site: Site) -> service.HeldAppointment:
    """Book, and cancel a minute after the start."""
    booked, parts = book(site), site.parts
    parts.clock.set(booked.appointment.starts_at + timedelta(minutes=1))  # type: ignore[attr-defined]
    parts.database.write_now(service.cancel, booked.token, clock=parts.clock, vault=parts.vault)
    return booked


def appealed(site: Site) -> service.HeldAppointment:
    publish(site)
    booked, parts = too_late(site), site.parts
    parts.database.write_now(
        appealing.appeal, Proof(booked.token), "孩子急病", clock=parts.clock, vault=parts.vault
    )
    return booked


def looked_at(page: Page, name: str, width: int) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"no-show-{name}-{width}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    assert violations(page) == [], name


def citizen(chromium: Browser, site: Site, path: str, width: int, **more: object) -> Page:
    options = {"viewport": {"width": width, "height": 860}, "locale": "zh-CN", **more}
    context = chromium.new_context(**options)  # type: ignore[arg-type]
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.goto(site.url + path)
    return page


@pytest.mark.parametrize("width", [1280, 320])
def test_whoever_books_is_told_the_rule_and_by_when_to_cancel(
    chromium: Browser, site: Site, width: int
) -> None:
    page = citizen(chromium, site, "/book?hall=H1&service=id-card", width)
    expect(page.locator("[data-no-show-rule]"), "by default there is none").to_have_count(0)
    publish(site)
    page.reload()
    expect(page.locator("[data-no-show-rule]")).to_contain_text("90 天内爽约 3 次，30 天内不能网上预约")
    looked_at(page, "slots", width)
    page.goto(f"{site.url}/book/{hold(site).token}")
    expect(page.locator("[data-no-show-rule]")).to_contain_text("至少提前 1 小时")
    looked_at(page, "who-comes", width)
    booked = book(site)
    page.goto(f"{site.url}/a/{booked.token}")
    expect(page.locator("#terms")).to_contain_text("前取消或改期，就不算爽约")
    looked_at(page, "terms", width)
    site.parts.clock.set(booked.appointment.starts_at + timedelta(minutes=1))  # type: ignore[attr-defined]
    page.goto(f"{site.url}/a/{booked.token}/cancel")
    expect(page.get_by_text("现在取消将计为爽约")).to_be_visible()
    looked_at(page, "cancel", width)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_paused_person_reads_why_appeals_and_reads_the_answer(
    chromium: Browser, site: Site, width: int
) -> None:
    publish(site)
    booked = [too_late(site) for _ in range(3)]
    page = citizen(chromium, site, f"/book/{hold(site).token}", width, java_script_enabled=False)
    page.get_by_role("textbox", name="姓名").fill("王小明")
    page.get_by_label("手机号", exact=True).fill(PHONE)
    page.get_by_role("button", name="预约", exact=True).press("Enter")
    expect(page.get_by_role("heading", name="该手机号的网上预约已暂停")).to_be_visible()
    expect(page.locator("#main"), "which ones is told to whoever proves it").not_to_contain_text("H1")
    page.get_by_role("link", name="查看是哪几次，并申诉").press("Enter")
    page.get_by_label("预约编号").fill("AAAA2222")
    page.get_by_label("手机号").fill(PHONE)
    page.get_by_role("button", name="查看").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("没有找到相应的爽约记录")
    page.get_by_label("预约编号").fill(booked[0].appointment.code.lower())
    page.get_by_role("button", name="查看").press("Enter")
    expect(page.get_by_role("heading", name="这次计为爽约")).to_be_visible()
    page.get_by_role("button", name="提交申诉").press("Enter")
    expect(page.get_by_text("请写一句话。")).to_be_visible()
    page.get_by_label("为什么不应计为爽约").fill("孩子急病，去了医院")
    page.get_by_role("button", name="提交申诉").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("前在本页答复")
    desk = page_of(chromium, site, "manager", "/staff/halls/H1/no-show-appeals", width=width)
    looked_at(desk.page, "appeals", width)
    desk.page.get_by_role("button", name="Uphold: it does not count").press("Enter")
    expect(desk.page.get_by_role("status")).to_contain_text("Upheld")
    page.goto(f"{site.url}/a/{booked[0].token}")
    expect(page.get_by_role("heading", name="这次不计为爽约")).to_be_visible()
    book(site)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_citizens_pages_are_finished(chromium: Browser, site: Site, width: int) -> None:
    publish(site)
    booked = [too_late(site) for _ in range(3)]
    held = hold(site)
    page = citizen(chromium, site, f"/book/{held.token}", width)
    page.get_by_role("textbox", name="姓名").fill("王小明")
    page.get_by_label("手机号", exact=True).fill(PHONE)
    page.get_by_role("button", name="预约", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    looked_at(page, "paused", width)
    page.goto(f"{site.url}/no-shows")
    looked_at(page, "rule", width)
    page.goto(f"{site.url}/a/{booked[0].token}")
    looked_at(page, "why", width)
    page.get_by_role("button", name="提交申诉").click()
    expect(page.get_by_role("alert")).to_be_visible()
    looked_at(page, "wordless", width)


def test_a_rejection_asks_for_words_and_keeps_its_place(chromium: Browser, site: Site) -> None:
    booked = appealed(site)
    desk = page_of(chromium, site, "supervisor", "/staff/no-show-appeals")
    desk.page.locator("textarea[required]").evaluate("own => own.removeAttribute('required')")
    desk.page.get_by_role("button", name="Reject").click()
    expect(desk.page.get_by_role("alert")).to_contain_text("Say in words why")
    desk.page.get_by_label("Why not").fill("没有说明情况")
    desk.page.get_by_role("button", name="Reject").click()
    expect(desk.page.get_by_role("status")).to_contain_text("Rejected")
    page = citizen(chromium, site, f"/a/{booked.token}", 390)
    expect(page.locator("#no-show")).to_contain_text("没有说明情况")
    assert desk.errors == []


def test_the_supervisor_publishes_and_is_told_what_is_not_possible(chromium: Browser, site: Site) -> None:
    desk = page_of(chromium, site, "supervisor", "/staff/no-shows")
    page = desk.page
    expect(page.get_by_text("No rule is in force")).to_be_visible()
    page.get_by_text("Publish another version").press("Enter")
    page.get_by_label("No-shows that lead to a pause").fill("1")
    page.get_by_label("In force").check()
    page.get_by_role("button", name="Publish").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("not possible")
    page.get_by_label("No-shows that lead to a pause").fill("3")
    page.get_by_role("button", name="Publish").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Published")
    expect(page.get_by_text("Whoever does not come 3 times within 90 days").first).to_be_visible()
    assert desk.errors == []


def test_the_desk_looks_up_lets_book_and_takes_back(chromium: Browser, site: Site) -> None:
    publish(site)
    for _ in range(3):
        too_late(site)
    desk = page_of(chromium, site, "clerk1", "/staff/halls/H1/no-shows")
    page = desk.page
    page.get_by_label("Phone number").first.fill(PHONE)
    page.get_by_role("button", name="Look it up").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("138****8000: booking on line is paused until")
    looked_at(page, "looked-up", 1280)
    page.get_by_label("Phone number").nth(1).fill(PHONE)
    page.get_by_label("Reason (it stands in the audit trail").fill("替老人预约")
    page.get_by_role("button", name="Let book once").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("may book once until")
    expect(page.get_by_role("button", name="Note the outage")).to_have_count(0)
    book(site)
    page = page_of(chromium, site, "manager", "/staff/halls/H1/no-shows").page
    page.locator("summary", has_text="Take it back").first.press("Enter")
    page.get_by_label("Why it does not count").first.fill("窗口没有登记")
    page.get_by_role("button", name="It does not count").first.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Taken back")
    page.get_by_label("Outage from").fill("2026-11-18T09:00")
    page.get_by_label("Outage until").fill("2026-11-18T08:00")
    page.get_by_label("Reason (citizens read it)").fill("断网")
    page.get_by_role("button", name="Note the outage").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("An outage has a beginning")
    page.get_by_label("Outage until").fill("2026-11-18T16:00")
    page.get_by_role("button", name="Note the outage").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("The outage is noted")
    looked_at(page, "hall", 1280)


def test_staffs_pages_are_finished(chromium: Browser, site: Site) -> None:
    appealed(site)
    too_late(site)
    hall = "/staff/halls/H1"
    for who, path in (
        ("supervisor", "/staff/no-shows"),
        ("supervisor", "/staff/no-show-appeals"),
        ("manager", f"{hall}/no-show-appeals"),
        ("manager", f"{hall}/no-shows"),
        ("clerk1", f"{hall}/no-shows"),
    ):
        assert_finished(chromium, site, who, path, "h1", before=WITHOUT_REFERENCES)
        if SHOTS:
            for width in (1280, 390):
                desk = page_of(chromium, site, who, path, width=width, locale="zh-CN")
                name = f"staff-{who}{path.replace('/', '-')}-{width}.png"
                desk.page.screenshot(path=Path(SHOTS) / name, full_page=True)
