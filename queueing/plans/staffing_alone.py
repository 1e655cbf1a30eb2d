"""One queue at windows of its own, and a hall whose windows serve everything: how many would do?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from queueing.engine import tally
from queueing.engine.run import draw_days, play
from queueing.plans.ranges import (
    Estimate,
    draw_batches,
    mean_wait,
    over_target,
    percentile,
    play_batches,
)
from queueing.plans.rules import Block, Layout
from queueing.plans.scoring import PlanCompiler

if TYPE_CHECKING:
    from collections.abc import Sequence

    from queueing.engine import HallModel
    from queueing.engine.arrays import PlanArrays
    from queueing.engine.result import Summary
    from queueing.plans.ranges import Played

DAYS = 60
MOST_ALONE = 40  # windows of one queue; no hall we know asks for more
FLAT = 0.995  # a curve ends where more windows would not show


@dataclass(frozen=True, slots=True)
class Point:
    """A number of windows and what it gives: the share within the target, P90 and mean wait in minutes."""

    windows: int
    within: Estimate
    p90: Estimate
    mean: Estimate


@dataclass(frozen=True, slots=True)
class QueueNeed:
    """One queue alone at windows of its own: how many all day (None: out of reach), how many by block."""

    prefix: str
    tickets: float
    windows: int | None
    by_block: tuple[int, ...]
    curve: tuple[Point, ...]


def point_of(played: Played, windows: int) -> Point:
    """Return what so many windows gave."""
    late = over_target(played.total)
    within = Estimate(1 - late.value, 1 - late.high, 1 - late.low)
    return Point(windows, within, percentile(played, 0.9), mean_wait(played.total))


def within_by_queue(summary: Summary) -> list[float]:
    """Return the share within the target by queue, 1 where nobody came."""
    joined, late = summary.counts(tally.JOINED), summary.counts(tally.OVER_TARGET)
    return [1.0 - float(own) / float(all_) if all_ else 1.0 for own, all_ in zip(late, joined, strict=True)]


def queue_need(
    model: HallModel, blocks: Sequence[Block], place: int, share: float, *, seed: int
) -> QueueNeed:
    """Return how many windows one queue would need alone, all day and hour by hour."""
    alone = replace(model, queues=(replace(model.queues[place], transfers={}),), pace=None, pools=None)
    citizens = draw_batches(alone, seed=seed + 2 + place, days=DAYS)
    curve: list[Point] = []
    tickets = 0.0
    while len(curve) < MOST_ALONE:
        windows = len(curve) + 1
        hall = _with_windows(alone, windows)
        played = play_batches(hall, _open(hall, blocks, (windows,) * len(blocks)), citizens)
        tickets = played.total.tickets / played.total.days
        curve.append(point_of(played, windows))
        if curve[-1].within.value >= max(share, FLAT):
            break
    needed = next((point.windows for point in curve if point.within.value >= share), None)
    return QueueNeed(
        prefix=model.queues[place].name,
        tickets=tickets,
        windows=needed,
        by_block=_by_block(alone, blocks, share, needed, seed=seed) if needed else (),
        curve=tuple(curve),
    )


def _by_block(
    model: HallModel, blocks: Sequence[Block], share: float, needed: int, *, seed: int
) -> tuple[int, ...]:
    """Return how many windows each block needs: fewer, one at a time, where it is missed least."""
    hall = _with_windows(model, needed)
    days = draw_days(hall, seed=seed, days=DAYS)
    counts = [needed] * len(blocks)
    tiring = [block for block in range(len(blocks)) if counts[block] > 1]
    while tiring:
        tried = []
        for block in tiring:
            fewer = [count - (number == block) for number, count in enumerate(counts)]
            summary = play(hall, _open(hall, blocks, fewer), days)
            tried.append((within_by_queue(summary)[0], block))
        best, block = max(tried)
        if best < share:
            tiring = [number for own, number in tried if own >= share]
            continue
        counts[block] -= 1
        tiring = [number for own, number in tried if own >= share and counts[number] > 1]
    return tuple(counts)


def windows_needed(model: HallModel, share: float, present: int, *, seed: int) -> int | None:
    """Return how many windows that all serve everything would do, None beyond four times as many."""
    days = draw_days(model, seed=seed, days=DAYS)
    blocks = [Block(round(opens), round(closes)) for opens, closes in model.sessions]
    for windows in range(present + 1, 4 * present + 1):
        hall = _with_windows(replace(model, pace=None, pools=None), windows)
        if min(within_by_queue(play(hall, _open(hall, blocks, (windows,) * len(blocks)), days))) >= share:
            return windows
    return None


def _with_windows(model: HallModel, windows: int) -> HallModel:
    return replace(model, windows=tuple(str(number + 1) for number in range(windows)))


def _open(model: HallModel, blocks: Sequence[Block], counts: Sequence[int]) -> PlanArrays:
    """Return a plan in which the first windows are open, as many as ``counts`` says, and serve everything."""
    everything = (1 << len(model.queues)) - 1
    primary = tuple(
        tuple(everything if window < count else 0 for count in counts) for window in range(len(model.windows))
    )
    closed = tuple((0,) * len(blocks) for _ in model.windows)
    return PlanCompiler(model, blocks).arrays(Layout(primary, closed, (None,) * len(model.windows)))
