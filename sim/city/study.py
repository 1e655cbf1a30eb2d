"""Compare the rules by which a city's citizens choose a hall."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from geo.rules.ranking import DEFAULT_POLICY
from queueing.engine.arrays import (
    MICROSECONDS,
    NEVER,
    RANK_BITS,
    PlanArrays,
    microseconds,
    plan_arrays,
    policy_arrays,
)
from queueing.engine.draw import WALK_IN, DayArrays
from queueing.engine.floor import HIGH, WINDOW_BITS, Floor
from queueing.engine.room import ledger_room, longest_list, tree_size
from sim.city import loop
from sim.city.model import CLOSES, OPENS, hall_model, travel_minutes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from queueing.engine.arrays import PolicyArrays
    from queueing.engine.floor import Ledger
    from sim.city.model import Citizens, City

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

RULES = {
    "nearest hall": loop.NEAREST,
    "shortest queue now": loop.SHORTEST_QUEUE,
    "published estimate now": loop.PUBLISHED,
    "wait of the last served (LES)": loop.LAST_SERVED,
    "predicted, nearest of equals": loop.BY_WAY,
    "predicted done-time": loop.PREDICTED,
}
OURS = "predicted done-time"
BUCKET_MINUTES = 15.0
STEP_MINUTES, HOUR_STEPS = 5.0, 13  # of ``swing``: an hour's course is a moving mean of thirteen steps
QUARTERS = 96
PUBLISHED_EVERY_S = 15.0  # the product's estimates are at most so old under load


@dataclass(frozen=True, slots=True)
class CityDay:
    """What a day brought: minutes by citizen, and how the halls fared.

    ``door_to_done_minutes`` runs from leaving home to the end of the service (the way home is left out:
    it follows from the choice and is the same length as the way there). ``oscillation``: variance of
    the arrivals at a hall in quarter hours around their smoothed course, over the mean count; 1 for
    arrivals that ignore each other. ``swing``: how far the work that waits at a hall, in minutes a window,
    moves against that of its nearest neighbour around the course of the hour (root mean square).
    ``imbalance``: coefficient of variation of the halls' busy shares.
    """

    door_to_done_minutes: Floats
    wait_minutes: Floats
    hall: Integers
    imbalance: float
    oscillation: float
    swing: float

    @property
    def mean(self) -> float:
        return float(self.door_to_done_minutes.mean())

    @property
    def spread(self) -> float:
        return float(self.door_to_done_minutes.std())

    @property
    def p90(self) -> float:
        return float(np.quantile(self.door_to_done_minutes, 0.9))


class CityBoard:
    """The city laid out for the engine: plans of all halls in one array, room for one day."""

    def __init__(self, city: City) -> None:
        self.city = city
        most = int(city.windows.max())
        pairs = [hall_model(city, hall, most) for hall in range(len(city.names))]
        self.plans = _stacked([plan_arrays(model, plan) for model, plan in pairs])
        self.policy: PolicyArrays = policy_arrays(pairs[0][0])
        self.windows = city.windows.astype(np.int64)
        between = travel_minutes(city.latitude, city.longitude, city)
        np.fill_diagonal(between, np.inf)
        self.neighbours = between.argmin(axis=1)

    def play(
        self,
        citizens: Citizens,
        rule_of: Integers,
        inflow: Floats,
        given: Integers | None = None,
        *,
        age_s: float = PUBLISHED_EVERY_S,
    ) -> CityDay:
        """Play one day.

        ``inflow[hall, quarter]``: usual minutes of service that those who do not ask bring in a quarter
        hour. ``age_s``: seconds between two looks at the halls; 0 looks anew for each citizen.
        """
        count = len(citizens.need)
        ledger = ledger_room(count)
        chosen = np.full(count, -1, dtype=np.int64) if given is None else given.copy()
        loop.play_city(
            self.plans,
            self.policy,
            tickets_of(citizens),
            self._floors(count),
            ledger,
            rule_of,
            _whole(citizens.leaves_minutes),
            _whole(citizens.travel_minutes),
            self._advice(inflow, age_s),
            _nothing_known(*self.city.offers.shape, room=count if given is None else 1),
            chosen,
            np.zeros(count + 1, dtype=np.int64),
            np.zeros(len(self.city.names), dtype=np.int64),
        )
        return self._result(citizens, chosen, ledger)

    def _advice(self, inflow: Floats, age_s: float) -> loop.Advice:
        return loop.Advice(
            offers=self.city.offers.astype(np.int64),
            windows=self.windows,
            mean_service=self.city.mean_service_minutes,
            inflow=inflow,
            opens=microseconds(OPENS),
            age=microseconds(age_s / 60.0),
            tie_floor=DEFAULT_POLICY.tie_floor.total_seconds() / 60.0,
            tie_share=DEFAULT_POLICY.tie_share,
        )

    def _first_events(self) -> Integers:
        """Return each hall's tree of next events, with the beginning of every window's plan in it."""
        halls, most = self.plans.window_of.shape
        tree = np.full((halls, tree_size(most)), NEVER << RANK_BITS, dtype=np.int64)
        half = tree.shape[1] // 2
        begins = np.where(self.plans.phase_count > 0, self.plans.begins[:, :, 0], NEVER)
        tree[:, half : half + most] = (begins << RANK_BITS) | np.arange(most)
        for node in range(half - 1, 0, -1):
            tree[:, node] = np.minimum(tree[:, 2 * node], tree[:, 2 * node + 1])
        return tree

    def _floors(self, count: int) -> Floor:
        """Return fresh floors; every line has room for everybody, since anyone may come."""
        halls, most = self.plans.window_of.shape
        queues = self.city.offers.shape[1]
        words = ceil(most / WINDOW_BITS)
        own, helps = longest_list(self.plans.primary), longest_list(self.plans.helping)
        starts = np.tile(np.arange(queues) * count, (halls, 1)).astype(np.int64)
        by_window = {
            name: np.zeros((halls, most), dtype=np.int64) for name in ("pointer", "configured", "stays")
        }
        return Floor(
            next_event=self._first_events(),
            serving=np.full((halls, most), -1, dtype=np.int64),
            row=np.tile(np.arange(most), (halls, 1)).astype(np.int64),
            ends=np.full((halls, most), -1, dtype=np.int64),
            factor=np.ones((halls, most)),
            idle=np.zeros((halls, words), dtype=np.int64),
            primary_windows=np.zeros((halls, queues, words), dtype=np.int64),
            helping_windows=np.zeros((halls, queues, words), dtype=np.int64),
            first=starts,
            after=starts.copy(),
            head=np.full((halls, queues + 1), HIGH, dtype=np.int64),
            own=np.full((halls, most, own), queues, dtype=np.int64),
            helps=np.full((halls, most, helps), queues, dtype=np.int64),
            line_effective=np.empty((halls, queues * count + 1), dtype=np.int64),
            line_ticket=np.empty((halls, queues * count), dtype=np.int64),
            **by_window,
        )

    def _result(self, citizens: Citizens, hall: Integers, ledger: Ledger) -> CityDay:
        finished = ledger.finished / MICROSECONDS
        joined = ledger.joined / MICROSECONDS
        busy = np.bincount(hall, weights=citizens.service_minutes, minlength=len(self.windows))
        share = busy / (self.windows * (CLOSES - OPENS))
        return CityDay(
            door_to_done_minutes=finished - citizens.leaves_minutes,
            wait_minutes=ledger.called / MICROSECONDS - joined,
            hall=hall,
            imbalance=float(share.std() / share.mean()),
            oscillation=_oscillation(hall, joined, len(self.windows)),
            swing=self._swing(citizens, hall, joined, ledger.called / MICROSECONDS),
        )

    def _swing(self, citizens: Citizens, hall: Integers, joined: Floats, called: Floats) -> float:
        edges = int((CLOSES - OPENS) / STEP_MINUTES)
        minutes = self.city.mean_service_minutes[citizens.need]

        def by_step(instants: Floats) -> Floats:
            steps = np.clip((instants - OPENS) / STEP_MINUTES, 0, edges - 1).astype(np.int64)
            sums = np.bincount(hall * edges + steps, weights=minutes, minlength=len(self.windows) * edges)
            return np.cumsum(sums.reshape(-1, edges), axis=1)

        waiting = (by_step(joined) - by_step(called)) / self.windows[:, None]
        apart = waiting - waiting[self.neighbours]
        hour = np.ones(HOUR_STEPS) / HOUR_STEPS
        course = np.apply_along_axis(np.convolve, 1, apart, hour, mode="valid")
        margin = HOUR_STEPS // 2
        return float(np.sqrt(np.mean((apart[:, margin:-margin] - course) ** 2)))


def tickets_of(citizens: Citizens) -> DayArrays:
    """Return the citizens as tickets of one day; they join when they arrive."""
    count = len(citizens.need)
    nothing = np.zeros(count, dtype=np.int64)
    return DayArrays(
        joined=np.full(count, -1, dtype=np.int64),
        due=np.full(count, WALK_IN, dtype=np.int64),
        effective=nothing.copy(),
        queue=citizens.need.astype(np.int64),
        service=_whole(citizens.service_minutes),
        walk=nothing,
        deadline=np.full(count, NEVER, dtype=np.int64),
        number=np.arange(count, dtype=np.int64),
        child=np.full(count, -1, dtype=np.int64),
    )


def _nothing_known(halls: int, needs: int, *, room: int) -> loop.Known:
    return loop.Known(
        waiting=np.zeros((halls, needs), dtype=np.int64),
        work=np.zeros(halls),
        last_wait=np.zeros((halls, needs)),
        last_seen=np.zeros((halls, needs)),
        looked_at=np.zeros(1, dtype=np.int64),
        arrived=np.zeros(halls),
        coming_at=np.zeros((halls, room), dtype=np.int64),
        coming_need=np.zeros((halls, room), dtype=np.int64),
        coming=np.zeros(halls, dtype=np.int64),
        done=np.zeros(halls),
    )


def rules_for(count: int, rule: int, compliance: float, seed: int) -> Integers:
    """Return the rule of each citizen: a share follows ``rule``, the rest goes to the nearest hall.

    The same citizens follow at a higher share who follow at a lower one.
    """
    follows = np.random.default_rng(seed).random(count) < compliance
    return np.where(follows, rule, loop.NEAREST).astype(np.int64)


def usual_inflow(city: City, history: Sequence[Citizens], compliance: float) -> Floats:
    """Return minutes of service by hall and quarter hour that those bring who do not ask.

    Learned from other days on which everybody went to the nearest hall; ``compliance`` is the share who ask.
    """
    inflow = np.zeros((len(city.names), QUARTERS))
    for citizens in history:
        nearest = nearest_hall(city, citizens)
        arrives = citizens.leaves_minutes + citizens.travel_minutes[np.arange(len(nearest)), nearest]
        np.add.at(
            inflow,
            (nearest, (arrives / loop.QUARTER).astype(np.int64)),
            city.mean_service_minutes[citizens.need],
        )
    usual: Floats = (1.0 - compliance) * inflow / max(len(history), 1)
    return usual


def nearest_hall(city: City, citizens: Citizens) -> Integers:
    """Return the nearest hall that offers what each citizen needs."""
    reachable = np.where(city.offers[:, citizens.need].T, citizens.travel_minutes, np.inf)
    nearest: Integers = reachable.argmin(axis=1)
    return nearest


def lower_bound(city: City, citizens: Citizens) -> float:
    """Return a mean door-to-done time that no assignment can beat: everybody alone in the city.

    Relaxed: nobody waits for anyone; who would come before opening waits for the doors.
    """
    reachable = np.where(city.offers[:, citizens.need].T, citizens.travel_minutes, np.inf).min(axis=1)
    arrives = np.maximum(citizens.leaves_minutes + reachable, OPENS)
    return float((arrives + citizens.service_minutes - citizens.leaves_minutes).mean())


def _oscillation(hall: Integers, joined: Floats, halls: int) -> float:
    edges = np.arange(OPENS - 30.0, CLOSES + BUCKET_MINUTES, BUCKET_MINUTES)
    excess = mean = 0.0
    for index in range(halls):
        counts = np.histogram(joined[hall == index], edges)[0].astype(np.float64)
        smooth = np.convolve(counts, np.ones(5) / 5.0, mode="same")
        # around a moving mean of five the variance of independent counts is 4/5 of their mean
        excess += float(((counts - smooth) ** 2)[2:-2].sum()) / 0.8
        mean += float(counts[2:-2].sum())
    return excess / max(mean, 1.0)


def _whole(minutes: Floats) -> Integers:
    whole: Integers = np.floor(minutes * MICROSECONDS + 0.5).astype(np.int64)
    return whole


def _stacked(plans: list[PlanArrays]) -> PlanArrays:
    """Return the halls' plans with the hall as first axis; windows that a hall lacks have no phase."""
    width = max(plan.begins.shape[1] for plan in plans)
    columns = []
    for name in PlanArrays._fields:
        arrays = [getattr(plan, name) for plan in plans]
        if name not in ("phase_count", "window_of", "pool", "pace"):
            arrays = [np.pad(array, ((0, 0), (0, width - array.shape[1]))) for array in arrays]
        columns.append(np.ascontiguousarray(np.stack(arrays)))
    return PlanArrays(*columns)
