"""Demand forecasts against the same-weekday average, on days that they have not seen.

Each judged day is forecast from all days before it, as the night before would. The seeded city's halls
are judged on their last quarter of days; Warsaw's halls on 13-15 January, the bank on 1-14 February,
days on which nothing was chosen. The average is the better of two: of all days of the weekday so far,
and of the last four.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from queueing.demand_learning import DemandHistory, learn_demand
from queueing.rules.demand import DayDemand, count_quantiles, forecast_day, profile_from
from queueing.rules.drain import QUARTER_MINUTES
from sim.bench.forecast_days import DATA, ArrivalDays, bank_days, seeded_halls, split_at, warsaw_halls
from sim.bench.row import BenchRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SEEDED = ("441500", "441502", "441521", "441581", "441502003", "441523101")
WARSAW_FROM, BANK_FROM = date(2020, 1, 13), date(1999, 2, 1)
LOOKS = (600, 660, 840)  # local minutes at which the day so far is looked at
LEAST_DAYS = 4
RESAMPLES = 2_000
SHARES = (0.1, 0.9)


@dataclass(slots=True)
class Errors:
    """Absolute errors by judged hall-day, of each way; sums are what shares are taken of."""

    came: list[float] = field(default_factory=list)
    by: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    inside: list[bool] = field(default_factory=list)
    pinball: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def share(self, way: str) -> float:
        """Return the weighted absolute percentage error (WAPE)."""
        return float(np.sum(self.by[way]) / max(np.sum(self.came), 1e-9))


def rows() -> list[BenchRow]:
    """Return the errors of each set of days, and the ratio to the better average."""
    sets = {
        "seeded city": (seeded_halls(SEEDED), None),
        "Warsaw halls": (warsaw_halls(DATA / "warsaw_halls/queue_snapshots.csv.gz"), WARSAW_FROM),
        "bank": ([bank_days(sorted((DATA / "bank_calls").glob("*.tsv.gz"), reverse=True))], BANK_FROM),
    }
    found = []
    for name, (halls, first) in sets.items():
        quarter, whole, rest = Errors(), Errors(), Errors()
        for hall in halls:
            begin = len(hall.days) * 3 // 4 if first is None else split_at(hall, first)
            for day in range(max(begin, LEAST_DAYS), len(hall.days)):
                _judge(hall, day, quarter, whole, rest)
        found += _rows(name, quarter, whole, rest)
    return found


def _judge(hall: ArrivalDays, day: int, quarter: Errors, whole: Errors, rest: Errors) -> None:
    told = _forecast(hall, day)
    real = hall.counts[:, day]
    averages = _averages(hall, day)
    ours = np.array([told.queues[queue].walk_ins for queue in hall.queues])
    ways = {"ours": ours, **averages}
    quarter.came.append(real.sum())
    whole.came.append(real.sum())
    for way, table in ways.items():
        quarter.by[way].append(np.abs(real - table).sum())
        whole.by[way].append(abs(real.sum() - table.sum()))
    _ranges(hall, day, told, averages, quarter)
    for minute in LOOKS:
        _rest_of_day(hall, day, minute, ways, rest)


def _forecast(
    hall: ArrivalDays, day: int, came: dict[str, float] | None = None, minute: float = 0.0
) -> DayDemand[str]:
    past = DemandHistory(
        hall.days[:day],
        hall.kinds[:day],
        hall.counts[:, :day],
        hall.open_share[:day],
        [10.0] * len(hall.queues),
    )
    learned = learn_demand(past)
    assert learned is not None
    profiles = {queue: profile_from(own) for queue, own in zip(hall.queues, learned, strict=True)}
    return forecast_day(
        profiles, hall.kinds[day], hall.open_share[day].tolist(), booked={}, came=came, minute=minute
    )


def _averages(hall: ArrivalDays, day: int) -> dict[str, Floats]:
    alike = [other for other in range(day) if hall.kinds[other].weekday == hall.kinds[day].weekday]
    alike = alike or list(range(day))
    return {
        "same weekday": hall.counts[:, alike].mean(axis=1),
        "last four": hall.counts[:, alike[-4:]].mean(axis=1),
    }


def _ranges(
    hall: ArrivalDays, day: int, told: DayDemand[str], averages: dict[str, Floats], into: Errors
) -> None:
    """Judge the hall's P10-P90 of each quarter; the averages get Poisson ranges, the usual assumption."""
    pin: defaultdict[str, float] = defaultdict(float)
    for quarter in np.flatnonzero(hall.open_share[day] > 0):
        real = float(hall.counts[:, day, quarter].sum())
        whole = told.range_of(list(hall.queues), [int(quarter)])
        into.inside.append(whole.low <= real <= whole.high)
        pin["ours"] += _pinball(real, (whole.low, whole.high))
        for way, table in averages.items():
            mean = float(table[:, quarter].sum())
            pin[way] += _pinball(real, count_quantiles(mean, mean, SHARES))
    for way, loss in pin.items():
        into.pinball[way].append(loss)


