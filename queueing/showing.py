"""What was shown last of queues and tickets, kept where every process finds it; ``rules.steady`` decides.

A queue's row is written with the event that shows it, under the hall's lock; a ticket's when its holder
looks and the words change, so at most once a minute for each ticket that somebody follows.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from kernel.deleting import delete_some
from kernel.inserting import insert_into
from queueing import standing, store
from queueing.rules.steady import (
    Band,
    Basis,
    Shown,
    band_of,
    basis_json,
    basis_of,
    reason_json,
    reason_of,
    steady,
)
from queueing.rules.waits import WaitRange
from queueing.rules.windows import WindowStatus, served_at
from queueing.served import served as published_waits
from queueing.wait_tables import ShownWaitRow

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Row
    from sqlmodel import Session

    from kernel.calendar import OpeningCalendar
    from kernel.ids import HallId, QueueId

_shown = ShownWaitRow.__table__

FORGOTTEN_AFTER = timedelta(hours=12)  # nobody compares with what was shown on another day
FORESEEN = timedelta(hours=2)  # a window that ends later is news for later


def shown_of(session: Session, subjects: Collection[UUID], *, now: datetime) -> dict[UUID, Shown]:
    """Return what was shown last of queues or tickets, by id."""
    rows = session.execute(select(_shown).where(_shown.c.subject.in_(subjects)))
    return {row.subject: _as_shown(row) for row in rows if now - row.since < FORGOTTEN_AFTER}


def _as_shown(row: Row[Any]) -> Shown:
    band = None if row.low is None or row.high is None else Band(row.low, row.high)
    return Shown(band, row.since, basis_of(row.basis), reason_of(row.reason))


def keep_shown(session: Session, hall_id: HallId, shown: Mapping[UUID, Shown]) -> None:
    """Keep what is shown from now on."""
    for subject, own in shown.items():
        values = {
            "hall_id": hall_id,
            "low": own.band.low if own.band else None,
            "high": own.band.high if own.band else None,
            "since": own.since,
            "basis": basis_json(own.basis),
            "reason": reason_json(own.reason),
        }
        statement = insert_into(session, _shown).values(subject=subject, **values)
        session.execute(statement.on_conflict_do_update(index_elements=[_shown.c.subject], set_=values))


def forget_shown(session: Session, now: datetime) -> int:
    """Remove some of what was shown so long ago that nobody compares with it; return how much."""
    return delete_some(session, _shown, _shown.c.since < now - FORGOTTEN_AFTER)


def shown_to_holder(
    session: Session, own: store.Ticket, wait: WaitRange | None, ahead: int, *, now: datetime
) -> tuple[Shown, bool]:
    """Return what a ticket's holder reads now, and whether that is new and has to be kept.

    Before the first look it is what the ticket said when it was issued; that look keeps the windows of now
    with it, so that a later rise can be explained.
    """
    facts = bases(session, own.hall_id, {own.queue_id: ahead}, now=now)[own.queue_id]
    basis = replace(facts, own_place=True)
    before = shown_of(session, [own.id], now=now).get(own.id)
    if before is None:
        issued = _as_issued(own)
        after = steady(issued, band_of(wait, ahead), basis, now=now)
        if after is issued:
            after = replace(issued, basis=replace(basis, people=own.told_ahead))
        return after, True
    after = steady(before, band_of(wait, ahead), basis, now=now)
    return after, after != before


def _as_issued(own: store.Ticket) -> Shown:
    p10, p50, p90 = own.told_p10, own.told_p50, own.told_p90
    band = None
    if p10 is not None and p50 is not None and p90 is not None and not own.band_withheld:
        band = band_of(WaitRange(p10, p50, p90), own.told_ahead)
    return Shown(band, own.arrived_at, Basis(people=own.told_ahead, own_place=True))


def bases(
    session: Session, hall_id: HallId, people: Mapping[QueueId, int], *, now: datetime
) -> dict[QueueId, Basis]:
    """Return for each queue the facts that its wait rests on now; ``people``: waiting, or ahead."""
    calendar = standing.calendars(session, [hall_id])[hall_id]
    minute = calendar.minute_of_day(now)
    today = calendar.local_day(now)
    plan = store.plan_in_force(session, hall_id, calendar, today)
    windows = store.windows_of(session, hall_id)
    published = published_waits.get(hall_id, now=now)
    estimator = published.estimator if published else "drain"
    served = {own.id: served_at(plan.entries, own.id, minute) for own in windows}

    def standing_so(queue_id: QueueId, status: WindowStatus) -> int:
        return sum(own.status is status and queue_id in served[own.id] for own in windows)

    return {
        queue_id: Basis(
            people=count,
            windows_open=standing_so(queue_id, WindowStatus.OPEN),
            windows_paused=standing_so(queue_id, WindowStatus.PAUSED),
            plan_version=plan.version,
            estimator=estimator,
            ends_at=_ends_at(plan, queue_id, calendar, minute, now),
        )
        for queue_id, count in people.items()
    }


def _ends_at(
    plan: store.Plan, queue_id: QueueId, calendar: OpeningCalendar, minute: float, now: datetime
) -> datetime | None:
    """Return when windows of the queue are planned to end next within ``FORESEEN`` and none takes over."""
    own = [entry for entry in plan.entries if entry.queue_id == queue_id]
    begins = {(entry.window_id, entry.from_minute) for entry in own}
    last = minute + FORESEEN / timedelta(minutes=1)
    ends = [
        entry.to_minute
        for entry in own
        if minute < entry.to_minute <= last and (entry.window_id, entry.to_minute) not in begins
    ]
    return calendar.at_minute(calendar.local_day(now), min(ends)) if ends else None
