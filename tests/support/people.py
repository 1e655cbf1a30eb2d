"""How tests of signing in know people: a cheap password hash, an authenticator app on the test's clock."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pyotp
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import update

from kernel.identity import password_hash_of
from kernel.identity_tables import StaffRow, StaffSessionRow
from kernel.second_factor import offer, put_on
from kernel.secrets import try_password
from kernel.signing_in import Asked, sign_in

if TYPE_CHECKING:
    from datetime import datetime

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.identity import Role, Staff
    from kernel.ids import StaffId
    from kernel.secrets import Tried, Vault
    from kernel.signing_in import Entered, HalfWay

PASSWORD = "修好-the-lamp-7"
LITTLE_WORK = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)  # few tests are about guessing
PASSWORD_HASH = LITTLE_WORK.hash(PASSWORD)
_staff = StaffRow.__table__  # type: ignore[attr-defined]
_sessions = StaffSessionRow.__table__  # type: ignore[attr-defined]


def asking(vault: Vault, clock: ManualClock, *required: Role) -> Asked:
    """Return what holds for a sign-in now."""
    return Asked(clock.now(), clock.now(), vault, frozenset(required))


def give_passwords(database: Database) -> None:
    """Let everybody sign in with ``PASSWORD``."""
    database.write_now(
        lambda session: session.execute(update(_staff).values(password_hash=PASSWORD_HASH)) and None
    )


def enter(database: Database, username: str, password: str, asked: Asked) -> Entered | HalfWay | None:
    """Sign in by name and password, as the pages do."""
    return database.write_now(sign_in, username, typed(database, password, username), asked=asked)


def typed(database: Database, password: str, of: str | StaffId = "clerk1") -> Tried:
    """Return what comes of typing a password for a sign-in name or a person."""
    return try_password(password, database.read_now(password_hash_of, of))


def sit_before_pages(database: Database) -> None:
    """Let the sessions that the small city opened end for idleness, as people's do."""
    database.write_now(lambda session: session.execute(update(_sessions).values(unattended=False)) and None)


class Telephone:
    """An authenticator app that holds a secret and shows codes by the test's clock."""

    def __init__(self, secret: str, clock: ManualClock) -> None:
        self._made, self._clock = pyotp.TOTP(secret), clock

    def code(self, at: datetime | None = None) -> str:
        return self._made.at(at or self._clock.now())


def with_telephone(
    database: Database, person: Staff, vault: Vault, clock: ManualClock
) -> tuple[Telephone, list[str]]:
    """Give somebody a second factor, confirmed a minute ago; return the telephone and recovery codes."""
    secret = offer(person.id, vault=vault).secret
    then = clock.now() - timedelta(minutes=1)
    telephone = Telephone(secret, clock)
    codes = database.write_now(
        put_on, person.id, secret, telephone.code(then), vault=vault, now=then, wall=then
    )
    assert codes is not None
    return telephone, codes
