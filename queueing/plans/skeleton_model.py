"""The CP-SAT model of a window plan's rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from queueing.plans.rules import Layout, Rule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from queueing.plans.rules import Block, PlanClerk, PlanHall, Rest

    Cell = tuple[int, int, int]  # window, queue, block

LISTED, PRIMARY_STEP, KEPT = 4, 60, 3  # weights of the objective


@dataclass(frozen=True, slots=True, order=True)
class Conflict:
    """A rule that takes part in a contradiction; ``subject`` is a window label or queue prefix."""

    rule: Rule
    subject: str = ""


def rest_stretches(blocks: Sequence[Block], rest: Rest) -> list[list[int]]:
    """Return sets of blocks, each of which leaves room for a break when closed.

    >>> from queueing.plans.rules import Block, Rest
    >>> rest_stretches([Block(0, 30), Block(30, 60), Block(60, 90)], Rest(30, 30, 90))
    [[1], [2]]
    """
    starts = sorted({rest.from_minute, *(block.to_minute for block in blocks)})
    ends = sorted({rest.to_minute, *(block.from_minute for block in blocks)})
    found: list[list[int]] = []
    for start in (one for one in starts if one >= rest.from_minute):
        fitting = [end for end in ends if start + rest.minutes <= end <= rest.to_minute]
        if fitting:
            inside = [
                b
                for b, block in enumerate(blocks)
                if block.from_minute < fitting[0] and block.to_minute > start
            ]
            found.append(inside)
    return found


def there(clerk: PlanClerk, block: Block) -> bool:
    """Return whether a clerk's shift holds a whole block."""
    shift = clerk.shift
    return shift is None or (shift[0] <= block.from_minute and block.to_minute <= shift[1])


