"""What to do before one comes: the right service, what to bring and what not, whether to come at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking.city import city_of
from booking.rules.kinds import Kind, kinds_of, soonest_done
from kernel import catalogue
from kernel.events import HallNotFound
from queueing.notices.service import standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlmodel import Session

    from booking.city import City
    from kernel.calendar import Span
    from kernel.catalogue import Department, Hall, Paper, Service, Theme
    from queueing.rules.notices import Notice

STRICTNESS = BRING, LICENCE, PREFILLED = ("bring", "licence", "prefilled")


@dataclass(frozen=True, slots=True)
class Guidance:
    """For one or several services together: each paper once, in the list that asks most of the person,
    so that nobody is sent home for a paper.

    ``bring``: to be brought. ``need_not_bring``: on file as an electronic licence. ``prefilled``: the
    form comes filled in. ``online``: those that need no visit. ``related`` are not among the chosen.
    """

    services: tuple[Service, ...]
    bring: tuple[Paper, ...]
    need_not_bring: tuple[Paper, ...]
    prefilled: tuple[Paper, ...]
    online: tuple[Service, ...]
    related: tuple[Service, ...]
    themes: tuple[Theme, ...]


def search_services(
    session: Session, query: str, *, audience: str | None, kind: Kind | None = None
) -> list[Service]:
    """Return the services that match what was typed, best first; ``audience`` is person or company."""
    city = city_of(session)
    found = (city.services[code] for code in city.index.search(query))
    return [
        each
        for each in found
        if (audience is None or _is_for(each, audience)) and (kind is None or kind in kinds_in(city, each))
    ]


def kinds_in(city: City, service: Service) -> frozenset[Kind]:
    """Return the kinds of a service in this city."""
    terminals = {hall.id for hall in city.halls if hall.kind == "terminal"}
    return kinds_of(service, at_terminal=not terminals.isdisjoint(city.offers.get(service.id, {})))


@dataclass(frozen=True, slots=True)
class ServiceList:
    """The services of a kind by who answers for them; ``counts`` says how many each kind has.

    Services without a department stand last, under None.
    """

    groups: tuple[tuple[Department | None, tuple[Service, ...]], ...]
    counts: Mapping[Kind, int]
    total: int


def service_list(session: Session, kind: Kind | None) -> ServiceList:
    """Return the city's published list of a kind, or of all services; done on the spot first."""
    city = city_of(session)
    kinds = {each.code: kinds_in(city, each) for each in city.services.values()}
    wanted = [each for each in city.services.values() if kind is None or kind in kinds[each.code]]
    known = {own.code: own for own in catalogue.departments(session)}
    groups = [
        (department, tuple(soonest_done(own for own in wanted if own.department == code)))
        for code, department in known.items()
    ]
    others = tuple(soonest_done(own for own in wanted if own.department not in known))
    return ServiceList(
        groups=tuple((department, own) for department, own in (*groups, (None, others)) if own),
        counts={each: sum(each in own for own in kinds.values()) for each in Kind},
        total=len(city.services),
    )


def _is_for(service: Service, audience: str) -> bool:
    return audience in service.audience.split(",") or service.audience == "all"


def guidance(session: Session, codes: Sequence[str]) -> Guidance:
    """Return what to know before doing these services in one visit; raises ``ServiceNotFound``."""
    city = city_of(session)
    chosen = city.chosen(codes)
    codes_chosen = {each.code for each in chosen}
    related = dict.fromkeys(code for each in chosen for code in each.related if code not in codes_chosen)
    return Guidance(
        services=chosen,
        bring=papers_of(chosen, BRING),
        need_not_bring=papers_of(chosen, LICENCE),
        prefilled=papers_of(chosen, PREFILLED),
        online=tuple(each for each in chosen if each.online),
        related=tuple(soonest_done(city.services[code] for code in related if code in city.services)),
        themes=tuple(theme for theme in city.themes if codes_chosen & set(theme.service_codes)),
    )


@dataclass(frozen=True, slots=True)
class HallPage:
    """A hall with today's openings and what it offers; ``opens_at`` only while it is closed."""

    hall: Hall
    open_now: bool
    opens_at: datetime | None
    today: tuple[Span, ...]
    services: tuple[Service, ...]
    notices: tuple[Notice, ...]


def hall_page(session: Session, code: str, *, now: datetime) -> HallPage:
    """Return what to know about a hall before going there; raises ``HallNotFound``."""
    city = city_of(session)
    hall = next((hall for hall in city.halls if hall.code == code), None)
    if hall is None:
        raise HallNotFound(hall=code)
    calendar = city.timetables[hall.id].calendar
    span = calendar.opening_at(now)
    return HallPage(
        hall=hall,
        open_now=calendar.is_open(now),
        opens_at=span.opens_at if span and now not in span else None,
        today=tuple(calendar.spans(calendar.local_day(now))),
        services=tuple(each for each in city.services.values() if hall.id in city.offers.get(each.id, {})),
        notices=standing(session, hall.id, now=now),
    )


def papers_of(services: Iterable[Service], need: str) -> tuple[Paper, ...]:
    """Return the papers of one kind, each once; what one service wants brought is brought."""
    strictest: dict[str, Paper] = {}
    for paper in (paper for service in services for paper in service.papers):
        known = strictest.get(paper.name_zh)
        if known is None or STRICTNESS.index(paper.need) < STRICTNESS.index(known.need):
            strictest[paper.name_zh] = paper
    return tuple(paper for paper in strictest.values() if paper.need == need)
