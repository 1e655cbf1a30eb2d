"""SQL of the catalogue as a whole: how it stands, and its change."""

from __future__ import annotations

from collections import defaultdict
from datetime import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from booking.rules.catalogue import Part, Standing
from booking.tables import CatalogueEditionRow
from kernel import catalogue
from kernel.ids import HallId, ServiceId
from kernel.inserting import insert_into
from kernel.questions import questions
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

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlmodel import Session

    from booking.rules.catalogue import Values
    from kernel.ids import QueueId

_edition = CatalogueEditionRow.__table__
_halls = HallRow.__table__
_clocks = HallClockRow.__table__
_hours = OpeningHoursRow.__table__
_queues = QueueRow.__table__
_services = ServiceRow.__table__
_papers = ServicePaperRow.__table__
_offers = HallServiceRow.__table__
_departments = DepartmentRow.__table__
_themes = ThemeRow.__table__

HALL_VALUES = (
    *("parent_code", "kind", "level", "area_zh", "area_en", "name_zh", "name_en", "address_zh", "address_en"),
    *("phone", "lat", "lon", "datum", "timezone"),
)
SERVICE_VALUES = (
    *("name_zh", "name_en", "aliases", "queue_kind", "department", "minutes", "audience", "online"),
    *("online_note_zh", "online_note_en", "online_link", "at_once", "needs_id_tail", "note_zh", "note_en"),
    *("party", "party_most", "single"),
)


def lock_edition(session: Session) -> int:
    """Count a change of the catalogue and return its number; locks out other changes until this one ends.

    Every change takes it before it compares. Without it two imports compare with the same catalogue before
    either writes, and the first one's work is gone without a word.
    """
    first = insert_into(session, _edition).values(id=1, number=1)
    counted = first.on_conflict_do_update(index_elements=["id"], set_={"number": _edition.c.number + 1})
    return int(session.execute(counted.returning(_edition.c.number)).scalar_one())


def standing(session: Session) -> Standing:
    """Return the catalogue as it stands."""
    halls = {row.id: row for row in session.execute(select(_halls))}
    services = {own.id: own for own in catalogue.services(session)}
    letters = {row.id: row.prefix for row in session.execute(select(_queues.c.id, _queues.c.prefix))}
    offers = session.execute(select(_offers)).all()
    doors = _doors(session)
    gone = {(Part.HALL, row.code) for row in halls.values() if row.retired}
    gone |= {(Part.SERVICE, own.code) for own in services.values() if own.retired}
    asked = questions(session)
    return Standing(
        departments={
            own.code: {"name_zh": own.name_zh, "name_en": own.name_en}
            for own in catalogue.departments(session)
        },
        services={own.code: _service_values(own) for own in services.values() if not own.retired},
        halls={row.code: _hall_values(row, doors) for row in halls.values() if not row.retired},
        offers={
            (halls[row.hall_id].code, services[row.service_id].code): letters.get(row.queue_id)
            for row in offers
        },
        themes={own.code: _theme_values(own) for own in catalogue.themes(session)},
        questions={code: question_values(own) for code, own in asked.items()},
        order=tuple(asked),
        retired=frozenset(gone),
    )


def _doors(session: Session) -> dict[UUID, list[tuple[int, str, str]]]:
    """Return the hours of each hall and terminal that has any."""
    found: defaultdict[UUID, list[tuple[int, str, str]]] = defaultdict(list)
    for row in session.execute(select(_hours).order_by(_hours.c.weekday, _hours.c.opens)):
        found[row.hall_id].append((row.weekday, f"{row.opens:%H:%M}", f"{row.closes:%H:%M}"))
    return found


def _hall_values(row: Any, doors: Mapping[UUID, list[tuple[int, str, str]]]) -> Values:
    plain = {name: getattr(row, name) for name in HALL_VALUES}
    # A hall's hours are its own; nobody but the catalogue sets a terminal's.
    return plain | ({"hours": tuple(doors.get(row.id, ()))} if row.kind == "terminal" else {})


def _service_values(own: catalogue.Service) -> Values:
    grouped = sorted(own.papers, key=lambda paper: paper.need)  # as people read them, one need after another
    papers = tuple((paper.name_zh, paper.name_en, paper.need) for paper in grouped)
    plain = {name: getattr(own, name) for name in SERVICE_VALUES}
    lists = {
        "marks": own.marks,
        "related": own.related,
        "prerequisites": own.prerequisites,
        "steps": own.steps,
    }
    return {**plain, **lists, "papers": papers}


def _theme_values(own: catalogue.Theme) -> Values:
    return {"name_zh": own.name_zh, "name_en": own.name_en, "services": own.service_codes}


