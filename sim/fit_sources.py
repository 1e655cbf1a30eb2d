"""Where a fit takes its tickets from: a hall of the database, or a file of imported tickets."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import select

from kernel import catalogue
from kernel.calendar import is_workday
from queueing import store
from queueing.engine import HallModel, Plan, PlanEntry, QueueModel, constant
from queueing.facts import facts
from queueing.rules.tickets import TicketStatus
from sim.fit import TicketFact, kind_of_weekday

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date, datetime

    from sqlmodel import Session

    from kernel.calendar import OpeningCalendar
    from sim.fit_hall import HallFit
    from sim.logs.records import TicketRecord

OPEN_SHARE = 0.99  # of a log's tickets join within the hours taken for its opening hours
LOAD = 0.85  # of windows made up for a log that names none
LONGEST_SERVICE = 240.0  # minutes; longer is a ticket somebody forgot to finish
MAKE_UP, HOLIDAY = "make-up workday", "holiday"

Sessions = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Tickets to fit to; ``sessions`` and ``plan`` (of queue names) by kind of day where they are known."""

    name: str
    tickets: Sequence[TicketFact]
    kind_of_day: Callable[[date], str]
    sessions: dict[str, Sessions]
    windows: tuple[str, ...] = ()
    entries: dict[str, list[tuple[int, str, float, float, bool]]] | None = None


def chinese_kind(day: date) -> str:
    """Return the weekday, or what the national calendar makes of it: a holiday or a make-up workday."""
    if is_workday(day):
        return MAKE_UP if day.weekday() >= 5 else kind_of_weekday(day)
    return HOLIDAY if day.weekday() < 5 else kind_of_weekday(day)


def commonest_open_kind(days: Mapping[str, int], sessions: Mapping[str, Sessions]) -> str:
    """Return the kind with most ``days`` among those on which the hall opens: no other can be fitted."""
    return max(days, key=lambda kind: (bool(sessions[kind]), days[kind]))


def from_hall(
    session: Session, code: str, *, since: date | None = None, before: date | None = None
) -> Source:
    """Return a hall's past with its opening hours and the window plan that holds; raises HallNotFound."""
    hall = catalogue.hall_by_code(session, code)
    calendar = catalogue.calendar(session, hall.id)
    prefix = {queue.id: queue.prefix for queue in catalogue.queues(session, hall.id)}
    query = select(facts).where(facts.c.hall_id == hall.id, facts.c.queue_id.in_(list(prefix)))
    if since is not None:
        query = query.where(facts.c.day >= since)
    if before is not None:
        query = query.where(facts.c.day < before)
    tickets = [_of_row(row, prefix[row.queue_id], calendar) for row in session.execute(query)]
    windows = store.windows_of(session, hall.id)
    place = {window.id: index for index, window in enumerate(windows)}
    days = {fact.joined_at.date() for fact in tickets}
    sessions: dict[str, Sessions] = {}
    entries: dict[str, list[tuple[int, str, float, float, bool]]] = {}
    for kind in sorted({chinese_kind(day) for day in days}):
        of_kind = [day for day in days if chinese_kind(day) == kind]
        spans = Counter(_sessions(calendar, day) for day in of_kind)
        sessions[kind] = spans.most_common(1)[0][0]
        plan = store.plan_of(session, hall.id, 0 if kind == MAKE_UP else of_kind[0].weekday())
        entries[kind] = [
            (
                place[one.window_id],
                prefix[one.queue_id],
                float(one.from_minute),
                float(one.to_minute),
                one.helping,
            )
            for one in plan.entries
            if one.window_id in place and one.queue_id in prefix
        ]
    labels = tuple(window.label for window in windows)
    return Source(f"Hall {hall.code}", tickets, chinese_kind, sessions, labels, entries)


def from_records(name: str, records: Iterable[TicketRecord], interval: float, *, chinese: bool) -> Source:
    """Return a log's tickets; its opening hours are those in which nearly all of them join."""
    tickets = [_of_record(record) for record in records]
    kind_of_day = chinese_kind if chinese else kind_of_weekday
    minutes: dict[str, list[float]] = defaultdict(list)
    for fact in tickets:
        minutes[kind_of_day(fact.joined_at.date())].append(_minute(fact.joined_at))
    sessions: dict[str, Sessions] = {kind: (_opening(joined, interval),) for kind, joined in minutes.items()}
    return Source(name, tickets, kind_of_day, sessions)


