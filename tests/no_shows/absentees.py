"""People who book and do not come, the hall's manager and the supervisor, with their parts filled in."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from booking import service
from booking.no_shows import appealing, deciding, excusing, publishing, report
from booking.no_shows.appealing import Proof
from booking.no_shows.publishing import Wanted
from booking.no_shows.tables import NoShowRow
from booking.rules.no_shows import AppealAction
from kernel.identity import Role, Staff
from kernel.identity_tables import StaffRow
from kernel.ids import StaffId, uuid7
from queueing.rules.tickets import TicketAction
from queueing.tables import TicketEventRow
from tests.booking.booking_city import ZONE, BookingCity, local
from tests.booking.desk import ELDER, Desk

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault

THREE = Wanted(in_force=True, limit=3, within_days=90, pause_days=30, cancel_minutes=60, answer_days=5)


class Absentees(Desk):
    """The use cases around no-shows; a day that is over is rolled over by ``end_day``."""

    def __init__(self, database: Database, clock: ManualClock, vault: Vault, city: BookingCity) -> None:
        super().__init__(database, clock, vault)
        self.city = city
        self.manager = self._staff("manager", Role.MANAGER, "city")
        self.clerk = self._staff("clerk", Role.CLERK, "city")
        self.stranger = self._staff("stranger", Role.MANAGER, "town")
        self.supervisor = self._staff("supervisor", Role.SUPERVISOR, None)

    def _staff(self, username: str, role: Role, hall: str | None) -> Staff:
        own = Staff(StaffId(uuid7()), username.title(), role, self.city.halls[hall] if hall else None)
        values = {
            "id": own.id, "username": username, "display_name": own.name, "role": role.value,
            "hall_id": own.hall_id, "password_hash": "-", "sign_in_key": username,
        }  # fmt: skip
        known = {name: value for name, value in values.items() if name in StaffRow.__table__.c}
        self.database.write_now(lambda session: session.execute(insert(StaffRow.__table__).values(**known)))
        return own

    # --- days ----------------------------------------------------------------------------------------

    def publish(self, wanted: Wanted = THREE, *, after: int = 0, by: Staff | None = None) -> Any:
        return self.database.write_now(
            publishing.publish, wanted, after=after, by=by or self.supervisor, clock=self.clock
        )

    def worked(self, at: datetime, hall: str = "city") -> None:
        """Let a window call somebody, so that the log says the hall was there."""
        line = {
            "hall_id": self.city.halls[hall], "ticket_id": uuid7(), "queue_id": self.city.queues[f"{hall}/A"],
            "what": TicketAction.CALL.value, "at": at, "precision_s": 0.0, "role": "clerk", "source": "live",
        }  # fmt: skip
        self.database.write_now(
            lambda session: session.execute(insert(TicketEventRow.__table__).values(**line))
        )

    def end_day(self, hall: str = "city") -> list[Any]:
        """Roll the present day over, five minutes after midnight."""
        today = self.clock.now().astimezone(ZONE).date()
        self.clock.set(
            datetime.combine(today + timedelta(days=1), datetime.min.time(), ZONE) + timedelta(minutes=5)
        )
        return self.roll_over(hall)

    def roll_over(self, hall: str = "city") -> list[Any]:
        today: date = self.clock.now().astimezone(ZONE).date()
        return self.database.write_now(
            service.mark_no_shows, self.city.halls[hall], before=today, clock=self.clock, vault=self.vault
        )

    def miss(self, number: int = 0, *, hall: str = "city") -> service.HeldAppointment:
        """Book for the next day the hall works, in the morning, and do not come; the day is over then."""
        start = self.next_start()
        self.clock.set(start - timedelta(hours=20))
        booked = self.book(start, ELDER, hall=hall, number=number)
        self.clock.set(start + timedelta(minutes=5))
        self.worked(self.clock.now(), hall)
        self.end_day(hall)
        return booked

    def next_start(self) -> datetime:
        """Return half past ten of the next weekday that is not today."""
        day = self.clock.now().astimezone(ZONE).date() + timedelta(days=1)
        while day.weekday() > 4:
            day += timedelta(days=1)
        return local(10, 30, days=(day - local(12).date()).days)

    # --- reading -------------------------------------------------------------------------------------

    def written(self) -> list[Any]:
        return self.database.read_now(
            lambda session: list(
                session.execute(select(NoShowRow.__table__).order_by(NoShowRow.__table__.c.starts_at))
            )
        )

    def why(self, proof: Proof) -> appealing.NoShowView:
        return self.database.read_now(appealing.look_up, proof, now=self.clock.now(), vault=self.vault)

    def appeal(self, proof: Proof, words: str = "孩子急病，去了医院") -> appealing.NoShowView:
        return self.database.write_now(appealing.appeal, proof, words, clock=self.clock, vault=self.vault)

    def appeals(self, reader: Staff | None = None, *, decided: bool = False) -> deciding.AppealList:
        own = reader or self.manager
        code = None if own.hall_id is None else "city"
        return self.database.read_now(
            deciding.list_appeals, code, decided=decided, reader=own, now=self.clock.now(), vault=self.vault
        )

    def decide(self, appeal_id: Any, action: AppealAction, words: str = "", by: Staff | None = None) -> Any:
        return self.database.write_now(
            deciding.decide, appeal_id, action, words,
            by=by or self.manager, clock=self.clock, vault=self.vault,
        )  # fmt: skip

    def at_hall(self, use_case: Any, *args: Any, by: Staff | None = None) -> Any:
        """Run what the city hall's staff do by its code."""
        return self.database.write_now(
            use_case, "city", *args, by=by or self.manager, clock=self.clock, vault=self.vault
        )

    def excuse(self, no_show_id: Any, reason: str = "人到了，窗口没有登记", by: Staff | None = None) -> Any:
        return self.database.write_now(
            excusing.excuse, no_show_id, reason, by=by or self.manager, clock=self.clock, vault=self.vault
        )

    def figures(self, reader: Staff | None = None, days: int = 28) -> report.NoShowReport:
        own = reader or self.supervisor
        code = None if own.hall_id is None else "city"
        return self.database.read_now(
            report.no_show_report, code, days=days, reader=own, now=self.clock.now()
        )
