"""Plans for the staff's own calendars: a file to load once, a link to subscribe to.

A link holds a token, kept as a keyed hash; whoever has it reads the plan of one window or of the hall,
which names no person. A withdrawn link is gone for good.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from kernel import catalogue
from kernel.audit import note
from kernel.ids import WindowId, uuid7
from kernel.reach import hall_to_look_into
from kernel.secrets import new_token
from queueing import store
from queueing.errors import FeedNotFound, WindowNotFound
from queueing.plan_history import plan_before
from queueing.plans.calendar_file import PlannedDay, plan_ics
from queueing.plans.errors import ClosedOnThatDay
from queueing.plans.export import hours_of, plan_csv
from queueing.plans.tables import PlanFeedRow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime
    from uuid import UUID

    from sqlmodel import Session

    from kernel.calendar import OpeningCalendar
    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.ids import HallId
    from kernel.secrets import Vault
    from queueing.store import Plan

_feeds = PlanFeedRow.__table__

TOKEN_FIELD = "plan_feed.token"
DAYS_AHEAD = 28  # four weeks: as far as rosters are made


@dataclass(frozen=True, slots=True)
class FeedView:
    """A link that was handed out; ``window`` is a label, empty for the whole hall."""

    id: UUID
    window: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class NewFeed:
    """A link's token, which is shown only now."""

    id: UUID
    token: str


def plan_table(session: Session, code: str, day: date, *, by: Staff) -> str:
    """Return the plan that holds on a date as CSV; raises ``WrongHall``, ``ClosedOnThatDay``."""
    hall_id = hall_to_look_into(session, code, by).id
    calendar = catalogue.calendar(session, hall_id)
    if not calendar.spans(day):  # a table would say that windows are open, from midnight to midnight
        raise ClosedOnThatDay(day=day)
    plan = _plan_on(_Held(session, hall_id, day, calendar), calendar, day)
    windows = {window.id: window.label for window in store.windows_of(session, hall_id)}
    queues = {queue.id: queue.prefix for queue in catalogue.queues(session, hall_id)}
    return plan_csv(plan.entries, windows, queues, hours=hours_of(calendar, day))


def plan_calendar(
    session: Session, code: str, window_id: WindowId | None, *, by: Staff, now: datetime
) -> bytes:
    """Return the plan of the coming weeks as a calendar, of one window or of all; raises ``WrongHall``."""
    return _calendar(session, hall_to_look_into(session, code, by).id, window_id, now=now)


def feed_calendar(session: Session, token: str, *, vault: Vault, now: datetime) -> bytes:
    """Return the calendar of a link; raises ``FeedNotFound``."""
    row = session.execute(
        select(_feeds).where(_feeds.c.token_hash == vault.digest(token, field=TOKEN_FIELD))
    ).one_or_none()
    if row is None:
        raise FeedNotFound
    return _calendar(session, row.hall_id, row.window_id, now=now)


def make_feed(
    session: Session, code: str, window_id: WindowId | None, *, by: Staff, clock: Clock, vault: Vault
) -> NewFeed:
    """Make a link to subscribe to; raises ``WrongHall``, ``WindowNotFound``."""
    hall_id = catalogue.hall_by_code(session, code).id
    by.must_work_in(hall_id)
    _labels(session, hall_id, window_id)
    feed = NewFeed(uuid7(), new_token())
    session.execute(
        insert(_feeds).values(
            id=feed.id, hall_id=hall_id, window_id=window_id, made_at=clock.now(), made_by=by.id,
            token_hash=vault.digest(feed.token, field=TOKEN_FIELD),
        )
    )  # fmt: skip
    detail = {"for": str(window_id) if window_id else "all windows"}
    note(session, "feed.made", by=by, hall_id=hall_id, at=clock.now(), subject=str(feed.id), detail=detail)
    return feed