def _opening(joined: list[float], interval: float) -> tuple[float, float]:
    tail = (1 - OPEN_SHARE) / 2
    first, last = np.quantile(joined, [tail, 1 - tail])
    return float(interval * (first // interval)), float(interval * ceil((last + 1e-9) / interval))


def model_of(
    source: Source, fit: HallFit, kind: str, *, windows: int | None = None
) -> tuple[HallModel, Plan]:
    """Return the fitted hall on one kind of day, under its plan or under windows that serve everything.

    Queues without enough services to fit, and those that nobody joins on such days, are left out; raises
    ValueError when none is left.
    """
    usable = [
        name
        for name, queue in fit.queues.items()
        if queue.service is not None and sum(queue.profiles.get(kind, ())) > 0
    ]
    if not usable:
        raise ValueError(f"no queue has enough services on a {kind}")
    places = {name: index for index, name in enumerate(usable)}
    labels, entries = _windows(source, fit, kind, places, windows)
    model = HallModel(
        queues=tuple(_queue(fit, name, kind) for name in usable),
        windows=labels,
        sessions=source.sessions[kind],
        interval_minutes=fit.interval_minutes,
        day_cv=fit.hall_cv,
        walk=fit.walk or constant(0.0),
    )
    return model, Plan(tuple(entries))


def _queue(fit: HallFit, name: str, kind: str) -> QueueModel:
    serving = fit.serving[name]
    return replace(fit.queues[name].model(kind), patience=serving.patience, missed_share=serving.missed_share)


def _windows(
    source: Source, fit: HallFit, kind: str, places: dict[str, int], windows: int | None
) -> tuple[tuple[str, ...], list[PlanEntry]]:
    planned = [one for one in (source.entries or {}).get(kind, []) if one[1] in places]
    used = sorted({window for window, *_ in planned})
    if planned and windows is None:
        at = {window: index for index, window in enumerate(used)}
        return tuple(source.windows[window] for window in used), [
            PlanEntry(at[window], places[queue], begins, ends, helping)
            for window, queue, begins, ends, helping in planned
        ]
    spans = source.sessions[kind]
    count = windows or _needed(fit, kind, places, sum(ends - begins for begins, ends in spans))
    entries = [
        PlanEntry(window, queue, begins, ends)
        for window in range(count)
        for queue in places.values()
        for begins, ends in spans
    ]
    return tuple(str(number + 1) for number in range(count)), entries


def _needed(fit: HallFit, kind: str, places: dict[str, int], minutes: float) -> int:
    """Return how many windows keep the day's work below ``LOAD``."""
    work = 0.0
    for name in places:
        service = fit.queues[name].service
        work += sum(fit.queues[name].profiles[kind]) * (service.mean if service else 0.0)
    return max(1, ceil(work / (LOAD * minutes)))


def _sessions(calendar: OpeningCalendar, day: date) -> Sessions:
    spans = calendar.spans(day)
    return tuple(
        (calendar.minute_of_day(span.opens_at), calendar.minute_of_day(span.closes_at)) for span in spans
    )


def _of_row(row: Any, queue: str, calendar: OpeningCalendar) -> TicketFact:
    return ticket_fact(
        queue,
        row.arrived_at.astimezone(calendar.zone),
        row.called_at,
        row.started_at,
        row.ended_at,
        gave_up=row.outcome == TicketStatus.GIVEN_UP,
        missed=row.outcome == TicketStatus.NEVER_CAME,
        served=row.outcome == TicketStatus.FINISHED,
    )


def _of_record(record: TicketRecord) -> TicketFact:
    return ticket_fact(
        record.queue,
        record.joined_at,
        record.called_at,
        record.started_at,
        record.finished_at or record.left_at,
        gave_up=record.ending == "gave_up",
        missed=False,
        served=record.ending == "served",
    )


def ticket_fact(
    queue: str,
    joined_at: datetime,
    called_at: datetime | None,
    started_at: datetime | None,
    ended_at: datetime | None,
    *,
    gave_up: bool,
    missed: bool,
    served: bool,
) -> TicketFact:
    """Return what fitting needs; a service counts from the start, or from the call if no start is known."""
    begun = started_at or called_at
    service = _minutes(begun, ended_at) if served else None
    waited = _minutes(joined_at, ended_at if gave_up else called_at)
    return TicketFact(
        queue,
        joined_at,
        service if service is not None and 0 < service <= LONGEST_SERVICE else None,
        waited,
        _minutes(called_at, started_at),
        gave_up=gave_up,
        missed=missed,
    )


def _minutes(begins: datetime | None, ends: datetime | None) -> float | None:
    if begins is None or ends is None:
        return None
    return max((ends - begins) / timedelta(minutes=1), 0.0)


def _minute(instant: datetime) -> float:
    return instant.hour * 60 + instant.minute + instant.second / 60
