"""Tickets of one pool of windows as columns: who joined, left, was served when, by whom.

The product's own ticket log and a telephone log both yield it. Times are seconds since the log's first
midnight; a ticket that never left, was never served or not yet finished carries NaN there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class TicketLog:
    """One value per ticket in every array, sorted by ``joined``.

    ``row`` is the ticket's number in its source. ``entered`` is when it was first seen (a voice menu, a
    kiosk), ``queued`` whether it waited in line at all, ``left`` when it left the line, ``started`` and
    ``finished`` its service, ``server`` who served it (-1: nobody), ``kind`` its service, ``priority`` its
    class, ``credit`` the seconds by which it counts as having come earlier, ``customer`` who it was (0:
    unknown).
    """

    row: NDArray[np.int64]
    entered: NDArray[np.float64]
    joined: NDArray[np.float64]
    left: NDArray[np.float64]
    started: NDArray[np.float64]
    finished: NDArray[np.float64]
    queued: NDArray[np.bool_]
    server: NDArray[np.int64]
    kind: NDArray[np.int64]
    priority: NDArray[np.int64]
    credit: NDArray[np.float64]
    customer: NDArray[np.int64]
    kind_names: tuple[str, ...]
    first_day: int

    def __len__(self) -> int:
        return len(self.row)

    @property
    def day(self) -> NDArray[np.int64]:
        """The proleptic ordinal of the local day on which each ticket joined."""
        return (self.joined // DAY_SECONDS).astype(np.int64) + self.first_day

    def waits(self) -> NDArray[np.float64]:
        """Return the seconds in line of every ticket that queued and was served; NaN for the others."""
        return np.where(self.queued & np.isfinite(self.started), self.left - self.joined, np.nan)

    def until(self, instant: float) -> TicketLog:
        """Return what was known at ``instant``: tickets seen by then, later happenings blanked."""
        seen = np.flatnonzero(self.joined <= instant)

        def known(times: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.where(times[seen] <= instant, times[seen], np.nan)

        started = known(self.started)
        return TicketLog(
            self.row[seen],
            self.entered[seen],
            self.joined[seen],
            known(self.left),
            started,
            known(self.finished),
            self.queued[seen],
            np.where(np.isfinite(started), self.server[seen], -1),
            self.kind[seen],
            self.priority[seen],
            self.credit[seen],
            self.customer[seen],
            self.kind_names,
            self.first_day,
        )
