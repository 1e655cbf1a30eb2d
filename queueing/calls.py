"""Whether a hall worked at all, as the ticket log says; for whoever asks about a day that is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from queueing.rules.tickets import TicketAction
from queueing.tables import TicketEventRow

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from kernel.ids import HallId

log = TicketEventRow.__table__


def called_anybody(session: Session, hall_id: HallId, since: datetime, until: datetime) -> bool:
    """Return whether a window of the hall called anybody from ``since`` until before ``until``."""
    found = session.execute(
        select(log.c.id)
        .where(log.c.hall_id == hall_id, log.c.at >= since, log.c.at < until, log.c.what == TicketAction.CALL)
        .limit(1)
    )
    return found.one_or_none() is not None
