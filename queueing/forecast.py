"""Demand forecasts for the API and the worker: what is stored and what came today, made into a day.

``hall_forecast`` is the interface: expected arrivals of each queue and quarter hour of a local date, as
far as they are known now. Everybody who looks ahead uses it (wait estimates, the manager's day, alerts,
replanning), so there is one forecast. It loads neither numpy nor a model.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from kernel import catalogue
from queueing.rules.demand import DayDemand, DemandProfile, forecast_day, kind_of, profile_from
from queueing.rules.drain import QUARTER_MINUTES, QUARTERS
from queueing.store.tickets import tickets
from queueing.tables import ExpectedArrivalRow
from queueing.wait_tables import WaitProfileRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from sqlmodel import Session

    from kernel.calendar import OpeningCalendar
    from kernel.ids import HallId, QueueId

_profiles = WaitProfileRow.__table__
_expected = ExpectedArrivalRow.__table__

# The booked come some ten minutes before their slot: shares of the second quarter hour before it, the first
# before it and its own. By the seeded city's punctuality; halls do not store when somebody was due.
COME_BEFORE_SLOT = (0.15, 0.6, 0.25)
STILL_EXPECTED = timedelta(minutes=30)  # after its slot hardly anyone booked still comes


@dataclass(frozen=True, slots=True)
class HallForecast:
    """A hall's day. ``came[queue][quarter]`` everybody who joined today, the booked included.

    ``known``: the queues whose demand was learned; others are missing in ``demand``.
    """

    hall_id: HallId
    day: date
    made_at: datetime
    open_share: tuple[float, ...]
    demand: DayDemand[QueueId]
    came: Mapping[QueueId, tuple[int, ...]]
    came_walk_ins: Mapping[QueueId, int]

    @property
    def known(self) -> tuple[QueueId, ...]:
        """The queues that have a forecast."""
        return tuple(self.demand.queues)

    def arrivals(self, queue_id: QueueId) -> tuple[float, ...]:
        """Return the people expected in each quarter of the day as far as is known now; zeros if unknown."""
        queue = self.demand.queues.get(queue_id)
        if queue is None:
            return (0.0,) * QUARTERS
        return tuple(walk + booked for walk, booked in zip(queue.walk_ins, queue.booked, strict=True))


class _Shelf:
    """Parsed profiles by (queue, instant learned), so that a day's many reads parse each once."""

    def __init__(self) -> None:
        self.known: dict[tuple[QueueId, datetime], DemandProfile | None] = {}


_shelf = _Shelf()


def hall_forecast(
    session: Session, hall_id: HallId, *, now: datetime, day: date | None = None
) -> HallForecast:
    """Return the forecast of a local date, today's if not given, in four statements.

    Today's follows what came so far; another day's does not. Queues without history are left out.
    """
    calendar = catalogue.calendar(session, hall_id)
    today = calendar.local_day(now)
    day = day or today
    queue_ids = [queue.id for queue in catalogue.queues(session, hall_id)]
    opened = open_shares(calendar, day)
    expected = _booked(session, queue_ids, calendar, day, now)
    came: dict[QueueId, tuple[int, ...]] = {}
    walked: dict[QueueId, int] = {}
    booked_came: dict[QueueId, list[float]] = {}
    if day == today:
        came, walked, booked_came = _came(session, hall_id, calendar, day, opened)
    was_booked = {
        key: [a + b for a, b in zip(expected[key], booked_came.get(key, (0.0,) * QUARTERS), strict=True)]
        for key in queue_ids
    }
    present = calendar.minute_of_day(now) // QUARTER_MINUTES if day == today else 0
    demand = forecast_day(
        demand_profiles(session, queue_ids),
        kind_of(day),
        opened,
        booked={key: _spread(row, opened, first=int(present)) for key, row in expected.items()},
        was_booked={key: _spread(row, opened, first=0) for key, row in was_booked.items()},
        came=walked if day == today else None,
        minute=calendar.minute_of_day(now) if day == today else 0.0,
    )
    return HallForecast(hall_id, day, now, opened, demand, came, walked)


def demand_profiles(session: Session, queue_ids: Sequence[QueueId]) -> dict[QueueId, DemandProfile]:
    """Return the learned demand of these queues; queues without any are left out."""
    made = session.execute(
        select(_profiles.c.queue_id, _profiles.c.made_at).where(_profiles.c.queue_id.in_(queue_ids))
    ).all()
    missing = [row.queue_id for row in made if (row.queue_id, row.made_at) not in _shelf.known]
    if missing:
        if len(_shelf.known) > 10_000:
            _shelf.known.clear()
        for row in session.execute(select(_profiles).where(_profiles.c.queue_id.in_(missing))):
            stored = row.profile.get("demand")
            _shelf.known[row.queue_id, row.made_at] = profile_from(stored) if stored else None
    found = {row.queue_id: _shelf.known.get((row.queue_id, row.made_at)) for row in made}
    return {queue_id: profile for queue_id in queue_ids if (profile := found.get(queue_id)) is not None}


