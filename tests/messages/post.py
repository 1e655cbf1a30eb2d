"""The use cases of messages with their parts filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from booking.messages import planning
from booking.messages.planning import Wish
from booking.messages.tables import MessageContactRow, MessageRow
from booking.rules.message_texts import MessageFacts
from booking.rules.message_times import Times
from booking.rules.messages import MessageKind
from kernel.ids import uuid7
from tests.booking.booking_city import local
from tests.booking.desk import Desk

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.booking.booking_city import BookingCity

PHONE = "+8613800138000"
FACTS = MessageFacts("汕尾市政务服务中心", "Shanwei City Hall", "Asia/Shanghai", local(10, 30, days=1))
NIGHT = local(22)


class Post(Desk):
    """A desk whose people get messages."""

    def __init__(self, database: Database, clock: ManualClock, vault: Vault, city: BookingCity) -> None:
        super().__init__(database, clock, vault)
        self.city = city

    def contact(self, phone: str = PHONE, subject: UUID | None = None, locale: str = "zh") -> UUID:
        own = subject or uuid7()
        wish = Wish("waiting", self.city.halls["city"], phone, locale, "/w/a-token-of-their-own")
        self.database.write_now(planning.keep_contact, own, wish, at=self.clock.now(), vault=self.vault)
        return own

    def plan(
        self,
        subject: UUID,
        occurrence: str = "1",
        kind: MessageKind = MessageKind.TIME_FREE,
        times: Times | None = None,
    ) -> bool:
        times = times or Times(self.clock.now(), local(20, days=1))
        return self.database.write_now(
            planning.plan_message, subject, kind, occurrence, times, FACTS, vault=self.vault
        )

    def messages(self, subject: UUID | None = None) -> list[Any]:
        own = MessageRow.__table__.c.subject == subject if subject else True
        found = self.rows(MessageRow, own)
        return sorted(found, key=lambda row: (row.planned_at, row.id))  # type: ignore[attr-defined]

    def void(self, subject: UUID) -> None:
        self.database.write_now(planning.void_messages, subject, at=self.clock.now())

    def stopped(self) -> set[UUID]:
        return {row.subject for row in self.contacts() if row.stopped_at is not None}

    def contacts(self) -> list[Any]:
        return self.rows(MessageContactRow)

    def texts(self, subject: UUID | None = None) -> list[str]:
        return [
            self.vault.open(row.text_sealed, field=planning.TEXT_FIELD) if row.text_sealed else ""
            for row in self.messages(subject)
        ]
