"""Appointments that simulated people have: for the demo day and for the days that can be booked ahead."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from math import exp
from typing import TYPE_CHECKING

from booking.rules.appointments import AppointmentStatus
from booking.rules.references import new_reference
from booking.rules.slots import Leg, SlotKey, needed_slots, total_minutes
from booking.service.person_limits import day_scope
from booking.service.views import ID_TAIL_FIELD, NAME_FIELD, PHONE_FIELD, TOKEN_FIELD
from booking.tables import AppointmentRow, AppointmentServiceRow, QuotaClaimRow, SlotClaimRow, SlotRow
from kernel.ids import AppointmentId, uuid7
from kernel.secrets import new_token
from queueing.tables import ExpectedArrivalRow
from sim.live.demand import Errands
from sim.live.names import id_tail, person_name, phone_number
from sim.seed.places import ID_TAIL_QUEUES
from sim.seed.promises import poisson
from sim.seed.rows import add_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from sqlmodel import Session

    from kernel.secrets import Vault
    from sim.catalogue import City, ServiceItem
    from sim.seed.history import HallPast
    from sim.seed.ids import CityIds, HallIds
    from sim.seed.rows import Values

BOOKED_TODAY = 0.95  # of those who will have booked in the end; the rest decide during the day
PEOPLE_PER_HALL = 10_000  # telephone numbers set aside for those who had booked when the demo began
DAYS_AHEAD = 4.0  # mean of an exponential: most people book a few days ahead


@dataclass(slots=True)
class Booked:
    """One appointment; ``checked_in_at`` and ``priority`` are set when the morning has been played."""

    id: AppointmentId
    queue: str
    item: ServiceItem
    leg: Leg
    starts_at: datetime
    created_at: datetime
    token: str
    person: int
    checked_in_at: datetime | None = None
    priority: bool = False


class HallDiary:
    """Books the slots of one hall as people did on the days before; no slot gets more than its places."""

    def __init__(self, city: City, past: HallPast, ids: CityIds) -> None:
        self._past, self._ids = past, ids
        place = list(city.halls).index(past.hall.code)
        self._people = count(place * PEOPLE_PER_HALL)
        self._errands = Errands(city, past.hall)
        self.taken: dict[SlotKey, list[AppointmentId]] = {}

    def book(self, now: datetime) -> list[Booked]:
        """Return the appointments of today and of each date that can be booked, as of an instant."""
        table = self._past.promises.table
        today = table.calendar.local_day(now)
        return [
            booked for day in table.days(now=now) for booked in self._book_day(day, (day - today).days, now)
        ]

    def _book_day(self, day: date, ahead: int, now: datetime) -> Iterator[Booked]:
        promises = self._past.promises
        chance = random.Random(f"{self._past.hall.seed}:diary:{day.isoformat()}")
        share = BOOKED_TODAY * exp(-ahead / DAYS_AHEAD)
        curve = self._past.curve(day)
        for minute in promises.starts(day):
            starts_at = promises.table.calendar.at_minute(day, minute)
            for queue in self._past.hall.queues:
                for _ in range(poisson(chance, share * promises.expected(curve, queue, minute))):
                    item = self._errands.draw_in(queue, chance)
                    created_at = _asked_at(chance, starts_at, now)
                    booked = self._take(queue, item, starts_at, created_at)
                    if booked is not None:
                        yield booked

    def _take(
        self, queue: str, item: ServiceItem, starts_at: datetime, created_at: datetime
    ) -> Booked | None:
        table = self._past.promises.table
        leg = Leg(self._ids.services[item.code], self._past.own.queues[queue], item.minutes)
        keys = needed_slots([leg], starts_at, slot=table.policy.slot)
        if any(len(self.taken.get(key, ())) >= table.capacity(key) for key in keys):
            return None
        booked = Booked(
            *(AppointmentId(uuid7()), queue, item, leg, starts_at, created_at),
            *(new_token(), next(self._people)),
        )
        for key in keys:
            self.taken.setdefault(key, []).append(booked.id)
        return booked


def _asked_at(chance: random.Random, starts_at: datetime, now: datetime) -> datetime:
    """Return when it was booked: before today and days before the slot."""
    evening_before = min(starts_at, now) - timedelta(hours=12)
    return evening_before - timedelta(hours=chance.expovariate(1 / 30))


def add_appointments(
    session: Session, diary: HallDiary, booked: Sequence[Booked], past: HallPast, *, vault: Vault
) -> None:
    """Write a hall's appointments with their legs, the seats they claim, and whom the queues expect."""
    if not booked:
        return
    chance = random.Random(f"{past.hall.seed}:people")
    add_rows(session, AppointmentRow, [_appointment(each, past.own, chance, vault) for each in booked])
    add_rows(session, AppointmentServiceRow, [_leg(each) for each in booked])
    _add_seats(session, diary, past)
    add_rows(session, QuotaClaimRow, [_quota(each, past, vault) for each in booked])
    shows = past.promises.table.policy.show_probability
    expected = [_expected(each, shows) for each in booked if each.checked_in_at is None]
    if expected:
        add_rows(session, ExpectedArrivalRow, expected)


