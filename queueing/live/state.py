"""The live state of a hall: who waits in which place, what each window does. One change costs O(log n).

State is a function of the tickets as they stand, each given whole, so a change told twice changes nothing
and starting anew from the database gives the same state as following it (recovery equals start-up).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from queueing.rules.tickets import AT_WINDOW, TicketStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kernel.ids import QueueId, TicketId, WindowId

Place = tuple[datetime, int, UUID]
"""Effective arrival and number, the call order inside a queue; the id parts tickets sent here by transfer."""


@dataclass(frozen=True, slots=True)
class LiveTicket:
    """A ticket of today as it stands."""

    id: TicketId
    queue_id: QueueId
    number: int
    status: TicketStatus
    arrived_at: datetime
    effective_at: datetime
    window_id: WindowId | None
    called_at: datetime | None
    changed_at: datetime
    due_at: datetime | None = None

    @property
    def place(self) -> Place:
        return self.effective_at, self.number, self.id


class QueueLine:
    """Who waits in one queue, in call order.

    Adding, removing and counting those ahead compare O(log n) places; a sorted array moves its tail at
    memory speed, which below 10,000 people is faster than any tree.
    """

    __slots__ = ("_places", "_tickets")

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._tickets: dict[Place, LiveTicket] = {}

    def __len__(self) -> int:
        return len(self._places)

    def add(self, ticket: LiveTicket) -> None:
        insort(self._places, ticket.place)
        self._tickets[ticket.place] = ticket

    def remove(self, ticket: LiveTicket) -> None:
        del self._places[bisect_left(self._places, ticket.place)]
        del self._tickets[ticket.place]

    def ahead_of(self, place: Place) -> int:
        """Return how many are called before whoever has this place."""
        return bisect_left(self._places, place)

    def in_order(self) -> list[LiveTicket]:
        """Return those who wait, the next to be called first."""
        return [self._tickets[place] for place in self._places]


class HallState:
    """One hall's day so far."""

    def __init__(self, day: date) -> None:
        self.day = day
        self.lines: defaultdict[QueueId, QueueLine] = defaultdict(QueueLine)
        self.at_window: dict[WindowId, LiveTicket] = {}
        self.walked_in: defaultdict[QueueId, int] = defaultdict(int)
        self._tickets: dict[TicketId, LiveTicket] = {}

    def apply(self, ticket: LiveTicket) -> None:
        """Take a ticket as it stands now, whatever it was before."""
        before = self._tickets.get(ticket.id)
        if before is not None:
            self.walked_in[before.queue_id] -= before.due_at is None
            self._leave(before)
        self.walked_in[ticket.queue_id] += ticket.due_at is None
        self._tickets[ticket.id] = ticket
        if ticket.status is TicketStatus.WAITING:
            self.lines[ticket.queue_id].add(ticket)
        elif ticket.status in AT_WINDOW and ticket.window_id is not None:
            self.at_window[ticket.window_id] = ticket

    def _leave(self, before: LiveTicket) -> None:
        if before.status is TicketStatus.WAITING:
            self.lines[before.queue_id].remove(before)
        elif before.status in AT_WINDOW and before.window_id is not None:
            there = self.at_window.get(before.window_id)
            if there is not None and there.id == before.id:
                del self.at_window[before.window_id]

    def apply_all(self, tickets: Iterable[LiveTicket]) -> None:
        """Take several tickets; of one instant those that leave a window come before those called there."""
        for ticket in sorted(tickets, key=_leaving_first):
            self.apply(ticket)

    def of_today(self) -> Iterable[LiveTicket]:
        """Return every ticket of the day, whatever became of it."""
        return self._tickets.values()

    def waiting(self, queue_id: QueueId) -> int:
        """Return how many wait in a queue."""
        return len(self.lines[queue_id]) if queue_id in self.lines else 0

    def waiting_by_joining(self) -> Sequence[LiveTicket]:
        """Return all who wait in the hall, by their arrival."""
        everyone = [ticket for line in self.lines.values() for ticket in line.in_order()]
        return sorted(everyone, key=lambda ticket: (ticket.arrived_at, ticket.number))


def _leaving_first(ticket: LiveTicket) -> tuple[datetime, bool]:
    return ticket.changed_at, ticket.status in AT_WINDOW
