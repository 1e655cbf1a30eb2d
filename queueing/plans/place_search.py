"""Search for places to offer: from coarse to fine, every offer played on the very same days.

Where fewer want to book than there are places, one place more in a slot takes takers from all others, so
that steps of one place are not enough. So whole blocks of slots are raised and lowered, and places are
moved between blocks, between queues and along several slots at once (sums of shifts: the neighbourhood
of Koeleman and Koole for appointment schedules).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

Offer = tuple[tuple[int, ...], ...]
"""Places ``[queue][slot]``."""

LEAST_GAIN = 0.0002  # minutes of everybody's wait by which a step must lower the cost
FIRST_DAYS = 0.25  # share of the days on which an offer must not look worse to be played to the end
SHIFTS = 1.5  # moves of places between blocks that are tried, for each step of one block
STARTS = 4  # the best of the given offers, from which the search descends one after the other


class Played(NamedTuple):
    """What an offer made of some days; ``waited`` and ``overtime`` in minutes."""

    waited: Floats  # [day]
    joined: Floats  # [day]
    overtime: Floats  # [day] after closing, until the last citizen left


@dataclass(frozen=True, slots=True)
class Ground:
    """``play(offer, since, until)`` plays days ``since`` … ``until - 1`` of ``days``.

    ``most[queue][slot]`` places may be offered; ``overtime_weight`` minutes of everybody's wait are worth
    a minute of overtime; ``evaluations`` times all days may be played.
    """

    play: Callable[[Offer, int, int], Played]
    most: Offer
    days: int
    overtime_weight: float
    evaluations: int

    def cost(self, played: Played) -> float:
        """Return everybody's mean wait plus what overtime weighs, in minutes."""
        wait = float(played.waited.sum()) / max(float(played.joined.sum()), 1.0)
        return wait + self.overtime_weight * float(played.overtime.mean())

    def looks_worse(self, tried: Played, best: Played) -> bool:
        """Return whether paired days say so by more than the standard error of their difference."""
        joined = max(float(best.joined.mean()), 1.0)
        daily = (tried.waited - best.waited) / joined + self.overtime_weight * (
            tried.overtime - best.overtime
        )
        return float(daily.mean()) > float(daily.std()) / sqrt(len(daily))


class _Step(NamedTuple):
    """``places`` more, or fewer, in each slot from ``first`` to before ``end``, as far as they may be."""

    queue: int
    first: int
    end: int
    places: int


def search(
    ground: Ground, starts: Sequence[Offer], chance: random.Random, progress: Callable[[float], None]
) -> Offer:
    """Return the best offer found; never worse, on these days, than the best of ``starts``."""
    return _Search(ground, chance, progress).best_from(starts)


class _Search:
    def __init__(self, ground: Ground, chance: random.Random, progress: Callable[[float], None]) -> None:
        self._ground, self._chance, self._progress = ground, chance, progress
        self._screened = max(2, round(FIRST_DAYS * ground.days))
        self._most = np.asarray(ground.most)
        self._tried: set[Offer] = set()
        self._days_played = 0

    def best_from(self, starts: Sequence[Offer]) -> Offer:
        ground = self._ground
        ranked = sorted(
            ((self._play(offer, 0, ground.days), offer) for offer in dict.fromkeys(starts)),
            key=lambda pair: ground.cost(pair[0]),
        )
        self._tried = {offer for _, offer in ranked}
        ends = [self._descended(offer, played) for played, offer in ranked[:STARTS]]
        return min(ends, key=lambda pair: ground.cost(pair[1]))[0]

    def _descended(self, offer: Offer, played: Played) -> tuple[Offer, Played]:
        """Improve with blocks half as long each time; with single slots until nothing is better."""
        queues, slots = self._most.shape
        length = slots
        while not self._spent():
            before = offer
            for move in self._moves(queues, slots, length):
                tried = self._moved(offer, move)
                if tried in self._tried:
                    continue
                self._tried.add(tried)
                new = self._played_if_good(tried, played)
                if new is not None:
                    offer, played = tried, new
                if self._spent():
                    break
            if length == 1 and offer == before:
                break
            length = max(1, length // 2)
        return offer, played

    def _moves(self, queues: int, slots: int, length: int) -> list[tuple[_Step, ...]]:
        """Return moves of blocks of ``length`` slots in a chance order."""
        blocks = [
            (queue, first, min(first + length, slots))
            for queue in range(queues)
            for first in range(0, slots, length)
            if self._most[queue, first : first + length].any()
        ]
        sizes = (1, -1, 2, -2) if length == 1 else (1, -1)
        moves: list[tuple[_Step, ...]] = [(_Step(*block, places),) for block in blocks for places in sizes]
        moves += self._shifts(blocks, round(SHIFTS * len(moves)))
        self._chance.shuffle(moves)
        return moves

    def _shifts(self, blocks: list[tuple[int, int, int]], count: int) -> Iterable[tuple[_Step, ...]]:
        """Return moves that take places from some blocks and give them to as many others."""
        if len(blocks) < 2:
            return
        for _ in range(count):
            pairs = 1 if len(blocks) < 4 or self._chance.random() < 0.75 else 2
            chosen = self._chance.sample(blocks, 2 * pairs)
            yield tuple(_Step(*block, 1 if place % 2 else -1) for place, block in enumerate(chosen))

    def _moved(self, offer: Offer, move: tuple[_Step, ...]) -> Offer:
        places = np.array(offer)
        for step in move:
            places[step.queue, step.first : step.end] += step.places
        kept = np.clip(places, 0, np.maximum(self._most, offer))
        return tuple(tuple(map(int, row)) for row in kept)

    def _played_if_good(self, offer: Offer, best: Played) -> Played | None:
        """Return all days of an offer that costs less than the best, None for one that does not."""
        few = self._play(offer, 0, self._screened)
        if self._ground.looks_worse(few, Played(*(days[: self._screened] for days in best))):
            return None
        rest = self._play(offer, self._screened, self._ground.days)
        played = Played(*(np.concatenate(both) for both in zip(few, rest, strict=True)))
        return played if self._ground.cost(played) < self._ground.cost(best) - LEAST_GAIN else None

    def _play(self, offer: Offer, since: int, until: int) -> Played:
        self._days_played += until - since
        self._progress(min(1.0, self._days_played / (self._ground.evaluations * self._ground.days)))
        return self._ground.play(offer, since, until)

    def _spent(self) -> bool:
        return self._days_played >= self._ground.evaluations * self._ground.days
