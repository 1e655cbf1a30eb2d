"""Who looked at what and who changed what: a row in the unit of work itself, so that neither exists alone.

The rows are chained (``kernel.audit_chain``). They name people who work here and the ids of appointments
and tickets; they never hold a name, a number or a token of a citizen.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from kernel.audit_chain import append
from kernel.audit_chain import rows as _audit
from kernel.identity import SESSION_LASTS, Actor, Role
from kernel.identity_tables import DeviceRow, StaffRow
from kernel.origin import NOWHERE, origin_of
from kernel.tables import HallRow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Row
    from sqlmodel import Session

    from kernel.identity import Device, Staff
    from kernel.ids import HallId
    from kernel.secrets import Vault

_staff = StaffRow.__table__
_devices = DeviceRow.__table__
_halls = HallRow.__table__

STAFF_ROLES = frozenset({Role.CLERK, Role.MANAGER, Role.SUPERVISOR, Role.ADMINISTRATOR})
WATCHED_ROLES = STAFF_ROLES | {Role.DEVICE}
# A screen that refreshes itself is one look for as long as a session can last, unless it is opened again.
LOOK_LASTS = SESSION_LASTS
LISTED = 200  # lines of a page; older ones are reached by the day


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One change or look; ``detail`` holds what was before and after, never personal data of citizens."""

    at: datetime
    who: str
    what: str
    subject: str
    detail: dict[str, Any]
    role: str = ""
    hall_id: UUID | None = None
    hall_zh: str = ""
    hall_en: str = ""
    address: str = ""
    session: str = ""


def note(
    session: Session,
    what: str,
    *,
    by: Staff | Device | Actor,
    hall_id: HallId | None,
    at: datetime,
    subject: str = "",
    detail: Mapping[str, Any] | None = None,
    of_stranger: bool = False,
) -> None:
    """Write a line of the audit trail; locks the end of the hall's chain until this unit of work ends.

    From where it was done is kept of staff and devices, never of citizens, and of whoever tried in vain to
    be one of the staff (``of_stranger``).
    """
    who = by if isinstance(by, Actor) else by.actor
    origin = origin_of(session) if who.role in WATCHED_ROLES or of_stranger else NOWHERE
    values = {
        "at": at,
        "role": who.role.value,
        "staff_id": who.id if who.role in STAFF_ROLES else None,
        "device_id": who.id if who.role is Role.DEVICE else None,
        "hall_id": hall_id,
        "what": what,
        "subject": subject,
        "detail": json.loads(json.dumps(dict(detail or {}))),
        "address": origin.address or None,
        "session": origin.session or None,
    }
    append(session, values, vault=_vault(session))


def _vault(session: Session) -> Vault:
    """Return the keys of this installation, which every unit of work carries (``Database.carry``)."""
    vault: Vault | None = session.info.get("vault")
    if vault is None:
        raise RuntimeError("the audit trail needs the keys: call Database.carry(vault) after opening")
    return vault


def look(
    session: Session,
    what: str,
    *,
    by: Staff | Device | Actor,
    hall_id: HallId | None,
    at: datetime,
    subject: str,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Note that somebody who is watched has this subject before them, once while the look lasts."""
    who = by if isinstance(by, Actor) else by.actor
    if who.role in WATCHED_ROLES and not looking(session, who, subject, at=at):
        note(session, what, by=who, hall_id=hall_id, at=at, subject=subject, detail=detail)


def did(
    session: Session,
    what: str,
    *,
    by: Staff | Device | Actor,
    hall_id: HallId | None,
    at: datetime,
    subject: str,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Note what somebody who is watched did, each time; what citizens and rounds do stands in no trail."""
    who = by if isinstance(by, Actor) else by.actor
    if who.role in WATCHED_ROLES:
        note(session, what, by=who, hall_id=hall_id, at=at, subject=subject, detail=detail)


def looking(session: Session, who: Actor, subject: str, *, at: datetime) -> bool:
    """Return whether this person's look at the subject is noted already, by a look or by a change."""
    own = _audit.c.device_id if who.role is Role.DEVICE else _audit.c.staff_id
    found = session.execute(
        select(_audit.c.id)
        .where(_audit.c.subject == subject, own == who.id, _audit.c.at > at - LOOK_LASTS)
        .limit(1)
    )
    return found.one_or_none() is not None


def lines_of(session: Session, hall_id: HallId, *, prefix: str, limit: int) -> list[AuditLine]:
    """Return a hall's latest lines whose ``what`` begins with ``prefix``, newest first."""
    rows = session.execute(
        _lines()
        .where(_audit.c.hall_id == hall_id, _audit.c.what.startswith(prefix, autoescape=True))
        .order_by(_audit.c.id.desc())
        .limit(limit)
    )
    return [_line(row) for row in rows]


def trail(
    session: Session,
    *,
    hall_id: HallId | None = None,
    staff_id: UUID | None = None,
    since: datetime,
    until: datetime,
    limit: int = LISTED,
) -> list[AuditLine]:
    """Return the lines between two instants, newest first: of a hall, of a person, or all."""
    chosen = _lines().where(_audit.c.at >= since, _audit.c.at < until)
    if hall_id is not None:
        chosen = chosen.where(_audit.c.hall_id == hall_id)
    if staff_id is not None:
        chosen = chosen.where(_audit.c.staff_id == staff_id)
    return [
        _line(row)
        for row in session.execute(chosen.order_by(_audit.c.at.desc(), _audit.c.id.desc()).limit(limit))
    ]


def _lines() -> Any:
    return (
        select(
            *(_audit.c.at, _audit.c.role, _audit.c.what, _audit.c.subject, _audit.c.detail, _audit.c.hall_id),
            *(_audit.c.address, _audit.c.session),
            *(_staff.c.display_name, _devices.c.name.label("device"), _halls.c.name_zh, _halls.c.name_en),
        )
        .join(_staff, _staff.c.id == _audit.c.staff_id, isouter=True)
        .join(_devices, _devices.c.id == _audit.c.device_id, isouter=True)
        .join(_halls, _halls.c.id == _audit.c.hall_id, isouter=True)
    )


def _line(row: Row[Any]) -> AuditLine:
    return AuditLine(
        at=row.at,
        who=row.display_name or row.device or "",
        what=row.what,
        subject=row.subject,
        detail=row.detail,
        role=row.role,
        hall_id=row.hall_id,
        hall_zh=row.name_zh or "",
        hall_en=row.name_en or "",
        address=row.address or "",
        session=row.session or "",
    )


def watched_staff(session: Session) -> list[tuple[UUID, str]]:
    """Return everybody who works or worked here, to choose from: id and the name shown to colleagues."""
    rows = session.execute(
        select(_staff.c.id, _staff.c.display_name).order_by(_staff.c.display_name, _staff.c.username)
    )
    return [(row.id, row.display_name) for row in rows]
