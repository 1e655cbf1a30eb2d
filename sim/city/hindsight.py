"""The best assignment that knowing the whole day finds: rounds of moves, each judged by playing the day.

A round gives every citizen the hall where travel + realised wait + service + the delay caused to those
who come after would be least, moves a random share of those who would gain, and keeps the move if the
city's mean falls. It is a search, not a proof: the true optimum is at most this good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.city import loop
from sim.city.model import CLOSES, OPENS
from sim.city.study import QUARTERS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.city.model import Citizens
    from sim.city.study import CityBoard, CityDay

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

BIN_MINUTES = 5.0
BINS = int((CLOSES - OPENS + 240.0) / BIN_MINUTES)
CALM_MINUTES = 0.5  # a bin with a smaller mean wait ends a busy period


def best_in_hindsight(
    board: CityBoard, citizens: Citizens, start: CityDay, *, seed: int, rounds: int
) -> CityDay:
    """Return the best day found from ``start`` on within ``rounds`` plays."""
    random = np.random.default_rng(seed)
    given = np.full(len(citizens.need), loop.GIVEN, dtype=np.int64)
    nobody = np.zeros((len(board.city.names), QUARTERS))
    best, share = start, 0.2
    costs = _costs(board, citizens, best)
    for _ in range(rounds):
        own = costs[np.arange(len(given)), best.hall]
        wanted = costs.argmin(axis=1)
        gains = own - costs.min(axis=1)
        moves = (gains > 0) & (random.random(len(given)) < share * gains / max(float(gains.max()), 1e-9))
        tried = board.play(citizens, given, nobody, np.where(moves, wanted, best.hall).astype(np.int64))
        if tried.mean < best.mean:
            best, share = tried, min(share * 1.3, 1.0)
            costs = _costs(board, citizens, best)
        else:
            share = max(share * 0.8, 1e-3)
    return best


def _costs(board: CityBoard, citizens: Citizens, played: CityDay) -> Floats:
    """Return what each citizen would cost the city at each hall, given everybody else's present choice."""
    halls = len(board.city.names)
    joined = citizens.leaves_minutes + citizens.travel_minutes[np.arange(len(played.hall)), played.hall]
    waits, later = _profiles(played.hall, _bin(joined), played.wait_minutes, halls)
    cost = np.full((len(joined), halls), np.inf)
    for hall in range(halls):
        able = board.city.offers[hall, citizens.need]
        arrives = _bin(citizens.leaves_minutes[able] + citizens.travel_minutes[able, hall])
        pushed = citizens.service_minutes[able] / board.windows[hall] * later[hall, arrives]
        cost[able, hall] = citizens.travel_minutes[able, hall] + waits[hall, arrives] + pushed
    return cost


def _bin(minutes: Floats) -> Integers:
    return np.clip((minutes - OPENS) / BIN_MINUTES, 0, BINS - 1).astype(np.int64)


def _profiles(hall: Integers, bins: Integers, wait: Floats, halls: int) -> tuple[Floats, Floats]:
    """Return, by hall and bin, the mean wait and how many still come before the line is gone."""
    cell = hall * BINS + bins
    count = np.bincount(cell, minlength=halls * BINS).reshape(halls, BINS).astype(np.float64)
    total = np.bincount(cell, weights=wait, minlength=halls * BINS).reshape(halls, BINS)
    mean = total / np.maximum(count, 1.0)
    later = np.zeros((halls, BINS))
    following, last_mean = np.zeros(halls), np.zeros(halls)
    for place in range(BINS - 1, -1, -1):
        present = np.where(count[:, place] > 0, mean[:, place], np.maximum(last_mean - BIN_MINUTES, 0.0))
        following = np.where(present > CALM_MINUTES, following + count[:, place], 0.0)
        later[:, place] = following
        mean[:, place] = present
        last_mean = present
    return mean, later
