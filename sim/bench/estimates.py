"""Live estimates: beside the simulator's own conditional distribution, and what an estimate costs.

A hall with several queues a window, bookings, no-shows, legal priority, lost patience and missed calls is
simulated. The product learns from 25 of its days and predicts on others, from the live state alone; the
simulator predicts from the same state with its true model. Both are judged on what then happened.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np

from queueing.engine.forward import BusyWindow, LiveState, Probe, WaitingTicket, run_forward
from queueing.engine.model import AppointmentSlot
from queueing.engine.run import simulate_day
from queueing.live.hall import live_hall
from queueing.live.physical import JUST_BEFORE, REPLICATIONS, physical_waits
from queueing.live.state import HallState, LiveTicket
from queueing.rules.published import LATER_MINUTES
from queueing.rules.tickets import TicketStatus
from sim.bench.halls import complete_hall, complete_plan
from sim.bench.row import BenchRow
from sim.bench.simulated_hall import DAY, LATEST_SHOW, SimulatedHall, queue_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from queueing.engine import HallModel
    from queueing.engine.result import DayRecord
    from queueing.live.reading import HallFacts

    Floats = NDArray[np.float64]

SEED = 20_261_125
FULL = bool(os.environ.get("FULL"))
LEARNED_DAYS, JUDGED_DAYS = 25, 60 if FULL else 20
INSTANTS = tuple(range(570, 1000, 45))
ASKED_A_DAY = 12
ORACLE_REPLICATIONS = 400
AHEAD = (0.0, 30.0, 120.0)
BUSIER = 1.15  # than the hall of the other benchmarks: waits that are worth predicting


def rows() -> list[BenchRow]:
    """Return accuracy against the simulator and the cost of events and estimates."""
    plain = complete_hall(SEED, queues=6, windows=9, tickets=420)
    crowd = tuple(
        replace(queue, walk_ins_per_interval=tuple(BUSIER * people for people in queue.walk_ins_per_interval))
        for queue in plain.queues
    )
    plain = replace(plain, queues=crowd)
    even = replace(plain, pace=None, list_pace=(), setup_minutes=0.0, missed_minutes=2.0)
    return [
        *conditional_rows(even, "hall of even clerks", goal=True),
        *conditional_rows(plain, "uneven clerks, set-ups", goal=False),
        *cost_rows(even),
        event_row(),
    ]


def conditional_rows(model: HallModel, name: str, *, goal: bool) -> list[BenchRow]:
    """Return the P50 pinball loss of the physical estimator beside the simulator's own."""
    hall = SimulatedHall(model, complete_plan(model, SEED))
    history = [simulate_day(model, hall.plan, seed=SEED, day=day) for day in range(LEARNED_DAYS)]
    facts = hall.facts(history)
    judged = range(LEARNED_DAYS, LEARNED_DAYS + JUDGED_DAYS)
    asked = [
        question
        for day in judged
        for question in _day(hall, facts, simulate_day(model, hall.plan, seed=SEED, day=day))
    ]
    table = np.array(asked)
    ahead, wait, ours, above, oracle = table.T
    found = []
    for part, rows_ in (("now", ahead == 0), ("30 and 120 min ahead", ahead > 0)):
        mine, theirs = (0.5 * np.abs(wait - guess)[rows_].mean() for guess in (ours, oracle))
        ratio = float(mine / theirs)
        held = 1 - above[rows_].mean()
        found.append(
            BenchRow(
                f"{name}, {part}: P50 pinball of {rows_.sum():,} waits, mean {wait[rows_].mean():.1f} min, "
                f"P90 held {held:.1%}",
                float(mine),
                "min",
                f"simulator's own, {theirs:.3f} min",
                ratio,
                "<= 1.05" if goal else "",
                ratio <= 1.05 if goal else None,
            )
        )
    return found


