"""Chains of annealing side by side, each on a core of its own: compiled code needs no interpreter lock."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from queueing.plans import chain
from queueing.plans.chain_room import chain_at, layout_in, room_for, stand_at

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from queueing.engine.run import Days
    from queueing.plans.rules import Layout, PlanHall
    from queueing.plans.search_parts import Conditions

CHAINS = 2
EXCHANGE_ROUNDS = 8  # rounds after which the chain that is behind may go on from the other's best
BEHIND = 4.0  # temperatures by which it must be behind


class Chains:
    """Chains over the same days; a round lets each of them play as many.

    The same seed, starts and rounds give the same layouts, however many cores there are. As a context
    it holds the threads.
    """

    def __init__(
        self, hall: PlanHall, starts: Sequence[Layout], days: Days, conditions: Conditions, *, seed: int
    ) -> None:
        """Begin a chain at each of ``starts``; this also loads the compiled code."""
        self._days, self._conditions, self._rounds = days, conditions, 0
        self._chains = [
            chain_at(hall, start, seed=seed * CHAINS + number) for number, start in enumerate(starts)
        ]
        self._rooms = [room_for(hall, days) for _ in starts]
        for one in self._chains:
            chain.count_all(conditions.hall, one.state)
            chain.count_all(conditions.hall, one.best)
        self.go_on(conditions)

    def __enter__(self) -> Chains:
        self._pool = ThreadPoolExecutor(len(self._chains))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown()

    @property
    def cost(self) -> float:
        """The least cost so far, in minutes."""
        return min(map(_best, self._chains))

    @property
    def layout(self) -> Layout:
        """The layout that has it."""
        return layout_in(min(self._chains, key=_best).best)

    @property
    def plays(self) -> float:
        """How often all days were played, by all chains."""
        return sum(float(one.numbers[chain.PLAYED]) for one in self._chains) / self._days.count

    def go_on(self, conditions: Conditions) -> None:
        """Let each chain go on from its best under other conditions: what it knew of costs is void."""
        self._conditions = conditions
        for one, room in zip(self._chains, self._rooms, strict=True):
            stand_at(one, one.best)
            one.numbers[chain.BEST] = np.inf
            chain.anneal(*conditions, room, one, 0.0, 1.0)

    def round(self, days: float, temperature: float) -> None:
        """Let every chain play so many days at a temperature, in minutes."""
        rounds = [
            self._pool.submit(
                chain.anneal, *self._conditions, room, one, one.numbers[chain.PLAYED] + days, temperature
            )
            for one, room in zip(self._chains, self._rooms, strict=True)
        ]
        for one_round in rounds:
            one_round.result()
        self._rounds += 1
        if self._rounds % EXCHANGE_ROUNDS == 0:
            self._catch_up(BEHIND * temperature)

    def _catch_up(self, behind: float) -> None:
        """Let a chain that is behind go on from the best of all."""
        ahead, last = min(self._chains, key=_best), len(self._conditions.citizens.stages) - 1
        for other in self._chains:
            if float(other.costs[last]) > _best(ahead) + behind:
                stand_at(other, ahead.best)


def _best(one: chain.Chain) -> float:
    return float(one.numbers[chain.BEST])
