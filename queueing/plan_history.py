"""Which window plan held before the present one: what a rollback brings back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from queueing.store import Plan, plan_version
from queueing.store.plans import plans

if TYPE_CHECKING:
    from sqlmodel import Session

    from kernel.ids import HallId


def plan_before(session: Session, hall_id: HallId, weekday: int, *, version: int) -> Plan | None:
    """Return the plan that held on a weekday (0 = Monday) before ``version`` did, if there was one."""
    before = session.execute(
        select(plans.c.version)
        .where(
            plans.c.hall_id == hall_id,
            plans.c.version < version,
            plans.c.applied_at.is_not(None),
            or_(plans.c.weekday.is_(None), plans.c.weekday == weekday),
        )
        .order_by(plans.c.version.desc())
        .limit(1)
    ).scalar_one_or_none()
    return plan_version(session, hall_id, before) if before is not None else None
