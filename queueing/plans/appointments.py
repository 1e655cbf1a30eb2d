"""How many places should each slot offer? Numbers in, numbers out: nothing here knows an appointment.

Whoever books comes instead of just coming: the day's citizens stay as many, ``booked · show`` of them
move from their own time to a slot's. Booked and other citizens of a queue are played as two queues that
the same windows serve, so their waits are told apart. Every offer meets the same days.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine import AppointmentSlot, normal, tally
from queueing.engine.run import draw_days, play
from queueing.plans.demand import fit, model_of
from queueing.plans.history import FEWEST_DAYS, HistoryTooShort
from queueing.plans.layouts import blocks_of, layout_of
from queueing.plans.ranges import Estimate, column, ratio, t_of, waited
from queueing.plans.scoring import PlanCompiler

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from kernel.ids import QueueId
    from queueing.engine import HallModel, QueueModel
    from queueing.engine.result import Summary
    from queueing.plans.history import HallHistory
    from queueing.plans.propose import PlanView
    from queueing.plans.rules import Layout

    Floats = NDArray[np.float64]

Offer = tuple[tuple[int, ...], ...]
"""Places ``[queue][slot]``."""

SEARCH_DAYS = 30
JUDGE_DAYS = 120
PASSES = 3
EVALUATIONS = 700  # more did not lower the cost further in the halls of the benchmark
WORTH = 0.002  # minutes of everybody's wait that one place more or less must be worth
OVERTIME_WEIGHT = 0.05  # minutes of everybody's wait that a minute of overtime is worth
EARLY, EARLY_SPREAD = -6.0, 6.0  # minutes around the slot start: most come a little early, some late
NOTICED = 0.2  # minutes of mean wait below which a proposal is not worth a change


@dataclass(frozen=True, slots=True)
class Slots:
    """The slots of a day, in local minutes, and the most places that each may offer ``[queue][slot]``."""

    starts: tuple[int, ...]
    most: Offer


@dataclass(frozen=True, slots=True)
class Takers:
    """``show``: share of the booked who come. ``willing``: share of a queue's citizens who would book."""

    show: float
    willing: float


@dataclass(frozen=True, slots=True)
class OfferFigures:
    """What an offer gives a day: waits in minutes, idle share of open windows, overtime in minutes.

    ``difference`` is that of everybody's mean wait against the present offer.
    """

    places: int
    booked: float
    everybody: Estimate
    booked_wait: Estimate
    walk_in_wait: Estimate
    idle_share: float
    overtime: Estimate
    difference: Estimate


@dataclass(frozen=True, slots=True)
class Capacity:
    """The present offer, the ones that were asked about, and the one that the search found."""

    present: OfferFigures
    asked: tuple[OfferFigures, ...]
    found: Offer
    proposed: OfferFigures
    worth_it: bool


def plan_places(
    history: HallHistory,
    present: PlanView,
    slots: Slots,
    takers: Takers,
    now: Offer,
    asked: Sequence[Offer],
    *,
    seed: int = 1,
    progress: Callable[[float], None] = lambda _: None,
) -> Capacity:
    """Return the trade-off of offers of places on ``history.for_day``; raises ``HistoryTooShort``."""
    if len(history.days) < FEWEST_DAYS:
        raise HistoryTooShort(len(history.days))
    desk = Desk(history, present, slots, takers, seed=seed)
    starts = [now, *asked]
    best = min(starts, key=desk.cost)
    progress(0.1)
    found = desk.improve(best, progress=lambda done: progress(0.1 + 0.7 * done))
    before = desk.judge(now)
    progress(0.9)
    proposed = desk.figures(found, desk.judge(found), before)
    return Capacity(
        present=desk.figures(now, before, before),
        asked=tuple(desk.figures(offer, desk.judge(offer), before) for offer in asked),
        found=found,
        proposed=proposed,
        worth_it=proposed.difference.high < 0 and -proposed.difference.value >= NOTICED,
    )


