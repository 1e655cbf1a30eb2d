"""The halls of a wish on their way to a ranking: how far, what can be done there, when one would ask."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from booking.rules.journey import whole_wait
from booking.rules.slots import Leg
from booking.travelling import Trips, ways
from geo.rules.prospects import Opening, Spread, arrives_by
from queueing.estimate import Ask
from queueing.rules.quotas import Wanted, no_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from booking.city import City
    from booking.rules.timetable import Claimed, Timetable
    from geo.rules.coordinates import Position
    from geo.rules.travel import Travel, TravelMode
    from kernel.calendar import Span
    from kernel.catalogue import Hall, Service
    from kernel.ids import HallId, QueueId
    from queueing.estimate import QueueOutlook
    from queueing.rules.quotas import NoNumbers, QuotaNow

SHOWN_SLOTS = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A hall as seen from where the citizen starts.

    ``legs`` is None where the services cannot all be done, empty where nobody queues for them.
    ``joins_at``: when one would join the queue: on arrival, when the doors open, or when numbers are given
    again. ``lacking``: why one who walks in gets no number on arrival. ``span``: the opening
    in which that is, or the next one. ``slots``: the next free ones that even a slow trip reaches.
    """

    hall: Hall
    position: Position
    table: Timetable
    travel: Travel
    legs: tuple[Leg, ...] | None
    opening: Opening
    span: Span | None
    joins_at: datetime
    slots: tuple[datetime, ...]
    lacking: NoNumbers | None = None

    @property
    def walks_in(self) -> bool:
        """Whether one can be served on the day of arrival without an appointment."""
        no_more = self.lacking is not None and not self.lacking.later_today
        return self.opening is not Opening.CLOSED and not no_more

    @property
    def queue_minutes(self) -> dict[QueueId, float]:
        """The minutes served in each queue, the queues in the order of the legs."""
        minutes: dict[QueueId, float] = {}
        for leg in self.legs or ():
            minutes[leg.queue_id] = minutes.get(leg.queue_id, 0.0) + leg.minutes
        return minutes

    def wait(self, outlooks: Mapping[QueueId, QueueOutlook]) -> Spread | None:
        """Return the wait of the whole visit; None where it is not possible or not known."""
        if self.legs is None:
            return None
        minutes = self.queue_minutes
        if not outlooks.keys() >= minutes.keys():
            return None
        return whole_wait([(outlooks[queue_id].wait, served) for queue_id, served in minutes.items()])

    def slot_today(self, now: datetime) -> datetime | None:
        """Return the next slot if it is on this local day; waits of other days are not foreseen."""
        local_day = self.table.calendar.local_day
        return self.slots[0] if self.slots and local_day(self.slots[0]) == local_day(now) else None


def candidates(
    city: City,
    services: Sequence[Service],
    origin: Position,
    mode: TravelMode,
    departs_at: datetime,
    claimed: Claimed,
    quotas: Mapping[HallId, Sequence[QuotaNow]],
    *,
    now: datetime,
    trips: Trips,
) -> list[Candidate]:
    """Return every hall and terminal of the city as seen from ``origin``."""
    positions = [city.positions[hall.id] for hall in city.halls]
    travels = ways(city, city.halls, origin, mode, trips)
    found = []
    for hall, position, travel in zip(city.halls, positions, travels, strict=True):
        table, legs = city.timetables[hall.id], legs_in(city, services, hall.id)
        arrives_at = departs_at + travel.range.typical
        span = table.calendar.opening_at(arrives_at)
        opening = _opening(table, span, departs_at, arrives_at)
        joins_at = max(arrives_at, span.opens_at) if span else arrives_at
        own = quotas.get(hall.id)
        lacking = _lacking(own, table, legs, joins_at, now) if own and opening is not Opening.CLOSED else None
        if lacking is not None and lacking.later_today and lacking.again_at is not None:
            joins_at = lacking.again_at
        found.append(
            Candidate(
                *(hall, position, table, travel, legs),
                opening=opening,
                span=span,
                joins_at=joins_at,
                slots=_next_slots(table, legs, claimed, arrives_by(departs_at, travel.range), now=now),
                lacking=lacking,
            )
        )
    return found


def legs_in(city: City, services: Sequence[Service], hall_id: HallId) -> tuple[Leg, ...] | None:
    """Return the legs in a hall: None if it cannot do all the services, empty where nobody queues."""
    legs = []
    for service in services:
        offers = city.offers.get(service.id, {})
        if hall_id not in offers:
            return None
        queue_id = offers[hall_id]
        if queue_id is not None:
            legs.append(Leg(service.id, queue_id, service.minutes))
    return tuple(legs)


def _opening(table: Timetable, span: Span | None, departs_at: datetime, arrives_at: datetime) -> Opening:
    """Return how the doors are on arrival, as far as that is on the day on which one leaves.

    A way past midnight leads to the next day, on which every hall of the city opens: it would rank a far one
    above those in which one is served as soon by leaving in the morning. What never closes is reached at
    night as well.
    """
    calendar = table.calendar
    if span is None:
        return Opening.CLOSED
    if arrives_at in span and calendar.always_open:
        return Opening.OPEN
    if calendar.local_day(max(arrives_at, span.opens_at)) != calendar.local_day(departs_at):
        return Opening.CLOSED
    return Opening.OPEN if arrives_at in span else Opening.OPENS_LATER


def _lacking(
    quotas: Sequence[QuotaNow],
    table: Timetable,
    legs: tuple[Leg, ...] | None,
    joins_at: datetime,
    now: datetime,
) -> NoNumbers | None:
    wanted = [Wanted(leg.service_id, leg.queue_id) for leg in legs or ()]
    today = table.calendar.local_day(now)
    return no_numbers(quotas, wanted, at=joins_at, today=today, calendar=table.calendar)


def _next_slots(
    table: Timetable,
    legs: tuple[Leg, ...] | None,
    claimed: Claimed,
    reachable_at: datetime,
    *,
    now: datetime,
) -> tuple[datetime, ...]:
    if not legs:
        return ()
    return tuple(islice(table.free_starts(legs, claimed, now=now, earliest=reachable_at), SHOWN_SLOTS))


def asks_on_arrival(found: Sequence[Candidate]) -> list[Ask]:
    """Return whose waits decide about walking in."""
    return [
        Ask(queue_id, each.joins_at) for each in found if each.walks_in for queue_id in each.queue_minutes
    ]


def asks_at_slots(
    found: Sequence[Candidate], outlooks: Mapping[QueueId, QueueOutlook], *, now: datetime
) -> list[Ask]:
    """Return whose waits decide about today's slots: those who come a slot's credit earlier.

    Only where a slot may begin before a walk-in would be called; elsewhere walking in is sooner anyway.
    """
    asks: list[Ask] = []
    for each in found:
        start, wait = each.slot_today(now), each.wait(outlooks)
        if start is not None and (wait is None or start < each.joins_at + wait.p90):
            comes_at = max(now, start - each.table.policy.appointment_credit)
            asks.extend(Ask(queue_id, comes_at) for queue_id in each.queue_minutes)
    return asks
