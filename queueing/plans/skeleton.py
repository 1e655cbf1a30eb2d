"""The skeleton: CP-SAT finds a layout that keeps every rule, or names the rules that cannot all be kept.

The objective only has to be sensible (queues get windows by offered load, lists are filled up to their
limit, little is moved): which of two sensible plans waits less is for the simulation to say, since
closed-form waiting models ranked plans wrongly when they were tried.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from queueing.plans.layouts import seated
from queueing.plans.rules import Block, Layout
from queueing.plans.skeleton_model import Conflict, Skeleton, there

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from queueing.plans.rules import Masks, PlanHall, Rest

PREFER_SECONDS = 0.1  # of deterministic time, so the answer does not hang on the machine's load
SOLVE_SECONDS = 10.0  # to find any layout at all, where preferring took too long
EXPLAIN_SECONDS = 2.0
GOOD_ENOUGH = 0.03  # gap at which the search takes over: it ends alike from different starts


class Infeasible(Exception):
    """No layout keeps all rules; ``conflicts`` cannot be kept together, and would be without any one."""

    def __init__(self, conflicts: Sequence[Conflict]) -> None:
        super().__init__(", ".join(f"{one.rule}({one.subject})" for one in conflicts))
        self.conflicts = tuple(conflicts)


class NoSkeleton(Exception):
    """CP-SAT found neither a layout nor a contradiction in its time."""


def find_skeleton(hall: PlanHall, present: Layout, load: Sequence[Sequence[float]], *, seed: int) -> Layout:
    """Return a layout that keeps every rule; ``load[queue][block]`` in busy windows.

    Raises ``Infeasible`` with the rules that conflict.
    """
    stages = stages_of(hall, present)
    staged_hall, staged_present = _at_stages(hall, present, stages)
    loads = [[sum(row[b] for b in stage) / len(stage) for stage in stages] for row in load]
    wishes: Sequence[tuple[Callable[[Skeleton], None], float]] = (
        (lambda skeleton: skeleton.prefer(loads), PREFER_SECONDS),
        (Skeleton.prefer_open, PREFER_SECONDS),
        (lambda _: None, SOLVE_SECONDS),
    )
    for wish, seconds in wishes:
        skeleton = Skeleton(staged_hall, staged_present, hard=True)
        wish(skeleton)
        solver = _solver(seed, seconds)
        status = solver.solve(skeleton.model)
        if status == cp_model.INFEASIBLE:
            raise Infeasible(explain(staged_hall, staged_present))
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return seated(_through_blocks(skeleton.layout(solver), stages), hall)
    raise NoSkeleton(solver.status_name(status))


def stages_of(hall: PlanHall, present: Layout) -> list[range]:
    """Return the runs of blocks that ask the same of a plan; one list for each run will do.

    Whatever layout keeps the rules, repeating each stage's first block through the stage keeps them too:
    coverage and staff ask the same of all its blocks, and leaving columns out adds no change of lists.
    The present plan matters only where windows must stay like it. Where window hours are counted, the
    block of a stage with the fewest open windows can stand for it; a stage then has no gap, as over
    noon, and as many windows open now in all its blocks.
    """
    binds = bool(hall.limits.pinned) or hall.limits.windows_changed is not None
    counts = hall.open_minutes is not None
    asked = [
        (
            staffed,
            [there(clerk, hall.blocks[b]) for clerk in hall.clerks],
            [b for clerk in hall.clerks if clerk.rest and _touches(hall.blocks[b], clerk.rest)][:1],
            [(own[b], help_[b]) for own, help_ in zip(present.primary, present.helping, strict=True)] * binds,
            [any(present.cells(w)[b]) for w in range(len(hall.windows))].count(True) * counts,
        )
        for b, staffed in enumerate(hall.staffed)
    ]
    begins = [
        b
        for b in range(len(asked))
        if b == 0
        or asked[b] != asked[b - 1]
        or (counts and hall.blocks[b].from_minute > hall.blocks[b - 1].to_minute)
    ]
    return [range(begin, end) for begin, end in zip(begins, [*begins[1:], len(asked)], strict=True)]


def _at_stages(hall: PlanHall, present: Layout, stages: Sequence[range]) -> tuple[PlanHall, Layout]:
    """Return hall and plan with a block per stage, which lasts as long as the stage."""
    firsts = [stage.start for stage in stages]

    def picked(rows: Masks) -> Masks:
        return tuple(tuple(row[b] for b in firsts) for row in rows)

    staged = replace(
        hall,
        blocks=tuple(
            Block(hall.blocks[stage.start].from_minute, hall.blocks[stage.stop - 1].to_minute)
            for stage in stages
        ),
        staffed=tuple(hall.staffed[b] for b in firsts),
    )
    return staged, replace(present, primary=picked(present.primary), helping=picked(present.helping))


def _through_blocks(layout: Layout, stages: Sequence[range]) -> Layout:
    def spread(rows: Masks) -> Masks:
        return tuple(
            tuple(mask for mask, stage in zip(row, stages, strict=True) for _ in stage) for row in rows
        )

    return replace(layout, primary=spread(layout.primary), helping=spread(layout.helping))


def explain(hall: PlanHall, present: Layout) -> list[Conflict]:
    """Return rules that cannot be kept together, none of which could be left out (a minimal conflict).

    CP-SAT's sufficient assumptions need not be minimal, so each rule is then dropped in turn and stays
    dropped if the rest still contradicts itself.
    """
    needed = contradiction(hall, present, None) or []
    for conflict in sorted(needed):
        fewer = contradiction(hall, present, [other for other in needed if other != conflict])
        if fewer is not None:
            needed = fewer
    return sorted(needed)


def contradiction(hall: PlanHall, present: Layout, kept: Iterable[Conflict] | None) -> list[Conflict] | None:
    """Return the assumptions behind a contradiction among ``kept`` rules (None: all), None if none."""
    skeleton = Skeleton(hall, present, hard=False)
    rules = skeleton.switches if kept is None else {one: skeleton.switches[one] for one in kept}
    skeleton.model.add_assumptions(list(rules.values()))
    solver = _solver(1, EXPLAIN_SECONDS)
    if solver.solve(skeleton.model) != cp_model.INFEASIBLE:
        return None
    by_index = {switch.index: one for one, switch in rules.items()}
    return [
        by_index[index] for index in solver.sufficient_assumptions_for_infeasibility() if index in by_index
    ]


def _solver(seed: int, seconds: float) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    # One worker and deterministic time: several workers answer differently from run to run.
    # Left to itself the solver takes Ctrl-C over and never gives it back: the next would end the process.
    solver.parameters.catch_sigint_signal = False
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed % (1 << 31)
    solver.parameters.max_deterministic_time = seconds
    solver.parameters.relative_gap_limit = GOOD_ENOUGH
    return solver


def _touches(block: Block, rest: Rest) -> bool:
    return block.from_minute < rest.to_minute and block.to_minute > rest.from_minute
