"""Accounts of staff and registered devices, as whoever runs the system keeps them (``jinban staff``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from kernel.errors import Conflict, NotFound
from kernel.identity import right_password
from kernel.ids import StaffId, uuid7
from kernel.tables import DeviceRow, HallRow, SignInLinkRow, StaffRow, StaffSessionRow

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from kernel.identity import Role
    from kernel.ids import HallId

_staff = StaffRow.__table__  # type: ignore[attr-defined]
_sessions = StaffSessionRow.__table__  # type: ignore[attr-defined]
_links = SignInLinkRow.__table__  # type: ignore[attr-defined]
_devices = DeviceRow.__table__  # type: ignore[attr-defined]
_halls = HallRow.__table__  # type: ignore[attr-defined]


class StaffNotFound(NotFound):
    code, title = "staff-not-found", "There is nobody with that name."


class DeviceNotFound(NotFound):
    code, title = "device-not-found", "There is no such device in this hall."


class UsernameTaken(Conflict):
    code, title = "username-taken", "That sign-in name is taken."


@dataclass(frozen=True, slots=True)
class Account:
    """A staff member's account; ``hall`` is a hall's code, "" for the whole city."""

    username: str
    name: str
    role: str
    hall: str
    disabled: bool
    locked_until: datetime | None


@dataclass(frozen=True, slots=True)
class RegisteredDevice:
    """A screen or kiosk; its token is never shown again."""

    hall: str
    kind: str
    name: str
    disabled: bool


def username_exists(session: Session, username: str) -> bool:
    """Return whether somebody in the city signs in by that name, whatever the case of its letters."""
    found = session.execute(select(_staff.c.id).where(func.lower(_staff.c.username) == username.lower()))
    return found.first() is not None


def add_account(
    session: Session, username: str, name: str, role: Role, password_hash: str, hall_id: HallId | None
) -> None:
    """Add a staff member; raises ``UsernameTaken``."""
    if username_exists(session, username):
        raise UsernameTaken(username=username)
    session.execute(
        insert(_staff).values(
            id=uuid7(),
            username=username,
            display_name=name,
            role=role.value,
            hall_id=hall_id,
            password_hash=password_hash,
            failed_tries=0,
            disabled=False,
        )
    )


def staff_id_of(session: Session, username: str) -> StaffId:
    """Return who signs in by that name; raises ``StaffNotFound``."""
    found = session.execute(select(_staff.c.id).where(_staff.c.username == username)).scalar_one_or_none()
    if found is None:
        raise StaffNotFound(username=username)
    return StaffId(found)


def accounts(session: Session) -> list[Account]:
    """Return all accounts, by hall and name."""
    rows = session.execute(
        select(
            *(_staff.c.username, _staff.c.display_name, _staff.c.role, _halls.c.code),
            *(_staff.c.disabled, _staff.c.locked_until),
        )
        .outerjoin(_halls, _halls.c.id == _staff.c.hall_id)
        .order_by(_halls.c.code, _staff.c.username)
    )
    return [
        Account(r.username, r.display_name, r.role, r.code or "", r.disabled, r.locked_until) for r in rows
    ]


def set_password(session: Session, username: str, password_hash: str) -> None:
    """Give somebody another password; raises ``StaffNotFound``.

    Whoever knew the old one is out at once: sessions and links end with it, and so does a lock.
    """
    staff_id = staff_id_of(session, username)
    session.execute(
        update(_staff)
        .where(_staff.c.id == staff_id)
        .values(password_hash=password_hash, password_chosen=True, failed_tries=0, locked_until=None)
    )
    _end_sessions(session, staff_id)


def knows_password(session: Session, staff_id: StaffId) -> bool:
    """Return whether somebody has a password of their own."""
    return bool(session.execute(select(_staff.c.password_chosen).where(_staff.c.id == staff_id)).scalar_one())


def choose_password(
    session: Session, staff_id: StaffId, present: str, password_hash: str, *, keep: bytes, now: datetime
) -> bool:
    """Give oneself another password; False for a wrong present one, whose count is then kept.

    Who has none of their own needs none. All other sessions and links of the person end; ``keep`` is the
    hash of the token of the one in which it was asked. Raises ``NameLocked``.
    """
    row = session.execute(select(_staff).where(_staff.c.id == staff_id).with_for_update()).one()
    if row.password_chosen and not right_password(session, row, present, now=now):
        return False
    session.execute(
        update(_staff)
        .where(_staff.c.id == staff_id)
        .values(password_hash=password_hash, password_chosen=True, failed_tries=0, locked_until=None)
    )
    session.execute(delete(_sessions).where(_sessions.c.staff_id == staff_id, _sessions.c.token_hash != keep))
    session.execute(delete(_links).where(_links.c.staff_id == staff_id))
    return True


def set_disabled(session: Session, username: str, *, disabled: bool) -> None:
    """Close an account, or open it again; raises ``StaffNotFound``. Sessions and links end when it closes."""
    staff_id = staff_id_of(session, username)
    session.execute(update(_staff).where(_staff.c.id == staff_id).values(disabled=disabled))
    if disabled:
        _end_sessions(session, staff_id)


def _end_sessions(session: Session, staff_id: StaffId) -> None:
    for table in (_sessions, _links):
        session.execute(delete(table).where(table.c.staff_id == staff_id))


def devices(session: Session) -> list[RegisteredDevice]:
    """Return all screens and kiosks, by hall, kind and name."""
    rows = session.execute(
        select(_halls.c.code, _devices.c.kind, _devices.c.name, _devices.c.disabled)
        .join(_halls, _halls.c.id == _devices.c.hall_id)
        .order_by(_halls.c.code, _devices.c.kind, _devices.c.name)
    )
    return [RegisteredDevice(*row) for row in rows]


def disable_device(session: Session, hall_id: HallId, kind: str, name: str) -> int:
    """Lock out a lost or stolen device; return how many go by that name. Raises ``DeviceNotFound``."""
    locked_out = session.execute(
        update(_devices)
        .where(_devices.c.hall_id == hall_id, _devices.c.kind == kind, _devices.c.name == name)
        .values(disabled=True)
        .returning(_devices.c.id)
    ).all()
    if not locked_out:
        raise DeviceNotFound(kind=kind, name=name)
    return len(locked_out)
