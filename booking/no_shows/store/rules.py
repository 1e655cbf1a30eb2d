"""The versions of the city's rule."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from booking.no_shows.tables import NoShowRuleRow
from booking.rules.no_shows import NoShowRule
from kernel.identity_tables import StaffRow
from kernel.inserting import insert_into

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlmodel import Session

rules = NoShowRuleRow.__table__
staff = StaffRow.__table__

OF_RULE = tuple(column for column in rules.c if column.name != "published_by")


def rule_at(session: Session, instant: datetime) -> NoShowRule | None:
    """Return the version that held at an instant, in force or not; None before the first."""
    row = session.execute(
        select(*OF_RULE).where(rules.c.published_at <= instant).order_by(rules.c.version.desc()).limit(1)
    ).one_or_none()
    return None if row is None else NoShowRule(**row._mapping)


def longest_pause(session: Session) -> timedelta:
    """Return the longest pause of any version that was ever published."""
    days = session.execute(select(func.max(rules.c.pause_days))).scalar_one()
    return timedelta(days=days or 0)


def rule_versions(session: Session) -> list[tuple[NoShowRule, str]]:
    """Return all versions with the name of who published them, newest first."""
    rows = session.execute(
        select(*OF_RULE, staff.c.display_name)
        .join(staff, staff.c.id == rules.c.published_by, isouter=True)
        .order_by(rules.c.version.desc())
    )
    return [
        (NoShowRule(**{column.name: row._mapping[column.name] for column in OF_RULE}), row.display_name or "")
        for row in rows
    ]


def add_rule(session: Session, rule: NoShowRule, *, by: UUID) -> bool:
    """Write a version; False if somebody else has published one with its number."""
    values = {name: getattr(rule, name) for name in NoShowRule.__dataclass_fields__}
    added = session.execute(
        insert_into(session, rules)
        .values(**values, published_by=by)
        .on_conflict_do_nothing(index_elements=[rules.c.version])
        .returning(rules.c.version)
    )
    return added.one_or_none() is not None
