"""How many windows does a day need? Answered by the engine, since formulas ranked halls wrongly.

Everything is opened that equipment, skills, list limits and clerks allow; from there
``staffing_ground`` closes what the goal does not need. Where even that falls short of it, limits are
lifted one after the other to name the one that binds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from queueing.plans.demand import fit, model_of
from queueing.plans.history import FEWEST_DAYS, HistoryTooShort
from queueing.plans.moves import fill_up
from queueing.plans.propose import load_by_block, planning_hall
from queueing.plans.rules import Layout, Limits, PlanHall, violations
from queueing.plans.skeleton import find_skeleton
from queueing.plans.staffing_alone import Point, QueueNeed, queue_need, windows_needed
from queueing.plans.staffing_ground import Answer, Ground, closed, reaches

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from queueing.plans.history import HallHistory
    from queueing.plans.propose import PlanView


@dataclass(frozen=True, slots=True)
class Limit:
    """What keeps a goal out of reach: windows, list_limit, equipment or skill, and the queues it hits.

    ``windows_needed``: how many windows that serve everything would do, where that is known.
    """

    what: str
    queues: tuple[str, ...]
    windows_needed: int | None = None


@dataclass(frozen=True, slots=True)
class Staffing:
    """The answer; ``cheapest`` is None where the goal is out of reach, and ``limit`` says why."""

    target_minutes: float
    share: float
    hall: PlanHall
    tickets: float
    present: Answer
    full: Answer
    cheapest: Answer | None
    limit: Limit | None
    curve: tuple[Point, ...]
    queues: tuple[QueueNeed, ...]


def answer_staffing(
    history: HallHistory,
    present: PlanView,
    *,
    target_minutes: float,
    share: float,
    seed: int = 1,
    progress: Callable[[float], None] = lambda _: None,
) -> Staffing:
    """Return how many windows ``history.for_day`` needs; raises ``HistoryTooShort``, ``Infeasible``."""
    if len(history.days) < FEWEST_DAYS:
        raise HistoryTooShort(len(history.days))
    demand = fit(history, history.days)
    model = replace(model_of(history, demand), target_minutes=target_minutes)
    hall, now, _ = planning_hall(history, present, Limits())
    open_most = min(len(history.clerks) or len(history.windows), len(history.windows))
    hall = replace(hall, staffed=(open_most,) * len(hall.blocks))
    full = opened(hall, find_skeleton(hall, now, load_by_block(demand, hall.blocks), seed=seed), now)
    ground = Ground(model, hall, seed=seed)
    progress(0.1)
    everything = ground.answer(full)
    cheapest = ground.cheapest(full, share) if reaches(everything, share) else None
    progress(0.6)
    limit = None if cheapest else limit_of(ground, full, everything, share)
    curve = tuple(ground.curve(full))
    progress(0.8)
    return Staffing(
        target_minutes=target_minutes,
        share=share,
        hall=hall,
        tickets=ground.tickets,
        present=ground.answer(now),
        full=everything,
        cheapest=cheapest,
        limit=limit,
        curve=curve,
        queues=tuple(
            queue_need(model, hall.blocks, place, share, seed=seed) for place in range(len(model.queues))
        ),
    )


def opened(hall: PlanHall, skeleton: Layout, present: Layout) -> Layout:
    """Return the layout with everything open that may be: a closed cell takes the window's own list.

    Windows keep the list that they have at their busiest hour of the skeleton, else of the present plan.
    """
    rows = []
    for window in range(len(hall.windows)):
        usual = max((*skeleton.cells(window), *present.cells(window)), key=lambda cell: cell[0].bit_count())
        allowed = hall.may_serve(window, skeleton.seats[window])
        usual = (usual[0] & allowed, usual[1] & allowed)
        rows.append([cell if any(cell) else usual for cell in skeleton.cells(window)])
    layout = replace(
        skeleton,
        primary=tuple(tuple(cell[0] for cell in row) for row in rows),
        helping=tuple(tuple(cell[1] for cell in row) for row in rows),
    )
    wider = fill_up(layout, hall)
    keeps = next(violations(hall, wider, skeleton), None) is None
    return wider if keeps else fill_up(skeleton, hall)


def limit_of(ground: Ground, full: Layout, everything: Answer, share: float) -> Limit:
    """Say what keeps the goal out of reach, by lifting one limit after the other."""
    hall, model = ground.hall, ground.model
    short = tuple(
        queue.prefix
        for queue, own in zip(hall.queues, everything.within_by_queue, strict=True)
        if own.value < share
    )
    whole = (1 << len(hall.queues)) - 1
    pooled = replace(
        full,
        primary=tuple((whole,) * len(hall.blocks) for _ in hall.windows),
        helping=tuple((0,) * len(hall.blocks) for _ in hall.windows),
    )
    allowed = max(hall.staffed)
    few = closed(pooled, [(w, b) for w in range(allowed, len(hall.windows)) for b in range(len(hall.blocks))])
    if min(ground.within(few)) < share:
        return Limit("windows", short, windows_needed(model, share, allowed, seed=ground.seed))
    equipped = _listing(hall, full, [window.equipped for window in hall.windows])
    able = _listing(hall, full, [hall.may_serve(w, full.seats[w]) for w in range(len(hall.windows))])
    if min(ground.within(able)) >= share:
        return Limit("list_limit", short)
    return Limit("skill" if min(ground.within(equipped)) >= share else "equipment", short)


def _listing(hall: PlanHall, full: Layout, masks: Sequence[int]) -> Layout:
    """Return the full layout with everything listed that the masks allow, whatever the list limits say."""
    return replace(
        full,
        primary=tuple(
            tuple(masks[window] if any(cell) else 0 for cell in full.cells(window))
            for window in range(len(hall.windows))
        ),
        helping=tuple((0,) * len(hall.blocks) for _ in hall.windows),
    )
