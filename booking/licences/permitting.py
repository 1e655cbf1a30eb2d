"""Who of a hall's staff may look at licences: its manager gives and takes leave, and it is in the trail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking.licences import store
from kernel import catalogue
from kernel.accounts import StaffNotFound
from kernel.audit import note
from kernel.identity import WrongHall

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlmodel import Session

    from kernel.catalogue import Hall
    from kernel.clock import Clock
    from kernel.identity import Staff


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who works in the hall; ``since``: when leave was given, None for none."""

    id: UUID
    name: str
    role: str
    since: datetime | None


def may_look(session: Session, by: Staff) -> bool:
    """Return whether this person has leave to look at licences."""
    return store.may_look(session, by.id)


def colleagues(session: Session, code: str, *, by: Staff) -> tuple[Hall, tuple[Colleague, ...]]:
    """Return a hall and who works there; raises ``HallNotFound``, ``WrongHall``."""
    hall = _managed(session, code, by)
    rows = store.staff_of(session, hall.id)
    return hall, tuple(Colleague(row.id, row.display_name, row.role, row.since) for row in rows)


def _managed(session: Session, code: str, by: Staff) -> Hall:
    hall = catalogue.hall_by_code(session, code)
    if not by.may_manage(hall.id):
        raise WrongHall(hall=hall.id)
    return hall


def give_leave(
    session: Session, code: str, staff_id: UUID, *, may_look: bool, by: Staff, clock: Clock
) -> tuple[Hall, tuple[Colleague, ...]]:
    """Give somebody of the hall leave to look, or take it; raises ``StaffNotFound``, ``WrongHall``."""
    hall = _managed(session, code, by)
    if not any(row.id == staff_id for row in store.staff_of(session, hall.id)):
        raise StaffNotFound
    now = clock.now()
    changed = (
        store.allow(session, staff_id, by=by.id, at=now) if may_look else store.disallow(session, staff_id)
    )
    if changed:
        note(
            session, "licences.leave", by=by, hall_id=hall.id, at=now, subject=f"staff:{staff_id}",
            detail={"may_look": may_look},
        )  # fmt: skip
    return colleagues(session, code, by=by)
