"""Appointments that are not held in the hall, in a real browser: chosen, called with one key, visited."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from booking import service
from booking.meeting.service import WantedKind, set_kind
from booking.rules.meeting import AppointmentKind
from booking.service import Client, Person
from tests.browser.staff_site import Site, assert_finished, page_of, violations

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE, VIDEO, HOME = AppointmentKind.PHONE, AppointmentKind.VIDEO, AppointmentKind.HOME
WORDS = ("请把户口本放在手边", "Have your household register at hand")
# References are words of no language.
WITHOUT_REFERENCES = """() => {
  for (const own of document.querySelectorAll("#visits .soft.small")) own.textContent = "1";
}"""
WITHOUT_OWN_REFERENCE = """() => {
  const own = document.querySelector("main .lead");
  own.textContent = own.textContent.replace(/[A-Z0-9]{4} [A-Z0-9]{4}/u, "1");
  for (const words of document.querySelectorAll(".kind__words")) words.textContent = "1";
}"""
KINDS = "/staff/halls/H1/appointment-kinds"


def offer(site: Site) -> None:
    for kind in (PHONE, VIDEO, HOME):
        link = "https://video.example/{room}" if kind is VIDEO else ""
        wanted = WantedKind(kind, True, link, *WORDS)
        site.parts.database.write_now(
            set_kind, "H1", "id-card", wanted, by=site.city.manager, clock=site.parts.clock
        )


def book(site: Site, kind: AppointmentKind, number: int = 0) -> service.HeldAppointment:
    write, keys = site.parts.database.write_now, {"clock": site.parts.clock, "vault": site.parts.vault}
    (day,) = site.parts.database.read_now(
        service.free_slots, "H1", ["id-card"], first_day=None, days=1, now=site.parts.clock.now()
    )
    who = Client(f"browser {number}", f"203.0.113.{number}")
    held = write(service.hold, "H1", ["id-card"], day.slots[number].starts_at, client=who, kind=kind, **keys)
    person = Person("王小明", f"1380013{8000 + number}", address="汕尾大道128号3栋502")
    write(service.confirm, held.token, person, **keys)
    return held


def test_a_citizen_chooses_a_call_with_the_time(site: Site, chromium: Browser) -> None:
    offer(site)
    page = chromium.new_page(locale="en-GB", viewport={"width": 390, "height": 844})
    page.goto(f"{site.url}/halls?service=id-card")
    page.goto(f"{site.url}/book?hall=H1&service=id-card")
    page.get_by_label("By telephone").focus()
    page.keyboard.press("Space")
    page.locator("details[open] .slot").first.press("Enter")
    expect(page.get_by_text("This is the number that is called.")).to_be_visible()
    page.get_by_label("Name of whoever it is for").fill("王小明")
    page.get_by_label("Phone number").fill("13800138000")
    page.get_by_role("button", name="Book").press("Enter")
    expect(page.get_by_role("heading", name="Your appointment")).to_be_visible()
    expect(page.get_by_text("When to leave")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()


def test_a_citizen_changes_how_it_is_done_with_the_keyboard_alone(site: Site, chromium: Browser) -> None:
    offer(site)
    own = f"/a/{book(site, AppointmentKind.HALL).token}"
    page = chromium.new_page(locale="en-GB", viewport={"width": 320, "height": 720})
    page.goto(f"{site.url}{own}")
    page.get_by_role("link", name="Change time or way").press("Enter")
    page.get_by_label("At your home").focus()
    page.keyboard.press("Space")
    expect(page.get_by_label("At your home")).to_be_checked()
    page.get_by_role("button", name="change only how").press("Enter")
    expect(page.get_by_role("heading", name="Change how it is done?")).to_be_visible()
    expect(page.get_by_text("Until now")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.get_by_role("button", name="Yes, change it").press("Enter")
    expect(page.locator("#address-error")).to_be_visible()
    assert violations(page) == []
    page.get_by_label("Address to come to").fill("汕尾大道128号3栋502")
    page.get_by_role("button", name="Yes, change it").press("Enter")
    expect(page.get_by_text("We come to")).to_be_visible()
    assert violations(page) == []
    page.close()


def test_the_desks_pages_of_a_change_are_finished(site: Site, chromium: Browser) -> None:
    offer(site)
    own = book(site, AppointmentKind.HALL).appointment
    move = f"/staff/halls/H1/appointments/{own.id}/move"
    assert_finished(chromium, site, "clerk1", move, "main .kinds", before=WITHOUT_OWN_REFERENCE)
    sure = f"{move}/kind?starts_at={quote(own.starts_at.isoformat())}&kind=home"
    assert_finished(chromium, site, "clerk1", sure, "#address", before=WITHOUT_OWN_REFERENCE)


def test_a_clerk_dials_with_one_key_and_the_lobby_shows_nothing(site: Site, chromium: Browser) -> None:
    offer(site)
    booked = book(site, PHONE)
    lobby = chromium.new_page()
    lobby.goto(f"{site.url}/lobby/H1")
    page = page_of(chromium, site, "clerk1", f"/staff/windows/{site.city.windows[0]}").page
    page.keyboard.press("o")
    expect(page.locator("#window-status")).to_have_text("open")
    site.parts.clock.set(booked.appointment.starts_at + timedelta(seconds=1))  # type: ignore[attr-defined]
    issued = site.parts.database.write_now(
        service.enter_remote, booked.appointment.id, clock=site.parts.clock, vault=site.parts.vault
    )
    label = issued.ticket.label
    expect(page.locator("#waiting")).to_contain_text("not in the hall")
    page.keyboard.press("n")
    expect(page.locator("#current")).to_contain_text("By telephone")
    expect(page.locator("[data-command=reach]")).to_contain_text("Dial the number")
    expect(page.locator("[data-command=start]")).to_contain_text("Start: the person answers")
    page.keyboard.press("a")
    expect(page.locator("#reach a")).to_have_attribute("href", "tel:+8613800138000")
    expect(page.locator("#reach a")).to_have_text("138 0013 8000")
    walked_in = site.issue()
    expect(lobby.locator("main")).to_contain_text("1")
    expect(lobby.locator("body")).not_to_contain_text(label)
    for key, said in (("s", "is being served."), ("f", "is finished.")):
        page.keyboard.press(key)
        expect(page.locator("#message")).to_have_text(f"{label} {said}")
    expect(page.locator("#reach")).to_be_hidden()
    page.keyboard.press("n")
    expect(page.locator("[data-command=start]")).to_contain_text("Start: the person is here")
    expect(lobby.locator("body")).to_contain_text(walked_in)
    expect(page.locator("[data-command=reach]")).to_be_hidden()
    lobby.close()


def test_the_managers_page_and_the_days_list_are_finished(site: Site, chromium: Browser) -> None:
    offer(site)
    book(site, HOME)
    page = page_of(chromium, site, "manager", KINDS).page
    page.locator("#id-card summary").press("Enter")
    day = "/staff/halls/H1/home-visits"
    assert_finished(chromium, site, "manager", KINDS, "#id-card")
    assert_finished(chromium, site, "clerk1", day, "#visits td", before=WITHOUT_REFERENCES)


def test_who_goes_out_has_boxes_to_tick_on_paper_alone(site: Site, chromium: Browser) -> None:
    offer(site)
    book(site, HOME)
    page = page_of(chromium, site, "clerk1", "/staff/halls/H1/home-visits").page
    row = page.locator("#visits tbody tr")
    expect(row).to_contain_text("138 0013 8000")
    boxes = row.locator(".print-only")
    expect(boxes).to_be_hidden()
    page.emulate_media(media="print")
    expect(boxes).to_be_visible()
    expect(row.get_by_text("to come")).to_be_hidden()
