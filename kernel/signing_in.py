"""The way in for staff: a password or a link, then, where the person has one, the second factor.

Between the two stands a *half*: a token of five minutes that is no session, so no page can take it for one.
Wrong passwords and wrong codes count together, and only a whole sign-in forgives them: whoever knows the
password gains no fresh tries at the code by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from kernel.audit import note
from kernel.errors import Forbidden, NotSignedIn
from kernel.identity import (
    LOCK_AFTER,
    SYSTEM,
    LinkEnded,
    NameLocked,
    Role,
    Staff,
    count_wrong_try,
    named,
    right_password,
)
from kernel.identity_tables import HalfSignInRow, SignInLinkRow, StaffRow
from kernel.ids import HallId, StaffId
from kernel.second_factor import Taken, put_on, second_factor_of, take_code
from kernel.secrets import new_token
from kernel.sessions import begin_session

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row
    from sqlmodel import Session

    from kernel.secrets import Tried, Vault

HALF_LASTS = timedelta(minutes=5)  # to find the telephone and type six digits
SET_UP_LASTS = timedelta(minutes=20)  # to install an app, scan, and copy ten codes by hand

_staff = StaffRow.__table__
_halves = HalfSignInRow.__table__
_links = SignInLinkRow.__table__


class WrongCode(NotSignedIn):
    code, title = "wrong-code", "The code is not right, or was used before."
    help = "Wait for the next code of your telephone and type that one; or take a recovery code."


class CodeNeeded(NotSignedIn):
    code, title = "code-needed", "This name also needs a code from its telephone."
    help = "Send the code as `code` with name and password."


class SecondFactorMissing(Forbidden):
    code, title = "second-factor-missing", "Your role signs in with a second factor, and you have none yet."
    help = "Sign in on the staff pages: they lead through setting it up."


class SignInNotFinished(NotSignedIn):
    code, title = "sign-in-not-finished", "This sign-in was not finished in time."
    help = "Begin again with your name and password."


class Step(StrEnum):
    """What is still to come after the password or the link."""

    CODE = "code"
    SET_UP = "set-up"


@dataclass(frozen=True, slots=True)
class Entered:
    """A session is open."""

    token: str


@dataclass(frozen=True, slots=True)
class HalfWay:
    """Password or link were right; ``token`` goes with the next step and opens nothing else."""

    token: str
    step: Step


@dataclass(frozen=True, slots=True)
class Half:
    """Who is half-way in, and what is still to come."""

    staff: Staff
    username: str
    step: Step


@dataclass(frozen=True, slots=True)
class Asked:
    """What holds for one sign-in: the clocks, the keys, who must have a second factor, and from where.

    ``wall`` is the instant that telephones show; it differs from ``now`` in a demo alone.
    """

    now: datetime
    wall: datetime
    vault: Vault
    required: frozenset[Role] = frozenset()
    device: str = ""


def sign_in(session: Session, username: str, password: Tried, *, asked: Asked) -> Entered | HalfWay | None:
    """Return a session or what is still to come, or None for a wrong password, whose count is then kept.

    Raises ``NameLocked`` while the name is locked. The caller turns None into ``WrongPassword`` after the
    commit, since a refusal inside the unit would undo the count.
    """
    row = session.execute(named(username).where(_staff.c.disabled.is_(False)).with_for_update()).one_or_none()
    if not right_password(session, row, password, now=asked.now) or row is None:
        _note_locked(session, row, asked)
        return None
    return let_in(session, row, asked)


def sign_in_by_link(session: Session, token: str, *, asked: Asked, demo: bool = False) -> Entered | HalfWay:
    """Return a session for a sign-in link, or what is still to come; raises ``LinkEnded``.

    A link stands for the password, never for the second factor; in a ``demo``, whose city is made up and
    whose links its own process prints, it stands for both.
    """
    row = session.execute(
        select(_staff)
        .join(_links, _links.c.staff_id == _staff.c.id)
        .where(
            _links.c.token_hash == asked.vault.digest(token, field="sign_in_link"),
            _links.c.expires_at > asked.now,
            _staff.c.disabled.is_(False),
        )
    ).one_or_none()
    if row is None:
        raise LinkEnded
    return Entered(_open(session, row.id, asked)) if demo else let_in(session, row, asked)


def let_in(
    session: Session, row: Row[Any], asked: Asked, *, second_factor_done: bool = False
) -> Entered | HalfWay:
    """Return a session for a row of ``staff`` whose password was right, or what is still to come.

    ``second_factor_done``: whoever vouched for the person asked for a second factor as well.
    """
    step = None if second_factor_done else _step(session, row, asked.required)
    if step is None:
        _forgive(session, row.id)
        return Entered(_open(session, row.id, asked))
    token = new_token()
    lasts = HALF_LASTS if step is Step.CODE else SET_UP_LASTS
    session.execute(
        insert(_halves).values(
            token_hash=_half_hash(token, asked.vault), staff_id=row.id, expires_at=asked.now + lasts
        )
    )
    return HalfWay(token, step)


def _step(session: Session, row: Row[Any], required: frozenset[Role]) -> Step | None:
    if second_factor_of(session, row.id) is not None:
        return Step.CODE
    return Step.SET_UP if Role(row.role) in required else None


def half_way(session: Session, token: str, *, asked: Asked) -> Half:
    """Return who is half-way in by this token; raises ``SignInNotFinished``."""
    row = _half_row(session, token, asked)
    step = _step(session, row, asked.required)
    if step is None:  # taken away by a supervisor meanwhile, where none is required
        raise SignInNotFinished
    return Half(Staff(StaffId(row.id), row.display_name, Role(row.role), row.hall_id), row.username, step)


def enter_code(session: Session, token: str, code: str, *, asked: Asked) -> Entered | None:
    """Return a session for a right code, or None for a wrong one, whose count is then kept.

    Raises ``NameLocked``, ``SignInNotFinished``.
    """
    row = _half_row(session, token, asked, lock=True)
    taken = take_own_code(session, row, code, asked=asked)
    if taken is None:
        return None
    _forgive(session, row.id)
    if taken is Taken.RECOVERY:
        note_own(session, row, "account.recovery_code_used", at=asked.now)
    return _whole(session, token, row, asked)


def set_up_half_way(
    session: Session, token: str, secret: str, code: str, *, asked: Asked
) -> tuple[Entered, list[str]] | None:
    """Give somebody who must have one the second factor and let them in; None for a wrong code.

    Raises ``SignInNotFinished``, also where the person got one meanwhile: then a code is due.
    """
    row = _half_row(session, token, asked, lock=True)
    if _step(session, row, asked.required) is not Step.SET_UP:
        raise SignInNotFinished
    codes = put_on(session, row.id, secret, code, vault=asked.vault, now=asked.now, wall=asked.wall)
    if codes is None:
        return None
    _forgive(session, row.id)
    note_own(session, row, "account.second_factor_on", at=asked.now)
    return _whole(session, token, row, asked), codes


def take_own_code(session: Session, row: Row[Any], code: str, *, asked: Asked) -> Taken | None:
    """Use up a code of a locked row of ``staff``; a wrong one is counted. Raises ``NameLocked``."""
    if row.locked_until is not None and asked.now < row.locked_until:
        raise NameLocked(free_at=row.locked_until)
    taken = take_code(session, row.id, code, vault=asked.vault, wall=asked.wall)
    if taken is None:
        count_wrong_try(session, row, asked.now)
        _note_locked(session, row, asked)
    return taken


def _note_locked(session: Session, row: Row[Any] | None, asked: Asked) -> None:
    """Write into the trail that a wrong try, already counted, locked a name; who tried is not known."""
    if row is not None and row.failed_tries + 1 >= LOCK_AFTER:
        detail = {"username": row.username, "tries": row.failed_tries + 1}
        note(
            session, "account.locked", by=SYSTEM, hall_id=None, at=asked.now,
            subject=str(row.id), detail=detail, of_stranger=True,
        )  # fmt: skip


def note_own(session: Session, row: Row[Any], what: str, *, at: datetime) -> None:
    """Write into the trail what somebody (a row of ``staff``) did about the own account."""
    own = Staff(StaffId(row.id), row.display_name, Role(row.role), row.hall_id)
    hall_id = None if row.hall_id is None else HallId(row.hall_id)
    note(session, what, by=own, hall_id=hall_id, at=at, subject=str(row.id))


def _half_row(session: Session, token: str, asked: Asked, *, lock: bool = False) -> Any:
    query = (
        select(_staff)
        .join(_halves, _halves.c.staff_id == _staff.c.id)
        .where(
            _halves.c.token_hash == _half_hash(token, asked.vault),
            _halves.c.expires_at > asked.now,
            _staff.c.disabled.is_(False),
        )
    )
    row = session.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise SignInNotFinished
    return row


def _whole(session: Session, token: str, row: Row[Any], asked: Asked) -> Entered:
    session.execute(delete(_halves).where(_halves.c.token_hash == _half_hash(token, asked.vault)))
    return Entered(_open(session, row.id, asked))


def _open(session: Session, staff_id: StaffId, asked: Asked) -> str:
    return begin_session(session, staff_id, vault=asked.vault, now=asked.now, device=asked.device)


def _forgive(session: Session, staff_id: StaffId) -> None:
    session.execute(update(_staff).where(_staff.c.id == staff_id).values(failed_tries=0, locked_until=None))


def _half_hash(token: str, vault: Vault) -> bytes:
    return vault.digest(token, field="half_sign_in")
