"""A window plan as a table for people: one line per window and stretch of the day."""

from __future__ import annotations

import csv
import io
from itertools import pairwise
from typing import TYPE_CHECKING

from kernel import catalogue
from queueing.plans import service
from queueing.rules.windows import served_at
from queueing.store import windows_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlmodel import Session

    from kernel.identity import Staff
    from kernel.ids import ProposalId, QueueId, WindowId
    from queueing.rules.windows import PlanEntry

HEADINGS = ("window", "from", "to", "primary", "helping")
BYTE_ORDER_MARK = "\ufeff"  # spreadsheets take a file without it for the local code page


def plan_csv(
    entries: Sequence[PlanEntry], windows: Mapping[WindowId, str], queues: Mapping[QueueId, str]
) -> str:
    """Return a plan as CSV: labels and prefixes from the mappings, in their order; times as HH:MM."""
    text = io.StringIO()
    text.write(BYTE_ORDER_MARK)
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(HEADINGS)
    for window_id, label in windows.items():
        own = [entry for entry in entries if entry.window_id == window_id]
        edges = sorted({edge for entry in own for edge in (entry.from_minute, entry.to_minute)})
        for start, end in pairwise(edges):
            served = served_at(own, window_id, start)
            lists = [
                " ".join(queues[queue] for queue in queues if queue in served and served[queue] is helping)
                for helping in (False, True)
            ]
            if served:
                table.writerow((label, _clock(start), _clock(end), *lists))
    return text.getvalue()


def _clock(minute: int) -> str:
    """Return a minute of the day as people read it.

    >>> _clock(510)
    '08:30'
    """
    return f"{minute // 60:02d}:{minute % 60:02d}"


def proposal_csv(session: Session, proposal_id: ProposalId, *, by: Staff) -> str:
    """Return a proposal's plan as CSV; raises ``ProposalNotFound``, ``WrongHall``."""
    stored = service.proposal_view(session, proposal_id, by=by).proposal
    windows = {window.id: window.label for window in windows_of(session, stored.hall_id)}
    queues = {queue.id: queue.prefix for queue in catalogue.queues(session, stored.hall_id)}
    return plan_csv(stored.entries, windows, queues)