def open_shares(calendar: OpeningCalendar, day: date) -> tuple[float, ...]:
    """Return how much of each quarter hour of a local date the doors are open."""
    shares = [0.0] * QUARTERS
    for span in calendar.spans(day):
        opens, closes = calendar.minute_of_day(span.opens_at), calendar.minute_of_day(span.closes_at)
        closes = closes if closes > opens else QUARTERS * float(QUARTER_MINUTES)  # open until midnight
        for quarter in range(QUARTERS):
            begins = quarter * QUARTER_MINUTES
            inside = min(begins + QUARTER_MINUTES, closes) - max(begins, opens)
            shares[quarter] += max(0.0, inside / QUARTER_MINUTES)
    return tuple(shares)


def _came(
    session: Session, hall_id: HallId, calendar: OpeningCalendar, day: date, opened: Sequence[float]
) -> tuple[dict[QueueId, tuple[int, ...]], dict[QueueId, int], dict[QueueId, list[float]]]:
    """Return who joined today by queue: everybody by quarter, walk-ins in all, the booked by their slot."""
    rows = session.execute(
        select(tickets.c.issued_in, tickets.c.arrived_at, tickets.c.due_at).where(
            tickets.c.hall_id == hall_id, tickets.c.day == day
        )
    )
    everybody: defaultdict[QueueId, list[int]] = defaultdict(lambda: [0] * QUARTERS)
    booked: defaultdict[QueueId, list[float]] = defaultdict(lambda: [0.0] * QUARTERS)
    walked: defaultdict[QueueId, int] = defaultdict(int)
    for row in rows:
        everybody[row.issued_in][_quarter(calendar, row.arrived_at, opened)] += 1
        if row.due_at is None:
            walked[row.issued_in] += 1
        else:
            booked[row.issued_in][_quarter(calendar, row.due_at, opened)] += 1.0
    return {key: tuple(row) for key, row in everybody.items()}, dict(walked), dict(booked)


def _quarter(calendar: OpeningCalendar, at: datetime, opened: Sequence[float]) -> int:
    """Return the quarter in which somebody counts: before the doors open, the first that is open."""
    quarter = min(int(calendar.minute_of_day(at) // QUARTER_MINUTES), QUARTERS - 1)
    first = next((number for number, share in enumerate(opened) if share > 0), quarter)
    return max(quarter, first)


def _spread(booked: Sequence[float], opened: Sequence[float], *, first: int) -> list[float]:
    """Return when the booked come, from the quarters of their slots; nobody before ``first`` or the doors."""
    first = max(first, next((number for number, share in enumerate(opened) if share > 0), 0))
    spread = [0.0] * QUARTERS
    for slot, people in enumerate(booked):
        if people > 0:
            for back, share in zip((2, 1, 0), COME_BEFORE_SLOT, strict=True):
                spread[min(max(slot - back, first), QUARTERS - 1)] += people * share
    return spread


def _booked(
    session: Session, queue_ids: Sequence[QueueId], calendar: OpeningCalendar, day: date, now: datetime
) -> dict[QueueId, list[float]]:
    """Return who is still expected by appointment on a date, by queue and quarter.

    Somebody whose slot began up to half an hour ago may still come and counts in the present quarter.
    """
    begins, ends = calendar.at_minute(day, 0), calendar.at_minute(day, QUARTERS * QUARTER_MINUTES)
    rows = session.execute(
        select(_expected.c.queue_id, _expected.c.due_at, _expected.c.show_probability).where(
            _expected.c.queue_id.in_(queue_ids),
            _expected.c.due_at >= max(begins, now - STILL_EXPECTED),
            _expected.c.due_at < ends,
        )
    )
    booked = {queue_id: [0.0] * QUARTERS for queue_id in queue_ids}
    for row in rows:
        late = max((now - row.due_at) / STILL_EXPECTED, 0.0)
        minute = calendar.minute_of_day(max(row.due_at, now))
        quarter = min(int(minute // QUARTER_MINUTES), QUARTERS - 1)
        booked[row.queue_id][quarter] += row.show_probability * (1.0 - late)
    return booked
