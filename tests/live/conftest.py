"""A small hall at work, for the live estimator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from kernel.clock import ManualClock
from kernel.database import Database
from kernel.identity import Actor, Role, Staff
from kernel.secrets import Vault
from queueing import service


class HallAtWork:
    """What people do in the small city's first hall, by verbs."""

    def __init__(self, database: Database, city: Any, vault: Vault, clock: ManualClock) -> None:
        self.database, self.city, self.clock, self._vault = database, city, clock, vault

    def comes(self, service_code: str = "id-card", *, priority: bool = False) -> Any:
        return self.database.write_now(
            service.issue_ticket,
            self.city.hall,
            [self.city.services[service_code]],
            priority=priority,
            by=Actor(Role.DEVICE),
            clock=self.clock,
            vault=self._vault,
        ).ticket

    def does(self, what: Callable[..., Any], *args: Any, clerk: int = 0) -> Any:
        return self.database.write_now(what, *args, by=self.clerk(clerk), clock=self.clock)

    def opens(self, window: int) -> None:
        self.does(service.open_window, self.city.windows[window], clerk=window)

    def calls(self, window: int) -> Any:
        return self.does(service.call_next, self.city.windows[window], clerk=window)

    def serves(self, window: int) -> Any:
        ticket = self.calls(window)
        self.does(service.start, ticket.id, clerk=window)
        return ticket

    def at_window(self, window: int) -> Any:
        view = self.database.read_now(
            service.desk, self.city.windows[window], by=self.clerk(window), now=self.clock.now()
        )
        assert view.window.ticket is not None
        return view.window.ticket.id

    def clerk(self, number: int) -> Staff:
        found: Staff = self.city.clerks[number]
        return found

    def later(self, minutes: float) -> None:
        self.clock.advance(timedelta(minutes=minutes))


@pytest.fixture
def hall(database: Database, city: Any, vault: Vault, clock: ManualClock) -> HallAtWork:
    """The hall on each database."""
    return HallAtWork(database, city, vault, clock)


@pytest.fixture
def sqlite_hall(sqlite_database: Database, sqlite_city: Any, vault: Vault, clock: ManualClock) -> HallAtWork:
    """The hall on SQLite."""
    return HallAtWork(sqlite_database, sqlite_city, vault, clock)
