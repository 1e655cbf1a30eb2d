"""What lies before staff who look at appeals and no-shows, as the audit trail names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel.looking import Look

if TYPE_CHECKING:
    from booking.no_shows.deciding import AppealList
    from booking.no_shows.excusing import HallNoShows


def looks_at_appeals(found: AppealList) -> list[Look]:
    """The appeals of a hall or of the city, with what people wrote; how many stood on the list."""
    hall_id = found.hall.id if found.hall else None
    subject = f"look.no-show-appeals:{hall_id or 'city'}"
    return [Look("look.no-show-appeals", hall_id, subject, {"appeals": len(found.appeals)})]


def looks_at_hall(found: HallNoShows) -> list[Look]:
    """A hall's no-shows with their references; how many stood on the list."""
    subject = f"look.no-shows:{found.hall.id}"
    return [Look("look.no-shows", found.hall.id, subject, {"no_shows": len(found.no_shows)})]
