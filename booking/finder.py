"""Where would I be done soonest? Halls and terminals in one ranking, with the numbers it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from booking import store
from booking.city import City, city_of
from booking.errors import NoServiceChosen, OriginMissing, TooManyServices
from booking.rules.journey import after_slot, service_spread, whole_wait
from booking.rules.slots import Leg
from booking.service.slots import MOST_SERVICES
from geo.rules.links import NavigationLinks, navigation_links
from geo.rules.prospects import NO_WAIT, HallFacts, Opening, Spread, arrives_by
from geo.rules.ranking import Ranked, rank
from geo.rules.reasons import SortKey
from geo.rules.sentences import Language, sentence
from geo.rules.travel import Travel, TravelMode, estimate
from queueing.estimate import Ask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlmodel import Session

    from booking.rules.slots import SlotKey
    from geo.rules.coordinates import Position
    from kernel.calendar import Span
    from kernel.catalogue import Hall, Service
    from kernel.ids import HallId, QueueId
    from queueing.estimate import QueueOutlook

SHOWN_SLOTS = 3


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
    """A hall with everything that is shown of it; ``waiting`` is None where nobody queues."""

    hall: Hall
    ranked: Ranked
    travel: Travel
    waiting: int | None
    next_slots: tuple[datetime, ...]
    opens_at: datetime | None
    links: NavigationLinks
    reason_zh: str
    reason_en: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """The answer; ``origin`` is only ever shown rounded to about a kilometre."""

    made_at: datetime
    services: tuple[Service, ...]
    origin: Position
    area: str | None
    departs_at: datetime
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A hall on the way to its numbers; ``legs`` is None where the services cannot all be done."""

    hall: Hall
    position: Position
    travel: Travel
    legs: tuple[Leg, ...] | None
    opening: Opening
    span: Span | None
    asks_at: datetime


def rank_halls(session: Session, wish: Wish, *, now: datetime, outlook: Outlook) -> Ranking:
    """Rank all halls and terminals of the city for a wish, in a handful of statements.

    Raises ``NoServiceChosen``, ``ServiceNotFound``, ``OriginMissing``, ``UnknownArea``, ``AmbiguousArea``.
    """
    city = city_of(session)
    services = _services(city, wish)
    origin = _origin(city, wish)
    departs_at = max(wish.depart_at or now, now)
    candidates = _candidates(city, services, origin, wish.mode, departs_at)
    outlooks = outlook(session, _asks(candidates), now=now)
    claimed = _claimed(session, city, candidates, now=now)
    facts, slots = {}, {}
    for each in candidates:
        slots[each.hall.code] = _next_slots(city, each, claimed, departs_at, now=now)
        facts[each.hall.code] = _facts(city, each, services, outlooks, slots[each.hall.code], now=now)
    ranked = rank(facts.values(), origin=origin, departs_at=departs_at, sort=wish.sort)
    by_code = {each.hall.code: each for each in candidates}
    options = tuple(
        _option(city, by_code[line.hall.code], line, outlooks, slots[line.hall.code], wish.mode)
        for line in ranked
    )
    area = city.areas.find(wish.area).names[0] if wish.position is None and wish.area else None
    return Ranking(now, services, origin, area, departs_at, options)


def _services(city: City, wish: Wish) -> tuple[Service, ...]:
    services = city.chosen(wish.services)
    if not services:
        raise NoServiceChosen
    if len(services) > MOST_SERVICES:
        raise TooManyServices(most=MOST_SERVICES)
    return services


def _origin(city: City, wish: Wish) -> Position:
    if wish.position is not None:
        return wish.position
    if wish.area:
        return city.areas.find(wish.area).position
    raise OriginMissing(fields=["position", "area"])


def _candidates(
    city: City, services: Sequence[Service], origin: Position, mode: TravelMode, departs_at: datetime
) -> list[_Candidate]:
    positions = [city.positions[hall.id] for hall in city.halls]
    travels = estimate(origin, positions, mode)
    found = []
    for hall, position, travel in zip(city.halls, positions, travels, strict=True):
        arrives_at = departs_at + travel.range.typical
        span = city.timetables[hall.id].calendar.opening_at(arrives_at)
        opening = _opening(city, hall.id, span, arrives_at)
        asks_at = max(arrives_at, span.opens_at) if span else arrives_at
        found.append(
            _Candidate(hall, position, travel, _legs(city, services, hall.id), opening, span, asks_at)
        )
    return found


