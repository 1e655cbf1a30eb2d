"""What staff pages begin with: several reads of the services below, in one snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from kernel import catalogue
from kernel.reach import hall_to_look_into
from queueing import service
from queueing.plan_history import plan_before
from queueing.plans.layouts import blocks_of

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlmodel import Session

    from kernel.calendar import OpeningCalendar
    from kernel.catalogue import Hall, HallQueue, Service
    from kernel.identity import Staff
    from kernel.ids import HallId, QueueId, WindowId
    from queueing.plans.rules import Block
    from queueing.rules.board import QueueLine
    from queueing.service import DeskView, HallDay, Plan, PlanVersion, Window

PLANNED_OPENING = (540, 1020)  # 9:00-17:00, what the grid shows on a day off, when a plan has no hours to fit
DAYS_SHOWN = 14  # as far ahead as people can book


@dataclass(frozen=True, slots=True)
class DeskStart:
    """A clerk's desk with the names around it; ``offer``: what can be done in this hall, own queues first."""

    hall: Hall
    queues: tuple[HallQueue, ...]
    desk: DeskView
    offer: tuple[Service, ...]


@dataclass(frozen=True, slots=True)
class HallStart:
    """A hall's live day with the names around it; ``may_change`` for whoever manages it."""

    hall: Hall
    queues: tuple[HallQueue, ...]
    day: HallDay
    open_now: bool
    may_change: bool


@dataclass(frozen=True, slots=True)
class HelpDeskLine:
    """A queue with how it stands, and the services that wait in it."""

    line: QueueLine
    services: tuple[Service, ...]


@dataclass(frozen=True, slots=True)
class HelpDeskStart:
    """What a help desk gives tickets for; ``opens_at`` where the doors are shut and will open again."""

    hall: Hall
    lines: tuple[HelpDeskLine, ...]
    open_now: bool
    opens_at: datetime | None


@dataclass(frozen=True, slots=True)
class PlanStart:
    """What the plan grid is drawn from: blocks in local minutes, and what each window is equipped for.

    ``plan`` holds on ``day``, ``only_weekday`` if on that weekday alone; ``days`` are the next open ones.
    ``clerks``: the queues that each can serve, empty for all. ``only_that_day``: another plan than ``plan``
    holds on ``day``, made for that date alone.
    ``like``: a date of the weekday whose plan ``day`` has, another day only for a make-up workday.
    """

    hall: Hall
    queues: tuple[HallQueue, ...]
    windows: tuple[Window, ...]
    equipment: dict[WindowId, set[QueueId]]
    blocks: tuple[Block, ...]
    plan: Plan
    before: Plan | None
    now: datetime
    today: date
    day: date
    like: date
    days: tuple[date, ...]
    open_days: frozenset[date]
    only_weekday: bool
    only_that_day: bool
    clerks: tuple[frozenset[QueueId], ...]
    waiting: tuple[PlanVersion, ...]
    may_change: bool


def home_hall(session: Session, hall_id: HallId) -> str:
    """Return the code of a hall."""
    return catalogue.hall(session, hall_id).code


def staffed_halls(session: Session) -> list[Hall]:
    """Return the halls that have windows; terminals have nobody to sign in there."""
    return [hall for hall in catalogue.halls(session) if hall.kind == "hall"]


def desk_start(session: Session, window_id: WindowId, *, by: Staff, now: datetime) -> DeskStart:
    """Return the desk of a window; raises ``WindowNotFound``, ``WrongHall``."""
    desk = service.desk(session, window_id, by=by, now=now)
    hall = catalogue.hall(session, desk.window.hall_id)
    queues = tuple(catalogue.queues(session, hall.id))
    return DeskStart(hall, queues, desk, _offer(session, hall.id, queues, desk.window.serves))


