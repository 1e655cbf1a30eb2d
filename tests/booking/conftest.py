"""The booking city on a fresh database of each kind, and its use cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.booking.booking_city import BookingCity, build_city
from tests.booking.desk import Desk

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault


@pytest.fixture
def booking_city(database: Database) -> BookingCity:
    return database.write_now(build_city)


@pytest.fixture
def desk(database: Database, clock: ManualClock, vault: Vault, booking_city: BookingCity) -> Desk:
    return Desk(database, clock, vault)
