"""The list of what is somebody's own: what is to come, today's tickets, waits, and what is past."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking import store as bookings
from booking.city import city_of
from booking.mine import store
from booking.rules.appointments import AppointmentStatus
from booking.rules.own_list import About, Part, part_of
from booking.rules.waitlist import WaitingStatus
from booking.waitlist import store as waits
from booking.waitlist.service.views import open_offer
from kernel import catalogue
from kernel.ids import AppointmentId, VisitId, WaitingId
from queueing.visits import services_of_visits, visits_of_references, visits_standing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime
    from uuid import UUID

    from sqlmodel import Session

    from booking.mine.sessions import Known
    from booking.mine.store import Item
    from kernel.calendar import OpeningCalendar
    from kernel.catalogue import Hall
    from kernel.ids import HallId
    from queueing.visits import Standing


@dataclass(frozen=True, slots=True)
class Named:
    """A service by its names."""

    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class OwnThing:
    """One line of the list.

    ``starts_at``: an appointment's start, a ticket's arrival, none of a wait, which names ``first_day`` and
    ``last_day`` instead. ``label``: a ticket's number, else "". ``status`` is that of what it is about.
    ``opens``: its page is reached from here; ``listed``: it stands on the list of who is signed in.
    """

    id: UUID
    about: About
    part: Part
    hall: Hall
    services: tuple[Named, ...]
    status: str
    starts_at: datetime | None = None
    label: str = ""
    first_day: date | None = None
    last_day: date | None = None
    offered: bool = False
    opens: bool = True
    listed: bool = False


@dataclass(frozen=True, slots=True)
class OwnList:
    """What is somebody's own, in the order in which it is needed."""

    things: tuple[OwnThing, ...]
    ends_at: datetime

    def within(self, part: Part) -> list[OwnThing]:
        """Return one part of the list."""
        return [each for each in self.things if each.part is part]


class _Reading:
    """One look at somebody's things; halls and their calendars are read once each."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session, self.now = session, now
        self._halls: dict[HallId, tuple[Hall, OpeningCalendar]] = {}

    def hall(self, hall_id: HallId) -> tuple[Hall, OpeningCalendar]:
        """Return a hall and its calendar."""
        if hall_id not in self._halls:
            calendar = catalogue.calendar(self.session, hall_id)
            self._halls[hall_id] = catalogue.hall(self.session, hall_id), calendar
        return self._halls[hall_id]


def is_listed(session: Session, person: bytes, subject: UUID) -> bool:
    """Return whether an appointment, a visit or a wait stands on the list of a person who is signed in."""
    return store.has_item(session, person, subject)


def own_list(session: Session, known: Known, *, now: datetime) -> OwnList:
    """Return what is somebody's own: signed in, what stands on the list; by number, what it was left for."""
    listed = store.items_of(session, known.person) if known.person else []
    found = store.things_of_phone(session, known.phone) if known.phone else []
    items = {own.subject: own for own in (*found, *listed)}
    on_list = {own.subject for own in listed}
    reading = _Reading(session, now)
    things = [
        *_booked(reading, _of(items, About.APPOINTMENT), on_list),
        *_visited(reading, _without_booked(session, items), on_list),
        *_waited(reading, _of(items, About.WAITING), on_list),
    ]
    return OwnList(tuple(_in_order(things)), known.ends_at)


def _of(items: dict[UUID, Item], about: About) -> dict[UUID, Item]:
    return {subject: own for subject, own in items.items() if own.about is about}


def _without_booked(session: Session, items: dict[UUID, Item]) -> dict[UUID, Item]:
    """Return the visits but those that came of an appointment on the list."""
    booked = set(visits_of_references(session, list(_of(items, About.APPOINTMENT))).values())
    return {subject: own for subject, own in _of(items, About.VISIT).items() if subject not in booked}


def _in_order(things: Iterable[OwnThing]) -> list[OwnThing]:
    """Return what is to come soonest first, what is past latest first."""
    ordered = sorted(things, key=lambda own: (own.starts_at is None, own.starts_at or own.id, own.id))
    past = [own for own in ordered if own.part is Part.PAST]
    return [own for own in ordered if own.part is not Part.PAST] + past[::-1]


def _booked(reading: _Reading, items: dict[UUID, Item], on_list: set[UUID]) -> Iterable[OwnThing]:
    """Yield appointments; who has checked in today follows the ticket."""
    found = bookings.by_ids(reading.session, [AppointmentId(own) for own in items])
    tickets = _tickets_of(reading, [own for own in found if own.status is AppointmentStatus.CHECKED_IN])
    for own in found:
        hall, calendar = reading.hall(own.hall_id)
        today, day = calendar.local_day(reading.now), calendar.local_day(own.starts_at)
        ticket = tickets.get(own.id)
        alive = ticket is not None and not ticket.over
        part = Part.TODAY if alive else part_of(own.status, day, today)
        if part is None:
            continue
        yield OwnThing(
            own.id,
            About.APPOINTMENT,
            part,
            hall,
            tuple(Named(each.name_zh, each.name_en) for each in own.services),
            ticket.ticket.status.value if ticket and alive else own.status.value,
            starts_at=own.starts_at,
            label=ticket.ticket.label if ticket and alive and not ticket.ticket.remote else "",
            opens=alive or items[own.id].path_sealed is not None,
            listed=own.id in on_list,
        )


def _tickets_of(reading: _Reading, arrived: list[bookings.Appointment]) -> dict[UUID, Standing]:
    visits = visits_of_references(reading.session, [own.id for own in arrived])
    standing = visits_standing(reading.session, list(visits.values()))
    return {own: standing[visit] for own, visit in visits.items() if visit in standing}


def _visited(reading: _Reading, items: dict[UUID, Item], on_list: set[UUID]) -> Iterable[OwnThing]:
    """Yield tickets that did not come of an appointment; those stand with it."""
    ids = [VisitId(own) for own in items]
    names = services_of_visits(reading.session, ids)
    for visit_id, own in visits_standing(reading.session, ids).items():
        yield OwnThing(
            visit_id,
            About.VISIT,
            Part.PAST if own.over else Part.TODAY,
            reading.hall(own.ticket.hall_id)[0],
            tuple(Named(*each) for each in names.get(visit_id, ())),
            own.ticket.status.value,
            starts_at=own.ticket.arrived_at,
            label=own.ticket.label,
            listed=visit_id in on_list,
        )


def _waited(reading: _Reading, items: dict[UUID, Item], on_list: set[UUID]) -> Iterable[OwnThing]:
    """Yield waits that go on; what came of one that ended stands there itself."""
    if not items:
        return
    ids, city = [WaitingId(own) for own in items], city_of(reading.session)
    offers = waits.latest_offers(reading.session, ids)
    entries = {own.id: own for own in waits.by_ids(reading.session, ids)}
    for own in (entries[each] for each in ids if each in entries):
        status = own.status_at(reading.now)
        if status is not WaitingStatus.WAITING:
            continue
        offer = open_offer(own, offers.get(own.id), reading.now)
        yield OwnThing(
            own.id,
            About.WAITING,
            Part.WAITING,
            reading.hall(offer.hall_id if offer else own.hall_id)[0],
            tuple(Named(each.name_zh, each.name_en) for each in city.named(own.services)),
            status.value,
            starts_at=offer.starts_at if offer else None,
            first_day=own.first_day,
            last_day=own.last_day,
            offered=offer is not None,
            opens=items[own.id].path_sealed is not None,
            listed=own.id in on_list,
        )
