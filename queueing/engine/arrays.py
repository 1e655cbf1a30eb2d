"""The arrays that the compiled core reads, made from the plain descriptions.

Axes: windows are in *rank* order (fewest queues over the day first, then by index), which is the order
in which idle windows are tried and in which windows freed at one instant call. Instants are whole
microseconds since midnight, as in ``datetime``, so that compiled and plain order agree to the last tie.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from queueing.engine.plan import Phase, check_plan, phases_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from numpy.typing import NDArray

    from queueing.engine.distribution import Distribution
    from queueing.engine.model import HallModel
    from queueing.engine.plan import Plan

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]

MICROSECONDS = 60_000_000  # in a minute
NEVER = 1 << 50  # some 35 years: later than anything, and far from overflow when packed with a rank
RANK_BITS = 10


class PlanArrays(NamedTuple):
    """One plan of one hall. ``[rank, phase]`` unless said otherwise; sets of queues are bit masks."""

    phase_count: Integers  # [rank]
    begins: Integers
    ends: Integers  # NEVER for a phase that lasts until everybody is served
    primary: Integers
    helping: Integers
    rests: Integers  # 1 for a break
    stays: Integers  # 1: at its end, go on while somebody waits
    list_factor: Floats
    window_of: Integers  # [rank]
    pool: Integers  # [rank]; all -1 without pools
    pace: Floats  # [rank, queue]


class PolicyArrays(NamedTuple):
    """Scalars of the hall that the dispatcher needs, in microseconds."""

    help_limit: int
    setup: int
    missed: int
    full_breaks: int
    pooled: int


class DemandArrays(NamedTuple):
    """What the draws need. Tables of all distributions lie end to end in ``table``."""

    cumulative: Floats  # [queue, interval + 1] expected walk-ins since opening
    opens: float  # minutes
    closes: float
    interval: float
    hall_cv: float
    queue_cv: Floats  # [queue]
    service: Floats  # [queue, 6] kind, first, second, table offset, table length, zero share
    patience: Floats  # kind -1: for ever
    punctuality: Floats
    walk: Floats  # [6]
    table: Floats
    priority_share: Floats
    missed_share: Floats
    no_show_share: Floats
    transfer: Floats  # [queue, queue] cumulative shares
    slot_queue: Integers  # [booking]
    slot_due: Integers  # microseconds
    slot_booked: Integers
    appointment_credit: int
    priority_credit: int
    grace: int


def microseconds(minutes: float) -> int:
    """Return ``minutes`` as whole microseconds, rounded to the nearest."""
    return int(np.floor(minutes * MICROSECONDS + 0.5))


def span_microseconds(span: timedelta) -> int:
    """Return a duration as whole microseconds, exactly."""
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def policy_arrays(model: HallModel) -> PolicyArrays:
    """Return the hall's policy for the dispatcher."""
    return PolicyArrays(
        help_limit=span_microseconds(model.policy.help_limit),
        setup=microseconds(model.setup_minutes),
        missed=microseconds(model.missed_minutes),
        full_breaks=int(model.full_breaks),
        pooled=int(model.pools is not None),
    )


def rank_order(phases: Sequence[Sequence[Phase]]) -> list[int]:
    """Return the windows in rank order: fewest different queues over the day first, then by index."""
    lists = [frozenset[int]().union(*(phase.primary | phase.helping for phase in row)) for row in phases]
    return sorted(range(len(phases)), key=lambda window: (len(lists[window]), window))


def plan_arrays(model: HallModel, plan: Plan) -> PlanArrays:
    """Check a plan and return it as arrays; raises BadModel."""
    check_plan(model, plan)
    by_window = [phases_of(plan, window) for window in range(len(model.windows))]
    order = rank_order(by_window)
    width = max(1, *(len(row) for row in by_window)) if by_window else 1
    shape = (len(order), width)
    arrays = PlanArrays(
        phase_count=np.array([len(by_window[window]) for window in order], dtype=np.int64),
        **{name: np.zeros(shape, dtype=np.int64) for name in _PHASE_FIELDS},
        list_factor=np.ones(shape),
        window_of=np.array(order, dtype=np.int64),
        pool=np.array(
            [-1 if model.pools is None else model.pools[window] for window in order], dtype=np.int64
        ),
        pace=_pace(model, order),
    )
    for rank, window in enumerate(order):
        for position, phase in enumerate(by_window[window]):
            _set_phase(arrays, model, rank, position, phase)
    return arrays


