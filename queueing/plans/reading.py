"""What the worker reads of a hall to plan for it: windows, clerks, opening hours, ticket facts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from kernel import catalogue
from kernel.identity import Role
from kernel.identity_tables import StaffRow
from queueing import store
from queueing.plans.history import HallHistory, like_day, read_history
from queueing.plans.propose import PlanView
from queueing.plans.records import Sessions, TicketRecord
from queueing.plans.rules import Limits, PlanClerk, PlanQueue, PlanWindow
from queueing.plans.working_rules import ClerkHours, working_rules
from queueing.tables import TicketFactRow
from queueing.window_tables import ClerkSkillRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime

    from sqlmodel import Session

    from kernel.calendar import OpeningCalendar
    from kernel.ids import HallId, QueueId, StaffId

_facts = TicketFactRow.__table__
_staff = StaffRow.__table__
_skills = ClerkSkillRow.__table__

LOOK_BACK = timedelta(days=90)  # older days tell of another season


def hall_to_plan(
    session: Session, hall_id: HallId, for_day: date, *, before: date
) -> tuple[HallHistory, PlanView]:
    """Return a hall's history of the days before ``before`` and the plan that holds on ``for_day``."""
    calendar = catalogue.calendar(session, hall_id)
    queues = catalogue.queues(session, hall_id)
    places = {queue.id: 1 << place for place, queue in enumerate(queues)}
    windows = _windows(session, hall_id, places)
    plan_queues = tuple(PlanQueue(queue.id, queue.prefix, float(queue.plan_weight)) for queue in queues)
    since = before - LOOK_BACK
    opened = {day: hours for day in _days(since, before) if (hours := sessions(calendar, day))}
    records = ticket_records(session, hall_id, calendar, since=since, before=before)
    believed, report = read_history(records, plan_queues, windows, opened)
    wanted = sessions(calendar, for_day)
    days, report = like_day(believed, report, opened, wanted)
    entered = working_rules(session, hall_id)
    history = HallHistory(
        queues=plan_queues,
        windows=windows,
        clerks=_clerks(session, hall_id, places, {hours.staff_id: hours for hours in entered.clerks}),
        sessions=wanted,
        for_day=for_day,
        days=days,
        report=report,
        policy=store.policy(session, hall_id).call,
        usual_minutes=tuple(queue.mean_minutes for queue in queues),
        limits=Limits(integrated=entered.integrated, integrated_pace=entered.integrated_pace),
        worked_as={
            day: weekday
            for day in (*opened, for_day)
            if (weekday := calendar.counts_as(day)) != day.weekday()
        },
    )
    plan = store.plan_of(session, hall_id, calendar.counts_as(for_day))
    return history, PlanView(plan.version, plan.entries)


def _days(since: date, before: date) -> Iterator[date]:
    return (since + timedelta(days=number) for number in range((before - since).days))


def sessions(calendar: OpeningCalendar, day: date) -> Sessions:
    """Return a day's opening hours in local minutes; empty when the hall is closed."""
    spans = calendar.spans(day)
    return tuple(
        (round(calendar.minute_of_day(span.opens_at)), round(calendar.minute_of_day(span.closes_at)))
        for span in spans
    )


def ticket_records(
    session: Session, hall_id: HallId, calendar: OpeningCalendar, *, since: date, before: date
) -> Iterator[TicketRecord]:
    """Yield the facts of days ``since`` … ``before`` (left out) in local minutes."""
    columns = (
        *(_facts.c.day, _facts.c.queue_id, _facts.c.window_id, _facts.c.arrived_at, _facts.c.effective_at),
        *(_facts.c.called_at, _facts.c.started_at, _facts.c.ended_at, _facts.c.outcome),
    )
    rows = session.execute(
        select(*columns)
        .where(_facts.c.hall_id == hall_id, _facts.c.day >= since, _facts.c.day < before)
        .order_by(_facts.c.day, _facts.c.arrived_at, _facts.c.ticket_id)
    )
    midnights: dict[date, datetime] = {}
    for row in rows:
        midnight = midnights.get(row.day)
        if midnight is None:
            midnight = midnights[row.day] = calendar.at_minute(row.day, 0)
        yield TicketRecord(
            day=row.day,
            queue_id=row.queue_id,
            window_id=row.window_id,
            arrived=_minutes(row.arrived_at, midnight),
            effective=_minutes(row.effective_at, midnight),
            called=None if row.called_at is None else _minutes(row.called_at, midnight),
            started=None if row.started_at is None else _minutes(row.started_at, midnight),
            ended=None if row.ended_at is None else _minutes(row.ended_at, midnight),
            outcome=row.outcome,
        )


def _minutes(instant: datetime, midnight: datetime) -> float:
    return (instant - midnight).total_seconds() / 60


def _windows(session: Session, hall_id: HallId, places: Mapping[QueueId, int]) -> tuple[PlanWindow, ...]:
    equipment = store.equipment_of(session, hall_id)
    return tuple(
        PlanWindow(
            window.id,
            window.label,
            sum(places[queue_id] for queue_id in equipment.get(window.id, ()) if queue_id in places),
            window.list_limit,
        )
        for window in store.windows_of(session, hall_id)
    )


def _clerks(
    session: Session,
    hall_id: HallId,
    places: Mapping[QueueId, int],
    hours: Mapping[StaffId, ClerkHours],
) -> tuple[PlanClerk, ...]:
    """Return the hall's clerks by name; a clerk without entered skills can serve every queue."""
    skills: dict[StaffId, int] = {}
    for row in session.execute(
        select(_skills).join(_staff, _staff.c.id == _skills.c.staff_id).where(_staff.c.hall_id == hall_id)
    ):
        skills[row.staff_id] = skills.get(row.staff_id, 0) | places.get(row.queue_id, 0)
    sits = {
        window.clerk_id: place
        for place, window in enumerate(store.windows_of(session, hall_id))
        if window.clerk_id is not None
    }
    clerks: Sequence[StaffId] = session.scalars(
        select(_staff.c.id)
        .where(_staff.c.hall_id == hall_id, _staff.c.role == Role.CLERK.value, _staff.c.disabled.is_(False))
        .order_by(_staff.c.username)
    ).all()
    everything = sum(places.values())
    entered = [(clerk, hours.get(clerk, ClerkHours(clerk))) for clerk in clerks]
    return tuple(
        PlanClerk(clerk, skills.get(clerk, everything), sits.get(clerk), own.shift, own.rest)
        for clerk, own in entered
    )
