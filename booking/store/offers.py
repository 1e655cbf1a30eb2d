"""What can be booked in a hall."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from booking.rules.parties import minutes_of, places_of
from booking.rules.slots import Leg
from booking.store.appointments import offers, services
from kernel.ids import HallId

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlmodel import Session


@dataclass(frozen=True, slots=True)
class Offered:
    """A service that can be booked in a hall, and what a party takes of it."""

    leg: Leg
    party: str
    party_most: int

    def for_party(self, size: int) -> Leg:
        """Return the leg of so many people."""
        return replace(
            self.leg,
            minutes=minutes_of(self.party, self.leg.minutes, size),
            places=places_of(self.party, size),
        )


def offered(session: Session, hall_id: HallId, codes: Collection[str]) -> dict[str, Offered]:
    """Return by service code what of these services can be booked in a hall: what has a queue there."""
    rows = session.execute(
        select(
            *(services.c.code, services.c.id, offers.c.queue_id),
            *(services.c.minutes, services.c.party, services.c.party_most),
        )
        .join(offers, offers.c.service_id == services.c.id)
        .where(offers.c.hall_id == hall_id, offers.c.queue_id.is_not(None), services.c.code.in_(codes))
    )
    return {
        row.code: Offered(Leg(row.id, row.queue_id, row.minutes), row.party, row.party_most) for row in rows
    }
