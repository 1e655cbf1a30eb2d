"""What the audit trail says, as tests read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from kernel.audit_tables import AuditRow

if TYPE_CHECKING:
    from sqlalchemy import Row

    from kernel.database import Database

AUDIT = AuditRow.__table__


def lines(database: Database, prefix: str = "") -> list[Row[Any]]:
    """Return the trail's rows, the oldest first; with a prefix those of what begins so."""
    asked = select(AUDIT).where(AUDIT.c.what.startswith(prefix, autoescape=True)).order_by(AUDIT.c.id)
    return database.read_now(lambda session: list(session.execute(asked).all()))


def noted(database: Database, prefix: str = "") -> list[tuple[Any, str]]:
    """Return who did what."""
    return [(row.staff_id, row.what) for row in lines(database, prefix)]
