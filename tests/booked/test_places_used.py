"""The report of places: planned, offered, held, booked, came, never came, with walk-ins beside."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert

from booking import service as booking
from booking.capacity.errors import DaysTooMany
from booking.capacity.service import MOST_DAYS, places_report
from booking.tables import SlotPlacesRow
from kernel.identity import Actor, Role, Staff, WrongHall
from kernel.ids import StaffId, uuid7
from kernel.web.access import STAFF_COOKIE
from queueing import service as queueing
from tests.booking.booking_city import WEDNESDAY, BookingCity, build_city, client, local, person
from tests.conftest import bearer

if TYPE_CHECKING:
    import httpx2

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity

TODAY = WEDNESDAY.date()
SLOTS = 12  # of half an hour in two spans of three hours
DEVICE = Actor(Role.DEVICE)


class Hall:
    """The city hall of the booking city: queue A has three windows, B one."""

    def __init__(self, database: Database, clock: ManualClock, vault: Vault, city: BookingCity) -> None:
        self.database, self.clock, self.vault, self.city, self.people = database, clock, vault, city, 0
        self.manager = Staff(StaffId(uuid7()), "Manager", Role.MANAGER, city.halls["city"])

    def hold(self, starts: Any, *codes: str) -> Any:
        self.people += 1
        return self.database.write_now(
            booking.hold, "city", list(codes) or ["elder-benefit"], starts,
            client=client(self.people), clock=self.clock, vault=self.vault,
        )  # fmt: skip

    def book(self, starts: Any, *codes: str) -> Any:
        held = self.hold(starts, *codes)
        self.database.write_now(
            booking.confirm, held.token, person(self.people), clock=self.clock, vault=self.vault
        )
        return held.token

    def arrive(self, token: str) -> None:
        self.database.write_now(booking.check_in, token, by=DEVICE, clock=self.clock, vault=self.vault)

    def walk_in(self, *codes: str) -> None:
        self.database.write_now(
            queueing.issue_ticket, self.city.halls["city"], [self.city.services[code] for code in codes],
            priority=False, by=DEVICE, clock=self.clock, vault=self.vault,
        )  # fmt: skip

    def report(self, first: Any = TODAY, last: Any = TODAY, by: Staff | None = None) -> Any:
        return self.database.read_now(
            places_report, "city", first, last, by=by or self.manager, now=self.clock.now()
        )


@pytest.fixture
def hall(database: Database, clock: ManualClock, vault: Vault) -> Hall:
    clock.set(local(9, 5))
    return Hall(database, clock, vault, database.write_now(build_city))


def test_what_was_promised_and_what_became_of_it_stand_side_by_side(hall: Hall) -> None:
    came = hall.book(local(10), "elder-benefit", "social-card")
    hall.book(local(10))
    hall.hold(local(11))
    gone = hall.book(local(11))
    hall.database.write_now(booking.cancel, gone, clock=hall.clock, vault=hall.vault)
    hall.clock.set(local(9, 55))
    hall.hold(local(11))
    hall.arrive(came)
    hall.walk_in("minimum-living", "elder-benefit")
    hall.walk_in("elder-benefit")
    a, b = hall.report().queues
    by_code = {service.code: used for service, used in a.services.items()}
    elder = by_code["elder-benefit"]
    assert (elder.booked, elder.came, elder.no_shows, elder.cancelled, elder.held) == (2, 1, 0, 1, 1), (
        "a hold that ran out is none"
    )
    assert (elder.walk_ins, by_code["minimum-living"].walk_ins) == (1, 1), "the second service waits its turn"
    assert {service.code: used.came for service, used in b.services.items()} == {"social-card": 1}
    hall.clock.set(local(9, days=1))
    hall.database.write_now(queueing.close_day, hall.city.halls["city"], clock=hall.clock)
    again = {service.code: used for service, used in hall.report().queues[0].services.items()}
    assert again["elder-benefit"].walk_ins == 1, "from the facts as from the running day"


def test_planned_follows_the_plan_and_offered_what_was_decided(hall: Hall) -> None:
    day = hall.report()
    assert [(own.queue.prefix, own.planned, own.offered) for own in day.queues] == [
        ("A", own_planned(day, 0), own_planned(day, 0)),
        ("B", own_planned(day, 1), own_planned(day, 1)),
    ]
    assert own_planned(day, 0) % SLOTS == 0, "every slot of a whole day has the same places"
    more = {"queue_id": hall.city.queues["city/A"], "weekday": 2, "places": 4, "decided_at": local(8)}
    rows = [{**more, "minute": minute} for minute in (540, 570)]
    hall.database.write_now(
        lambda session: session.execute(insert(SlotPlacesRow.__table__), rows) and None  # type: ignore[attr-defined]
    )
    decided = hall.report().queues[0]
    per_slot = own_planned(day, 0) // SLOTS
    assert (decided.planned, decided.offered) == (per_slot * SLOTS, per_slot * (SLOTS - 2) + 8)
    week = hall.report(TODAY, TODAY + timedelta(days=6)).queues[0]
    assert week.planned == 5 * decided.planned, "closed at the weekend"


def own_planned(report: Any, place: int) -> int:
    found: int = report.queues[place].planned
    assert found > 0
    return found


def test_days_are_bounded_and_halls_are_their_own(hall: Hall) -> None:
    for last in (TODAY - timedelta(days=1), TODAY + timedelta(days=MOST_DAYS)):
        with pytest.raises(DaysTooMany):
            hall.report(TODAY, last)
    stranger = replace(hall.manager, hall_id=hall.city.halls["town"])
    with pytest.raises(WrongHall):
        hall.report(by=stranger)
    usual = hall.report(None, None)
    assert (usual.first, usual.last) == (TODAY - timedelta(days=13), TODAY)


async def test_the_page_the_file_and_the_api_say_the_same(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    kiosk = bearer(sqlite_city.tokens["kiosk"])
    await sqlite_client.post("/api/v1/halls/H1/tickets", json={"services": ["id-card"]}, headers=kiosk)
    days = "first=2026-11-18&last=2026-11-18"
    read = await sqlite_client.get(
        f"/api/v1/halls/H1/places-used?{days}", headers=bearer(sqlite_city.tokens["supervisor"])
    )
    found = read.json()
    assert (found["walk_ins"], found["queues"][0]["services"][0]["code"]) == (1, "id-card")
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["manager"])
    page = await sqlite_client.get(f"/staff/halls/H1/places?{days}", headers={"Accept-Language": "zh"})
    assert (page.status_code, "身份证补领" in page.text, "号源使用" in page.text) == (200, True, True)
    file = await sqlite_client.get(f"/staff/halls/H1/places.csv?{days}")
    lines = file.text.strip().splitlines()
    assert lines[0].lstrip("\ufeff").startswith("first,last,queue,service")
    assert lines[2].startswith("2026-11-18,2026-11-18,A,id-card,")
    assert lines[2].endswith(",1")
    wrong = await sqlite_client.get("/staff/halls/H1/places?first=2026-11-18&last=2026-11-01")
    assert wrong.status_code == 422
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["clerk1"])
    assert (await sqlite_client.get("/staff/halls/H1/places")).status_code in (303, 403)
