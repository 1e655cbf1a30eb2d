"""What the manager sees: how many wait for which service and day, and what came of those who waited."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from booking.city import city_of
from booking.rules.policy import booking_policy
from booking.rules.waitlist import WaitingStatus
from booking.waitlist import store
from kernel import catalogue
from kernel.reach import hall_to_look_into

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlmodel import Session

    from kernel.catalogue import Hall, Service
    from kernel.identity import Staff

LOOKED_BACK = timedelta(days=28)  # four of each weekday, as the other reports begin with


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Waits that began in the last four weeks: ``unmet`` ended without a place, ``offers`` were made to them.

    Who waits for an earlier time has a place; those are counted as anybody else.
    """

    began: int = 0
    waiting: int = 0
    booked: int = 0
    left: int = 0
    unmet: int = 0
    offers: int = 0


@dataclass(frozen=True, slots=True)
class DayDemand:
    """How many would take a place on a local date, by service code; who waits counts on each day."""

    day: date
    waiting: dict[str, int]


@dataclass(frozen=True, slots=True)
class Demand:
    """A hall's waiting list in figures; nobody is named."""

    hall: Hall
    services: tuple[Service, ...]
    days: tuple[DayDemand, ...]
    people: dict[str, int]
    outcomes: dict[str, Outcomes]
    whole: Outcomes
    made_at: datetime


def demand(session: Session, code: str, *, by: Staff, now: datetime) -> Demand:
    """Return who waits in a hall, in figures; raises ``HallNotFound``, ``WrongHall``."""
    hall = hall_to_look_into(session, code, by)
    waiting = store.live_waits(session, [hall.id], now=now)
    today = catalogue.calendar(session, hall.id).local_day(now)
    ahead = booking_policy(hall.policy).horizon_days
    days = tuple(_of_day(waiting, today + timedelta(days=number)) for number in range(ahead + 1))
    past = store.outcomes(session, hall.id, now - LOOKED_BACK)
    codes = {each for entry in waiting for each in entry.services} | {
        each for row in past for each in row.services
    }
    known = city_of(session).services
    return Demand(
        hall=hall,
        services=tuple(known[each] for each in sorted(codes) if each in known),
        days=days,
        people=dict(Counter(each for entry in waiting for each in entry.services)),
        outcomes={each: _outcomes([row for row in past if each in row.services]) for each in codes},
        whole=_outcomes(past),
        made_at=now,
    )


def _of_day(waiting: list[store.Entry], day: date) -> DayDemand:
    fitting = (entry for entry in waiting if entry.first_day <= day <= entry.last_day)
    return DayDemand(day, dict(Counter(each for entry in fitting for each in entry.services)))


def _outcomes(rows: list[store.Outcome]) -> Outcomes:
    count = Counter(WaitingStatus(row.status) for row in rows)
    return Outcomes(
        began=len(rows),
        waiting=count[WaitingStatus.WAITING],
        booked=count[WaitingStatus.BOOKED],
        left=count[WaitingStatus.LEFT] + count[WaitingStatus.ENDED],
        unmet=count[WaitingStatus.PASSED] + count[WaitingStatus.DROPPED],
        offers=sum(row.offers for row in rows),
    )
