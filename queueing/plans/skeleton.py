"""The skeleton: CP-SAT finds a layout that keeps every rule, or names the rules that cannot all be kept.

The objective only has to be sensible (queues get windows by offered load, lists are filled up to their
limit, little is moved): which of two sensible plans waits less is for the simulation to say, since
closed-form waiting models ranked plans wrongly when they were tried.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from queueing.plans.layouts import seated
from queueing.plans.rules import Layout, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from queueing.plans.rules import Masks, PlanHall

    Cell = tuple[int, int, int]  # window, queue, block

PREFER_SECONDS = 0.1  # of deterministic time, so the answer does not hang on the machine's load
SOLVE_SECONDS = 10.0  # to find any layout at all, where preferring took too long
EXPLAIN_SECONDS = 2.0
GOOD_ENOUGH = 0.03  # gap at which the search takes over: it ends alike from different starts
LISTED, PRIMARY_STEP, KEPT = 4, 60, 3  # weights of the objective


@dataclass(frozen=True, slots=True, order=True)
class Conflict:
    """A rule that takes part in a contradiction; ``subject`` is a window label or queue prefix."""

    rule: Rule
    subject: str = ""


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
    for preferring, seconds in ((True, PREFER_SECONDS), (False, SOLVE_SECONDS)):
        skeleton = _Skeleton(staged_hall, staged_present, hard=True)
        if preferring:
            skeleton.prefer(loads)
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
    The present plan matters only where windows must stay like it.
    """
    binds = bool(hall.limits.pinned) or hall.limits.windows_changed is not None
    asked = [
        (
            staffed,
            [(own[b], help_[b]) for own, help_ in zip(present.primary, present.helping, strict=True)] * binds,
        )
        for b, staffed in enumerate(hall.staffed)
    ]
    begins = [b for b in range(len(asked)) if b == 0 or asked[b] != asked[b - 1]]
    return [range(begin, end) for begin, end in zip(begins, [*begins[1:], len(asked)], strict=True)]


