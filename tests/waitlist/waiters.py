"""The use cases of the waiting list with their parts filled in, over the booking city.

``social-card`` waits in a queue with one place a slot: a slot that one person has booked is full.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from booking.rules.meeting import AppointmentKind
from booking.waitlist import service as waitlist
from booking.waitlist.tables import WaitlistEntryRow, WaitlistOfferRow
from tests.booking.booking_city import local, person
from tests.booking.desk import Desk

if TYPE_CHECKING:
    from datetime import date, datetime

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.booking.booking_city import BookingCity

SOCIAL = ["social-card"]
TOMORROW = local(9, days=1).date()
AT_TEN = local(10, days=1)


def times(
    first: date = TOMORROW,
    last: date | None = None,
    *,
    minutes: tuple[int, int] = (600, 630),
    halls: tuple[str, ...] = ("city",),
) -> waitlist.Times:
    """Return a wish; tomorrow from 10:00 to 10:30, which is one slot, unless told otherwise."""
    return waitlist.Times(halls, first, last or first, *minutes)


class Waiters(Desk):
    """Those who book, and those who wait for what others booked."""

    def __init__(self, database: Database, clock: ManualClock, vault: Vault, city: BookingCity) -> None:
        super().__init__(database, clock, vault)
        self.city = city

    def taken(self, starts_at: datetime = AT_TEN, *, number: int = 0) -> str:
        """Book a slot so that it is full, and return the token."""
        return self.book(starts_at, SOCIAL, number=number).token

    def join(
        self,
        number: int,
        wish: waitlist.Times | None = None,
        kind: AppointmentKind = AppointmentKind.HALL,
        **changes: Any,
    ) -> str:
        asked = waitlist.Asked(tuple(SOCIAL), wish or times(), person(number, **changes), kind)
        joined = self.database.write_now(waitlist.join, asked, clock=self.clock, vault=self.vault)
        return joined.token

    def earlier(self, token: str, wish: waitlist.Times) -> str:
        joined = self.database.write_now(
            waitlist.join_for_earlier, token, wish, clock=self.clock, vault=self.vault
        )
        return joined.token

    def round(self, hall: str = "city") -> waitlist.Offered:
        """Do what the rounds do in a hall; the question before must agree with what is done."""
        own = self.city.halls[hall]
        asked = self.database.read_now(
            waitlist.something_to_offer, own, now=self.clock.now(), vault=self.vault
        )
        done = self.database.write_now(waitlist.offer_places, own, clock=self.clock, vault=self.vault)
        assert asked is bool(done.made or done.ended)
        return done

    def seen(self, token: str) -> waitlist.WaitingView:
        return self.database.read_now(waitlist.look_up, token, now=self.clock.now(), vault=self.vault)

    def take(self, token: str) -> waitlist.WaitingView:
        return self.do(waitlist.take, token)  # type: ignore[return-value]

    def entries(self) -> list[Any]:
        return self.rows(WaitlistEntryRow)

    def offers(self) -> list[Any]:
        return self.rows(WaitlistOfferRow)
