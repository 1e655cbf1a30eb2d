"""When to leave for an appointment: the question and the answer."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from pydantic import Field

from booking.ranking_schemas import PositionIn, TravelOut
from booking.schemas import Token
from geo.rules.leaving import Urgency
from geo.rules.travel import TravelMode
from kernel.web.schemas import In, Out

if TYPE_CHECKING:
    from booking.leaving.service import Departure


class LeavingIn(In):
    """The appointment, and from where (a position or the name of an area) and how one goes."""

    token: str = Token
    position: PositionIn | None = None
    area: str | None = Field(default=None, max_length=60)
    mode: TravelMode = TravelMode.RIDE


class LeavingOut(Out):
    """When to leave: at ``leave_at`` even a slow trip is in time. It may be over: ``urgency`` says so.

    ``arrives_low_at`` to ``arrives_high_at``: for who leaves then, or now if that is later. Up to
    ``counts_until`` the place counts from the appointment's time, later from the check-in.
    """

    starts_at: datetime
    counts_until: datetime
    leave_at: datetime
    urgency: Urgency
    arrives_low_at: datetime
    arrives_at: datetime
    arrives_high_at: datetime
    travel: TravelOut
    distance_km: float

    @classmethod
    def of(cls, departure: Departure) -> Self:
        advice = departure.leaving
        return cls(
            starts_at=departure.appointment.starts_at,
            counts_until=departure.counts_until,
            leave_at=advice.leave_at,
            urgency=advice.urgency,
            arrives_low_at=advice.arrives_low_at,
            arrives_at=advice.arrives_at,
            arrives_high_at=advice.arrives_high_at,
            travel=TravelOut.of(departure.travel),
            distance_km=round(departure.metres / 1000, 1),
        )
