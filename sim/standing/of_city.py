"""What a city laid out like ``sim/data`` says, as a running city compares it; and its new halls, built."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from booking.catalogue.store import HALL_VALUES, SERVICE_VALUES, question_values
from booking.rules.catalogue import Standing
from kernel.ids import HallId
from kernel.tables import HallRow, OpeningHoursRow, QueueRow
from sim.seed import places
from sim.seed.floor import add_floor
from sim.seed.ids import new_ids
from sim.seed.rows import add_rows, table_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime
    from uuid import UUID

    from sqlmodel import Session

    from booking.rules.catalogue import Values
    from sim.catalogue import City, Opening


def standing_of(city: City) -> Standing:
    """Return what the city's files say of everything that the whole city shares."""
    ids = new_ids(city)
    halls = {row["code"]: row for row in (*places.halls_of(city, ids), *places.terminals_of(city, ids))}
    services = {code: places.service_of(item, ids) for code, item in city.services.items()}
    doors = {own.code: own.openings for own in city.terminals}
    papers: defaultdict[UUID, list[tuple[str, str, str]]] = defaultdict(list)
    for row in places.papers_of(city, ids):
        papers[row["service_id"]].append((row["name_zh"], row["name_en"], row["need"]))
    asked = {question.code: question for question in places.questions_of(city.questions.values())}
    return Standing(
        departments={
            row["code"]: {"name_zh": row["name_zh"], "name_en": row["name_en"]}
            for row in places.departments_of(city)
        },
        services={code: _service(row, tuple(papers[row["id"]])) for code, row in services.items()},
        halls={
            code: {name: row[name] for name in HALL_VALUES}
            | ({"hours": hours_text(doors[code])} if code in doors else {})
            for code, row in halls.items()
        },
        offers=_offers(city),
        themes={
            theme.code: {**places.names_of(theme.name), "services": theme.services} for theme in city.themes
        },
        questions={code: question_values(own) for code, own in asked.items()},
        order=tuple(asked),
    )


def hours_text(openings: Iterable[Opening]) -> tuple[tuple[int, str, str], ...]:
    """Return a terminal's hours as a catalogue says them: weekday, opens, closes."""
    return tuple((own.weekday, f"{own.starts:%H:%M}", f"{own.ends:%H:%M}") for own in openings)


def _service(row: Values, papers: tuple[Any, ...]) -> Values:
    plain = {name: row[name] for name in SERVICE_VALUES}
    said = {name: tuple((zh, en) for zh, en in row[name]) for name in ("prerequisites", "steps")}
    lists = {"marks": tuple(row["marks"]), "related": tuple(row["related"]), "papers": papers}
    return {**plain, **lists, **said}


def _offers(city: City) -> dict[tuple[str, str], str | None]:
    at_halls = {
        (code, offer.service): city.queues[offer.queue].prefix
        for code, hall in city.halls.items()
        for offer in hall.offers
    }
    at_terminals = {(own.code, service): None for own in city.terminals for service in own.services}
    return {**at_halls, **at_terminals}


def build_halls(session: Session, city: City, codes: Collection[str], *, at: datetime) -> None:
    """Write hours, queues, windows, starting plans and policy of halls whose rows are there already."""
    new = {code: hall for code, hall in city.halls.items() if code in codes}
    if not new:
        return
    halls = table_of(HallRow)
    rows = session.execute(select(halls.c.code, halls.c.id).where(halls.c.code.in_(list(new))))
    known = {row.code: HallId(row.id) for row in rows}
    part = replace(city, halls=new, terminals=())
    ids = new_ids(part)
    ids = replace(ids, halls={code: replace(own, hall=known[code]) for code, own in ids.halls.items()})
    for code, hall in new.items():
        session.execute(update(halls).where(halls.c.code == code).values(policy=places.policy_of(hall)))
    add_rows(session, OpeningHoursRow, list(places.hours_of(part, ids)))
    add_rows(session, QueueRow, list(places.queues_of(part, ids)))
    add_floor(session, part, ids, at=at)
