"""What lies before staff who look at the hall's appointments, as the audit trail names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel.looking import Look

if TYPE_CHECKING:
    from booking.desk.service import ExpectedDay


def looks_at_day(found: ExpectedDay) -> list[Look]:
    """The appointments of a day, in a list; how many stood on it."""
    subject = f"look.appointments:{found.hall.id}:{found.day}"
    detail = {"day": found.day.isoformat(), "appointments": len(found.appointments)}
    return [Look("look.appointments", found.hall.id, subject, detail)]
