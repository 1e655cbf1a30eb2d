"""The use cases of appointments with their parts filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from booking import service
from kernel.tables import HallRow
from tests.booking.booking_city import client, local, person

if TYPE_CHECKING:
    from datetime import datetime

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.booking.booking_city import BookingCity

TEN = local(10, 30)
ELDER = ["elder-benefit"]


class Desk:
    """The use cases with their parts filled in."""

    def __init__(self, database: Database, clock: ManualClock, vault: Vault) -> None:
        self.database, self.clock, self.vault = database, clock, vault

    def hold(
        self, starts_at: datetime = TEN, services: list[str] = ELDER, *, hall: str = "city", number: int = 0
    ) -> service.HeldAppointment:
        return self.database.write_now(
            service.hold, hall, services, starts_at, client=client(number), clock=self.clock, vault=self.vault
        )

    def book(
        self, starts_at: datetime = TEN, services: list[str] = ELDER, *, hall: str = "city", number: int = 0
    ) -> service.HeldAppointment:
        held = self.hold(starts_at, services, hall=hall, number=number)
        return service.HeldAppointment(self.confirm(held.token, number=number), held.token)

    def confirm(self, token: str, *, number: int = 0, **changes: object) -> service.AppointmentView:
        who = person(number, **changes)
        return self.database.write_now(service.confirm, token, who, clock=self.clock, vault=self.vault)

    def do(self, use_case: Any, token: str, *args: object, **kwargs: Any) -> Any:
        return self.database.write_now(use_case, token, *args, clock=self.clock, vault=self.vault, **kwargs)

    def look_up(self, token: str) -> service.AppointmentView:
        return self.database.read_now(service.look_up, token, now=self.clock.now(), vault=self.vault)

    def free_at(self, starts_at: datetime, services: list[str] = ELDER) -> int:
        days = self.database.read_now(
            service.free_slots, "city", services, first_day=None, days=15, now=self.clock.now()
        )
        return {slot.starts_at: slot.free for day in days for slot in day.slots}.get(starts_at, 0)

    def rows(self, table: Any, *where: Any) -> list[Any]:
        statement = select(table.__table__).where(*where).order_by(*table.__table__.primary_key)
        return self.database.read_now(lambda session: list(session.execute(statement)))

    def set_policy(self, city: BookingCity, **policy: object) -> None:
        def unit(session: Any) -> None:
            session.get(HallRow, city.halls["city"]).policy = policy

        self.database.write_now(unit)
