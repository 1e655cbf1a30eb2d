"""``make bench NAME=staffing``: windows by hour for a hall with one queue, beside pyworkforce's Erlang C.

The hall is the default office of CivicQ (eight hours, one queue, services exponential with a mean of 8
minutes) at three times its arrivals. Both sides are asked for 90 % of the citizens within 15 minutes.
pyworkforce takes each hour by itself, as if it lasted for ever and nobody were carried over; ours asks
the engine about whole days. Both are then judged on the same fresh days.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from pyworkforce.queuing import ErlangC

from queueing.engine import HallModel, Plan, PlanEntry, QueueModel, exponential
from queueing.engine.run import draw_days, play
from sim.bench.row import BenchRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from queueing.engine.run import Days

PER_HOUR = tuple(3.0 * rate for rate in (12.0, 15.0, 10.0, 8.0, 8.0, 12.0, 14.0, 10.0))
SERVICE_MINUTES, TARGET_MINUTES, SHARE = 8.0, 15.0, 0.90
OPENS, HOURS, MOST = 540.0, 8, 12
SEARCH_DAYS, FRESH_DAYS = 400, 2_000
SEARCH_SEED, FRESH_SEED = 5, 6
MARGIN = 0.005  # above the goal on the days searched on, so that it holds on others


@dataclass(frozen=True, slots=True)
class Served:
    """How a staffing does: the share of everybody within the target, the worst hour is not asked for."""

    hours: int
    within: float
    mean_minutes: float


def model() -> HallModel:
    """Return the hall."""
    queue = QueueModel("A", PER_HOUR, exponential(SERVICE_MINUTES))
    return HallModel(
        (queue,),
        tuple(str(window + 1) for window in range(MOST)),
        ((OPENS, OPENS + 60.0 * HOURS),),
        interval_minutes=60.0,
        target_minutes=TARGET_MINUTES,
    )


def plan_of(counts: Sequence[int]) -> Plan:
    """Return the plan in which so many windows are open in each hour."""
    return Plan(
        tuple(
            PlanEntry(window, 0, OPENS + 60.0 * hour, OPENS + 60.0 * (hour + 1))
            for hour, count in enumerate(counts)
            for window in range(count)
        )
    )


def by_erlang() -> list[int]:
    """Return pyworkforce's windows for each hour, one hour at a time."""
    return [
        int(
            ErlangC(
                transactions=rate, aht=SERVICE_MINUTES, interval=60, asa=TARGET_MINUTES
            ).required_positions(service_level=SHARE)["positions"]
        )
        for rate in PER_HOUR
    ]


def served(hall: HallModel, counts: Sequence[int], citizens: Days) -> Served:
    """Play a staffing."""
    summary = play(hall, plan_of(counts), citizens)
    return Served(sum(counts), 1.0 - summary.over_target, summary.mean_wait_minutes)


def by_engine(hall: HallModel, start: Sequence[int], citizens: Days) -> list[int]:
    """Return fewest window hours that reach the goal: take away where it costs least, then move hours."""
    counts = list(start)
    while True:
        fewer = [_changed(counts, hour, -1) for hour in range(HOURS) if counts[hour] > 1]
        moved = [_changed(less, hour, 1) for less in fewer for hour in range(HOURS)]
        found = _best_reaching(hall, fewer, citizens)
        if found is None:  # no hour can simply go: perhaps after one has moved
            better = _best_reaching(hall, moved, citizens)
            if (
                better is None
                or served(hall, better, citizens).within <= served(hall, counts, citizens).within
            ):
                return counts
            found = better
        counts = found


def _best_reaching(hall: HallModel, tried: Sequence[list[int]], citizens: Days) -> list[int] | None:
    scored = [(served(hall, counts, citizens).within, counts) for counts in tried]
    reaching = [pair for pair in scored if pair[0] >= SHARE + MARGIN]
    return max(reaching)[1] if reaching else None


def _changed(counts: Sequence[int], hour: int, by: int) -> list[int]:
    return [count + by * (place == hour) for place, count in enumerate(counts)]


def rows() -> list[BenchRow]:
    """Return the window hours of both, and what they give on fresh days."""
    hall = model()
    erlang = by_erlang()
    begun = perf_counter()
    searched = draw_days(hall, seed=SEARCH_SEED, days=SEARCH_DAYS)
    start = erlang
    while served(hall, start, searched).within < SHARE + MARGIN:
        start = [count + 1 for count in start]
    ours = by_engine(hall, start, searched)
    seconds = perf_counter() - begun
    fresh = draw_days(hall, seed=FRESH_SEED, days=FRESH_DAYS)
    theirs, mine = served(hall, erlang, fresh), served(hall, ours, fresh)
    reached = f"{SHARE:.0%} within {TARGET_MINUTES:.0f} minutes"
    return [
        BenchRow(
            f"pyworkforce, hour by hour: windows {_written(erlang)}", float(theirs.hours), "window hours",
            None, None, reached, theirs.within >= SHARE,
        ),
        BenchRow(
            f"engine, whole days, found in {seconds:.1f} s: windows {_written(ours)}", float(mine.hours),
            "window hours", f"pyworkforce {theirs.hours}", mine.hours / theirs.hours,
            f"{reached} with fewer hours", mine.within >= SHARE and mine.hours < theirs.hours,
        ),
        BenchRow("pyworkforce, share in time on fresh days", theirs.within, "", None, None, reached, None),
        BenchRow("engine, share in time on fresh days", mine.within, "", None, None, reached, None),
        BenchRow(
            "mean wait on fresh days, engine over pyworkforce", mine.mean_minutes, "min",
            f"{theirs.mean_minutes:.2f} min", mine.mean_minutes / theirs.mean_minutes, "", None,
        ),
    ]  # fmt: skip


def _written(counts: Sequence[int]) -> str:
    return " ".join(map(str, counts))
