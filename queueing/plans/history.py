"""Ticket history as plans need it: days of tickets that can be believed, and what was left out and why.

Nothing doubtful is used silently: every row and every day that is left out is counted by reason.
Minutes are local minutes of the day.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from queueing.plans.rules import Limits
from queueing.rules.call_order import CallPolicy
from queueing.rules.tickets import TicketStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from kernel.ids import QueueId, WindowId
    from queueing.plans.records import Sessions, TicketRecord
    from queueing.plans.rules import PlanClerk, PlanQueue, PlanWindow

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Booleans = NDArray[np.bool_]

EARLY_MINUTES = 60.0  # people queue before the doors open; earlier than that the clock was wrong
LATE_MINUTES = 30.0
LONGEST_BUSY = 240.0  # half a working day at one window: a ticket somebody forgot to finish
LONGEST_WAIT = 600.0
FEWEST_TICKETS = 0.4  # of the median day; below it the machine was off or the hall half shut
GAP_EXPECTS = 12.0  # an empty stretch where so many were usual: by chance once in e^12 = 160,000
BAD_ROWS = 0.2  # of a day's rows; beyond it the rest of the day is not believed either
TRAIN_SHARE = 0.75
FEWEST_DAYS = 8  # 6 to learn from and 2 to judge on: an interval needs at least two days


class HistoryTooShort(Exception):
    """Fewer than ``FEWEST_DAYS`` days can be believed; ``days`` says how many."""

    def __init__(self, days: int) -> None:
        super().__init__(f"{days} days of history can be used, {FEWEST_DAYS} are needed")
        self.days = days


@dataclass(frozen=True, slots=True)
class HistoryDay:
    """One day's tickets in order of arrival; arrays over tickets.

    ``busy_minutes`` is call to finish, NaN for a citizen who was not served; ``waited_minutes`` runs
    from arrival to the call or to leaving; ``absent`` were called and not there.
    """

    day: date
    queue: Integers
    joined_minutes: Floats
    effective_minutes: Floats
    busy_minutes: Floats
    waited_minutes: Floats
    gave_up: Booleans
    absent: Booleans

    @property
    def tickets(self) -> int:
        return len(self.queue)


@dataclass(frozen=True, slots=True)
class HistoryReport:
    """What was used and what was left out, by reason."""

    days_used: int
    tickets_used: int
    rows_left_out: Mapping[str, int] = field(default_factory=dict)
    days_left_out: tuple[tuple[date, str], ...] = ()


@dataclass(frozen=True, slots=True)
class HallHistory:
    """A hall and its believable days, in order of time; ``sessions`` are those of the day planned for."""

    queues: tuple[PlanQueue, ...]
    windows: tuple[PlanWindow, ...]
    clerks: tuple[PlanClerk, ...]
    sessions: Sessions
    for_day: date
    days: tuple[HistoryDay, ...]
    report: HistoryReport
    policy: CallPolicy = field(default_factory=CallPolicy)
    usual_minutes: tuple[float, ...] = ()  # [queue] from the catalogue, where history has none
    limits: Limits = field(default_factory=Limits)  # what the hall has entered; a caller may ask for others
    worked_as: Mapping[date, int] = field(default_factory=dict)  # a date that is worked like another weekday

    def weekday(self, day: date) -> int:
        """Return the weekday, 0 for Monday, whose numbers a date has: a make-up workday has another's."""
        return self.worked_as.get(day, day.weekday())

    def split(self) -> tuple[tuple[HistoryDay, ...], tuple[HistoryDay, ...]]:
        """Return (days to learn from, later days to judge on); raises ``HistoryTooShort``."""
        if len(self.days) < FEWEST_DAYS:
            raise HistoryTooShort(len(self.days))
        learned = round(len(self.days) * TRAIN_SHARE)
        return self.days[:learned], self.days[learned:]


def like_day(
    days: Sequence[HistoryDay], report: HistoryReport, sessions_of: Mapping[date, Sessions], wanted: Sessions
) -> tuple[tuple[HistoryDay, ...], HistoryReport]:
    """Return the days with the opening hours of the day planned for, where they are enough.

    Where they are not, all days count, with the tickets that came within those hours.
    """
    like = tuple(day for day in days if sessions_of[day.day] == wanted)
    if len(like) < FEWEST_DAYS:
        cut = tuple(_within(day, wanted) for day in days) if wanted else ()
        return cut, replace(report, tickets_used=sum(day.tickets for day in cut))
    other = [(day.day, "other opening hours") for day in days if sessions_of[day.day] != wanted]
    return like, replace(
        report,
        days_used=len(like),
        tickets_used=sum(day.tickets for day in like),
        days_left_out=tuple(sorted((*report.days_left_out, *other))),
    )


def _within(day: HistoryDay, sessions: Sessions) -> HistoryDay:
    joined = day.joined_minutes
    inside = (joined >= sessions[0][0] - EARLY_MINUTES) & (joined < sessions[-1][1])
    return HistoryDay(
        day=day.day,
        queue=day.queue[inside],
        joined_minutes=joined[inside],
        effective_minutes=day.effective_minutes[inside],
        busy_minutes=day.busy_minutes[inside],
        waited_minutes=day.waited_minutes[inside],
        gave_up=day.gave_up[inside],
        absent=day.absent[inside],
    )


