"""Which times are free: a hall's timetable, and what has been claimed of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from booking import store
from booking.errors import NoServiceChosen, PartyTooLarge, SlotNotBookable, SlotTaken, TooManyServices
from booking.rules.parties import largest_party
from booking.rules.policy import booking_policy
from booking.rules.slots import choose_seats, needed_slots
from booking.rules.timetable import Timetable, nearest
from kernel import catalogue
from kernel.catalogue import NotOfferedHere
from queueing.capacity import windows_serving

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from sqlmodel import Session

    from booking.rules.slots import Leg, SlotKey
    from kernel.catalogue import Hall
    from kernel.ids import AppointmentId, HallId

MOST_SERVICES = 6  # an errand of more is two visits; the longest theme of the catalogue has five
ALTERNATIVES = 3  # as many as one reads at a glance after a time was lost
MOST_DAYS = 31


@dataclass(frozen=True, slots=True)
class FreeSlot:
    """A start at which an appointment fits, and how many more fit there."""

    starts_at: datetime
    free: int


@dataclass(frozen=True, slots=True)
class DaySlots:
    """The free starts of a local date; none on a day off or when all is taken.

    ``open``: the hall opens on it; where it does not, nothing becomes free either. ``bookable``: it may be
    booked by now; later dates may be some day.
    """

    date: date
    slots: tuple[FreeSlot, ...]
    open: bool
    bookable: bool


def timetable(session: Session, hall: Hall) -> Timetable:
    """Return a hall's timetable as its calendar, plan and policy stand now."""
    return Timetable(
        calendar=catalogue.calendar(session, hall.id),
        plans=windows_serving(session, [hall.id])[hall.id],
        mean_minutes={queue.id: queue.mean_minutes for queue in catalogue.queues(session, hall.id)},
        policy=booking_policy(hall.policy),
        decided=store.decided_places(session, [hall.id]).get(hall.id, {}),
    )


def promised_timetable(session: Session, hall_id: HallId) -> Timetable:
    """Return the timetable for a unit of work that gives places out: it holds until that unit ends.

    Whoever changes places waits for it, and it for them (``store.share_capacity``), so no place beyond
    a changed capacity is given out after the change was answered.
    """
    store.share_capacity(session, hall_id)
    return timetable(session, catalogue.hall(session, hall_id))


def legs_for(
    session: Session, hall_id: HallId, service_codes: Sequence[str], party: int = 1
) -> tuple[Leg, ...]:
    """Return the legs of an appointment of so many people for these services, in order, each service once.

    Raises ``NoServiceChosen``, ``TooManyServices``, ``ServiceNotFound``, ``NotOfferedHere``,
    ``PartyTooLarge``.
    """
    codes = list(dict.fromkeys(service_codes))
    if not codes:
        raise NoServiceChosen
    if len(codes) > MOST_SERVICES:
        raise TooManyServices(most=MOST_SERVICES)
    offered = store.offered(session, hall_id, codes)
    missing = [code for code in codes if code not in offered]
    if missing:
        catalogue.services_by_code(session, missing)
        raise NotOfferedHere(services=missing)
    most = largest_party(offered.values())
    if not 1 <= party <= most:
        raise PartyTooLarge(most=most)
    return tuple(offered[code].for_party(party) for code in codes)


def free_slots(
    session: Session,
    hall_code: str,
    service_codes: Sequence[str],
    *,
    first_day: date | None,
    days: int,
    now: datetime,
    party: int = 1,
) -> tuple[DaySlots, ...]:
    """Return the free starts for these services in a hall, by local date; for show, not locked.

    ``free`` of each: how many more appointments like this one, of so many people, fit there.
    """
    hall = catalogue.hall_by_code(session, hall_code)
    legs = legs_for(session, hall.id, service_codes, party)
    table = timetable(session, hall)
    first = first_day or table.calendar.local_day(now)
    dates = [first + timedelta(days=ahead) for ahead in range(min(days, MOST_DAYS))]
    claimed = claimed_from_now(session, table, legs, now=now)
    return tuple(
        DaySlots(
            day,
            tuple(FreeSlot(start, free) for start, free in table.free_on(day, legs, claimed, now=now)),
            bool(table.calendar.spans(day)),
            day <= table.last_day(now),
        )
        for day in dates
    )


def last_bookable_day(session: Session, hall_code: str, *, now: datetime) -> date:
    """Return the last local date that a hall lets people book."""
    return timetable(session, catalogue.hall_by_code(session, hall_code)).last_day(now)


def claimed_from_now(
    session: Session, table: Timetable, legs: Sequence[Leg], *, now: datetime, from_rest: bool = False
) -> dict[SlotKey, int]:
    """Return how many places are claimed in the legs' queues as far ahead as can be booked."""
    last = now + timedelta(days=table.policy.horizon_days + 2)
    queues = {leg.queue_id for leg in legs}
    return store.claimed_between(session, queues, now, last, now=now, from_rest=from_rest)


def slots_wanted(
    table: Timetable, legs: Sequence[Leg], starts_at: datetime, *, now: datetime
) -> dict[SlotKey, int]:
    """Return the slots that legs from ``starts_at`` need, each with its capacity; ``SlotNotBookable``."""
    day = table.calendar.local_day(starts_at)
    if starts_at not in table.bookable_on(day, now=now):
        raise SlotNotBookable(starts_at=starts_at)
    wanted = {key: table.capacity(key) for key in needed_slots(legs, starts_at, slot=table.policy.slot)}
    if 0 in wanted.values():
        raise SlotNotBookable(starts_at=starts_at, why="no place is offered, or the windows close too early")
    return wanted


def find_seats(
    session: Session,
    wanted: Mapping[SlotKey, int],
    *,
    table: Timetable,
    now: datetime,
    from_rest: bool = False,
    places: Mapping[SlotKey, int] | None = None,
) -> dict[UUID, tuple[int, ...]] | None:
    """Lock the slots and return free seats in each by slot id, or None when one of them has too few.

    ``places``: how many seats are needed of each, 1 where nothing is said.
    """
    needed = places or {}
    locked = store.lock_slots(session, wanted, length=table.policy.slot)
    claims = store.claims_on(
        session, [slot.id for slot in locked.values()], but_at_rest=now if from_rest else None
    )
    seats = {
        slot.id: choose_seats(slot.capacity, claims[slot.id], needed.get(key, 1), now=now)
        for key, slot in locked.items()
    }
    free = {slot_id: found for slot_id, found in seats.items() if found is not None}
    return free if len(free) == len(seats) else None


def take_seats(
    session: Session,
    seats: Mapping[UUID, Sequence[int]],
    appointment_id: AppointmentId,
    *,
    expires_at: datetime | None,
    now: datetime,
    from_rest: bool = False,
) -> bool:
    """Claim the seats that were found; False if the key of ``slot_claim`` says that one has a holder."""
    return all(
        store.take_seat(
            session, slot_id, seat, appointment_id, expires_at=expires_at, now=now, from_rest=from_rest
        )
        for slot_id, found in seats.items()
        for seat in found
    )


def slot_taken(
    session: Session, table: Timetable, legs: Sequence[Leg], starts_at: datetime, *, now: datetime
) -> SlotTaken:
    """Return the refusal of a full slot with the three nearest starts that are free."""
    claimed = claimed_from_now(session, table, legs, now=now)
    free = list(table.free_starts(legs, claimed, now=now))
    near = nearest([start for start in free if start != starts_at], starts_at, most=ALTERNATIVES)
    return SlotTaken(starts_at=starts_at, next_free=[start.isoformat() for start in near])
