"""A window plan as a table for people: one line per window and stretch of the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel import catalogue
from kernel.spreadsheets import sheet
from queueing.plans import service
from queueing.rules.plan_changes import stretches
from queueing.store import windows_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sqlmodel import Session

    from kernel.calendar import OpeningCalendar
    from kernel.identity import Staff
    from kernel.ids import ProposalId, QueueId, WindowId
    from queueing.rules.plan_changes import Stretch
    from queueing.rules.windows import PlanEntry

DAY_MINUTES = 1440
HEADINGS = ("window", "from", "to", "primary", "helping")


def plan_csv(
    entries: Sequence[PlanEntry],
    windows: Mapping[WindowId, str],
    queues: Mapping[QueueId, str],
    *,
    hours: Sequence[tuple[int, int]],
) -> str:
    """Return a plan as CSV: labels and prefixes from the mappings, in their order; times as HH:MM.

    ``hours`` are the stretches in which the hall is open, in local minutes. A plan is stored for whole
    days, and nobody sits at a window from midnight on.
    """
    return sheet(
        HEADINGS,
        (
            (label, _clock(own.from_minute), _clock(own.to_minute), *_lists(own, queues))
            for window_id, label in windows.items()
            for opens, closes in hours
            for own in stretches(entries, window_id, opens=opens, closes=closes)
        ),
    )


def _lists(own: Stretch, queues: Mapping[QueueId, str]) -> list[str]:
    """Return the prefixes of the primary and of the helping queues."""
    return [
        " ".join(queues[queue] for queue in queues if own.served.get(queue) is helping)
        for helping in (False, True)
    ]


def hours_of(calendar: OpeningCalendar, day: date) -> list[tuple[int, int]]:
    """Return when a hall is open on a date, in local minutes; of a day off the whole day."""
    spans = calendar.spans(day)
    if not spans:
        return [(0, DAY_MINUTES)]
    edges = (
        (calendar.minute_of_day(span.opens_at), calendar.minute_of_day(span.closes_at)) for span in spans
    )
    return [(round(opens), round(closes)) for opens, closes in edges]


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
    hours = hours_of(catalogue.calendar(session, stored.hall_id), stored.for_day)
    return plan_csv(stored.entries, windows, queues, hours=hours)
