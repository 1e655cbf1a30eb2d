"""Window plans as the engine takes them: which window serves which queues, when, and its breaks."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from queueing.engine.model import BadModel

if TYPE_CHECKING:
    from queueing.engine.model import HallModel


@dataclass(frozen=True, slots=True, order=True)
class PlanEntry:
    """Window ``window`` serves ``queue`` from ``from_minutes`` until ``to_minutes`` (indices, minutes)."""

    window: int
    queue: int
    from_minutes: float
    to_minutes: float
    helping: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Break:
    """The clerk at ``window`` rests; a break that begins late keeps its length if the hall says so."""

    window: int
    from_minutes: float
    to_minutes: float


@dataclass(frozen=True, slots=True)
class Plan:
    """One day's plan of one hall."""

    entries: tuple[PlanEntry, ...]
    breaks: tuple[Break, ...] = ()


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch in which one window's lists do not change; ``primary`` empty and ``rests`` for a break."""

    from_minutes: float
    to_minutes: float
    primary: frozenset[int]
    helping: frozenset[int]
    rests: bool = False


def check_plan(model: HallModel, plan: Plan) -> None:
    """Raise BadModel when an entry names nothing, ends before it begins, or overlaps another."""
    everything: tuple[PlanEntry | Break, ...] = (*plan.entries, *plan.breaks)
    for entry in everything:
        if not 0 <= entry.window < len(model.windows):
            raise BadModel(f"the plan names window {entry.window}, the hall has {len(model.windows)}")
        if not entry.from_minutes < entry.to_minutes:
            raise BadModel(f"window {model.windows[entry.window]}: {entry} ends before it begins")
    for served in plan.entries:
        if not 0 <= served.queue < len(model.queues):
            raise BadModel(f"the plan names queue {served.queue}, the hall has {len(model.queues)}")
    by_place = sorted(plan.entries, key=lambda e: (e.window, e.queue, e.from_minutes))
    for before, after in pairwise(by_place):
        if (before.window, before.queue) == (after.window, after.queue) and (
            after.from_minutes < before.to_minutes
        ):
            raise BadModel(f"window {model.windows[after.window]}: {before} and {after} overlap")
    for before_rest, after_rest in pairwise(sorted(plan.breaks)):
        if before_rest.window == after_rest.window and after_rest.from_minutes < before_rest.to_minutes:
            raise BadModel(f"window {model.windows[after_rest.window]}: breaks overlap")


def phases_of(plan: Plan, window: int) -> list[Phase]:
    """Return the window's phases in order of time, breaks among them; gaps are hours when it is closed."""
    entries = [entry for entry in plan.entries if entry.window == window]
    breaks = sorted(rest for rest in plan.breaks if rest.window == window)
    edges = {entry.from_minutes for entry in entries} | {entry.to_minutes for entry in entries}
    edges |= {edge for rest in breaks for edge in (rest.from_minutes, rest.to_minutes)}
    phases: list[Phase] = []
    for start, end in pairwise(sorted(edges)):
        if any(rest.from_minutes <= start < rest.to_minutes for rest in breaks):
            phase = Phase(start, end, frozenset(), frozenset(), rests=True)
        else:
            now = [entry for entry in entries if entry.from_minutes <= start < entry.to_minutes]
            primary = frozenset(entry.queue for entry in now if not entry.helping)
            helping = frozenset(entry.queue for entry in now if entry.helping) - primary
            phase = Phase(start, end, primary, helping)
        if phase.rests or phase.primary or phase.helping:
            _join(phases, phase)
    return phases


def _join(phases: list[Phase], phase: Phase) -> None:
    """Append ``phase``, or lengthen the last one when nothing changes between them."""
    last = phases[-1] if phases else None
    if last is not None and last.to_minutes == phase.from_minutes and _same(last, phase):
        phases[-1] = Phase(last.from_minutes, phase.to_minutes, last.primary, last.helping, last.rests)
    else:
        phases.append(phase)


def _same(one: Phase, other: Phase) -> bool:
    return (one.primary, one.helping, one.rests) == (other.primary, other.helping, other.rests)
