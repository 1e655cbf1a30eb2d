"""Alerts as they are stored; no decisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from kernel.identity_tables import StaffRow
from kernel.ids import AlertId, HallId, StaffId, uuid7
from queueing.rules.alerts import AlertKind
from queueing.today.errors import AlertNotFound
from queueing.today.tables import HallAlertRow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from sqlalchemy import Row
    from sqlmodel import Session

_alerts = HallAlertRow.__table__
_staff = StaffRow.__table__


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert of a day; ``done`` is what the manager did about it, in their words."""

    id: AlertId
    hall_id: HallId
    day: date
    kind: AlertKind
    subject: str
    facts: Mapping[str, float]
    raised_at: datetime
    cleared_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: StaffId | None
    acknowledged_name: str | None
    done: str


def alerts_of(session: Session, hall_id: HallId, day: date) -> list[Alert]:
    """Return a hall's alerts of a day, those raised last first."""
    return [_alert(row) for row in session.execute(_with_names().where(
        _alerts.c.hall_id == hall_id, _alerts.c.day == day
    ).order_by(_alerts.c.raised_at.desc(), _alerts.c.id.desc()))]  # fmt: skip


def alert(session: Session, alert_id: AlertId) -> Alert:
    """Return an alert; raises ``AlertNotFound``."""
    row = session.execute(_with_names().where(_alerts.c.id == alert_id)).one_or_none()
    if row is None:
        raise AlertNotFound(alert=alert_id)
    return _alert(row)


def _with_names() -> Any:
    return select(_alerts, _staff.c.display_name).outerjoin(_staff, _staff.c.id == _alerts.c.acknowledged_by)


def _alert(row: Row[Any]) -> Alert:
    return Alert(
        id=row.id, hall_id=row.hall_id, day=row.day, kind=AlertKind(row.kind), subject=row.subject,
        facts=row.facts, raised_at=row.raised_at, cleared_at=row.cleared_at,
        acknowledged_at=row.acknowledged_at, acknowledged_by=row.acknowledged_by,
        acknowledged_name=row.display_name, done=row.done,
    )  # fmt: skip


def raise_alert(
    session: Session, hall_id: HallId, day: date, kind: AlertKind, subject: str, *,
    facts: Mapping[str, float], at: datetime,
) -> AlertId:  # fmt: skip
    """Write an alert that stands from now on."""
    alert_id = AlertId(uuid7())
    session.execute(
        insert(_alerts).values(
            id=alert_id, hall_id=hall_id, day=day, kind=kind.value, subject=subject, facts=dict(facts),
            raised_at=at, done="",
        )
    )  # fmt: skip
    return alert_id


def clear_alert(session: Session, alert_id: AlertId, *, at: datetime) -> None:
    """Write that an alert is over."""
    session.execute(update(_alerts).where(_alerts.c.id == alert_id).values(cleared_at=at))


def acknowledge(session: Session, alert_id: AlertId, *, by: StaffId, done: str, at: datetime) -> bool:
    """Write who takes care of an alert; return whether nobody had before."""
    changed = session.execute(
        update(_alerts)
        .where(_alerts.c.id == alert_id, _alerts.c.acknowledged_at.is_(None))
        .values(acknowledged_at=at, acknowledged_by=by, done=done)
        .returning(_alerts.c.id)
    )
    return changed.one_or_none() is not None
