"""How many places should each slot offer? Numbers in, numbers out: nothing here knows an appointment.

Whoever books comes instead of just coming: the day's citizens stay as many, ``booked · show`` of them
move from their own time to a slot's. Booked and other citizens of a queue are played as two queues that
the same windows serve, so their waits are told apart. Every offer meets the same days.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine import tally
from queueing.plans.history import FEWEST_DAYS, HistoryTooShort
from queueing.plans.place_desk import Desk
from queueing.plans.ranges import Estimate, column, ratio, t_of, waited

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kernel.ids import QueueId
    from queueing.engine.result import Summary
    from queueing.plans.history import HallHistory
    from queueing.plans.place_desk import Slots, Takers
    from queueing.plans.place_search import Offer
    from queueing.plans.propose import PlanView

NOTICED = 0.2  # minutes of mean wait below which a proposal is not worth a change


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
    desk = Desk(history, present, slots, takers, seed=seed, offers=(now, *asked))
    progress(0.1)
    found = desk.improve([now, *asked], progress=lambda done: progress(0.1 + 0.7 * done))
    before = desk.judge(now)
    progress(0.9)
    proposed = figures(desk, found, desk.judge(found), before)
    return Capacity(
        present=figures(desk, now, before, before),
        asked=tuple(figures(desk, offer, desk.judge(offer), before) for offer in asked),
        found=found,
        proposed=proposed,
        worth_it=proposed.difference.high < 0 and -proposed.difference.value >= NOTICED,
    )


def figures(desk: Desk, offer: Offer, summary: Summary, before: Summary) -> OfferFigures:
    """Return what an offer gives, beside the present one."""
    queues = summary.daily.shape[1] // 2
    overtime = desk.overtime(summary)
    busy = float(summary.busy_minutes.sum()) / summary.days
    return OfferFigures(
        places=sum(map(sum, offer)),
        booked=float(sum(map(sum, desk.booked(offer)))),
        everybody=ratio(waited(summary), column(summary, tally.JOINED)),
        booked_wait=_side(summary, slice(queues, None)),
        walk_in_wait=_side(summary, slice(0, queues)),
        idle_share=1.0 - busy / max(desk.open_minutes, 1.0),
        overtime=ratio(overtime, np.ones(len(overtime))),
        difference=_difference(before, summary),
    )


def _side(summary: Summary, queues: slice) -> Estimate:
    daily = summary.daily[:, queues].sum(axis=1)
    return ratio(daily[:, tally.WAIT_SUM] + daily[:, tally.LEFT_WAIT_SUM], daily[:, tally.JOINED])


def _difference(before: Summary, after: Summary) -> Estimate:
    """Return the difference of the mean waits of all, by days; how many join differs from offer to offer."""
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
