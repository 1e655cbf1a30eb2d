"""Groups of tickets and their figures. Definitions, the same on pages, in the API and in exports.

*County*: the area that a hall belongs to; the city's own hall stands apart. *Level*: the hall's.
*Department*: the authority that the catalogue names for the ticket's service; ``NOT_NAMED`` where it names
none, ``NOT_RECORDED`` where of a ticket only the queue is known. *To the window*: from the call that was
answered until service began, recalls of it included; of tickets whose service began. *At the window*: start
to end, of those that were finished. *Four-free* (四免): what the catalogue says a service does without;
tickets for such services, of tickets whose service is known.

A group is its tickets: its mean is the sum over them by their number, its parts of a hundred are reached in
the pooled counts, its shares are sums over sums. Nothing is averaged over halls.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from queueing.course.rules import Period, Step, periods
from queueing.rules.records import (
    SMALLEST_CELL,
    Record,
    Share,
    Tally,
    counted_together,
    minutes_reached,
)
from queueing.rules.records import together as records_together

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from kernel.catalogue import Department, Hall
    from kernel.ids import ServiceId

NOT_NAMED, NOT_RECORDED = "not-named", "not-recorded"
FOUR_WEEKS = timedelta(days=28)
WALK_OVER_MINUTES = (
    2  # three recalls 20 s apart and a way through the hall; asked for differently where it is
)


class By(StrEnum):
    """What a line of the report stands for."""

    HALL = "hall"
    COUNTY = "county"
    LEVEL = "level"
    DEPARTMENT = "department"


class Span(StrEnum):
    """How long the period is: four weeks, or one of those of the course over time."""

    FOUR_WEEKS = "four_weeks"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class FourFree(StrEnum):
    """What a service does without (四免)."""

    PAPERS = "papers"
    FORMS = "forms"
    SEALS = "seals"
    SIGNATURES = "signatures"


def period_of(span: Span, *, until: date, over: date) -> Period:
    """Return the period with ``until`` in it, or the four weeks up to it; no day after ``over``, the last
    that has ended.

    >>> period_of(Span.FOUR_WEEKS, until=date(2026, 3, 9), over=date(2026, 3, 9)).first
    datetime.date(2026, 2, 10)
    """
    if span is Span.FOUR_WEEKS:
        last = min(until, over)
        return Period(last - FOUR_WEEKS + timedelta(days=1), last)
    (found,) = periods(Step(span.value), until=until, count=1, over=over)
    return found


@dataclass(frozen=True, slots=True)
class Within:
    """Which tickets are looked at; None: whatever it is. ``hall`` is a code."""

    hall: str | None = None
    county: str | None = None
    level: str | None = None
    department: str | None = None

    def holds(self, hall: Hall) -> bool:
        return (
            self.hall in (None, hall.code)
            and self.county in (None, hall.area_zh)
            and self.level in (None, hall.level)
        )


@dataclass(frozen=True, slots=True)
class Group:
    """What a line stands for: a hall's or a department's code, an area's name, a level."""

    key: str
    name_zh: str
    name_en: str


_LEVELS = {
    "city": ("市级", "City"),
    "county": ("县级", "County"),
    "town": ("镇级", "Town"),
    "village": ("村级", "Village"),
}
UNNAMED = Group(NOT_NAMED, "未注明部门", "Department not named")
UNRECORDED = Group(NOT_RECORDED, "未记录事项", "Service not recorded")


def groups_of_halls(by: By, halls: Sequence[Hall]) -> dict[str, Group]:
    """Return the groups that these halls make up, in the order of their codes; levels from the city down."""
    if by is By.HALL:
        return {hall.code: Group(hall.code, hall.name_zh, hall.name_en) for hall in halls}
    if by is By.COUNTY:
        return {hall.area_zh: _county(hall.area_zh, halls) for hall in halls}
    found = {hall.level for hall in halls}
    order = [*(level for level in _LEVELS if level in found), *sorted(found - set(_LEVELS))]
    return {level: Group(level, *_LEVELS.get(level, (level, level))) for level in order}


def _county(area: str, halls: Sequence[Hall]) -> Group:
    own = [hall for hall in halls if hall.area_zh == area]
    english = next((hall.area_en for hall in own if hall.area_en), area)
    if all(hall.level == "city" for hall in own):
        return Group(area, f"{area}（市本级）", f"{english} (city's own)")
    return Group(area, area, english)


