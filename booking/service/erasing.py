"""Personal data is erased: after the hall's time, at its holder's wish, or on request for a number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from booking import store
from booking.activation.keeping import drop_pending
from booking.errors import ErasureTooEarly
from booking.licences import store as licences
from booking.messages.planning import forget_contacts
from booking.mine.keeping import forget_things
from booking.no_shows.store import forgetting as no_shows
from booking.ratings import store as ratings
from booking.rules.appointments import ENDINGS, status_at
from booking.rules.policy import booking_policy
from booking.service.views import TOKEN_FIELD
from booking.store import erasing
from booking.waitlist import store as waitlist
from kernel import catalogue
from kernel.audit import note
from kernel.identity import CITIZEN, SYSTEM
from queueing.erasing import alive_among, erase_visits, erase_visits_of, visits_due

if TYPE_CHECKING:
    from datetime import date

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.ids import AppointmentId, HallId
    from kernel.secrets import Vault

# Rows of each kind a unit of work: the writer is held for some milliseconds, calls go in between.
ERASED_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Erased:
    """How many were erased; ``done`` when nothing is left of this day."""

    appointments: int
    visits: int
    waits: int = 0

    @property
    def done(self) -> bool:
        return max(self.appointments, self.visits, self.waits) < ERASED_AT_ONCE


def erase_due(session: Session, hall_id: HallId, *, clock: Clock) -> Erased:
    """Erase some of what a hall keeps beyond its retention time; a repeat goes on where this ended.

    Appointments go by the day they were for, or by their cancellation; visits by the day they began. What
    still runs is none of it: confirmed appointments, live holds, tickets that have not ended.
    """
    today, before = _until(session, hall_id, clock.now())
    ids = erasing.due_for_erasure(session, hall_id, before, limit=ERASED_AT_ONCE)
    alive = alive_among(session, ids)
    over = [own for own in ids if own not in alive]
    visits = erase_ended(session, over, today, at=clock.now())
    walked_in = erase_visits(session, hall_id, before=before, on=today, limit=ERASED_AT_ONCE)
    ratings.forget_of_visits(session, walked_in)
    forget_contacts(session, walked_in, at=clock.now())
    forget_things(session, walked_in)
    licences.forget(session, walked_in)
    visits += len(walked_in)
    waits = waitlist.erase_links(session, hall_id, today, before=before, limit=ERASED_AT_ONCE)
    if over or visits or waits:
        counts = {"appointments": len(over), "visits": visits, "waits": waits}
        note(session, "privacy.retention", by=SYSTEM, hall_id=hall_id, at=clock.now(), detail=counts)
    return Erased(len(over), visits, waits)


def anything_due(session: Session, hall_id: HallId, *, now: datetime) -> bool:
    """Return whether a hall keeps anything beyond its retention time, without holding the writer."""
    _, before = _until(session, hall_id, now)
    return (
        erasing.any_due(session, hall_id, before)
        or visits_due(session, hall_id, before=before)
        or waitlist.any_link_due(session, hall_id, before)
    )


def _until(session: Session, hall_id: HallId, now: datetime) -> tuple[date, datetime]:
    """Return the hall's local day, and the beginning of the oldest day that is still kept."""
    calendar = catalogue.calendar(session, hall_id)
    today = calendar.local_day(now)
    kept = timedelta(days=booking_policy(catalogue.hall(session, hall_id).policy).retention_days)
    return today, datetime.combine(today - kept, time(), calendar.zone)


def erase_ended(session: Session, ids: list[AppointmentId], on: date, *, at: datetime) -> int:
    """Erase appointments that are over, with the visits they became, and return how many visits.

    What was written about a visit and a number left for a call back go with it, whom to reach by message,
    and its lines on citizens' own lists; the level, and that a message was sent, stay counted. A no-show
    goes on to count under the keyed hash of the number, for as long as the city's rule says.
    """
    visits = erase_visits_of(session, ids, on)
    ratings.forget_of_visits(session, visits)
    forget_contacts(session, [*ids, *visits], at=at)
    forget_things(session, [*ids, *visits])
    licences.forget(session, [*ids, *visits])
    no_shows.part_from(session, ids)
    for own in ids:
        drop_pending(session, own, at=at)
    erasing.erase(session, ids, on)
    return len(visits)


def may_erase(session: Session, appointment: store.Appointment, *, now: datetime) -> bool:
    """Return whether the visit is over or cancelled, so that its holder may have it erased."""
    status = status_at(appointment.status, appointment.expires_at, now=now)
    return status in ENDINGS and not alive_among(session, [appointment.id])


def erase_mine(session: Session, token: str, *, clock: Clock, vault: Vault) -> date:
    """Erase the appointment behind a token at its holder's wish, at once, and return the day.

    Raises ``ErasureTooEarly`` while the visit is to come or goes on, ``LinkErased`` when it was done before.
    """
    appointment = store.by_token(session, vault.digest(token, field=TOKEN_FIELD), lock=True)
    now = clock.now()
    if not may_erase(session, appointment, now=now):
        raise ErasureTooEarly(status=appointment.status, starts_at=appointment.starts_at)
    today = catalogue.calendar(session, appointment.hall_id).local_day(now)
    erase_ended(session, [appointment.id], today, at=now)
    note(
        session, "privacy.erase_mine", by=CITIZEN, hall_id=appointment.hall_id, at=now,
        subject=str(appointment.id),
    )  # fmt: skip
    return today