def _at_stages(hall: PlanHall, present: Layout, stages: Sequence[range]) -> tuple[PlanHall, Layout]:
    firsts = [stage.start for stage in stages]

    def picked(rows: Masks) -> Masks:
        return tuple(tuple(row[b] for b in firsts) for row in rows)

    staged = replace(
        hall,
        blocks=tuple(hall.blocks[b] for b in firsts),
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
    skeleton = _Skeleton(hall, present, hard=False)
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
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed % (1 << 31)
    solver.parameters.max_deterministic_time = seconds
    solver.parameters.relative_gap_limit = GOOD_ENOUGH
    return solver


class _Skeleton:
    """The model; with ``hard`` false every rule hangs on a switch of its own.

    A window keeps a list (``primary``, ``helping``) in every block, also while it is closed; what it
    serves is its list while ``opened``. So a list that returns after a closed hour is no change.
    """

    def __init__(self, hall: PlanHall, present: Layout, *, hard: bool) -> None:
        self.model = cp_model.CpModel()
        self.switches: dict[Conflict, cp_model.IntVar] = {}
        self._hall, self._present, self._hard = hall, present, hard
        self._windows = range(len(hall.windows))
        self._queues = range(len(hall.queues))
        self._blocks = range(len(hall.blocks))
        cells = [(w, q, b) for w in self._windows for q in self._queues for b in self._blocks]
        self.primary = {cell: self.model.new_bool_var("") for cell in cells}
        self.helping = {cell: self.model.new_bool_var("") for cell in cells}
        self.covering = {cell: self.model.new_bool_var("") for cell in cells}
        self.opened = {(w, b): self.model.new_bool_var("") for w in self._windows for b in self._blocks}
        self.seats = self._add_seats()
        self._add_lists()
        self._add_abilities()
        self._add_coverage()
        self._add_staff()
        self._add_changes()
        self._add_distance()

    def _when(self, constraint: cp_model.Constraint, rule: Rule, subject: str = "") -> None:
        """Let a constraint hold only while its rule is switched on (always, when rules are hard)."""
        if self._hard:
            return
        conflict = Conflict(rule, subject)
        if conflict not in self.switches:
            self.switches[conflict] = self.model.new_bool_var(f"{rule} {subject}")
        constraint.only_enforce_if(self.switches[conflict])

    def _add_seats(self) -> dict[tuple[int, int], cp_model.IntVar]:
        """A clerk (``seats[clerk, window]``) sits at one window at most, and a window has one at most.

        Clerks who can all do the same need no seats here: then only their number counts.
        """
        if len({facts.skills for facts in self._hall.clerks}) < 2:
            return {}
        clerks = range(len(self._hall.clerks))
        seats = {(c, w): self.model.new_bool_var("") for c in clerks for w in self._windows}
        for clerk in clerks:
            self.model.add_at_most_one(seats[clerk, w] for w in self._windows)
        for window in self._windows:
            self.model.add_at_most_one(seats[c, window] for c in clerks)
        return seats

    def _add_lists(self) -> None:
        """A window lists a queue once, and no more queues than its limit; open means listing something."""
        for (w, q, b), primary in self.primary.items():
            self.model.add_at_most_one(primary, self.helping[w, q, b])
            self.model.add_implication(self.covering[w, q, b], primary)
            self.model.add_implication(self.covering[w, q, b], self.opened[w, b])
        for (w, b), opened in self.opened.items():
            window = self._hall.windows[w]
            lists = [mode[w, q, b] for mode in (self.primary, self.helping) for q in self._queues]
            self.model.add_bool_or(lists).only_enforce_if(opened)
            self._when(self.model.add(sum(lists) <= window.list_limit), Rule.LIST_LIMIT, window.label)

    def _add_abilities(self) -> None:
        """Nothing is listed that the equipment or the clerk cannot serve."""
        clerks = self._hall.clerks
        for (w, q, b), primary in self.primary.items():
            prefix = self._hall.queues[q].prefix
            listed = primary + self.helping[w, q, b]
            able = [c for c, facts in enumerate(clerks) if facts.skills >> q & 1]
            if not self._hall.windows[w].equipped >> q & 1:
                self._when(self.model.add(listed == 0), Rule.EQUIPMENT, prefix)
            elif self.seats:
                # While closed a list is only remembered, and needs nobody.
                shown = self.model.add(listed <= sum(self.seats[c, w] for c in able))
                self._when(shown, Rule.SKILL, prefix)
            elif clerks and not able:
                self._when(self.model.add(listed == 0), Rule.SKILL, prefix)

    def _add_coverage(self) -> None:
        """Every queue has its primary windows in every block."""
        for q in self._queues:
            for b in self._blocks:
                windows = sum(self.covering[w, q, b] for w in self._windows)
                covered = self.model.add(windows >= self._hall.limits.primaries)
                self._when(covered, Rule.COVERAGE, self._hall.queues[q].prefix)

    def _add_staff(self) -> None:
        """No block has more open windows than clerks, and no more windows ever open than clerks are there."""
        for b in self._blocks:
            opened = sum(self.opened[w, b] for w in self._windows)
            self._when(self.model.add(opened <= self._hall.staffed[b]), Rule.CLERKS)
        if self._hall.clerks and not self.seats:
            ever = [self.model.new_bool_var("") for _ in self._windows]
            for (w, _), opened_here in self.opened.items():
                self.model.add_implication(opened_here, ever[w])
            self._when(self.model.add(sum(ever) <= len(self._hall.clerks)), Rule.CLERKS)

    def _add_changes(self) -> None:
        """Bound how often lists change during the day, by window and in all."""
        everywhere = []
        for w in self._windows:
            changes = [self._change(w, b) for b in self._blocks if b > 0]
            label, limit = self._hall.windows[w].label, self._hall.limits.changes_per_window
            self._when(self.model.add(sum(changes) <= limit), Rule.CHANGES_PER_WINDOW, label)
            everywhere += changes
        day = self.model.add(sum(everywhere) <= self._hall.limits.changes_per_day)
        self._when(day, Rule.CHANGES_PER_DAY)
        self.changes = everywhere

    def _change(self, w: int, b: int) -> cp_model.IntVar:
        change = self.model.new_bool_var("")
        for mode in (self.primary, self.helping):
            for q in self._queues:
                before, after = mode[w, q, b - 1], mode[w, q, b]
                self.model.add_bool_or(change, before.negated(), after)
                self.model.add_bool_or(change, before, after.negated())
        return change

    def _add_distance(self) -> None:
        """Pinned windows stay; at most so many others have another day than in the present plan."""
        limit, moved = self._hall.limits.windows_changed, []
        for w in self._windows:
            label = self._hall.windows[w].label
            if label in self._hall.limits.pinned:
                for same in self._like_present(w):
                    self._when(self.model.add(same == 1), Rule.PINNED, label)
            elif limit is not None:
                moved.append(self.model.new_bool_var(""))
                for same in self._like_present(w):
                    self.model.add_implication(moved[-1].negated(), same)
        if limit is not None:
            self._when(self.model.add(sum(moved) <= limit), Rule.WINDOWS_CHANGED)

    def _like_present(self, w: int) -> list[cp_model.LiteralT]:
        """Return literals that are all true exactly when the window's day is that of the present plan."""
        literals: list[cp_model.LiteralT] = []
        for b, (primary, helping) in enumerate(self._present.cells(w)):
            opened = self.opened[w, b]
            literals.append(opened if primary | helping else opened.negated())
            if primary | helping:
                for q in self._queues:
                    for mode, mask in ((self.primary, primary), (self.helping, helping)):
                        literals.append(mode[w, q, b] if mask >> q & 1 else mode[w, q, b].negated())
        return literals

    def prefer(self, load: Sequence[Sequence[float]]) -> None:
        """Maximise windows by load, full lists, and what stays as it is."""
        gains = [LISTED * self.primary[cell] + LISTED * self.helping[cell] for cell in self.primary]
        gains += [LISTED * opened for opened in self.opened.values()]
        gains += [KEPT * literal for literal in self._kept()]
        gains += [-1 * change for change in self.changes]
        for q in self._queues:
            for b in self._blocks:
                gains += self._gains_by_load(q, b, load[q][b])
        for (clerk, window), seat in self.seats.items():
            gains.append(KEPT * seat if self._hall.clerks[clerk].window == window else 0 * seat)
        self.model.maximize(sum(gains))

    def _kept(self) -> list[cp_model.IntVar]:
        """Return the listings of the present plan."""
        return [
            mode[w, q, b]
            for w in self._windows
            for b, (primary, helping) in enumerate(self._present.cells(w))
            for q in self._queues
            for mode, mask in ((self.covering, primary), (self.helping, helping))
            if mask >> q & 1
        ]

    def _gains_by_load(self, q: int, b: int, load: float) -> list[cp_model.LinearExpr]:
        """Return a concave gain for the windows that a queue has: the k-th is worth load / k."""
        covering = [self.covering[w, q, b] for w in self._windows]
        steps = [self.model.new_bool_var("") for _ in covering[: int(2 * load) + 3]]
        self.model.add(sum(steps) <= sum(covering))
        return [
            round(PRIMARY_STEP * min(1.0, (load + 0.1) / place)) * step
            for place, step in enumerate(steps, start=1)
        ]

    def layout(self, solver: cp_model.CpSolver) -> Layout:
        """Return the layout that the solver found."""
        return Layout(
            primary=tuple(self._masks(solver, self.primary, w) for w in self._windows),
            helping=tuple(self._masks(solver, self.helping, w) for w in self._windows),
            seats=tuple(self._seat(solver, w) for w in self._windows),
        )

    def _masks(
        self, solver: cp_model.CpSolver, mode: Mapping[Cell, cp_model.IntVar], w: int
    ) -> tuple[int, ...]:
        return tuple(
            sum(1 << q for q in self._queues if solver.boolean_value(mode[w, q, b]))
            if solver.boolean_value(self.opened[w, b])
            else 0
            for b in self._blocks
        )

    def _seat(self, solver: cp_model.CpSolver, w: int) -> int | None:
        sitting = (c for (c, at), seat in self.seats.items() if at == w and solver.boolean_value(seat))
        return next(sitting, None)
