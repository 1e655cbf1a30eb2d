"""Somebody agrees that licences are looked up for one errand, and takes it back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking.desk import booking
from booking.licences import store
from booking.licences.errors import (
    LicenceNumberNeeded,
    LicencesNeedSignIn,
    LicencesNotNow,
    NoLicencePermission,
)
from booking.licences.port import Holder, HolderKind
from booking.mine import owned
from booking.mine.sessions import subject_of
from booking.rules.appointments import AppointmentStatus
from booking.rules.holders import normal_company_code, normal_id_number
from booking.service.views import COMPANY_FIELD, TOKEN_FIELD
from booking.store import by_token
from kernel.audit import note

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlmodel import Session

    from booking.service import AppointmentView, Person
    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.secrets import Vault

LIVE = frozenset({AppointmentStatus.CONFIRMED, AppointmentStatus.CHECKED_IN})


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in: the keyed hash that lists go by, and the token under which the rest lies sealed."""

    person: bytes
    token: str
    wall: datetime


def holder_field(subject: UUID) -> str:
    """Return under which name whose licences it is about is sealed: copied elsewhere it does not open."""
    return f"licence.holder|{subject}"


def sealed_holder(holder: Holder, subject: UUID, vault: Vault) -> bytes:
    """Return a holder, sealed for one errand."""
    text = json.dumps([holder.kind.value, holder.value, holder.acting])
    return vault.seal(text, field=holder_field(subject))


def opened_holder(sealed: bytes, subject: UUID, vault: Vault) -> Holder:
    """Return the holder that was sealed for this errand."""
    kind, value, acting = json.loads(vault.open(sealed, field=holder_field(subject)))
    return Holder(HolderKind(kind), value, acting)


def holder_typed(text: str) -> Holder | None:
    """Return whose licences a number typed or read at a desk means; None for what is neither of both.

    >>> holder_typed("91350100M000100Y43").kind.value, holder_typed("123")
    ('company', None)
    """
    if (number := normal_id_number(text)) is not None:
        return Holder(HolderKind.ID_NUMBER, number)
    if (code := normal_company_code(text)) is not None:
        return Holder(HolderKind.COMPANY, code)
    return None


def agree(session: Session, token: str, who: SignedIn | None, *, clock: Clock, vault: Vault) -> UUID:
    """Write that whoever is signed in agrees, for the appointment behind a token; return its id.

    Raises ``LicencesNeedSignIn``, ``LicencesNotNow``, and what looking up an appointment raises.
    """
    own = by_token(session, vault.digest(token, field=TOKEN_FIELD), lock=True)
    subject = subject_of(session, who.token, wall=who.wall, vault=vault) if who else None
    if who is None or subject is None:
        raise LicencesNeedSignIn
    if own.status not in LIVE:
        raise LicencesNotNow(status=own.status)
    sealed = own.company_sealed
    holder = Holder(HolderKind.CITIZEN, subject)
    if sealed is not None:
        holder = Holder(HolderKind.COMPANY, vault.open(sealed, field=COMPANY_FIELD), acting=subject)
    store.write_consent(
        session,
        own.id,
        hall_id=own.hall_id,
        person=who.person,
        holder_sealed=sealed_holder(holder, own.id, vault),
        given_at=clock.now(),
        given_by=None,
    )
    return own.id


def confirm(
    session: Session,
    token: str,
    person: Person,
    *,
    owner: bytes | None,
    agreed: SignedIn | None,
    clock: Clock,
    vault: Vault,
) -> AppointmentView:
    """Turn a hold into an appointment, and write that they agree; raises as ``booking.service.confirm``."""
    found = owned.confirm(session, token, person, owner=owner, clock=clock, vault=vault)
    if agreed is not None:
        agree(session, token, agreed, clock=clock, vault=vault)
    return found


def confirm_for(
    session: Session,
    code: str,
    token: str,
    person: Person,
    leave: str = "",
    *,
    agreed: bool,
    by: Staff,
    clock: Clock,
    vault: Vault,
) -> AppointmentView:
    """Book for somebody at the desk who agrees there, card in hand; raises as ``booking.confirm_for``.

    Whose licences is what they gave to be found by: the company's code before the ID number. Raises
    ``NoLicencePermission``, and ``LicenceNumberNeeded`` where neither was given.
    """
    booked = booking.confirm_for(session, code, token, person, leave, by=by, clock=clock, vault=vault)
    if agreed:
        agree_at_desk(session, booked, person, by=by, clock=clock, vault=vault)
    return booked


def agree_at_desk(
    session: Session, booked: AppointmentView, person: Person, *, by: Staff, clock: Clock, vault: Vault
) -> None:
    """Write that somebody at the desk agrees; the number is kept sealed until the visit is over."""
    if not store.may_look(session, by.id):
        raise NoLicencePermission
    holder = holder_typed(person.company or "") or holder_typed(person.id_number or "")
    if holder is None:
        raise LicenceNumberNeeded(field="id_number")
    store.write_consent(
        session,
        booked.id,
        hall_id=booked.hall.id,
        person=None,
        holder_sealed=sealed_holder(holder, booked.id, vault),
        given_at=clock.now(),
        given_by=by.id,
    )
    note(
        session, "licences.consent", by=by, hall_id=by.hall_id or booked.hall.id, at=clock.now(),
        subject=str(booked.id),
    )  # fmt: skip


def withdraw(session: Session, token: str, *, clock: Clock, vault: Vault) -> bool:
    """Take back that licences may be looked up for the appointment behind a token; False: none stood."""
    own = by_token(session, vault.digest(token, field=TOKEN_FIELD))
    return store.withdraw(session, own.id, clock.now())
