"""What a person may have at a time: so many appointments a day, and one open one for some services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking import store
from booking.errors import AlreadyBooked, PersonLimit
from booking.messages.planning import terms_of
from booking.rules.parties import APPOINTMENTS_FOR_OTHERS_PER_DAY
from booking.rules.people import normal_name
from booking.rules.policy import APPOINTMENTS_PER_DAY

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlmodel import Session

    from kernel.ids import ServiceId
    from kernel.secrets import Vault


def day_scope(phone: str, day: date, vault: Vault, *, for_other: bool = False) -> bytes:
    """Return the quota scope of a phone number on a local date, in the whole city.

    What somebody books for others counts apart: it takes nothing of their own two.
    """
    field = "appointment.phone_day_others" if for_other else "appointment.phone_day"
    return vault.digest(f"{phone}|{day.isoformat()}", field=field)


def day_limit(*, for_other: bool) -> int:
    """Return how many appointments of a kind a number may have on a local date."""
    return APPOINTMENTS_FOR_OTHERS_PER_DAY if for_other else APPOINTMENTS_PER_DAY


def take_day_quota(
    session: Session,
    appointment: store.Appointment,
    phone: str,
    day: date,
    *,
    for_other: bool,
    now: datetime,
    vault: Vault,
) -> None:
    """Count an appointment for its phone number's day; raises ``PersonLimit``."""
    scope, limit = day_scope(phone, day, vault, for_other=for_other), day_limit(for_other=for_other)
    if not store.take_quota(session, scope, limit, appointment.id, expires_at=None, now=now):
        raise PersonLimit(limit=limit, day=day)


def take_singles(
    session: Session,
    appointment: store.Appointment,
    phone: str,
    name: str,
    *,
    until: datetime,
    seen: bool,
    now: datetime,
    vault: Vault,
) -> None:
    """Hold that a person has one open appointment for some services, in all halls; ``AlreadyBooked``.

    It ends with the appointment, or when somebody comes. ``name``: of whom somebody else books for, which
    they do for each name once. ``seen``: staff see who it is and why, and may book a second one; the first
    counts all the same, or the person would book another by themselves. Where no messages go out nobody has
    proved the number, and a refusal would tell whoever types it what its holder has booked: the second one
    is booked, and staff see both (``store.booked_twice``).
    """
    for service in sorted(appointment.services, key=lambda own: own.code):  # two of one person: no deadlock
        if service.single:
            scope = single_scope(phone, name, service.service_id, vault)
            taken = store.take_single(session, scope, appointment.id, until=until, now=now)
            if not taken and not seen and terms_of(session) is not None:
                raise AlreadyBooked(services=[service.code])


def single_scope(phone: str, name: str, service_id: ServiceId, vault: Vault) -> bytes:
    """Return under what a person's one open appointment for a service is held; ``name`` as above."""
    who = f"{phone}|{normal_name(name) if name else ''}|{service_id}"
    return vault.digest(who, field="appointment.single")
