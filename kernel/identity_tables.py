"""Rows of those who ask: people who work here and how they sign in, devices, citizens' links."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, LargeBinary, String, false, true
from sqlmodel import Field

from kernel.columns import utc
from kernel.database import Row
from kernel.ids import sign_in_key, uuid7


def _key_of_username(insert: Any) -> str:
    """Return how a new sign-in name is compared; a column's own default, so that no insert forgets it."""
    return sign_in_key(insert.get_current_parameters()["username"])


class StaffRow(Row, table=True):
    """A person who works here; ``role`` is clerk, manager, supervisor or administrator.

    ``username_key``: the sign-in name as it is compared; none for a name that differs from another only in
    the case of its letters, which is then compared as it is. ``password_chosen``: false for somebody who
    came by sign-in links so far and knows no password.
    """

    __tablename__ = "staff"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    username: str = Field(unique=True, max_length=64)
    username_key: str | None = Field(
        sa_column=Column(String(64), unique=True, nullable=True, default=_key_of_username)
    )
    display_name: str
    role: str = Field(max_length=16)
    hall_id: UUID | None = Field(default=None, foreign_key="hall.id")
    password_hash: str
    failed_tries: int = 0
    locked_until: datetime | None = utc(nullable=True)
    disabled: bool = False
    password_chosen: bool = Field(default=True, sa_column_kwargs={"server_default": true()})


class StaffSessionRow(Row, table=True):
    """A signed-in staff member; the cookie's token is kept as a keyed hash only.

    ``active_at``: when the person last asked for something, a minute apart at most; none means when it
    began. ``device``: browser and system in words, for the person's own list. ``address``: from where it was
    last used, so that the trail tells when that changes. ``unattended``: no person sits before it, so it
    does not end for lack of one; the demo's simulated clerks alone.
    """

    __tablename__ = "staff_session"

    token_hash: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    staff_id: UUID = Field(foreign_key="staff.id", index=True)
    created_at: datetime = utc()
    expires_at: datetime = utc()
    active_at: datetime | None = utc(nullable=True)
    device: str = Field(default="", max_length=64, sa_column_kwargs={"server_default": ""})
    address: str = Field(default="", max_length=45, sa_column_kwargs={"server_default": ""})
    unattended: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class HalfSignInRow(Row, table=True):
    """Somebody whose password or link was right and whose second factor is still to come; no session."""

    __tablename__ = "half_sign_in"

    token_hash: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    staff_id: UUID = Field(foreign_key="staff.id", index=True)
    expires_at: datetime = utc()


class SecondFactorRow(Row, table=True):
    """The secret that somebody's telephone makes codes from, encrypted for this person.

    ``last_step``: the 30 s step of the last code that was taken; only later ones are.
    """

    __tablename__ = "second_factor"

    staff_id: UUID = Field(primary_key=True, foreign_key="staff.id")
    secret: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    since: datetime = utc()
    last_step: int = Field(sa_type=BigInteger)


class OutsideIdentityRow(Row, table=True):
    """Which person at the single sign-on signs in by this name: a keyed hash of provider and subject."""

    __tablename__ = "outside_identity"

    staff_id: UUID = Field(primary_key=True, foreign_key="staff.id")
    subject_hash: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False, unique=True))
    since: datetime = utc()


class RecoveryCodeRow(Row, table=True):
    """A recovery code that was not used yet, as a keyed hash; using it deletes it."""

    __tablename__ = "recovery_code"

    code_hash: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    staff_id: UUID = Field(foreign_key="staff.id", index=True)


class SignInLinkRow(Row, table=True):
    """A link that signs one staff member in until it expires; handed out by an administrator."""

    __tablename__ = "sign_in_link"

    token_hash: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    staff_id: UUID = Field(foreign_key="staff.id")
    expires_at: datetime = utc()


class DeviceRow(Row, table=True):
    """A screen or kiosk of one hall; its token is kept as a keyed hash only.

    ``window``: the label of the window that a window's screen hangs above.
    ``heard_at``: when it last asked for something, some minutes apart at most; none means never.
    """

    __tablename__ = "device"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    hall_id: UUID = Field(foreign_key="hall.id", index=True)
    kind: str = Field(max_length=16)
    name: str
    token_hash: bytes = Field(sa_column=Column(LargeBinary(32), unique=True))
    disabled: bool = False
    heard_at: datetime | None = utc(nullable=True)
    window: str | None = Field(default=None, max_length=8)


class ErasedLinkRow(Row, table=True):
    """A citizen's link whose personal data is gone: it says so, and leads to no row any more."""

    __tablename__ = "erased_link"

    token_hash: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    erased_on: date
