"""What the use cases of booking hand out: frozen values; names and numbers of people are masked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking.activation import store as activation
from booking.meeting.service import meeting_of
from booking.rules.activation import CODES_PER_BOOKING, may_send_again_at
from booking.rules.appointments import ENDINGS, AppointmentStatus, allowed, status_at
from booking.rules.holders import masked_company_code
from booking.rules.meeting import masked_address
from booking.rules.people import masked_name, masked_phone
from booking.rules.policy import booking_policy
from kernel import catalogue
from queueing.erasing import alive_among

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from booking import store
    from booking.meeting.service import Meeting
    from booking.rules.appointments import AppointmentAction
    from booking.rules.cancelling import CancelReason
    from kernel.catalogue import Hall
    from kernel.ids import AppointmentId
    from kernel.secrets import Vault

NAME_FIELD = "appointment.name"
PHONE_FIELD = "appointment.phone"
ID_TAIL_FIELD = "appointment.id_tail"
TOKEN_FIELD = "appointment"
ADDRESS_FIELD = "appointment.address"
COMPANY_FIELD = "appointment.company"
ID_NUMBER_FIELD = "appointment.id_number"
PENDING_FIELD = "activation.person"


@dataclass(frozen=True, slots=True)
class WaitsForCode:
    """A hold that becomes an appointment by a code; ``sends_left``: how many more may be asked for.

    ``again_at``: from when on.
    """

    phone_masked: str
    tries_left: int
    sends_left: int
    again_at: datetime


@dataclass(frozen=True, slots=True)
class AppointmentView:
    """An appointment as its holder sees it. ``may`` says what its holder can do with it now.

    ``meeting``: where it is held; ``address_masked``: whose home, where it is a visit.
    ``cancel_reason`` and ``cancel_note``: why the hall cancelled it, if it did. ``waits_for_code``: of a hold
    whose holder was sent a code.
    """

    id: AppointmentId
    hall: Hall
    status: AppointmentStatus
    code: str
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime | None
    check_in_opens_at: datetime
    services: tuple[store.BookedService, ...]
    name_masked: str | None
    phone_masked: str | None
    company_masked: str | None
    priority: bool
    for_other: bool
    party: int
    meeting: Meeting
    address_masked: str | None
    ics_sequence: int
    created_at: datetime
    may: frozenset[AppointmentAction]
    may_erase: bool
    retention_days: int
    cancel_reason: CancelReason | None
    cancel_note: str | None
    waits_for_code: WaitsForCode | None


@dataclass(frozen=True, slots=True)
class HeldAppointment:
    """A new hold with the capability token that only its holder gets."""

    appointment: AppointmentView
    token: str


def view(session: Session, appointment: store.Appointment, *, now: datetime, vault: Vault) -> AppointmentView:
    """Return the holder's view of an appointment; a hold that ran out shows as expired."""
    hall = catalogue.hall(session, appointment.hall_id)
    status = status_at(appointment.status, appointment.expires_at, now=now)
    policy = booking_policy(hall.policy)
    name, phone = appointment.name_sealed, appointment.phone_sealed
    company, address = appointment.company_sealed, appointment.address_sealed
    return AppointmentView(
        id=appointment.id,
        hall=hall,
        status=status,
        code=appointment.code,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        expires_at=appointment.expires_at,
        check_in_opens_at=appointment.starts_at - policy.check_in_early,
        services=appointment.services,
        name_masked=masked_name(vault.open(name, field=NAME_FIELD)) if name else None,
        phone_masked=masked_phone(vault.open(phone, field=PHONE_FIELD)) if phone else None,
        company_masked=masked_company_code(vault.open(company, field=COMPANY_FIELD)) if company else None,
        priority=appointment.priority,
        for_other=appointment.for_other,
        party=appointment.party,
        meeting=meeting_of(session, appointment, vault),
        address_masked=masked_address(vault.open(address, field=ADDRESS_FIELD)) if address else None,
        ics_sequence=appointment.ics_sequence,
        created_at=appointment.created_at,
        may=allowed(status),
        retention_days=policy.retention_days,
        may_erase=status in ENDINGS and not alive_among(session, [appointment.id]),
        cancel_reason=appointment.cancel_reason,
        cancel_note=appointment.cancel_note,
        waits_for_code=_waits_for_code(session, appointment, status, vault),
    )


def _waits_for_code(
    session: Session, own: store.Appointment, status: AppointmentStatus, vault: Vault
) -> WaitsForCode | None:
    pending = activation.pending_of(session, own.id) if status is AppointmentStatus.HELD else None
    if pending is None:
        return None
    phone = json.loads(vault.open(pending.person_sealed, field=PENDING_FIELD))["phone"]
    return WaitsForCode(
        masked_phone(phone),
        pending.tries_left,
        max(0, CODES_PER_BOOKING - pending.sent),
        may_send_again_at(pending.sent_at),
    )
