"""The booking city whose hall asks for a code, with messages set up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.activation.bookers import Bookers
from tests.booking.booking_city import build_city
from tests.messages.conftest import TERMS

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault


def bookers_of(database: Database, clock: ManualClock, vault: Vault, *, activation: int = 1) -> Bookers:
    database.carry(messages=TERMS)
    city = database.write_now(build_city)
    made = Bookers(database, clock, vault)
    made.set_policy(city, activation=activation, activation_minutes=10)
    return made


@pytest.fixture
def bookers(database: Database, clock: ManualClock, vault: Vault) -> Bookers:
    return bookers_of(database, clock, vault)


@pytest.fixture
def sqlite_bookers(sqlite_database: Database, clock: ManualClock, vault: Vault) -> Bookers:
    """The same on SQLite only, where rules are tried and not the database."""
    return bookers_of(sqlite_database, clock, vault)
