"""An appointment is held in another way than it was booked: what that needs, and what becomes of the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking import store
from booking.activation import store as activation
from booking.errors import AppointmentNotPossible, PhoneInvalid, SlotNotBookable
from booking.meeting.errors import AddressInvalid
from booking.meeting.service import must_offer
from booking.messages import appointments as messages
from booking.rules.appointments import AppointmentStatus
from booking.rules.meeting import AppointmentKind, normal_address
from booking.rules.people import normal_phone
from booking.service.person_limits import take_day_quota, take_singles
from booking.service.views import ADDRESS_FIELD, NAME_FIELD, PHONE_FIELD
from kernel.i18n import DEFAULT_LOCALE

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from booking.rules.timetable import Timetable
    from kernel.errors import Invalid
    from kernel.secrets import Vault


@dataclass(frozen=True, slots=True)
class OtherKind:
    """How somebody would rather be met, with what that needs and is not known yet.

    ``address``: where to come to, of a visit at home. ``phone``: whom to call, where no number is kept.
    ``locale``: in which language that number is told of the appointment.
    """

    kind: AppointmentKind
    address: str = ""
    phone: str = ""
    locale: str = DEFAULT_LOCALE


def needs_phone(own: store.Appointment, kind: AppointmentKind) -> bool:
    """Return whether an appointment lacks the number that would be called."""
    return (
        kind is AppointmentKind.PHONE
        and own.phone_sealed is None
        and own.status is AppointmentStatus.CONFIRMED
    )


def faults_of_kind(own: store.Appointment, wanted: OtherKind) -> list[Invalid]:
    """Return all that cannot be right about how somebody would be met; a hold is asked when confirmed."""
    faults: list[Invalid] = []
    if own.status is not AppointmentStatus.CONFIRMED:
        return faults
    if wanted.kind is AppointmentKind.HOME and normal_address(wanted.address) is None:
        faults.append(AddressInvalid(field="address"))
    if needs_phone(own, wanted.kind) and normal_phone(wanted.phone) is None:
        faults.append(PhoneInvalid(field="phone"))
    return faults


def hold_otherwise(
    session: Session,
    own: store.Appointment,
    wanted: OtherKind,
    table: Timetable,
    starts_at: datetime,
    *,
    now: datetime,
    vault: Vault,
) -> store.Appointment:
    """Write how a locked appointment is held from now on; its places and its time are changed apart.

    An address that nobody comes to any more is not kept. Raises ``KindNotOffered``, ``SlotNotBookable`` for a
    time at which nobody could be met that way, ``AppointmentNotPossible`` where a code is awaited for what
    was filled in, and the first of what cannot be right.
    """
    must_offer(session, own.hall_id, [each.service_id for each in own.services], wanted.kind)
    for wrong in faults_of_kind(own, wanted):
        raise wrong
    _must_be_in_time(own, wanted.kind, table, starts_at, now=now)
    if own.status is AppointmentStatus.HELD and activation.pending_of(session, own.id) is not None:
        raise AppointmentNotPossible(status=own.status)
    sealed = None
    if wanted.kind is AppointmentKind.HOME and own.status is AppointmentStatus.CONFIRMED:
        sealed = vault.seal(normal_address(wanted.address) or "", field=ADDRESS_FIELD)
    store.change(session, own.id, now, kind=wanted.kind, address_sealed=sealed)
    return store.by_id(session, own.id)


def _must_be_in_time(
    own: store.Appointment, kind: AppointmentKind, table: Timetable, starts_at: datetime, *, now: datetime
) -> None:
    """Raise ``SlotNotBookable`` for a time that stays as it is and is over, or too near to come to a home.

    Another time is asked of the timetable with its places.
    """
    if starts_at != own.starts_at:
        return
    if kind is AppointmentKind.HOME:
        day = table.calendar.local_day(starts_at)
        possible = starts_at in table.bookable_on(day, now=now)
    else:
        possible = starts_at > now and table.calendar.is_open(starts_at)
    if not possible:
        raise SlotNotBookable(starts_at=starts_at)


def keep_number(
    session: Session,
    own: store.Appointment,
    wanted: OtherKind,
    token: str | None,
    *,
    table: Timetable,
    now: datetime,
    vault: Vault,
) -> store.Appointment:
    """Keep the number to call of whoever left none when it was booked; from now on it counts for that number.

    ``token``: of its link, without which messages would lead nowhere. Nobody has proved the number, so it is
    not refused for what else is booked under it, which would tell who types a stranger's. Raises
    ``PersonLimit``.
    """
    phone = normal_phone(wanted.phone) or ""
    day = table.calendar.local_day(own.starts_at)
    take_day_quota(session, own, phone, day, for_other=own.for_other, now=now, vault=vault)
    name = own.name_sealed if own.for_other else None
    known = vault.open(name, field=NAME_FIELD) if name is not None else ""
    take_singles(session, own, phone, known, until=own.ends_at, seen=True, now=now, vault=vault)
    store.change(
        session,
        own.id,
        now,
        phone_sealed=vault.seal(phone, field=PHONE_FIELD),
        phone_hash=vault.digest(phone, field=PHONE_FIELD),
    )
    kept = store.by_id(session, own.id)
    if token is not None:
        messages.booked(session, kept, phone, wanted.locale, token, now=now, vault=vault)
    return kept
