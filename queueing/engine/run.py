"""Play hall days: draw citizens once, then send them through one plan or another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine import loops, tally
from queueing.engine.arrays import (
    MICROSECONDS,
    NEVER,
    PlanArrays,
    demand_arrays,
    microseconds,
    plan_arrays,
    policy_arrays,
)
from queueing.engine.draw import WALK_IN, DayArrays
from queueing.engine.model import MAX_TICKETS, BadModel
from queueing.engine.plan import Plan
from queueing.engine.result import Comparison, DayRecord, Outcome, Summary, merged, summary_of
from queueing.engine.room import (
    day_capacity,
    day_room,
    days_capacity,
    expected_tickets,
    floor_room,
    ledger_room,
    raw_room,
    tally_room,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from queueing.engine.floor import Ledger
    from queueing.engine.model import HallModel
    from queueing.engine.tally import Tally

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

CHUNK_TICKETS = 16_384  # nine words each: 1.2 MB, inside a second-level cache
MAX_GROWTH = 24  # doublings of the room for days before the demand is taken to be absurd


@dataclass(frozen=True, slots=True)
class Days:
    """Citizens of several days, drawn once and never changed, so that every plan meets the same ones."""

    tickets: DayArrays
    starts: Integers  # [day + 1]
    joining: Integers  # [day] tickets from outside; the rest of the day are later legs
    no_shows: Integers  # [day, queue]

    @property
    def count(self) -> int:
        return len(self.joining)

    def picked(self, order: Sequence[int]) -> Days:
        """Return some of the days, in another order; raises ``IndexError`` for a day that is not there."""
        parts = [slice(self.starts[day], self.starts[day + 1]) for day in order]
        places = list(order)
        return Days(
            DayArrays(*(np.concatenate([array[part] for part in parts]) for array in self.tickets)),
            np.concatenate([[0], np.cumsum(np.diff(self.starts)[places])]).astype(np.int64),
            self.joining[places],
            self.no_shows[places],
        )


def draw_days(model: HallModel, *, seed: int, days: int, first_day: int = 0) -> Days:
    """Return the citizens of days ``first_day`` … ``first_day + days - 1`` of stream ``seed``."""
    return Drawing(model, days).draw(seed, first_day, days)


class Drawing:
    """Room to draw up to ``days`` days at a time; what it returns is valid until it draws again."""

    def __init__(self, model: HallModel, days: int) -> None:
        self._demand = demand_arrays(model)
        self._queues = len(model.queues)
        capacity = day_capacity(model)
        self._raw = raw_room(min(capacity, MAX_TICKETS))
        self._tickets = day_room(max(capacity, days_capacity(model, days)))

    def draw(self, seed: int, first_day: int, days: int, *, since_minutes: float | None = None) -> Days:
        since = -1 if since_minutes is None else microseconds(since_minutes)
        for _ in range(MAX_GROWTH):
            starts = np.zeros(days + 1, dtype=np.int64)
            joining = np.zeros(days, dtype=np.int64)
            no_shows = np.zeros((days, self._queues), dtype=np.int64)
            done = loops.draw_days_into(
                self._demand, seed, first_day, since, self._raw, self._tickets, starts, joining, no_shows
            )
            if done == days:
                used = DayArrays(*(array[: starts[-1]] for array in self._tickets))
                return Days(used, starts, joining, no_shows)
            if len(self._raw.joined) >= MAX_TICKETS:
                break
            self._raw = raw_room(min(2 * len(self._raw.joined), MAX_TICKETS))
            self._tickets = day_room(2 * len(self._tickets.joined))
        raise BadModel(f"a day of this hall has more than {MAX_TICKETS:,} tickets")


class Playing:
    """A plan laid out for a hall, with room for the days it plays."""

    def __init__(self, model: HallModel, plan: PlanArrays) -> None:
        self._model, self._plan = model, plan
        self._policy = policy_arrays(model)
        self._floor = floor_room(plan, 1)
        self.ledger = ledger_room(1)
        self.ready = first_events(plan)[None, :]
        self.configured = np.zeros(len(model.windows), dtype=np.int64)

    def play(self, days: Days, sums: Tally, first_day: int) -> None:
        """Play ``days`` into rows ``first_day`` on of ``sums``."""
        longest = int(np.diff(days.starts).max(initial=1))
        if len(self._floor.line_ticket) < longest:
            self._floor = floor_room(self._plan, 2 * longest)
        if len(self.ledger.joined) < len(days.tickets.joined):
            self.ledger = ledger_room(len(days.tickets.joined))
        sums.daily[first_day : first_day + days.count, :, tally.NO_SHOWS] = days.no_shows
        loops.play_days(
            self._plan, self._policy, days.tickets, days.starts, days.joining, self._floor, self.ledger, sums,
            first_day, self.ready, self.configured,
            microseconds(self._model.closes_minutes), microseconds(self._model.target_minutes),
        )  # fmt: skip


def play(model: HallModel, plan: Plan | PlanArrays, days: Days) -> Summary:
    """Send drawn days through a plan and return the sums."""
    return _play(model, plan, days)[0]


def _play(model: HallModel, plan: Plan | PlanArrays, days: Days) -> tuple[Summary, Ledger]:
    arrays = plan_arrays(model, plan) if isinstance(plan, Plan) else plan
    playing = Playing(model, arrays)
    sums = tally_room(days.count, len(model.queues), len(model.windows))
    playing.play(days, sums, 0)
    return summary_of(sums), playing.ledger


def first_events(plan: PlanArrays) -> Integers:
    """Return when each window first has something to do, by rank."""
    first: Integers = np.where(plan.phase_count > 0, plan.begins[:, 0], NEVER)
    return first


def simulate_day(model: HallModel, plan: Plan, *, seed: int, day: int = 0) -> DayRecord:
    """Return every ticket of one day: who was served where and when."""
    drawn = draw_days(model, seed=seed, days=1, first_day=day)
    return play_records(model, plan, drawn)[0]


def play_records(model: HallModel, plan: Plan | PlanArrays, days: Days) -> list[DayRecord]:
    """Send drawn days through a plan and return every ticket, a record per day."""
    _, ledger = _play(model, plan, days)
    return [_record(days, ledger, day) for day in range(days.count)]


def simulate_days(
    model: HallModel, plan: Plan, *, seed: int, days: int, first_day: int = 0, threads: int = 1
) -> Summary:
    """Draw and play ``days`` days in constant memory; ``threads`` share the days, with the same result."""
    shares = np.array_split(np.arange(first_day, first_day + days), max(1, min(threads, days)))
    work = [(int(share[0]), len(share)) for share in shares]
    if len(work) == 1:
        return _simulate(model, plan, seed, *work[0])
    with ThreadPoolExecutor(len(work)) as pool:
        return merged(list(pool.map(lambda part: _simulate(model, plan, seed, *part), work)))


def _simulate(model: HallModel, plan: Plan, seed: int, first_day: int, days: int) -> Summary:
    """Draw and play in chunks of days that fit the processor's cache."""
    arrays = plan_arrays(model, plan)
    chunk = max(1, min(days, int(CHUNK_TICKETS / max(expected_tickets(model), 1.0))))
    sums = tally_room(days, len(model.queues), len(model.windows))
    drawing, playing = Drawing(model, chunk), Playing(model, arrays)
    for start in range(0, days, chunk):
        drawn = drawing.draw(seed, first_day + start, min(chunk, days - start))
        playing.play(drawn, sums, start)
    return summary_of(sums)


