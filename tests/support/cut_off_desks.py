"""Desks that went on without their server, as tests of handing in need them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from kernel.identity import Actor, Role
from queueing import service, store
from queueing.desk_entries.service import DeskEntry, hand_in
from queueing.rules.told import DeskAct

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from queueing.desk_entries.store import Kept
    from tests.support.small_city import SmallCity


@dataclass(frozen=True, slots=True)
class CutOffDesk:
    """A window of the small city's first hall with its clerk, and the database behind the link."""

    database: Database
    city: SmallCity
    vault: Vault
    clock: ManualClock
    place: int = 0

    @property
    def window(self) -> Any:
        return self.city.windows[self.place]

    @property
    def clerk(self) -> Any:
        return self.city.clerks[self.place]

    def does(self, use_case: Any, *args: Any, **more: Any) -> Any:
        return self.database.write_now(use_case, *args, by=self.clerk, clock=self.clock, **more)

    def issue(self, *codes: str) -> Any:
        return self.database.write_now(
            service.issue_ticket, self.city.hall,
            [self.city.services[name] for name in codes or ("id-card",)],
            priority=False, by=Actor(Role.DEVICE), clock=self.clock, vault=self.vault,
        ).ticket  # fmt: skip

    def sits_down(self) -> None:
        self.does(service.open_window, self.window)

    def calls(self) -> Any:
        return self.does(service.call_next, self.window)

    def entry(self, what: str, at: datetime, ticket: Any = None, **other: Any) -> DeskEntry:
        """What the desk keeps about a ticket, or with ``label`` about a number on paper."""
        values: dict[str, Any] = {
            "label": ticket.label if ticket else "", "ticket_id": ticket.id if ticket else None,
            "heard_at": min(at, other.get("began_at") or at), "pressed_by": self.clerk.id, **other,
        }  # fmt: skip
        return DeskEntry(uuid4(), DeskAct(what), at=at, **values)

    def paper(self, label: str, began_at: datetime, lasted: timedelta, **other: Any) -> DeskEntry:
        return self.entry("paper", began_at + lasted, label=label, began_at=began_at, **other)

    def hands_in(self, *entries: DeskEntry, sent_at: datetime | None = None, by: Any = None) -> list[Kept]:
        return self.database.write_now(
            hand_in, self.window, entries,
            sent_at=sent_at or self.clock.now(), by=by or self.clerk, clock=self.clock,
        )  # fmt: skip

    def stands(self, ticket: Any) -> str:
        return str(self.database.read_now(store.ticket, ticket.id).status.value)
