"""What was really done at a window: the clerk says so where it is not what was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel import catalogue
from queueing import store
from queueing.rules.delivered import Delivered, delivered_of, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from kernel.ids import HallId


def delivered_at_last(session: Session, ticket: store.Ticket, done: Sequence[str]) -> Delivered:
    """Return what a finish says: the codes in ``done``, else what was recorded, else what was asked."""
    if done:
        return delivered_as_said(session, ticket, done)
    asked = store.asked_in(session, ticket.leg_id)
    return Delivered(asked, ticket.delivered_id or asked, read(ticket.done_as_well))


def delivered_as_said(session: Session, ticket: store.Ticket, done: Sequence[str]) -> Delivered:
    """Return what these codes make of a ticket; raises ``ServiceNotFound``, ``NotOfferedHere``."""
    known = catalogue.services_by_code(session, done)
    _must_be_offered(session, ticket.hall_id, known)
    return delivered_of(store.asked_in(session, ticket.leg_id), [own.id for own in known])


def _must_be_offered(session: Session, hall_id: HallId, services: Sequence[catalogue.Service]) -> None:
    offered = {own.service_id for own in catalogue.offers_in(session, hall_id) if own.queue_id is not None}
    for own in services:
        if own.id not in offered:
            raise catalogue.NotOfferedHere(hall=hall_id, service=own.code)
