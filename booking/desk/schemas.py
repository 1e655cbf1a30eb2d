"""Requests and responses of the hall's appointments."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self
from uuid import UUID

from pydantic import Field

from booking.change_schemas import ChangedIn
from booking.city_schemas import HallOut, NamedOut
from booking.desk.booking import BookedAs, Wish
from booking.desk.choosing import DeskTimes, Elsewhere
from booking.desk.reaching import HomeVisits
from booking.desk.service import Cancelled, ExpectedDay
from booking.rules.cancelling import LONGEST_NOTE, MOST_AT_ONCE, CancelReason, Told, Why
from booking.rules.meeting import AppointmentKind
from booking.rules.no_shows import LONGEST_WORDS
from booking.schemas import DayOut, PartySize, PersonIn, ServiceCodes
from kernel.days import Instant
from kernel.web.schemas import In, Out


class ExpectedOut(Out):
    """An appointment for the hall's staff; name and number are masked.

    ``outside``: the hall is closed at its start. ``dropped``: a service of it is not offered here any more,
    so nobody can be called for it. ``twice``: another stands, in any hall, under the same number for what a
    person books once in the whole city. ``by_message``: a cancellation would be told by message.
    ``told``: whether the person knows that the hall cancelled, if it did.
    """

    id: UUID
    code: str | None
    status: str
    starts_at: datetime
    ends_at: datetime
    services: list[NamedOut]
    name_masked: str | None
    phone_masked: str | None
    priority: bool
    outside: bool
    dropped: bool
    twice: bool
    by_message: bool
    for_other: bool
    party: int
    kind: AppointmentKind
    may_check_in: bool
    may_cancel: bool
    cancel_reason: CancelReason | None
    cancel_note: str | None
    told: Told | None


class ExpectedDayOut(Out):
    """``outside``: starts of all coming appointments, of any day, at which the hall is closed.

    ``dropped``: starts from today on of those for what is not offered here any more.
    """

    hall: HallOut
    day: date
    open: bool
    appointments: list[ExpectedOut]
    outside: list[datetime]
    dropped: list[datetime]
    made_at: datetime

    @classmethod
    def of(cls, found: ExpectedDay) -> Self:
        return cls(
            hall=HallOut.of(found.hall),
            day=found.day,
            open=found.open,
            appointments=[ExpectedOut.model_validate(own) for own in found.appointments],
            outside=list(found.outside),
            dropped=list(found.dropped),
            made_at=found.made_at,
        )


class CancelIn(In):
    """Appointments of this hall that it cannot keep, and why; people read reason and note on their page.

    ``offer_again``: whether others may book the places.
    """

    appointments: list[UUID] = Field(min_length=1, max_length=MOST_AT_ONCE)
    reason: CancelReason
    note: str = Field(default="", max_length=LONGEST_NOTE)
    offer_again: bool = False

    def why(self) -> Why:
        return Why(self.reason, self.note, self.offer_again)


class CancelledOut(Out):
    """``to_call``: those of the cancelled whom no message reaches."""

    cancelled: int
    left_as_they_are: int
    to_call: list[UUID]

    @classmethod
    def of(cls, found: Cancelled) -> Self:
        return cls.model_validate(found)


class NumberOut(Out):
    phone: str


class BookForIn(PersonIn):
    """Somebody whom staff book for; ``party`` as in the public's requests.

    ``hall``: where, by code; this hall if none is given. ``phone``: empty for who has none; then the slip is
    the proof. ``leave``: why they may book once although booking on line is paused for them.
    """

    hall: str = Field(default="", max_length=32)
    services: list[str] = ServiceCodes
    starts_at: Instant
    phone: str = Field(default="", max_length=32)
    leave: str = Field(default="", max_length=LONGEST_WORDS)
    party: int = PartySize
    kind: AppointmentKind = AppointmentKind.HALL

    def wish(self, own_hall: str) -> Wish:
        return Wish(self.hall or own_hall, tuple(self.services), self.starts_at, self.party, self.kind)


class MoveIn(ChangedIn):
    """What somebody at the help desk or on the telephone asks for."""


class ElsewhereOut(Out):
    """Another hall that does all of it; ``soonest`` is null where nothing is free as far as can be booked."""

    hall: HallOut
    metres: int
    soonest: datetime | None

    @classmethod
    def of(cls, own: Elsewhere) -> Self:
        return cls(hall=HallOut.of(own.hall), metres=round(own.metres), soonest=own.soonest)


class DeskTimesOut(Out):
    """Free times ``at`` a hall; ``offered``: whether the desk's own hall does all of the services."""

    at: HallOut
    days: list[DayOut]
    offered: bool
    others: list[ElsewhereOut]

    @classmethod
    def of(cls, found: DeskTimes) -> Self:
        return cls(
            at=HallOut.of(found.at),
            days=[DayOut.model_validate(day) for day in found.days],
            offered=found.offered,
            others=[ElsewhereOut.of(own) for own in found.others],
        )


class ReachOut(Out):
    """How to reach the person of a ticket: number to dial and as people read it; ``link`` of a video room."""

    kind: AppointmentKind
    phone: str | None
    phone_shown: str | None
    link: str


class HomeVisitOut(Out):
    """A visit at somebody's home; name, number and address in full, for whoever goes there."""

    id: UUID
    code: str | None
    status: str
    starts_at: datetime
    ends_at: datetime
    services: list[NamedOut]
    name: str | None
    phone: str | None
    address: str | None
    party: int
    may_end: bool


class HomeVisitsOut(Out):
    day: date
    visits: list[HomeVisitOut]

    @classmethod
    def of(cls, found: HomeVisits) -> Self:
        return cls(day=found.day, visits=[HomeVisitOut.model_validate(own) for own in found.visits])


class VisitedIn(In):
    """Whether somebody was met."""

    met: bool


class BookedAsOut(Out):
    """How whoever stands at the window booked: how many come, and whether another booked for them."""

    party: int
    for_other: bool
    kind: AppointmentKind

    @classmethod
    def of(cls, found: BookedAs) -> Self:
        return cls.model_validate(found)
