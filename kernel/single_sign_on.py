"""Whose name here belongs to which person at the city's single sign-on.

Only a keyed hash of provider and subject is kept. A name is connected by its own person, who has signed in
with password or link before: what the provider calls somebody is never matched with a sign-in name, since
whoever may choose the one could take over the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from kernel.accounts import StaffNotFound
from kernel.audit import note
from kernel.errors import Conflict
from kernel.identity import SYSTEM, named
from kernel.identity_tables import OutsideIdentityRow, StaffRow
from kernel.ids import HallId, StaffId
from kernel.inserting import insert_into
from kernel.openid import person_hash
from kernel.own_account import locked, proven
from kernel.sessions import end_sessions, renew_session
from kernel.signing_in import let_in, note_own

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from kernel.secrets import Tried, Vault
    from kernel.signing_in import Asked, Entered, HalfWay

_identities = OutsideIdentityRow.__table__
_staff = StaffRow.__table__


class IdentityTaken(Conflict):
    code, title = "identity-taken", "That person at the single sign-on is connected to another name here."
    help = "Whoever has that name takes the connection away on the account's page, or an operator does."


def subject_hash(issuer: str, subject: str, vault: Vault) -> bytes:
    """Return what is kept of a staff member at a provider; no citizen's sign-in has the same."""
    return person_hash(issuer, subject, vault, field="sso_subject")


def sign_in_from_outside(
    session: Session, who: bytes, *, asked: Asked, second_factor_done: bool = False
) -> Entered | HalfWay | None:
    """Return a session or what is still to come for whom the provider vouches; None for a stranger here.

    It stands for the password. Where the provider asks for a second factor itself, it stands for both.
    """
    row = session.execute(
        select(_staff)
        .join(_identities, _identities.c.staff_id == _staff.c.id)
        .where(_identities.c.subject_hash == who, _staff.c.disabled.is_(False))
    ).one_or_none()
    if row is None:
        return None
    return let_in(session, row, asked, second_factor_done=second_factor_done)


def prove(session: Session, staff_id: StaffId, proof: Tried, *, asked: Asked) -> bool:
    """Return whether somebody may connect the own name: the code or the password, as for any such change.

    Without it whoever finds a desk unattended would have a way in for good. A wrong one is counted. Raises
    ``NameLocked``.
    """
    return proven(session, locked(session, staff_id), proof, asked)


def connect(session: Session, staff_id: StaffId, who: bytes, *, asked: Asked) -> str:
    """Connect one's own name with a person at the provider; return the token of the one session left.

    It takes the place of an earlier one. Raises ``IdentityTaken``.
    """
    row = locked(session, staff_id)
    session.execute(delete(_identities).where(_identities.c.staff_id == staff_id))
    taken = session.execute(
        insert_into(session, _identities)
        .values(staff_id=staff_id, subject_hash=who, since=asked.now)
        .on_conflict_do_nothing(index_elements=[_identities.c.subject_hash])
        .returning(_identities.c.staff_id)
    )
    if taken.one_or_none() is None:
        raise IdentityTaken
    note_own(session, row, "account.identity_connected", at=asked.now)
    return renew_session(session, staff_id, vault=asked.vault, now=asked.now, device=asked.device)


def disconnect(session: Session, staff_id: StaffId, *, asked: Asked) -> str:
    """Take the connection away; return the token of the one session left."""
    row = locked(session, staff_id)
    session.execute(delete(_identities).where(_identities.c.staff_id == staff_id))
    note_own(session, row, "account.identity_disconnected", at=asked.now)
    return renew_session(session, staff_id, vault=asked.vault, now=asked.now, device=asked.device)


def disconnect_at_the_machine(session: Session, username: str, *, now: datetime) -> None:
    """Do the same for whoever operates the machine; raises ``StaffNotFound``."""
    row = session.execute(named(username).with_for_update()).one_or_none()
    if row is None:
        raise StaffNotFound(username=username)
    session.execute(delete(_identities).where(_identities.c.staff_id == row.id))
    end_sessions(session, StaffId(row.id))
    note(
        session,
        "account.identity_disconnected",
        by=SYSTEM,
        hall_id=None if row.hall_id is None else HallId(row.hall_id),
        at=now,
        subject=str(row.id),
        detail={"username": row.username},
    )


def connected_since(session: Session, staff_id: StaffId) -> datetime | None:
    """Return since when a name is connected; None where it is not."""
    found: datetime | None = session.execute(
        select(_identities.c.since).where(_identities.c.staff_id == staff_id)
    ).scalar_one_or_none()
    return found