_PHASE_FIELDS = ("begins", "ends", "primary", "helping", "rests", "stays")


def _set_phase(arrays: PlanArrays, model: HallModel, rank: int, position: int, phase: Phase) -> None:
    at = (rank, position)
    drains = model.drains and not phase.rests
    last = drains and phase.to_minutes >= model.closes_minutes
    arrays.begins[at] = microseconds(phase.from_minutes)
    arrays.ends[at] = NEVER if last else microseconds(phase.to_minutes)
    arrays.primary[at] = sum(1 << queue for queue in phase.primary)
    arrays.helping[at] = sum(1 << queue for queue in phase.helping)
    arrays.rests[at] = int(phase.rests)
    arrays.stays[at] = int(drains and any(phase.to_minutes == closes for _, closes in model.sessions[:-1]))
    arrays.list_factor[at] = list_factor(model, len(phase.primary | phase.helping))


def list_factor(model: HallModel, length: int) -> float:
    """Return the factor on service times at a window that serves ``length`` queues."""
    if not model.list_pace:
        return 1.0
    return model.list_pace[min(length, len(model.list_pace) - 1)]


def _pace(model: HallModel, order: Sequence[int]) -> Floats:
    if model.pace is None:
        return np.ones((len(order), len(model.queues)))
    return np.ascontiguousarray(np.asarray(model.pace, dtype=np.float64).T[list(order)])


def demand_arrays(model: HallModel) -> DemandArrays:
    """Return the hall's demand for the draws."""
    intervals = max(
        1, int(np.ceil((model.closes_minutes - model.opens_minutes) / model.interval_minutes - 1e-9))
    )
    rates = np.zeros((len(model.queues), intervals))
    for queue, row in zip(model.queues, rates, strict=True):
        row[: len(queue.walk_ins_per_interval)] = queue.walk_ins_per_interval[:intervals]
    tables: list[float] = []
    bookings = [
        (index, microseconds(slot.due_minutes), microseconds(slot.booked_minutes))
        for index, queue in enumerate(model.queues)
        for slot in sorted(queue.appointments, key=lambda slot: slot.due_minutes)
        for _ in range(slot.places)
    ]
    slots = np.array(bookings, dtype=np.int64).reshape(-1, 3)
    return DemandArrays(
        cumulative=np.concatenate([np.zeros((len(model.queues), 1)), np.cumsum(rates, axis=1)], axis=1),
        opens=float(model.opens_minutes),
        closes=float(model.closes_minutes),
        interval=float(model.interval_minutes),
        hall_cv=float(model.day_cv),
        queue_cv=np.array([queue.day_cv for queue in model.queues], dtype=np.float64),
        service=_rows([queue.service for queue in model.queues], tables),
        patience=_rows([queue.patience for queue in model.queues], tables),
        punctuality=_rows([queue.punctuality for queue in model.queues], tables),
        walk=_rows([model.walk], tables)[0],
        table=np.array(tables or [0.0], dtype=np.float64),
        priority_share=np.array([queue.priority_share for queue in model.queues], dtype=np.float64),
        missed_share=np.array([queue.missed_share for queue in model.queues], dtype=np.float64),
        no_show_share=np.array([queue.no_show_share for queue in model.queues], dtype=np.float64),
        transfer=_transfers(model),
        slot_queue=np.ascontiguousarray(slots[:, 0]),
        slot_due=np.ascontiguousarray(slots[:, 1]),
        slot_booked=np.ascontiguousarray(slots[:, 2]),
        appointment_credit=span_microseconds(model.policy.appointment_credit),
        priority_credit=span_microseconds(model.policy.priority_credit),
        grace=span_microseconds(model.policy.grace),
    )


def _rows(distributions: Sequence[Distribution | None], tables: list[float]) -> Floats:
    rows = np.zeros((len(distributions), 6))
    for row, distribution in zip(rows, distributions, strict=True):
        if distribution is None:
            row[0] = -1
            continue
        row[:] = (
            distribution.kind,
            distribution.first,
            distribution.second,
            len(tables),
            len(distribution.table),
            distribution.zero_share,
        )
        tables.extend(distribution.table)
    return rows


def _transfers(model: HallModel) -> Floats:
    shares = np.zeros((len(model.queues), len(model.queues)))
    for queue, row in zip(model.queues, shares, strict=True):
        for target, share in queue.transfers.items():
            row[target] = share
    return np.cumsum(shares, axis=1)