class Desk:
    """A hall's day under its present plan, on which offers of places are played."""

    def __init__(
        self, history: HallHistory, present: PlanView, slots: Slots, takers: Takers, *, seed: int
    ) -> None:
        self._model = model_of(history, fit(history, history.days))
        self._slots, self._takers, self._seed = slots, takers, seed
        blocks = blocks_of(history.sessions, present.entries)
        nobody = (None,) * len(history.windows)
        layout = layout_of(present.entries, history.queues, history.windows, blocks, nobody)
        self._plan = PlanCompiler(_apart(self._model, ()), blocks).arrays(_both(layout, len(history.queues)))
        self._open_minutes = sum(
            (block.to_minute - block.from_minute) * sum(any(layout.cells(w)[b]) for w in range(len(nobody)))
            for b, block in enumerate(blocks)
        )
        self._citizens = [sum(queue.walk_ins_per_interval) for queue in self._model.queues]
        self.evaluations = 0

    def booked(self, offer: Offer) -> list[list[int]]:
        """Return how many book in each slot: all places, up to the share of citizens who would book."""
        taken = []
        for places, citizens in zip(offer, self._citizens, strict=True):
            room = self._takers.willing * citizens / max(self._takers.show, 0.01)
            filled = min(1.0, room / sum(places)) if sum(places) else 0.0
            taken.append(_spread([filled * own for own in places]))
        return taken

    def cost(self, offer: Offer) -> float:
        """Return mean wait plus what overtime weighs, in minutes, on the days that are searched on."""
        self.evaluations += 1
        summary = self._play(offer, seed=self._seed, days=SEARCH_DAYS)
        return self.cost_of(summary)

    def cost_of(self, summary: Summary) -> float:
        """Return what a played offer costs."""
        wait = float(waited(summary).sum() / max(column(summary, tally.JOINED).sum(), 1.0))
        return wait + OVERTIME_WEIGHT * float(self._overtime(summary).mean())

    def improve(self, offer: Offer, *, progress: Callable[[float], None]) -> Offer:
        """Add and take single places, each kept if it lowers the cost on the very same days."""
        chance = random.Random(self._seed)
        best, cost = offer, self.cost(offer)
        places = [(queue, slot) for queue in range(len(offer)) for slot in range(len(self._slots.starts))]
        began = self.evaluations
        for _ in range(PASSES):
            before = best
            chance.shuffle(places)
            for queue, slot in places:
                for step in (1, -1, 2, -2):
                    if self.evaluations - began >= EVALUATIONS:
                        return best
                    tried = _moved(best, queue, slot, step, self._slots.most)
                    if tried is None:
                        continue
                    new = self.cost(tried)
                    if new < cost - WORTH / 10:
                        best, cost = tried, new
                        break
                progress((self.evaluations - began) / EVALUATIONS)
            if best == before:
                break
        return best

    def judge(self, offer: Offer) -> Summary:
        """Play an offer on days that the search has not seen."""
        return self._play(offer, seed=self._seed + 1, days=JUDGE_DAYS)

    def figures(self, offer: Offer, summary: Summary, before: Summary) -> OfferFigures:
        """Return what an offer gives, beside the present one."""
        queues = len(self._model.queues)
        overtime = self._overtime(summary)
        return OfferFigures(
            places=sum(map(sum, offer)),
            booked=float(sum(map(sum, self.booked(offer)))),
            everybody=ratio(waited(summary), column(summary, tally.JOINED)),
            booked_wait=_side(summary, slice(queues, None)),
            walk_in_wait=_side(summary, slice(0, queues)),
            idle_share=1.0 - float(summary.busy_minutes.sum()) / summary.days / max(self._open_minutes, 1.0),
            overtime=ratio(overtime, np.ones(len(overtime))),
            difference=_difference(before, summary),
        )

    def _play(self, offer: Offer, *, seed: int, days: int) -> Summary:
        model = _apart(self._model, self._booked_slots(offer), self._takers.show)
        return play(model, self._plan, draw_days(model, seed=seed, days=days))

    def _booked_slots(self, offer: Offer) -> list[tuple[AppointmentSlot, ...]]:
        return [
            tuple(
                AppointmentSlot(due_minutes=start, places=count)
                for start, count in zip(self._slots.starts, taken, strict=True)
                if count
            )
            for taken in self.booked(offer)
        ]

    def _overtime(self, summary: Summary) -> Floats:
        """Return minutes after closing until the last citizen left, by day."""
        late: Floats = np.maximum(summary.last_finish_minutes - self._model.closes_minutes, 0.0)
        return late


