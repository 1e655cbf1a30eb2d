"""Fixtures of numbers by phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.phone.standing import Standing

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity


@pytest.fixture
def standing(database: Database, city: SmallCity, vault: Vault, clock: ManualClock) -> Standing:
    """Somebody in the first hall, on each database."""
    return Standing(database, city, vault, clock)
