"""How staff reach whoever does not come: the number to dial, the room to open, the homes to go to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from booking import store
from booking.desk.errors import VisitNotYet
from booking.errors import AppointmentNotFound
from booking.meeting.service import meeting_of
from booking.rules.appointments import AppointmentAction, AppointmentStatus
from booking.rules.meeting import REMOTE, AppointmentKind
from booking.rules.people import readable_phone
from booking.service.arriving import mark_absent
from booking.service.deciding import one_in_hall, status_after
from booking.service.views import ADDRESS_FIELD, NAME_FIELD, PHONE_FIELD
from kernel import catalogue
from kernel.audit import note
from kernel.events import lock_hall
from kernel.ids import AppointmentId
from kernel.looking import Look
from queueing.visits import reference_of_ticket

if TYPE_CHECKING:
    from sqlmodel import Session

    from kernel.catalogue import Hall
    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.ids import TicketId
    from kernel.secrets import Vault


@dataclass(frozen=True, slots=True)
class Reach:
    """How to reach the person of a ticket; ``phone`` is None where none was left or it is erased."""

    kind: AppointmentKind
    phone: str | None
    link: str

    @property
    def phone_shown(self) -> str | None:
        """The number in the groups in which it is read."""
        return None if self.phone is None else readable_phone(self.phone)


@dataclass(frozen=True, slots=True)
class HomeVisit:
    """A visit at somebody's home, for whoever goes there; ``address`` is None once it is erased."""

    id: AppointmentId
    code: str | None
    status: AppointmentStatus
    starts_at: datetime
    ends_at: datetime
    services: tuple[store.BookedService, ...]
    name: str | None
    phone: str | None
    address: str | None
    party: int
    may_end: bool


@dataclass(frozen=True, slots=True)
class HomeVisits:
    """The visits of a hall's staff at people's homes on a local date, in order of time."""

    hall: Hall
    day: date
    today: date
    visits: tuple[HomeVisit, ...]


def reach(
    session: Session, code: str, ticket_id: TicketId, *, by: Staff, clock: Clock, vault: Vault
) -> Reach:
    """Return how to reach whoever a ticket of this hall is for; each look is in the trail.

    Raises ``WrongHall``, ``TicketNotFound``, and ``AppointmentNotFound`` for whoever is in the hall.
    """
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    reference = reference_of_ticket(session, hall.id, ticket_id)
    found = store.by_ids(session, [AppointmentId(reference)]) if reference else []
    if not found or found[0].kind not in REMOTE:
        raise AppointmentNotFound
    own = found[0]
    note(session, "appointment.number", by=by, hall_id=hall.id, at=clock.now(), subject=str(own.id))
    phone = vault.open_if(own.phone_sealed, field=PHONE_FIELD)
    return Reach(own.kind, phone, meeting_of(session, own, vault).link)


def home_visits(
    session: Session, code: str, day: date | None, *, by: Staff, now: datetime, vault: Vault
) -> HomeVisits:
    """Return whom the hall's staff visit on a local date, today's if none is given; raises ``WrongHall``."""
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    calendar = catalogue.calendar(session, hall.id)
    today = calendar.local_day(now)
    begins = datetime.combine(day or today, time(), calendar.zone)
    found = store.booked_between(session, hall.id, begins, begins + timedelta(days=1))
    at_home = [own for own in found if own.kind is AppointmentKind.HOME]
    visits = tuple(_visit(own, now=now, vault=vault) for own in at_home)
    return HomeVisits(hall, day or today, today, visits)


def _visit(own: store.Appointment, *, now: datetime, vault: Vault) -> HomeVisit:
    return HomeVisit(
        id=own.id,
        code=own.code,
        status=own.status,
        starts_at=own.starts_at,
        ends_at=own.ends_at,
        services=own.services,
        name=vault.open_if(own.name_sealed, field=NAME_FIELD),
        phone=vault.open_if(own.phone_sealed, field=PHONE_FIELD),
        address=vault.open_if(own.address_sealed, field=ADDRESS_FIELD),
        party=own.party,
        may_end=own.status is AppointmentStatus.CONFIRMED and now >= own.starts_at,
    )


def looks_at_homes(found: HomeVisits) -> list[Look]:
    """The addresses of a day, as the audit trail names them: each person's visit that lay open."""
    day = found.day.isoformat()
    return [
        Look("look.home_visit", found.hall.id, str(own.id), {"day": day})
        for own in found.visits
        if own.address is not None
    ]


def end_visit(
    session: Session,
    code: str,
    appointment_id: AppointmentId,
    *,
    met: bool,
    by: Staff,
    clock: Clock,
    vault: Vault,
) -> HomeVisits:
    """Write what became of a visit: done, or nobody was there, which counts as in the hall.

    Raises ``WrongHall``, ``AppointmentNotFound``, ``AppointmentNotPossible``, ``VisitNotYet``.
    """
    home = catalogue.hall_by_code(session, code)
    by.must_work_in(home.id)
    hall = lock_hall(session, home.id)
    now = hall.tick(clock)
    own = one_in_hall(session, home.id, appointment_id)
    if own.kind is not AppointmentKind.HOME:
        raise AppointmentNotFound
    if now < own.starts_at:
        raise VisitNotYet(starts_at=own.starts_at)
    detail = {"met": met}
    note(session, "appointment.visited", by=by, hall_id=home.id, at=now, subject=str(own.id), detail=detail)
    if met:
        after = status_after(own, AppointmentAction.CHECK_IN, now=now)
        store.change(session, own.id, now, status=after)
        store.free_singles(session, own.id)
    else:
        mark_absent(session, hall, own, now=now, vault=vault)
    day = catalogue.calendar(session, home.id).local_day(own.starts_at)
    return home_visits(session, code, day, by=by, now=now, vault=vault)
