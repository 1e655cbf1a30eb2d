"""One hall's day to play layouts on, and the cheapest layout that reaches a goal there.

A layout *reaches* the goal when in every queue at least ``share`` of the citizens wait no longer than
the target. The cheapest one is found by closing cells (a window in an hour) of the layout with everything
open as long as the goal holds; it is then judged on days that were not looked at, and opened again where
the judge finds it short.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine import tally
from queueing.engine.run import draw_days, play, play_records
from queueing.plans.layouts import entries_of
from queueing.plans.ranges import Estimate, over_target, play_batches, told_days
from queueing.plans.rules import Layout, PlanHall, violations
from queueing.plans.scoring import PlanCompiler
from queueing.plans.staffing_alone import Point, point_of, within_by_queue

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from queueing.engine import HallModel
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
