"""Days of arrivals to judge demand forecasts on: the seeded city's halls and both real logs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from queueing.rules.demand import DayKind, kind_of
from queueing.rules.drain import QUARTER_MINUTES, QUARTERS
from sim.catalogue import load_city
from sim.logs import bank, warsaw
from sim.logs.records import ImportCount
from sim.seed.history import HallPast
from sim.seed.ids import new_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from kernel.calendar import OpeningCalendar
    from sim.logs.records import TicketRecord

    Floats = NDArray[np.float64]

DATA = Path(__file__).parents[1] / "data"
SEEDED_UNTIL, SEEDED_DAYS = date(2026, 10, 31), 84  # a National Day holiday and two month-ends inside
NOBODY_WORKS = {  # Poland's holidays among the log's days; the bank's log has none
    date(2019, 12, 25): False, date(2019, 12, 26): False, date(2020, 1, 1): False, date(2020, 1, 6): False,
}  # fmt: skip
SHOW_PROBABILITY = 0.9  # what booking notes with each appointment


@dataclass(frozen=True, slots=True)
class ArrivalDays:
    """A hall's open days in order.

    ``counts[queue, day, quarter]`` walk-ins; ``booked`` those expected by appointment, as is known on
    the morning; ``came_booked`` those of them who came, by their arrival.
    """

    name: str
    queues: tuple[str, ...]
    days: tuple[date, ...]
    kinds: tuple[DayKind, ...]
    counts: Floats
    open_share: Floats
    booked: Floats
    came_booked: Floats


def seeded_halls(codes: Sequence[str] | None = None, *, every: int = 6) -> list[ArrivalDays]:
    """Return every ``every``-th hall of the seeded city, or those named."""
    city = load_city()
    ids = new_ids(city)
    chosen = codes or sorted(city.halls)[::every]
    return [
        _seeded(
            HallPast(city, city.halls[code], ids.halls[code], ids.services), code, city.halls[code].queues
        )
        for code in chosen
    ]


def _seeded(past: HallPast, code: str, queues: Sequence[str]) -> ArrivalDays:
    calendar = past.promises.table.calendar
    dates = [SEEDED_UNTIL - timedelta(days=back) for back in range(SEEDED_DAYS, -1, -1)]
    dates = [day for day in dates if past.curve(day).people]
    counts = np.zeros((len(queues), len(dates), QUARTERS))
    booked, came = np.zeros_like(counts), np.zeros_like(counts)
    place = {queue: number for number, queue in enumerate(queues)}
    for number, day in enumerate(dates):
        for story in past.stories(day):
            into = counts if story.due_at is None else came
            into[place[story.queue], number, _quarter(calendar.minute_of_day(story.arrived_at))] += 1
        for (queue, minute), places in past.promises.kept_and_broken(day, past.curve(day)).items():
            booked[place[queue], number, _quarter(minute)] += places * SHOW_PROBABILITY
    opened = np.array([open_shares(calendar, day) for day in dates])
    return _inside(ArrivalDays(
        code, tuple(queues), tuple(dates), tuple(kind_of(day) for day in dates), counts, opened, booked, came,
    ))  # fmt: skip


def open_shares(calendar: OpeningCalendar, day: date) -> Floats:
    """Return how much of each quarter of a date the doors are open."""
    starts = np.arange(QUARTERS) * QUARTER_MINUTES
    shares = np.zeros(QUARTERS)
    for span in calendar.spans(day):
        opens, closes = calendar.minute_of_day(span.opens_at), calendar.minute_of_day(span.closes_at)
        inside = np.minimum(starts + QUARTER_MINUTES, closes) - np.maximum(starts, opens)
        shares += np.clip(inside / QUARTER_MINUTES, 0.0, 1.0)
    return shares


def _quarter(minute: float) -> int:
    return int(minute // QUARTER_MINUTES)


def _inside(days: ArrivalDays) -> ArrivalDays:
    """Count who comes while the doors are shut in the next quarter that is open, as the hall does."""
    for table in (days.counts, days.booked, days.came_booked):
        for number in range(len(days.days)):
            opened = np.flatnonzero(days.open_share[number] > 0)
            early = (days.open_share[number] == 0) & (table[:, number].sum(axis=0) > 0)
            for quarter in np.flatnonzero(early):
                later = opened[opened > quarter]
                into = int(later[0]) if len(later) else int(opened[-1])
                table[:, number, into] += table[:, number, quarter]
                table[:, number, quarter] = 0
    return days


def warsaw_halls(path: Path) -> list[ArrivalDays]:
    """Return the real halls with their clean queues; quarters count as open where most days have arrivals."""
    only = warsaw.read_clean_queues(path.parent / "clean_queues.csv")
    records = warsaw.tickets_of(warsaw.read_snapshots(path), ImportCount(), only=only)
    by_hall: defaultdict[str, list[TicketRecord]] = defaultdict(list)
    for record in records:
        by_hall[record.hall].append(record)
    return [_logged(hall, by_hall[hall]) for hall in sorted(by_hall)]


def bank_days(paths: Iterable[Path]) -> ArrivalDays:
    """Return the bank's calls that asked for an agent, by type."""
    calls = [call for path in paths for call in bank.read_calls(path)]
    return _logged("bank", list(bank.tickets_of(calls, ImportCount())))


def _logged(name: str, records: Sequence[TicketRecord]) -> ArrivalDays:
    queues = sorted({record.queue for record in records})
    dates = sorted({record.joined_at.date() for record in records})
    counts = np.zeros((len(queues), len(dates), QUARTERS))
    place, number = {queue: k for k, queue in enumerate(queues)}, {day: d for d, day in enumerate(dates)}
    for record in records:
        minute = record.joined_at.hour * 60 + record.joined_at.minute
        counts[place[record.queue], number[record.joined_at.date()], _quarter(minute)] += 1
    kinds = tuple(kind_of(day, workday=NOBODY_WORKS) for day in dates)
    nothing = np.zeros_like(counts)
    return ArrivalDays(
        name, tuple(queues), tuple(dates), kinds, counts, _seen_open(counts, kinds), nothing, nothing
    )


def _seen_open(counts: Floats, kinds: Sequence[DayKind]) -> Floats:
    """Return which quarters are open on each day: from the usual first to the usual last of its weekday.

    Logs do not say their opening hours; Friday's and Sunday's differ from the others at the bank.
    """
    busy = counts.sum(axis=0) > 0
    weekdays = np.array([kind.weekday for kind in kinds])
    opened = np.zeros(busy.shape)
    for weekday in set(weekdays.tolist()):
        usual = np.flatnonzero(busy[weekdays == weekday].mean(axis=0) > 0.5)
        if len(usual):
            opened[weekdays == weekday, usual[0] : usual[-1] + 1] = 1.0
    return opened


def split_at(days: ArrivalDays, first: date) -> int:
    """Return the place of the first day that is judged."""
    return next((place for place, day in enumerate(days.days) if day >= first), len(days.days))