def _offer(
    session: Session, hall_id: HallId, queues: tuple[HallQueue, ...], own: tuple[str, ...]
) -> tuple[Service, ...]:
    ranks = {queue.id: (queue.prefix not in own, queue.rank) for queue in queues}
    places = {
        offer.service_id: ranks[offer.queue_id]
        for offer in catalogue.offers_in(session, hall_id)
        if offer.queue_id is not None
    }
    here = [each for each in catalogue.services(session) if each.id in places]
    return tuple(sorted(here, key=lambda each: (*places[each.id], each.code)))


def own_hall(session: Session, code: str, *, by: Staff) -> Hall:
    """Return a hall that this person works in; raises ``HallNotFound``, ``WrongHall``."""
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    return hall


def help_desk_start(session: Session, code: str, *, by: Staff, now: datetime) -> HelpDeskStart:
    """Return what a help desk gives tickets for; raises ``HallNotFound``, ``WrongHall``."""
    hall = own_hall(session, code, by=by)
    calendar = catalogue.calendar(session, hall.id)
    span = calendar.opening_at(now)
    queue_of = {offer.service_id: offer.queue_id for offer in catalogue.offers_in(session, hall.id)}
    known = catalogue.services(session)
    return HelpDeskStart(
        hall=hall,
        lines=tuple(
            HelpDeskLine(line, tuple(each for each in known if queue_of.get(each.id) == line.queue_id))
            for line in service.board(session, hall.id, now=now).queues
        ),
        open_now=calendar.is_open(now),
        opens_at=span.opens_at if span else None,
    )


def hall_start(session: Session, code: str, *, by: Staff, now: datetime) -> HallStart:
    """Return a hall's live day; raises ``HallNotFound``, ``WrongHall``."""
    hall = hall_to_look_into(session, code, by)
    return HallStart(
        hall=hall,
        queues=tuple(catalogue.queues(session, hall.id)),
        day=service.hall_day(session, hall.id, now=now),
        open_now=catalogue.calendar(session, hall.id).is_open(now),
        may_change=by.may_manage(hall.id),
    )


def plan_start(
    session: Session, code: str, *, by: Staff, now: datetime, day: date | None = None
) -> PlanStart:
    """Return what the plan grid shows, of today or a day to come; raises ``HallNotFound``, ``WrongHall``."""
    hall = hall_to_look_into(session, code, by)
    calendar = catalogue.calendar(session, hall.id)
    today = calendar.local_day(now)
    shown = today if day is None else max(day, today)
    weekday = calendar.counts_as(shown)
    plan = service.plan_on(session, hall.id, weekday)
    return PlanStart(
        hall=hall,
        queues=tuple(catalogue.queues(session, hall.id)),
        windows=tuple(service.windows_of(session, hall.id)),
        equipment=service.equipment_of(session, hall.id),
        blocks=blocks_of(_minutes(calendar, shown) or [PLANNED_OPENING], plan.entries),
        plan=plan,
        before=plan_before(session, hall.id, weekday, version=plan.version),
        now=now,
        today=today,
        day=shown,
        like=shown + timedelta(days=weekday - shown.weekday()),
        days=_open_days(calendar, today),
        open_days=frozenset(own for own in _open_days(calendar, today) if calendar.spans(own)),
        only_weekday=service.weekday_of(session, hall.id, plan.version) is not None,
        only_that_day=set(service.plan_on(session, hall.id, weekday, on=shown).entries) != set(plan.entries),
        clerks=tuple(service.skills_in(session, hall.id)),
        waiting=tuple(service.waiting_plans(session, hall.id)),
        may_change=by.may_manage(hall.id),
    )


def _minutes(calendar: OpeningCalendar, day: date) -> list[tuple[int, int]]:
    return [
        (round(calendar.minute_of_day(span.opens_at)), round(calendar.minute_of_day(span.closes_at)))
        for span in calendar.spans(day)
    ]


def _open_days(calendar: OpeningCalendar, today: date) -> tuple[date, ...]:
    """Return today and the next days on which the hall is open."""
    ahead = (today + timedelta(days=number) for number in range(DAYS_SHOWN))
    return tuple(day for day in ahead if day == today or calendar.spans(day))
