"""Use case of the set-up about the hall's own address and telephone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from queueing.rules.contact import checked_address, checked_phone
from queueing.setup import store
from queueing.setup.errors import ContactInvalid
from queueing.setup.service import HallSetup, begin

if TYPE_CHECKING:
    from sqlmodel import Session

    from kernel.catalogue import Hall
    from kernel.clock import Clock
    from kernel.identity import Staff
    from queueing.setup.schemas import ContactIn


def set_contact(session: Session, code: str, wanted: ContactIn, *, by: Staff, clock: Clock) -> HallSetup:
    """Set where the hall is and how it is called; raises ``ContactInvalid``, ``SetupChangedMeanwhile``."""
    try:
        values = {
            "address_zh": checked_address(wanted.address_zh),
            "address_en": checked_address(wanted.address_en),
            "phone": checked_phone(wanted.phone),
        }
    except ValueError as wrong:
        raise ContactInvalid(fields=[str(wrong)]) from wrong
    change = begin(session, code, by=by, clock=clock)
    before = plain_contact(change.hall)
    change.compare(wanted.base, before)
    store.write_contact(session, change.hall.id, **values)
    change.note("contact", before=before, after=values)
    return change.renewed()


def plain_contact(hall: Hall) -> dict[str, object]:
    """Return what a draft of the contact is compared with."""
    return {"address_zh": hall.address_zh, "address_en": hall.address_en, "phone": hall.phone}
