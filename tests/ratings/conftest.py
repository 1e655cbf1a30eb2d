"""The small city on each database, with visits that are served, left or missed, and their use cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ratings.raters import Raters

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity


@pytest.fixture
def raters(database: Database, city: SmallCity, clock: ManualClock, vault: Vault) -> Raters:
    return Raters(database, city, clock, vault)


@pytest.fixture
def sqlite_raters(
    sqlite_database: Database, sqlite_city: SmallCity, clock: ManualClock, vault: Vault
) -> Raters:
    return Raters(sqlite_database, sqlite_city, clock, vault)
