"""The history of a hall's window plans: versions, what differs between two, an old one restored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import false, or_, select

from kernel import catalogue
from kernel.reach import hall_to_look_into
from queueing import store
from queueing.errors import PlanVersionNotFound
from queueing.rules.plan_changes import plan_changes
from queueing.service import publish_plan
from queueing.store import Plan, plan_version
from queueing.store.plans import plans

if TYPE_CHECKING:
    from datetime import date

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.ids import HallId, QueueId, WindowId
    from queueing.rules.plan_changes import PlanChange
    from queueing.store import PlanVersion

KEPT_IN_LIST = 60


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version, who published it, and the weekdays on which it holds now (0 = Monday)."""

    version: PlanVersion
    by_name: str
    holds_on: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Differences:
    """What version ``after`` says otherwise than ``before``; labels and prefixes for people."""

    before: int
    after: int
    changes: tuple[PlanChange, ...]
    windows: dict[WindowId, str]
    queues: dict[QueueId, str]


def plan_before(
    session: Session, hall_id: HallId, weekday: int, *, version: int, on: date | None = None
) -> Plan | None:
    """Return the plan that held on a weekday (0 = Monday) before ``version`` did, if there was one.

    With ``on`` also plans of that date alone count.
    """
    before = session.execute(
        select(plans.c.version)
        .where(
            plans.c.hall_id == hall_id,
            plans.c.version < version,
            plans.c.applied_at.is_not(None),
            or_(plans.c.weekday.is_(None), plans.c.weekday == weekday),
            or_(plans.c.on_day.is_(None), false() if on is None else plans.c.on_day == on),
        )
        .order_by(plans.c.version.desc())
        .limit(1)
    ).scalar_one_or_none()
    return plan_version(session, hall_id, before) if before is not None else None


def versions(session: Session, code: str, *, by: Staff) -> list[VersionView]:
    """Return a hall's plans, newest first, those that wait for their time among them."""
    hall_id = hall_to_look_into(session, code, by).id
    found = store.plan_versions(session, hall_id, limit=KEPT_IN_LIST)
    opened = sorted(catalogue.calendar(session, hall_id).hours)
    holding = {weekday: store.plan_of(session, hall_id, weekday).version for weekday in opened}
    names = store.names_of_staff(session, {one.applied_by for one in found if one.applied_by})
    return [
        VersionView(
            one,
            names.get(one.applied_by, "") if one.applied_by else "",
            tuple(weekday for weekday, version in holding.items() if version == one.version),
        )
        for one in found
    ]


def version_entries(session: Session, code: str, version: int, *, by: Staff) -> Plan:
    """Return a version with its entries; raises ``PlanVersionNotFound``."""
    return _known(session, hall_to_look_into(session, code, by).id, version)


def differences(session: Session, code: str, before: int, after: int, *, by: Staff) -> Differences:
    """Return what differs between any two versions; raises ``PlanVersionNotFound``."""
    hall_id = hall_to_look_into(session, code, by).id
    old, new = (_known(session, hall_id, version) for version in (before, after))
    windows = {window.id: window.label for window in store.windows_of(session, hall_id)}
    return Differences(
        before=before,
        after=after,
        changes=tuple(plan_changes(old.entries, new.entries, list(windows))),
        windows=windows,
        queues={queue.id: queue.prefix for queue in catalogue.queues(session, hall_id)},
    )


def restore(
    session: Session, code: str, version: int, *, base_version: int, weekday: int, by: Staff, clock: Clock
) -> Plan:
    """Let an old version hold again, as a new one, in the place of what holds on ``weekday``.

    Raises ``PlanVersionNotFound`` and ``PlanChangedMeanwhile``; ``NotServedHere`` when a window has
    lost the equipment that the old plan needs.
    """
    hall_id = catalogue.hall_by_code(session, code).id
    by.must_work_in(hall_id)
    old = _known(session, hall_id, version)
    return publish_plan(
        session, hall_id, old.entries, base_version=base_version, by=by, clock=clock, weekday=weekday,
        source="restored",
    )  # fmt: skip


def _known(session: Session, hall_id: HallId, version: int) -> Plan:
    plan = plan_version(session, hall_id, version)
    if not plan.entries:
        raise PlanVersionNotFound(version=version)
    return plan