def read_history(
    records: Iterable[TicketRecord],
    queues: Sequence[PlanQueue],
    windows: Sequence[PlanWindow],
    sessions_of: Mapping[date, Sessions],
) -> tuple[tuple[HistoryDay, ...], HistoryReport]:
    """Return the days that can be believed, in order, and the report of what was left out.

    ``sessions_of``: opening hours of every date on which the hall was open.
    """
    place = {queue.id: bit for bit, queue in enumerate(queues)}
    known_windows = {window.id for window in windows}
    kept: defaultdict[date, list[TicketRecord]] = defaultdict(list)
    bad: defaultdict[date, Counter[str]] = defaultdict(Counter)
    for record in records:
        reason = row_problem(record, place.keys(), known_windows, sessions_of.get(record.day))
        if reason is None:
            kept[record.day].append(record)
        else:
            bad[record.day][reason] += 1
    problems = _day_problems(kept, bad, sessions_of)
    days = tuple(_day(day, kept[day], place) for day in sorted(kept) if day not in problems)
    report = HistoryReport(
        days_used=len(days),
        tickets_used=sum(day.tickets for day in days),
        rows_left_out=dict(sum(bad.values(), Counter())),
        days_left_out=tuple(sorted(problems.items())),
    )
    return days, report


def row_problem(
    record: TicketRecord,
    queues: Iterable[QueueId],
    windows: Iterable[WindowId],
    sessions: Sessions | None,
) -> str | None:
    """Return why a row cannot be believed, or None."""
    if record.queue_id not in queues:
        return "queue unknown to the hall"
    if record.window_id is not None and record.window_id not in windows:
        return "window unknown to the hall"
    if not sessions:
        return "hall closed on that day"
    if not sessions[0][0] - EARLY_MINUTES <= record.arrived < sessions[-1][1] + LATE_MINUTES:
        return "outside opening hours"
    return _times_problem(record)


def _times_problem(record: TicketRecord) -> str | None:
    served = record.outcome == TicketStatus.FINISHED
    if served and (record.called is None or record.ended is None):
        return "times missing"
    happened = [
        instant
        for instant in (record.arrived, record.called, record.started, record.ended)
        if instant is not None
    ]
    if sorted(happened) != happened:
        return "times out of order"
    if served and not 0 < happened[-1] - _called(record) <= LONGEST_BUSY:
        return "impossible duration"
    if _called(record) - record.arrived > LONGEST_WAIT:
        return "impossible wait"
    return None


def _called(record: TicketRecord) -> float:
    return record.arrived if record.called is None else record.called


def _day_problems(
    kept: Mapping[date, Sequence[TicketRecord]],
    bad: Mapping[date, Counter[str]],
    sessions_of: Mapping[date, Sessions],
) -> dict[date, str]:
    """Return the days that cannot be believed as a whole."""
    if not kept:
        return {day: "no row that can be believed" for day in bad}
    usual = _usual_tickets(kept, sessions_of)
    problems = {day: "no row that can be believed" for day in bad if day not in kept}
    for day, rows in kept.items():
        wrong = sum(bad[day].values()) if day in bad else 0
        if wrong > BAD_ROWS * (wrong + len(rows)):
            problems[day] = "too many rows that cannot be believed"
        elif len(rows) < FEWEST_TICKETS * usual[sessions_of[day]]:
            problems[day] = "far fewer tickets than usual"
        elif _has_gap(day, kept, sessions_of):
            problems[day] = "a gap in the day"
    return problems


def _usual_tickets(
    kept: Mapping[date, Sequence[TicketRecord]], sessions_of: Mapping[date, Sessions]
) -> dict[Sessions, float]:
    """Return the median number of tickets of the days with the same opening hours."""
    counts: defaultdict[Sessions, list[int]] = defaultdict(list)
    for day, rows in kept.items():
        counts[sessions_of[day]].append(len(rows))
    return {sessions: median(numbers) for sessions, numbers in counts.items()}


def _gaps(rows: Sequence[TicketRecord], sessions: Sessions) -> list[tuple[float, float]]:
    """Return the stretches between arrivals, and to the doors' opening and closing, of each session."""
    arrived = sorted(row.arrived for row in rows)
    stretches: list[tuple[float, float]] = []
    for opens, closes in sessions:
        inside = [opens, *(instant for instant in arrived if opens < instant < closes), closes]
        stretches.extend(pairwise(inside))
    return stretches


def _has_gap(
    day: date, kept: Mapping[date, Sequence[TicketRecord]], sessions_of: Mapping[date, Sessions]
) -> bool:
    """Return whether nobody came in a stretch in which like days had ``GAP_EXPECTS`` tickets on average."""
    sessions = sessions_of[day]
    start, end = max(_gaps(kept[day], sessions), key=lambda gap: gap[1] - gap[0])
    others = [other for other in kept if other != day and sessions_of[other] == sessions]
    seen = sum(start < row.arrived < end for other in others for row in kept[other])
    return bool(others) and seen / len(others) >= GAP_EXPECTS


def _day(day: date, rows: Sequence[TicketRecord], place: Mapping[QueueId, int]) -> HistoryDay:
    rows = sorted(rows, key=lambda row: (row.arrived, row.effective, place[row.queue_id]))
    gave_up = [row.outcome == TicketStatus.GIVEN_UP and row.ended is not None for row in rows]
    return HistoryDay(
        day=day,
        queue=np.array([place[row.queue_id] for row in rows], dtype=np.int64),
        joined_minutes=np.array([row.arrived for row in rows]),
        effective_minutes=np.array([row.effective for row in rows]),
        busy_minutes=np.array([_busy(row) for row in rows]),
        waited_minutes=np.array([_waited(row) for row in rows]),
        gave_up=np.array(gave_up, dtype=np.bool_),
        absent=np.array([row.outcome == TicketStatus.NEVER_CAME for row in rows], dtype=np.bool_),
    )


def _busy(row: TicketRecord) -> float:
    if row.outcome != TicketStatus.FINISHED or row.ended is None:
        return float("nan")
    return row.ended - _called(row)


def _waited(row: TicketRecord) -> float:
    until = row.called if row.called is not None else row.ended
    return 0.0 if until is None else until - row.arrived
