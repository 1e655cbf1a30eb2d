"""Makes halls out of places and templates; each hall differs a little, always in the same way."""

from __future__ import annotations

import hashlib
import random
from datetime import time
from types import MappingProxyType
from typing import TYPE_CHECKING

from sim.catalogue.services import open_file
from sim.catalogue.shapes import ArrivalShape, CatalogueError, DemandProfile, HallPlan, Level, OfferedService
from sim.catalogue.templates import openings_of, read_template

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from sim.catalogue.fields import Fields
    from sim.catalogue.places import Place
    from sim.catalogue.shapes import Opening, QueueKind, ServiceItem
    from sim.catalogue.templates import DemandTemplate, Template

HALF_HOUR_MINUTES = 30


def read_halls(
    path: Path,
    places: Mapping[str, Place],
    queues: Mapping[str, QueueKind],
    services: Mapping[str, ServiceItem],
) -> tuple[str, dict[str, HallPlan]]:
    """Return the zone and every place's hall, in the order of the place list."""
    file = open_file(path)
    zone, datum = file.text("zone"), file.text("datum")
    if datum != "WGS-84":
        raise file.refuse(f"the place list is WGS-84, not {datum}")
    arrivals = _arrivals(file.table("arrivals"))
    templates = {
        name: read_template(name, row, queues) for name, row in file.named_tables("template").items()
    }
    follows = _follows(file.table("halls"), templates, places)
    file.done()
    return zone, {
        code: _hall(path.name, place, places, templates[follows[code]], arrivals, services.values())
        for code, place in places.items()
    }


def _arrivals(row: Fields) -> Mapping[time, float]:
    """Return the relative arrivals of each half hour of a day, by the time it starts."""
    first = row.wall_time("first")
    weights = row.numbers("weights", 0, 100)
    row.done()
    start = first.hour * 60 + first.minute
    return {_clock(start + n * HALF_HOUR_MINUTES): weight for n, weight in enumerate(weights)}


def _clock(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


def _follows(
    row: Fields, templates: Mapping[str, Template], places: Mapping[str, Place]
) -> Mapping[str, str]:
    """Return the template's name of each place; every place must stand there exactly once."""
    follows: dict[str, str] = {}
    for name in templates:
        for code in row.texts(name):
            row.known([code], places, "place")
            if code in follows:
                raise row.refuse(f"'{code}' stands twice")
            if places[code].level is not templates[name].level:
                raise row.refuse(f"'{code}' is not a {templates[name].level}")
            follows[code] = name
    row.done()
    missing = sorted(set(places) - set(follows))
    if missing:
        raise row.refuse(f"no template for {', '.join(missing)}")
    return follows


def _hall(
    file: str,
    place: Place,
    places: Mapping[str, Place],
    template: Template,
    arrivals: Mapping[time, float],
    services: Iterable[ServiceItem],
) -> HallPlan:
    area = _county_around(place, places)
    seed = int.from_bytes(hashlib.sha256(place.code.encode()).digest()[:8], "big")
    openings = openings_of(template.blocks)
    offers = _offers(template, services)
    idle = sorted(set(template.queues) - {offer.queue for offer in offers})
    if idle:
        raise CatalogueError(file, f"{template.name}: no service for {', '.join(idle)}")
    return HallPlan(
        code=place.code,
        parent_code=place.parent_code,
        level=place.level,
        name=place.name,
        place=place.place,
        area=area.place,
        lat=place.lat,
        lon=place.lon,
        datum="WGS-84",
        template=template.name,
        queues=template.queues,
        offers=offers,
        openings=openings,
        windows=template.windows,
        plan=template.plan,
        clerks=template.clerks,
        slots=template.slots,
        demand=_demand(template.demand, random.Random(seed), openings, arrivals),
        seed=seed,
        contact=place.contact,
    )


def _county_around(place: Place, places: Mapping[str, Place]) -> Place:
    """Return the county-level place of a town or of a village's town; city and counties are their own."""
    while place.parent_code is not None and place.level in (Level.TOWN, Level.VILLAGE):
        place = places[place.parent_code]
    return place


def _offers(template: Template, services: Iterable[ServiceItem]) -> tuple[OfferedService, ...]:
    """Return the services of the template's level that one of its queues takes."""
    takes = {queue: queue for queue in template.queues} | dict(template.taken_over)
    return tuple(
        OfferedService(service.code, takes[service.queue])
        for service in services
        if template.level in service.levels and service.queue in takes
    )


def _demand(
    base: DemandTemplate,
    chance: random.Random,
    openings: tuple[Opening, ...],
    arrivals: Mapping[time, float],
) -> DemandProfile:
    def stray(part: float) -> float:
        return chance.uniform(1 - part, 1 + part)

    raw = {queue: share * stray(base.variation) for queue, share in base.queue_shares.items()}
    total = sum(raw.values())
    return DemandProfile(
        tickets_per_day=round(chance.uniform(base.tickets_low, base.tickets_high), 1),
        queue_shares=MappingProxyType({queue: share / total for queue, share in raw.items()}),
        weekday_factors=base.weekday_factors,
        shapes=MappingProxyType(
            {weekday: _shape(weekday, openings, arrivals) for weekday in {o.weekday for o in openings}}
        ),
        month_end_factor=base.month_end_factor,
        month_end_days=base.month_end_days,
        after_holiday_factor=base.after_holiday_factor,
        day_cv=base.day_cv,
        appointment_share=base.appointment_share * stray(base.variation),
        no_show_share=base.no_show_share,
        priority_share=base.priority_share,
        patience_minutes=base.patience_minutes,
        walk_seconds=base.walk_seconds,
        service_factor=stray(base.variation / 2),
    )


def _shape(weekday: int, openings: tuple[Opening, ...], arrivals: Mapping[time, float]) -> ArrivalShape:
    open_then = {
        start: weight
        for start, weight in arrivals.items()
        if any(o.weekday == weekday and o.starts <= start < o.ends for o in openings)
    }
    total = sum(open_then.values())
    return ArrivalShape(tuple(open_then), tuple(weight / total for weight in open_then.values()))
