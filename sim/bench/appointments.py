"""``make bench NAME=appointments``: the optimum of published appointment schedules, and how fast.

The instance is that of github witusj/obp (Koole's tool): 24 patients, 48 slots of five minutes, Poisson
services of 9 minutes cut where their cumulative mass passes 0.9999, idle time from the mean of 9. Small
instances with the same services are solved by trying every schedule, which proves the search.
"""

from __future__ import annotations

from itertools import combinations_with_replacement
from time import perf_counter
from typing import TYPE_CHECKING

from sim.appointment_search import Schedules, best_schedule
from sim.bench.row import BenchRow
from sim.exact_appointments import SLOT_MINUTES, poisson_masses

if TYPE_CHECKING:
    from collections.abc import Sequence

CUT, MEAN_MINUTES = 0.9999, 9.0
PATIENTS, SLOTS = 24, 48
PUBLISHED = (
    ("local-search best", "11" + "01" * 22 + "00", 6.628125),
    ("one every ten minutes", "10" * 23 + "01", 8.710548),
)
OPTIMUM = 6.628125
SMALL = ((4, 6), (5, 8))  # patients, slots: 126 and 792 schedules
PLAIN_TIMES = 3


def plain_objective(schedule: Sequence[int], service: Sequence[float]) -> float:
    """Return the objective in plain Python, as one would write it down: the baseline of the speed row."""
    work, wait, patients = [1.0], 0.0, 0
    for places in schedule:
        for _ in range(places):
            wait += sum(minute * mass for minute, mass in enumerate(work))
            patients += 1
            grown = [0.0] * (len(work) + len(service) - 1)
            for minute, mass in enumerate(work):
                for more, share in enumerate(service):
                    grown[minute + more] += mass * share
            work = grown
        work = [sum(work[: SLOT_MINUTES + 1]), *work[SLOT_MINUTES + 1 :]]
    tardiness = sum(minute * mass for minute, mass in enumerate(work))
    idle = len(schedule) * SLOT_MINUTES + tardiness - patients * MEAN_MINUTES
    return 0.4 * wait / patients + 0.2 * idle + 0.4 * tardiness


def rows() -> list[BenchRow]:
    """Return the published values, the optimum found, its proof on small instances, and the speed."""
    schedules, found = published(), []
    for name, text, in_print in PUBLISHED:
        value = schedules.objective([int(digit) for digit in text])
        found.append(_six(f"published schedule, {name}", value, in_print))
    spread = [1 if slot % 2 == 0 else 0 for slot in range(SLOTS)]
    begun = perf_counter()
    best = best_schedule(published(), spread, subset=2)
    seconds = perf_counter() - begun
    name = f"optimum found in {seconds:.2f} s and {best.evaluations} evaluations, subsets of 2"
    return [*found, _six(name, best.objective, OPTIMUM), *_proved(), _speed(schedules, best.schedule)]


def published() -> Schedules:
    """Return the published instance."""
    return Schedules(poisson_masses(MEAN_MINUTES, CUT), mean_minutes=MEAN_MINUTES)


def _six(name: str, value: float, in_print: float) -> BenchRow:
    same = round(value, 6) == in_print
    return BenchRow(name, value, "min", f"{in_print:.6f}", value / in_print, "alike to six decimals", same)


def _proved() -> list[BenchRow]:
    """The search against every schedule there is, on instances small enough to try all."""
    schedules, found = published(), []
    for patients, slots in SMALL:
        every = [
            tuple(chosen.count(slot) for slot in range(slots))
            for chosen in combinations_with_replacement(range(slots), patients)
        ]
        least = min(schedules.objective(schedule) for schedule in every)
        start = [patients, *[0] * (slots - 1)]
        best = best_schedule(schedules, start, subset=slots - 1)
        name = f"{patients} patients, {slots} slots: the search against all {len(every)} schedules"
        found.append(
            BenchRow(
                name, best.objective, "min", f"{least:.6f}", best.objective / least, "the least of all",
                abs(best.objective - least) < 1e-9,
            )
        )  # fmt: skip
    return found


def _speed(schedules: Schedules, schedule: Sequence[int]) -> BenchRow:
    """Evaluations a second beside plain Python, in the same run."""
    service = [float(share) for share in poisson_masses(MEAN_MINUTES, CUT)]
    begun = perf_counter()
    plain = [plain_objective(schedule, service) for _ in range(PLAIN_TIMES)]
    slow = (perf_counter() - begun) / PLAIN_TIMES
    times = 100 * PLAIN_TIMES
    begun = perf_counter()
    ours = [schedules.objective(schedule) for _ in range(times)]
    fast = (perf_counter() - begun) / times
    same = abs(plain[0] - ours[0]) < 1e-9
    return BenchRow(
        "an exact evaluation, beside plain Python in the same run", 1e6 * fast, "µs",
        f"plain Python {1000 * slow:.0f} ms", slow / fast, "100 times as fast, the same value",
        bool(same and slow / fast >= 100),
    )  # fmt: skip
