"""The booking city on each database, with people who do not come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.booking.booking_city import build_city
from tests.no_shows.absentees import Absentees

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault


@pytest.fixture
def absentees(database: Database, clock: ManualClock, vault: Vault) -> Absentees:
    return Absentees(database, clock, vault, database.write_now(build_city))


@pytest.fixture
def sqlite_absentees(sqlite_database: Database, clock: ManualClock, vault: Vault) -> Absentees:
    return Absentees(sqlite_database, clock, vault, sqlite_database.write_now(build_city))
