"""The second factor of staff: a code from the own telephone, or one of ten recovery codes, each once.

The secret is encrypted for its person (bytes copied to a colleague's row do not open); recovery codes are
kept as keyed hashes. Whether somebody must have one is the installation's setting, by role.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from sqlalchemy import delete, func, insert, select, update

from kernel.identity_tables import RecoveryCodeRow, SecondFactorRow
from kernel.one_time_codes import (
    is_from_telephone,
    new_recovery_codes,
    new_secret,
    plain_code,
    step_of,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from kernel.ids import StaffId
    from kernel.secrets import Vault

_factors = SecondFactorRow.__table__
_codes = RecoveryCodeRow.__table__


class Taken(StrEnum):
    """By which kind of code somebody was let through."""

    TELEPHONE = "telephone"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """That somebody has a second factor, since when, and how many recovery codes are left."""

    since: datetime
    codes_left: int


@dataclass(frozen=True, slots=True)
class Offer:
    """A secret that somebody may take: shown to them, and sealed to come back with the form."""

    secret: str
    sealed: str


def second_factor_of(session: Session, staff_id: StaffId) -> SecondFactor | None:
    """Return somebody's second factor, or None."""
    since = session.execute(
        select(_factors.c.since).where(_factors.c.staff_id == staff_id)
    ).scalar_one_or_none()
    if since is None:
        return None
    left = select(func.count()).select_from(_codes).where(_codes.c.staff_id == staff_id)
    return SecondFactor(since, session.execute(left).scalar_one())


def offer(staff_id: StaffId, *, vault: Vault) -> Offer:
    """Return a new secret for somebody; nothing is stored until a code shows that a telephone has it."""
    secret = new_secret()
    return Offer(secret, vault.seal(secret, field=f"second_factor.offer:{staff_id}").hex())


def offered(staff_id: StaffId, sealed: str, *, vault: Vault) -> Offer | None:
    """Return the offer that a form brings back, or None where it was not made for this person."""
    try:
        return Offer(vault.open(bytes.fromhex(sealed), field=f"second_factor.offer:{staff_id}"), sealed)
    except (ValueError, KeyError, IndexError, InvalidTag):
        return None


def put_on(
    session: Session,
    staff_id: StaffId,
    secret: str,
    code: str,
    *,
    vault: Vault,
    now: datetime,
    wall: datetime,
) -> list[str] | None:
    """Give somebody this second factor in place of any other; None for a wrong code.

    Returns the recovery codes, which are told only now. The code that confirms it is used up by that.
    ``wall``: the instant that telephones show.
    """
    step = step_of(secret, plain_code(code), wall)
    if step is None:
        return None
    take_off(session, staff_id)
    sealed = vault.seal(secret, field=secret_field(staff_id))
    session.execute(insert(_factors).values(staff_id=staff_id, secret=sealed, since=now, last_step=step))
    return fresh_recovery_codes(session, staff_id, vault=vault)


def fresh_recovery_codes(session: Session, staff_id: StaffId, *, vault: Vault) -> list[str]:
    """Return new recovery codes; all older ones of the person are void."""
    session.execute(delete(_codes).where(_codes.c.staff_id == staff_id))
    codes = new_recovery_codes()
    hashes = [_code_hash(staff_id, plain_code(code), vault) for code in codes]
    session.execute(insert(_codes), [{"code_hash": each, "staff_id": staff_id} for each in hashes])
    return codes


def take_off(session: Session, staff_id: StaffId) -> None:
    """Take somebody's second factor and recovery codes away; nothing where there are none."""
    for table in (_factors, _codes):
        session.execute(delete(table).where(table.c.staff_id == staff_id))


def take_code(
    session: Session, staff_id: StaffId, typed: str, *, vault: Vault, wall: datetime
) -> Taken | None:
    """Use up a code of somebody's; None for a wrong one, one that was used, or one older than the last.

    The guard is the statement: a telephone's code is taken by moving ``last_step`` forward, which of two
    at once only one can; a recovery code by deleting its row.
    """
    code = plain_code(typed)
    if is_from_telephone(code):
        return Taken.TELEPHONE if _take_step(session, staff_id, code, vault, wall) else None
    used = session.execute(
        delete(_codes)
        .where(_codes.c.code_hash == _code_hash(staff_id, code, vault), _codes.c.staff_id == staff_id)
        .returning(_codes.c.staff_id)
    )
    return Taken.RECOVERY if used.first() is not None else None


def _take_step(session: Session, staff_id: StaffId, code: str, vault: Vault, wall: datetime) -> bool:
    sealed = session.execute(
        select(_factors.c.secret).where(_factors.c.staff_id == staff_id)
    ).scalar_one_or_none()
    step = None if sealed is None else step_of(vault.open(sealed, field=secret_field(staff_id)), code, wall)
    if step is None:
        return False
    moved = session.execute(
        update(_factors)
        .where(_factors.c.staff_id == staff_id, _factors.c.last_step < step)
        .values(last_step=step)
        .returning(_factors.c.staff_id)
    )
    return moved.first() is not None


def secret_field(staff_id: StaffId) -> str:
    """Return under which name a secret is sealed: copied to somebody else it does not open."""
    return f"second_factor.secret:{staff_id}"


def _code_hash(staff_id: StaffId, code: str, vault: Vault) -> bytes:
    return vault.digest(f"{staff_id}:{code}", field="recovery_code")
