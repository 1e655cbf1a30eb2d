"""What the estimator reads: a few statements for all halls together, however many there are."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, func, or_, select

from kernel import catalogue
from kernel.ids import HallId, TicketId, WindowId
from kernel.tables import HallClockRow
from queueing.live.calibration import Outcome
from queueing.live.flow import UNKNOWN, QueueFlow, flow_of
from queueing.live.state import LiveTicket
from queueing.plans_in_force import plan_entries
from queueing.rules.demand import DemandProfile, profile_from
from queueing.rules.policy import hall_policy
from queueing.rules.published import LEARNED, PHYSICAL, Stretch
from queueing.rules.tickets import ENDINGS, TicketAction, TicketStatus
from queueing.rules.waits import WaitRange
from queueing.rules.windows import PlanEntry, WindowStatus
from queueing.store.tickets import tickets
from queueing.store.windows import skills, windows
from queueing.tables import ExpectedArrivalRow, TicketEventRow, TicketFactRow
from queueing.wait_tables import WaitProfileRow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import date, datetime
    from typing import Any

    from sqlalchemy import Row
    from sqlmodel import Session

    from kernel.calendar import OpeningCalendar
    from kernel.catalogue import HallQueue
    from kernel.ids import QueueId, StaffId
    from queueing.rules.call_order import CallPolicy

_clocks = HallClockRow.__table__
_expected = ExpectedArrivalRow.__table__
_profiles = WaitProfileRow.__table__
_log = TicketEventRow.__table__
_facts = TicketFactRow.__table__
_TOLD = ("told_p10", "told_p50", "told_p90", "told_up", "told_down", "told_by")


@dataclass(frozen=True, slots=True)
class LiveWindow:
    """A window as it stands: its status, since when, and the queues its clerk can serve (empty: all)."""

    id: WindowId
    label: str
    status: WindowStatus
    changed_at: datetime | None
    skills: frozenset[QueueId] = frozenset()


@dataclass(frozen=True, slots=True)
class Expected:
    """Somebody who is booked and has not checked in."""

    queue_id: QueueId
    due_at: datetime
    show_probability: float


@dataclass(frozen=True, slots=True)
class HallFacts:
    """What seldom changes in a hall."""

    id: HallId
    calendar: OpeningCalendar
    policy: CallPolicy
    queues: tuple[HallQueue, ...]
    flows: Mapping[QueueId, QueueFlow]
    demand: Mapping[QueueId, DemandProfile]


@dataclass(frozen=True, slots=True)
class HallNow:
    """What may have changed in a hall since the last look; ``meant``: who waits for one window alone."""

    seq: int
    windows: tuple[LiveWindow, ...]
    plan: tuple[PlanEntry, ...]
    expected: tuple[Expected, ...]
    meant: Mapping[TicketId, WindowId] = field(default_factory=dict)


def hall_facts(session: Session) -> dict[HallId, HallFacts]:
    """Return the facts of every staffed hall."""
    halls = {hall.id: hall for hall in catalogue.halls(session) if hall.kind == "hall"}
    calendars = catalogue.calendars(session, halls)
    queues: defaultdict[HallId, list[HallQueue]] = defaultdict(list)
    for queue in catalogue.all_queues(session).values():
        queues[queue.hall_id].append(queue)
    flows: dict[QueueId, QueueFlow] = {}
    demand: dict[QueueId, DemandProfile] = {}
    for row in session.execute(select(_profiles.c.queue_id, _profiles.c.profile)):
        flows[row.queue_id] = flow_of(row.profile)
        if stored := row.profile.get("demand"):
            demand[row.queue_id] = profile_from(stored)
    return {
        hall_id: HallFacts(
            hall_id,
            calendars[hall_id],
            hall_policy(hall.policy).call,
            tuple(own := sorted(queues[hall_id], key=lambda queue: queue.rank)),
            {queue.id: flows.get(queue.id, UNKNOWN) for queue in own},
            {queue.id: demand[queue.id] for queue in own if queue.id in demand},
        )
        for hall_id, hall in halls.items()
        if queues[hall_id]
    }


def facts_mark(session: Session) -> tuple[object, ...]:
    """Return something that changes whenever wait profiles were learned anew."""
    row = session.execute(
        select(_profiles.c.made_at, _profiles.c.queue_id).order_by(_profiles.c.made_at.desc()).limit(1)
    ).one_or_none()
    return () if row is None else tuple(row)


def seqs(session: Session) -> dict[HallId, int]:
    """Return the number of each hall's last event: it moves with every change of its queue or windows."""
    return {row.hall_id: row.seq for row in session.execute(select(_clocks.c.hall_id, _clocks.c.seq))}


