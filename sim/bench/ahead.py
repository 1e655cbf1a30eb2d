"""``make bench NAME=ahead``: trials in seconds, staffing beside brute force, places beside all offers.

Brute force plays every layout (or every offer) of halls that are small enough for it, on the same days
as the search, so a ratio of 1 is the optimum of those days.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from itertools import product
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from queueing.plans.appointments import Desk, Slots, Takers
from queueing.plans.demand import fit, model_of
from queueing.plans.layouts import entries_of
from queueing.plans.rules import Block, Layout, violations
from queueing.plans.staffing import Ground, closed, window_hours
from queueing.plans.trial import try_draft
from sim.bench import BenchRow
from sim.bench.plan_instances import Shape, make_instance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.bench.plan_instances import Instance

SHARE = 0.9
TARGET_MINUTES = 15.0
BLOCKS = (Block(510, 630), Block(630, 720), Block(840, 945), Block(945, 1050))
TRIAL_SECONDS = 3.0


def rows() -> list[BenchRow]:
    """Return the figures; ``FULL=1`` takes more halls."""
    halls = 8 if os.environ.get("FULL") else 3
    return [*_trials(), *_staffing(halls), *_places(halls)]


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


def _places(halls: int) -> Iterator[BenchRow]:
    """Compare the offer that the search finds with the best of all 256 (four slots, 0 to 3 places)."""
    gaps, gains, searched, tried = [], [], 0, 0
    for seed in range(halls):
        own = _small(seed, windows=4)
        starts = (510, 615, 840, 945)
        slots = Slots(starts, ((3,) * len(starts), (0,) * len(starts)))
        desk = Desk(own.history, own.view, slots, Takers(show=0.85, willing=0.6), seed=1)
        nothing = ((0,) * len(starts), (0,) * len(starts))
        before = desk.cost(nothing)
        flat = [((count,) * len(starts), nothing[1]) for count in range(4)]
        found = desk.improve(min(flat, key=desk.cost), progress=lambda _: None)
        searched += desk.evaluations
        cost = desk.cost(found)
        offers = [(own_places, nothing[1]) for own_places in product(range(4), repeat=len(starts))]
        best = min(desk.cost(offer) for offer in offers)
        tried += len(offers)
        gaps.append(cost / best)
        gains.append((before - cost) / max(before - best, 1e-9) if before > best else 1.0)
    yield BenchRow(
        f"places: cost of the offer found, {halls} small halls, worst", float(np.max(gaps)), "x",
        "best of all offers", float(np.max(gaps)), "<= 1.01", max(gaps) <= 1.01,
    )  # fmt: skip
    yield BenchRow(
        "places: share of the best gain, median", median(gains), "x", "best of all offers", median(gains),
        ">= 0.9", median(gains) >= 0.9,
    )  # fmt: skip
    yield BenchRow(
        "places: offers played", searched / halls, "offers", "all offers", searched / tried, "<= 0.5",
        searched <= 0.5 * tried,
    )  # fmt: skip
