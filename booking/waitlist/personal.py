"""What the list keeps of one person, told and ended on request by the keyed hash of a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from booking.messages.keeping import sent_about
from booking.rules.people import normal_phone
from booking.rules.waitlist import WaitingAction
from booking.waitlist import store
from booking.waitlist.ending import end
from kernel import catalogue

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from kernel.ids import WaitingId
    from kernel.secrets import Vault

LOOKED_UP_AS = "appointment.phone"  # one look-up finds a number's appointments and waits


def _of_phone(session: Session, phone: str, vault: Vault) -> list[WaitingId]:
    number = normal_phone(phone)
    if number is None:
        return []
    return store.entry_ids_of_phone(session, vault.digest(number, field=LOOKED_UP_AS))


def waits_of_phone(session: Session, phone: str, vault: Vault) -> list[dict[str, Any]]:
    """Return what is kept of a number's live waits."""
    found = [store.by_id(session, waiting_id) for waiting_id in _of_phone(session, phone, vault)]
    return [
        {
            "waiting_list": str(own.id),
            "hall": catalogue.hall(session, own.hall_id).code,
            "status": own.status.value,
            "created_at": own.created_at,
            "first_day": own.first_day,
            "last_day": own.last_day,
            "services": list(own.services),
            "for_earlier": own.appointment_id is not None,
            "priority": own.priority,
            "name": _open(own.name_sealed, store.NAME_FIELD, vault),
            "phone": _open(own.phone_sealed, store.PHONE_FIELD, vault),
            "id_tail": _open(own.id_tail_sealed, store.ID_TAIL_FIELD, vault),
            "kind": own.held.value,
            "address": _open(own.address_sealed, store.ADDRESS_FIELD, vault),
            "messages": sent_about(session, own.id),
        }
        for own in found
    ]


def _open(sealed: bytes | None, field: str, vault: Vault) -> str | None:
    return vault.open(sealed, field=field) if sealed else None


def end_waits_of_phone(session: Session, phone: str, *, now: datetime, vault: Vault) -> int:
    """End and erase a number's live waits, and return how many; whoever waits has no place yet."""
    found = _of_phone(session, phone, vault)
    for waiting_id in found:
        entry = store.by_id(session, waiting_id, lock=True)
        end(session, entry, WaitingAction.LEAVE, now=now)
        on = catalogue.calendar(session, entry.hall_id).local_day(now)
        store.erase_link(session, entry.id, on)
    return len(found)
