"""A whole city is seeded: places, people, windows, sixty days of history, and the morning so far."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from kernel.clock import monotonic
from queueing.jobs import learn_hall_waits
from queueing.learned import store_wait_profiles
from sim.live.tokens import AppointmentKey, DemoKeys, HallKeys, VisitKey
from sim.seed.appointments import Booked, HallDiary, add_appointments
from sim.seed.floor import add_floor
from sim.seed.history import HallPast, add_history
from sim.seed.ids import new_ids
from sim.seed.kinds import add_kinds
from sim.seed.morning import Morning, add_morning, served_by_now
from sim.seed.pages import link_holders, pages_of
from sim.seed.people import add_links, add_people
from sim.seed.places import add_places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.database import Database
    from kernel.ids import StaffId
    from kernel.secrets import Vault
    from sim.catalogue import City

    Progress = Callable[[str, float], None]

PLACES, HISTORY, WAITS, MORNING = "Places and people", "Ticket history", "Wait profiles", "This morning"


@dataclass(frozen=True, slots=True)
class SeedReport:
    """What was written, how long each part took (seconds), and the keys of the simulated people."""

    halls: int
    days: int
    tickets: int
    log_lines: int
    live_tickets: int
    appointments: int
    seconds: dict[str, float]
    keys: DemoKeys

    @property
    def volume(self) -> str:
        """The volume in one line for people."""
        return (
            f"{self.halls} halls, {self.days} working days, {self.tickets:,} past tickets, "
            f"{self.log_lines:,} log lines, {self.live_tickets} tickets this morning, "
            f"{self.appointments:,} appointments"
        )


def seed_city(
    database: Database,
    vault: Vault,
    clock: Clock,
    *,
    city: City,
    days: int = 60,
    level: float = 1.0,
    progress: Progress,
) -> SeedReport:
    """Fill an empty, migrated database with a city whose demo day has come to ``clock.now()``.

    ``days`` calendar days before it have history; the demo day itself is ``level`` times as busy as its
    date on average. The same city and instant always bring the same people and tickets; ids and tokens
    are new each time.
    """
    return _Seeding(database, vault, clock, city, level, progress).run(days)


class _Seeding:
    """One seeding: stages in order, each hall a unit of work of its own."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        clock: Clock,
        city: City,
        level: float,
        progress: Progress,
    ) -> None:
        self._database, self._vault, self._clock, self._city = database, vault, clock, city
        self._level, self._progress = level, progress
        self._now = clock.now()
        self._ids = new_ids(city)
        self._pasts = {
            code: HallPast(city, hall, self._ids.halls[code], self._ids.services)
            for code, hall in city.halls.items()
        }
        self._seconds: dict[str, float] = {}

    def run(self, days: int) -> SeedReport:
        begun = monotonic()
        halls, staff = self._database.write_now(self._add_places, days)
        self._done(PLACES, begun)
        written = [
            self._database.write_now(add_history, past, before=self._day_of(past), days=days)
            for past in self._each(HISTORY)
        ]
        for past in self._each(WAITS):
            self._learn(past)
        mornings = [self._database.write_now(self._add_morning, past) for past in self._each(MORNING)]
        links = self._database.write_now(
            add_links, staff, link_holders(self._city), vault=self._vault, at=self._now
        )
        report = SeedReport(
            halls=len(halls),
            days=max(each.days for each in written),
            tickets=sum(each.tickets for each in written),
            log_lines=sum(each.lines for each in written),
            live_tickets=sum(each.tickets for each in mornings),
            appointments=sum(len(each.appointments) for each in mornings),
            seconds=self._seconds,
            keys=DemoKeys(
                start=self._now,
                level=self._level,
                halls=halls,
                visits=tuple(visit for each in mornings for visit in each.waiting),
                appointments=tuple(booked for each in mornings for booked in each.appointments),
                pages=(),
                volume="",
                served=tuple(visit for each in mornings for visit in each.served),
            ),
        )
        pages = pages_of(self._city, report.keys, links)
        return replace(report, keys=replace(report.keys, pages=pages, volume=report.volume))

    def _each(self, stage: str) -> Iterator[HallPast]:
        """Yield every hall's past and show how far the stage is."""
        begun = monotonic()
        for done, past in enumerate(self._pasts.values(), 1):
            yield past
            self._progress(stage, done / len(self._pasts))
        self._done(stage, begun)

    def _done(self, stage: str, begun: float) -> None:
        self._seconds[stage] = monotonic() - begun
        self._progress(stage, 1.0)

    def _day_of(self, past: HallPast) -> date:
        return past.promises.table.calendar.local_day(self._now)

    def _add_places(self, session: Session, days: int) -> tuple[tuple[HallKeys, ...], dict[str, StaffId]]:
        before = self._now - timedelta(days=days + 1)
        add_places(session, self._city, self._ids, at=self._now)
        add_floor(session, self._city, self._ids, at=before)
        add_kinds(session, self._city, self._ids, at=before)
        return add_people(session, self._city, self._ids, vault=self._vault, at=self._now)

    def _learn(self, past: HallPast) -> None:
        learned = self._database.read_now(learn_hall_waits, past.own.hall, now=self._now)
        self._database.write_now(store_wait_profiles, {}, learned, clock=self._clock)

    def _add_morning(self, session: Session, past: HallPast) -> HallMorning:
        diary = HallDiary(self._city, past, self._ids)
        booked = diary.book(self._now)
        day = self._day_of(past)
        visits = Morning(self._city, past, self._ids, booked).visits(day, self._now, level=self._level)
        add_appointments(session, diary, booked, past, vault=self._vault)
        waiting = add_morning(session, past, visits, day=day, now=self._now, vault=self._vault)
        booked_keys = tuple(self._key(past, each) for each in booked)
        return HallMorning(len(visits), tuple(waiting), served_by_now(past, visits), booked_keys)

    def _key(self, past: HallPast, booked: Booked) -> AppointmentKey:
        """Return an appointment's key; who is late already on the demo day stays away."""
        chance = Random(booked.person)
        absent = chance.random() < past.hall.demand.no_show_share or booked.starts_at < self._now
        return AppointmentKey(
            hall=past.hall.code,
            token=booked.token,
            starts_at=booked.starts_at,
            shows=booked.checked_in_at is None and not absent,
        )


@dataclass(frozen=True, slots=True)
class HallMorning:
    """What a hall's demo day brought so far."""

    tickets: int
    waiting: tuple[VisitKey, ...]
    served: tuple[VisitKey, ...]
    appointments: tuple[AppointmentKey, ...]
