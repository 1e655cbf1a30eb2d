"""Requests and responses about appointments."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import Field

from booking.appointment_parts import MeetingOut, WaitsForCodeOut
from booking.city_schemas import HallOut, NamedOut
from booking.rules.meeting import LONGEST_ADDRESS, AppointmentKind
from booking.rules.parties import LARGEST
from booking.service import AppointmentView, DaySlots, HeldAppointment, Person
from booking.service.slots import MOST_SERVICES
from kernel.days import Instant
from kernel.web.schemas import In, Out

ServiceCodes = Field(min_length=1, max_length=MOST_SERVICES)
Token = Field(min_length=8, max_length=64)
PartySize = Field(default=1, ge=1, le=LARGEST)


# --- slots and appointments --------------------------------------------------------------------------


class SlotOut(Out):
    """A free start, and how many more appointments like this one fit there."""

    starts_at: datetime
    free: int


class DayOut(Out):
    """A local date; ``open``: the hall opens on it, so that what is given back is free again.

    ``bookable``: it may be booked by now; later dates, and those of a year whose holidays have not been
    announced, may not yet.
    """

    date: date
    open: bool
    bookable: bool
    slots: list[SlotOut]


class SlotsOut(Out):
    days: list[DayOut]

    @classmethod
    def of(cls, days: tuple[DaySlots, ...]) -> Self:
        return cls(days=[DayOut.model_validate(day) for day in days])


class HoldIn(In):
    """``kind``: how it is held, of those that ``/halls/{code}/appointment-kinds`` lists for the services.

    ``puzzle``: the solution, JSON in base64, of the puzzle that ``puzzle-needed`` carried."""

    hall: str = Field(min_length=1, max_length=32)
    services: list[str] = ServiceCodes
    starts_at: Instant
    party: int = PartySize
    kind: AppointmentKind = AppointmentKind.HALL
    puzzle: str = Field(default="", max_length=2000)


class PersonIn(In):
    """Who comes; ``id_tail`` only if a service needs it, ``priority`` for the legal priority groups.

    ``language``: in which messages come, where messages are sent. ``company``: the unified social credit code
    of the company for which somebody comes. ``id_number``: to check in with the ID card; only a keyed hash
    of it is kept. Both are optional. ``for_other``: the name is a relative's who comes, the number that of
    whoever books. ``address``: where to come to, needed and kept for a home visit alone.
    """

    name: str = Field(min_length=1, max_length=80)
    phone: str = Field(min_length=3, max_length=32)
    id_tail: str | None = Field(default=None, max_length=8)
    priority: bool = False
    language: Literal["zh", "en"] = "zh"
    company: str | None = Field(default=None, max_length=24)
    id_number: str | None = Field(default=None, max_length=24)
    for_other: bool = False
    address: str | None = Field(default=None, max_length=LONGEST_ADDRESS)

    def person(self) -> Person:
        return Person(
            self.name, self.phone, self.id_tail, self.priority, self.language, self.company, self.id_number,
            self.for_other, self.address,
        )  # fmt: skip


class ConfirmIn(PersonIn):
    """What makes a hold an appointment: its token, and who comes."""

    token: str = Token


class HeldTokenIn(In):
    token: str = Token


class CheckInIn(In):
    """By token, or at a kiosk by reference and the last four digits of the phone number, or by ID card.

    ``id_number``: as the reader took it from the card; it is compared and not kept. ``appointment``: which,
    where several of today go with the card.
    """

    token: str | None = Field(default=None, min_length=8, max_length=64)
    code: str | None = Field(default=None, max_length=16)
    phone_tail: str | None = Field(default=None, max_length=8)
    id_number: str | None = Field(default=None, max_length=24)
    appointment: UUID | None = None


class BookedServiceOut(NamedOut):
    queue_id: UUID
    starts_at: datetime
    minutes: float
    needs_id_tail: bool


class AppointmentOut(Out):
    """An appointment for its holder; name and phone number are masked. ``may``: what can be done now.

    ``for_other``: a relative comes. ``party``: how many people. ``address_masked``: of a home visit.
    ``cancel_reason``, ``cancel_note``: why the hall cancelled it, if it did. ``waits_for_code``: it is held,
    not booked, until the code is sent to ``/appointments/activate``; by ``expires_at``.
    """

    id: UUID
    code: str
    status: str
    hall: HallOut
    services: list[BookedServiceOut]
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime | None
    check_in_opens_at: datetime
    name_masked: str | None
    phone_masked: str | None
    company_masked: str | None
    priority: bool
    for_other: bool
    party: int
    meeting: MeetingOut
    address_masked: str | None
    may: list[str]
    may_erase: bool
    cancel_reason: str | None
    cancel_note: str | None
    waits_for_code: WaitsForCodeOut | None = None

    @classmethod
    def of(cls, appointment: AppointmentView) -> Self:
        plain = {
            name: getattr(appointment, name)
            for name in AppointmentOut.model_fields
            if name not in ("hall", "services", "may", "meeting", "waits_for_code")
        }
        waits = appointment.waits_for_code
        return cls(
            **plain,
            hall=HallOut.of(appointment.hall),
            services=[BookedServiceOut.model_validate(each) for each in appointment.services],
            may=sorted(appointment.may),
            meeting=MeetingOut.model_validate(appointment.meeting),
            waits_for_code=WaitsForCodeOut.model_validate(waits) if waits else None,
        )


class ErasedOut(Out):
    """The personal data of an appointment is gone since this local date; its link says so."""

    erased_on: date

    @classmethod
    def of(cls, on: date) -> Self:
        return cls(erased_on=on)


class HoldOut(Out):
    """A new hold: the appointment with the token that only its holder gets, and the page it opens."""

    id: UUID
    token: str
    link: str
    code: str
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime | None
    appointment: AppointmentOut

    @classmethod
    def of(cls, held: HeldAppointment) -> Self:
        shown = held.appointment
        return cls(
            id=shown.id,
            token=held.token,
            link=f"/a/{held.token}",
            code=shown.code,
            starts_at=shown.starts_at,
            ends_at=shown.ends_at,
            expires_at=shown.expires_at,
            appointment=AppointmentOut.of(shown),
        )
