"""From settings to parts: what a process of this installation works with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking.gazetteer import read_gazetteer
from kernel.bus import open_bus
from kernel.clock import Clock, ShiftedClock, SystemClock
from kernel.database import Database
from kernel.secrets import Vault
from kernel.web.parts import Parts

if TYPE_CHECKING:
    from kernel.settings import Settings


def clock_of(settings: Settings) -> Clock:
    """Return the machine's clock, or the demo's shared one."""
    if settings.demo is None:
        return SystemClock()
    return ShiftedClock(settings.demo.start, speed=settings.demo.speed, origin=settings.demo.origin)


def parts_of(settings: Settings) -> Parts:
    """Open the database and the bus that the settings name."""
    database = Database(settings.database_url)
    if settings.gazetteer is not None:
        database.carry(gazetteer=read_gazetteer(settings.gazetteer))
    return Parts(
        settings=settings,
        database=database,
        clock=clock_of(settings),
        vault=Vault.from_settings(settings),
        bus=open_bus(settings.redis_url),
    )
