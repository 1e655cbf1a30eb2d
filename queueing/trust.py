"""Bands that surely did not hold are withheld: judged from the facts each night, read by whoever tells."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, delete, func, insert, or_, select

from queueing import estimate
from queueing.facts import facts
from queueing.minutes import waited_minutes
from queueing.rules.trust import JUDGED_DAYS, Fault, ToldDay, judge
from queueing.wait_tables import WithheldBandRow

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlmodel import Session

    from kernel.ids import HallId, QueueId
    from queueing.estimate import Ask, QueueOutlook

_withheld = WithheldBandRow.__table__


@dataclass(frozen=True, slots=True)
class WithheldBand:
    """Why a queue's number is not told, and since which local date; shares are of ``tickets``."""

    queue_id: QueueId
    hall_id: HallId
    since: date
    judged_on: date
    days: int
    tickets: int
    inside: int
    above: int
    fault: Fault


def judge_bands(session: Session, hall_id: HallId, *, before: date) -> int:
    """Judge each queue of a hall by its last four weeks; return how many are withheld from now on.

    Bands that are withheld are worked out and kept all the same, so that a queue comes back by itself.
    """
    known = {band.queue_id: band for band in withheld_in(session, hall_id)}
    session.execute(delete(_withheld).where(_withheld.c.hall_id == hall_id))
    rows = []
    for queue_id, days in _told_days(session, hall_id, before).items():
        found = judge(days)
        if found.fault is not None:
            since = known[queue_id].since if queue_id in known else before
            rows.append(
                {
                    **{"queue_id": queue_id, "hall_id": hall_id, "since": since, "judged_on": before},
                    **{"days": found.days, "tickets": found.tickets},
                    **{"inside": found.inside, "above": found.above, "fault": found.fault},
                }
            )
    if rows:
        session.execute(insert(_withheld), rows)
    return len(rows)


def _told_days(session: Session, hall_id: HallId, before: date) -> dict[QueueId, list[ToldDay]]:
    """Return each queue's days; whoever left after waiting longer than told counts as above, too."""
    f = facts.c
    seen = (
        select(
            *(f.queue_id, f.day, f.told_p10, f.told_p90, f.called_at),
            waited_minutes(f.arrived_at, func.coalesce(f.called_at, f.ended_at)).label("wait"),
        )
        .where(
            f.hall_id == hall_id,
            f.day.between(before - timedelta(days=JUDGED_DAYS), before - timedelta(days=1)),
            f.told_p10.is_not(None),
            f.told_p90.is_not(None),
        )
        .subquery()
    )
    c = seen.c
    above = c.wait > c.told_p90
    inside = and_(c.called_at.is_not(None), c.wait >= c.told_p10, c.wait <= c.told_p90)
    rows = session.execute(
        select(
            *(c.queue_id, c.day, func.count().label("tickets")),
            func.sum(case((inside, 1), else_=0)).label("inside"),
            func.sum(case((above, 1), else_=0)).label("above"),
        )
        .where(or_(c.called_at.is_not(None), above))
        .group_by(c.queue_id, c.day)
    )
    days: defaultdict[QueueId, list[ToldDay]] = defaultdict(list)
    for row in rows:
        days[row.queue_id].append(ToldDay(row.tickets, int(row.inside), int(row.above)))
    return days


def withheld_in(session: Session, hall_id: HallId | None = None) -> list[WithheldBand]:
    """Return what is withheld in a hall, or in the whole city."""
    statement = select(_withheld).order_by(_withheld.c.hall_id, _withheld.c.queue_id)
    if hall_id is not None:
        statement = statement.where(_withheld.c.hall_id == hall_id)
    return [
        WithheldBand(**(dict(row._mapping) | {"fault": Fault(row.fault)}))
        for row in session.execute(statement)
    ]


def withheld_of(session: Session, queue_ids: Collection[QueueId]) -> set[QueueId]:
    """Return those of these queues whose number is not told."""
    return set(
        session.execute(select(_withheld.c.queue_id).where(_withheld.c.queue_id.in_(queue_ids))).scalars()
    )


def told_on_arrival(session: Session, asks: Sequence[Ask], *, now: datetime) -> dict[QueueId, QueueOutlook]:
    """Return ``estimate_on_arrival`` as it may be told: without the bands that are withheld."""
    outlooks = estimate.estimate_on_arrival(session, asks, now=now)
    hidden = withheld_of(session, outlooks)
    return {
        queue_id: replace(outlook, wait=None) if queue_id in hidden else outlook
        for queue_id, outlook in outlooks.items()
    }