def groups_of_departments(departments: Sequence[Department], found: Collection[str]) -> dict[str, Group]:
    """Return the departments, then what has none: those of services and tickets that were ``found``."""
    named = {own.code: Group(own.code, own.name_zh, own.name_en) for own in departments}
    named |= {NOT_NAMED: UNNAMED, NOT_RECORDED: UNRECORDED}
    # A service may name a department that no row tells of: it stands under its code.
    strange = {code: Group(code, code, code) for code in sorted(set(found) - set(named))}
    return {code: group for code, group in (strange | named).items() if code in found}


def key_of(by: By, hall: Hall, department: str | None) -> str:
    """Return the group of a ticket of a hall whose service has this department; None for none recorded."""
    if by is By.DEPARTMENT:
        return department_key(department)
    return {By.HALL: hall.code, By.COUNTY: hall.area_zh, By.LEVEL: hall.level}[by]


def department_key(department: str | None) -> str:
    """Return the key of a department.

    >>> [department_key(code) for code in ("tax", "", None)]
    ['tax', 'not-named', 'not-recorded']
    """
    return NOT_RECORDED if department is None else department or NOT_NAMED


@dataclass(frozen=True, slots=True)
class Times:
    """Times of called and served people besides the wait's spread; sums in minutes.

    ``walks``: how many took so many whole seconds from the answered call to the start; ``walked_long``: how
    many of them took longer than was asked about.
    """

    waited: float = 0.0
    served: int = 0
    served_minutes: float = 0.0
    walked_long: int = 0
    walks: Mapping[int, int] = field(default_factory=dict)

    @property
    def walked(self) -> int:
        return sum(self.walks.values())


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a group."""

    record: Record
    times: Times

    @property
    def mean_wait(self) -> float | None:
        return _mean(self.times.waited, self.record.tally.called)

    @property
    def mean_served(self) -> float | None:
        return _mean(self.times.served_minutes, self.times.served)

    @property
    def walked_long(self) -> Share:
        return Share(self.times.walked_long, self.times.walked)

    @property
    def without_walk(self) -> Share:
        """Tickets without a walk: service never began, or nobody measured when."""
        issued = self.record.tally.issued
        return Share(issued - self.times.walked, issued)

    def walk_seconds(self, part: float) -> int | None:
        """Return the seconds from call to window that this part of people do not exceed."""
        return minutes_reached(self.times.walks, part, self.times.walked)


NOTHING = Figures(Record(Tally(), {}), Times())


def _mean(total: float, of: int) -> float | None:
    return total / of if of >= SMALLEST_CELL else None


def together(figures: Iterable[Figures]) -> Figures:
    """Return the figures of several groups as those of one.

    >>> slow = Figures(Record(Tally(called=5), {40: 5}), Times(waited=200.0))
    >>> quick = Figures(Record(Tally(called=15), {0: 15}), Times(waited=0.0))
    >>> both = together([slow, quick])
    >>> both.mean_wait, both.record.wait_minutes(0.5)  # of people, not of groups
    (10.0, 0)
    """
    parts = list(figures)
    times = [part.times for part in parts]
    return Figures(
        records_together(part.record for part in parts),
        Times(
            sum(own.waited for own in times),
            sum(own.served for own in times),
            sum(own.served_minutes for own in times),
            sum(own.walked_long for own in times),
            counted_together(own.walks for own in times),
        ),
    )


@dataclass(frozen=True, slots=True)
class FourFreeCounts:
    """Services and tickets of a group: all (with a known service), and those with each mark or with any."""

    services: int
    tickets: int
    marked_services: Mapping[FourFree, int]
    marked_tickets: Mapping[FourFree, int]
    any_services: int
    any_tickets: int

    def visits(self, mark: FourFree) -> Share:
        return Share(self.marked_tickets[mark], self.tickets)

    @property
    def any_visits(self) -> Share:
        return Share(self.any_tickets, self.tickets)


def four_free(
    offered: Collection[ServiceId],
    tickets: Mapping[ServiceId, int],
    marks: Mapping[ServiceId, Collection[FourFree]],
) -> FourFreeCounts:
    """Count the services that a group offers, each once, and its tickets by service, with each mark."""
    return FourFreeCounts(
        services=len(offered),
        tickets=sum(tickets.values()),
        marked_services={mark: sum(mark in marks.get(own, ()) for own in offered) for mark in FourFree},
        marked_tickets={
            mark: sum(count for own, count in tickets.items() if mark in marks.get(own, ()))
            for mark in FourFree
        },
        any_services=sum(bool(marks.get(own)) for own in offered),
        any_tickets=sum(count for own, count in tickets.items() if marks.get(own)),
    )
