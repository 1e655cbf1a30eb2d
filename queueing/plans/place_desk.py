"""A hall's day under its present plan, on which offers of places are played and searched."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine import tally
from queueing.engine.run import play
from queueing.plans.demand import fit, model_of
from queueing.plans.layouts import blocks_of, layout_of
from queueing.plans.place_days import apart, drawn
from queueing.plans.place_search import Ground, Offer, Played, search
from queueing.plans.ranges import column, waited
from queueing.plans.scoring import PlanCompiler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from queueing.engine.result import Summary
    from queueing.plans.history import HallHistory
    from queueing.plans.place_days import OfferDays
    from queueing.plans.propose import PlanView
    from queueing.plans.rules import Layout

    Floats = NDArray[np.float64]

SEARCH_TICKETS = 20_000  # of all days that are searched on together, as far as the days' bounds allow
FEWEST_SEARCH_DAYS, MOST_SEARCH_DAYS = 60, 240
TICKETS_PLAYED = 12_000_000  # by the whole search: a few seconds
FEWEST_EVALUATIONS, MOST_EVALUATIONS = 100, 1_000  # times all days searched on may be played
JUDGE_DAYS = 120
OVERTIME_WEIGHT = 0.05  # minutes of everybody's wait that a minute of overtime is worth
FILLED = (0.25, 0.5, 1.0)  # of the citizens who would book: what the starts of the search have room for


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


class Desk:
    """A hall's day under its present plan, on which offers of places are played."""

    def __init__(
        self,
        history: HallHistory,
        present: PlanView,
        slots: Slots,
        takers: Takers,
        *,
        seed: int,
        offers: Sequence[Offer] = (),
        judge_days: int = JUDGE_DAYS,
    ) -> None:
        """``offers`` are those that may hold more places in a slot than ``slots.most``."""
        self._model = model_of(history, fit(history, history.days))
        self._both = apart(self._model)
        self._slots, self._takers, self._seed = slots, takers, seed
        self._room = np.max([slots.most, *offers], axis=0)
        self._blocks = blocks_of(history.sessions, present.entries)
        nobody = (None,) * len(history.windows)
        layout = layout_of(present.entries, history.queues, history.windows, self._blocks, nobody)
        self._plan = PlanCompiler(self._both, self._blocks).arrays(_both(layout, len(history.queues)))
        self._open = [
            sum(any(layout.cells(w)[b]) for w in range(len(nobody))) for b in range(len(self._blocks))
        ]
        self._citizens = [sum(queue.walk_ins_per_interval) for queue in self._model.queues]
        citizens = max(sum(self._citizens), 1.0)
        wanted = round(SEARCH_TICKETS / citizens)
        self._search_days = max(FEWEST_SEARCH_DAYS, min(wanted, MOST_SEARCH_DAYS))
        affordable = round(TICKETS_PLAYED / (citizens * self._search_days))
        self._budget = max(FEWEST_EVALUATIONS, min(affordable, MOST_EVALUATIONS))
        self._searched = self._drawn(seed, self._search_days)
        self._judged: OfferDays | None = None
        self._judge_days = judge_days
        self._days_played = 0

    def booked(self, offer: Offer) -> list[list[int]]:
        """Return how many book in each slot: all places, up to the share of citizens who would book."""
        taken = []
        for places, room in zip(offer, self._would_book(), strict=True):
            filled = min(1.0, room / sum(places)) if sum(places) else 0.0
            taken.append(_spread([filled * own for own in places]))
        return taken

    def cost(self, offer: Offer) -> float:
        """Return mean wait plus what overtime weighs, in minutes, on the days that are searched on."""
        return self.ground().cost(self._play_some(offer, 0, self._search_days))

    @property
    def evaluations(self) -> float:
        """How many times all days that are searched on were played."""
        return self._days_played / self._search_days

    def cost_of(self, summary: Summary) -> float:
        """Return what played days cost."""
        return self.ground().cost(self._sums(summary))

    def ground(self) -> Ground:
        """Return what the search knows of the hall."""
        return Ground(self._play_some, self._slots.most, self._search_days, OVERTIME_WEIGHT, self._budget)

    def improve(self, offers: Sequence[Offer], *, progress: Callable[[float], None]) -> Offer:
        """Return the best offer that a search from ``offers`` and from simple ones finds."""
        if not self._slots.starts:
            return offers[0]
        starts = [*offers, *self.simple_offers()]
        return search(self.ground(), starts, random.Random(self._seed), progress)

    def _would_book(self) -> list[float]:
        return [self._takers.willing * own / max(self._takers.show, 0.01) for own in self._citizens]

    def simple_offers(self) -> Iterator[Offer]:
        """Yield nothing, and rooms that lie even, where windows are free, and at the beginning of the day."""
        most = np.asarray(self._slots.most)
        even = np.ones(most.shape[1])
        first = np.where(np.arange(most.shape[1]) == 0, 2.0, 1.0)  # Bailey and Welch: two at the beginning
        first[-1] = 0.0
        yield tuple((0,) * most.shape[1] for _ in most)
        for shape in (even, first, self._free()):
            for filled in FILLED:
                rows = [
                    np.minimum(_spread(list(filled * room * shape / max(shape.sum(), 1e-9))), own)
                    for room, own in zip(self._would_book(), most, strict=True)
                ]
                yield tuple(tuple(map(int, row)) for row in rows)

    def _free(self) -> Floats:
        """Return how many windows nobody needs when each slot starts, on average, at least none."""
        free = []
        for start in self._slots.starts:
            windows = sum(
                own
                for block, own in zip(self._blocks, self._open, strict=True)
                if block.from_minute <= start < block.to_minute
            )
            interval = int((start - self._model.opens_minutes) / self._model.interval_minutes)
            load = sum(
                sum(queue.walk_ins_per_interval[interval : interval + 1]) * queue.service.mean
                for queue in self._model.queues
            )
            free.append(max(windows - load / self._model.interval_minutes, 0.0))
        return np.array(free)

    def judge(self, offer: Offer) -> Summary:
        """Play an offer on days that the search has not seen, the same for every offer."""
        if self._judged is None:
            self._judged = self._drawn(self._seed + 1, self._judge_days)
        return self._play(self._judged, offer, 0, self._judge_days)

    def _drawn(self, seed: int, days: int) -> OfferDays:
        return drawn(
            self._model, self._slots.starts, self._room, show=self._takers.show, seed=seed, days=days
        )

    def _play_some(self, offer: Offer, since: int, until: int) -> Played:
        summary = self._play(self._searched, offer, since, until)
        self._days_played += until - since
        return self._sums(summary)

    def _sums(self, summary: Summary) -> Played:
        return Played(waited(summary), column(summary, tally.JOINED), self.overtime(summary))

    def _play(self, days: OfferDays, offer: Offer, since: int, until: int) -> Summary:
        booked = self.booked(offer)
        kept = [
            max(0.0, 1.0 - self._takers.show * sum(own) / citizens) if citizens else 0.0
            for own, citizens in zip(booked, self._citizens, strict=True)
        ]
        return play(self._both, self._plan, days.of(kept, booked, since=since, until=until))

    @property
    def open_minutes(self) -> float:
        """The minutes that all windows together are open in a day."""
        minutes = (block.to_minute - block.from_minute for block in self._blocks)
        return float(sum(own * windows for own, windows in zip(minutes, self._open, strict=True)))

    def overtime(self, summary: Summary) -> Floats:
        """Return minutes after closing until the last citizen left, by day."""
        late: Floats = np.maximum(summary.last_finish_minutes - self._model.closes_minutes, 0.0)
        return late


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


def _both(layout: Layout, queues: int) -> Layout:
    """Return the layout in which a window that serves a queue serves its booked citizens too."""
    primary, helping = (
        tuple(tuple(mask | mask << queues for mask in row) for row in rows)
        for rows in (layout.primary, layout.helping)
    )
    return replace(layout, primary=primary, helping=helping)