def feeds(session: Session, code: str, *, by: Staff) -> list[FeedView]:
    """Return the links that were handed out in a hall, newest first; raises ``WrongHall``."""
    hall_id = hall_to_look_into(session, code, by).id
    labels = _labels(session, hall_id, None)
    rows = session.execute(
        select(_feeds).where(_feeds.c.hall_id == hall_id).order_by(_feeds.c.made_at.desc(), _feeds.c.id)
    )
    return [FeedView(row.id, labels.get(row.window_id, ""), row.made_at) for row in rows]


def withdraw_feed(session: Session, code: str, feed_id: UUID, *, by: Staff, clock: Clock) -> None:
    """End a link for good; raises ``FeedNotFound``."""
    hall_id = catalogue.hall_by_code(session, code).id
    by.must_work_in(hall_id)
    gone = session.execute(
        delete(_feeds).where(_feeds.c.id == feed_id, _feeds.c.hall_id == hall_id).returning(_feeds.c.id)
    )
    if gone.one_or_none() is None:
        raise FeedNotFound
    note(session, "feed.withdrawn", by=by, hall_id=hall_id, at=clock.now(), subject=str(feed_id))


def _calendar(session: Session, hall_id: HallId, window_id: WindowId | None, *, now: datetime) -> bytes:
    calendar = catalogue.calendar(session, hall_id)
    return plan_ics(
        catalogue.hall(session, hall_id),
        calendar,
        list(_days(session, hall_id, calendar, now)),
        _labels(session, hall_id, window_id),
        catalogue.queues(session, hall_id),
        now=now,
    )


def _days(
    session: Session, hall_id: HallId, calendar: OpeningCalendar, now: datetime
) -> Iterator[PlannedDay]:
    today = calendar.local_day(now)
    held = _Held(session, hall_id, today, calendar)
    for ahead in range(DAYS_AHEAD):
        day = today + timedelta(days=ahead)
        if calendar.spans(day):
            plan = _plan_on(held, calendar, day)
            yield PlannedDay(day, plan, held.before(day, plan.version))


class _Held:
    """A hall's plans, each read once however many days ask: there are few plans for weeks of days.

    Of ``today`` alone plans for the rest of a day count too: no other day has one yet.
    """

    def __init__(self, session: Session, hall_id: HallId, today: date, calendar: OpeningCalendar) -> None:
        self.today = today
        self.weekday = calendar.counts_as
        self.waiting = store.waiting_plans(session, hall_id)
        self.of_weekday = cache(partial(store.plan_of, session, hall_id))
        self.version = cache(partial(store.plan_version, session, hall_id))
        self._before = cache(partial(plan_before, session, hall_id))

    def on(self, day: date) -> Plan:
        """Return the plan that holds on a date by now."""
        if day == self.today:
            return self.of_weekday(self.weekday(day), on=day)
        return self.of_weekday(self.weekday(day))

    def before(self, day: date, version: int) -> Plan | None:
        """Return the plan that held on a date before ``version``."""
        if day == self.today:
            return self._before(self.weekday(day), version=version, on=day)
        return self._before(self.weekday(day), version=version)


def _plan_on(held: _Held, calendar: OpeningCalendar, day: date) -> Plan:
    """Return the plan that will hold when a date's doors open, one that waits for its time included."""
    spans = calendar.spans(day)
    opens = spans[0].opens_at if spans else calendar.at_minute(day, 0)
    for waiting in held.waiting:
        if waiting.applies_at is not None and waiting.applies_at <= opens:
            weekday = calendar.counts_as(calendar.local_day(waiting.applies_at))
            if waiting.weekday == calendar.counts_as(day) or (
                waiting.weekday is None and _shared(held, weekday, calendar.counts_as(day))
            ):
                return held.version(waiting.version)
    return held.on(day)


def _shared(held: _Held, weekday: int, other: int) -> bool:
    """Return whether two weekdays have the same plan now, which a plan of all weekdays replaces."""
    return held.of_weekday(weekday).version == held.of_weekday(other).version


def _labels(session: Session, hall_id: HallId, window_id: WindowId | None) -> dict[WindowId, str]:
    found = {
        window.id: window.label
        for window in store.windows_of(session, hall_id)
        if window_id in (None, window.id)
    }
    if not found:
        raise WindowNotFound(window=window_id)
    return found
