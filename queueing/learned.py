"""What the worker learned about waits is stored here, by the API, in one unit of work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from sqlalchemy import delete, func, insert, select

from kernel import catalogue
from kernel.ids import HallId
from kernel.tables import QueueRow
from queueing.facts import facts
from queueing.rules.demand import profile_from
from queueing.rules.drain import profile_of
from queueing.wait_tables import WaitProfileRow

if TYPE_CHECKING:
    from datetime import date, datetime, timedelta

    from sqlmodel import Session

    from kernel.clock import Clock

_profiles = WaitProfileRow.__table__
_queues = QueueRow.__table__

log = structlog.get_logger(__name__)


def store_wait_profiles(
    session: Session, _args: dict[str, Any], result: dict[str, Any], *, clock: Clock
) -> None:
    """Replace the profiles of the queues in a ``learn_waits`` result; malformed ones raise."""
    profiles: dict[str, dict[str, Any]] = result["profiles"]
    if not profiles:
        return
    for profile in profiles.values():
        profile_of(profile)
        if "demand" in profile:
            profile_from(profile["demand"])
    queue_ids = [UUID(key) for key in profiles]
    session.execute(delete(_profiles).where(_profiles.c.queue_id.in_(queue_ids)))
    session.execute(
        insert(_profiles),
        [
            {"queue_id": UUID(key), "made_at": clock.now(), "days": result["days"], "profile": profile}
            for key, profile in profiles.items()
        ],
    )


def note_correction(
    _session: Session, _args: dict[str, Any], result: dict[str, Any], *, clock: Clock
) -> None:
    """Say in the log what came of learning a correction: its file lies in the worker's folder."""
    log.info("correction", at=clock.now().isoformat(), **result)


def untaught(session: Session, hall_id: HallId, *, today: date) -> bool:
    """Return whether a hall has facts of days before ``today`` that its wait profiles were not made from."""
    calendar = catalogue.calendar(session, hall_id)
    last = session.execute(
        select(func.max(facts.c.day)).where(facts.c.hall_id == hall_id, facts.c.day < today)
    ).scalar_one()
    made = session.execute(
        select(func.max(_profiles.c.made_at))
        .join(_queues, _queues.c.id == _profiles.c.queue_id)
        .where(_queues.c.hall_id == hall_id)
    ).scalar_one()
    return last is not None and (made is None or last >= calendar.local_day(made))


def stale_profiles(session: Session, *, now: datetime, older_than: timedelta) -> list[HallId]:
    """Return halls that had tickets in that time and whose newest wait profile is older, or missing."""
    made = session.execute(
        select(_queues.c.hall_id, func.max(_profiles.c.made_at).label("made_at"))
        .join(_queues, _queues.c.id == _profiles.c.queue_id)
        .group_by(_queues.c.hall_id)
    )
    newest = {row.hall_id: row.made_at for row in made}
    since = (now - older_than).date()
    taught = session.execute(
        select(facts.c.hall_id).where(facts.c.day.between(since, now.date())).distinct()
    ).scalars()
    return sorted(
        HallId(hall_id) for hall_id in taught if hall_id not in newest or newest[hall_id] < now - older_than
    )
