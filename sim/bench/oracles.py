"""The same halls in other people's simulators, as oracles and as speed baselines. Never in the product."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

import ciw
import numpy as np
import simpy

from queueing.engine import HallModel, Plan, PlanEntry, QueueModel, exponential

if TYPE_CHECKING:
    from collections.abc import Generator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SmallHall:
    """Exponential everything: rates per minute by queue, the queues of each window, patience or None."""

    minutes: float
    rates: tuple[float, ...]
    means: tuple[float, ...]
    lists: tuple[frozenset[int], ...]
    patience: float | None

    def model(self) -> HallModel:
        patience = None if self.patience is None else exponential(self.patience)
        return HallModel(
            queues=tuple(
                QueueModel(str(index), (rate * self.minutes,), exponential(mean), patience=patience)
                for index, (rate, mean) in enumerate(zip(self.rates, self.means, strict=True))
            ),
            windows=tuple(map(str, range(len(self.lists)))),
            sessions=((0.0, self.minutes),),
            interval_minutes=self.minutes,
        )

    def plan(self) -> Plan:
        return Plan(
            tuple(
                PlanEntry(window, queue, 0.0, self.minutes)
                for window, queues in enumerate(self.lists)
                for queue in sorted(queues)
            )
        )


def random_hall(seed: int, *, skills: bool) -> SmallHall:
    """Return a small hall of 3 queues and 3 to 5 windows at a load of about 0.85."""
    random = Random(seed)
    windows = random.randint(3, 5)
    means = tuple(random.uniform(4.0, 10.0) for _ in range(3))
    shares = [random.uniform(0.5, 1.5) for _ in range(3)]
    work = sum(share * mean for share, mean in zip(shares, means, strict=True))
    rates = tuple(0.85 * windows * share / work for share in shares)
    every = frozenset(range(3))
    lists = tuple(every - {window % 3} if skills and window > 0 else every for window in range(windows))
    return SmallHall(240.0, rates, means, lists, 30.0 if random.random() < 0.5 else None)


def simpy_day(hall: SmallHall, seed: int) -> tuple[float, int]:
    """Play one day in simpy: earliest arrival among a window's queues; return (sum of waits, called)."""
    random = Random(seed)
    environment = simpy.Environment()
    line: list[tuple[float, int, Any]] = []
    idle = sorted(range(len(hall.lists)), key=lambda window: (len(hall.lists[window]), window))
    order = {window: rank for rank, window in enumerate(idle)}
    waits: list[float] = []

    def arrivals(queue: int) -> Generator[Any, Any, None]:
        while True:
            yield environment.timeout(random.expovariate(hall.rates[queue]))
            if environment.now >= hall.minutes:
                return
            environment.process(citizen(queue))

    def citizen(queue: int) -> Generator[Any, Any, None]:
        joined = environment.now
        able = [window for window in idle if queue in hall.lists[window]]
        if able:
            window = min(able, key=order.__getitem__)
            idle.remove(window)
        else:
            called: Any = environment.event()
            entry = (joined, queue, called)
            line.append(entry)
            patience = None if hall.patience is None else random.expovariate(1.0 / hall.patience)
            got = yield called if patience is None else called | environment.timeout(patience)
            if patience is not None and not called.triggered:
                line.remove(entry)
                return
            del got
            window = int(called.value)
        waits.append(environment.now - joined)
        yield environment.timeout(random.expovariate(1.0 / hall.means[queue]))
        waiting = [entry for entry in line if entry[1] in hall.lists[window]]
        if waiting:
            first = min(waiting, key=lambda entry: entry[0])
            line.remove(first)
            first[2].succeed(window)
        else:
            idle.append(window)

    for queue in range(len(hall.rates)):
        environment.process(arrivals(queue))
    environment.run()
    return sum(waits), len(waits)


def ciw_day(hall: SmallHall, seed: int) -> tuple[float, int]:
    """Play one day in Ciw (every window takes every queue); return (sum of waits, called).

    The network is built anew each time: its distributions keep state between runs. Arrivals stop at the
    doors' closing by a rate of 0 after it.
    """
    classes = [str(queue) for queue in range(len(hall.rates))]
    options: dict[str, Any] = {}
    if hall.patience is not None:
        options["reneging_time_distributions"] = {
            name: [ciw.dists.Exponential(1.0 / hall.patience)] for name in classes
        }
    ciw.seed(seed)
    network = ciw.create_network(
        arrival_distributions={
            name: [
                ciw.dists.PoissonIntervals(
                    [rate, 1e-9], [hall.minutes, hall.minutes + 1e6], hall.minutes + 1e6
                )
            ]
            for name, rate in zip(classes, hall.rates, strict=True)
        },
        service_distributions={
            name: [ciw.dists.Exponential(1.0 / mean)] for name, mean in zip(classes, hall.means, strict=True)
        },
        number_of_servers=[len(hall.lists)],
        **options,
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(hall.minutes + 600.0)
    served = [record for record in simulation.get_all_records() if record.record_type == "service"]
    return sum(record.waiting_time for record in served), len(served)


def oracle_means(hall: SmallHall, days: int, simulator: Any) -> tuple[Floats, Floats]:
    """Return the sums of waits and the numbers called, by day."""
    results = [simulator(hall, seed) for seed in range(1, days + 1)]
    return np.array([waits for waits, _ in results]), np.array([float(called) for _, called in results])