def _pinball(real: float, told: Sequence[float]) -> float:
    return sum(
        max(share * (real - value), (share - 1) * (real - value))
        for share, value in zip(SHARES, told, strict=True)
    )


def _rest_of_day(hall: ArrivalDays, day: int, minute: int, ways: dict[str, Floats], into: Errors) -> None:
    """Judge how many still come after a minute of the day, what came until then being known."""
    split = minute // QUARTER_MINUTES
    real = hall.counts[:, day]
    came = {queue: float(real[place, :split].sum()) for place, queue in enumerate(hall.queues)}
    told = _forecast(hall, day, came, float(minute))
    updated = np.array([told.queues[queue].walk_ins for queue in hall.queues])
    into.came.append(real[:, split:].sum())
    for way, table in {"during the day": updated, **ways}.items():
        into.by[way].append(abs(real[:, split:].sum() - table[:, split:].sum()))


def _rows(name: str, quarter: Errors, whole: Errors, rest: Errors) -> list[BenchRow]:
    inside = float(np.mean(quarter.inside))
    pin = {way: float(np.sum(loss)) for way, loss in quarter.pinball.items()}
    best = min((way for way in pin if way != "ours"), key=lambda way: pin[way])
    return [
        _against(f"{name}, queue and quarter hour: WAPE", quarter, "ours"),
        _against(f"{name}, hall and day: WAPE", whole, "ours"),
        _against(f"{name}, rest of the day at 10, 11 and 14: WAPE", rest, "during the day"),
        BenchRow(f"{name}, range of a quarter hour: pinball", pin["ours"] / len(quarter.inside), "people",
                 f"{best}, Poisson", pin["ours"] / pin[best], "ratio < 1", pin["ours"] < pin[best]),
        BenchRow(f"{name}, range of a quarter hour holds", inside, "share", None, None, "0.80 to 0.88",
                 0.80 <= inside <= 0.88),
    ]  # fmt: skip


def _against(name: str, errors: Errors, way: str) -> BenchRow:
    """Return our error beside the better average's, with the interval of the difference over hall-days."""
    best = min(("same weekday", "last four"), key=errors.share)
    ratio = errors.share(way) / errors.share(best)
    low, high = _interval(errors, way, best)
    label = f"{name} ({len(errors.came)} judged; difference {low:+.3f} to {high:+.3f})"
    return BenchRow(
        label, errors.share(way), "share", f"{best} {errors.share(best):.3f}", ratio, "ratio < 1", ratio < 1
    )


def _interval(errors: Errors, way: str, best: str) -> tuple[float, float]:
    """Return the 95 % interval of the difference of WAPEs, hall-days resampled in pairs."""
    chance = np.random.default_rng(1)
    came, gap = np.array(errors.came), np.array(errors.by[way]) - np.array(errors.by[best])
    picks = chance.integers(0, len(came), (RESAMPLES, len(came)))
    shares = gap[picks].sum(axis=1) / np.maximum(came[picks].sum(axis=1), 1e-9)
    low, high = np.quantile(shares, (0.025, 0.975))
    return float(low), float(high)
