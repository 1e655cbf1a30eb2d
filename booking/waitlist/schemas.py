"""Requests and responses of the waiting list."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self
from uuid import UUID

from pydantic import Field

from booking.city_schemas import HallOut, NamedOut
from booking.rules.meeting import LONGEST_ADDRESS, AppointmentKind
from booking.rules.waitlist import DAY_MINUTES, MOST_HALLS
from booking.schemas import ServiceCodes, Token
from booking.service import Person
from booking.waitlist.service import Asked, Demand, Joined, Outcomes, Times, WaitingView
from kernel.days import Day
from kernel.web.schemas import In, Out


class TimesIn(In):
    """Local dates (both included) and minutes of the day (the last not) that would suit."""

    first_day: Day
    last_day: Day
    from_minute: int = Field(default=0, ge=0, le=DAY_MINUTES)
    to_minute: int = Field(default=DAY_MINUTES, ge=0, le=DAY_MINUTES)

    def times(self, halls: list[str]) -> Times:
        return Times(tuple(halls), self.first_day, self.last_day, self.from_minute, self.to_minute)


class HallTimesIn(TimesIn):
    """``halls``: those in which a place would be taken, the one asked first first."""

    halls: list[str] = Field(min_length=1, max_length=MOST_HALLS)


class JoinIn(HallTimesIn):
    """What is waited for, and who comes; ``id_tail`` only if a service needs it.

    ``kind``: how the appointment would be held; ``address``: where to come to, of a visit at home.
    """

    services: list[str] = ServiceCodes
    name: str = Field(min_length=1, max_length=80)
    phone: str = Field(min_length=3, max_length=32)
    id_tail: str | None = Field(default=None, max_length=8)
    priority: bool = False
    kind: AppointmentKind = AppointmentKind.HALL
    address: str | None = Field(default=None, max_length=LONGEST_ADDRESS)

    def asked(self) -> Asked:
        person = Person(self.name, self.phone, self.id_tail, self.priority, address=self.address)
        return Asked(tuple(self.services), self.times(self.halls), person, self.kind)


class EarlierIn(TimesIn):
    """The token of the appointment that is to be earlier, and when."""

    token: str = Token

    def wish(self, hall: str) -> Times:
        return self.times([hall])


class ChangeIn(HallTimesIn):
    """The token of a wait, and what is waited for from now on."""

    token: str = Token


class WaitingTokenIn(In):
    token: str = Token


class OfferOut(Out):
    """A place that is kept until ``expires_at``."""

    hall: HallOut
    starts_at: datetime
    expires_at: datetime


class WaitingOut(Out):
    """A wait for its holder; name and number are masked.

    ``ahead``: people who came earlier and wait for the same times, which promises nothing. ``kind``:
    how what is waited for is held; an earlier time is of the appointment's own. ``earlier_than``:
    the appointment's present start. ``booked_at`` and, for a new appointment, ``link``: what was taken.
    """

    id: UUID
    status: str
    halls: list[HallOut]
    services: list[NamedOut]
    first_day: date
    last_day: date
    from_minute: int
    to_minute: int
    created_at: datetime
    ahead: int
    lapses: int
    kind: AppointmentKind
    offer: OfferOut | None
    earlier_than: datetime | None
    booked_at: datetime | None
    link: str | None
    name_masked: str | None
    phone_masked: str | None

    @classmethod
    def of(cls, waiting: WaitingView) -> Self:
        plain = {name: getattr(waiting, name) for name in WaitingOut.model_fields if hasattr(waiting, name)}
        offer = waiting.offer
        return cls(
            **plain
            | {
                "halls": [HallOut.of(hall) for hall in waiting.halls],
                "services": [NamedOut.model_validate(each) for each in waiting.services],
                "offer": offer
                and OfferOut(
                    hall=HallOut.of(offer.hall), starts_at=offer.starts_at, expires_at=offer.expires_at
                ),
                "link": f"/a/{waiting.booked_token}" if waiting.booked_token else None,
            }
        )


class JoinedOut(Out):
    """A new wait: the token that only its holder gets, and the page it opens."""

    id: UUID
    token: str
    link: str
    waiting: WaitingOut

    @classmethod
    def of(cls, joined: Joined) -> Self:
        shown = WaitingOut.of(joined.waiting)
        return cls(id=joined.waiting.id, token=joined.token, link=f"/w/{joined.token}", waiting=shown)


class OutcomesOut(Out):
    """Waits of the last four weeks: ``unmet`` ended without a place, ``offers`` were made to them."""

    began: int
    waiting: int
    booked: int
    left: int
    unmet: int
    offers: int

    @classmethod
    def of(cls, outcomes: Outcomes) -> Self:
        return cls.model_validate(outcomes)


class DayDemandOut(Out):
    """How many would take a place on a local date, by service code."""

    day: date
    waiting: dict[str, int]


class DemandOut(Out):
    """A hall's waiting list in figures; nobody is named."""

    hall: HallOut
    services: list[NamedOut]
    days: list[DayDemandOut]
    people: dict[str, int]
    outcomes: dict[str, OutcomesOut]
    whole: OutcomesOut
    made_at: datetime

    @classmethod
    def of(cls, demand: Demand) -> Self:
        return cls(
            hall=HallOut.of(demand.hall),
            services=[NamedOut.model_validate(each) for each in demand.services],
            days=[DayDemandOut.model_validate(day) for day in demand.days],
            people=demand.people,
            outcomes={code: OutcomesOut.of(own) for code, own in demand.outcomes.items()},
            whole=OutcomesOut.of(demand.whole),
            made_at=demand.made_at,
        )
