"""The city itself: halls and terminals with their hours, services with their papers, themes, offers."""

from __future__ import annotations

from dataclasses import asdict
from itertools import chain
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from kernel.questions import Answer, Question, replace_questions
from kernel.tables import (
    DepartmentRow,
    HallClockRow,
    HallRow,
    HallServiceRow,
    OpeningHoursRow,
    QueueRow,
    ServicePaperRow,
    ServiceRow,
    ThemeRow,
)
from sim.catalogue import window_minutes
from sim.seed.rows import add_rows, table_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sqlmodel import Session

    from sim.catalogue import Bilingual, City, HallPlan, ServiceItem
    from sim.catalogue import Question as ReadQuestion
    from sim.seed.ids import CityIds
    from sim.seed.rows import Values

# The police ask for the tail of the identity number when these are booked, so that nobody trades in places.
ID_TAIL_QUEUES = frozenset({"exit-entry", "household"})


def add_places(session: Session, city: City, ids: CityIds, *, at: datetime) -> None:
    """Write everything of the catalogue that does not change during a day."""
    add_rows(session, HallRow, [*halls_of(city, ids), *terminals_of(city, ids)])
    add_rows(
        session,
        HallClockRow,
        [
            {"hall_id": hall_id, "seq": 0, "ticked_at": at}
            for hall_id in chain((own.hall for own in ids.halls.values()), ids.terminals.values())
        ],
    )
    add_rows(session, OpeningHoursRow, list(hours_of(city, ids)))
    add_rows(session, QueueRow, list(queues_of(city, ids)))
    add_rows(session, DepartmentRow, list(departments_of(city)))
    add_rows(session, ServiceRow, [service_of(item, ids) for item in city.services.values()])
    add_rows(session, ServicePaperRow, list(papers_of(city, ids)))
    add_rows(session, HallServiceRow, list(offers_of(city, ids)))
    add_rows(
        session,
        ThemeRow,
        [
            {"code": theme.code, **names_of(theme.name), "service_codes": list(theme.services)}
            for theme in city.themes
        ],
    )
    replace_questions(session, questions_of(city.questions.values()))


def names_of(name: Bilingual) -> Values:
    """Return a name in both languages as rows hold it."""
    return {"name_zh": name.zh, "name_en": name.en}


def questions_of(asked: Iterable[ReadQuestion]) -> Iterator[Question]:
    """Yield the questions of a file as they are kept."""
    for question in asked:
        answers = (
            Answer(answer.text.zh, answer.text.en, answer.goto, answer.services)
            for answer in question.answers
        )
        yield Question(question.code, question.ask.zh, question.ask.en, tuple(answers))


def halls_of(city: City, ids: CityIds) -> Iterator[Values]:
    """Yield the rows of the halls."""
    for code, hall in city.halls.items():
        yield {
            "id": ids.halls[code].hall,
            "code": code,
            "parent_code": hall.parent_code or "",
            "kind": "hall",
            "level": hall.level.value,
            "area_zh": hall.area.zh,
            "area_en": hall.area.en,
            **names_of(hall.name),
            **asdict(hall.contact),
            "lat": hall.lat,
            "lon": hall.lon,
            "datum": hall.datum,
            "timezone": city.zone,
            "policy": policy_of(hall),
        }


def policy_of(hall: HallPlan) -> Values:
    """Return the policy a hall starts with; what is not named keeps its published default."""
    return {
        "appointment_share": hall.slots.capacity_share,
        "slot_minutes": hall.slots.minutes,
        "booking_horizon_days": hall.slots.days_ahead,
        "show_probability": round(1 - hall.demand.no_show_share, 3),
    }


def terminals_of(city: City, ids: CityIds) -> Iterator[Values]:
    """Yield the rows of the terminals."""
    for terminal in city.terminals:
        near = city.halls[terminal.near]
        yield {
            "id": ids.terminals[terminal.code],
            "code": terminal.code,
            "parent_code": terminal.near,
            "kind": "terminal",
            "level": near.level.value,
            "area_zh": near.area.zh,
            "area_en": near.area.en,
            **names_of(terminal.name),
            **asdict(terminal.contact),
            "lat": terminal.lat,
            "lon": terminal.lon,
            "datum": terminal.datum,
            "timezone": city.zone,
            "policy": {},
        }


