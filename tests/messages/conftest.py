"""The booking city where messages are set up, on each database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kernel.settings import MessageSettings
from tests.booking.booking_city import BookingCity, build_city
from tests.messages.post import Post

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault

TERMS = MessageSettings(kind="log", origin="https://jb.example.cn")


@pytest.fixture
def booking_city(database: Database) -> BookingCity:
    database.carry(messages=TERMS)
    return database.write_now(build_city)


@pytest.fixture
def post(database: Database, clock: ManualClock, vault: Vault, booking_city: BookingCity) -> Post:
    return Post(database, clock, vault, booking_city)


@pytest.fixture
def sqlite_post(sqlite_database: Database, clock: ManualClock, vault: Vault) -> Post:
    """The same on SQLite only, where a gateway is tried and not the database."""
    sqlite_database.carry(messages=TERMS)
    return Post(sqlite_database, clock, vault, sqlite_database.write_now(build_city))