def changed_tickets(
    session: Session, since: Mapping[HallId, tuple[date, datetime | None]]
) -> Iterator[tuple[HallId, LiveTicket]]:
    """Yield each hall's tickets of its day that changed at or after an instant; None yields all of the day.

    A hall's instants never run backwards and each change stamps its ticket, so looking again from the last
    instant seen misses nothing.
    """
    days = defaultdict(list)
    for hall_id, (day, after) in since.items():
        days[day, after].append(hall_id)
    wanted = [
        and_(tickets.c.hall_id.in_(halls), tickets.c.day == day, *_changed_since(after))
        for (day, after), halls in days.items()
    ]
    columns = [tickets.c[name] for name in ("hall_id", *LiveTicket.__dataclass_fields__)]
    for row in session.execute(select(*columns).where(or_(*wanted))):
        hall_id, *values = row
        ticket = LiveTicket(*values)
        yield hall_id, _with_status(ticket)


def _changed_since(after: datetime | None) -> Sequence[Any]:
    return () if after is None else (tickets.c.changed_at >= after,)


def _with_status(ticket: LiveTicket) -> LiveTicket:
    return LiveTicket(
        *(ticket.id, ticket.queue_id, ticket.number, TicketStatus(ticket.status), ticket.arrived_at),
        *(ticket.effective_at, ticket.window_id, ticket.called_at, ticket.changed_at, ticket.due_at),
    )


def halls_now(
    session: Session, facts: Mapping[HallId, HallFacts], seq_of: Mapping[HallId, int], now: datetime
) -> dict[HallId, HallNow]:
    """Return windows, plan and bookings of these halls as they stand."""
    standing = _windows(session, facts)
    booked, meant = _bookings(session, facts, now), _meant(session, facts)
    plans: defaultdict[HallId, list[PlanEntry]] = defaultdict(list)
    hall_of = {window.id: hall_id for hall_id, own in standing.items() for window in own}
    for entry in plan_entries(session, {hall_id: own.calendar for hall_id, own in facts.items()}, now):
        if entry.window_id in hall_of:
            plans[hall_of[entry.window_id]].append(entry)
    return {
        hall_id: HallNow(
            *(seq_of.get(hall_id, 0), tuple(standing[hall_id]), tuple(plans[hall_id])),
            *(tuple(booked[hall_id]), meant[hall_id]),
        )
        for hall_id in facts
    }


def _meant(session: Session, hall_ids: Collection[HallId]) -> dict[HallId, dict[TicketId, WindowId]]:
    """Return who waits for one window alone, read anew each time: a window that closes changes no ticket."""
    found: defaultdict[HallId, dict[TicketId, WindowId]] = defaultdict(dict)
    for row in session.execute(
        select(tickets.c.hall_id, tickets.c.id, tickets.c.for_window_id).where(
            tickets.c.for_window_id.is_not(None),
            tickets.c.status == TicketStatus.WAITING,
            tickets.c.hall_id.in_(hall_ids),
        )
    ):
        found[HallId(row.hall_id)][TicketId(row.id)] = WindowId(row.for_window_id)
    return found


