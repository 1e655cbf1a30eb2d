"""What every log becomes: one record a ticket, and a count of what was left out and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime, timedelta

Ending = Literal["served", "gave_up", "unknown"]


@dataclass(frozen=True, slots=True)
class TicketRecord:
    """One ticket of a log. Instants are aware and in the hall's zone.

    ``precision`` is the half width of each instant: zero when the log holds it, minutes when it was
    rebuilt from snapshots. ``started_at`` and ``finished_at`` stay None where a log cannot tell.
    ``credit`` is how much earlier than ``joined_at`` the ticket counted in its queue.
    """

    hall: str
    queue: str
    number: str
    joined_at: datetime
    called_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    window: str | None
    ending: Ending
    precision: timedelta
    credit: timedelta


@dataclass(slots=True)
class ImportCount:
    """How many rows were read, how many were used, how many tickets came of it, and why rows were not.

    Always ``rows_read == rows_used + sum(rows_dropped.values())``.
    """

    rows_read: int = 0
    rows_used: int = 0
    tickets: int = 0
    rows_dropped: Counter[str] = field(default_factory=Counter)

    def drop(self, reason: str, rows: int = 1) -> None:
        """Count ``rows`` rows as left out for ``reason``."""
        self.rows_dropped[reason] += rows

    def lines(self) -> list[str]:
        """Return the counts as readable lines, the commonest reason first."""
        head = f"{self.rows_read} rows read, {self.rows_used} used, {self.tickets} tickets"
        return [head, *(f"  left out {count}: {reason}" for reason, count in self.rows_dropped.most_common())]
