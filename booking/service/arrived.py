"""Who comes to the ticket that an appointment has become: by its link, or at a kiosk once more."""

from __future__ import annotations

import base64
import hmac
from typing import TYPE_CHECKING

from booking import store
from booking.errors import AppointmentNotFound, CheckInNotRecognised
from booking.rules.people import phone_tail
from booking.rules.references import normal_reference
from booking.service.views import PHONE_FIELD, TOKEN_FIELD
from queueing import service as queueing
from queueing.errors import TicketNotFound
from queueing.rules.tickets import ENDINGS

if TYPE_CHECKING:
    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.ids import AppointmentId, HallId
    from kernel.secrets import Vault

TICKET_FIELD = "appointment.ticket"
TOKEN_BYTES = 16  # as many as a token that is drawn


def recognised(session: Session, reference: str, tail: str, vault: Vault) -> store.Appointment:
    """Return the appointment of a reference and its number's end; ``CheckInNotRecognised`` says not which."""
    try:
        appointment = store.by_reference(session, normal_reference(reference))
    except AppointmentNotFound as unknown:
        raise CheckInNotRecognised from unknown
    sealed = appointment.phone_sealed
    known = phone_tail(vault.open(sealed, field=PHONE_FIELD)) if sealed else ""
    if not hmac.compare_digest(known.encode(), tail.strip().encode()) or not known:
        raise CheckInNotRecognised
    return appointment


def ticket_at_kiosk(
    session: Session, hall_id: HallId, reference: str, tail: str, *, clock: Clock, vault: Vault
) -> str | None:
    """Return the token of the ticket that somebody already has who checks in once more; None without one.

    The same two parts open it as opened the check-in. A ticket that has ended is none.
    """
    appointment = recognised(session, reference, tail, vault)
    if appointment.hall_id != hall_id:
        return None
    return live_ticket(session, appointment.id, clock=clock, vault=vault)


def live_ticket_of(
    session: Session, hall_id: HallId, token: str, *, clock: Clock, vault: Vault
) -> str | None:
    """Return as ``ticket_at_kiosk`` for the appointment behind a link that is scanned once more."""
    appointment = store.by_token(session, vault.digest(token, field=TOKEN_FIELD))
    if appointment.hall_id != hall_id:
        return None
    return live_ticket(session, appointment.id, clock=clock, vault=vault)


def live_ticket(session: Session, appointment_id: AppointmentId, *, clock: Clock, vault: Vault) -> str | None:
    """Return the token of the ticket that an appointment became and that has not ended; None without one."""
    token = ticket_token(appointment_id, vault)
    try:
        ticket = queueing.follow(session, token, clock=clock, vault=vault)
    except TicketNotFound:
        return None
    return None if ticket.status in ENDINGS else token


def ticket_of(session: Session, token: str, *, clock: Clock, vault: Vault) -> str | None:
    """Return the token of the ticket that the appointment behind a token became; None where there is none."""
    own = ticket_token(store.by_token(session, vault.digest(token, field=TOKEN_FIELD)).id, vault)
    try:
        queueing.follow(session, own, clock=clock, vault=vault)
    except TicketNotFound:
        return None
    return own


def ticket_token(appointment_id: AppointmentId, vault: Vault) -> str:
    """Return the token of an appointment's ticket: worked out under the token key, and kept nowhere.

    Whoever holds the appointment's link must come to its ticket though a kiosk has checked it in; from the
    ticket's token nobody comes back to the appointment (decision 0021).
    """
    secret = vault.digest(str(appointment_id), field=TICKET_FIELD)[:TOKEN_BYTES]
    return base64.urlsafe_b64encode(secret).rstrip(b"=").decode()
