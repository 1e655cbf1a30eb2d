"""What whoever already waits in a hall is told while its doors are not open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kernel import catalogue

if TYPE_CHECKING:
    from datetime import datetime

    from kernel.catalogue import Hall
    from kernel.web.parts import Parts


@dataclass(frozen=True, slots=True)
class Shut:
    """The doors are not open; ``again_at`` they open once more today, or None if they do not."""

    again_at: datetime | None


async def shut_now(here: Parts, hall: Hall) -> Shut | None:
    """Return that a hall's doors are not open now, or None while they are."""
    now = here.clock.now()
    calendar = await here.database.read(catalogue.calendar, hall.id)
    if calendar.is_open(now):
        return None
    return Shut(calendar.again_today(now))
