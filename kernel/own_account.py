"""What somebody does about the own account: password, second factor, recovery codes, open sessions.

Each change asks for what protects the account so far, stands in the audit trail, and ends whatever else
signs the person in: the session it was made in is replaced by a new one, whose token is returned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from kernel.errors import Conflict
from kernel.identity import Role, right_password
from kernel.identity_tables import StaffRow
from kernel.one_time_codes import plain_code, step_of
from kernel.second_factor import (
    SecondFactor,
    fresh_recovery_codes,
    put_on,
    second_factor_of,
    take_off,
)
from kernel.sessions import OpenSession, end_session, renew_session, sessions_of
from kernel.signing_in import note_own, take_own_code

if TYPE_CHECKING:
    from datetime import timedelta

    from sqlalchemy import Row
    from sqlmodel import Session

    from kernel.ids import StaffId
    from kernel.secrets import Tried
    from kernel.signing_in import Asked

_staff = StaffRow.__table__


class SecondFactorRequired(Conflict):
    code, title = "second-factor-required", "Your role keeps a second factor."
    help = "Set it up on another telephone instead; that takes the place of the present one."


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """What the own page shows."""

    knows_password: bool
    factor: SecondFactor | None
    sessions: tuple[OpenSession, ...]


@dataclass(frozen=True, slots=True)
class Renewed:
    """A change was made: the new session's token, and recovery codes where there are new ones."""

    token: str
    recovery_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wrong:
    """Nothing was changed: the proof (password or present code) or the new telephone's code is wrong."""

    proof: bool = False
    code: bool = False


def own_account(
    session: Session, staff_id: StaffId, token: str, *, asked: Asked, idle: timedelta
) -> OwnAccount:
    """Return the own account as it is; ``token`` is that of the session in which it is looked at."""
    return OwnAccount(
        knows_password(session, staff_id),
        second_factor_of(session, staff_id),
        tuple(sessions_of(session, staff_id, token, vault=asked.vault, now=asked.now, idle=idle)),
    )


def knows_password(session: Session, staff_id: StaffId) -> bool:
    """Return whether somebody has a password of their own."""
    return bool(session.execute(select(_staff.c.password_chosen).where(_staff.c.id == staff_id)).scalar_one())


def choose_password(
    session: Session, staff_id: StaffId, present: Tried, password_hash: str, *, asked: Asked
) -> Renewed | None:
    """Give oneself another password; None for a wrong present one, whose count is then kept.

    Who has none of their own needs none. Wrong tries before stay counted: a password forgives none of the
    codes. Raises ``NameLocked``.
    """
    row = locked(session, staff_id)
    if row.password_chosen and not right_password(session, row, present, now=asked.now):
        return None
    session.execute(
        update(_staff)
        .where(_staff.c.id == staff_id)
        .values(password_hash=password_hash, password_chosen=True)
    )
    note_own(session, row, "account.password", at=asked.now)
    return _renewed(session, staff_id, asked)


def set_up_second_factor(
    session: Session, staff_id: StaffId, secret: str, code: str, *, proof: Tried, asked: Asked
) -> Renewed | Wrong:
    """Give oneself a second factor, or another in place of the present one.

    ``proof``: a code of the present one where there is one, else the password where the person has one. A
    wrong proof is counted. Raises ``NameLocked``.
    """
    row = locked(session, staff_id)
    if step_of(secret, plain_code(code), asked.wall) is None:
        return Wrong(code=True)  # before the proof, which a mistyped code must not use up
    if not proven(session, row, proof, asked):
        return Wrong(proof=True)
    codes = put_on(session, staff_id, secret, code, vault=asked.vault, now=asked.now, wall=asked.wall)
    if codes is None:
        return Wrong(code=True)
    note_own(session, row, "account.second_factor_on", at=asked.now)
    return _renewed(session, staff_id, asked, codes)


def take_off_second_factor(session: Session, staff_id: StaffId, code: str, *, asked: Asked) -> Renewed | None:
    """Go without a second factor from now on; None for a wrong code, which is counted.

    Raises ``SecondFactorRequired`` for a role that must have one, ``NameLocked``.
    """
    row = locked(session, staff_id)
    if Role(row.role) in asked.required:
        raise SecondFactorRequired
    if take_own_code(session, row, code, asked=asked) is None:
        return None
    take_off(session, staff_id)
    note_own(session, row, "account.second_factor_off", at=asked.now)
    return _renewed(session, staff_id, asked)


def new_recovery_codes(session: Session, staff_id: StaffId, code: str, *, asked: Asked) -> Renewed | None:
    """Take new recovery codes in place of all older ones; None for a wrong code, which is counted.

    Raises ``NameLocked``.
    """
    row = locked(session, staff_id)
    if take_own_code(session, row, code, asked=asked) is None:
        return None
    codes = fresh_recovery_codes(session, staff_id, vault=asked.vault)
    note_own(session, row, "account.recovery_codes", at=asked.now)
    return _renewed(session, staff_id, asked, codes)


def end_own_session(session: Session, staff_id: StaffId, handle: str, *, asked: Asked) -> bool:
    """End one of the own sessions; False where it has ended already."""
    row = locked(session, staff_id)
    ended = end_session(session, staff_id, handle)
    if ended:
        note_own(session, row, "account.session_ended", at=asked.now)
    return ended


def end_other_sessions(session: Session, staff_id: StaffId, *, asked: Asked) -> Renewed:
    """End whatever else signs the person in."""
    note_own(session, locked(session, staff_id), "account.session_ended", at=asked.now)
    return _renewed(session, staff_id, asked)


def locked(session: Session, staff_id: StaffId) -> Any:
    """Lock and return the person's row: whoever counts tries or changes what protects the account takes it.

    Without it two guesses at once would count as one.
    """
    return session.execute(select(_staff).where(_staff.c.id == staff_id).with_for_update()).one()


def proven(session: Session, row: Row[Any], proof: Tried, asked: Asked) -> bool:
    """Return whether the proof is right: a code of the second factor, else the password where there is one.

    A wrong one is counted. Raises ``NameLocked``.
    """
    if second_factor_of(session, row.id) is not None:
        return take_own_code(session, row, proof.typed, asked=asked) is not None
    return not row.password_chosen or right_password(session, row, proof, now=asked.now)


def _renewed(session: Session, staff_id: StaffId, asked: Asked, codes: list[str] | None = None) -> Renewed:
    token = renew_session(session, staff_id, vault=asked.vault, now=asked.now, device=asked.device)
    return Renewed(token, tuple(codes or ()))
