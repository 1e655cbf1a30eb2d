"""Who was sent for papers and has not come back: a list for the help desk, for whoever has lost the slip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking import store
from booking.rules.people import masked_name
from booking.service.views import NAME_FIELD
from kernel import catalogue
from kernel.ids import AppointmentId
from kernel.looking import Look
from queueing.returns.store import coming_to
from queueing.rules.returns import used

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date, datetime

    from sqlmodel import Session

    from kernel.catalogue import Hall, Service
    from kernel.identity import Staff
    from kernel.ids import TicketId
    from kernel.secrets import Vault
    from queueing.returns.store import Return

MOST_SHOWN = 50  # further ones are found by their words
LONGEST_WANTED = 60  # characters


@dataclass(frozen=True, slots=True)
class ComesBack:
    """Somebody who was sent for papers: what for, when, what is missing; a name is masked."""

    ticket_id: TicketId
    label: str
    service: Service
    note: str
    sent_on: date
    until_on: date
    name_masked: str | None


@dataclass(frozen=True, slots=True)
class OpenReturns:
    """Those whom a hall expects back, the newest first; ``more``: how many others the words fit as well."""

    hall: Hall
    wanted: str
    found: tuple[ComesBack, ...]
    more: int


def open_returns(
    session: Session, code: str, wanted: str = "", *, by: Staff, now: datetime, vault: Vault
) -> OpenReturns:
    """Return who may still come back with papers, those whom all words of ``wanted`` fit.

    A word is part of the number, the service or what is missing; a name fits only if it is written in full,
    so that no search spells out what the list masks. Raises ``HallNotFound``, ``WrongHall``.
    """
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    calendar = catalogue.calendar(session, hall.id)
    waited = [
        own
        for own in coming_to(session, hall.id, today=calendar.local_day(now))
        if not used(own.given, now=now)
    ]
    services = {own.id: own for own in catalogue.services(session)}
    names = _names(session, waited, vault)
    fitting = [own for own in waited if _fits(own, services[own.service_id], names.get(own.id, ""), wanted)]
    return OpenReturns(
        hall,
        wanted,
        tuple(
            ComesBack(
                *(own.ticket_id, own.label, services[own.service_id], own.note),
                *(calendar.local_day(own.made_at), own.until_on),
                masked_name(names[own.id]) if own.id in names else None,
            )
            for own in fitting[:MOST_SHOWN]
        ),
        max(0, len(fitting) - MOST_SHOWN),
    )


def looks_at_returns(found: OpenReturns) -> list[Look]:
    """The list of those who come back; how many stood on it."""
    return [
        Look("look.returns", found.hall.id, f"look.returns:{found.hall.id}", {"returns": len(found.found)})
    ]


def _names(session: Session, waited: Collection[Return], vault: Vault) -> Mapping[object, str]:
    """Return the names of those who had booked, until they are erased."""
    booked = {AppointmentId(own.reference): own.id for own in waited if own.reference is not None}
    return {
        booked[own.id]: vault.open(own.name_sealed, field=NAME_FIELD)
        for own in store.by_ids(session, list(booked))
        if own.name_sealed is not None
    }


def _fits(own: Return, service: Service, name: str, wanted: str) -> bool:
    typed = wanted.casefold().strip()
    if name and typed == name.casefold():
        return True
    text = f"{own.label} {service.name_zh} {service.name_en} {own.note}".casefold()
    return all(word in text for word in typed.split())
