"""Requests and responses of booking."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, Self, TypedDict
from uuid import UUID

from pydantic import Field

from booking.appointment_parts import MeetingOut, WaitsForCodeOut
from booking.guidance import Guidance, HallPage
from booking.rules.meeting import LONGEST_ADDRESS, AppointmentKind
from booking.rules.parties import LARGEST
from booking.service import AppointmentView, DaySlots, HeldAppointment, Person
from booking.service.slots import MOST_SERVICES
from kernel.catalogue import Hall, Paper, Service, Theme
from kernel.days import Instant
from kernel.web.schemas import In, Out
from queueing.board_schemas import NoticeOut

ServiceCodes = Field(min_length=1, max_length=MOST_SERVICES)
Token = Field(min_length=8, max_length=64)
PartySize = Field(default=1, ge=1, le=LARGEST)


# --- the catalogue -----------------------------------------------------------------------------------


class NamedOut(Out):
    code: str
    name_zh: str
    name_en: str


class PaperOut(Out):
    name_zh: str
    name_en: str

    @classmethod
    def all(cls, papers: tuple[Paper, ...]) -> list[Self]:
        return [cls.model_validate(paper) for paper in papers]


class ServiceOut(NamedOut):
    """A service in a list; ``minutes`` is the typical time at the window.

    ``online_link`` is the address where it is done online, empty where none is known. ``party_most``: how
    many people may come with one appointment; each takes ``places`` or ``minutes`` of their own (``party``).
    """

    minutes: float
    audience: str
    online: bool
    online_link: str
    at_once: bool
    needs_id_tail: bool
    party: str
    party_most: int
    marks: list[str]

    @classmethod
    def of(cls, service: Service) -> Self:
        return cls.model_validate(service)


class ServicesOut(Out):
    services: list[ServiceOut]


class ThemeOut(NamedOut):
    """Several services as one errand."""

    service_codes: list[str]

    @classmethod
    def of(cls, theme: Theme) -> Self:
        return cls.model_validate(theme)


class ThemesOut(Out):
    themes: list[ThemeOut]


class SentenceOut(Out):
    zh: str
    en: str

    @classmethod
    def all(cls, said: tuple[tuple[str, str], ...]) -> list[Self]:
        return [cls(zh=zh, en=en) for zh, en in said]


class GuidanceOut(Out):
    """A service with what to bring, what need not be brought, and what is filled in beforehand.

    ``prerequisites``: who may have it done; ``steps``: how it goes, in order.
    """

    service: ServiceOut
    note_zh: str
    note_en: str
    online_note_zh: str
    online_note_en: str
    prerequisites: list[SentenceOut]
    steps: list[SentenceOut]
    bring: list[PaperOut]
    need_not_bring: list[PaperOut]
    prefilled: list[PaperOut]
    related: list[NamedOut]
    themes: list[ThemeOut]

    @classmethod
    def of(cls, guide: Guidance) -> Self:
        service = guide.services[0]
        return cls(
            service=ServiceOut.of(service),
            note_zh=service.note_zh,
            note_en=service.note_en,
            online_note_zh=service.online_note_zh,
            online_note_en=service.online_note_en,
            prerequisites=SentenceOut.all(service.prerequisites),
            steps=SentenceOut.all(service.steps),
            bring=PaperOut.all(guide.bring),
            need_not_bring=PaperOut.all(guide.need_not_bring),
            prefilled=PaperOut.all(guide.prefilled),
            related=[NamedOut.model_validate(each) for each in guide.related],
            themes=[ThemeOut.of(theme) for theme in guide.themes],
        )


class PositionOut(Out):
    lat: float
    lon: float
    datum: str


class HallOut(NamedOut):
    """A hall and where it is; address and telephone are empty where nobody stated them."""

    id: UUID
    level: str
    kind: str
    area_zh: str
    position: PositionOut
    address_zh: str
    address_en: str
    phone: str

    @classmethod
    def of(cls, hall: Hall) -> Self:
        return cls(**hall_fields(hall))


class HallFields(TypedDict):
    id: UUID
    code: str
    name_zh: str
    name_en: str
    level: str
    kind: str
    area_zh: str
    position: PositionOut
    address_zh: str
    address_en: str
    phone: str


def hall_fields(hall: Hall) -> HallFields:
    """Return what every answer about a hall says of it."""
    return HallFields(
        id=hall.id,
        code=hall.code,
        name_zh=hall.name_zh,
        name_en=hall.name_en,
        level=hall.level,
        kind=hall.kind,
        area_zh=hall.area_zh,
        position=PositionOut(lat=hall.lat, lon=hall.lon, datum=hall.datum),
        address_zh=hall.address_zh,
        address_en=hall.address_en,
        phone=hall.phone,
    )


class HallsOut(Out):
    halls: list[HallOut]


class SpanOut(Out):
    opens_at: datetime
    closes_at: datetime


class HallPageOut(HallOut):
    """A hall with today's openings, what it offers and its notices; ``opens_at`` only while it is closed."""

    open_now: bool
    opens_at: datetime | None
    today: list[SpanOut]
    services: list[NamedOut]
    notices: list[NoticeOut]

    @classmethod
    def shown(cls, page: HallPage) -> Self:
        return cls(
            **hall_fields(page.hall),
            open_now=page.open_now,
            opens_at=page.opens_at,
            today=[SpanOut.model_validate(span) for span in page.today],
            services=[NamedOut.model_validate(service) for service in page.services],
            notices=[NoticeOut.model_validate(own) for own in page.notices],
        )


# --- slots and appointments --------------------------------------------------------------------------


class SlotOut(Out):
    """A free start, and how many more appointments like this one fit there."""

    starts_at: datetime
    free: int


class DayOut(Out):
    """A local date; ``open``: the hall opens on it, so that what is given back is free again."""

    date: date
    open: bool
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