def hours_of(city: City, ids: CityIds) -> Iterator[Values]:
    """Yield the rows of the opening hours of halls, and of terminals behind doors."""
    doors = [(ids.halls[code].hall, hall.openings) for code, hall in city.halls.items()]
    doors += [(ids.terminals[own.code], own.openings) for own in city.terminals]
    for hall_id, openings in doors:
        for opening in openings:
            yield {
                "hall_id": hall_id,
                "weekday": opening.weekday,
                "opens": opening.starts,
                "closes": opening.ends,
            }


def queues_of(city: City, ids: CityIds) -> Iterator[Values]:
    """Yield the rows of the halls' queues."""
    for code, hall in city.halls.items():
        for rank, queue in enumerate(hall.queues):
            kind = city.queues[queue]
            yield {
                "id": ids.halls[code].queues[queue],
                "hall_id": ids.halls[code].hall,
                "prefix": kind.prefix,
                "rank": rank,
                **names_of(kind.name),
                "mean_minutes": round(window_minutes(city, hall, queue), 1),
            }


def departments_of(city: City) -> Iterator[Values]:
    """Yield the rows of the authorities that answer for services."""
    for code, department in city.departments.items():
        yield {"code": code, **names_of(department.name)}


def service_of(item: ServiceItem, ids: CityIds) -> Values:
    """Return the row of a service."""
    return {
        "id": ids.services[item.code],
        "code": item.code,
        **names_of(item.name),
        "aliases": "、".join(item.aliases),
        "queue_kind": item.queue,
        "department": item.department,
        "minutes": item.minutes,
        "audience": ",".join(sorted(audience.value for audience in item.audiences)),
        "online": item.online is not None,
        "online_note_zh": item.online.zh if item.online else "",
        "online_note_en": item.online.en if item.online else "",
        "online_link": item.online_link,
        "at_once": item.done_at_once,
        "needs_id_tail": item.queue in ID_TAIL_QUEUES,
        "party": item.party,
        "party_most": item.party_most,
        "single": item.single,
        "note_zh": item.note.zh,
        "note_en": item.note.en,
        "marks": sorted(mark.value for mark in item.four_free),
        "related": list(item.related),
        "prerequisites": [[own.zh, own.en] for own in item.prerequisites],
        "steps": [[own.zh, own.en] for own in item.steps],
    }


def name_departments(session: Session, city: City) -> tuple[int, list[str]]:
    """Write who answers for the services that are there; return how many are named, and codes unknown here.

    For a city whose catalogue was written before departments were; what nobody names stays unnamed.
    """
    own, rows = table_of(ServiceRow), table_of(DepartmentRow)
    session.execute(delete(rows))
    add_rows(session, DepartmentRow, list(departments_of(city)))
    known = sorted(session.execute(select(own.c.code)).scalars())
    named = [code for code in known if code in city.services and city.services[code].department]
    for code in named:
        session.execute(
            update(own).where(own.c.code == code).values(department=city.services[code].department)
        )
    return len(named), [code for code in known if code not in city.services]


def papers_of(city: City, ids: CityIds) -> Iterator[Values]:
    """Yield the rows of the services' papers."""
    for code, item in city.services.items():
        for position, need in enumerate(item.papers):
            yield {
                "service_id": ids.services[code],
                "position": position,
                **names_of(need.paper.name),
                "need": need.need.value,
            }


def offers_of(city: City, ids: CityIds) -> Iterator[Values]:
    """Yield the rows of what is done where."""
    for code, hall in city.halls.items():
        own = ids.halls[code]
        for offer in hall.offers:
            yield {
                "hall_id": own.hall,
                "service_id": ids.services[offer.service],
                "queue_id": own.queues[offer.queue],
            }
    for terminal in city.terminals:
        for service in terminal.services:
            yield {
                "hall_id": ids.terminals[terminal.code],
                "service_id": ids.services[service],
                "queue_id": None,
            }
