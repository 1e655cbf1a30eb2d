"""Every night what can no longer count is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking.no_shows.store import forgetting
from booking.rules.no_shows import forgettable

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session


def forget_over(session: Session, now: datetime) -> int:
    """Take the person out of what can no longer count; return out of how many.

    What an open appeal is against is answered first, and what led to one pause is forgotten together.
    """
    waiting = forgetting.appealed_and_open(session)
    groups = [[own] for own in forgetting.settled_and_over(session, now)]
    for counted in forgetting.people_with_something_over(session, now).values():
        groups += [[own.id for own in group if own.id] for group in forgettable(counted, now=now)]
    ids = [own for group in groups if waiting.isdisjoint(group) for own in group]
    forgetting.forget(session, ids)
    forgetting.forget_exceptions_over(session, now)
    return len(ids)
