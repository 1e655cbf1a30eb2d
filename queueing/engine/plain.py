"""The slow, obvious twin of the compiled day: plain Python that asks ``choose_next`` itself.

It exists to be compared with: tests and the conformance benchmark require identical records.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from queueing.engine.arrays import list_factor, microseconds, rank_order
from queueing.engine.plan import Phase, check_plan, phases_of
from queueing.engine.result import Outcome
from queueing.rules.call_order import QueueHead, choose_next

if TYPE_CHECKING:
    from queueing.engine.model import HallModel
    from queueing.engine.plan import Plan
    from queueing.engine.run import Days

MIDNIGHT = datetime(2001, 1, 1, tzinfo=UTC)  # any day: only differences matter


@dataclass(slots=True)
class PlainTicket:
    """One ticket and what became of it; instants in microseconds since midnight."""

    index: int
    number: int
    queue: int
    joined: int
    effective: int
    service: int
    walk: int | None  # None: absent when called
    deadline: int
    child: int
    called: int = -1
    finished: int = -1
    window: int = -1
    outcome: Outcome = Outcome.NOT_YET


@dataclass(slots=True)
class _Window:
    index: int
    rank: int
    pool: int
    phases: list[Phase]
    position: int = 0
    current: Phase | None = None  # what it calls by
    configured: frozenset[int] = frozenset()
    event: int | None = None
    serving: PlainTicket | None = None
    idle: bool = False


@dataclass(slots=True)
class PlainDay:
    """One day under one plan. ``tickets`` is in the order of the drawn day."""

    model: HallModel
    plan: Plan
    tickets: list[PlainTicket]
    joining: int
    waiting: list[PlainTicket] = field(default_factory=list)
    windows: list[_Window] = field(default_factory=list)
    last: int = 0

    def run(self) -> list[PlainTicket]:
        """Play the day and return the tickets."""
        self._open()
        coming = 0
        while True:
            events = [(w.event, w.rank, w) for w in self.windows if w.event is not None]
            now, _, window = min(events, key=lambda event: event[:2], default=(None, 0, None))
            if coming < self.joining and (now is None or self.tickets[coming].joined <= now):
                self._join(self.tickets[coming], self.tickets[coming].joined)
                coming += 1
            elif now is None or window is None:
                break
            else:
                self.last = now
                self._window_event(window, now)
        self._close()
        return self.tickets

    def _open(self) -> None:
        check_plan(self.model, self.plan)
        phases = [phases_of(self.plan, window) for window in range(len(self.model.windows))]
        pools = self.model.pools or tuple(range(len(phases)))
        for rank, index in enumerate(rank_order(phases)):
            first = microseconds(phases[index][0].from_minutes) if phases[index] else None
            self.windows.append(_Window(index, rank, pools[index], phases[index], event=first))

    def _join(self, ticket: PlainTicket, now: int) -> None:
        ticket.joined = now
        while (window := self._idle_window(ticket.queue)) is not None:
            window.idle = False
            if not self._replace_overdue(window, now):
                self._serve(window, ticket, now)
                return
            window.event = now
        self.waiting.append(ticket)

    def _idle_window(self, queue: int) -> _Window | None:
        able = [w for w in self.windows if w.idle and w.current and queue in w.current.primary]
        able = able or [w for w in self.windows if w.idle and w.current and queue in w.current.helping]
        return min(able, key=lambda w: w.rank, default=None)

    def _window_event(self, window: _Window, now: int) -> None:
        leaving, window.serving, window.idle = window.serving, None, False
        if leaving is not None and leaving.child >= 0:
            self._join(self.tickets[leaving.child], now)
            return  # tickets join before windows call: its event comes again at this instant
        self._give_up(now)
        while True:
            head = self._head(window, now)
            if window.current is None or (now >= self._ends(window) and not (head and self._stays(window))):
                ready = self._settle(window, now)
                if ready != now:
                    window.event = ready
                    return
            elif now < self._ends(window) and self._replace_overdue(window, now):
                continue
            elif head is None:
                window.idle, window.event = True, self._ends_or_never(window)
                return
            else:
                self.waiting.remove(head)
                self._serve(window, head, now)
                return

    def _head(self, window: _Window, now: int) -> PlainTicket | None:
        """Return the ticket that the live system's rule would call to this window."""
        if window.current is None:
            return None
        heads = []
        for queue in window.current.primary | window.current.helping:
            line = [ticket for ticket in self.waiting if ticket.queue == queue]
            if line:
                first = min(line, key=lambda ticket: (ticket.effective, ticket.number))
                effective_at = MIDNIGHT + timedelta(microseconds=first.effective)
                helping = queue not in window.current.primary
                heads.append(QueueHead(first, effective_at, helping, queue, first.number))
        chosen = choose_next(heads, now=MIDNIGHT + timedelta(microseconds=now), policy=self.model.policy)
        return None if chosen is None else chosen.ticket

    def _serve(self, window: _Window, ticket: PlainTicket, now: int) -> None:
        ticket.called, ticket.window = now, window.index
        if ticket.walk is None:
            ticket.outcome = Outcome.MISSED
            ticket.finished = now + microseconds(self.model.missed_minutes)
        else:
            ticket.outcome = Outcome.SERVED
            current = window.current or Phase(0, 0, frozenset(), frozenset())
            pace = self.model.pace[ticket.queue][window.index] if self.model.pace else 1.0
            factor = list_factor(self.model, len(current.primary | current.helping)) * pace
            ticket.finished = now + ticket.walk + int(ticket.service * factor + 0.5)
        window.serving, window.event = ticket, ticket.finished

    def _give_up(self, now: int) -> None:
        for ticket in [ticket for ticket in self.waiting if ticket.deadline < now]:
            ticket.outcome, ticket.finished = Outcome.GAVE_UP, ticket.deadline
            self.waiting.remove(ticket)

    def _settle(self, window: _Window, now: int) -> int | None:
        """Move the window to what the plan wants at ``now``; return when it may call, None for never."""
        window.current = None
        while window.position < len(window.phases):
            phase = window.phases[window.position]
            begins, ends = microseconds(phase.from_minutes), microseconds(phase.to_minutes)
            if now < begins:
                return begins
            if phase.rests:
                window.position += 1
                resumes = now + ends - begins if self.model.full_breaks else ends
                if resumes > now:
                    return resumes
            elif self._lasts(phase) or now < ends:
                lists = phase.primary | phase.helping
                changed = bool(window.configured) and window.configured != lists
                window.configured = lists
                setup = microseconds(self.model.setup_minutes)
                if changed and setup:
                    return now + setup
                window.current = phase
                return now
            else:
                window.position += 1
        return None

    def _replace_overdue(self, window: _Window, now: int) -> bool:
        """In pools: a busy window that should have closed stays in place of this one."""
        if self.model.pools is None:
            return False
        for other in self.windows:
            same = other is not window and other.pool == window.pool
            closing = other.serving is not None and self._ends(other) <= now and not self._stays(other)
            if same and closing:
                window.phases, other.phases = other.phases, window.phases
                window.position, other.position = other.position, window.position
                other.current, window.current = window.current, None
                return True
        return False

    def _lasts(self, phase: Phase) -> bool:
        """Whether the phase lasts until everybody has been served."""
        return self.model.drains and not phase.rests and phase.to_minutes >= self.model.closes_minutes

    def _stays(self, window: _Window) -> bool:
        """Whether the window goes on past its phase while somebody waits: the doors have closed."""
        ends = window.current.to_minutes if window.current else None
        return self.model.drains and any(ends == closes for _, closes in self.model.sessions[:-1])

    def _ends(self, window: _Window) -> float:
        ends = self._ends_or_never(window)
        return float("inf") if ends is None else ends

    def _ends_or_never(self, window: _Window) -> int | None:
        if window.current is None or self._lasts(window.current):
            return None
        return microseconds(window.current.to_minutes)

    def _close(self) -> None:
        closes = microseconds(self.model.closes_minutes)
        for ticket in self.waiting:
            gave_up = ticket.deadline < max(closes, self.last)
            ticket.outcome = Outcome.GAVE_UP if gave_up else Outcome.TURNED_AWAY
            ticket.finished = ticket.deadline if gave_up else max(closes, ticket.joined)


def play_plainly(model: HallModel, plan: Plan, days: Days, day: int) -> list[PlainTicket]:
    """Play one drawn day by the plain rule and return its tickets in drawn order."""
    stretch = range(int(days.starts[day]), int(days.starts[day + 1]))
    drawn = days.tickets
    tickets = [
        PlainTicket(
            index=index,
            number=int(drawn.number[at]),
            queue=int(drawn.queue[at]),
            joined=int(drawn.joined[at]),
            effective=int(drawn.effective[at]),
            service=int(drawn.service[at]),
            walk=None if drawn.walk[at] < 0 else int(drawn.walk[at]),
            deadline=int(drawn.deadline[at]),
            child=int(drawn.child[at]),
        )
        for index, at in enumerate(stretch)
    ]
    return PlainDay(model, plan, tickets, int(days.joining[day])).run()
