"""Under which rules of a hall a plan was made: one that was made under others is not applied.

A proposal keeps the rules as the worker read them. Somebody may enter skills, shifts or a closure while it
waits for a decision, and nobody would see that what is accepted then breaks them.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlalchemy import select

from kernel import catalogue
from kernel.identity import Role
from kernel.identity_tables import StaffRow
from queueing import store
from queueing.plans.errors import RulesChangedMeanwhile
from queueing.plans.working_rules import working_rules
from queueing.setup.rules import fingerprint
from queueing.window_tables import ClerkSkillRow

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlmodel import Session

    from kernel.ids import HallId

_staff = StaffRow.__table__
_skills = ClerkSkillRow.__table__


def rules_on(session: Session, hall_id: HallId, day: date) -> str:
    """Return a fingerprint of all that a plan for that day has to keep.

    Windows with their equipment and list limits, queues, clerks with skills, shifts and breaks, how many
    windows may be integrated, opening hours. Who sits where is no rule and changes all day.
    """
    equipment = store.equipment_of(session, hall_id)
    windows = [
        [window.id, window.list_limit, sorted(map(str, equipment.get(window.id, ())))]
        for window in store.windows_of(session, hall_id)
    ]
    clerks = session.scalars(
        select(_staff.c.id)
        .where(_staff.c.hall_id == hall_id, _staff.c.role == Role.CLERK.value, _staff.c.disabled.is_(False))
        .order_by(_staff.c.id)
    ).all()
    skills = session.execute(
        select(_skills.c.staff_id, _skills.c.queue_id)
        .join(_staff, _staff.c.id == _skills.c.staff_id)
        .where(_staff.c.hall_id == hall_id)
    )
    spans = catalogue.calendar(session, hall_id).spans(day)
    return fingerprint(
        {
            "windows": sorted(windows, key=str),
            "queues": sorted(str(queue.id) for queue in catalogue.queues(session, hall_id)),
            "clerks": [str(clerk) for clerk in clerks],
            "skills": sorted([str(row.staff_id), str(row.queue_id)] for row in skills),
            "work": asdict(working_rules(session, hall_id)),
            "hours": [[span.opens_at, span.closes_at] for span in spans],
        }
    )


def rules_today(session: Session, hall_id: HallId, *, now: datetime) -> str:
    """Return the fingerprint of the rules of the present day."""
    return rules_on(session, hall_id, catalogue.calendar(session, hall_id).local_day(now))


def must_be_made_under(session: Session, hall_id: HallId, day: date, rules: str | None) -> None:
    """Raise ``RulesChangedMeanwhile`` unless the hall's rules of that day are still these.

    ``rules``: None of a plan from before they were kept, which is taken as it is.
    """
    if rules is not None and rules != rules_on(session, hall_id, day):
        raise RulesChangedMeanwhile(day=day)
