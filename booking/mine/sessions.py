"""An open list: begun by signing in or by a code, short, and with no rights but to the own things.

It is no session of staff and never becomes one: another table, another cookie, another hash.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking.messages.planning import forget_contacts
from booking.mine import store
from booking.rules.own_list import FOUND_LASTS, SIGNED_IN_LASTS, Way
from kernel.openid import person_hash
from kernel.secrets import new_token

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlmodel import Session

    from kernel.secrets import Vault

LASTS = {Way.SIGNED_IN: SIGNED_IN_LASTS, Way.FOUND: FOUND_LASTS}
SESSION_FIELD = "citizen_session"


@dataclass(frozen=True, slots=True)
class Known:
    """Whom a list is of: ``person`` who is signed in, ``phone`` whose code was right; keyed hashes.

    ``ends_at``: when the first of both is asked for again, by the wall's clock.
    """

    person: bytes | None
    phone: bytes | None
    ends_at: datetime


def citizen_hash(issuer: str, subject: str, vault: Vault) -> bytes:
    """Return what is kept of a citizen at an identity service."""
    return person_hash(issuer, subject, vault, field="citizen_subject")


def session_hash(token: str, vault: Vault) -> bytes:
    """Return what is kept of an open list's token."""
    return vault.digest(token, field=SESSION_FIELD)


def open_list(
    session: Session,
    way: Way,
    person: bytes,
    *,
    instead_of: str = "",
    subject: str = "",
    wall: datetime,
    vault: Vault,
) -> str:
    """Open a list and return its token; the one it takes the place of ends.

    ``subject``: what the identity service calls them, kept sealed under the token until the list ends.

    The token is always a new one: whoever had put theirs into the browser before holds nothing.
    """
    token = new_token()
    store.end_sessions(session, [session_hash(instead_of, vault)])
    store.add_session(
        session,
        session_hash(token, vault),
        way=way,
        person=person,
        started_at=wall,
        expires_at=wall + LASTS[way],
        subject_sealed=vault.seal(subject, field=subject_field(session_hash(token, vault)))
        if subject
        else None,
    )
    return token


def subject_field(token_hash: bytes) -> str:
    """Return under which name whom a list is of is sealed: copied to another's list it does not open."""
    return f"citizen_session.subject|{token_hash.hex()}"


def subject_of(session: Session, token: str, *, wall: datetime, vault: Vault) -> str | None:
    """Return what the identity service calls whoever has this list open; None where it is not kept."""
    sealed = store.sealed_subject(session, session_hash(token, vault), now=wall)
    return vault.open_if(sealed, field=subject_field(session_hash(token, vault)))


def known_by(session: Session, tokens: Sequence[str], *, wall: datetime, vault: Vault) -> Known | None:
    """Return whose lists these tokens open, or None when they are unknown or have ended."""
    hashes = [session_hash(token, vault) for token in tokens if token]
    found = store.open_sessions(session, hashes, now=wall) if hashes else []
    if not found:
        return None
    by_way = {Way(row.way): row.person for row in found}
    ends_at = min(row.expires_at for row in found)
    return Known(by_way.get(Way.SIGNED_IN), by_way.get(Way.FOUND), ends_at)


def sign_out(session: Session, tokens: Sequence[str], *, vault: Vault) -> None:
    """End these lists; unknown tokens change nothing."""
    store.end_sessions(session, [session_hash(token, vault) for token in tokens if token])


def tidy_lists(session: Session, now: datetime, *, wall: datetime) -> None:
    """Delete lists and codes that have ended, with the numbers that codes were sent to."""
    forget_contacts(session, store.forget_over(session, wall), at=now)
