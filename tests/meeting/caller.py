"""A hall whose clerk reaches people who do not come, with the use cases around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from booking import service
from booking.meeting.service import WantedKind, set_kind
from booking.rules.meeting import AppointmentKind
from kernel.identity import CITIZEN
from queueing import service as queueing
from tests.booking.booking_city import ZONE, client, person
from tests.booking.desk import ELDER, TEN
from tests.no_shows.absentees import Absentees

if TYPE_CHECKING:
    from datetime import datetime

    from kernel.ids import WindowId
    from queueing.rules.board import Board

PHONE, VIDEO, HOME = AppointmentKind.PHONE, AppointmentKind.VIDEO, AppointmentKind.HOME
ADDRESS = "汕尾大道128号3栋502"
WORDS = ("请把户口本放在手边", "Have your household register at hand")
TERMS = {
    PHONE: WantedKind(PHONE, offered=True, words_zh=WORDS[0], words_en=WORDS[1]),
    VIDEO: WantedKind(VIDEO, offered=True, link="https://video.example/{room}"),
    HOME: WantedKind(HOME, offered=True, words_zh="新港街道、香洲街道", words_en="Xingang and Xiangzhou"),
}


class Caller(Absentees):
    """One window of queue A is open; kinds are offered as a test needs them."""

    @property
    def window(self) -> WindowId:
        return self.city.windows["city/1"]

    def offer(self, *kinds: AppointmentKind, service: str = ELDER[0], **changes: Any) -> None:
        for kind in kinds:
            self.set(TERMS[kind], service, **changes)

    def set(self, wanted: WantedKind, code: str = ELDER[0], *, by: Any = None) -> Any:
        return self.database.write_now(
            set_kind, "city", code, wanted, by=by or self.manager, clock=self.clock
        )

    def hold_as(self, kind: AppointmentKind, starts_at: datetime = TEN, *, number: int = 0) -> Any:
        return self.database.write_now(
            service.hold, "city", ELDER, starts_at,
            client=client(number), clock=self.clock, vault=self.vault, kind=kind,
        )  # fmt: skip

    def book_as(
        self, kind: AppointmentKind, starts_at: datetime = TEN, *, number: int = 0, **who: Any
    ) -> service.HeldAppointment:
        held = self.hold_as(kind, starts_at, number=number)
        if kind is HOME:
            who = {"address": ADDRESS, **who}
        confirmed = self.database.write_now(
            service.confirm, held.token, person(number, **who), clock=self.clock, vault=self.vault
        )
        return service.HeldAppointment(confirmed, held.token)

    def round(self) -> list[Any]:
        """Do what the hall's round does about those whose time has come."""
        due = self.database.read_now(service.remote_due, self.city.halls["city"], now=self.clock.now())
        return [
            self.database.write_now(service.enter_remote, own, clock=self.clock, vault=self.vault)
            for own in due
        ]

    def walk_in(self) -> Any:
        return self.database.write_now(
            queueing.issue_ticket, self.city.halls["city"], [self.city.services[ELDER[0]]],
            priority=False, by=CITIZEN, clock=self.clock, vault=self.vault,
        )  # fmt: skip

    def clerk_does(self, use_case: Any, *args: Any, **kwargs: Any) -> Any:
        return self.database.write_now(use_case, *args, by=self.clerk, clock=self.clock, **kwargs)

    def open(self) -> None:
        self.clerk_does(queueing.open_window, self.window)

    def board(self) -> Board:
        return self.database.read_now(queueing.board, self.city.halls["city"], now=self.clock.now())

    def unreached(self) -> None:
        """Close the day and write what counts, as the roll-over does."""
        hall_id = self.city.halls["city"]
        self.database.write_now(queueing.close_day, hall_id, clock=self.clock)
        today = self.clock.now().astimezone(ZONE).date()
        self.database.write_now(
            service.mark_unreached, hall_id, before=today, now=self.clock.now(), vault=self.vault
        )
