"""The hall-day engine: what would happen in a hall, with these citizens, under this window plan?

It decides by the one call order (``queueing.rules.call_order``), compiled; instants inside are whole
microseconds, so the compiled and the plain order agree to the last tie. Two plans always meet the same
citizens: random numbers are hashes of (seed, day, queue, ticket, purpose).

This module and the descriptions (``HallModel``, ``Plan`` …) load neither numpy nor numba; what runs days
does, and is imported by its own name::

    from queueing.engine import HallModel, QueueModel, Plan, PlanEntry, Break, lognormal, exponential

    model = HallModel(
        queues=(QueueModel("A", walk_ins_per_interval=(4.0,) * 32, service=lognormal(8, 0.8)),
                QueueModel("B", walk_ins_per_interval=(2.0,) * 32, service=exponential(12))),
        windows=("1", "2", "3", "4"),
        sessions=((510, 990),),                      # doors 8:30 to 16:30, minutes since midnight
        setup_minutes=5, day_cv=0.1,
    )
    plan = Plan(entries=(PlanEntry(window=0, queue=0, from_minutes=510, to_minutes=990),
                         PlanEntry(window=1, queue=1, from_minutes=510, to_minutes=990),
                         PlanEntry(window=1, queue=0, from_minutes=510, to_minutes=990, helping=True)),
                breaks=(Break(window=0, from_minutes=720, to_minutes=780),))

    from queueing.engine.run import (
        simulate_day,    # (model, plan, *, seed, day=0) -> DayRecord: arrays over tickets
        simulate_days,   # (model, plan, *, seed, days, first_day=0, threads=1) -> Summary
        draw_days,       # (model, *, seed, days, first_day=0) -> Days: citizens drawn once ...
        play,            # (model, plan | PlanArrays, days) -> Summary: ... and sent through any plan
        play_records,    # (model, plan | PlanArrays, days) -> list[DayRecord]
        compare_plans,   # (model, reference, plan, *, seed, days) -> Comparison (paired, day-level CI)
        compared,        # (Summary, Summary) -> Comparison, for plans played on the same Days
    )
    from queueing.engine.arrays import plan_arrays   # (model, plan) -> PlanArrays, to compile once
    from queueing.engine.forward import run_forward, LiveState   # from a hall as it is now

``Summary`` has mean_wait_minutes, mean_wait_by_queue, wait_quantile(0.9, queue), over_target,
over_target_by_queue, daily (``[day, queue, column]``, columns named in ``queueing.engine.tally``),
busy_minutes by window, last_finish_minutes by day. ``DayRecord`` has queue, joined_minutes,
effective_minutes, called_minutes, started_minutes, finished_minutes, wait_minutes, window, outcome.
"""

from queueing.engine.distribution import (
    Distribution,
    constant,
    discretised_poisson,
    empirical,
    exponential,
    lognormal,
    normal,
)
from queueing.engine.model import AppointmentSlot, BadModel, HallModel, QueueModel
from queueing.engine.plan import Break, Plan, PlanEntry

__all__ = [
    "AppointmentSlot",
    "BadModel",
    "Break",
    "Distribution",
    "HallModel",
    "Plan",
    "PlanEntry",
    "QueueModel",
    "constant",
    "discretised_poisson",
    "empirical",
    "exponential",
    "lognormal",
    "normal",
]
