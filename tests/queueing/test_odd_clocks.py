"""Midnight, the year's end, a leap day, and a clock that jumps: no wait below nothing, no number twice."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select, update

from kernel.audit_check import verify
from kernel.errors import Refusal
from kernel.identity import CITIZEN
from kernel.tables import OpeningHoursRow
from queueing import service
from queueing.store.ticket_writes import log
from queueing.store.tickets import tickets
from queueing.window_tables import PlanEntryRow
from tests.conftest import CHINA

if TYPE_CHECKING:
    from sqlmodel import Session

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity

pytestmark = pytest.mark.slow

HOURS, ENTRIES = (row.__table__ for row in (OpeningHoursRow, PlanEntryRow))  # type: ignore[attr-defined]
ODD_TIMES = (
    datetime(2027, 12, 31, 23, 40, tzinfo=CHINA),  # closed from midnight on
    datetime(2028, 2, 28, 23, 59, 40, tzinfo=CHINA),
    datetime(2028, 2, 29, 23, 59, 40, tzinfo=CHINA),
    datetime(2026, 10, 10, 9, 0, tzinfo=CHINA),  # a Saturday that makes up for a holiday
)
JUMPS = (-600, -1, 0, 0, 1, 7, 7, 600)  # seconds that the clock goes between two steps
STEPS = ("issue", "issue", "serve", "serve", "roll")


class NightHall:
    """A hall that is open at all hours."""

    def __init__(self, database: Database, city: SmallCity, clock: ManualClock, vault: Vault) -> None:
        self.write, self.read = database.write_now, database.read_now
        self.city, self.clock, self.vault = city, clock, vault
        self.done: Counter[str] = Counter()
        self.write(self._always_open)

    def _always_open(self, session: Session) -> None:
        session.execute(update(ENTRIES).values(from_minute=0, to_minute=1440))
        session.execute(update(HOURS).values(opens=time(0), closes=time(23, 59, 59)))
        for weekday in (5, 6):
            own = {
                "hall_id": self.city.hall,
                "weekday": weekday,
                "opens": time(0),
                "closes": time(23, 59, 59),
            }
            session.execute(insert(HOURS).values(own))

    def do(self, step: str) -> None:
        with suppress(Refusal):  # closed for a second, nobody waiting: what is refused changes nothing
            getattr(self, step)()
            self.done[step] += 1

    def issue(self) -> None:
        self.write(
            service.issue_ticket, self.city.hall, [self.city.services["id-card"]],
            priority=False, by=CITIZEN, clock=self.clock, vault=self.vault,
        )  # fmt: skip

    def serve(self) -> None:
        window, by = self.city.windows[0], self.city.clerks[0]
        seen = self.read(service.desk, window, by=by, now=self.clock.now())
        if seen.window.status.value == "closed":
            self.write(service.open_window, window, by=by, clock=self.clock)
        called = self.write(service.call_next, window, by=by, clock=self.clock)
        for step in (service.start, service.finish):
            self.write(step, called.id, by=by, clock=self.clock)

    def roll(self) -> None:
        self.write(service.close_day, self.city.hall, clock=self.clock)

    def rows(self, table: Any) -> list[Any]:
        return list(self.read(lambda session: session.execute(select(table).order_by(table.c.id)).all()))


@pytest.mark.parametrize("begins", ODD_TIMES, ids=str)
def test_whatever_the_clock_does_no_wait_is_below_nothing_and_each_number_is_given_once(
    database: Database, city: SmallCity, clock: ManualClock, vault: Vault, begins: datetime
) -> None:
    hall, chance = NightHall(database, city, clock, vault), Random(begins.isoformat())
    clock.set(begins)
    for _ in range(40):
        hall.do(chance.choice(STEPS))
        clock.set(clock.now() + timedelta(seconds=chance.choice(JUMPS)))
    assert hall.done["issue"] > 5
    assert hall.done["serve"] > 2
    numbers = Counter((row.issued_in, row.day, row.number) for row in hall.rows(tickets))
    assert set(numbers.values()) == {1}
    lines = hall.rows(log)
    assert [line.at for line in lines] == sorted(line.at for line in lines), "a hall's time never goes back"
    arrived: dict[Any, datetime] = {}
    for line in lines:
        assert line.at >= arrived.setdefault(line.ticket_id, line.at)
    assert not hall.read(verify, vault=vault).broken
