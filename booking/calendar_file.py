"""An appointment for the citizen's own calendar (.ics), and its check-in code (QR)."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING

import segno
from icalendar import Alarm, Calendar, Event

from booking.rules.appointments import AppointmentStatus
from booking.rules.meeting import AppointmentKind

if TYPE_CHECKING:
    from datetime import datetime

    from booking.meeting.service import Meeting
    from booking.service import AppointmentView
    from kernel.catalogue import Hall

PRODUCT = "-//Jinban//Appointments//ZH"
ENDED = {
    AppointmentStatus.CANCELLED_BY_CITIZEN,
    AppointmentStatus.CANCELLED_BY_HALL,
    AppointmentStatus.EXPIRED,
}
REMIND_BEFORE = timedelta(days=1)  # at the hour of the appointment itself: in daytime, whatever the hour


def appointment_ics(
    appointment: AppointmentView, link: str, *, now: datetime, leave_minutes: int | None = None
) -> bytes:
    """Return the calendar file (RFC 5545). UID never changes and SEQUENCE rises, so calendars update.

    It reminds a day before, and ``leave_minutes`` before, when it is time to leave; where from is not in it.
    Who is reached elsewhere reads how in place of the hall's address, and is not told to leave.
    The description holds the link and the reference, no name of a person and no number of theirs.
    """
    names = "、".join(service.name_zh for service in appointment.services)
    english = ", ".join(service.name_en for service in appointment.services)
    event = Event()
    event.add("uid", f"{appointment.id}@jinban")
    event.add("dtstamp", now)
    event.add("dtstart", appointment.starts_at)
    event.add("dtend", appointment.ends_at)
    event.add("sequence", appointment.ics_sequence)
    event.add("status", "CANCELLED" if appointment.status in ENDED else _status(appointment))
    event.add("summary", f"{names} · {appointment.hall.name_zh}")
    held = appointment.meeting
    event.add("location", _location(appointment.hall) if held.kind is AppointmentKind.HALL else _how(held))
    if held.kind is AppointmentKind.HALL:
        event.add("geo", (appointment.hall.lat, appointment.hall.lon))
    phone = f"\n电话 Tel. {appointment.hall.phone}" if appointment.hall.phone else ""
    event.add(
        "description",
        _how_line(held)
        + f"预约编号 {appointment.code}\n{link}\n\n{english}\nReference {appointment.code}{phone}",
    )
    event.add("url", link)
    if appointment.status not in ENDED:
        event.add_component(_alarm(f"明天：{names}", REMIND_BEFORE))
        if leave_minutes is not None and held.kind is AppointmentKind.HALL:
            leave = f"该出发了：{names} · {appointment.hall.name_zh} (time to leave)"
            event.add_component(_alarm(leave, timedelta(minutes=leave_minutes)))
    return _calendar(event)


_HOW = {
    AppointmentKind.PHONE: "电话办理：大厅会打给您 (by telephone: the hall calls you)",
    AppointmentKind.VIDEO: "视频办理 (by video)",
    AppointmentKind.HOME: "上门办理：在您家中 (at your home)",
}


def _how(held: Meeting) -> str:
    """Return where it is held, for whom a calendar is no way: never an address of a person."""
    return held.link or _HOW[held.kind]


def _how_line(held: Meeting) -> str:
    if held.kind is AppointmentKind.HALL:
        return ""
    return "\n".join(filter(None, (_HOW[held.kind], held.link))) + "\n\n"


def _location(hall: Hall) -> str:
    """Return the hall's name with its street address, if it has one: what a calendar leads to."""
    address = hall.address_zh or hall.address_en
    return f"{hall.name_zh} ({hall.name_en})" + (f", {address}" if address else "")


def _alarm(text: str, before: timedelta) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", text)
    alarm.add("trigger", -before)
    return alarm


def _status(appointment: AppointmentView) -> str:
    return "TENTATIVE" if appointment.status is AppointmentStatus.HELD else "CONFIRMED"


def _calendar(event: Event) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def check_in_qr(link: str, title: str = "签到码 / check-in code") -> bytes:
    """Return a link as a QR code in SVG, error correction M: a scratched screen still scans."""
    drawn = BytesIO()
    segno.make(link, error="m", micro=False).save(
        drawn, kind="svg", scale=8, border=4, xmldecl=False, title=title, omitsize=False
    )
    return drawn.getvalue()