def _opening(city: City, hall_id: HallId, span: Span | None, arrives_at: datetime) -> Opening:
    if span is None:
        return Opening.CLOSED
    if arrives_at in span:
        return Opening.OPEN
    local_day = city.timetables[hall_id].calendar.local_day
    return Opening.OPENS_LATER if local_day(span.opens_at) == local_day(arrives_at) else Opening.CLOSED


def _legs(city: City, services: Sequence[Service], hall_id: HallId) -> tuple[Leg, ...] | None:
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


def _queue_minutes(legs: Sequence[Leg]) -> dict[QueueId, float]:
    """Return the minutes served in each queue, the queues in the order of the legs."""
    minutes: dict[QueueId, float] = {}
    for leg in legs:
        minutes[leg.queue_id] = minutes.get(leg.queue_id, 0.0) + leg.minutes
    return minutes


def _asks(candidates: Sequence[_Candidate]) -> list[Ask]:
    return [
        Ask(queue_id, each.asks_at)
        for each in candidates
        if each.opening is not Opening.CLOSED
        for queue_id in _queue_minutes(each.legs or ())
    ]


def _claimed(
    session: Session, city: City, candidates: Sequence[_Candidate], *, now: datetime
) -> dict[SlotKey, int]:
    queue_ids = {leg.queue_id for each in candidates for leg in each.legs or ()}
    horizon = max((table.policy.horizon_days for table in city.timetables.values()), default=0)
    return store.claimed_between(session, queue_ids, now, now + timedelta(days=horizon + 2), now=now)


def _next_slots(
    city: City,
    each: _Candidate,
    claimed: Mapping[SlotKey, int],
    departs_at: datetime,
    *,
    now: datetime,
) -> tuple[datetime, ...]:
    """Return the next free slots that one can reach even on a slow trip."""
    if not each.legs:
        return ()
    reachable_at = arrives_by(departs_at, each.travel.range)
    starts = city.timetables[each.hall.id].free_starts(each.legs, claimed, now=now)
    return tuple(islice((start for start in starts if start >= reachable_at), SHOWN_SLOTS))


def _facts(
    city: City,
    each: _Candidate,
    services: Sequence[Service],
    outlooks: Mapping[QueueId, QueueOutlook],
    slots: Sequence[datetime],
    *,
    now: datetime,
) -> HallFacts:
    wait = _wait(each, outlooks)
    service = service_spread(sum(own.minutes for own in services))
    table = city.timetables[each.hall.id]
    today = bool(slots) and table.calendar.local_day(slots[0]) == table.calendar.local_day(now)
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
        last_start_at=_last_start(city, each, service),
        can_do=each.legs is not None,
        next_slot_at=slots[0] if slots else None,
        slot_wait=after_slot(wait, credit=table.policy.appointment_credit) if today else NO_WAIT,
    )


def _wait(each: _Candidate, outlooks: Mapping[QueueId, QueueOutlook]) -> Spread | None:
    if each.legs is None or each.opening is Opening.CLOSED:
        return None
    minutes = _queue_minutes(each.legs)
    return whole_wait([(outlooks[queue_id].wait, served) for queue_id, served in minutes.items()])


def _last_start(city: City, each: _Candidate, service: Spread) -> datetime | None:
    """Return the last instant to be called and still served before the doors close; terminals have none."""
    calendar = city.timetables[each.hall.id].calendar
    if each.span is None or calendar.always_open:
        return None
    last = calendar.spans(calendar.local_day(each.span.opens_at))[-1]
    return last.closes_at - service.p50


def _option(
    city: City,
    each: _Candidate,
    line: Ranked,
    outlooks: Mapping[QueueId, QueueOutlook],
    slots: tuple[datetime, ...],
    mode: TravelMode,
) -> Option:
    zone = city.timetables[each.hall.id].calendar.zone
    known = [outlooks[leg] for leg in _queue_minutes(each.legs or ()) if leg in outlooks]
    return Option(
        hall=each.hall,
        ranked=line,
        travel=each.travel,
        waiting=sum(own.waiting for own in known) if known else None,
        next_slots=slots,
        opens_at=each.span.opens_at if each.span and each.opening is not Opening.OPEN else None,
        links=navigation_links(each.position, each.hall.name_zh, mode, region=city.name_zh),
        reason_zh=sentence(line.reason, Language.ZH, zone),
        reason_en=sentence(line.reason, Language.EN, zone),
    )