def _appointment(each: Booked, own: HallIds, chance: random.Random, vault: Vault) -> Values:
    phone = phone_number(each.person)
    tail = vault.seal(id_tail(chance), field=ID_TAIL_FIELD) if each.item.queue in ID_TAIL_QUEUES else None
    arrived = each.checked_in_at is not None
    return {
        "id": each.id,
        "hall_id": own.hall,
        "status": AppointmentStatus.CHECKED_IN if arrived else AppointmentStatus.CONFIRMED,
        "code": new_reference(chance.choice),
        "starts_at": each.starts_at,
        "ends_at": each.starts_at + total_minutes([each.leg]),
        "token_hash": vault.digest(each.token, field=TOKEN_FIELD),
        "name_sealed": vault.seal(person_name(chance), field=NAME_FIELD),
        "phone_sealed": vault.seal(phone, field=PHONE_FIELD),
        "id_tail_sealed": tail,
        "phone_hash": vault.digest(phone, field=PHONE_FIELD),
        "priority": each.priority,
        "expires_at": None,
        "ics_sequence": 0,
        "created_at": each.created_at,
        "confirmed_at": each.created_at,
        "changed_at": each.checked_in_at or each.created_at,
    }


def _leg(each: Booked) -> Values:
    return {
        "appointment_id": each.id,
        "position": 0,
        "service_id": each.leg.service_id,
        "queue_id": each.leg.queue_id,
        "starts_at": each.starts_at,
    }


def _add_seats(session: Session, diary: HallDiary, past: HallPast) -> None:
    table = past.promises.table
    slots: list[Values] = []
    claims: list[Values] = []
    for key, holders in sorted(diary.taken.items()):
        slot_id = uuid7()
        slots.append(
            {
                "id": slot_id,
                "queue_id": key.queue_id,
                "starts_at": key.starts_at,
                "ends_at": key.starts_at + table.policy.slot,
                "capacity": table.capacity(key),
            }
        )
        claims.extend(
            {"slot_id": slot_id, "seat": seat, "appointment_id": holder, "expires_at": None}
            for seat, holder in enumerate(holders)
        )
    add_rows(session, SlotRow, slots)
    add_rows(session, SlotClaimRow, claims)


def _quota(each: Booked, past: HallPast, vault: Vault) -> Values:
    day = past.promises.table.calendar.local_day(each.starts_at)
    scope = day_scope(phone_number(each.person), day, vault)
    return {"scope": scope, "seat": 0, "appointment_id": each.id, "expires_at": None}


def _expected(each: Booked, show_probability: float) -> Values:
    return {
        "reference": each.id,
        "queue_id": each.leg.queue_id,
        "due_at": each.starts_at,
        "show_probability": show_probability,
    }


def due_today(booked: Iterable[Booked], day: date, past: HallPast) -> dict[tuple[str, float], list[Booked]]:
    """Return a date's appointments by queue and local minute of the slot."""
    calendar = past.promises.table.calendar
    due: dict[tuple[str, float], list[Booked]] = {}
    for each in booked:
        if calendar.local_day(each.starts_at) == day:
            due.setdefault((each.queue, calendar.minute_of_day(each.starts_at)), []).append(each)
    return due
