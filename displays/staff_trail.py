"""Who looked at what: the audit trail for supervisors, by hall, person and day. It shows no citizen."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from displays.rendering import reader_of
from displays.rules.dates import CITY_ZONE
from displays.rules.trail_words import ROLES, change_text, from_where, subject_text, what_text
from displays.staff_access import CityPage
from displays.staff_frame import staff_page
from kernel import catalogue
from kernel.audit import LISTED, AuditLine, trail, watched_staff
from kernel.catalogue import Hall
from kernel.events import HallNotFound
from kernel.i18n import translator
from kernel.looking import Look, Looker
from kernel.origin import AT_THE_MACHINE
from kernel.web.parts import ClockDep, Db
from kernel.web.problems import refuses

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class TrailDay:
    """The lines of a day with the halls and people to choose from."""

    halls: tuple[Hall, ...]
    people: tuple[tuple[UUID, str], ...]
    lines: tuple[AuditLine, ...]


@router.get("/staff/audit", responses=refuses(HallNotFound))
async def audit(
    visitor: CityPage,
    request: Request,
    db: Db,
    clock: ClockDep,
    hall: Annotated[str, Query(max_length=32)] = "",
    person: Annotated[str, Query(max_length=36)] = "",
    day: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """Show a day of the trail; that it was looked at stands in it too."""
    now = clock.now()
    shown = _day(day) or now.astimezone(ZoneInfo(CITY_ZONE)).date()
    found = await Looker(db, visitor.staff, now).see(
        lambda _: [Look("look.trail", None, "trail")], _trail_day, shown, hall=hall, person=_person(person)
    )
    say = translator(reader_of(request).locale)
    return staff_page(
        request,
        visitor,
        "staff/trail.html",
        section="audit",
        found=found,
        named_halls={own.id: own for own in found.halls},
        chosen=hall,
        person=person,
        day=shown,
        most=LISTED,
        what_text=lambda what: say(what_text(what)),
        role_text=lambda role: say(ROLES[role]) if role in ROLES else role,
        subject_text=subject_text,
        change_text=change_text,
        from_where=lambda line: (
            say("at the machine")
            if line.session == AT_THE_MACHINE.session
            else from_where(line.address, line.session)
        ),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _person(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _trail_day(session: Session, day: date, *, hall: str, person: UUID | None) -> TrailDay:
    begins = datetime.combine(day, time(), ZoneInfo(CITY_ZONE))
    chosen: dict[str, Any] = {"since": begins, "until": begins + timedelta(days=1), "staff_id": person}
    if hall:
        chosen["hall_id"] = catalogue.hall_by_code(session, hall).id
    halls = tuple(own for own in catalogue.halls(session) if own.kind == "hall")
    return TrailDay(halls, tuple(watched_staff(session)), tuple(trail(session, **chosen)))
