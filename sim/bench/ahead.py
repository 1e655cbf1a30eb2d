"""``make bench NAME=ahead``: trials in seconds, staffing beside brute force, places beside all offers.

Brute force plays every layout (or every offer) of halls that are small enough for it, on the same days
as the search, so a ratio of 1 is the optimum of those days.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from itertools import product
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from queueing.plans.demand import fit, model_of
from queueing.plans.layouts import entries_of
from queueing.plans.place_desk import Desk, Slots, Takers
from queueing.plans.rules import Block, Layout, violations
from queueing.plans.staffing_ground import Ground, closed, window_hours
from queueing.plans.trial import try_draft
from sim.bench import BenchRow
from sim.bench.plan_instances import Shape, make_instance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from queueing.plans.place_search import Offer
    from sim.bench.plan_instances import Instance

    Floats = NDArray[np.float64]

SHARE = 0.9
TARGET_MINUTES = 15.0
BLOCKS = (Block(510, 630), Block(630, 720), Block(840, 945), Block(945, 1050))
TRIAL_SECONDS = 3.0
FRESH_DAYS = 2_000
PLACES_SECONDS = 6.0


def rows() -> list[BenchRow]:
    """Return the figures; ``FULL=1`` takes more halls."""
    halls = 8 if os.environ.get("FULL") else 3
    return [*_trials(), *_staffing(halls), *_places(halls), *_large_places()]


def _trials() -> Iterator[BenchRow]:
    """Time a trial of a draft in a large and in a middle hall, engine warm, history in memory."""
    for windows, queues in ((20, 12), (60, 16)):
        own = make_instance(Shape(windows, queues, 0.95, 3, seed=5))
        draft = entries_of(
            own.hall, closed(own.present, [(0, block) for block in range(len(own.hall.blocks))])
        )
        try_draft(own.history, own.view, draft, days=12)
        begun = time.process_time()
        trial = try_draft(own.history, own.view, draft)
        seconds = time.process_time() - begun
        yield BenchRow(
            f"trial of a draft, {windows} windows, {trial.tickets:.0f} tickets a day, {trial.days} days",
            seconds, "CPU s", None, None, f"<= {TRIAL_SECONDS:g}", seconds <= TRIAL_SECONDS,
        )  # fmt: skip
        half = (trial.difference.high - trial.difference.low) / 2
        yield BenchRow(
            f"half width of the difference's interval, {windows} windows", half, "min",
            "mean wait now", half / max(trial.now.mean.value, 0.01), "<= 0.10 of the wait",
            half <= 0.10 * trial.now.mean.value,
        )  # fmt: skip


def _small(seed: int, windows: int = 3) -> Instance:
    return make_instance(Shape(windows, 2, 0.6, 2, seed=100 + seed))


def _staffing(halls: int) -> Iterator[BenchRow]:
    """Compare the cheapest layout that closing finds with the cheapest of all 4,096."""
    ratios, greedy_s, brute_s = [], 0.0, 0.0
    for seed in range(halls):
        own = _small(seed)
        model = replace(
            model_of(own.history, fit(own.history, own.history.days)), target_minutes=TARGET_MINUTES
        )
        hall = replace(own.hall, clerks=(), blocks=BLOCKS, staffed=(len(own.hall.windows),) * len(BLOCKS))
        everything = tuple(tuple((window.equipped,) * len(BLOCKS) for window in hall.windows))
        full = Layout(
            everything, tuple((0,) * len(BLOCKS) for _ in hall.windows), (None,) * len(hall.windows)
        )
        ground = Ground(model, hall, seed=1)
        share = min(SHARE, min(ground.within(full)) - 0.03)
        begun = time.process_time()
        found = ground.closed_on_searched_days(full, share)
        greedy_s += time.process_time() - begun
        begun = time.process_time()
        best = min(window_hours(hall, layout) for layout in _all_layouts(ground, full, share))
        brute_s += time.process_time() - begun
        ratios.append(window_hours(hall, found) / best)
    yield BenchRow(
        f"staffing: window hours, {halls} small halls, median", median(ratios), "x", "brute force",
        median(ratios), "<= 1.05", median(ratios) <= 1.05,
    )  # fmt: skip
    yield BenchRow(
        "staffing: window hours, worst", max(ratios), "x", "brute force", max(ratios), "<= 1.15",
        max(ratios) <= 1.15,
    )  # fmt: skip
    yield BenchRow(
        "staffing: time of the search", greedy_s / halls, "CPU s", "brute force", greedy_s / brute_s,
        "<= 0.10 of brute force", greedy_s <= 0.10 * brute_s,
    )  # fmt: skip


def _all_layouts(ground: Ground, full: Layout, share: float) -> Iterator[Layout]:
    cells = list(product(range(len(ground.hall.windows)), range(len(ground.hall.blocks))))
    for kept in product((False, True), repeat=len(cells)):
        layout = closed(full, [cell for cell, stays in zip(cells, kept, strict=True) if not stays])
        if next(violations(ground.hall, layout, full), None) is not None:
            continue
        if min(ground.within(layout)) >= share:
            yield layout


@dataclass(frozen=True, slots=True)
class _OfferTable:
    """All offers of a small hall, ``costs`` on the days searched on and ``fresh`` on days that nobody saw.

    The first offer is that of no places.
    """

    costs: Floats
    fresh: Floats
    found: int
    played: float

    @property
    def chosen(self) -> int:
        """The best offer on the days searched on: what brute force would choose."""
        return int(np.argmin(self.costs))

    def gain_share(self, costs: Floats) -> float:
        """Return the share of the largest gain on some days that the offer found has there."""
        most = float(costs[0] - costs.min())
        return float(costs[0] - costs[self.found]) / most if most > 0.0 else 1.0


def _places(halls: int) -> Iterator[BenchRow]:
    """Compare the offer that the search finds with the best of all 256 (four slots, 0 to 3 places)."""
    tables = [_offer_table(seed) for seed in range(halls)]
    searched = [float(table.costs[table.found] / table.costs.min()) for table in tables]
    fresh = [float(table.fresh[table.found] / table.fresh[table.chosen]) for table in tables]
    gains = [table.gain_share(table.costs) for table in tables]
    hindsight = [table.gain_share(table.fresh) for table in tables]
    played = sum(table.played for table in tables) / sum(len(table.costs) for table in tables)
    yield BenchRow(
        f"places: cost of the offer found on the days searched on, {halls} small halls, worst", max(searched),
        "x", "best of all offers there", max(searched), "<= 1.01", max(searched) <= 1.01,
    )  # fmt: skip
    yield BenchRow(
        "places: share of the best gain there, median", median(gains), "x", "best of all offers there",
        median(gains), ">= 0.9", median(gains) >= 0.9,
    )  # fmt: skip
    yield BenchRow(
        f"places: cost on {FRESH_DAYS:,} other days, worst", max(fresh), "x", "what brute force chose",
        max(fresh), "<= 1.01", max(fresh) <= 1.01,
    )  # fmt: skip
    yield BenchRow(
        "places: share of the best gain on the other days, median", median(hindsight), "x",
        "best of all offers in hindsight", median(hindsight), ">= 0.9", median(hindsight) >= 0.9,
    )  # fmt: skip
    yield BenchRow(
        "places: offers played", played * len(tables[0].costs), "offers", "all offers", played, "<= 0.5",
        played <= 0.5,
    )  # fmt: skip


def _offer_table(seed: int) -> _OfferTable:
    own = _small(seed, windows=4)
    starts = (510, 615, 840, 945)
    none = (0,) * len(starts)
    slots = Slots(starts, ((3,) * len(starts), none))
    desk = Desk(own.history, own.view, slots, Takers(show=0.85, willing=0.6), seed=1, judge_days=FRESH_DAYS)
    offers: list[Offer] = [(places, none) for places in product(range(4), repeat=len(starts))]
    found = desk.improve([offers[0]], progress=lambda _: None)
    played = desk.evaluations
    costs = np.array([desk.cost(offer) for offer in offers])
    fresh = np.array([desk.cost_of(desk.judge(offer)) for offer in offers])
    return _OfferTable(costs, fresh, offers.index(found), played)


def _large_places() -> Iterator[BenchRow]:
    """Time the search in halls of a real size, and compare with the best of the simple offers."""
    for windows, queues in ((20, 12), (60, 16)):
        own = make_instance(Shape(windows, queues, 0.95, 3, seed=5))
        slots = _half_hours(own)
        desk = Desk(own.history, own.view, slots, Takers(show=0.85, willing=0.4), seed=1, judge_days=400)
        begun = time.process_time()
        found = desk.improve([], progress=lambda _: None)
        seconds = time.process_time() - begun
        cost = desk.cost_of(desk.judge(found))
        nothing, *simple = (desk.cost_of(desk.judge(offer)) for offer in desk.simple_offers())
        name = f"places, {windows} windows, {queues} queues, {len(slots.starts)} slots"
        yield BenchRow(
            f"{name}: time of the search", seconds, "CPU s", None, None, f"<= {PLACES_SECONDS:g}",
            seconds <= PLACES_SECONDS,
        )  # fmt: skip
        yield BenchRow(
            f"{name}: cost on unseen days", cost, "min", "best simple offer, in hindsight",
            cost / min(simple), "<= 1.01", cost <= 1.01 * min(simple),
        )  # fmt: skip
        yield BenchRow(
            f"{name}: cost on unseen days", cost, "min", "no places", cost / nothing, "", None,
        )  # fmt: skip


def _half_hours(own: Instance) -> Slots:
    """Return slots of half an hour with room for a third more citizens than come."""
    opens, closes = own.hall.blocks[0].from_minute, own.hall.blocks[-1].to_minute
    starts = tuple(range(opens, closes - 30, 30))
    demand = fit(own.history, own.history.days)
    citizens = [sum(queue.walk_ins_per_interval) for queue in model_of(own.history, demand).queues]
    return Slots(
        starts, tuple((max(1, round(4 / 3 * came / len(starts))),) * len(starts) for came in citizens)
    )
