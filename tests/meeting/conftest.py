"""The booking city with a hall that telephones, shows itself on video and comes to people's homes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.booking.booking_city import build_city
from tests.meeting.caller import Caller

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault


@pytest.fixture
def caller(database: Database, clock: ManualClock, vault: Vault) -> Caller:
    return Caller(database, clock, vault, database.write_now(build_city))
