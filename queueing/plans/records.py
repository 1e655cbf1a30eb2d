"""Ticket facts as planning reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from kernel.ids import QueueId, WindowId

Sessions = tuple[tuple[int, int], ...]
"""Opening hours of a day as (opens, closes) in local minutes."""


@dataclass(frozen=True, slots=True)
class TicketRecord:
    """A ticket fact in local minutes of its day; None where it never happened."""

    day: date
    queue_id: QueueId
    window_id: WindowId | None
    arrived: float
    effective: float
    called: float | None
    started: float | None
    ended: float | None
    outcome: str
