"""How many windows does a day need? Answered by the engine, since formulas ranked halls wrongly.

A layout *reaches* the goal when in every queue at least ``share`` of the citizens wait no longer than
the target. The cheapest one is found by opening everything that equipment, skills, list limits and
clerks allow, and closing cells (a window in an hour) as long as the goal holds; it is then judged on
days that were not looked at, and opened again where the judge finds it short.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine import tally
from queueing.engine.run import draw_days, play, play_records
from queueing.plans.demand import fit, model_of
from queueing.plans.history import FEWEST_DAYS, HistoryTooShort
from queueing.plans.layouts import entries_of
from queueing.plans.moves import fill_up
from queueing.plans.propose import load_by_block, planning_hall
from queueing.plans.ranges import Estimate, over_target, play_batches, told_days
from queueing.plans.rules import Layout, Limits, PlanHall, violations
from queueing.plans.scoring import PlanCompiler
from queueing.plans.skeleton import find_skeleton
from queueing.plans.staffing_alone import (
    Point,
    QueueNeed,
    point_of,
    queue_need,
    windows_needed,
    within_by_queue,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from queueing.engine import HallModel
    from queueing.plans.history import HallHistory
    from queueing.plans.propose import PlanView
    from queueing.plans.ranges import Played
    from queueing.rules.windows import PlanEntry

SEARCH_DAYS = 60  # of 20 tickets they leave a share in doubt by one point, which the judge then mends
ORDERS = 4  # in which cells are closed: the best of four was 3 % cheaper than the first
JUDGED_AGAIN = 6
MARGIN = 0.002  # by which a queue's bar is raised beyond what the judge found it short of


@dataclass(frozen=True, slots=True)
class Answer:
    """One layout: window hours, windows open by block, waits, and the share within the target by queue."""

    window_hours: float
    by_block: tuple[int, ...]
    point: Point
    within_by_queue: tuple[Estimate, ...]
    within_by_block: tuple[float, ...]
    entries: tuple[PlanEntry, ...]
    layout: Layout


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


def reaches(answer: Answer, share: float) -> bool:
    """Return whether every queue has its share within the target."""
    return all(estimate.value >= share for estimate in answer.within_by_queue)


class Ground:
    """One hall's day to play layouts on: the same citizens for all, others to judge."""

    def __init__(self, model: HallModel, hall: PlanHall, *, seed: int) -> None:
        self.model, self.hall, self.seed = model, hall, seed
        self._compiler = PlanCompiler(model, hall.blocks, hall)
        self._days = draw_days(model, seed=seed, days=SEARCH_DAYS)
        self._unseen = told_days(model)
        self.tickets = float(len(self._days.tickets.joined)) / SEARCH_DAYS

    def within(self, layout: Layout) -> list[float]:
        """Return the share within the target by queue on the days that are searched on; 1 where none came."""
        return within_by_queue(play(self.model, self._compiler.arrays(layout), self._days))

    def point(self, layout: Layout, windows: int) -> tuple[Point, Played]:
        """Return what a layout gives on the unseen days."""
        played = play_batches(self.model, self._compiler.arrays(layout), self._unseen)
        return point_of(played, windows), played

    def answer(self, layout: Layout) -> Answer:
        """Return a layout with what it gives on the unseen days."""
        by_block = open_by_block(self.hall, layout)
        point, played = self.point(layout, max(by_block))
        late = [over_target(played.total, queue) for queue in range(len(self.model.queues))]
        return Answer(
            window_hours=window_hours(self.hall, layout),
            by_block=by_block,
            point=point,
            within_by_queue=tuple(Estimate(1 - own.value, 1 - own.high, 1 - own.low) for own in late),
            within_by_block=self._within_by_block(layout),
            entries=entries_of(self.hall, layout),
            layout=layout,
        )

    def _within_by_block(self, layout: Layout) -> tuple[float, ...]:
        """Return the share within the target of those who came in each block."""
        arrays = self._compiler.arrays(layout)
        records = play_records(self.model, arrays, self._unseen[0])
        joined = np.concatenate([record.joined_minutes for record in records])
        waits = np.concatenate([record.wait_minutes for record in records])
        edges = [block.from_minute for block in self.hall.blocks[1:]]
        block = np.searchsorted(edges, joined, side="right")
        known = ~np.isnan(waits) & ~np.isnan(joined)
        shares = []
        for number in range(len(self.hall.blocks)):
            own = waits[known & (block == number)]
            shares.append(float((own <= self.model.target_minutes).mean()) if len(own) else 1.0)
        return tuple(shares)

    def cheapest(self, full: Layout, share: float) -> Answer:
        """Return the cheapest layout found that reaches the goal on the unseen days too.

        Each time the judge finds a queue short, its bar is raised by as much as it lacks; no higher than
        what the queue has with everything open, or nothing could be closed.
        """
        most = self.within(full)
        bars = [min(share, own) for own in most]
        for _ in range(JUDGED_AGAIN):
            answer = self.answer(self._cheapest_closed(full, bars))
            if reaches(answer, share):
                return answer
            bars = [
                min(bar + max(0.0, share - own.value) + MARGIN * (own.value < share), reached)
                for bar, own, reached in zip(bars, answer.within_by_queue, most, strict=True)
            ]
        return self.answer(full)

    def closed_on_searched_days(self, full: Layout, share: float) -> Layout:
        """Return the cheapest layout found for a goal on the days that are searched on, without a judge."""
        return self._cheapest_closed(full, [share] * len(self.model.queues))

    def _cheapest_closed(self, full: Layout, bars: Sequence[float]) -> Layout:
        return min(
            (self._closed(full, bars, order) for order in range(ORDERS)),
            key=lambda layout: window_hours(self.hall, layout),
        )

    def _closed(self, layout: Layout, bars: Sequence[float], order: int) -> Layout:
        """Close cells one by one, whole windows first, as long as every queue stays above its bar."""
        for cells in self._candidates(order):
            tried = closed(layout, cells)
            if tried == layout or next(violations(self.hall, tried, layout), None) is not None:
                continue
            if all(own >= bar for own, bar in zip(self.within(tried), bars, strict=True)):
                layout = tried
        return layout

    def _candidates(self, order: int) -> Iterator[list[tuple[int, int]]]:
        windows, blocks = len(self.hall.windows), len(self.hall.blocks)
        chance = random.Random(f"{self.seed}/{order}")
        days = [[(window, block) for block in range(blocks)] for window in range(windows)]
        cells = [[cell] for day in days for cell in day]
        if order:
            chance.shuffle(days)
            chance.shuffle(cells)
        else:
            cells.sort(key=lambda cell: (cell[0][1], cell[0][0]))
        yield from days
        yield from cells

    def curve(self, full: Layout) -> Iterator[Point]:
        """Yield what fewer and fewer windows give, open all day; the one that is missed least goes first."""
        layout = full
        points = [self.point(layout, max(open_by_block(self.hall, layout)))[0]]
        while (fewer := self._one_less(layout)) is not None:
            layout = fewer
            points.append(self.point(layout, max(open_by_block(self.hall, layout)))[0])
        yield from reversed(points)

    def _one_less(self, layout: Layout) -> Layout | None:
        blocks = len(self.hall.blocks)
        tried = []
        for window in range(len(self.hall.windows)):
            fewer = closed(layout, [(window, block) for block in range(blocks)])
            if fewer == layout or next(violations(self.hall, fewer, layout), None) is not None:
                continue
            summary = play(self.model, self._compiler.arrays(fewer), self._days)
            tried.append((summary.counts(tally.OVER_TARGET).sum(), window, fewer))
        return min(tried)[2] if tried else None


def closed(layout: Layout, cells: Sequence[tuple[int, int]]) -> Layout:
    """Return the layout with these (window, block) cells closed."""
    gone = set(cells)

    def kept(rows: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
        return tuple(
            tuple(0 if (window, block) in gone else mask for block, mask in enumerate(row))
            for window, row in enumerate(rows)
        )

    return replace(layout, primary=kept(layout.primary), helping=kept(layout.helping))


def open_by_block(hall: PlanHall, layout: Layout) -> tuple[int, ...]:
    """Return how many windows are open in each block."""
    return tuple(
        sum(any(layout.cells(window)[block]) for window in range(len(hall.windows)))
        for block in range(len(hall.blocks))
    )


def window_hours(hall: PlanHall, layout: Layout) -> float:
    """Return the hours in which windows are open, summed."""
    return sum(
        count * (block.to_minute - block.from_minute) / 60
        for count, block in zip(open_by_block(hall, layout), hall.blocks, strict=True)
    )


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
