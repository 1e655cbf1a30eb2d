"""Accounts of staff, as whoever runs the system keeps them (``jinban staff``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, or_, select, update

from kernel.audit import note
from kernel.errors import Conflict, Forbidden, NotFound
from kernel.identity import SYSTEM, Role, Staff, named
from kernel.identity_tables import SecondFactorRow, StaffRow
from kernel.ids import StaffId, sign_in_key, uuid7
from kernel.second_factor import take_off
from kernel.sessions import end_sessions
from kernel.tables import HallRow

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row
    from sqlmodel import Session

    from kernel.identity import Actor
    from kernel.ids import HallId

_staff = StaffRow.__table__
_factors = SecondFactorRow.__table__
_halls = HallRow.__table__


class StaffNotFound(NotFound):
    code, title = "staff-not-found", "There is nobody with that name."


class NotYourPerson(Forbidden):
    code, title = "not-your-person", "This is not one of your people."
    help = "A manager resets for clerks of the own hall, a supervisor for managers and clerks."


class UsernameTaken(Conflict):
    code, title = "username-taken", "That sign-in name is taken."


@dataclass(frozen=True, slots=True)
class Account:
    """A staff member's account; ``hall`` is a hall's code, "" for the whole city.

    ``exact_name``: another name differs from this one only in the case of its letters.
    """

    username: str
    name: str
    role: str
    hall: str
    disabled: bool
    locked_until: datetime | None
    second_factor: bool
    exact_name: bool


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose second factor may be reset, and since when there is one."""

    staff: Staff
    username: str
    second_factor_since: datetime | None


def username_exists(session: Session, username: str, *, but: StaffId | None = None) -> bool:
    """Return whether somebody in the city (``but`` one) signs in by that name, whatever its case."""
    key = sign_in_key(username)
    alike = or_(_staff.c.username_key == key, func.lower(_staff.c.username) == key)
    found = session.execute(select(_staff.c.id).where(alike)).scalars()
    return any(staff_id != but for staff_id in found)


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
    found = session.execute(named(username, _staff.c.id)).scalar_one_or_none()
    if found is None:
        raise StaffNotFound(username=username)
    return StaffId(found)


def rename(session: Session, username: str, wanted: str) -> None:
    """Give somebody another sign-in name; raises ``StaffNotFound``, ``UsernameTaken``.

    Where two names differed in their case alone, the one that is left is compared like any other again.
    """
    staff_id = staff_id_of(session, username)
    if username_exists(session, wanted, but=staff_id):
        raise UsernameTaken(username=wanted)
    _write_name(session, staff_id, wanted)
    alike = select(_staff.c.id, _staff.c.username).where(
        _staff.c.username_key.is_(None), func.lower(_staff.c.username) == sign_in_key(username)
    )
    left = session.execute(alike).all()
    if len(left) == 1:
        _write_name(session, StaffId(left[0].id), left[0].username)


def _write_name(session: Session, staff_id: StaffId, username: str) -> None:
    session.execute(
        update(_staff)
        .where(_staff.c.id == staff_id)
        .values(username=username, username_key=sign_in_key(username))
    )


def accounts(session: Session) -> list[Account]:
    """Return all accounts, by hall and name."""
    rows = session.execute(
        select(
            *(_staff.c.username, _staff.c.display_name, _staff.c.role, _halls.c.code),
            *(_staff.c.disabled, _staff.c.locked_until, _staff.c.username_key, _factors.c.since),
        )
        .outerjoin(_halls, _halls.c.id == _staff.c.hall_id)
        .outerjoin(_factors, _factors.c.staff_id == _staff.c.id)
        .order_by(_halls.c.code, _staff.c.username)
    )
    return [
        Account(
            *(r.username, r.display_name, r.role, r.code or "", r.disabled, r.locked_until),
            second_factor=r.since is not None,
            exact_name=r.username_key is None,
        )
        for r in rows
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
    end_sessions(session, staff_id)


def set_disabled(session: Session, username: str, *, disabled: bool) -> None:
    """Close an account, or open it again; raises ``StaffNotFound``. Sessions and links end when it closes."""
    staff_id = staff_id_of(session, username)
    session.execute(update(_staff).where(_staff.c.id == staff_id).values(disabled=disabled))
    if disabled:
        end_sessions(session, staff_id)


def may_reset(by: Staff, person: Staff) -> bool:
    """Return whether somebody may take another's second factor away: for people of theirs, never oneself.

    A manager for the clerks of the own hall, a supervisor for clerks and managers, an administrator for
    everybody else.
    """
    if by.id == person.id:
        return False
    if by.role is Role.MANAGER:
        return person.role is Role.CLERK and person.hall_id == by.hall_id
    if by.role is Role.SUPERVISOR:
        return person.role in {Role.CLERK, Role.MANAGER}
    return by.role is Role.ADMINISTRATOR


def people_of(session: Session, by: Staff, *, hall_id: HallId | None) -> list[Person]:
    """Return the people of a hall, or those of the whole city, whose second factor this person may reset."""
    rows = session.execute(
        select(_staff, _factors.c.since)
        .outerjoin(_factors, _factors.c.staff_id == _staff.c.id)
        .where(_staff.c.hall_id == hall_id if hall_id else _staff.c.hall_id.is_(None))
        .where(_staff.c.disabled.is_(False))
        .order_by(_staff.c.role.desc(), _staff.c.display_name, _staff.c.username)
    )
    people = (Person(_staff_of(row), row.username, row.since) for row in rows)
    return [person for person in people if may_reset(by, person.staff)]


def reset_second_factor(session: Session, staff_id: StaffId, *, by: Staff, now: datetime) -> Person:
    """Take the second factor of somebody who lost the telephone away; all that signs the person in ends.

    Raises ``StaffNotFound``, ``NotYourPerson``.
    """
    row = session.execute(select(_staff).where(_staff.c.id == staff_id).with_for_update()).one_or_none()
    if row is None:
        raise StaffNotFound(staff=staff_id)
    person = _staff_of(row)
    if not may_reset(by, person):
        raise NotYourPerson
    _reset(session, person, row.username, by=by, now=now)
    return Person(person, row.username, None)


def reset_at_the_machine(session: Session, username: str, *, now: datetime) -> None:
    """Do the same for whoever operates the machine, where nobody is left who could; in the trail too.

    Raises ``StaffNotFound``.
    """
    row = session.execute(named(username)).one_or_none()
    if row is None:
        raise StaffNotFound(username=username)
    person = _staff_of(row)
    _reset(session, person, row.username, by=SYSTEM, now=now)


def _staff_of(row: Row[Any]) -> Staff:
    return Staff(StaffId(row.id), row.display_name, Role(row.role), row.hall_id)


def _reset(session: Session, person: Staff, username: str, *, by: Staff | Actor, now: datetime) -> None:
    take_off(session, person.id)
    end_sessions(session, person.id)
    note(
        session,
        "account.second_factor_reset",
        by=by,
        hall_id=person.hall_id,
        at=now,
        subject=str(person.id),
        detail={"username": username},
    )
