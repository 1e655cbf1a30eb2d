"""Open sessions of staff: noted while their person works, listed for that person, ended, made anew.

What counts as the person is decided where requests come in (``kernel.web.access``): a page that refreshes
itself, its websocket and its polls do not. The note is written a minute apart at most, so that looking is
no load; it is only ever late by that, which ends a session earlier and never later than it should.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, or_, select, update

from kernel.audit import note
from kernel.identity import IDLE_AFTER, Role, Staff, open_session, session_hash
from kernel.identity_tables import HalfSignInRow, SignInLinkRow, StaffRow, StaffSessionRow
from kernel.ids import StaffId
from kernel.origin import origin_of, session_mark

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlmodel import Session

    from kernel.secrets import Vault

NOTED_EVERY = timedelta(minutes=1)

_staff = StaffRow.__table__
_sessions = StaffSessionRow.__table__
_halves = HalfSignInRow.__table__
_links = SignInLinkRow.__table__


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One line of "where am I signed in"; ``handle`` names it to end it and opens nothing."""

    handle: str
    device: str
    created_at: datetime
    active_at: datetime
    here: bool


def note_active(session: Session, token: str, *, vault: Vault, at: datetime) -> None:
    """Note that the person of this session asked for something at ``at``; never turned back.

    Several processes may note at once, in any order: the latest instant stays.
    """
    session.execute(
        update(_sessions)
        .where(
            _sessions.c.token_hash == session_hash(token, vault),
            or_(_sessions.c.active_at.is_(None), _sessions.c.active_at < at),
        )
        .values(active_at=at)
    )


def begin_session(
    session: Session, staff_id: StaffId, *, vault: Vault, now: datetime, device: str = ""
) -> str:
    """Open a session for somebody who proved who they are and return its token; the trail says so.

    What the rest of this unit of work notes is of the new session.
    """
    token = open_session(session, staff_id, vault=vault, now=now, device=device)
    mark = session_mark(session_hash(token, vault))
    session.info["origin"] = replace(origin_of(session), session=mark)
    _note(session, staff_id, "session.begun", at=now, detail={"device": device})
    return token


def note_moved(session: Session, staff_id: StaffId, token: str, *, vault: Vault, at: datetime) -> None:
    """Note from where a session is used now; where that changed, the trail says so.

    With what the log of tickets keeps of a session, this tells from where each line of it was written.
    """
    own, here = _sessions.c.token_hash == session_hash(token, vault), origin_of(session).address
    before = session.execute(select(_sessions.c.address).where(own).with_for_update()).scalar_one_or_none()
    if before is None or before == here:
        return
    session.execute(update(_sessions).where(own).values(address=here))
    if before:
        _note(session, staff_id, "session.moved", at=at, detail={"before": before, "after": here})


def _note(session: Session, staff_id: StaffId, what: str, *, at: datetime, detail: Mapping[str, Any]) -> None:
    row = session.execute(select(_staff).where(_staff.c.id == staff_id)).one()
    own = Staff(staff_id, row.display_name, Role(row.role), row.hall_id)
    note(session, what, by=own, hall_id=own.hall_id, at=at, subject=str(staff_id), detail=detail)


def sign_out(session: Session, token: str, *, vault: Vault, at: datetime) -> None:
    """End a session; an unknown token changes nothing."""
    ended = session.execute(
        delete(_sessions)
        .where(_sessions.c.token_hash == session_hash(token, vault))
        .returning(_sessions.c.staff_id)
    ).scalar_one_or_none()
    if ended is not None:
        _note(session, StaffId(ended), "session.ended", at=at, detail={})


def sessions_of(
    session: Session,
    staff_id: StaffId,
    token: str,
    *,
    vault: Vault,
    now: datetime,
    idle: timedelta = IDLE_AFTER,
) -> list[OpenSession]:
    """Return where somebody is signed in, this session (of ``token``) first, then the latest."""
    own = session_hash(token, vault)
    rows = session.execute(
        select(_sessions).where(_sessions.c.staff_id == staff_id, _sessions.c.expires_at > now)
    )
    found = [
        OpenSession(
            bytes(row.token_hash).hex(),
            row.device,
            row.created_at,
            row.active_at or row.created_at,
            here=bytes(row.token_hash) == own,
        )
        for row in rows
        if row.unattended or now < (row.active_at or row.created_at) + idle
    ]
    return sorted(found, key=lambda each: (each.here, each.active_at), reverse=True)


def signed_in_since(
    session: Session, staff_ids: Collection[StaffId], *, now: datetime, idle: timedelta = IDLE_AFTER
) -> dict[StaffId, datetime]:
    """Return since when each of these people has been signed in; who is not is left out."""
    last = func.coalesce(_sessions.c.active_at, _sessions.c.created_at)
    rows = session.execute(
        select(_sessions.c.staff_id, func.min(_sessions.c.created_at).label("since"))
        .where(
            _sessions.c.staff_id.in_(staff_ids),
            _sessions.c.expires_at > now,
            or_(_sessions.c.unattended, last > now - idle),
        )
        .group_by(_sessions.c.staff_id)
    )
    return {row.staff_id: row.since for row in rows}


def end_session(session: Session, staff_id: StaffId, handle: str) -> bool:
    """End one session of a person by its handle; False where the person has no such session (any more)."""
    try:
        token_hash = bytes.fromhex(handle)
    except ValueError:
        return False
    ended = session.execute(
        delete(_sessions)
        .where(_sessions.c.staff_id == staff_id, _sessions.c.token_hash == token_hash)
        .returning(_sessions.c.staff_id)
    )
    return ended.first() is not None


def end_sessions(session: Session, staff_id: StaffId) -> None:
    """End whatever signs somebody in: sessions, sign-ins that wait for a code, links."""
    for table in (_sessions, _halves, _links):
        session.execute(delete(table).where(table.c.staff_id == staff_id))


def renew_session(
    session: Session, staff_id: StaffId, *, vault: Vault, now: datetime, device: str = ""
) -> str:
    """End whatever signs somebody in and return the token of one new session.

    Taken after each change of what protects the account: whoever had copied the old token is out.
    """
    end_sessions(session, staff_id)
    return begin_session(session, staff_id, vault=vault, now=now, device=device)


def forget_ended(session: Session, now: datetime, idle: timedelta = IDLE_AFTER) -> None:
    """Delete sessions, halves and links that have ended: they say who was at work when."""
    for table in (_sessions, _halves, _links):
        session.execute(delete(table).where(table.c.expires_at <= now))
    last = func.coalesce(_sessions.c.active_at, _sessions.c.created_at)
    session.execute(delete(_sessions).where(_sessions.c.unattended.is_(False), last <= now - idle))
