"""What every log becomes: one record a ticket, and a count of what was left out and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime, timedelta

Ending = Literal["served", "gave_up", "unknown"]
EXAMPLES = 3  # of each reason: enough to look a mistake up, few enough to read


class LogRefused(ValueError):
    """The file is not the log that it is said to be; nothing of it is used."""


@dataclass(frozen=True, slots=True)
class TicketRecord:
    """One ticket of a log. Instants are aware and in the hall's zone.

    ``precision`` is the half width of each instant: zero when the log holds it, minutes when it was
    rebuilt from snapshots. ``started_at`` and ``finished_at`` stay None where a log cannot tell;
    ``left_at`` is when a ticket that gave up did so. ``credit`` is how much earlier than ``joined_at``
    the ticket counted in its queue.
    """

    hall: str
    queue: str
    number: str
    joined_at: datetime
    called_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    left_at: datetime | None
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
    examples: dict[str, list[str]] = field(default_factory=dict)

    def drop(self, reason: str, rows: int = 1, *, example: str = "") -> None:
        """Count ``rows`` rows as left out for ``reason``; the first ``EXAMPLES`` examples are kept."""
        if rows:
            self.rows_dropped[reason] += rows
            kept = self.examples.setdefault(reason, [])
            if example and len(kept) < EXAMPLES:
                kept.append(example)

    def lines(self) -> list[str]:
        """Return the counts as readable lines, the commonest reason first."""
        head = f"{self.rows_read} rows read, {self.rows_used} used, {self.tickets} tickets"
        return [head, *(self._line(reason, rows) for reason, rows in self.rows_dropped.most_common())]

    def _line(self, reason: str, rows: int) -> str:
        examples = "; ".join(self.examples.get(reason, ()))
        return f"  left out {rows}: {reason}" + (f" (for example {examples})" if examples else "")