def compare_plans(model: HallModel, reference: Plan, plan: Plan, *, seed: int, days: int) -> Comparison:
    """Compare two plans on the same citizens (common random numbers), with an interval from days."""
    drawn = draw_days(model, seed=seed, days=days)
    return compared(play(model, reference, drawn), play(model, plan, drawn))


def compared(reference: Summary, plan: Summary) -> Comparison:
    """Return the paired comparison of two summaries over the same days."""
    before, after = reference.daily.sum(axis=1), plan.daily.sum(axis=1)
    difference = plan.mean_wait_minutes - reference.mean_wait_minutes
    influence = _influence(after) - _influence(before)
    days = len(influence)
    error = float(np.sqrt(np.sum(influence**2) * days / max(days - 1, 1)))
    return Comparison(
        reference_mean_wait_minutes=reference.mean_wait_minutes,
        difference_minutes=difference,
        half_width_minutes=1.96 * error,
    )


def _influence(daily: Floats) -> Floats:
    """Return each day's linear influence on the ticket-weighted mean wait."""
    called = max(float(daily[:, tally.CALLED].sum()), 1.0)
    mean = daily[:, tally.WAIT_SUM].sum() / called
    influence: Floats = (daily[:, tally.WAIT_SUM] - mean * daily[:, tally.CALLED]) / called
    return influence


def _record(days: Days, ledger: Ledger, day: int) -> DayRecord:
    stretch = slice(int(days.starts[day]), int(days.starts[day + 1]))
    tickets = days.tickets
    joined, due = _minutes(ledger.joined[stretch]), _minutes(tickets.due[stretch], never=WALK_IN)
    called, finished = _minutes(ledger.called[stretch]), _minutes(ledger.finished[stretch])
    outcome = ledger.outcome[stretch].copy()
    left_at = np.where(np.isnan(called), finished, called)
    wait = np.maximum(left_at - np.fmax(joined, due), 0.0)
    return DayRecord(
        queue=tickets.queue[stretch].copy(),
        due_minutes=due,
        joined_minutes=joined,
        effective_minutes=tickets.effective[stretch] / MICROSECONDS,
        called_minutes=called,
        started_minutes=np.where(
            outcome == Outcome.SERVED, called + tickets.walk[stretch] / MICROSECONDS, np.nan
        ),
        finished_minutes=np.where(outcome == Outcome.NOT_YET, np.nan, finished),
        wait_minutes=np.where(outcome == Outcome.NOT_YET, np.nan, wait),
        window=ledger.window[stretch].copy(),
        outcome=outcome,
        next_leg=tickets.child[stretch].copy(),
        no_shows_by_queue=days.no_shows[day].copy(),
    )


def _minutes(instants: Integers, never: int = -1) -> Floats:
    minutes: Floats = np.where(instants == never, np.nan, instants / MICROSECONDS)
    return minutes
