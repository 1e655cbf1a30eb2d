"""Who asks: staff with a role and a hall, devices of a hall, citizens who hold a capability link.

Tokens are random, handed out once and kept as keyed hashes. A staff session ends after a working day,
and a quarter of an hour after its person last asked for something; five wrong passwords or codes lock a
name for a while that doubles with each further try. How somebody gets in stands in ``kernel.signing_in``,
and what becomes of devices in ``kernel.devices``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, insert, or_, select, update

from kernel.errors import Forbidden, NotSignedIn, TooMany
from kernel.identity_tables import SignInLinkRow, StaffRow, StaffSessionRow
from kernel.ids import DeviceId, HallId, StaffId, sign_in_key
from kernel.origin import origin_of, session_mark
from kernel.secrets import Tried, Vault, new_token

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Row
    from sqlmodel import Session

SESSION_LASTS = timedelta(hours=10)  # one working day
IDLE_AFTER = timedelta(minutes=15)  # what security offices ask for; an installation may set another
HEARD_EVERY = timedelta(minutes=5)  # a write each, for kiosks and screens that ask every few seconds
LOCK_AFTER = 5
LOCK_FOR = timedelta(minutes=1)  # doubles with each further wrong try

_staff = StaffRow.__table__
_sessions = StaffSessionRow.__table__
_links = SignInLinkRow.__table__


class WrongHall(Forbidden):
    code, title = "wrong-hall", "This belongs to another hall than yours."
    help = "Sign in with an account of that hall."


class WrongRole(Forbidden):
    code, title = "wrong-role", "Your role does not include this."


class WrongPassword(NotSignedIn):
    code, title = "wrong-password", "The name or the password is not right."


class NameLocked(TooMany):
    code, title = "name-locked", "Too many wrong passwords or codes; this name is locked for a while."


class LinkEnded(NotSignedIn):
    code, title = "sign-in-link-ended", "This sign-in link is unknown or has ended."
    help = "Sign in with your name and password, or ask for a new link."


class Role(StrEnum):
    CLERK = "clerk"
    MANAGER = "manager"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"
    DEVICE = "device"
    CITIZEN = "citizen"
    PHONE = "phone"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something, as it is written into logs: a role and, for staff and devices, which one."""

    role: Role
    id: UUID | None = None


CITIZEN = Actor(Role.CITIZEN)
PHONE = Actor(Role.PHONE)  # a citizen whose own telephone took a number in the hall
SYSTEM = Actor(Role.SYSTEM)


@dataclass(frozen=True, slots=True)
class Staff:
    """A signed-in staff member; ``hall_id`` is None for those who answer for the whole city."""

    id: StaffId
    name: str
    role: Role
    hall_id: HallId | None

    @property
    def actor(self) -> Actor:
        return Actor(self.role, self.id)

    def must_work_in(self, hall_id: HallId) -> None:
        """Raise ``WrongHall`` unless this person may act in the hall; an administrator may in all."""
        if self.hall_id != hall_id and self.role is not Role.ADMINISTRATOR:
            raise WrongHall(hall=hall_id)

    def may_manage(self, hall_id: HallId) -> bool:
        """Return whether this person may change the hall's plan and set-up."""
        return self.role is Role.ADMINISTRATOR or (self.role is Role.MANAGER and self.hall_id == hall_id)

    def may_look_into(self, hall_id: HallId) -> bool:
        """Return whether this person may see the hall's desk pages."""
        return self.hall_id == hall_id or self.role in {Role.SUPERVISOR, Role.ADMINISTRATOR}


