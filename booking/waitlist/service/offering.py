"""Places that became free are offered to the first on the list whom they fit.

A place becomes free in many ways, and a hold that runs out makes no event. So nobody listens for the ways:
what is free now and who waits now are compared, which may be done again at any time and by anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking import store as bookings
from booking.events import PlaceOffered
from booking.rules.slots import needed_places
from booking.rules.waitlist import HANDOVER, WaitingAction, WaitingStatus
from booking.service.holding import write_hold
from booking.service.slots import find_seats, promised_timetable, slot_taken, take_seats, timetable
from booking.service.views import TOKEN_FIELD as OWN_TOKEN_FIELD
from booking.waitlist import store, telling
from booking.waitlist.ending import end, lapse
from booking.waitlist.service.fitting import Fit, Line
from booking.waitlist.service.views import appointment_token
from kernel import catalogue
from kernel.errors import Conflict
from kernel.events import lock_hall, record

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlmodel import Session

    from booking.rules.timetable import Timetable
    from kernel.clock import Clock
    from kernel.events import LockedHall
    from kernel.ids import AppointmentId, HallId
    from kernel.secrets import Vault

halls_waited_for = store.halls_waited_for

MOST_AT_ONCE = 50  # offers a unit of work: it holds the hall, and calls go in between


@dataclass(frozen=True, slots=True)
class Offered:
    """What a round did: offers made, and waits or offers that were over."""

    made: int
    ended: int


def something_to_offer(session: Session, hall_id: HallId, *, now: datetime, vault: Vault) -> bool:
    """Return whether a round would do anything in a hall, without holding the writer."""
    if store.run_out(session, hall_id, now=now) or store.over_by_now(session, hall_id, now=now):
        return True
    line = store.in_line(session, hall_id, now=now)
    if not line:
        return False
    table = timetable(session, catalogue.hall(session, hall_id))
    return next(Line(session, hall_id, table, line, now, vault).fits(), None) is not None


def offer_places(session: Session, hall_id: HallId, *, clock: Clock, vault: Vault) -> Offered:
    """Close what is over in a hall, then offer what is free to the first of the list whom it fits.

    Two rounds at once do what one does: the hall's lock lets them in one after the other, the key of the
    seats gives a place once, and the key of an offer's person gives nobody two.
    """
    hall = lock_hall(session, hall_id)
    now = hall.tick(clock)
    ended = _settle(session, hall_id, now=now)
    line = store.in_line(session, hall_id, now=now)
    table = promised_timetable(session, hall_id)
    waiting = Line(session, hall_id, table, line, now, vault)
    made = 0
    for fit in waiting.fits():
        if made == MOST_AT_ONCE:
            break
        made += _offer(session, hall, table, fit, now=now, vault=vault)
        waiting.forget_claims()
    return Offered(made, ended)


def _settle(session: Session, hall_id: HallId, *, now: datetime) -> int:
    over = store.run_out(session, hall_id, now=now)
    for offer in over:
        lapse(session, offer, now=now)
    ended = 0
    for waiting_id in store.over_by_now(session, hall_id, now=now):
        entry = store.by_id(session, waiting_id, lock=True)
        status = entry.status_at(now)
        if entry.status is WaitingStatus.WAITING and status is not WaitingStatus.WAITING:
            action = WaitingAction.PASS if status is WaitingStatus.PASSED else WaitingAction.END
            end(session, entry, action, now=now)
            ended += 1
    return len(over) + ended


def _offer(
    session: Session, hall: LockedHall, table: Timetable, fit: Fit, *, now: datetime, vault: Vault
) -> bool:
    """Keep a place for somebody; False if they have left, or the place is gone, meanwhile."""
    entry = store.by_id(session, fit.entry.id, lock=True)
    if entry.status_at(now) is not WaitingStatus.WAITING or entry.phone_hash is None:
        return False
    places = needed_places(fit.legs, fit.starts_at, slot=table.policy.slot)
    wanted = {key: table.capacity(key) for key in places if key not in fit.own}
    seats = find_seats(session, wanted, table=table, now=now, from_rest=True, places=places)
    if seats is None:
        return False
    offer_id, hold_id = _write_offer(session, hall, entry.phone_hash, fit, now=now, vault=vault)
    kept_until = fit.ends_at + HANDOVER
    if not take_seats(session, seats, hold_id, expires_at=kept_until, now=now, from_rest=True):
        raise slot_taken(session, table, fit.legs, fit.starts_at, now=now)
    event = PlaceOffered(
        waiting_id=entry.id, offer_id=offer_id, starts_at=fit.starts_at, expires_at=fit.ends_at
    )
    record(session, hall, event, at=now)
    telling.offered(
        session, entry.id, offer_id, hall.hall_id, starts_at=fit.starts_at, expires_at=fit.ends_at,
        held=entry.held, now=now, vault=vault,
    )  # fmt: skip
    return True


def _write_offer(
    session: Session, hall: LockedHall, person: bytes, fit: Fit, *, now: datetime, vault: Vault
) -> tuple[UUID, AppointmentId]:
    """Write the hold that has the seats and the offer that names it; ``Conflict`` if the person has one."""
    hold_id = write_hold(
        session,
        fit.legs,
        hall_id=hall.hall_id,
        starts_at=fit.starts_at,
        expires_at=fit.ends_at,
        created_at=now,
        kind=fit.entry.held,
    )
    token_hash = vault.digest(appointment_token(hold_id, vault), field=OWN_TOKEN_FIELD)
    bookings.change(session, hold_id, now, token_hash=token_hash)
    offer_id = store.add_offer(
        session,
        person=person,
        entry_id=fit.entry.id,
        hall_id=hall.hall_id,
        hold_id=hold_id,
        starts_at=fit.starts_at,
        made_at=now,
        expires_at=fit.ends_at,
    )
    if offer_id is None:
        raise Conflict
    return offer_id, hold_id
