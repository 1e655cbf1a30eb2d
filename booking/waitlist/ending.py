"""How waits and offers end: who waited is forgotten at once, what was kept goes to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking import store as bookings
from booking.mine.keeping import forget_things
from booking.rules.appointments import TRANSITIONS as HOLD_TRANSITIONS
from booking.rules.appointments import AppointmentAction, AppointmentStatus
from booking.rules.waitlist import HANDOVER, TRANSITIONS, OfferStatus, WaitingAction, stays_after
from booking.waitlist import store, telling
from booking.waitlist.errors import WaitingOver

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

# What leads to a person; the link stays until the hall's published days are over, so that it can answer.
FORGOTTEN = dict.fromkeys(
    ("name_sealed", "phone_sealed", "id_tail_sealed", "address_sealed", "phone_hash", "person_seat")
)


def end(session: Session, entry: store.Entry, action: WaitingAction, *, now: datetime) -> None:
    """End a locked wait, with what is offered to it; name and number leave the list with it."""
    after = TRANSITIONS.get((entry.status, action))
    if after is None:
        raise WaitingOver(stands=entry.status)
    offer = store.open_offer(session, entry.id)
    if offer is not None:
        give_back(session, offer, OfferStatus.WITHDRAWN, now=now)
    store.change(session, entry.id, status=after, ended_at=now, **FORGOTTEN)
    telling.ended(session, entry.id, now=now)
    forget_things(session, [entry.id])


def offered_to(entry: store.Entry, offer: store.Offer) -> bool:
    """Return whether an offer still is one: earlier than the appointment that was to be earlier."""
    return entry.own_starts_at is None or offer.starts_at < entry.own_starts_at


def give_back(session: Session, offer: store.Offer, status: OfferStatus, *, now: datetime) -> bool:
    """Close an offer that was not taken; its place rests for the next on the list. False: it was closed."""
    if not store.close_offer(session, offer.id, status, at=now):
        return False
    let_go(session, offer, now=now)
    telling.closed(session, offer.entry_id, now=now)
    return True


def let_go(session: Session, offer: store.Offer, *, now: datetime) -> None:
    """End the hold behind an offer; what it still has rests for the next on the list."""
    hold = bookings.by_id(session, offer.hold_id, lock=True)
    if hold.status is AppointmentStatus.HELD and now < offer.expires_at:
        after = HOLD_TRANSITIONS[hold.status, AppointmentAction.CANCEL]
        bookings.change(session, hold.id, now, status=after)
        bookings.rest_seats(session, hold.id, until=now + HANDOVER, now=now)


def lapse(session: Session, offer: store.Offer, *, now: datetime) -> None:
    """Close an offer whose time is over: its person goes to the end of the line, or off the list.

    Whoever moved the appointment themselves to where the offer was not earlier any more has let nothing pass.
    """
    entry = store.by_id(session, offer.entry_id, lock=True)
    if not offered_to(entry, offer):
        store.close_offer(session, offer.id, OfferStatus.WITHDRAWN, at=offer.expires_at)
        return
    if not store.close_offer(session, offer.id, OfferStatus.LAPSED, at=offer.expires_at):
        return
    telling.closed(session, entry.id, now=now)
    lapses = entry.lapses + 1
    store.change(session, entry.id, lapses=lapses, queued_at=now)
    if not stays_after(lapses):
        end(session, entry, WaitingAction.DROP, now=now)
