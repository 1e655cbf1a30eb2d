"""The booking city on a fresh database of each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.booking.booking_city import BookingCity, build_city

if TYPE_CHECKING:
    from kernel.database import Database


@pytest.fixture
def booking_city(database: Database) -> BookingCity:
    return database.write_now(build_city)
