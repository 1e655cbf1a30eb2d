"""Exact answers to hold the engine against: one queue, exponential services, windows that open and close.

The Markov chain keeps the number waiting and the *set* of busy windows, because a named window that
closes finishes its citizen: state (waiting, busy set), waiting > 0 only when every open window is busy.
Arrivals take the idle open window of lowest index. Rates are constant inside a period, so a period is a
matrix exponential; all costs are linear in the state's probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import factorial
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import expm
from scipy.special import gammaincc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CIVICQ_PER_HOUR = (12.0, 15.0, 10.0, 8.0, 8.0, 12.0, 14.0, 10.0)  # CivicQ's default office
CIVICQ_SERVICE_MINUTES = 8.0
CIVICQ_LOW, CIVICQ_HIGH, CIVICQ_MOST_HOURS = 2, 4, 28


def erlang_c(rate: float, service_rate: float, servers: int) -> tuple[float, float]:
    """Return P(wait) and mean wait of M/M/s in steady state."""
    load = rate / service_rate
    terms = [load**k / factorial(k) for k in range(servers)]
    tail = load**servers / factorial(servers) * servers / (servers - load)
    share = tail / (sum(terms) + tail)
    return share, share / (servers * service_rate - rate)


def erlang_a(rate: float, service_rate: float, patience_rate: float, servers: int) -> tuple[float, float]:
    """Return the share that gives up and P(wait) of M/M/s+M in steady state."""
    weights = [1.0]
    while len(weights) < servers + 2000:
        n = len(weights)
        leave = min(n, servers) * service_rate + max(n - servers, 0) * patience_rate
        weights.append(weights[-1] * rate / leave)
    total = sum(weights)
    queue = sum(max(n - servers, 0) * weight for n, weight in enumerate(weights)) / total
    return patience_rate * queue / rate, sum(weights[servers:]) / total


def poisson_tail(mean: float, at_least: int) -> float:
    """Return P(Poisson(mean) >= at_least)."""
    return 1.0 - float(gammaincc(at_least, mean)) if at_least > 0 else 1.0


@dataclass(frozen=True, slots=True)
class Office:
    """One queue, named windows 0 … ``windows``-1, of which the first s are open in a period."""

    service_rate: float  # per minute
    windows: int
    most_waiting: int
    interchangeable: bool = False  # at a closing hour idle windows close first, whatever their names

    def states(self, open_windows: int) -> list[tuple[int, int]]:
        """Return (waiting, busy set) that can occur while ``open_windows`` are open."""
        full = (1 << open_windows) - 1
        sets = range(1 << self.windows)
        waiting = range(1, self.most_waiting + 1)
        return [(0, busy) for busy in sets] + [
            (n, busy) for n in waiting for busy in sets if busy & full == full
        ]

    def period(self, rate: float, open_windows: int, minutes: float) -> tuple[Floats, Floats]:
        """Return the transition matrix of a period and the expected waiting time spent, by first state."""
        states = self.states(open_windows)
        index = {state: place for place, state in enumerate(states)}
        size = len(states)
        generator = np.zeros((size + 1, size + 1))
        for place, (waiting, busy) in enumerate(states):
            for state, speed in self._moves(waiting, busy, rate, open_windows):
                generator[place, index[state]] += speed
                generator[place, place] -= speed
            generator[place, size] = waiting
        whole = expm(generator * minutes)
        return whole[:size, :size], whole[:size, size]

    def _moves(
        self, waiting: int, busy: int, rate: float, open_windows: int
    ) -> list[tuple[tuple[int, int], float]]:
        full = (1 << open_windows) - 1
        moves = []
        if busy & full != full:
            idle = (~busy & full) & -(~busy & full)
            moves.append(((0, busy | idle), rate))
        elif waiting < self.most_waiting:
            moves.append(((waiting + 1, busy), rate))
        for window in range(self.windows):
            if busy >> window & 1:
                goes_on = waiting > 0 and window < open_windows
                after = (waiting - 1, busy) if goes_on else (waiting, busy & ~(1 << window))
                moves.append((after, self.service_rate))
        return moves

    def change(self, before: int, after: int) -> NDArray[np.int64]:
        """Return, for each state with ``before`` open windows, its place once ``after`` are open."""
        index = {state: place for place, state in enumerate(self.states(after))}
        places = []
        for waiting, busy in self.states(before):
            if self.interchangeable and after < before:
                serving = (busy & ((1 << before) - 1)).bit_count()
                busy = busy >> before << before | (1 << serving) - 1
            for window in range(after):
                if waiting > 0 and not busy >> window & 1:
                    waiting, busy = waiting - 1, busy | 1 << window
            places.append(index[(waiting, busy)])
        return np.array(places)

    def drained(self, open_windows: int) -> Floats:
        """Return the waiting time still to come once the doors have closed, by state."""
        speed = open_windows * self.service_rate
        return np.array([n * (n + 1) / 2 / speed for n, _ in self.states(open_windows)])


def enumerate_plans(
    office: Office, rates: Sequence[float], choices: Sequence[int], minutes: float, most: int
) -> tuple[NDArray[np.int64], Floats, float]:
    """Return every plan with at most ``most`` open hours, its exact waiting time in total, and the mass
    that the longest waiting line kept (a bound on what the cut at ``most_waiting`` hides).

    Plans that begin alike share their beginning: all that end in the same number of windows go through
    a period as one matrix product.
    """

    @cache
    def period(rate: float, open_windows: int) -> tuple[Floats, Floats]:
        return office.period(rate, open_windows, minutes)

    empty = {s: np.eye(1, len(office.states(s))) for s in choices}
    groups = {s: (np.full((1, 1), s), empty[s], np.zeros(1)) for s in choices}
    cut = 0.0
    for place, rate in enumerate(rates):
        if place > 0:
            groups = {s: _joined_groups(office, groups, s, choices) for s in choices}
        for s, (plans, mass, cost) in groups.items():
            step, spent = period(rate, s)
            groups[s] = (plans, mass @ step, cost + mass @ spent)
    for s, (plans, mass, cost) in groups.items():
        groups[s] = (plans, mass, cost + mass @ office.drained(s))
        cut = max(cut, float(mass[:, -1].max()))
    plans = np.concatenate([group[0] for group in groups.values()])
    costs = np.concatenate([group[2] for group in groups.values()])
    allowed = plans.sum(axis=1) <= most
    return plans[allowed], costs[allowed], cut


Group = tuple["NDArray[np.int64]", "Floats", "Floats"]


def _joined_groups(office: Office, groups: dict[int, Group], after: int, choices: Sequence[int]) -> Group:
    """Return all plans so far, continued with ``after`` open windows."""
    plans, masses, costs = [], [], []
    for before in choices:
        old, mass, cost = groups[before]
        moved = np.zeros((len(old), len(office.states(after))))
        np.add.at(moved.T, office.change(before, after), mass.T)
        plans.append(np.concatenate([old, np.full((len(old), 1), after)], axis=1))
        masses.append(moved)
        costs.append(cost)
    return np.concatenate(plans), np.concatenate(masses), np.concatenate(costs)


@dataclass(frozen=True, slots=True)
class CivicqProof:
    """All plans of CivicQ's default office with their exact mean waits."""

    plans: NDArray[np.int64]
    mean_wait_minutes: Floats
    cut_mass: float

    def best(self, hour_price: float) -> tuple[tuple[int, ...], float, float]:
        """Return the best plan by mean wait + price × open hours, its cost, and the runner-up's."""
        cost = self.mean_wait_minutes + hour_price * self.plans.sum(axis=1)
        first, second = np.argsort(cost)[:2]
        return tuple(map(int, self.plans[first])), float(cost[first]), float(cost[second])

    def mean_wait(self, plan: Sequence[int]) -> float:
        return float(self.mean_wait_minutes[np.flatnonzero((self.plans == np.array(plan)).all(axis=1))[0]])


def civicq_proof(most_waiting: int = 50, *, interchangeable: bool = True) -> CivicqProof:
    """Enumerate CivicQ's 6,404 plans exactly, by default with its closing rule: idle windows go first."""
    office = Office(1.0 / CIVICQ_SERVICE_MINUTES, CIVICQ_HIGH, most_waiting, interchangeable)
    rates = [rate / 60.0 for rate in CIVICQ_PER_HOUR]
    choices = range(CIVICQ_LOW, CIVICQ_HIGH + 1)
    plans, costs, cut = enumerate_plans(office, rates, choices, 60.0, CIVICQ_MOST_HOURS)
    return CivicqProof(plans, costs / sum(CIVICQ_PER_HOUR), cut)
