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
            "name": vault.open_if(own.name_sealed, field=store.NAME_FIELD),
            "phone": vault.open_if(own.phone_sealed, field=store.PHONE_FIELD),
            "id_tail": vault.open_if(own.id_tail_sealed, field=store.ID_TAIL_FIELD),
            "kind": own.held.value,
            "address": vault.open_if(own.address_sealed, field=store.ADDRESS_FIELD),
            "messages": sent_about(session, own.id),
        }
        for own in found
    ]


def end_waits_of_phone(session: Session, phone: str, *, now: datetime, vault: Vault) -> int:
    """End and erase a number's live waits, and return how many; whoever waits has no place yet."""
    found = _of_phone(session, phone, vault)
    for waiting_id in found:
        entry = store.by_id(session, waiting_id, lock=True)
        end(session, entry, WaitingAction.LEAVE, now=now)
        on = catalogue.calendar(session, entry.hall_id).local_day(now)
        store.erase_link(session, entry.id, on)
    return len(found)