@dataclass(frozen=True, slots=True)
class Device:
    """A screen (``lobby``, ``window``) or ``kiosk`` of one hall; ``window``: the label of its window."""

    id: DeviceId
    hall_id: HallId
    kind: str
    name: str
    heard_at: datetime | None = None
    window: str | None = None

    @property
    def actor(self) -> Actor:
        return Actor(Role.DEVICE, self.id)

    def to_be_noted(self, now: datetime) -> bool:
        """Return whether it was not heard of for so long that it is worth a write that it is now."""
        return self.heard_at is None or now - self.heard_at >= HEARD_EVERY

    def must_stand_in(self, hall_id: HallId) -> None:
        """Raise ``WrongHall`` unless the device belongs to the hall."""
        if self.hall_id != hall_id:
            raise WrongHall(hall=hall_id)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An open session: whose it is, when the person last asked for something, and how it would end.

    ``mark`` tells it from others in the trail; ``address``: from where it was last used.
    """

    staff: Staff
    username: str
    active_at: datetime
    expires_at: datetime
    idle: timedelta | None
    mark: str
    address: str

    @property
    def ends_at(self) -> datetime:
        """When the session ends unless its person asks for something before."""
        return self.expires_at if self.idle is None else min(self.expires_at, self.active_at + self.idle)


def named(username: str, *columns: Any) -> Any:
    """Return the query for the row of ``staff`` that goes by this sign-in name, whatever its case.

    A name without a key differs from another only in its case: it goes first and only as it is.
    """
    exactly = and_(_staff.c.username_key.is_(None), _staff.c.username == username.strip())
    return (
        select(*columns or (_staff,))
        .where(or_(_staff.c.username_key == sign_in_key(username), exactly))
        .order_by(_staff.c.username_key.is_not(None))
        .limit(1)
    )


def password_hash_of(session: Session, who: str | StaffId) -> str | None:
    """Return the hash of somebody's password, by sign-in name or id; None for nobody's."""
    by_name = named(who, _staff.c.password_hash) if isinstance(who, str) else None
    by_id = select(_staff.c.password_hash).where(_staff.c.id == who)
    found: str | None = session.execute(by_id if by_name is None else by_name).scalar_one_or_none()
    return found


def right_password(session: Session, row: Row[Any] | None, tried: Tried, *, now: datetime) -> bool:
    """Return whether a password is that of a locked row of ``staff`` (None: nobody's); a wrong try counts.

    Raises ``NameLocked`` while the name is locked.
    """
    if row is not None and row.locked_until is not None and now < row.locked_until:
        raise NameLocked(free_at=row.locked_until)
    if row is None:
        return False
    if tried.opens(row.password_hash):
        return True
    count_wrong_try(session, row, now)
    return False


def session_hash(token: str, vault: Vault) -> bytes:
    """Return what is kept of a session's token."""
    return vault.digest(token, field="staff_session")


def count_wrong_try(session: Session, row: Row[Any], now: datetime) -> None:
    """Count a wrong password or code of a row of ``staff``, and lock the name from the fifth on."""
    tries = row.failed_tries + 1
    locked_until = now + LOCK_FOR * 2 ** min(tries - LOCK_AFTER, 10) if tries >= LOCK_AFTER else None
    session.execute(
        update(_staff).where(_staff.c.id == row.id).values(failed_tries=tries, locked_until=locked_until)
    )


def open_session(
    session: Session, staff_id: StaffId, *, vault: Vault, now: datetime, device: str = ""
) -> str:
    """Open a session for a staff member and return its token; ``device`` says where, in words."""
    token = new_token()
    session.execute(
        insert(_sessions).values(
            token_hash=session_hash(token, vault),
            staff_id=staff_id,
            created_at=now,
            expires_at=now + SESSION_LASTS,
            active_at=now,
            device=device,
            address=origin_of(session).address,
        )
    )
    return token


def signed_in(
    session: Session, token: str, *, vault: Vault, now: datetime, idle: timedelta = IDLE_AFTER
) -> SignedIn | None:
    """Return the session of this token, or None when it is unknown or has ended, by time or idleness."""
    row = session.execute(
        select(
            *(_staff.c.id, _staff.c.username, _staff.c.display_name, _staff.c.role, _staff.c.hall_id),
            *(_sessions.c.created_at, _sessions.c.active_at, _sessions.c.expires_at, _sessions.c.unattended),
            *(_sessions.c.token_hash, _sessions.c.address),
        )
        .join(_sessions, _sessions.c.staff_id == _staff.c.id)
        .where(_sessions.c.token_hash == session_hash(token, vault), _staff.c.disabled.is_(False))
    ).one_or_none()
    if row is None:
        return None
    found = SignedIn(
        Staff(StaffId(row.id), row.display_name, Role(row.role), row.hall_id),
        username=row.username,
        active_at=row.active_at or row.created_at,
        expires_at=row.expires_at,
        idle=None if row.unattended else idle,
        mark=session_mark(row.token_hash),
        address=row.address,
    )
    return found if now < found.ends_at else None


def staff_by_token(
    session: Session, token: str, *, vault: Vault, now: datetime, idle: timedelta = IDLE_AFTER
) -> Staff | None:
    """Return who holds this session, or None when it is unknown or has ended."""
    found = signed_in(session, token, vault=vault, now=now, idle=idle)
    return None if found is None else found.staff


def staff_by_name(session: Session, username: str) -> Staff | None:
    """Return who signs in by this name, or None; for operators at the machine, who need no session."""
    row = session.execute(named(username).where(_staff.c.disabled.is_(False))).one_or_none()
    return None if row is None else Staff(StaffId(row.id), row.display_name, Role(row.role), row.hall_id)


def new_sign_in_link(session: Session, staff_id: StaffId, *, vault: Vault, expires_at: datetime) -> str:
    """Return the token of a link that signs this person in until ``expires_at``."""
    token = new_token()
    session.execute(
        insert(_links).values(
            token_hash=vault.digest(token, field="sign_in_link"), staff_id=staff_id, expires_at=expires_at
        )
    )
    return token
