"""A live hall in the engine's terms: today's citizens to come, its plan as it really runs, its state."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from queueing.engine import (
    AppointmentSlot,
    Break,
    HallModel,
    Plan,
    QueueModel,
    empirical,
    exponential,
    lognormal,
)
from queueing.engine import PlanEntry as EngineEntry
from queueing.engine.forward import BusyWindow, LiveState, WaitingTicket
from queueing.live.arrivals import walk_ins_ahead
from queueing.live.flow import FIRST_DAY_CV
from queueing.rules.published import FURTHEST_MINUTES
from queueing.rules.windows import PlanEntry, WindowStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from kernel.catalogue import HallQueue
    from kernel.ids import QueueId, WindowId
    from queueing.engine import Distribution
    from queueing.live.arrivals import WalkIns
    from queueing.live.flow import QueueFlow
    from queueing.live.reading import HallFacts, HallNow, LiveWindow
    from queueing.live.state import HallState

    Sessions = tuple[tuple[float, float], ...]

QUARTER = 15.0
LOOKS_AHEAD = FURTHEST_MINUTES + 30.0  # who comes later passes nobody asked about: credits are shorter
SHORTEST_ABSENCE, LONGEST_ABSENCE = 3.0, 120.0
STAYS_OPEN = 20.0  # minutes for which a window that is open outside its plan is believed to go on
LATEST_SHOW = 45.0  # minutes after the slot start; whoever is later does not come
MISSED_MINUTES = 2.0  # a call, two repetitions 20 s apart, and the clerk's key
MINUTE = timedelta(minutes=1)
PERSON_BITS = (1 << 40) - 1  # of a ticket's random id: a person keeps their draws from round to round


@dataclass(frozen=True, slots=True)
class Today:
    """A hall's local day: minutes are counted from ``midnight``; no ``sessions`` on a day off."""

    midnight: datetime
    sessions: Sessions
    minute: float

    @classmethod
    def of(cls, facts: HallFacts, now: datetime) -> Today:
        day = facts.calendar.local_day(now)
        midnight = facts.calendar.at_minute(day, 0)
        sessions = tuple(
            ((span.opens_at - midnight) / MINUTE, (span.closes_at - midnight) / MINUTE)
            for span in facts.calendar.spans(day)
        )
        return cls(midnight, sessions, (now - midnight) / MINUTE)

    def at(self, instant: datetime) -> float:
        """Return an instant in minutes of this day."""
        return (instant - self.midnight) / MINUTE

    @property
    def closes(self) -> float:
        return self.sessions[-1][1]


@dataclass(frozen=True, slots=True)
class LiveHall:
    """A hall ready to be run forward; queues and windows numbered as in ``model``, minutes from midnight.

    ``meant``: the one window that calls somebody who waits, by the key of their random numbers.
    """

    model: HallModel
    plan: Plan
    live: LiveState
    midnight: datetime
    meant: Mapping[int, int] = field(default_factory=dict)


def live_hall(facts: HallFacts, state: HallState, seen: HallNow, now: datetime) -> LiveHall | None:
    """Return the hall as it stands at ``now``; None on a day off and for a hall without windows.

    Raises ``BadModel`` for a plan that cannot be (overlapping entries).
    """
    today = Today.of(facts, now)
    if not today.sessions or not seen.windows:
        return None
    queues = {queue.id: place for place, queue in enumerate(facts.queues)}
    windows = {window.id: place for place, window in enumerate(seen.windows)}
    serves = [entry for entry in _as_it_runs(seen, today) if entry.queue_id in queues]
    coming = walk_ins_ahead(facts, state, minute=today.minute, until_minute=today.minute + LOOKS_AHEAD)
    model = HallModel(
        queues=tuple(_queue(queue, facts.flows[queue.id], coming, seen, today) for queue in facts.queues),
        windows=tuple(window.label for window in seen.windows),
        sessions=today.sessions,
        interval_minutes=QUARTER,
        day_cv=coming.hall_cv,
        missed_minutes=MISSED_MINUTES,
        policy=facts.policy,
    )
    plan = Plan(
        tuple(
            EngineEntry(windows[e.window_id], queues[e.queue_id], e.from_minute, e.to_minute, e.helping)
            for e in serves
        ),
        tuple(_absences(seen.windows, serves, today)),
    )
    closed = {window.id for window in seen.windows if window.status is WindowStatus.CLOSED}
    meant = {
        ticket_id.int & PERSON_BITS: windows[window_id]
        for ticket_id, window_id in seen.meant.items()
        if window_id in windows and window_id not in closed
    }
    return LiveHall(model, plan, _live(state, queues, windows, seen.windows, today), today.midnight, meant)