def question_values(own: Any) -> Values:
    """Return a question as a catalogue says it."""
    answers = tuple((each.text_zh, each.text_en, each.goto, each.service_codes) for each in own.answers)
    return {"ask_zh": own.ask_zh, "ask_en": own.ask_en, "answers": answers}


def hall_ids(session: Session) -> dict[str, HallId]:
    """Return every hall's id by code."""
    return {row.code: HallId(row.id) for row in session.execute(select(_halls.c.code, _halls.c.id))}


def hall_kinds(session: Session) -> dict[str, str]:
    """Return whether each is a hall or a terminal, by code; retired ones too."""
    return {row.code: row.kind for row in session.execute(select(_halls.c.code, _halls.c.kind))}


def service_ids(session: Session) -> dict[str, ServiceId]:
    """Return every service's id by code."""
    return {row.code: ServiceId(row.id) for row in session.execute(select(_services.c.code, _services.c.id))}


def queue_ids(session: Session) -> dict[tuple[str, str], QueueId]:
    """Return every queue's id by its hall's code and its letter."""
    rows = session.execute(
        select(_halls.c.code, _queues.c.prefix, _queues.c.id).join(_halls, _halls.c.id == _queues.c.hall_id)
    )
    return {(row.code, row.prefix): row.id for row in rows}


def put_department(session: Session, code: str, values: Values) -> None:
    """Write a department, new or not."""
    _put(session, _departments, code, dict(values))


def put_theme(session: Session, code: str, values: Values) -> None:
    """Write a theme, new or not."""
    plain = dict(values)
    plain["service_codes"] = list(plain.pop("services"))
    _put(session, _themes, code, plain)


def remove_theme(session: Session, code: str) -> None:
    """Take a theme away; nothing of the past names it."""
    session.execute(delete(_themes).where(_themes.c.code == code))


def put_service(session: Session, code: str, values: Values) -> None:
    """Write a service with its papers, new, changed or brought back."""
    plain = dict(values)
    papers: Sequence[tuple[str, str, str]] = plain.pop("papers")
    plain |= {name: list(plain[name]) for name in ("marks", "related", "prerequisites", "steps")}
    plain |= {"retired": False}
    own = _put(session, _services, code, plain)
    session.execute(delete(_papers).where(_papers.c.service_id == own))
    if papers:
        session.execute(
            insert(_papers),
            [
                {"service_id": own, "position": place, "name_zh": zh, "name_en": en, "need": need}
                for place, (zh, en, need) in enumerate(papers)
            ],
        )


def put_hall(session: Session, code: str, values: Values, *, at: datetime) -> None:
    """Write a hall or terminal; a new one gets its clock and no policy of its own."""
    plain = dict(values)
    hours: Sequence[tuple[int, str, str]] | None = plain.pop("hours", None)
    if session.execute(select(_halls.c.id).where(_halls.c.code == code)).one_or_none() is None:
        own = _put(session, _halls, code, {**plain, "policy": {}})
        session.execute(insert(_clocks).values(hall_id=own, seq=0, ticked_at=at))
    else:
        own = _put(session, _halls, code, {**plain, "retired": False})
    if hours is not None:
        _write_hours(session, own, hours)


def _write_hours(session: Session, hall_id: UUID, hours: Sequence[tuple[int, str, str]]) -> None:
    session.execute(delete(_hours).where(_hours.c.hall_id == hall_id))
    if hours:
        session.execute(
            insert(_hours),
            [
                {
                    "hall_id": hall_id,
                    "weekday": day,
                    "opens": time.fromisoformat(opens),
                    "closes": time.fromisoformat(closes),
                }
                for day, opens, closes in hours
            ],
        )


def _put(session: Session, table: Any, code: str, values: Mapping[str, Any]) -> Any:
    """Update the row with this code, or insert it; return its id, or its code where it has none."""
    key = table.c.id if "id" in table.c else table.c.code
    found = session.execute(select(key).where(table.c.code == code)).scalar_one_or_none()
    if found is not None:
        session.execute(update(table).where(table.c.code == code).values(**values))
        return found
    session.execute(insert(table).values(code=code, **values))
    return session.execute(select(key).where(table.c.code == code)).scalar_one()


def retire(session: Session, part: Part, codes: Collection[str]) -> None:
    """Mark services or halls as history."""
    table = _services if part is Part.SERVICE else _halls
    session.execute(update(table).where(table.c.code.in_(codes)).values(retired=True))


def add_offer(session: Session, hall: HallId, service: ServiceId, queue: QueueId | None) -> None:
    """Let a hall offer a service, in a queue or at a terminal."""
    session.execute(insert(_offers).values(hall_id=hall, service_id=service, queue_id=queue))


def remove_offer(session: Session, hall: HallId, service: ServiceId) -> None:
    """Let a hall offer a service no more."""
    session.execute(delete(_offers).where(_offers.c.hall_id == hall, _offers.c.service_id == service))
