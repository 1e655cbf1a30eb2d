"""Whether somebody who joins a queue now would still be called before the hall closes for the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from queueing.rules.steady import Band


@dataclass(frozen=True, slots=True)
class Lasting:
    """The wait may reach ``closes_at``; ``surely``: even its lower end does."""

    closes_at: datetime
    surely: bool


def lasting(band: Band | None, *, now: datetime, closes_at: datetime) -> Lasting | None:
    """Return that a wait may last till the doors close; None if it ends before, or if it is unknown.

    >>> now = datetime.fromisoformat("2026-11-18T09:00+00:00")
    >>> lasting(Band(20, 35), now=now, closes_at=now + timedelta(minutes=36)) is None
    True
    >>> lasting(Band(20, 35), now=now, closes_at=now + timedelta(minutes=35)).surely
    False
    >>> lasting(Band(20, 35), now=now, closes_at=now + timedelta(minutes=20)).surely
    True
    """
    if band is None or band.high == 0 or now + timedelta(minutes=band.high) < closes_at:
        return None
    return Lasting(closes_at, surely=now + timedelta(minutes=band.low) >= closes_at)