def _queue(queue: HallQueue, flow: QueueFlow, coming: WalkIns, seen: HallNow, today: Today) -> QueueModel:
    own = [booked for booked in seen.expected if booked.queue_id == queue.id]
    shows = [booked.show_probability for booked in own]
    first, last = today.minute - LATEST_SHOW, today.minute + LOOKS_AHEAD
    due = [at for booked in own if first <= (at := today.at(booked.due_at)) <= last]
    return QueueModel(
        name=queue.prefix,
        walk_ins_per_interval=coming.per_quarter[queue.id],
        service=_service(queue, flow),
        day_cv=coming.queue_cv.get(queue.id, 0.0),
        patience=None if flow.patience is None else exponential(max(flow.patience, 1.0)),
        priority_share=flow.priority,
        missed_share=flow.missed,
        appointments=tuple(AppointmentSlot(at) for at in due),
        no_show_share=min(1.0, max(0.0, 1.0 - sum(shows) / len(shows))) if shows else 0.0,
        punctuality=empirical(flow.early),
    )


def _service(queue: HallQueue, flow: QueueFlow) -> Distribution:
    """Return the time a citizen keeps a window: as learned, or about the catalogue's typical minutes."""
    if flow.service:
        return empirical(flow.service)
    return lognormal(max(queue.mean_minutes, 0.5), FIRST_DAY_CV)


def _as_it_runs(seen: HallNow, today: Today) -> list[PlanEntry]:
    """Return the plan inside the opening hours, as far as the clerks now at the windows can serve it.

    A window that is open outside its plan goes on with what it served last, for some minutes.
    """
    entries: list[PlanEntry] = []
    for window in seen.windows:
        own = [entry for entry in seen.plan if entry.window_id == window.id]
        planned = [part for entry in own if _can(window, entry) for part in _inside(entry, today.sessions)]
        entries.extend(planned)
        if window.status is WindowStatus.OPEN and not _runs(planned, today):
            entries.extend(_gone_on(planned, today.minute))
    return entries


def _can(window: LiveWindow, entry: PlanEntry) -> bool:
    return not window.skills or entry.queue_id in window.skills


def _inside(entry: PlanEntry, sessions: Sessions) -> Iterator[PlanEntry]:
    for opens, closes in sessions:
        begins, ends = max(entry.from_minute, int(opens)), min(entry.to_minute, int(closes))
        if begins < ends:
            yield PlanEntry(entry.window_id, entry.queue_id, entry.helping, begins, ends)


def _runs(entries: Sequence[PlanEntry], today: Today) -> bool:
    """Return whether a window is planned to serve now; after closing, whoever is inside is still served."""
    minute = min(today.minute, today.closes - 1)
    return any(entry.holds_at(minute) for entry in entries)


def _gone_on(entries: Sequence[PlanEntry], minute: float) -> Iterator[PlanEntry]:
    """Yield what an open window goes on with in a gap of its plan."""
    ended = [entry.to_minute for entry in entries if entry.to_minute <= minute]
    if not ended:
        return
    begins = min((entry.from_minute for entry in entries if entry.from_minute > minute), default=24 * 60)
    until = min(int(minute + STAYS_OPEN), begins)
    for entry in entries:
        if entry.to_minute == max(ended) and int(minute) < until:
            yield PlanEntry(entry.window_id, entry.queue_id, entry.helping, int(minute), until)


def _absences(windows: Sequence[LiveWindow], serves: Sequence[PlanEntry], today: Today) -> Iterator[Break]:
    """Yield a break for each window that should serve now and is paused or closed.

    It is believed to stay away as long again as it already has: for absences of which nothing else is
    known the elapsed time is the usual guess of what is left (Gott, Nature 363 (1993) 315).
    """
    for place, window in enumerate(windows):
        own = [entry for entry in serves if entry.window_id == window.id]
        if window.status is WindowStatus.OPEN or not _runs(own, today):
            continue
        away = today.minute - _away_since(window, own, today)
        left = min(max(away, SHORTEST_ABSENCE), LONGEST_ABSENCE)
        yield Break(place, today.minute, today.minute + left)


def _away_since(window: LiveWindow, own: Sequence[PlanEntry], today: Today) -> float:
    planned = max(
        (entry.from_minute for entry in own if entry.from_minute <= today.minute), default=today.minute
    )
    opened = max((opens for opens, _ in today.sessions if opens <= today.minute), default=today.minute)
    changed = today.at(window.changed_at) if window.changed_at is not None else 0.0
    return min(today.minute, max(planned, opened, changed))


def _live(
    state: HallState,
    queues: Mapping[QueueId, int],
    windows: Mapping[WindowId, int],
    standing: Sequence[LiveWindow],
    today: Today,
) -> LiveState:
    waiting = tuple(
        WaitingTicket(
            queues[ticket.queue_id],
            today.at(ticket.arrived_at),
            today.at(ticket.effective_at),
            key=ticket.id.int & PERSON_BITS,
        )
        for ticket in state.waiting_by_joining()
        if ticket.queue_id in queues
    )
    changed = {window.id: window.changed_at for window in standing}
    busy = []
    for window_id, ticket in state.at_window.items():
        if window_id in windows and ticket.queue_id in queues:
            # A repeated call moves called_at, a pause the window's own instant: the earlier is the call.
            known = [at for at in (ticket.called_at, changed[window_id]) if at is not None]
            since = today.at(min(known)) if known else today.minute
            busy.append(BusyWindow(windows[window_id], queues[ticket.queue_id], since))
    return LiveState(today.minute, waiting, tuple(busy))
