"""Where would I be done soonest? Halls and terminals in one ranking, with the numbers it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from booking import store
from booking.candidates import Candidate, asks_at_slots, asks_on_arrival, candidates, legs_in
from booking.city import City, city_of
from booking.errors import NoServiceChosen, TooManyServices
from booking.remote_times import RemoteTime, remote_times
from booking.rules.journey import after_slot, service_spread
from booking.service.slots import MOST_SERVICES
from booking.travelling import BY_FORMULA, Trips, start_of
from geo.rules.prospects import HallFacts, Opening, Spread
from geo.rules.ranking import Ranked, rank
from geo.rules.reasons import SortKey
from geo.rules.sentences import Language, sentence
from queueing.quotas.service import numbers_everywhere

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlmodel import Session

    from booking.rules.slots import SlotKey
    from geo.rules.coordinates import Position
    from geo.rules.links import NavigationLinks
    from geo.rules.places import Taken
    from geo.rules.travel import Travel, TravelMode
    from kernel.catalogue import Hall, Service
    from kernel.ids import QueueId
    from queueing.estimate import Ask, QueueOutlook
    from queueing.rules.quotas import NoNumbers


FIRST_LOOK = timedelta(days=3)  # in which most halls have their next free slots


class Outlook(Protocol):
    """How long whoever joins these queues at these instants would wait: ``queueing.estimate``."""

    def __call__(
        self, session: Session, asks: Sequence[Ask], *, now: datetime
    ) -> Mapping[QueueId, QueueOutlook]: ...


@dataclass(frozen=True, slots=True)
class Wish:
    """What a citizen asks: services, from where (a position or the name of an area), how and when."""

    services: tuple[str, ...]
    mode: TravelMode
    sort: SortKey = SortKey.DONE
    position: Position | None = None
    area: str | None = None
    depart_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """A hall with everything that is shown of it.

    ``waiting`` is None where nobody queues (``without_queue``), and where one cannot walk in that day.
    ``missing``: which of the services asked for are not done here. ``lacking``: why one who walks in gets no
    number on arrival.
    """

    hall: Hall
    ranked: Ranked
    travel: Travel
    waiting: int | None
    next_slots: tuple[datetime, ...]
    opens_at: datetime | None
    links: NavigationLinks
    reason_zh: str
    reason_en: str
    always_open: bool = False
    missing: tuple[Service, ...] = ()
    lacking: NoNumbers | None = None
    without_queue: bool = False


@dataclass(frozen=True, slots=True)
class Ranking:
    """The answer; ``origin`` is only ever shown rounded to about a kilometre.

    ``taken``: what the typed place was taken for, None for a position. ``without_way``: the soonest times by
    telephone and video, soonest first.
    """

    made_at: datetime
    services: tuple[Service, ...]
    origin: Position
    taken: Taken | None
    departs_at: datetime
    options: tuple[Option, ...]
    without_way: tuple[RemoteTime, ...] = ()


def rank_halls(
    session: Session, wish: Wish, *, now: datetime, outlook: Outlook, trips: Trips = BY_FORMULA
) -> Ranking:
    """Rank all halls and terminals of the city for a wish, in a handful of statements.

    ``trips`` are the ways that a road service knows; the formula stands in for the others.
    Raises ``NoServiceChosen``, ``ServiceNotFound``, ``OriginMissing``, ``UnknownArea``, ``AmbiguousArea``.
    """
    city = city_of(session)
    services = _services(city, wish)
    origin = start_of(city, wish.position, wish.area)
    departs_at = max(wish.depart_at or now, now)
    claimed = _Claimed(session, city, services, now=now)
    days = {hall_id: table.calendar.local_day(now) for hall_id, table in city.timetables.items()}
    quotas = numbers_everywhere(session, days)
    found = candidates(city, services, origin, wish.mode, departs_at, claimed, quotas, now=now, trips=trips)
    on_arrival = outlook(session, asks_on_arrival(found), now=now)
    asks = asks_at_slots(found, on_arrival, now=now)
    at_slots = outlook(session, asks, now=now) if asks else {}
    facts = [_facts(each, services, on_arrival, at_slots, now=now) for each in found]
    ranked = rank(facts, origin=origin, departs_at=departs_at, sort=wish.sort)
    by_code = {each.hall.code: each for each in found}
    options = (
        _option(city, by_code[line.hall.code], line, services, on_arrival, wish.mode) for line in ranked
    )
    taken = city.places.find(wish.area) if wish.position is None and wish.area else None
    without_way = remote_times(city, services, claimed, now=now)
    return Ranking(now, services, origin, taken, departs_at, tuple(options), without_way)


def _services(city: City, wish: Wish) -> tuple[Service, ...]:
    services = city.chosen(wish.services)
    if not services:
        raise NoServiceChosen
    if len(services) > MOST_SERVICES:
        raise TooManyServices(most=MOST_SERVICES)
    return services


class _Claimed:
    """What is claimed of the slots of every hall that can do the errand, read a few days at a time.

    The next free slots lie on the first days as a rule; who looks further makes the rest be read at once.
    """

    def __init__(self, session: Session, city: City, services: Sequence[Service], *, now: datetime) -> None:
        legs = [legs_in(city, services, hall.id) or () for hall in city.halls]
        horizon = max((table.policy.horizon_days for table in city.timetables.values()), default=0)
        self._session, self._now = session, now
        self._queue_ids = {leg.queue_id for own in legs for leg in own}
        self._last = now + timedelta(days=horizon + 2)
        self._until = min(now + FIRST_LOOK, self._last)
        self._known = store.claimed_between(session, self._queue_ids, now, self._until, now=now)

    def get(self, key: SlotKey, nothing: int) -> int:
        """Return how many places of a slot are claimed."""
        if key.starts_at > self._until:
            self._known |= store.claimed_between(
                self._session, self._queue_ids, self._until, self._last, now=self._now
            )
            self._until = self._last
        return self._known.get(key, nothing)


def _facts(
    each: Candidate,
    services: Sequence[Service],
    on_arrival: Mapping[QueueId, QueueOutlook],
    at_slots: Mapping[QueueId, QueueOutlook],
    *,
    now: datetime,
) -> HallFacts:
    service = service_spread(sum(own.minutes for own in services))
    wait = each.wait(on_arrival) if each.walks_in else None
    at_slot = (each.wait(at_slots) or wait) if each.slot_today(now) else None
    return HallFacts(
        code=each.hall.code,
        name_zh=each.hall.name_zh,
        name_en=each.hall.name_en,
        position=each.position,
        travel=each.travel.range,
        wait=wait,
        service=service,
        opening=each.opening,
        opens_at=each.span.opens_at if each.span and each.opening is Opening.OPENS_LATER else None,
        last_start_at=_last_start(each, service),
        can_do=each.legs is not None,
        next_slot_at=each.slots[0] if each.slots else None,
        slot_wait=after_slot(at_slot, credit=each.table.policy.appointment_credit),
        numbers_at=each.lacking.again_at if each.lacking and each.lacking.later_today else None,
        no_numbers=each.lacking is not None and not each.lacking.later_today,
    )


def _last_start(each: Candidate, service: Spread) -> datetime | None:
    """Return the last instant to be called and still served before the doors close; terminals have none."""
    calendar = each.table.calendar
    if each.span is None or calendar.always_open:
        return None
    last = calendar.spans(calendar.local_day(each.span.opens_at))[-1]
    return last.closes_at - service.p50


def _option(
    city: City,
    each: Candidate,
    line: Ranked,
    services: Sequence[Service],
    on_arrival: Mapping[QueueId, QueueOutlook],
    mode: TravelMode,
) -> Option:
    known = [on_arrival[queue_id] for queue_id in each.queue_minutes if queue_id in on_arrival]
    return Option(
        hall=each.hall,
        ranked=line,
        travel=each.travel,
        waiting=sum(own.waiting for own in known) if known else None,
        next_slots=each.slots,
        opens_at=each.span.opens_at if each.span and each.opening is not Opening.OPEN else None,
        links=city.links(each.hall, mode),
        reason_zh=sentence(line.reason, Language.ZH, each.table.calendar.zone),
        reason_en=sentence(line.reason, Language.EN, each.table.calendar.zone),
        always_open=each.table.calendar.always_open,
        missing=tuple(own for own in services if each.hall.id not in city.offers.get(own.id, {})),
        lacking=each.lacking,
        without_queue=each.legs == (),
    )
