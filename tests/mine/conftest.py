"""The booking city where messages are set up, with people who open their own lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.booking.booking_city import build_city
from tests.messages.conftest import TERMS
from tests.mine.owners import Owners

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault


@pytest.fixture
def owners(database: Database, clock: ManualClock, vault: Vault) -> Owners:
    database.carry(messages=TERMS)
    return Owners(database, clock, vault, database.write_now(build_city))


@pytest.fixture
def sqlite_owners(sqlite_database: Database, clock: ManualClock, vault: Vault) -> Owners:
    """The same on SQLite only, where rules are tried and not the database."""
    sqlite_database.carry(messages=TERMS)
    return Owners(sqlite_database, clock, vault, sqlite_database.write_now(build_city))
