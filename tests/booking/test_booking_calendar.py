"""The calendar file and the check-in code."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from icalendar import Calendar

from booking import service
from booking.calendar_file import appointment_ics, check_in_qr
from booking.rules.appointments import AppointmentStatus
from tests.booking.booking_city import build_city, client, local, person

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault

LINK = "https://halls.example/a/token"


@pytest.fixture
def booked(sqlite_database: Database, clock: ManualClock, vault: Vault) -> service.AppointmentView:
    sqlite_database.write_now(build_city)
    held = sqlite_database.write_now(
        service.hold, "city", ["elder-benefit", "social-card"], local(10, 30),
        client=client(), clock=clock, vault=vault,
    )  # fmt: skip
    return sqlite_database.write_now(service.confirm, held.token, person(), clock=clock, vault=vault)


def event_of(file: bytes) -> dict[str, Any]:
    (event,) = Calendar.from_ical(file).walk("VEVENT")
    return dict(event.items())


def test_the_calendar_file_says_when_where_and_what(booked: service.AppointmentView) -> None:
    event = event_of(appointment_ics(booked, LINK, now=local(9, 40)))
    assert event["DTSTART"].dt == local(10, 30)
    assert event["DTEND"].dt == local(10, 51)
    assert str(event["SUMMARY"]) == "高龄老人津贴申领、社会保障卡申领 · 汕尾市政务服务中心"
    assert str(event["STATUS"]) == "CONFIRMED"
    assert str(event["URL"]) == LINK
    assert booked.code in str(event["DESCRIPTION"])


def test_a_change_keeps_the_uid_and_raises_the_sequence(booked: service.AppointmentView) -> None:
    before = event_of(appointment_ics(booked, LINK, now=local(9, 40)))
    moved = replace(booked, ics_sequence=booked.ics_sequence + 1, status=AppointmentStatus.CANCELLED_BY_HALL)
    after = event_of(appointment_ics(moved, LINK, now=local(9, 50)))
    assert str(after["UID"]) == str(before["UID"])
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])
    assert str(after["STATUS"]) == "CANCELLED"


def test_the_calendar_file_names_no_person(booked: service.AppointmentView) -> None:
    text = appointment_ics(booked, LINK, now=local(9, 40)).decode().replace("\r\n ", "")
    for secret in ("王小明", "王*明", "13800138000", "8000"):
        assert secret not in text


def test_lines_are_folded_and_end_as_the_standard_wants(booked: service.AppointmentView) -> None:
    lines = appointment_ics(booked, LINK, now=local(9, 40)).split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert lines[0] == b"BEGIN:VCALENDAR"


def test_the_check_in_code_is_an_svg_picture_with_a_quiet_border() -> None:
    root = ET.fromstring(check_in_qr(LINK).decode())
    assert root.tag.endswith("svg")
    assert float(root.attrib["width"]) == float(root.attrib["height"]) >= 8 * (25 + 8)
    assert check_in_qr(LINK) != check_in_qr(LINK + "2")
