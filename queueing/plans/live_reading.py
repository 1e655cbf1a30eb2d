"""What the worker reads of one hall to replan it: as the live estimator sees it, with equipment and plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from kernel import catalogue
from queueing import store
from queueing.live.flow import UNKNOWN, flow_of
from queueing.live.hall import live_hall
from queueing.live.reading import HallFacts, changed_tickets, halls_now
from queueing.live.state import HallState
from queueing.plans.intraday import HallNow
from queueing.plans.reading import sessions
from queueing.plans.rules import PlanQueue, PlanWindow
from queueing.rules.demand import profile_from
from queueing.wait_tables import WaitProfileRow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlmodel import Session

    from kernel.ids import HallId, QueueId, WindowId
    from queueing.live.reading import LiveWindow

_profiles = WaitProfileRow.__table__


def hall_now(session: Session, hall_id: HallId, *, now: datetime) -> tuple[HallNow, int] | None:
    """Return a hall as it stands and the version of the plan in force; None on a day off."""
    facts = _facts(session, hall_id)
    day = facts.calendar.local_day(now)
    state = HallState(day)
    state.apply_all([ticket for _, ticket in changed_tickets(session, {hall_id: (day, None)})])
    seen = halls_now(session, {hall_id: facts}, {}, now)[hall_id]
    standing = live_hall(facts, state, seen, now)
    if standing is None:
        return None
    plan = store.plan_in_force(session, hall_id, facts.calendar, day)
    hall = HallNow(
        model=standing.model,
        plan=standing.plan,
        live=standing.live,
        queues=tuple(PlanQueue(queue.id, queue.prefix) for queue in facts.queues),
        windows=_windows(session, hall_id, facts, {window.id: window for window in seen.windows}),
        entries=plan.entries,
        sessions=sessions(facts.calendar, day),
    )
    return hall, plan.version


def _facts(session: Session, hall_id: HallId) -> HallFacts:
    queues = tuple(sorted(catalogue.queues(session, hall_id), key=lambda queue: queue.rank))
    stored = {
        row.queue_id: row.profile
        for row in session.execute(
            select(_profiles.c.queue_id, _profiles.c.profile).where(
                _profiles.c.queue_id.in_([queue.id for queue in queues])
            )
        )
    }
    return HallFacts(
        hall_id,
        catalogue.calendar(session, hall_id),
        store.policy(session, hall_id).call,
        queues,
        {queue.id: flow_of(stored[queue.id]) if queue.id in stored else UNKNOWN for queue in queues},
        {key: profile_from(own["demand"]) for key, own in stored.items() if own.get("demand")},
    )


def _windows(
    session: Session, hall_id: HallId, facts: HallFacts, standing: Mapping[WindowId, LiveWindow]
) -> tuple[PlanWindow, ...]:
    """Return the windows in the order of the live hall; a clerk's skills limit what theirs may list."""
    place: dict[QueueId, int] = {queue.id: 1 << number for number, queue in enumerate(facts.queues)}
    equipment = store.equipment_of(session, hall_id)
    limits = {window.id: window.list_limit for window in store.windows_of(session, hall_id)}
    found = []
    for window_id, window in standing.items():
        able = equipment.get(window_id, set())
        if window.skills:
            able = able & window.skills
        found.append(
            PlanWindow(
                window_id, window.label, sum(place[key] for key in able if key in place), limits[window_id]
            )
        )
    return tuple(found)
