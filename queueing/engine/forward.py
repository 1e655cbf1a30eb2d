"""Run forward from a hall as it is now: wait prediction, what-if and replanning during the day.

Every replication keeps the people who wait now, draws the rest of each running service given how long
it has lasted, draws the citizens still to come, and plays the rest of the day. Approximation: a ticket
that waits now is not followed into a later queue after a transfer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine.arrays import MICROSECONDS, NEVER, demand_arrays, microseconds, plan_arrays
from queueing.engine.live import NowArrays, assemble
from queueing.engine.result import summary_of
from queueing.engine.room import day_room, tally_room
from queueing.engine.run import Days, Drawing, Playing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from queueing.engine.arrays import DemandArrays, PlanArrays
    from queueing.engine.model import HallModel
    from queueing.engine.plan import Plan
    from queueing.engine.result import Summary

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class WaitingTicket:
    """Someone who waits now. ``joined_minutes`` may lie before or after ``effective_minutes``.

    ``key`` names the person's random numbers (0 … 2**40): with a key of their own they keep their draws
    when the line before them changes. None: by their place in ``LiveState.waiting``.
    """

    queue: int
    joined_minutes: float
    effective_minutes: float
    key: int | None = None


@dataclass(frozen=True, slots=True)
class BusyWindow:
    """A window that has called someone of ``queue`` at ``since_minutes`` and is not done yet."""

    window: int
    queue: int
    since_minutes: float


@dataclass(frozen=True, slots=True)
class Probe:
    """The question: how long would someone wait who joins ``queue`` at ``at_minutes``?

    ``effective_minutes``: the place in the call order that is asked about, if it is not that of joining.
    """

    queue: int
    at_minutes: float
    effective_minutes: float | None = None


@dataclass(frozen=True, slots=True)
class LiveState:
    """A hall now. Windows that are not busy follow the plan; ``waiting`` in order of joining."""

    now_minutes: float
    waiting: tuple[WaitingTicket, ...] = ()
    busy: tuple[BusyWindow, ...] = ()


@dataclass(frozen=True, slots=True)
class Forward:
    """What may come. Rows are replications; NaN for someone never called.

    ``called_minutes[replication, waiting]``: when each waiting ticket is called.
    ``probe_wait_minutes[replication, probe]``: how long each probe waits. ``summary``: sums over the
    waiting and the still to come, a replication as a day; probes count as tickets of no length.
    """

    called_minutes: Floats
    probe_wait_minutes: Floats
    summary: Summary


def run_forward(
    model: HallModel,
    plan: Plan,
    live: LiveState,
    *,
    seed: int,
    replications: int,
    probes: Sequence[Probe] = (),
) -> Forward:
    """Play the rest of the day ``replications`` times from ``live``; same seed, same futures for any plan.

    ``model.queues[…].appointments`` holds the bookings not yet checked in; walk-ins are drawn from now on.
    """
    demand, arrays = demand_arrays(model), plan_arrays(model, plan)
    future = Drawing(model, replications).draw(seed, 0, replications, since_minutes=live.now_minutes)
    order = np.argsort([probe.at_minutes for probe in probes], kind="stable")
    state, factors, configured = _state(arrays, live, [probes[place] for place in order])
    started = arrays._replace(ends=_without_past_breaks(arrays, state))
    days, probe_place, ready = _assembled(demand, started, state, factors, seed, future)
    playing = Playing(model, started)
    playing.ready, playing.configured = ready, configured
    sums = tally_room(replications, len(model.queues), len(model.windows))
    playing.play(days, sums, 0)
    called = np.where(playing.ledger.called < 0, np.nan, playing.ledger.called / MICROSECONDS)
    places = days.starts[:-1, None] + np.arange(len(live.waiting))[None, :]
    waits = np.empty((replications, len(probes)))
    waits[:, order] = called[probe_place] - state.probe_at[None, :] / MICROSECONDS
    return Forward(called[places], waits, summary_of(sums))


def _state(
    arrays: PlanArrays, live: LiveState, probes: Sequence[Probe]
) -> tuple[NowArrays, Floats, Integers]:
    """Return the arrays of the state, and per window its list factor and the queues it is set up for."""
    now = microseconds(live.now_minutes)
    windows = len(arrays.window_of)
    rank_of = {int(window): rank for rank, window in enumerate(arrays.window_of)}
    busy_since, busy_queue = np.full(windows, -1, dtype=np.int64), np.zeros(windows, dtype=np.int64)
    for busy in live.busy:
        busy_since[rank_of[busy.window]] = min(microseconds(busy.since_minutes), now)
        busy_queue[rank_of[busy.window]] = busy.queue
    running = (arrays.begins <= now) & (now < arrays.ends)
    free_at = np.full(windows, now, dtype=np.int64)
    factors, configured = np.ones(windows), np.zeros(windows, dtype=np.int64)
    for rank in range(windows):
        for phase in np.flatnonzero(running[rank, : arrays.phase_count[rank]]):
            if arrays.rests[rank, phase]:
                free_at[rank] = arrays.ends[rank, phase]
            else:
                factors[rank] = arrays.list_factor[rank, phase]
                configured[rank] = arrays.primary[rank, phase] | arrays.helping[rank, phase]
    waiting = sorted(live.waiting, key=lambda ticket: ticket.joined_minutes)
    if tuple(waiting) != tuple(live.waiting):
        raise ValueError("waiting tickets must be in order of joining")
    state = NowArrays(
        now=now,
        joined=_instants([min(ticket.joined_minutes, live.now_minutes) for ticket in waiting]),
        effective=_instants([ticket.effective_minutes for ticket in waiting]),
        queue=np.array([ticket.queue for ticket in waiting], dtype=np.int64),
        key=np.array(
            [place if ticket.key is None else ticket.key for place, ticket in enumerate(waiting)],
            dtype=np.int64,
        ),
        probe_at=_instants([max(probe.at_minutes, live.now_minutes) for probe in probes]),
        probe_effective=_instants([_place_of(probe, live.now_minutes) for probe in probes]),
        probe_queue=np.array([probe.queue for probe in probes], dtype=np.int64),
        busy_since=busy_since,
        busy_queue=busy_queue,
        free_at=free_at,
    )
    return state, factors, configured


def _without_past_breaks(arrays: PlanArrays, state: NowArrays) -> Integers:
    """Return the ends of phases with breaks that have begun made empty, unless the clerk is still serving."""
    begun = (arrays.rests == 1) & (arrays.begins <= state.now)
    still_due = (state.busy_since[:, None] >= 0) & (state.busy_since[:, None] < arrays.begins)
    ends: Integers = np.where(begun & ~(still_due & (arrays.ends > state.now)), arrays.begins, arrays.ends)
    return ends


def _assembled(
    demand: DemandArrays, arrays: PlanArrays, state: NowArrays, factors: Floats, seed: int, future: Days
) -> tuple[Days, Integers, Integers]:
    replications, probes = future.count, len(state.probe_at)
    extra = len(state.joined) + probes
    tickets = day_room(len(future.tickets.joined) + replications * extra + 1)
    starts = np.zeros(replications + 1, dtype=np.int64)
    joining = np.zeros(replications, dtype=np.int64)
    probe_place = np.zeros((replications, probes), dtype=np.int64)
    ready = np.full((replications, len(arrays.window_of)), NEVER, dtype=np.int64)
    assemble(
        demand, arrays, state, factors, seed, future.tickets, future.starts, future.joining,
        tickets, starts, joining, probe_place, ready,
    )  # fmt: skip
    return Days(tickets, starts, joining, future.no_shows), probe_place, ready


def _place_of(probe: Probe, now_minutes: float) -> float:
    joins = max(probe.at_minutes, now_minutes)
    return joins if probe.effective_minutes is None else probe.effective_minutes


def _instants(minutes: Sequence[float]) -> Integers:
    return np.array([microseconds(value) for value in minutes], dtype=np.int64)
