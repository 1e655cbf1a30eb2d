"""The booking city on each database, with people who wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.booking.booking_city import build_city
from tests.waitlist.waiters import Waiters

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault


@pytest.fixture
def waiters(database: Database, clock: ManualClock, vault: Vault) -> Waiters:
    return Waiters(database, clock, vault, database.write_now(build_city))


@pytest.fixture
def sqlite_waiters(sqlite_database: Database, clock: ManualClock, vault: Vault) -> Waiters:
    return Waiters(sqlite_database, clock, vault, sqlite_database.write_now(build_city))
