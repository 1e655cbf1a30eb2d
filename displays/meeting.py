"""Which kinds of appointments a page lets people choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Form, Query

from booking.meeting.service import kinds_for
from booking.rules.meeting import AppointmentKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from booking.meeting.service import OfferedKind
    from kernel.web.parts import Parts

AskedKind = Annotated[AppointmentKind, Query()]
FormKind = Annotated[AppointmentKind, Form()]
HALL = AppointmentKind.HALL


async def choosable(here: Parts, hall: str, codes: Sequence[str]) -> tuple[OfferedKind, ...]:
    """Return what can be chosen, nothing where only the hall is offered: one thing is no choice."""
    found = await here.database.read(kinds_for, hall, codes)
    return found if len(found) > 1 else ()


def kind_in(kind: AppointmentKind) -> list[tuple[str, str]]:
    """Return a kind as it stands in an address: not at all where it is the hall."""
    return [] if kind is HALL else [("kind", kind.value)]