class Skeleton:
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
        self.wide = self._add_lists()
        self._add_abilities()
        self._add_coverage()
        self._add_staff()
        self._add_shifts()
        self._add_breaks()
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

        Clerks who are all alike need no seats here: then only their number counts.
        """
        if len({(facts.skills, facts.shift, facts.rest) for facts in self._hall.clerks}) < 2:
            return {}
        clerks = range(len(self._hall.clerks))
        seats = {(c, w): self.model.new_bool_var("") for c in clerks for w in self._windows}
        for clerk in clerks:
            self.model.add_at_most_one(seats[clerk, w] for w in self._windows)
        for window in self._windows:
            self.model.add_at_most_one(seats[c, window] for c in clerks)
        return seats

    def _add_lists(self) -> dict[tuple[int, int], cp_model.IntVar]:
        """A window lists a queue once, and no more than its limit unless it is integrated (returned).

        Open means listing something.
        """
        limits = self._hall.limits
        wide = {place: self.model.new_bool_var("") for place in self.opened if limits.integrated}
        for (w, q, b), primary in self.primary.items():
            self.model.add_at_most_one(primary, self.helping[w, q, b])
            self.model.add_implication(self.covering[w, q, b], primary)
            self.model.add_implication(self.covering[w, q, b], self.opened[w, b])
        for (w, b), opened in self.opened.items():
            window = self._hall.windows[w]
            lists = [mode[w, q, b] for mode in (self.primary, self.helping) for q in self._queues]
            self.model.add_bool_or(lists).only_enforce_if(opened)
            room = window.list_limit + len(self._queues) * wide.get((w, b), 0)
            self._when(self.model.add(sum(lists) <= room), Rule.LIST_LIMIT, window.label)
        for b in self._blocks if wide else ():
            together = self.model.add(sum(wide[w, b] for w in self._windows) <= limits.integrated)
            self._when(together, Rule.INTEGRATED)
        return wide

    def _add_abilities(self) -> None:
        """Nothing is listed that the equipment or the clerk cannot serve.

        Where rules are only explained, skills bind at windows without the equipment too: else the
        equipment of a queue that no clerk can serve would be named, and none would help.
        """
        clerks = self._hall.clerks
        for (w, q, b), primary in self.primary.items():
            prefix = self._hall.queues[q].prefix
            listed = primary + self.helping[w, q, b]
            equipped = self._hall.windows[w].equipped >> q & 1
            if not equipped:
                self._when(self.model.add(listed == 0), Rule.EQUIPMENT, prefix)
            if equipped or not self._hard:
                self._add_skill(w, q, listed, [c for c, own in enumerate(clerks) if own.skills >> q & 1])

    def _add_skill(self, w: int, q: int, listed: cp_model.LinearExprT, able: list[int]) -> None:
        """A queue is listed where one of the ``able`` clerks sits."""
        prefix = self._hall.queues[q].prefix
        if self.seats:
            # While closed a list is only remembered, and needs nobody.
            shown = self.model.add(listed <= sum(self.seats[c, w] for c in able))
            self._when(shown, Rule.SKILL, prefix)
        elif self._hall.clerks and not able:
            self._when(self.model.add(listed == 0), Rule.SKILL, prefix)

    def _add_coverage(self) -> None:
        """Every queue has its primary windows in every block."""
        for q in self._queues:
            for b in self._blocks:
                windows = sum(self.covering[w, q, b] for w in self._windows)
                covered = self.model.add(windows >= self._hall.limits.primaries)
                self._when(covered, Rule.COVERAGE, self._hall.queues[q].prefix)

    def _add_staff(self) -> None:
        """No more windows are open than clerks are there: in a block, over the day, and added up."""
        for b in self._blocks:
            opened = sum(self.opened[w, b] for w in self._windows)
            self._when(self.model.add(opened <= self._hall.staffed[b]), Rule.CLERKS)
        if self._hall.open_minutes is not None:
            lengths = [block.to_minute - block.from_minute for block in self._hall.blocks]
            minutes = sum(lengths[b] * opened for (_, b), opened in self.opened.items())
            self._when(self.model.add(minutes <= self._hall.open_minutes), Rule.CLERKS)
        if self._hall.clerks and not self.seats:
            ever = [self.model.new_bool_var("") for _ in self._windows]
            for (w, _), opened_here in self.opened.items():
                self.model.add_implication(opened_here, ever[w])
            self._when(self.model.add(sum(ever) <= len(self._hall.clerks)), Rule.CLERKS)

    def _add_shifts(self) -> None:
        """A window is open only while its clerk is there."""
        clerks = self._hall.clerks
        for (w, b), opened in self.opened.items():
            on_shift = [c for c, facts in enumerate(clerks) if there(facts, self._hall.blocks[b])]
            if len(on_shift) == len(clerks):
                continue
            seats = sum(self.seats[c, w] for c in on_shift) if self.seats else 0
            self._when(self.model.add(opened <= seats), Rule.SHIFT)

    def _add_breaks(self) -> None:
        """A window leaves its clerk a break: all blocks in one of the stretches that would do are closed."""
        for rest in sorted({c.rest for c in self._hall.clerks if c.rest}, key=lambda rest: rest.from_minute):
            resting = [c for c, facts in enumerate(self._hall.clerks) if facts.rest == rest]
            stretches = rest_stretches(self._hall.blocks, rest)
            for w in self._windows:
                chosen = [self.model.new_bool_var("") for _ in stretches]
                for literal, stretch in zip(chosen, stretches, strict=True):
                    for b in stretch:
                        self.model.add_implication(literal, self.opened[w, b].negated())
                for seat in [self.seats[c, w] for c in resting] if self.seats else [None]:
                    constraint = self.model.add_bool_or(chosen)
                    if seat is not None:
                        constraint.only_enforce_if(seat)
                    self._when(constraint, Rule.BREAK)

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
        gains += [-LISTED * len(self._queues) * wide for wide in self.wide.values()]  # slower: where it must
        for q in self._queues:
            for b in self._blocks:
                gains += self._gains_by_load(q, b, load[q][b])
        for (clerk, window), seat in self.seats.items():
            gains.append(KEPT * seat if self._hall.clerks[clerk].window == window else 0 * seat)
        self.model.maximize(sum(gains))

    def prefer_open(self) -> None:
        """Maximise open windows and what stays as it is: in a large hall found ten times sooner."""
        self.model.maximize(
            sum(LISTED * opened for opened in self.opened.values())
            + sum(self.primary.values()) + sum(self.helping.values())
            + sum(KEPT * literal for literal in self._kept())
        )  # fmt: skip

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