def _day(hall: SimulatedHall, facts: HallFacts, record: DayRecord) -> Iterator[tuple[float, ...]]:
    """Yield (minutes ahead, real wait, our P50, above our P90, simulator's P50) of a day's questions.

    Each walk-in chosen is asked about at the instant it joins and so many minutes before.
    """
    plain = np.flatnonzero(
        np.isnan(record.due_minutes)
        & (record.effective_minutes == record.joined_minutes)
        & np.isfinite(record.called_minutes)
        & (record.joined_minutes > hall.model.opens_minutes + 30.0)
    )
    for row in plain[:: max(1, len(plain) // ASKED_A_DAY)].tolist():
        queue, wait = int(record.queue[row]), float(record.wait_minutes[row])
        for ahead in AHEAD:
            minute = float(record.joined_minutes[row]) - ahead - JUST_BEFORE
            if minute < hall.model.opens_minutes:
                continue
            ours = _ours(hall, facts, record, minute, queue, ahead)
            theirs = _simulators(hall, record, minute, Probe(queue, minute + ahead))
            yield ahead, wait, float(ours[1]), float(wait > ours[2] + 1e-9), theirs


def _ours(
    hall: SimulatedHall, facts: HallFacts, record: DayRecord, minute: float, queue: int, ahead: float
) -> Floats:
    live = live_hall(facts, hall.state(record, minute), hall.now(record, minute), hall.at(minute))
    assert live is not None
    waits = physical_waits(live, facts.queues, seed=SEED)
    found: Floats = (
        waits.line[queue][waits.joining[queue]]
        if ahead == 0
        else waits.later[queue][LATER_MINUTES.index(ahead)]
    )
    return found


def _simulators(hall: SimulatedHall, record: DayRecord, minute: float, probe: Probe) -> float:
    true, state = _true_state(hall.model, record, minute)
    played = run_forward(
        true, hall.plan, state, seed=SEED + 1, replications=ORACLE_REPLICATIONS, probes=[probe]
    )
    return float(np.nanmedian(played.probe_wait_minutes))


def _true_state(model: HallModel, record: DayRecord, minute: float) -> tuple[HallModel, LiveState]:
    """Return the true model with the bookings still open, and the state."""
    here = record.joined_minutes <= minute
    gone = np.where(np.isnan(record.called_minutes), record.finished_minutes, record.called_minutes)
    waiting = np.flatnonzero(here & (gone > minute))
    busy = np.flatnonzero((record.called_minutes <= minute) & (record.finished_minutes > minute))
    queues = []
    for place, queue in enumerate(model.queues):
        came = record.due_minutes[(record.queue == place) & here]
        slots = tuple(
            AppointmentSlot(slot.due_minutes, left, slot.booked_minutes)
            for slot in queue.appointments
            if (left := slot.places - int(np.sum(np.abs(came - slot.due_minutes) < 1e-6))) > 0
            and slot.due_minutes > minute - LATEST_SHOW
        )
        queues.append(replace(queue, appointments=slots))
    state = LiveState(
        minute,
        tuple(
            WaitingTicket(
                int(record.queue[row]),
                float(record.joined_minutes[row]),
                float(record.effective_minutes[row]),
            )
            for row in waiting
        ),
        tuple(
            BusyWindow(int(record.window[row]), int(record.queue[row]), float(record.called_minutes[row]))
            for row in busy
        ),
    )
    return replace(model, queues=tuple(queues)), state


def _waiting(record: DayRecord, row: int) -> WaitingTicket:
    joined, effective = float(record.joined_minutes[row]), float(record.effective_minutes[row])
    return WaitingTicket(int(record.queue[row]), joined, effective)


def cost_rows(model: HallModel) -> list[BenchRow]:
    """Return the processor time of one hall's round, and of each estimate in it."""
    hall = SimulatedHall(model, complete_plan(model, SEED))
    facts = hall.facts([simulate_day(model, hall.plan, seed=SEED, day=day) for day in range(5)])
    record = simulate_day(model, hall.plan, seed=SEED, day=50)
    best, count = float("inf"), 1
    for minute in INSTANTS * 3:
        state, seen = hall.state(record, minute), hall.now(record, minute)
        begun = time.process_time()
        live = live_hall(facts, state, seen, hall.at(minute))
        assert live is not None
        waits = physical_waits(live, facts.queues, seed=SEED)
        spent = time.process_time() - begun
        made = sum(len(line) for line in waits.line) + sum(len(later) for later in waits.later)
        if spent / made < best / count:
            best, count = spent, made
    each = best / count * 1000
    name = f"one estimate, in a round of {count} ({REPLICATIONS} futures, {len(model.windows)} windows)"
    return [BenchRow(name, each, "ms CPU", None, None, "< 2", each < 2)]


def event_row(people: int = 400, events: int = 20_000) -> BenchRow:
    """Return the processor time of one change of a hall's state with ``people`` in one line."""
    state = HallState(DAY)
    noon = datetime(2026, 11, 25, 4, tzinfo=UTC)

    def ticket(number: int, status: TicketStatus) -> LiveTicket:
        came = noon + timedelta(seconds=number * 37 % 5_000)
        return LiveTicket(
            *(UUID(int=number), queue_id(0), number, status, came, came, None, None, came),  # type: ignore[arg-type]
        )

    for number in range(people):
        state.apply(ticket(number, TicketStatus.WAITING))
    changes = [
        ticket(number, status)
        for number in range(people, people + events // 2)
        for status in (TicketStatus.WAITING, TicketStatus.FINISHED)
    ]
    begun = time.process_time()
    for change in changes:
        state.apply(change)
    each = (time.process_time() - begun) / len(changes) * 1e6
    return BenchRow(f"state after an event, {people} waiting", each, "us CPU", None, None, "< 50", each < 50)
