"""A day's forecast beside the window plan: what each queue gets in each quarter hour, and what it lacks."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from queueing.rules import gaps
from queueing.rules.drain import QUARTER_MINUTES, QUARTERS
from queueing.rules.windows import planned_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kernel.ids import QueueId, WindowId
    from queueing.rules.gaps import Gap, Hint, PlannedWindow
    from queueing.rules.windows import PlanEntry
    from queueing.store import Window

SOON_QUARTERS = 4  # who waits now is to be served within the hour, on top of who comes


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """The plan's windows in each quarter of the day, and minutes per citizen of each queue at one of them."""

    windows: Sequence[Sequence[PlannedWindow[QueueId]]]
    minutes: Mapping[QueueId, float]


@dataclass(frozen=True, slots=True)
class Capacity:
    """By queue and quarter: ``people`` that the plan can serve, ``short`` windows lacking.

    ``fullness[queue][quarter]``: need over what it gets, 1 and more where it is short.
    """

    people: Mapping[QueueId, tuple[float, ...]]
    short: Mapping[QueueId, tuple[float, ...]]
    fullness: Mapping[QueueId, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Advice:
    """A gap and what would help."""

    gap: Gap[QueueId]
    hints: tuple[Hint[QueueId], ...]


def planned_day(
    entries: Sequence[PlanEntry],
    windows: Sequence[Window],
    equipment: Mapping[WindowId, set[QueueId]],
    minutes: Mapping[QueueId, float],
    open_share: Sequence[float],
) -> PlannedDay:
    """Return what the plan says of each quarter in which the doors are open."""
    rows: list[list[PlannedWindow[QueueId]]] = []
    for quarter in range(QUARTERS):
        row = []
        for window in windows if open_share[quarter] > 0 else ():
            listed = [entry for entry in entries if entry.window_id == window.id]
            serves = planned_at(listed, window.id, quarter * QUARTER_MINUTES) if listed else {}
            lists = frozenset(queue_id for queue_id in serves if queue_id in minutes)
            equipped = frozenset(equipment.get(window.id, set()))
            row.append(gaps.PlannedWindow(window.label, lists, equipped, window.list_limit))
        rows.append(row)
    return PlannedDay(rows, minutes)


def capacity(
    day: PlannedDay,
    arrivals: Mapping[QueueId, Sequence[float]],
    waiting: Mapping[QueueId, int],
    open_share: Sequence[float],
    *,
    now_quarter: int,
    busy_share: float,
) -> Capacity:
    """Return what the plan gives each queue when people come as forecast.

    Who waits now counts as work of the next hour; windows are planned at most ``busy_share`` full.
    """
    people: dict[QueueId, list[float]] = {queue: [0.0] * QUARTERS for queue in arrivals}
    short: dict[QueueId, list[float]] = {queue: [0.0] * QUARTERS for queue in arrivals}
    fullness: dict[QueueId, list[float]] = {queue: [0.0] * QUARTERS for queue in arrivals}
    for quarter in range(QUARTERS):
        opened = open_share[quarter]
        if opened <= 0:
            continue
        soon = now_quarter <= quarter < now_quarter + SOON_QUARTERS
        needs = {}
        for queue, row in arrivals.items():
            work = row[quarter] + (waiting.get(queue, 0) / SOON_QUARTERS if soon else 0.0)
            needs[queue] = work * day.minutes[queue] / (QUARTER_MINUTES * opened) / busy_share
        lists = [window.lists for window in day.windows[quarter] if window.lists]
        got = gaps.shares(needs, lists)
        for queue, need in needs.items():
            people[queue][quarter] = got[queue] * QUARTER_MINUTES * opened / day.minutes[queue]
            short[queue][quarter] = max(0.0, need - got[queue])
            fullness[queue][quarter] = need / got[queue] if got[queue] > 0 else (2.0 if need > 0 else 0.0)
    return Capacity(*({queue: tuple(row) for queue, row in table.items()}
                      for table in (people, short, fullness)))  # fmt: skip


def advice(day: PlannedDay, found: Capacity, *, from_quarter: int) -> list[Advice]:
    """Return the gaps from a quarter on, each with what would help for all of its time."""
    told = []
    for gap in gaps.gaps(found.short, from_quarter=from_quarter):
        stretch = range(gap.from_quarter, gap.to_quarter)
        offered: defaultdict[Hint[QueueId], int] = defaultdict(int)
        for quarter in stretch:
            full = {queue: row[quarter] for queue, row in found.fullness.items()}
            for hint in gaps.hints(gap.queue, day.windows[quarter], full):
                offered[hint] += 1
        lasting = [hint for hint, times in offered.items() if times >= 0.75 * len(stretch)]
        told.append(Advice(gap, tuple(lasting[: gaps.HINTS])))
    return told