def told_outcomes(
    session: Session, hall_ids: Collection[HallId], *, since: date, before: date | None = None
) -> list[Outcome]:
    """Return the ranges that estimators told and what became of them.

    ``before`` set: days ``since`` … ``before`` (left out), from facts; None: tickets of ``since`` and later.
    """
    if before is not None:
        table, status, left_at = _facts, _facts.c.outcome, _facts.c.ended_at
    else:
        table, status, left_at = tickets, tickets.c.status, tickets.c.changed_at
    called_at = table.c.called_at if before is not None else _first_called_at()
    columns = [table.c[name] for name in ("hall_id", "queue_id", "arrived_at", *_TOLD)]
    asked = select(
        *columns, called_at.label("called_at"), status.label("status"), left_at.label("left_at")
    ).where(table.c.hall_id.in_(hall_ids), table.c.day >= since, table.c.told_by.in_((PHYSICAL, LEARNED)))
    if before is not None:
        asked = asked.where(table.c.day < before)
    return [_outcome(row) for row in session.execute(asked)]


def _first_called_at() -> Any:
    """Return when a ticket was called first: a repeated call moves ``called_at``, but ends no wait again."""
    first = (
        select(func.min(_log.c.at))
        .where(_log.c.ticket_id == tickets.c.id, _log.c.what == TicketAction.CALL.value)
        .scalar_subquery()
    )
    return case((tickets.c.calls > 1, first), else_=tickets.c.called_at)


def _outcome(row: Row[Any]) -> Outcome:
    told = WaitRange(row.told_p10, row.told_p50, row.told_p90)
    raw = Stretch(row.told_up or 1.0, row.told_down or 1.0).undone(told)
    called = row.called_at is not None
    return Outcome(
        row.hall_id,
        row.queue_id,
        row.arrived_at,
        (told.p10, told.p50, told.p90),
        (raw.p10, raw.p50, raw.p90),
        (row.called_at - row.arrived_at).total_seconds() / 60 if called else None,
        row.left_at if not called and row.status in ENDINGS else None,
        row.told_by,
    )


def _windows(session: Session, hall_ids: Collection[HallId]) -> defaultdict[HallId, list[LiveWindow]]:
    skilled: defaultdict[StaffId, set[QueueId]] = defaultdict(set)
    for row in session.execute(
        select(skills).where(
            skills.c.staff_id.in_(select(windows.c.clerk_id).where(windows.c.hall_id.in_(hall_ids)))
        )
    ):
        skilled[row.staff_id].add(row.queue_id)
    found: defaultdict[HallId, list[LiveWindow]] = defaultdict(list)
    for row in session.execute(
        select(windows)
        .where(windows.c.hall_id.in_(hall_ids))
        .order_by(windows.c.hall_id, windows.c.rank, windows.c.id)
    ):
        can = frozenset(skilled.get(row.clerk_id, ()))
        found[row.hall_id].append(
            LiveWindow(row.id, row.label, WindowStatus(row.status), row.changed_at, can)
        )
    return found


def _bookings(
    session: Session, facts: Mapping[HallId, HallFacts], now: datetime
) -> defaultdict[HallId, list[Expected]]:
    """Return who is expected today, those who are late but may still come included."""
    hall_of = {queue.id: hall_id for hall_id, own in facts.items() for queue in own.queues}
    begins = min(
        (own.calendar.at_minute(own.calendar.local_day(now), 0) for own in facts.values()), default=now
    )
    ends = max(
        (own.calendar.at_minute(own.calendar.local_day(now), 1440) for own in facts.values()), default=now
    )
    found: defaultdict[HallId, list[Expected]] = defaultdict(list)
    for row in session.execute(
        select(_expected.c.queue_id, _expected.c.due_at, _expected.c.show_probability)
        .where(_expected.c.due_at >= begins, _expected.c.due_at < ends)
        .order_by(_expected.c.due_at, _expected.c.reference, _expected.c.queue_id)
    ):
        if row.queue_id in hall_of:
            found[hall_of[row.queue_id]].append(Expected(row.queue_id, row.due_at, row.show_probability))
    return found
