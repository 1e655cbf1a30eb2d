"""The report of groups: who makes them up, their figures, and what their services do without."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from kernel import catalogue
from kernel.reach import hall_in_reach
from queueing.groups import store
from queueing.groups.rules import (
    NOTHING,
    WALK_OVER_MINUTES,
    By,
    Figures,
    FourFree,
    FourFreeCounts,
    Group,
    Span,
    Within,
    department_key,
    four_free,
    groups_of_departments,
    groups_of_halls,
    key_of,
    period_of,
    together,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from sqlmodel import Session

    from kernel.catalogue import Hall, Service
    from kernel.identity import Staff
    from kernel.ids import ServiceId
    from queueing.course.rules import Period


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the groups; ``until`` None: up to the last day that has ended."""

    by: By = By.COUNTY
    span: Span = Span.FOUR_WEEKS
    until: date | None = None
    within: Within = field(default_factory=Within)
    walk_over: int = WALK_OVER_MINUTES


@dataclass(frozen=True, slots=True)
class Line:
    """A group, of how many halls it is, its figures, and what its services do without."""

    group: Group
    halls: int
    figures: Figures
    four_free: FourFreeCounts


@dataclass(frozen=True, slots=True)
class GroupReport:
    """The groups and all of them as one, over local dates, both inclusive.

    ``chosen``: what it is within, by the name of ``Within``'s field.
    """

    asked: Asked
    period: Period
    lines: tuple[Line, ...]
    whole: Line
    chosen: Mapping[str, Group]
    halls: tuple[Hall, ...]
    services: Mapping[ServiceId, Service]
    made_at: datetime


def group_report(session: Session, asked: Asked, *, reader: Staff, now: datetime) -> GroupReport:
    """Return the figures by hall, county, level or department.

    A manager asks within the own hall only. Raises ``HallNotFound``, ``WrongHall``.
    """
    hall_in_reach(session, asked.within.hall, reader)
    every = [hall for hall in catalogue.halls(session) if hall.kind == "hall"]
    halls = [hall for hall in every if asked.within.holds(hall)]
    calendars = catalogue.calendars(session, [hall.id for hall in every])
    over = min((own.local_day(now) for own in calendars.values()), default=now.date()) - timedelta(days=1)
    period = period_of(asked.span, until=asked.until or over, over=over)
    services = {own.id: own for own in catalogue.services(session)}
    made = _Lines(session, asked, period, halls, services)
    chosen = _chosen(session, asked.within, every)
    return GroupReport(asked, period, made.lines(), made.whole(), chosen, tuple(halls), services, now)


def _chosen(session: Session, within: Within, halls: Sequence[Hall]) -> dict[str, Group]:
    """Return the names of what a report is within; what nobody knows stands as it was asked for."""
    departments = catalogue.departments(session)
    known = {
        **{by.value: groups_of_halls(by, halls) for by in (By.HALL, By.COUNTY, By.LEVEL)},
        By.DEPARTMENT.value: groups_of_departments(departments, {within.department or ""}),
    }
    asked = {name: getattr(within, name) for name in known}
    return {
        name: known[name].get(key, Group(key, key, key)) for name, key in asked.items() if key is not None
    }


class _Lines:
    """The lines of a report, once everything is counted."""

    def __init__(
        self,
        session: Session,
        asked: Asked,
        period: Period,
        halls: Sequence[Hall],
        services: Mapping[ServiceId, Service],
    ) -> None:
        self._by, self._halls = asked.by, halls
        self._marks = {own.id: _marks_of(own) for own in services.values()}
        self._figures = store.figures(
            session, period, by=asked.by, within=asked.within, walk_over=asked.walk_over
        )
        self._tickets = store.tickets_by_service(session, period, by=asked.by, within=asked.within)
        self._offered, self._halls_of = self._offers(session, asked.within, services)
        if asked.by is By.DEPARTMENT:
            found = self._offered.keys() | self._figures.keys()
            self._groups = groups_of_departments(catalogue.departments(session), found)
        else:
            self._groups = groups_of_halls(asked.by, halls)

    def _offers(
        self, session: Session, within: Within, services: Mapping[ServiceId, Service]
    ) -> tuple[dict[str, set[ServiceId]], dict[str, set[str]]]:
        """Return the services that each group offers, and the codes of the halls that do."""
        halls = {hall.id: hall for hall in self._halls}
        offered: dict[str, set[ServiceId]] = {}
        codes: dict[str, set[str]] = {}
        for offer in catalogue.offers_of(session, list(services)):
            hall, department = halls.get(offer.hall_id), services[offer.service_id].department
            if hall is None or within.department not in (None, department_key(department)):
                continue
            key = key_of(self._by, hall, department)
            offered.setdefault(key, set()).add(offer.service_id)
            codes.setdefault(key, set()).add(hall.code)
        return offered, codes

    def lines(self) -> tuple[Line, ...]:
        return tuple(self._line(group) for group in self._groups.values())

    def _line(self, group: Group) -> Line:
        key = group.key
        return Line(
            group,
            len(self._halls_of.get(key, ())),
            self._figures.get(key, NOTHING),
            four_free(self._offered.get(key, set()), self._tickets.get(key, {}), self._marks),
        )

    def whole(self) -> Line:
        tickets: dict[ServiceId, int] = {}
        for own in self._tickets.values():
            for service_id, count in own.items():
                tickets[service_id] = tickets.get(service_id, 0) + count
        offered = set().union(*self._offered.values())
        halls = set().union(*self._halls_of.values())
        return Line(
            Group("", "合计", "Together"),
            len(halls),
            together(self._figures.values()),
            four_free(offered, tickets, self._marks),
        )


def _marks_of(service: Service) -> frozenset[FourFree]:
    known = {mark.value for mark in FourFree}
    return frozenset(FourFree(mark) for mark in service.marks if mark in known)
