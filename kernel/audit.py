"""Who changed what: a row in the transaction of the change itself, so that neither exists alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from kernel.tables import AuditRow, StaffRow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlmodel import Session

    from kernel.identity import Staff
    from kernel.ids import HallId

_audit = AuditRow.__table__  # type: ignore[attr-defined]
_staff = StaffRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One change or look; ``detail`` holds what was before and after, never personal data of citizens."""

    at: datetime
    who: str
    what: str
    subject: str
    detail: dict[str, Any]


def note(
    session: Session,
    what: str,
    *,
    by: Staff,
    hall_id: HallId,
    at: datetime,
    subject: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write a line of the audit trail."""
    session.execute(
        insert(_audit).values(
            at=at, staff_id=by.id, hall_id=hall_id, what=what, subject=subject, detail=dict(detail or {})
        )
    )


def lines_of(session: Session, hall_id: HallId, *, prefix: str, limit: int) -> list[AuditLine]:
    """Return a hall's latest lines whose ``what`` begins with ``prefix``, newest first."""
    rows = session.execute(
        select(_audit, _staff.c.display_name)
        .join(_staff, _staff.c.id == _audit.c.staff_id, isouter=True)
        .where(_audit.c.hall_id == hall_id, _audit.c.what.startswith(prefix, autoescape=True))
        .order_by(_audit.c.id.desc())
        .limit(limit)
    )
    return [AuditLine(row.at, row.display_name or "", row.what, row.subject, row.detail) for row in rows]