def _moved(offer: Offer, queue: int, slot: int, step: int, most: Offer) -> Offer | None:
    """Return the offer with one place more or less in a slot, None where that may not be."""
    places = offer[queue][slot] + step
    if not 0 <= places <= most[queue][slot]:
        return None
    row = (*offer[queue][:slot], places, *offer[queue][slot + 1 :])
    return (*offer[:queue], row, *offer[queue + 1 :])


def _spread(shares: Sequence[float]) -> list[int]:
    """Round so that the total stays what it is: what is cut off is carried on.

    >>> _spread([0.5, 0.5, 0.5, 0.5])
    [0, 1, 0, 1]
    """
    counts, given = [], 0
    total = 0.0
    for share in shares:
        total += share
        counts.append(int(total + 1e-9) - given)
        given += counts[-1]
    return counts


def _apart(model: HallModel, booked: Sequence[tuple[AppointmentSlot, ...]], show: float = 1.0) -> HallModel:
    """Return the hall with each queue twice: those who just come, and those who have booked."""
    slots = list(booked) or [()] * len(model.queues)
    walk_ins = tuple(_fewer(queue, own, show) for queue, own in zip(model.queues, slots, strict=True))
    bookers = tuple(
        replace(
            queue,
            name=f"{queue.name}*",
            walk_ins_per_interval=(0.0,) * len(queue.walk_ins_per_interval),
            appointments=own,
            no_show_share=1.0 - show,
            punctuality=normal(EARLY, EARLY_SPREAD),
            transfers={},
        )
        for queue, own in zip(model.queues, slots, strict=True)
    )
    return replace(model, queues=(*walk_ins, *bookers), pace=None)


def _fewer(queue: QueueModel, booked: Sequence[AppointmentSlot], show: float) -> QueueModel:
    """Return the queue without those who booked instead of just coming."""
    citizens = sum(queue.walk_ins_per_interval)
    kept = max(0.0, 1.0 - show * sum(slot.places for slot in booked) / citizens) if citizens else 0.0
    rates = tuple(kept * rate for rate in queue.walk_ins_per_interval)
    return replace(queue, walk_ins_per_interval=rates, transfers={})


def _both(layout: Layout, queues: int) -> Layout:
    """Return the layout in which a window that serves a queue serves its booked citizens too."""
    primary, helping = (
        tuple(tuple(mask | mask << queues for mask in row) for row in rows)
        for rows in (layout.primary, layout.helping)
    )
    return replace(layout, primary=primary, helping=helping)


def _side(summary: Summary, queues: slice) -> Estimate:
    daily = summary.daily[:, queues].sum(axis=1)
    return ratio(daily[:, tally.WAIT_SUM] + daily[:, tally.LEFT_WAIT_SUM], daily[:, tally.JOINED])


def _difference(before: Summary, after: Summary) -> Estimate:
    """Return the difference of the mean waits of all, by days: each offer has its own citizens of a day."""
    waits, influence = [], []
    for summary in (before, after):
        minutes, joined = waited(summary), column(summary, tally.JOINED)
        total = max(float(joined.sum()), 1.0)
        mean = float(minutes.sum()) / total
        waits.append(mean)
        influence.append((minutes - mean * joined) / total)
    change = influence[1] - influence[0]
    days = len(change)
    error = float(np.sqrt(days / max(days - 1, 1) * np.sum(change**2)))
    value, half = waits[1] - waits[0], t_of(days) * error
    return Estimate(value, value - half, value + half)


def offer_of(places: Mapping[str, Sequence[int]], queues: Sequence[QueueId]) -> Offer:
    """Return an offer from places by queue id as text; a queue that is not named offers none."""
    longest = max((len(own) for own in places.values()), default=0)
    return tuple(tuple(places.get(str(queue), (0,) * longest)) for queue in queues)
