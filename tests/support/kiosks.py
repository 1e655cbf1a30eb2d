"""Kiosks that printed numbers without their server, as tests of merging need them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from kernel.clock import ManualClock
from kernel.database import Database
from kernel.devices import add_device, device_by_token
from kernel.identity import Device
from kernel.secrets import Vault
from queueing.provisional import service
from queueing.provisional.store import Block, HandedIn
from queueing.rules.provisional import Slip


def a_slip(number: int, at: datetime, *, day: date | None = None, **other: Any) -> Slip:
    """A slip of an ordinary service, printed at an instant, ten minutes after the last contact."""
    values = {"service": "id-card", "priority": False, "heard_at": at - timedelta(minutes=10), **other}
    return Slip(uuid4(), day or at.date(), number, printed_at=at, **values)


@dataclass(frozen=True, slots=True)
class CutOff:
    """A kiosk of the small city's first hall, and the database behind the link."""

    database: Database
    vault: Vault
    clock: ManualClock
    device: Device

    @classmethod
    def new(cls, database: Database, city: Any, vault: Vault, clock: ManualClock, name: str = "X") -> CutOff:
        """Register a further kiosk."""
        token = database.write_now(add_device, city.hall, kind="kiosk", name=name, vault=vault)
        device = database.read_now(device_by_token, token, vault=vault)
        assert device is not None
        return cls(database, vault, clock, device)

    def reserve(self, *days: date) -> list[Block]:
        """Reserve a block of these days, or of today."""
        wanted = days or (self.clock.now().date(),)
        return self.database.write_now(service.reserve, "H1", wanted, device=self.device, clock=self.clock)

    def hand_in(self, *slips: Slip) -> list[HandedIn]:
        """Hand slips in, all at once."""
        return self.database.write_now(
            service.hand_in, "H1", slips, device=self.device, clock=self.clock, vault=self.vault
        )
